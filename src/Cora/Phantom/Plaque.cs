using System.Collections.Immutable;
using Cora.Cohorts;

namespace Cora.Phantom;

/// <summary>What a point in or at an artery is. A higher number is nearer to the calcium.</summary>
internal enum Tissue : byte
{
    None,
    Wall,
    Lumen,
    /// <summary>Soft tissue of a calcified plaque, which the labels do not call non-calcified.</summary>
    FibrousRest,
    Soft,
    Calcium,
}

/// <summary>A grain of calcium: an ellipsoid in distance along the vessel, angle around it and depth in the wall.</summary>
internal readonly record struct Grain(double ArcMm, double Angle, double HalfLengthMm, double HalfAngle, double Hu);

/// <summary>A lipid core within a plaque, maybe under a bright rim (the napkin-ring sign).</summary>
internal readonly record struct LipidCore(double Hu, bool HasNapkinRing);

/// <summary>
/// A drawn plaque: an eccentric crescent between the remodelled outer wall and the shifted, narrowed lumen. Nothing here is shared
/// with the lesion engine that pretraining uses, on purpose.
/// </summary>
internal sealed record Plaque(int VesselIndex, Composition Composition, double CentreMm, double LengthMm, double Stenosis)
{
    /// <summary>Outer radius over the healthy radius at the centre.</summary>
    public double Remodelling { get; init; }

    /// <summary>0 for a ring, 1 for a plaque on one side.</summary>
    public double Eccentricity { get; init; }

    /// <summary>The side on which the plaque is thickest, an angle in the vessel's frame.</summary>
    public double Direction { get; init; }

    /// <summary>Thickness added at the centre besides remodelling.</summary>
    public double ThicknessMm { get; init; }

    public double FibrousHu { get; init; }

    public LipidCore? Core { get; init; }

    public ImmutableArray<Grain> Grains { get; init; } = [];

    /// <summary>Diameter stenosis in whole percent; 100 is an occlusion.</summary>
    public int StenosisPercent => (int)Math.Round(100 * Stenosis);

    /// <summary>Stenosis grade of this lesion, 1 to 5.</summary>
    public int Grade => LesionRow.GradeOf(StenosisPercent);

    /// <summary>Whether the stenosis mask holds it: 25 % or more.</summary>
    public bool IsStenosis => Grade >= 2;

    /// <summary>The vessel here, at healthy radius <paramref name="radiusMm"/>; null where the plaque does not reach.</summary>
    public Section? At(double arcMm, double radiusMm)
    {
        var x = (arcMm - CentreMm) / LengthMm;
        if (Math.Abs(x) >= 0.5) return null;
        var weight = Math.Pow(Math.Cos(Math.PI * x), 0.8);
        var outer = radiusMm * (1 + (Remodelling - 1) * weight) + ThicknessMm * weight;
        var lumen = radiusMm * (1 - Stenosis * weight);
        return new(this, arcMm, weight, outer, lumen, -Eccentricity * (outer - lumen) * 0.92);
    }

    /// <summary>Cubic millimetres of calcium and of soft tissue that the labels call plaque, by summing over a fine polar grid.</summary>
    public (double CalciumMm3, double SoftMm3) Volumes(Vessel vessel)
    {
        const int slices = 24, angles = 32, rings = 8;
        var (calcium, soft) = (0.0, 0.0);
        for (var i = 0; i < slices; i++)
        {
            var arc = CentreMm + LengthMm * ((i + 0.5) / slices - 0.5);
            if (arc < 0 || arc > vessel.LengthMm || At(arc, vessel.Radii[vessel.IndexAt(arc)]) is not { } section) continue;
            for (var ring = 0; ring < rings; ring++)
            {
                var rho = section.OuterMm * (ring + 0.5) / rings;
                var cell = LengthMm / slices * rho * (2 * Math.PI / angles) * (section.OuterMm / rings);
                for (var k = 0; k < angles; k++)
                {
                    var tissue = section.TissueAt(rho, 2 * Math.PI * (k + 0.5) / angles, out _);
                    if (tissue == Tissue.Calcium) calcium += cell;
                    else if (tissue == Tissue.Soft) soft += cell;
                }
            }
        }

        return (calcium, soft);
    }

    /// <summary>A cross-section of the vessel within a plaque. Lengths in millimetres.</summary>
    /// <param name="Plaque">Whose section.</param>
    /// <param name="ArcMm">Distance from the vessel's start.</param>
    /// <param name="Weight">1 at the plaque's centre, 0 at its ends.</param>
    /// <param name="OuterMm">Outer radius of vessel and plaque.</param>
    /// <param name="LumenMm">Radius of the lumen.</param>
    /// <param name="ShiftMm">Where the lumen's middle lies on the axis of the plaque's direction.</param>
    internal readonly record struct Section(Plaque Plaque, double ArcMm, double Weight, double OuterMm, double LumenMm, double ShiftMm)
    {
        /// <summary>The tissue at a distance from the vessel's middle and an angle, and its HU where it is plaque.</summary>
        public Tissue TissueAt(double rho, double angle, out double hu)
        {
            hu = double.NaN;
            if (rho >= OuterMm) return Tissue.None;
            var cosine = Math.Cos(angle - Plaque.Direction);
            if (rho * rho + ShiftMm * ShiftMm - 2 * rho * ShiftMm * cosine < LumenMm * LumenMm) return Tissue.Lumen;
            var depth = (OuterMm - rho) / (OuterMm - LumenMm);
            foreach (var grain in Plaque.Grains)
            {
                var along = (ArcMm - grain.ArcMm) / grain.HalfLengthMm;
                var around = Math.IEEERemainder(angle - grain.Angle, 2 * Math.PI) / grain.HalfAngle;
                var deep = (depth - 0.45) / 0.55;
                if (along * along + around * around + 0.6 * deep * deep >= 1) continue;
                hu = grain.Hu;
                return Tissue.Calcium;
            }

            hu = Plaque.FibrousHu;
            if (Plaque.Core is { } core)
            {
                if (depth <= 0.2 && core.HasNapkinRing) hu += 45;
                else if (Weight > 0.55 && cosine > 0.35 && depth is > 0.2 and < 0.8) hu = core.Hu;
            }

            return Plaque.Composition == Composition.Calcified ? Tissue.FibrousRest : Tissue.Soft;
        }
    }
}
