using System.Collections.Immutable;
using Cora.Imaging;

namespace Cora.Phantom;

/// <summary>
/// What a field of view wider than the heart's shows beside it: air round the body, fat, a wall of muscle, ribs, the belly. Crude, and painted before the chest
/// itself: made to find the heart in, not to look at.
/// </summary>
internal static class WideChest
{
    private const int RibPairs = 5;

    public static void Draw(ImmutableArray<Painted>.Builder shapes, double h, Rng rng)
    {
        var (wide, deep) = (rng.Uniform(0.97, 1.10), rng.Uniform(0.72, 0.84));
        void Body(double share, double hu, double edge = 1.5) => shapes.Add(new(Ellipsoid.Upright(default, h * new Vec3(share * wide, share * deep, 8)), hu, edge));

        shapes.Add(new(Ellipsoid.Upright(default, h * new Vec3(30, 30, 30)), -1000));
        Body(1 + rng.Uniform(0.01, 0.16), rng.Normal(-100, 6));
        Body(1, rng.Uniform(40, 65));
        Body(0.9, rng.Normal(-95, 6));
        DrawBelly(shapes, h, rng);
        for (var pair = 0; pair < RibPairs; pair++)
        {
            foreach (var side in new[] { -1, 1 }) shapes.Add(new(Rib(h, side, wide, deep, 0.85 - 0.36 * pair + rng.Normal(0, 0.02), rng), rng.Uniform(220, 480)));
        }
    }

    /// <summary>Liver, stomach and what else lies below the diaphragm, reaching out of most volumes.</summary>
    private static void DrawBelly(ImmutableArray<Painted>.Builder shapes, double h, Rng rng)
    {
        var top = rng.Uniform(-0.68, -0.52);
        shapes.Add(new(Ellipsoid.Upright(h * new Vec3(0, 0, top - 1), h * new Vec3(0.85, 0.6, 1)), rng.Uniform(45, 90), 1.5));
        var stomach = Ellipsoid.Upright(h * new Vec3(rng.Uniform(0.3, 0.5), rng.Uniform(-0.2, 0.15), top - rng.Uniform(0.25, 0.5)), h * new Vec3(0.26, 0.22, 0.24));
        shapes.Add(new(stomach, rng.Chance(0.5) ? rng.Uniform(0, 40) : -900));
    }

    /// <summary>One rib, from beside the spine round the side to the front, falling as it goes.</summary>
    private static Tube Rib(double h, int side, double wide, double deep, double height, Rng rng)
    {
        var fall = rng.Uniform(0.2, 0.4);
        var points = Enumerable.Range(0, 7).Select(i =>
        {
            var (sin, cos) = Math.SinCos((20 + 20.0 * i) * Math.PI / 180);
            return h * new Vec3(side * 0.95 * wide * sin, 0.95 * deep * cos, height - fall * i / 6);
        });
        return Tube.Through([.. points], h / 40, _ => 0.03 * h);
    }
}
