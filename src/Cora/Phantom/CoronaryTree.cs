using System.Collections.Immutable;
using Cora.Imaging;

namespace Cora.Phantom;

/// <summary>The coronary arteries that the phantom draws.</summary>
public enum Artery
{
    /// <summary>Left main.</summary>
    LeftMain,

    /// <summary>Left anterior descending.</summary>
    LeftAnteriorDescending,

    /// <summary>Left circumflex.</summary>
    LeftCircumflex,

    /// <summary>Right coronary.</summary>
    RightCoronary,

    /// <summary>Posterior descending, from the dominant side.</summary>
    PosteriorDescending,

    /// <summary>First diagonal.</summary>
    Diagonal1,

    /// <summary>Second diagonal.</summary>
    Diagonal2,

    /// <summary>First obtuse marginal.</summary>
    ObtuseMarginal1,

    /// <summary>Second obtuse marginal.</summary>
    ObtuseMarginal2,

    /// <summary>Acute marginal.</summary>
    AcuteMarginal,
}

/// <summary>One artery: a centre line in steps of about 0.25 mm with the lumen's radius and a frame that does not twist.</summary>
internal sealed class Vessel
{
    public const double StepMm = 0.25;

    /// <summary>The share of its enhancement that blood has lost at a vessel's end.</summary>
    private const double Fading = 0.22;

    public Vessel(Artery artery, IReadOnlyList<Vec3> control, double startDiameterMm, double endDiameterMm)
    {
        Artery = artery;
        Points = Spline.Resample(control, StepMm);
        Tangents = new Vec3[Points.Length];
        Sides = new Vec3[Points.Length];
        Radii = new double[Points.Length];
        ArcMm = new double[Points.Length];
        for (var i = 0; i < Points.Length; i++)
        {
            Tangents[i] = (Points[Math.Min(i + 1, Points.Length - 1)] - Points[Math.Max(i - 1, 0)]).Unit();
            ArcMm[i] = i == 0 ? 0 : ArcMm[i - 1] + (Points[i] - Points[i - 1]).Length;
            var side = i > 0 ? Sides[i - 1] : Math.Abs(Tangents[0].X) < 0.8 ? new(1, 0, 0) : new(0, 1, 0);
            Sides[i] = (side - side.Dot(Tangents[i]) * Tangents[i]).Unit();
        }

        for (var i = 0; i < Points.Length; i++)
            Radii[i] = 0.5 * (startDiameterMm + (endDiameterMm - startDiameterMm) * Math.Pow(ArcMm[i] / LengthMm, 0.9));
    }

    public Artery Artery { get; }

    public Vec3[] Points { get; }

    public Vec3[] Tangents { get; }

    /// <summary>Unit vectors across the vessel from which angles are counted.</summary>
    public Vec3[] Sides { get; }

    /// <summary>Lumen radius without plaque, millimetres.</summary>
    public double[] Radii { get; }

    public double[] ArcMm { get; }

    public double LengthMm => ArcMm[^1];

    /// <summary>The sample nearest to a distance from the vessel's start.</summary>
    public int IndexAt(double arcMm) => Math.Clamp((int)Math.Round(arcMm / LengthMm * (Points.Length - 1)), 0, Points.Length - 1);

    /// <summary>Share of the aortic enhancement that is left at a distance from the start.</summary>
    public double Enhancement(double arcMm) => 1 - Fading * Math.Clamp(arcMm / LengthMm, 0, 1);
}

/// <summary>A drawn coronary tree; parents stand before their branches.</summary>
internal sealed record CoronaryTree(ImmutableArray<Vessel> Vessels, bool IsRightDominant)
{
    public Vessel? Find(Artery artery) => Vessels.FirstOrDefault(v => v.Artery == artery);

