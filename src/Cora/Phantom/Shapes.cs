using System.Collections.Immutable;
using Cora.Imaging;

namespace Cora.Phantom;

/// <summary>A body in the patient, LPS millimetres, the middle of the volume at 0.</summary>
internal abstract record Shape;

/// <summary>An ellipsoid; the rows of <paramref name="Axes"/> are its unit axes, <paramref name="SemiAxes"/> their half lengths.</summary>
internal sealed record Ellipsoid(Vec3 Centre, Vec3 SemiAxes, Mat3 Axes) : Shape
{
    public static Ellipsoid Upright(Vec3 centre, Vec3 semiAxes) => new(centre, semiAxes, Mat3.Identity);

    public Ellipsoid Grown(double mm) => this with { SemiAxes = new(SemiAxes.X + mm, SemiAxes.Y + mm, SemiAxes.Z + mm) };
}

/// <summary>A point of a tube's centre line with the tube's radius there.</summary>
internal readonly record struct TubePoint(Vec3 Centre, double Radius);

/// <summary>A bent tube: all points nearer to the polyline than its radius, which runs linearly between the points.</summary>
internal sealed record Tube(ImmutableArray<TubePoint> Points) : Shape
{
    /// <summary>A smooth tube through control points, its radius a function of the share of the way, 0 to 1.</summary>
    public static Tube Through(IReadOnlyList<Vec3> control, double stepMm, Func<double, double> radius)
    {
        var line = Spline.Resample(control, stepMm);
        var last = Math.Max(1, line.Length - 1);
        return new([.. line.Select((p, i) => new TubePoint(p, radius((double)i / last)))]);
    }
}

/// <summary>A shape in the order of painting: its attenuation, and the width of its edge in voxels.</summary>
internal readonly record struct Painted(Shape Shape, double Hu, double EdgeVoxels = 1);
