using Cora.Imaging;
using Cora.Synthesis;

namespace Cora.Tests.Synthesis;

public sealed class PatchCutterTests
{
    private static readonly Size3 Size = new(24, 22, 20);

    [Fact]
    public void Without_a_turn_voxels_are_copied_and_outside_is_air_without_label()
    {
        var (image, labels) = Scan();
        var (hu, marks) = Cut(image, labels, (-3, 5, 12), new(10, 8, 12), PatchAffine.Identity);

        for (var i = 0; i < hu.Length; i++)
        {
            var (x, y, z) = (i % 10 - 3, i / 10 % 8 + 5, i / 80 + 12);
            var isInside = x >= 0 && z < 20;
            Assert.Equal(isInside ? image[x, y, z] : -1024, hu[i]);
            Assert.Equal(isInside ? labels[x, y, z] : 0, marks[i]);
        }
    }

    [Fact]
    public void A_mirror_reverses_the_axis_and_nothing_else()
    {
        var (image, labels) = Scan();
        var (plain, _) = Cut(image, labels, (4, 4, 4), new(8, 6, 10), PatchAffine.Identity);
        var (mirrored, _) = Cut(image, labels, (4, 4, 4), new(8, 6, 10), PatchAffine.Identity with { FlipY = true });

        for (var i = 0; i < plain.Length; i++) Assert.Equal(plain[i], mirrored[i / 48 * 48 + (5 - i / 8 % 6) * 8 + i % 8]);
    }

    [Fact]
    public void A_quarter_turn_about_z_exchanges_x_and_y()
    {
        var (image, labels) = Scan();
        var (plain, marks) = Cut(image, labels, (4, 4, 4), Size3.Cube(8), PatchAffine.Identity);
        var (turned, turnedMarks) = Cut(image, labels, (4, 4, 4), Size3.Cube(8), PatchAffine.Identity with { RotationDeg = new(0, 0, 90) });

        // Patch (x, y) comes from (-y, x) about the middle: x' = 7 - y, y' = x. A thousandth of an HU a voxel is float32.
        for (var i = 0; i < plain.Length; i++)
        {
            var (x, y, z) = (i % 8, i / 8 % 8, i / 64);
            Assert.Equal(plain[(z * 8 + x) * 8 + 7 - y], turned[i], 0.01f);
            Assert.Equal(marks[(z * 8 + x) * 8 + 7 - y], turnedMarks[i]);
        }
    }

    [Fact]
    public void Image_and_labels_stay_together_however_the_patch_is_turned()
    {
        var labels = new Volume<byte>(Geometry.Isotropic(Size, 1), [.. Enumerable.Range(0, (int)Size.Count).Select(i => (byte)((i % 24 - 12) * (i % 24 - 12) + (i / 24 % 22 - 11) * (i / 24 % 22 - 11) < 25 ? 1 : 0))]);
        var image = labels.Select(l => (short)(1000 * l));
        var random = Seed.Root(8).Random();
        var config = new SpatialConfig { Rotation = 1, Scale = 1 };
        for (var i = 0; i < 20; i++)
        {
            var (hu, marks) = Cut(image, labels, (4, 3, 2), Size3.Cube(16), config.Draw(random));
            var differ = hu.Zip(marks).Count(v => (v.First >= 500) != (v.Second > 0));

            // Linear and nearest disagree at the rim only, on less than a tenth of the surface voxels.
            Assert.True(differ < 0.03 * hu.Length, $"{differ} of {hu.Length}");
            Assert.Contains((byte)1, marks);
        }
    }

    [Fact]
    public void A_scale_above_one_shows_more_of_the_scan()
    {
        var random = Seed.Root(8).Random();
        var drawn = Enumerable.Range(0, 5000).Select(_ => new SpatialConfig().Draw(random)).ToArray();

        // Chances within four standard deviations.
        Assert.InRange(drawn.Count(d => d.Zoom != 1) / 5000.0, 0.2 - 4 * Math.Sqrt(0.16 / 5000), 0.2 + 4 * Math.Sqrt(0.16 / 5000));
        Assert.InRange(drawn.Count(d => d.RotationDeg != default) / 5000.0, 0.2 - 4 * Math.Sqrt(0.16 / 5000), 0.2 + 4 * Math.Sqrt(0.16 / 5000));
        Assert.InRange(drawn.Count(d => d.FlipX) / 5000.0, 0.5 - 4 * 0.5 / Math.Sqrt(5000), 0.5 + 4 * 0.5 / Math.Sqrt(5000));
        Assert.All(drawn, d => Assert.InRange(d.Zoom, 1 / 1.4, 1 / 0.7));

        // A ramp along x, seen with factor 2: steps of two.
        var ramp = new Volume<short>(Geometry.Isotropic(Size, 1), [.. Enumerable.Range(0, (int)Size.Count).Select(i => (short)(i % 24))]);
        var affine = new SpatialConfig { Rotation = 0, Mirror = 0, Scale = 1, ScaleFactor = new(2, 2) }.Draw(random);
        var (hu, _) = Cut(ramp, null, (8, 8, 8), Size3.Cube(4), affine);
        Assert.Equal([6.5f, 8.5f, 10.5f, 12.5f], hu[..4]);
    }

    private static (float[] Hu, byte[] Labels) Cut(Volume<short> image, Volume<byte>? labels, (int, int, int) corner, Size3 patch, PatchAffine affine)
    {
        var (hu, marks) = (new float[patch.Count], new byte[patch.Count]);
        PatchCutter.Cut(image, labels is null ? null : labels.CopyBox, corner, patch, affine, hu, marks);
        return (hu, marks);
    }

    private static (Volume<short> Image, Volume<byte> Labels) Scan()
    {
        var random = Seed.Root(2).Random();
        var grid = Geometry.Isotropic(Size, 0.5);
        return (new(grid, [.. Enumerable.Range(0, (int)Size.Count).Select(_ => (short)random.Integer(-1000, 1500))]), new(grid, [.. Enumerable.Range(0, (int)Size.Count).Select(_ => (byte)random.Integer(0, 3))]));
    }
}