    /// <param name="anatomy">The chest in which it runs.</param>
    /// <param name="factor">All diameters are multiplied by it.</param>
    /// <param name="rng">Chance.</param>
    public static CoronaryTree Draw(Anatomy anatomy, double factor, Rng rng)
    {
        var frame = anatomy.Frame;
        var vessels = ImmutableArray.CreateBuilder<Vessel>();
        Vessel Add(Artery artery, IReadOnlyList<Vec3> control, double start, double end)
        {
            vessels.Add(new(artery, control, factor * start, factor * end));
            return vessels[^1];
        }

        var isRightDominant = !rng.Chance(0.12);
        var groove = rng.Normal(-98, 5);
        var root = frame.At(Anatomy.RootShares.X, Anatomy.RootShares.Y, Anatomy.RootShares.Z);
        Vec3 Ostium(Vec3 direction, double upMm) => root + new Vec3(0, 0, upMm) + anatomy.RootRadiusMm * direction.Unit();

        var fork = frame.Surface(groove - 6, 60);
        var leftOstium = Ostium(new(0.92, -0.15, 0), 0.5 * anatomy.RootRadiusMm);
        Add(Artery.LeftMain, [leftOstium, leftOstium + 0.5 * (fork - leftOstium) + 0.15 * anatomy.RootRadiusMm * new Vec3(1, 0, 0), fork], 4.5, 4.1);

        var ladTheta = Wobble(4, rng);
        var lad = new SurfacePath(frame, x => groove + ladTheta(x), x => 70 + 88 * x);
        Add(Artery.LeftAnteriorDescending, [fork, .. lad.Control(10)], 3.7, 1.3);

        var lcxEnd = isRightDominant ? -100 - rng.Uniform(95, 125) : -255;
        var lcxPhi = Wobble(3, rng);
        var lcx = new SurfacePath(frame, x => groove - 18 + (lcxEnd - groove + 18) * x, x => 70 + lcxPhi(x));
        var circumflex = Add(Artery.LeftCircumflex, [fork, .. lcx.Control(9)], 3.4, 1.5);

        var rcaPhi = Wobble(3, rng);
        var rca = new SurfacePath(frame, x => -40 + 132 * x, x => 71 + rcaPhi(x));
        var rightOstium = Ostium(new(-0.55, -0.83, 0), 0.3 * anatomy.RootRadiusMm);
        var right = Add(
            Artery.RightCoronary, [rightOstium, rightOstium + 0.3 * anatomy.RootRadiusMm * new Vec3(-0.55, -0.83, 0.2), .. rca.Control(9)],
            3.9, isRightDominant ? 2.3 : 1.4);

        var dominant = isRightDominant ? right : circumflex;
        var (pdaTheta, pdaFrom) = (Wobble(3, rng), isRightDominant ? 100.0 : -260);
        var pda = new SurfacePath(frame, x => pdaFrom + pdaTheta(x), x => 82 + 53 * x);
        Add(Artery.PosteriorDescending, [dominant.Points[^1], .. pda.Control(6)], 2.2, 1.1);

        // Side branches leave towards the apex and away from the parent.
        void Branch(Artery artery, Vessel parent, double from, double to, double thetaStep)
        {
            var share = rng.Uniform(from, to);
            var start = parent.Points[parent.IndexAt(share * parent.LengthMm)];
            var (theta, phi) = frame.AnglesOf(start);
            var phiStep = rng.Uniform(10, 13);
            var control = new List<Vec3> { start };
            for (var k = 1; k <= 4; k++) control.Add(frame.Surface(theta + thetaStep * Math.Pow(k, 0.8) + rng.Normal(0, 1.5), phi + phiStep * k));
            Add(artery, control, rng.Uniform(1.7, 2.4), 1.0);
        }

        var descending = vessels[1];
        Branch(Artery.Diagonal1, descending, 0.20, 0.38, -14);
        Branch(Artery.Diagonal2, descending, 0.42, 0.62, -12);
        Branch(Artery.ObtuseMarginal1, circumflex, 0.25, 0.45, -5);
        Branch(Artery.ObtuseMarginal2, circumflex, 0.55, 0.75, -4);
        Branch(Artery.AcuteMarginal, right, 0.40, 0.65, -5);
        return new(vessels.DrainToImmutable(), isRightDominant);
    }

    /// <summary>A smooth sway of the given size in degrees along a vessel, x from 0 to 1; 0 at the start.</summary>
    private static Func<double, double> Wobble(double degrees, Rng rng)
    {
        var (a, b) = (degrees * rng.Normal(), 0.6 * degrees * rng.Normal());
        var (slow, fast) = (rng.Uniform(0.7, 1.5), rng.Uniform(1.8, 3));
        var (p, q) = (rng.Uniform(0, 2 * Math.PI), rng.Uniform(0, 2 * Math.PI));
        return x => Math.Min(1, 4 * x) * (a * Math.Sin(2 * Math.PI * slow * x + p) + b * Math.Sin(2 * Math.PI * fast * x + q));
    }

    private sealed record SurfacePath(HeartFrame Frame, Func<double, double> Theta, Func<double, double> Phi)
    {
        /// <summary>Points at equal shares of the way, the first a little after the start.</summary>
        public IEnumerable<Vec3> Control(int count) =>
            Enumerable.Range(1, count).Select(k => (double)k / count).Select(x => Frame.Surface(Theta(x), Phi(x)));
    }
}
