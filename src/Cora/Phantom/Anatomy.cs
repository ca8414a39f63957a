using System.Collections.Immutable;
using Cora.Imaging;

namespace Cora.Phantom;

/// <summary>
/// A drawn chest: every body of it in the order of painting, and nothing of pixels. The heart fills the field of view (a compact
/// heart, about half the size of an adult's when the field is 64 mm) while vessels keep their true diameters: not to scale, but lumen
/// and lesion cover as many voxels as in CCTA.
/// </summary>
/// <param name="Frame">The heart's axes.</param>
/// <param name="Shapes">All bodies but coronary arteries and calcium, in the order of painting.</param>
/// <param name="Pericardium">The heart with its fat, what a heart mask holds.</param>
/// <param name="Aorta">Root and ascending aorta.</param>
/// <param name="RootRadiusMm">Radius of the aortic root.</param>
internal sealed record Anatomy(HeartFrame Frame, ImmutableArray<Painted> Shapes, Ellipsoid Pericardium, Tube Aorta, double RootRadiusMm)
{
    private const double Fat = -90;

    /// <summary>Attenuation of what no shape covers.</summary>
    public const float Background = (float)Fat;

    /// <summary>The aortic root's middle in shares of the heart's half axes.</summary>
    public static Vec3 RootShares { get; } = new(-0.42, 0.02, -0.18);

    /// <summary>Where the descending aorta runs, in shares of the field.</summary>
    public static Vec3 DescendingShares { get; } = new(0.14, 0.37, 0);

    /// <summary>Radius of the descending aorta, in shares of the field.</summary>
    public const double DescendingRadius = 0.068;

    public static Anatomy Draw(double fieldMm, double spacingMm, Rng? wide, TierNumbers tier, double contrastHu, Rng rng)
    {
        var fat = Math.Max(1.08, rng.Normal(1, 0.025) * tier.FatFactor);
        var frame = HeartFrame.Draw(fieldMm, fat, rng);
        var shapes = ImmutableArray.CreateBuilder<Painted>();
        if (wide is not null) WideChest.Draw(shapes, fieldMm, wide);
        DrawChest(shapes, fieldMm, spacingMm, contrastHu, rng);

        var pericardium = frame.Part(default, fat * new Vec3(1, 1, 1));
        shapes.Add(new(pericardium, 20));
        shapes.Add(new(pericardium.Grown(-spacingMm), rng.Normal(-95, 5)));
        DrawChambers(shapes, frame, contrastHu, rng);
        var rootRadius = 0.085 * fieldMm * rng.Normal(1, 0.05);
        var aorta = DrawAorta(frame, fieldMm, rootRadius);
        DrawGreatVessels(shapes, frame, fieldMm, contrastHu, rng);
        shapes.Add(new(aorta with { Points = [.. aorta.Points.Select(p => p with { Radius = p.Radius + 0.8 })] }, 45));
        shapes.Add(new(aorta, contrastHu));
        return new(frame, shapes.DrainToImmutable(), pericardium, aorta, rootRadius);
    }

