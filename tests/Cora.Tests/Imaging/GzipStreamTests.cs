using System.IO.Compression;
using System.Runtime.InteropServices;
using Cora.Imaging;

namespace Cora.Tests.Imaging;

/// <summary>What may stand in and behind a gzip stream, and what may not.</summary>
public sealed class GzipStreamTests
{
    private static readonly short[] Ramp = [.. Enumerable.Range(0, 16 * 16 * 24).Select(i => (short)(i * 7 - 9000))];

    [Fact]
    public void A_stream_that_never_ends_is_refused_without_being_kept()
    {
        using var folder = new TemporaryFolder();
        var megabyte = NrrdTests.Gzip(new byte[1 << 20]);
        using (var file = File.Create(folder["bomb.nii.gz"]))
        {
            file.Write(NrrdTests.Gzip(PlainFile(folder)));
            for (var i = 0; i < 80; i++) file.Write(megabyte);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        var refusal = Assert.Throws<CoraException>(() => Nifti.Read<short>(folder["bomb.nii.gz"]));

        Assert.Contains("goes on for more than 64 MiB after the last voxel", refusal.Message, StringComparison.Ordinal);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 4 << 20);
        Assert.Throws<CoraException>(() => VolumeFile.Facts(folder["bomb.nii.gz"]));
    }

    [Fact]
    public void A_header_that_promises_more_than_gzip_can_pack_is_refused_before_allocating()
    {
        using var folder = new TemporaryFolder();
        var bytes = PlainFile(folder);
        MemoryMarshal.Write(bytes.AsSpan(42), (short)20000);
        MemoryMarshal.Write(bytes.AsSpan(44), (short)20000);
        File.WriteAllBytes(folder["a.nii.gz"], NrrdTests.Gzip(bytes));

        var before = GC.GetAllocatedBytesForCurrentThread();
        var refusal = Assert.Throws<CoraException>(() => Nifti.Read<short>(folder["a.nii.gz"]));

        Assert.Contains("20000x20000x24 voxels of int16", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("can hold", refusal.Message, StringComparison.Ordinal);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 20);
    }

    [Fact]
    public void Members_may_end_anywhere_and_what_is_not_gzip_behind_them_is_ignored()
    {
        using var folder = new TemporaryFolder();
        var plain = PlainFile(folder);

        // The platform reads 8192 packed bytes at a time; stored members place their end on every byte around that.
        foreach (var first in (int[])[1, 348, 8000, .. Enumerable.Range(8192 - 40, 50)])
        {
            byte[] members = [.. Stored(plain.AsSpan(0, first)), .. Stored(plain.AsSpan(first))];
            foreach (var behind in (byte[][])[[], [0], new byte[3000], "\x1F\x2Fgarbage"u8.ToArray()])
            {
                File.WriteAllBytes(folder["a.nii.gz"], [.. members, .. behind]);
                Assert.Equal(Ramp, Nifti.Read<short>(folder["a.nii.gz"]).Voxels.ToArray());
            }
        }

        foreach (var length in Enumerable.Range(8192 - 40, 50))
        {
            // All voxels in one member whose end falls around the same place, then padding in a second.
            var size = new Size3(length / 2 - 176, 1, 1);
            Nifti.Write(folder["b.nii"], new Volume<byte>(Geometry.Isotropic(size, 1), new byte[size.Count]));
            byte[] members = [.. Stored(File.ReadAllBytes(folder["b.nii"])), .. Stored(new byte[100])];
            File.WriteAllBytes(folder["b.nii.gz"], members);
            Assert.Equal(size, Nifti.Read<byte>(folder["b.nii.gz"]).Geometry.Size);
        }
    }

    [Fact]
    public void A_stream_cut_anywhere_is_refused_even_when_all_voxels_are_there()
    {
        using var folder = new TemporaryFolder();
        Nifti.Write(folder["small.nii"], new Volume<short>(Geometry.Isotropic(new(3, 3, 3), 1), Ramp[..27]));
        var voxels = NrrdTests.Gzip(File.ReadAllBytes(folder["small.nii"]));
        byte[] whole = [.. voxels, .. NrrdTests.Gzip("padding behind the voxels"u8.ToArray())];
        for (var cut = 0; cut < whole.Length; cut++)
        {
            // At the end of the first member, and one byte into the second's mark, the file is whole but for something that is ignored.
            if (cut == voxels.Length || cut == voxels.Length + 1) continue;
            File.WriteAllBytes(folder["a.nii.gz"], whole.AsSpan(0, cut));

            var refusal = Assert.Throws<CoraException>(() => Nifti.Read<short>(folder["a.nii.gz"]));
            Assert.Equal(ExitCode.Input, refusal.Code);
        }
    }

    [Fact]
    public void No_single_wrong_bit_of_a_packed_file_changes_a_voxel_unnoticed()
    {
        using var folder = new TemporaryFolder();
        Nifti.Write(folder["a.nii.gz"], new Volume<short>(Geometry.Isotropic(new(3, 3, 3), 1), Ramp[..27]));
        var right = File.ReadAllBytes(folder["a.nii.gz"]);
        var harmless = 0;
        for (var bit = 80; bit < right.Length * 8; bit++)          // the ten bytes of gzip's own header hold name and time, which may be anything
        {
            var wrong = right.ToArray();
            wrong[bit / 8] ^= (byte)(1 << bit % 8);
            File.WriteAllBytes(folder["b.nii.gz"], wrong);

            // Some bits do not matter: those that fill the last byte, or a distance that points to other zeros.
            try
            {
                var volume = Nifti.Read<short>(folder["b.nii.gz"]);
                harmless++;
                Assert.Equal(Ramp[..27], volume.Voxels.ToArray());
            }
            catch (CoraException refusal)
            {
                Assert.Equal(ExitCode.Input, refusal.Code);
            }
        }

        Assert.InRange(harmless, 0, right.Length * 8 / 20);
    }

    private static byte[] PlainFile(TemporaryFolder folder)
    {
        Nifti.Write(folder["plain.nii"], new Volume<short>(Geometry.Isotropic(new(16, 16, 24), 1), Ramp));
        return File.ReadAllBytes(folder["plain.nii"]);
    }

    private static byte[] Stored(ReadOnlySpan<byte> bytes)
    {
        using var memory = new MemoryStream();
        using (var gzip = new GZipStream(memory, CompressionLevel.NoCompression)) gzip.Write(bytes);
        return memory.ToArray();
    }
}
