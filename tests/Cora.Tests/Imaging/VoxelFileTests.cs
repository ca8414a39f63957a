using System.Runtime.InteropServices;
using CsCheck;
using Cora.Imaging;

namespace Cora.Tests.Imaging;

public sealed class VoxelFileTests
{
    [Theory]
    [InlineData("h/int16_nii.nii"), InlineData("h/big_endian_int16.nii"), InlineData("h/big_endian_slope.nii"), InlineData("h/int16_slope_inter.nii")]
    [InlineData("h/float32_slope.nii"), InlineData("h/nifti2_big_endian.nii"), InlineData("h/extensions.nii"), InlineData("h/int16_gz.nii.gz")]
    public void Any_box_of_an_opened_file_is_that_box_of_the_whole(string file)
    {
        var whole = VolumeFile.Read<float>(Fixture.PathOf(file));
        using var opened = VolumeFile.Open<float>(Fixture.PathOf(file));
        var size = whole.Geometry.Size;

        Gen.Select(Gen.Int[0, 999].Array[3], Gen.Int[0, 999].Array[3]).Sample((from, length) =>
        {
            int[] start = [.. from.Select((f, axis) => f % size[axis])];
            int[] extent = [.. length.Select((l, axis) => l % (size[axis] - start[axis] + 1))];
            var box = new Box3(start[0], start[1], start[2], new(extent[0], extent[1], extent[2]));
            var (expected, found) = (new float[box.Size.Count], new float[box.Size.Count]);
            whole.CopyBox(box, expected);
            opened.CopyBox(box, found);
            return expected.AsSpan().SequenceEqual(found);
        });
    }

    [Fact]
    public void A_crop_of_a_file_larger_than_memory_touches_only_its_pages()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs a file system on which a file may be longer than what was written");
        using var folder = new TemporaryFolder();
        var path = folder["large.nii"];
        Nifti.Write(path, new Volume<short>(Geometry.Isotropic(Size3.Cube(2), 0.5), new short[8]));
        var header = File.ReadAllBytes(path)[..352];
        const int side = 4000;
        for (var axis = 0; axis < 3; axis++) MemoryMarshal.Write(header.AsSpan(42 + 2 * axis), (short)side);
        using (var file = new FileStream(path, FileMode.Create))
        {
            file.Write(header);
            file.SetLength(352 + (long)side * side * side * 2);
            file.Position = 352 + ((3000L * side + 2000) * side + 1000) * 2;
            file.Write([0x34, 0x12]);
        }

        using var opened = VolumeFile.Open<short>(path);
        var crop = new short[96 * 96 * 96];
        var before = Environment.WorkingSet;
        opened.CopyBox(new(990, 1990, 2990, Size3.Cube(96)), crop);
        var refusal = Assert.Throws<CoraException>(() => VolumeFile.Read<short>(path));

        Assert.Equal(0x1234, crop[(10 * 96 + 10) * 96 + 10]);
        Assert.Equal(1, crop.Count(v => v != 0));
        Assert.True(Environment.WorkingSet - before < 1 << 30, "far less than the 128 GB of the file");
        Assert.Equal(ExitCode.Resources, refusal.Code);
        Assert.Contains("need 128000000000 bytes of memory", refusal.Message, StringComparison.Ordinal);
        Assert.NotEmpty(refusal.Remedy);
    }

    [Fact]
    public void Several_threads_may_read_one_opened_file()
    {
        using var folder = new TemporaryFolder();
        var size = new Size3(64, 64, 64);
        Nifti.Write(folder["a.nii"], new Volume<short>(Geometry.Isotropic(size, 1), [.. Enumerable.Range(0, (int)size.Count).Select(i => (short)i)]));
        using var opened = Nifti.Open<short>(folder["a.nii"]);

        Parallel.For(0, 64, z =>
        {
            var slice = new short[64 * 64];
            opened.CopyBox(new(0, 0, z, new(64, 64, 1)), slice);
            for (var i = 0; i < slice.Length; i++) Assert.Equal((short)(z * 4096 + i), slice[i]);
        });
        Assert.True(opened.IsMapped);
    }

    [Fact]
    public void A_box_outside_and_a_file_that_was_closed_are_errors()
    {
        var opened = Nifti.Open<short>(Fixture.PathOf("h/int16_nii.nii"));

        Assert.Throws<ArgumentException>(() => opened.CopyBox(new(4, 0, 0, new(4, 1, 1)), new short[4]));
        Assert.Throws<ArgumentException>(() => opened.CopyBox(new(0, 0, 0, new(4, 1, 1)), new short[3]));
        opened.Dispose();
        Assert.Throws<ObjectDisposedException>(() => opened.CopyBox(new(0, 0, 0, new(4, 1, 1)), new short[4]));
    }

    [Fact]
    public void A_volume_that_does_not_fit_in_memory_is_refused_with_both_sizes()
    {
        var refusal = Assert.Throws<CoraException>(() => MemoryRoom.Allocate<short>("a.nii", new(10, 10, 10), availableBytes: 1999));

        Assert.Equal(ExitCode.Resources, refusal.Code);
        Assert.Equal("a.nii: 10x10x10 voxels as int16 need 2000 bytes of memory, 1999 bytes are available.", refusal.Message);
        Assert.Equal(1000, MemoryRoom.Allocate<short>("a.nii", new(10, 10, 10), availableBytes: 2000).Length);
    }
}