    private static void DrawChest(ImmutableArray<Painted>.Builder shapes, double h, double spacingMm, double contrastHu, Rng rng)
    {
        foreach (var side in new[] { 0.52, -0.56 })
        {
            shapes.Add(new(Ellipsoid.Upright(h * new Vec3(side, 0.05, 0), h * new Vec3(0.36, 0.62, 0.9)), rng.Normal(-850, 15), 2));
        }

        for (var i = 0; i < 26; i++)
        {
            var side = rng.Chance(0.5) ? 1 : -1;
            var start = h * new Vec3(side * rng.Uniform(0.26, 0.5), rng.Uniform(-0.35, 0.45), rng.Uniform(-0.5, 0.5));
            var way = new Vec3(side * rng.Uniform(0.1, 1), rng.Normal(0, 0.6), rng.Normal(0, 0.6)).Unit();
            var bend = new Vec3(rng.Normal(), rng.Normal(), rng.Normal());
            var length = rng.Uniform(0.15, 0.4) * h;
            var radius = rng.Uniform(0.8, 1.8);
            var tube = Tube.Through([start, start + 0.5 * length * way + 0.08 * length * bend, start + length * way], spacingMm, x => radius + (0.35 - radius) * x);
            shapes.Add(new(tube, contrastHu * rng.Uniform(0.4, 0.95)));
        }

        // The dome of the diaphragm with liver below, then the front of the chest: fat, muscle, breast bone.
        shapes.Add(new(Ellipsoid.Upright(h * new Vec3(-0.12, 0.05, -0.88), h * new Vec3(0.95, 0.75, 0.42)), rng.Normal(105, 12), 1.5));
        shapes.Add(new(Ellipsoid.Upright(h * new Vec3(0, -0.60, 0), h * new Vec3(0.9, 0.14, 3)), -95));
        shapes.Add(new(Ellipsoid.Upright(h * new Vec3(0, -0.57, 0), h * new Vec3(0.8, 0.085, 3)), rng.Uniform(45, 65)));
        var sternum = Ellipsoid.Upright(h * new Vec3(0, -0.50, 0), h * new Vec3(0.10, 0.045, 1.5));
        shapes.Add(new(sternum, rng.Uniform(450, 800)));
        shapes.Add(new(sternum.Grown(-1.2 * spacingMm), rng.Uniform(120, 260)));

        // The soft tissue beside and between the vertebrae, then five of them.
        shapes.Add(new(Ellipsoid.Upright(h * new Vec3(-0.02, 0.55, 0), h * new Vec3(0.27, 0.15, 3)), rng.Uniform(45, 65), 1.5));
        for (var k = -2; k <= 2; k++)
        {
            var body = Ellipsoid.Upright(h * new Vec3(-0.02, 0.52, k * 0.28), h * new Vec3(0.15, 0.12, 0.125));
            shapes.Add(new(body, rng.Uniform(450, 750)));
            shapes.Add(new(body.Grown(-1.3 * spacingMm), rng.Uniform(130, 260)));
        }
    }

    private static void DrawChambers(ImmutableArray<Painted>.Builder shapes, HeartFrame frame, double contrastHu, Rng rng)
    {
        var muscle = rng.Uniform(88, 118);
        void Add(double u, double r, double s, double a, double b, double c, double hu) => shapes.Add(new(frame.Part(new(u, r, s), new(a, b, c)), hu, 1.5));

        Add(0, 0, 0, 1, 1, 1, muscle);
        var rightHeart = contrastHu * rng.Uniform(0.25, 0.85);
        Add(0.08, 0.38, 0, 0.70, 0.46, 0.70, rightHeart);

        // The left ventricle's muscle covers part of the right cavity, which so becomes a crescent.
        Add(0.06, -0.26, 0, 0.84, 0.60, 0.66, muscle);
        var leftHeart = contrastHu * rng.Normal(0.98, 0.02);
        Add(-0.06, -0.28, 0, 0.66, 0.42, 0.47, leftHeart);
        foreach (var side in new[] { -0.27, 0.25 })
        {
            var points = new[] { frame.At(0.34, -0.28 + side, side), frame.At(0.14, -0.28 + 0.8 * side, 0.8 * side), frame.At(-0.04, -0.28 + 0.6 * side, 0.6 * side) };
            shapes.Add(new(Tube.Through(points, 0.1 * frame.HalfAxes.X, x => (0.09 - 0.05 * x) * frame.HalfAxes.X), muscle, 1.5));
        }

        var (left, right) = (contrastHu * rng.Normal(0.98, 0.02), contrastHu * rng.Uniform(0.3, 1.1));
        foreach (var (hu, centre, half) in new[]
        {
            (left, new Vec3(-0.70, -0.30, 0.25), new Vec3(0.30, 0.42, 0.52)),
            (right, new Vec3(-0.52, 0.62, 0.30), new Vec3(0.36, 0.36, 0.46)),
        })
        {
            var cavity = frame.Part(centre, half);
            shapes.Add(new(cavity.Grown(1), 45, 1.5));
            shapes.Add(new(cavity, hu, 1.5));
        }
    }

