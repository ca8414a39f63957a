using CsCheck;
using Cora.Imaging;
using Cora.Phantom;

namespace Cora.Tests.Phantom;

/// <summary>Painting within boxes gives what the plain formula gives at every voxel of the whole grid.</summary>
public sealed class CanvasTests
{
    private static readonly Geometry Grid = Geometry.Isotropic(Size3.Cube(16), 0.8, new(-6, -6, -6));

    private static readonly Gen<Vec3> Point = Gen.Double[-7, 7].Array[3].Select(p => new Vec3(p[0], p[1], p[2]));

    private static readonly Gen<Ellipsoid> AnyEllipsoid =
        from centre in Point
        from radii in Gen.Double[0.5, 9].Array[3]
        from a in Point
        from b in Point
        where a.Cross(b).Length > 1
        select new Ellipsoid(centre, new(radii[0], radii[1], radii[2]), new(a.Unit(), a.Cross(b).Unit(), a.Cross(b).Cross(a).Unit()));

    [Fact]
    public void An_ellipsoid_is_painted_as_the_formula_has_it() =>
        Gen.Select(AnyEllipsoid, Gen.Double[0.5, 2]).Sample((ellipsoid, edge) =>
        {
            var canvas = new Canvas(Grid, -90);
            canvas.Paint([new(ellipsoid, 400, edge)]);

            ForEach((index, p) =>
            {
                var q = ellipsoid.Axes * (p - ellipsoid.Centre);
                var k0 = (q / ellipsoid.SemiAxes).Length;
                var k1 = (q / (ellipsoid.SemiAxes * ellipsoid.SemiAxes)).Length;
                AssertPainted(canvas, index, k1 > 0 ? k0 * (k0 - 1) / k1 : -100, edge * 0.8);
            });
        }, iter: 60);

    [Fact]
    public void A_tube_is_painted_as_the_distance_to_its_segments_has_it() =>
        Gen.Select(Point.Array[3], Gen.Double[0.3, 3].Array[3]).Sample((points, radii) =>
        {
            var tube = new Tube([.. points.Zip(radii, (p, r) => new TubePoint(p, r))]);
            var canvas = new Canvas(Grid, -90);
            canvas.Paint([new(tube, 400)]);

            ForEach((index, p) =>
            {
                var nearest = double.MaxValue;
                for (var i = 0; i < 2; i++)
                {
                    var (a, b) = (tube.Points[i], tube.Points[i + 1]);
                    var along = b.Centre - a.Centre;
                    var t = along.Length > 0 ? Math.Clamp((p - a.Centre).Dot(along) / along.Dot(along), 0, 1) : 0;
                    nearest = Math.Min(nearest, (p - a.Centre - t * along).Length - a.Radius - t * (b.Radius - a.Radius));
                }

                AssertPainted(canvas, index, nearest, 0.8);
            });
        }, iter: 60);

    [Fact]
    public void A_ball_of_three_millimetres_has_its_volume()
    {
        var canvas = new Canvas(Grid, 0);
        var ball = Ellipsoid.Upright(new(0.13, -0.21, 0.3), new(3, 3, 3));
        canvas.Paint([new(ball, 1)]);

        // Covered shares add up to 4/3 pi 27 = 113.1 mm3; a linear edge errs by about (edge/r)^2 / 4.
        Assert.Equal(113.1, canvas.Hu.Sum(h => (double)h) * 0.8 * 0.8 * 0.8, 2.5);
        Assert.Equal(113.1, canvas.Inside(ball).Sum(i => i) * 0.8 * 0.8 * 0.8, 5.0);
    }

    private static void AssertPainted(Canvas canvas, int index, double distance, double edge)
    {
        var coverage = Math.Clamp(0.5 - distance / edge, 0, 1);
        Assert.Equal(-90 + coverage * 490, canvas.Hu[index], 0.01);
    }

    private static void ForEach(Action<int, Vec3> visit)
    {
        for (var z = 0; z < 16; z++)
        {
            for (var y = 0; y < 16; y++)
            {
                for (var x = 0; x < 16; x++) visit((z * 16 + y) * 16 + x, Grid.ToPatient(new(x, y, z)));
            }
        }
    }
}
