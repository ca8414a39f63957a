using System.Collections.Immutable;
using Cora.Imaging;

namespace Cora.Phantom;

/// <summary>Calcium outside of coronary arteries in a tier.</summary>
/// <param name="ValveShare">Share of patients with calcium in the aortic valve.</param>
/// <param name="AnnulusShare">Share of patients with calcium in the mitral ring.</param>
/// <param name="Grains">Grains a place.</param>
/// <param name="HalfAxisMm">Mean half axis of a grain.</param>
/// <param name="Hu">Mean attenuation of a grain, before the site's gain.</param>
internal readonly record struct ConfounderNumbers(double ValveShare, double AnnulusShare, Interval<int> Grains, double HalfAxisMm, double Hu);

/// <summary>
/// Bright things that are no coronary plaque. Drawn without a look at the patient's plaques, so that the brightest voxel of a volume
/// tells nothing about the label.
/// </summary>
internal static class Confounders
{
    /// <summary>Between a grain and a healthy lumen: the widest plaque, a voxel and the point spread.</summary>
    private const double ClearanceMm = 3;

    /// <param name="anatomy">The chest.</param>
    /// <param name="tree">The coronary arteries, which no grain comes near: else the artery mask would hold calcium that is no plaque.</param>
    /// <param name="fieldMm">Side of the volume.</param>
    /// <param name="numbers">The tier's.</param>
    /// <param name="calciumGain">The site's.</param>
    /// <param name="rng">Chance.</param>
    public static ImmutableArray<Painted> Draw(
        Anatomy anatomy, CoronaryTree tree, double fieldMm, ConfounderNumbers numbers, double calciumGain, Rng rng)
    {
        var result = ImmutableArray.CreateBuilder<Painted>();
        void Grains(bool isThere, Func<Vec3> place)
        {
            if (!isThere) return;
            var count = rng.Integer(numbers.Grains);
            for (var i = 0; i < count; i++)
            {
                double HalfAxis() => numbers.HalfAxisMm * rng.Uniform(0.6, 1.4);
                var halfAxes = new Vec3(HalfAxis(), HalfAxis(), HalfAxis());
                var centre = place();
                for (var trial = 0; trial < 50 && !IsClear(centre, halfAxes, tree); trial++) centre = place();
                if (!IsClear(centre, halfAxes, tree)) continue;
                var grain = Ellipsoid.Upright(centre, halfAxes);
                result.Add(new(grain, numbers.Hu * rng.Uniform(0.7, 1.2) * calciumGain));
            }
        }

        var frame = anatomy.Frame;
        var root = frame.At(Anatomy.RootShares.X, Anatomy.RootShares.Y, Anatomy.RootShares.Z);
        var axis = (root - anatomy.Aorta.Points[0].Centre).Unit();
        Grains(rng.Chance(numbers.ValveShare), () => root - 0.25 * anatomy.RootRadiusMm * axis + rng.Uniform(0.2, 0.75) * anatomy.RootRadiusMm * Across(axis, rng));
        Grains(rng.Chance(numbers.AnnulusShare), () =>
        {
            var (sin, cos) = Math.SinCos(rng.Uniform(0, 2 * Math.PI));
            return frame.At(-0.46 + rng.Normal(0, 0.02), -0.26 + 0.34 * cos, 0.08 + 0.34 * sin);
        });
        Grains(rng.Chance(0.35), () =>
        {
            var (sin, cos) = Math.SinCos(rng.Uniform(0, 2 * Math.PI));
            var shares = Anatomy.DescendingShares + new Vec3(0, 0, rng.Uniform(-0.42, 0.42));
            return fieldMm * (shares + Anatomy.DescendingRadius * new Vec3(cos, sin, 0));
        });
        Grains(rng.Chance(0.25), () =>
        {
            // The upper half of the ascending aorta, away from the ostia.
            var visible = anatomy.Aorta.Points.Where(p => p.Centre.Z > root.Z + 0.15 * fieldMm && p.Centre.Z < 0.45 * fieldMm).ToList();
            if (visible.Count == 0) visible = [.. anatomy.Aorta.Points];
            var (centre, radius) = rng.Pick(visible);
            return centre + radius * Across(new(0, 0, 1), rng);
        });
        Grains(rng.Chance(0.15), () => fieldMm * new Vec3((rng.Chance(0.5) ? 1 : -1) * rng.Uniform(0.38, 0.47), rng.Uniform(-0.25, 0.35), rng.Uniform(-0.3, 0.4)));
        return result.DrainToImmutable();
    }

    private static bool IsClear(Vec3 centre, Vec3 halfAxes, CoronaryTree tree)
    {
        var reach = ClearanceMm + Math.Max(halfAxes.X, Math.Max(halfAxes.Y, halfAxes.Z));
        foreach (var vessel in tree.Vessels)
        {
            for (var i = 0; i < vessel.Points.Length; i += 2)
            {
                if ((vessel.Points[i] - centre).Length < reach + vessel.Radii[i]) return false;
            }
        }

        return true;
    }

    private static Vec3 Across(Vec3 axis, Rng rng)
    {
        var any = new Vec3(rng.Normal(), rng.Normal(), rng.Normal());
        return (any - any.Dot(axis) * axis).Unit();
    }
}
