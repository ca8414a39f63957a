using System.Collections.Immutable;
using Cora.Imaging;

namespace Cora.Phantom;

/// <summary>
/// A volume of HU that shapes are painted on, each only within its own box. A voxel at signed distance d from a surface is covered
/// by clamp(0.5 - d / edge, 0, 1), and takes on that share of the shape's HU.
/// </summary>
internal sealed class Canvas(Geometry geometry, float background)
{
    private readonly Size3 size = geometry.Size;
    private readonly double spacing = geometry.Spacing.X;
    private readonly Vec3 origin = geometry.Origin;
    private float[] distances = [];

    public Geometry Geometry { get; } = geometry;

    public float[] Hu { get; } = Filled(geometry.Size.Count, background);

    public void Paint(IEnumerable<Painted> painted)
    {
        foreach (var (shape, hu, edge) in painted)
        {
            if (shape is Ellipsoid ellipsoid) Paint(ellipsoid, (float)hu, edge * spacing);
            else if (shape is Tube tube) Paint(tube, (float)hu, edge * spacing);
        }
    }

    /// <summary>A mask of the voxels whose centre lies in the shape.</summary>
    public byte[] Inside(Shape shape)
    {
        var mask = new byte[Hu.Length];
        if (shape is Tube tube)
        {
            ForBox(tube, 0, (index, d) =>
            {
                if (d <= 0) mask[index] = 1;
            });
        }
        else if (shape is Ellipsoid ellipsoid)
        {
            foreach (var row in new EllipsoidRows(ellipsoid, this, 0))
            {
                var (from, to) = row.Within(1);
                for (var x = from; x <= to; x++) mask[row.Start + x] = 1;
            }
        }

        return mask;
    }

    private void Paint(Ellipsoid ellipsoid, float hu, double edge)
    {
        // |d| is at least |k0 - 1| times the shortest semi-axis: outside of a thin shell no root is needed.
        var shortest = Math.Min(ellipsoid.SemiAxes.X, Math.Min(ellipsoid.SemiAxes.Y, ellipsoid.SemiAxes.Z));
        var shell = edge / (2 * shortest);
        foreach (var row in new EllipsoidRows(ellipsoid, this, edge / 2))
        {
            var (from, to) = row.Within(1 + shell);
            if (from > to) continue;
            var (coreFrom, coreTo) = shell < 1 ? row.Within(1 - shell) : (1, 0);
            if (coreFrom > coreTo) (coreFrom, coreTo) = (to + 1, to);
            for (var x = from; x < coreFrom; x++) Blend(ref Hu[row.Start + x], hu, row.Distance(x), edge);
            Hu.AsSpan(row.Start + coreFrom, coreTo - coreFrom + 1).Fill(hu);
            for (var x = coreTo + 1; x <= to; x++) Blend(ref Hu[row.Start + x], hu, row.Distance(x), edge);
        }
    }

    private void Paint(Tube tube, float hu, double edge) =>
        ForBox(tube, edge / 2, (index, d) => Blend(ref Hu[index], hu, d, edge));

    private static void Blend(ref float voxel, float hu, double distance, double edge)
    {
        var coverage = (float)Math.Clamp(0.5 - distance / edge, 0, 1);
        voxel += coverage * (hu - voxel);
    }

    /// <summary>Visits every voxel nearer than <paramref name="reach"/> to the tube's surface, with its signed distance.</summary>
    private void ForBox(Tube tube, double reach, Action<int, double> visit)
    {
        var points = tube.Points;
        if (!TryBox(points, reach, out var low, out var high)) return;
        var (nx, ny, nz) = (high.X - low.X + 1, high.Y - low.Y + 1, high.Z - low.Z + 1);
        if (distances.Length < nx * ny * nz) distances = new float[nx * ny * nz];
        var nearest = distances.AsSpan(0, nx * ny * nz);
        nearest.Fill(float.MaxValue);
        for (var i = 0; i + 1 < points.Length; i++)
        {
            var (a, b) = (points[i], points[i + 1]);
            if (!TryBox([a, b], reach, out var from, out var to)) continue;
            var along = b.Centre - a.Centre;
            var inverse = along.Dot(along) is > 1e-300 and var squared ? 1 / squared : 0;      // two points in one place: a ball
            for (var z = from.Z; z <= to.Z; z++)
            {
                for (var y = from.Y; y <= to.Y; y++)
                {
                    var start = ((z - low.Z) * ny + (y - low.Y)) * nx - low.X;
                    for (var x = from.X; x <= to.X; x++)
                    {
                        var v = At(x, y, z) - a.Centre;
                        var t = Math.Clamp(v.Dot(along) * inverse, 0, 1);
                        var d = (float)((v - t * along).Length - (a.Radius + t * (b.Radius - a.Radius)));
                        if (d < nearest[start + x]) nearest[start + x] = d;
                    }
                }
            }
        }

        for (var z = 0; z < nz; z++)
        {
            for (var y = 0; y < ny; y++)
            {
                var target = ((low.Z + z) * size.Y + low.Y + y) * size.X + low.X;
                for (var x = 0; x < nx; x++)
                {
                    var d = nearest[(z * ny + y) * nx + x];
                    if (d < reach || (reach == 0 && d <= 0)) visit(target + x, d);
                }
            }
        }
    }

