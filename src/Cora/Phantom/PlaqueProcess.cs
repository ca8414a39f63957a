using System.Collections.Immutable;
using Cora.Cohorts;

namespace Cora.Phantom;

/// <summary>Which kinds of plaque a patient has: shares of patients, 0 to 1.</summary>
public sealed record PlaquePopulation : ISettings
{
    /// <summary>Share of patients with calcified plaque (Table 1, training set).</summary>
    public double Calcified { get; init; } = 0.586;

    /// <summary>Share of patients with non-calcified plaque (Table 1: 43.4 %).</summary>
    public double NonCalcified { get; init; } = 0.434;

    /// <summary>Share of patients with both; not in Table 1, chosen so that both marginals are met.</summary>
    public double Both { get; init; } = 0.33;

    /// <inheritdoc/>
    public IEnumerable<Problem> Check()
    {
        if (Calcified is not (>= 0 and <= 1)) yield return new("calcified", Calcified, "0 to 1");
        if (NonCalcified is not (>= 0 and <= 1)) yield return new("non_calcified", NonCalcified, "0 to 1");
        if (!(Both >= Math.Max(0, Calcified + NonCalcified - 1) && Both <= Math.Min(Calcified, NonCalcified)))
            yield return new("both", Both, "at most calcified and non_calcified, at least their sum less 1");
    }

    internal (bool Calcified, bool NonCalcified) Draw(Rng rng)
    {
        var u = rng.Uniform();
        return (u < Calcified, u < Both || (u >= Calcified && u < Calcified + NonCalcified - Both));
    }
}

/// <summary>How the plaques of a patient come about. Chance only; the numbers are the design's, see docs/decisions/0010.</summary>
internal static class PlaqueProcess
{
    /// <summary>Least calcium of a plaque that is called calcified or mixed; a smaller draw would be a label without a finding.</summary>
    private const double LeastCalciumMm3 = 4;

    /// <summary>Below this radius a vessel carries no plaque that CCTA would show.</summary>
    private const double LeastRadiusMm = 0.62;

    public static ImmutableArray<Plaque> Draw(CoronaryTree tree, (bool Calcified, bool NonCalcified) patient, TierNumbers tier, double calciumGain, Rng rng)
    {
        var plaques = new List<Plaque>();
        foreach (var kind in Kinds(patient, rng))
        {
            if (Place(kind, tree, tier, plaques, rng) is { } placed) plaques.Add(Fill(placed, tree, tier, calciumGain, rng));
        }

        // In the order of the report: by vessel, then from proximal to distal.
        return [.. plaques.OrderBy(p => p.VesselIndex).ThenBy(p => p.CentreMm)];
    }

    private static List<Composition> Kinds((bool Calcified, bool NonCalcified) patient, Rng rng)
    {
        var kinds = new List<Composition>();
        void Add(Composition kind, int count) => kinds.AddRange(Enumerable.Repeat(kind, count));

        if (patient is (true, true))
        {
            if (rng.Chance(0.5)) kinds.Add(Composition.Mixed);
            else kinds.AddRange([Composition.Calcified, Composition.NonCalcified]);
            var more = rng.Poisson(1.4);
            for (var i = 0; i < more; i++) kinds.Add((Composition)rng.Integer(0, 2));
        }
        else if (patient.Calcified)
        {
            Add(Composition.Calcified, 1 + rng.Poisson(1.0));
        }
        else if (patient.NonCalcified)
        {
            Add(Composition.NonCalcified, 1 + rng.Poisson(0.7));
        }

        return kinds;
    }

    /// <summary>Where the plaque lies and how much it narrows. Plaques of a vessel keep apart; after many trials an additional one is left out.</summary>
    private static Plaque? Place(Composition kind, CoronaryTree tree, TierNumbers tier, List<Plaque> others, Rng rng)
    {
        var weights = tree.Vessels.Select(v => Weight(v.Artery)).ToArray();
        for (var trial = 0; trial < 200; trial++)
        {
            var index = rng.Weighted(weights);
            var vessel = tree.Vessels[index];
            var centre = (0.12 + 0.75 * rng.Beta(1.4, 2.4)) * vessel.LengthMm;
            var length = Math.Min(rng.Gamma(5, 1.5) + 2.5, Math.Min(16, 0.7 * vessel.LengthMm));
            if (vessel.Radii[vessel.IndexAt(centre)] < LeastRadiusMm) continue;
            if (others.Any(o => o.VesselIndex == index && Math.Abs(o.CentreMm - centre) < 0.5 * (o.LengthMm + length))) continue;
            return new(index, kind, centre, length, DrawStenosis(rng))
            {
                Remodelling = 1 + rng.Gamma(2, 0.08) * (kind == Composition.Calcified ? 0.8 : 1.4),
                Eccentricity = rng.Uniform(0.25, 1),
                Direction = rng.Uniform(0, 2 * Math.PI),
                ThicknessMm = tier.PlaqueThicknessMm,
                FibrousHu = rng.Uniform(55, 115),
                Core = kind != Composition.Calcified && rng.Chance(0.6) ? new(rng.Uniform(5, 50), rng.Chance(0.25)) : null,
            };
        }

        return null;
    }

    private static double DrawStenosis(Rng rng)
    {
        var fraction = rng.Weighted([0.36, 0.32, 0.18, 0.12, 0.02]) switch
        {
            0 => rng.Uniform(0.05, 0.25),
            1 => rng.Uniform(0.25, 0.5),
            2 => rng.Uniform(0.5, 0.7),
            3 => rng.Uniform(0.7, 0.95),
            _ => 1,
        };

        // Whole percent, as it is reported: the grade in the table and the one in the geometry cannot disagree.
        return Math.Round(fraction, 2);
    }

    private static Plaque Fill(Plaque plaque, CoronaryTree tree, TierNumbers tier, double calciumGain, Rng rng)
    {
        if (plaque.Composition == Composition.NonCalcified) return plaque;
        var isSpotty = plaque.Composition == Composition.Mixed;
        for (var trial = 0; ; trial++)
        {
            var grains = ImmutableArray.CreateBuilder<Grain>();
            var count = 1 + rng.Poisson(isSpotty ? 0.6 : 1.6);
            for (var i = 0; i < count; i++)
            {
                grains.Add(new(
                    plaque.CentreMm + rng.Uniform(-0.3, 0.3) * plaque.LengthMm,
                    plaque.Direction + rng.Normal(0, 0.7),
                    tier.GrainFactor * (isSpotty ? rng.Uniform(0.7, 1.5) : rng.Uniform(0.9, 2.8)),
                    tier.GrainFactor * (isSpotty ? rng.Uniform(0.35, 0.9) : rng.Uniform(0.5, 1.4)),
                    calciumGain * rng.Uniform(650, 1350)));
            }

            var filled = plaque with { Grains = grains.DrainToImmutable() };
            if (trial == 30 || filled.Volumes(tree.Vessels[plaque.VesselIndex]).CalciumMm3 >= LeastCalciumMm3) return filled;
        }
    }

    private static double Weight(Artery artery) => artery switch
    {
        Artery.LeftAnteriorDescending => 2.6,
        Artery.RightCoronary => 2.0,
        Artery.LeftCircumflex => 1.3,
        Artery.LeftMain or Artery.Diagonal1 or Artery.ObtuseMarginal1 => 0.5,
        Artery.PosteriorDescending => 0.3,
        Artery.Diagonal2 or Artery.ObtuseMarginal2 => 0.25,
        _ => 0.15,
    };
}
