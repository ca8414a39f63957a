using Cora.Imaging;

namespace Cora.Tests.Imaging;

public sealed class VolumeFactsTests
{
    [Fact]
    public void Statistics_are_of_scaled_values()
    {
        var expect = Fixture.Case("h/nifti2_gz_slope").GetProperty("expect");

        var facts = VolumeFile.Facts(Fixture.PathOf("h/nifti2_gz_slope.nii.gz"));

        Assert.Equal(expect.GetProperty("min").GetProperty("value").GetDouble(), facts.Minimum!.Value, 1e-3);
        Assert.Equal(expect.GetProperty("max").GetProperty("value").GetDouble(), facts.Maximum!.Value, 1e-3);
        Assert.Equal(expect.GetProperty("sum").GetProperty("value").GetDouble() / 210, facts.Mean!.Value, 1e-4);
        Assert.Equal("LAS", facts.Orientation);
        Assert.Equal("NIfTI-2", facts.Format);
        Assert.Equal("gzip", facts.Encoding);
        Assert.Equal([[-0.4, 0, 0, 12.5], [0, 0.45, 0, -20.25], [0, 0, 0.75, 3.5], [0, 0, 0, 1]], facts.Affine, (a, b) => a.Zip(b).All(p => Math.Abs(p.First - p.Second) < 1e-6));
    }

    [Fact]
    public void NaN_and_infinity_are_counted_and_left_out()
    {
        using var folder = new TemporaryFolder();
        var voxels = Enumerable.Range(0, 60).Select(i => (float)i).ToArray();
        (voxels[7], voxels[20], voxels[59]) = (float.NaN, float.NegativeInfinity, float.PositiveInfinity);
        Nifti.Write(folder["a.nii"], new Volume<float>(Geometry.Isotropic(new(3, 4, 5), 1), voxels));

        var facts = VolumeFile.Facts(folder["a.nii"]);

        Assert.Equal((1, 2), (facts.NanCount, facts.InfiniteCount));
        Assert.Equal((0.0, 58.0), (facts.Minimum, facts.Maximum));
        Assert.Equal((60 * 59 / 2 - 7 - 20 - 59) / 57.0, facts.Mean!.Value, 1e-12);
        Assert.Null(facts.Reason);
    }

    [Fact]
    public void A_volume_without_a_finite_voxel_has_no_mean_but_a_reason()
    {
        using var folder = new TemporaryFolder();
        Nifti.Write(folder["a.nii.gz"], new Volume<float>(Geometry.Isotropic(Size3.Cube(4), 1), [.. Enumerable.Repeat(float.NaN, 64)]));

        var facts = VolumeFile.Facts(folder["a.nii.gz"]);

        Assert.Equal((null, null, null), (facts.Minimum, facts.Maximum, facts.Mean));
        Assert.Contains("finite", facts.Reason, StringComparison.Ordinal);
        Assert.Equal(64, facts.NanCount);
    }
}