    private Vec3 At(int x, int y, int z) => new(origin.X + x * spacing, origin.Y + y * spacing, origin.Z + z * spacing);

    private bool TryBox(ImmutableArray<TubePoint> points, double reach, out (int X, int Y, int Z) low, out (int X, int Y, int Z) high)
    {
        var (min, max) = (new Vec3(double.MaxValue, double.MaxValue, double.MaxValue), new Vec3(double.MinValue, double.MinValue, double.MinValue));
        foreach (var (p, radius) in points)
        {
            var r = radius + reach;
            min = new(Math.Min(min.X, p.X - r), Math.Min(min.Y, p.Y - r), Math.Min(min.Z, p.Z - r));
            max = new(Math.Max(max.X, p.X + r), Math.Max(max.Y, p.Y + r), Math.Max(max.Z, p.Z + r));
        }

        return Clip(min, max, out low, out high);
    }

    private bool Clip(Vec3 min, Vec3 max, out (int X, int Y, int Z) low, out (int X, int Y, int Z) high)
    {
        int First(double mm, double start) => (int)Math.Max(0, Math.Ceiling((mm - start) / spacing));
        int Last(double mm, double start, int count) => (int)Math.Min(count - 1, Math.Floor((mm - start) / spacing));
        low = (First(min.X, origin.X), First(min.Y, origin.Y), First(min.Z, origin.Z));
        high = (Last(max.X, origin.X, size.X), Last(max.Y, origin.Y, size.Y), Last(max.Z, origin.Z, size.Z));
        return low.X <= high.X && low.Y <= high.Y && low.Z <= high.Z;
    }

    private static float[] Filled(long count, float value)
    {
        var result = new float[count];
        Array.Fill(result, value);
        return result;
    }

    /// <summary>
    /// One row of voxels along x through an ellipsoid: with q the point in the ellipsoid's axes and r its semi-axes, k0 = |q/r| and
    /// k1 = |q/r²| are roots of polynomials in x, and the distance is about k0 (k0 - 1) / k1.
    /// </summary>
    private readonly struct EllipsoidRow(int start, int columns, Vec3 first, Vec3 step, Vec3 first1, Vec3 step1)
    {
        private readonly double a = step.Dot(step), b = first.Dot(step), c = first.Dot(first);

        public int Start { get; } = start;

        /// <summary>First and last column with k0 at most the limit; first above last when there is none.</summary>
        public (int From, int To) Within(double limit)
        {
            var root = b * b - a * (c - limit * limit);
            if (root < 0) return (1, 0);
            root = Math.Sqrt(root);
            return (Math.Max(0, (int)Math.Ceiling((-b - root) / a)), Math.Min(columns - 1, (int)Math.Floor((-b + root) / a)));
        }

        public double Distance(int x)
        {
            var k0 = (first + x * step).Length;
            var k1 = (first1 + x * step1).Length;
            return k1 > 0 ? k0 * (k0 - 1) / k1 : double.MinValue;
        }
    }

    private readonly struct EllipsoidRows(Ellipsoid ellipsoid, Canvas canvas, double reach)
    {
        public IEnumerator<EllipsoidRow> GetEnumerator()
        {
            var (radii, axes) = (ellipsoid.SemiAxes, ellipsoid.Axes);
            var grown = 1 + reach / Math.Min(radii.X, Math.Min(radii.Y, radii.Z));
            double Extent(int axis) => grown * (radii * axes.Column(axis)).Length;
            var extent = new Vec3(Extent(0), Extent(1), Extent(2));
            if (!canvas.Clip(ellipsoid.Centre - extent, ellipsoid.Centre + extent, out var low, out var high)) yield break;
            var step = canvas.spacing * axes.Column(0) / radii;
            for (var z = low.Z; z <= high.Z; z++)
            {
                for (var y = low.Y; y <= high.Y; y++)
                {
                    var first = axes * (canvas.At(0, y, z) - ellipsoid.Centre) / radii;
                    yield return new((z * canvas.size.Y + y) * canvas.size.X, canvas.size.X, first, step, first / radii, step / radii);
                }
            }
        }
    }
}
