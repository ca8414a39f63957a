using CsCheck;
using Cora.Imaging;

namespace Cora.Tests.Imaging;

public sealed class VoxelConversionTests
{
    [Fact]
    public void HU_are_rounded_to_the_nearest_even_and_clamped()
    {
        using var folder = new TemporaryFolder();
        var path = Floats(folder, -1024, -0.5f, 0.5f, 1.5f, 2.4999f, 2.5f, 40000, -40000, 1e30f);

        Assert.Equal([-1024, 0, 0, 2, 2, 2, 32767, -32768, 32767], VolumeFile.Read<short>(path).Voxels.ToArray());
    }

    [Fact]
    public void Rows_of_any_length_and_content_convert_like_single_values()
    {
        using var folder = new TemporaryFolder();
        Gen.Select(Gen.Float[-70000, 70000].Array[1, 2100], Gen.Int[-4, 4], Gen.Int[0, 3]).Sample(
            (values, halves, gaps) =>
            {
                for (var i = 0; i < values.Length; i += 3) values[i] = MathF.Floor(values[i]) + halves / 2f;       // ties
                if (gaps > 0) for (var i = 5; i < values.Length; i += 700 / gaps) values[i] = i % 2 == 0 ? float.NaN : float.PositiveInfinity;
                var path = Floats(folder, values);
                var bad = values.Count(v => !float.IsFinite(v));

                Assert.Equal(values, VolumeFile.Read<float>(path).Voxels.ToArray());
                if (bad > 0) Assert.Contains($"{bad} of {values.Length} voxels", Assert.Throws<CoraException>(() => VolumeFile.Read<short>(path)).Message, StringComparison.Ordinal);
                else Assert.Equal(values.Select(v => (short)Math.Clamp(Math.Round((double)v, MidpointRounding.ToEven), -32768, 32767)), VolumeFile.Read<short>(path).Voxels.ToArray());
            },
            iter: 100, threads: 1);
    }

    [Fact]
    public void Labels_are_whole_numbers_of_their_type_or_refused_with_a_count()
    {
        using var folder = new TemporaryFolder();

        Assert.Equal([0, 1, 2, 255], VolumeFile.Read<byte>(Floats(folder, 0, 1.0001f, 1.9999f, 255)).Voxels.ToArray());
        Assert.Equal([0, 65535], VolumeFile.Read<ushort>(Floats(folder, 0, 65535)).Voxels.ToArray());
        var refusal = Assert.Throws<CoraException>(() => VolumeFile.Read<byte>(Floats(folder, 0, 0.5f, 256, -1, 7)));
        Assert.Contains("3 of 5 voxels are no whole numbers of type Byte", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("2 of 3 voxels are NaN or infinite", Assert.Throws<CoraException>(() => VolumeFile.Read<byte>(Floats(folder, 0, float.NaN, float.NegativeInfinity))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mapped_box_is_refused_only_when_it_holds_the_bad_voxel()
    {
        using var folder = new TemporaryFolder();
        using var opened = VolumeFile.Open<short>(Floats(folder, 5, 6, float.NaN));
        var box = new short[2];

        opened.CopyBox(new(0, 0, 0, new(2, 1, 1)), box);

        Assert.Equal([5, 6], box);
        Assert.Throws<CoraException>(() => opened.CopyBox(new(1, 0, 0, new(2, 1, 1)), box));
    }

    [Fact]
    public void A_type_that_no_volume_has_is_our_own_mistake()
    {
        using var folder = new TemporaryFolder();

        Assert.Throws<ArgumentException>(() => VolumeFile.Read<long>(Floats(folder, 1)));
    }

    private static string Floats(TemporaryFolder folder, params float[] values)
    {
        Nifti.Write(folder["floats.nii"], new Volume<float>(Geometry.Isotropic(new(values.Length, 1, 1), 1), values));
        return folder["floats.nii"];
    }
}
