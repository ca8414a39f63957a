using Cora.Cohorts;
using Cora.Imaging;
using Cora.Phantom;

namespace Cora.Tests.Phantom;

/// <summary>What a reader of CCTA would check at first sight.</summary>
public sealed class PhantomImageTests
{
    private static readonly PhantomCase[] Cases =
        [.. Enumerable.Range(0, 6).Select(i => PhantomPatient.Draw(new() { Tier = (PhantomTier)(i % 2), Seed = 11 }, Split.Train, i, i).Render())];

    [Fact]
    public void Axes_run_to_the_left_to_the_back_and_to_the_head() =>
        Assert.All(Cases, c =>
        {
            Assert.Equal("LPS", c.Image.Geometry.Orientation);
            var hu = new Func<double, double, double, double>((x, y, z) => Mean(c, x, y, z));

            // In shares of the field: breast bone in front, spine behind, lungs at both sides, liver below.
            Assert.InRange(hu(0.47, 0, 0.1), -950, -600);
            Assert.InRange(hu(-0.47, 0, 0.1), -950, -600);
            Assert.InRange(hu(-0.02, 0.48, 0), 80, 700);
            Assert.InRange(hu(0.14, 0.37, 0.2), c.Patient.ContrastHu - 120, c.Patient.ContrastHu + 80);
        });

    [Fact]
    public void The_apex_of_the_heart_points_left_down_and_forward() =>
        Assert.All(Cases, c =>
        {
            var (heart, left, front, down) = (0, 0, 0, 0);
            ForEach(c, (index, p) =>
            {
                if (c.Heart.Voxels[index] == 0) return;
                heart++;
                if (p.X > 0) left++;
                if (p.Y < 0) front++;
                if (p.Z < 0) down++;
            });

            Assert.All(new[] { left, front, down }, half => Assert.InRange(half / (double)heart, 0.5, 0.8));
        });

    [Fact]
    public void Arteries_are_enhanced_and_lie_in_fat() =>
        Assert.All(Cases, c =>
        {
            var arteries = c.Arteries.Voxels;
            var (inside, beside) = (new List<double>(), new List<double>());
            for (var i = 3; i < arteries.Length; i++)
            {
                if (arteries[i] != 0 && c.Plaques.Voxels[i] == 0) inside.Add(c.Image.Voxels[i]);

                // Three voxels to the left of a vessel.
                if (arteries[i] == 0 && arteries[i - 1] == 0 && arteries[i - 2] == 0 && arteries[i - 3] != 0) beside.Add(c.Image.Voxels[i]);
            }

            // Side branches are two voxels wide, so the mean is well below the aorta's.
            Assert.InRange(inside.Average() / c.Patient.ContrastHu, 0.35, 1);
            Assert.InRange(beside.Count(hu => hu < 0) / (double)beside.Count, 0.35, 1);
        });

    [Fact]
    public void Noise_in_the_aorta_has_the_scan_s_strength_and_mean()
    {
        foreach (var c in Cases.Where(c => c.Image.Geometry.Spacing.X < 0.9))
        {
            // A ball in the descending aorta, far from its wall.
            var values = new List<double>();
            var field = c.Image.Geometry.Size.X * c.Image.Geometry.Spacing.X;
            ForEach(c, (index, p) =>
            {
                if (Math.Abs(p.Z / field) < 0.4 && (p - new Vec3(0.14 * field, 0.372 * field, p.Z)).Length < 1.6) values.Add(c.Image.Voxels[index]);
            });

            // Medians, since calcium may sit in the wall. The kernel's sharpening, offset and slow field come on top of the noise.
            var median = values.Order().ElementAt(values.Count / 2);
            var spread = 1.4826 * values.Select(v => Math.Abs(v - median)).Order().ElementAt(values.Count / 2);
            Assert.Equal(0.97 * c.Patient.ContrastHu, median, 0.1 * c.Patient.ContrastHu);
            Assert.InRange(spread / c.Patient.NoiseHu, 0.75, 1.6);
        }
    }

    [Fact]
    public void Any_size_and_spacing_can_be_asked_for()
    {
        foreach (var (size, spacing) in new[] { (48, 1.13), (40, 2.0), (96, 0.5) })
        {
            var made = PhantomPatient.Draw(new() { Size = size, SpacingMm = spacing }, Split.Train, 0, 0).Render();

            Assert.Equal(Size3.Cube(size), made.Image.Geometry.Size);
            Assert.Equal(new Vec3(spacing, spacing, spacing), made.Image.Geometry.Spacing);
            Assert.Contains((byte)1, made.Arteries.Voxels.ToArray());
        }
    }

    private static double Mean(PhantomCase c, double x, double y, double z)
    {
        var grid = c.Image.Geometry;
        var at = grid.ToIndex(grid.Size.X * grid.Spacing.X * new Vec3(x, y, z));
        var (sum, count) = (0.0, 0);
        for (var d = 0; d < 27; d++)
        {
            var (i, j, k) = ((int)Math.Round(at.X) + d % 3 - 1, (int)Math.Round(at.Y) + d / 3 % 3 - 1, (int)Math.Round(at.Z) + d / 9 - 1);
            if (i < 0 || j < 0 || k < 0 || i >= grid.Size.X || j >= grid.Size.Y || k >= grid.Size.Z) continue;
            sum += c.Image[i, j, k];
            count++;
        }

        return sum / count;
    }

    private static void ForEach(PhantomCase c, Action<int, Vec3> visit)
    {
        var grid = c.Image.Geometry;
        var index = 0;
        for (var z = 0; z < grid.Size.Z; z++)
        {
            for (var y = 0; y < grid.Size.Y; y++)
            {
                for (var x = 0; x < grid.Size.X; x++) visit(index++, grid.ToPatient(new(x, y, z)));
            }
        }
    }
}
