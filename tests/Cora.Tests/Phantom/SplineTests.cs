using CsCheck;
using Cora.Imaging;
using Cora.Phantom;

namespace Cora.Tests.Phantom;

public sealed class SplineTests
{
    private static readonly Gen<Vec3> Point = Gen.Double[-30, 30].Array[3].Select(p => new Vec3(p[0], p[1], p[2]));

    [Fact]
    public void The_curve_passes_through_its_control_points() =>
        Point.Array[3, 8].Where(Apart).Sample(control =>
        {
            var line = Spline.Resample(control, 0.25);

            Assert.All(control, c => Assert.True(line.Min(p => (p - c).Length) < 0.2));
            Assert.True((line[0] - control[0]).Length < 1e-9 && (line[^1] - control[^1]).Length < 1e-9);
        }, iter: 500);

    [Fact]
    public void Samples_stand_at_equal_steps() =>
        Point.Array[3, 8].Where(Apart).Sample(control =>
        {
            var line = Spline.Resample(control, 0.25);

            // A chord is never longer than the way along it; in a cusp, which random points may make, it is shorter.
            var chords = line.Zip(line.Skip(1), (p, q) => (q - p).Length).ToArray();
            Assert.True(chords.Max() < 0.26);
            Assert.True(chords.Order().ElementAt(chords.Length / 10) > 0.24, "nine in ten samples stand at the step");
        }, iter: 500);

    [Fact]
    public void Points_on_a_straight_line_stay_on_it()
    {
        var line = Spline.Resample([new(0, 0, 0), new(3, 0, 0), new(4, 0, 0), new(10, 0, 0)], 0.5);

        Assert.Equal(21, line.Length);
        Assert.All(line.Select((p, i) => (p, i)), x => Assert.True((x.p - new Vec3(0.5 * x.i, 0, 0)).Length < 1e-9));
    }

    [Fact]
    public void A_circle_through_nine_points_is_round_to_a_hundredth()
    {
        var control = Enumerable.Range(0, 9).Select(k => 10 * new Vec3(Math.Cos(k * Math.PI / 8), Math.Sin(k * Math.PI / 8), 0)).ToArray();

        var middle = Spline.Resample(control, 0.25).Where(p => Math.Atan2(p.Y, p.X) is > 0.8 and < 2.3);

        Assert.All(middle, p => Assert.Equal(10, p.Length, 0.02));
    }

    private static bool Apart(Vec3[] control) => control.Zip(control.Skip(1)).All(p => (p.First - p.Second).Length > 3);
}