    private static Tube DrawAorta(HeartFrame frame, double h, double rootRadius)
    {
        var root = frame.At(RootShares.X, RootShares.Y, RootShares.Z);
        Vec3[] way = [frame.At(-0.25, -0.08, -0.10), root, root + h * new Vec3(-0.025, -0.03, 0.13), root + h * new Vec3(-0.05, -0.03, 0.30), root + h * new Vec3(-0.04, 0.01, 0.60)];
        var sinus = (root - way[0]).Length / Enumerable.Range(1, 4).Sum(i => (way[i] - way[i - 1]).Length);
        return Tube.Through(way, h / 64, x => rootRadius * (1 + 0.18 * Math.Exp(-0.5 * Math.Pow((x - sinus) / 0.09, 2))));
    }

    private static void DrawGreatVessels(ImmutableArray<Painted>.Builder shapes, HeartFrame frame, double h, double contrastHu, Rng rng)
    {
        void Vertical(Vec3 shares, double radius, double fromZ, double toZ, double hu) =>
            shapes.Add(new(Tube.Through([h * (shares + new Vec3(0, 0, fromZ)), h * (shares + new Vec3(0.005, 0, (fromZ + toZ) / 2)), h * (shares + new Vec3(0, 0.01, toZ))], h / 32, _ => radius), hu));

        // Pulmonary trunk: out of the right ventricle's front, left of the ascending aorta, then back.
        Vec3[] trunk = [frame.At(-0.10, 0.52, -0.42), h * new Vec3(0.00, -0.15, 0.17), h * new Vec3(0.035, -0.11, 0.30), h * new Vec3(0.07, 0.01, 0.44), h * new Vec3(0.08, 0.10, 0.60)];
        shapes.Add(new(Tube.Through(trunk, h / 64, x => 0.08 * h * (0.85 + 0.15 * Math.Min(1, 3 * x))), contrastHu * rng.Uniform(0.35, 1)));
        var cava = frame.At(-0.66, 0.60, 0.10);
        var top = h * new Vec3(-0.24, 0.06, 0.60);
        Vec3[] upwards = [cava, 0.5 * (cava + top) - h * new Vec3(0.01, 0, 0), top];
        shapes.Add(new(Tube.Through(upwards, h / 32, _ => 0.055 * h), contrastHu * rng.Uniform(0.5, 1.8)));
        Vertical(DescendingShares, DescendingRadius * h + 0.8, -0.6, 0.6, 45);
        Vertical(DescendingShares, DescendingRadius * h, -0.6, 0.6, contrastHu * rng.Normal(0.97, 0.02));

        var gullet = Ellipsoid.Upright(h * new Vec3(0.015, 0.365, 0), h * new Vec3(0.035, 0.025, 3));
        shapes.Add(new(gullet, 35));
        if (rng.Chance(0.3)) shapes.Add(new(gullet with { SemiAxes = 0.45 * gullet.SemiAxes }, -600));

        // Great cardiac vein beside the LAD, then the coronary sinus along the groove: what an artery with soft plaque looks like.
        var control = new List<Vec3>();
        for (var k = 0; k <= 4; k++) control.Add(frame.Surface(-106 + rng.Normal(0, 1.5), 140 - 17 * k));
        for (var k = 1; k <= 5; k++) control.Add(frame.Surface(-106 - 25 * k, 63));
        shapes.Add(new(Tube.Through(control, 1, x => 0.8 + 1.4 * x), contrastHu * rng.Uniform(0.2, 0.6)));
    }
}
