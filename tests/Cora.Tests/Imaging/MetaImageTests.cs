using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using Cora.Imaging;

namespace Cora.Tests.Imaging;

public sealed class MetaImageTests
{
    private const string Oblique =
        "ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\nCompressedData = False\n" +
        "TransformMatrix = 1 0 0 0 0.6 0.8 0 -0.8 0.6\nOffset = -10 20 30\nCenterOfRotation = 0 0 0\nAnatomicalOrientation = RAI\n" +
        "ElementSpacing = 0.5 0.25 2\nDimSize = 4 3 2\nElementType = MET_SHORT\nElementDataFile = LOCAL\n";

    private static readonly short[] Ramp = [.. Enumerable.Range(0, 24).Select(i => (short)(i * 100 - 1000))];

    [Fact]
    public void A_local_file_has_its_voxels_and_its_oblique_grid_in_LPS()
    {
        using var folder = new TemporaryFolder();
        NrrdTests.Write(folder["a.mha"], Oblique, MemoryMarshal.AsBytes(Ramp.AsSpan()));

        var volume = VolumeFile.Read<short>(folder["a.mha"]);

        Assert.Equal(Ramp, volume.Voxels.ToArray());
        NrrdTests.AssertNear(new(0.5, 0.25, 2), volume.Geometry.Spacing);
        NrrdTests.AssertNear(new(-10, 20, 30), volume.Geometry.Origin);
        NrrdTests.AssertNear(new(-10, 20 + 0.25 * 0.6, 30 + 0.25 * 0.8), volume.Geometry.ToPatient(new(0, 1, 0)));
        NrrdTests.AssertNear(new(-10, 20 - 2 * 0.8, 30 + 2 * 0.6), volume.Geometry.ToPatient(new(0, 0, 1)));
        Assert.Equal("MetaImage", VolumeFile.Facts(folder["a.mha"]).Format);
    }

    [Theory]
    [InlineData("MET_UCHAR", 1), InlineData("MET_CHAR", 1), InlineData("MET_USHORT", 2), InlineData("MET_SHORT", 2), InlineData("MET_INT", 4), InlineData("MET_UINT", 4)]
    [InlineData("MET_LONG", 4), InlineData("MET_LONG_LONG", 8), InlineData("MET_ULONG_LONG", 8), InlineData("MET_FLOAT", 4), InlineData("MET_DOUBLE", 8)]
    public void Every_type_packing_and_byte_order_gives_the_same_voxels(string type, int bytes)
    {
        using var folder = new TemporaryFolder();
        var expected = Enumerable.Range(0, 24).Select(i => (float)(i * 5)).ToArray();
        foreach (var isBig in new[] { false, true })
        {
            var name = type is "MET_FLOAT" ? "float" : type is "MET_DOUBLE" ? "double" : type;
            var data = expected.SelectMany(v => NrrdTests.Stored(v, name, bytes, isBig)).ToArray();
            var header = Oblique.Replace("MET_SHORT", type, StringComparison.Ordinal).Replace("MSB = False", $"MSB = {isBig}", StringComparison.Ordinal);
            var packed = header.Replace("CompressedData = False", "CompressedData = True", StringComparison.Ordinal);
            NrrdTests.Write(folder["raw.mha"], header, data);
            NrrdTests.Write(folder["zlib.mha"], packed, Zlib(data));
            NrrdTests.Write(folder["gzip.mha"], packed, NrrdTests.Gzip(data));
            NrrdTests.Write(folder["text.mha"], header.Replace("BinaryData = True", "BinaryData = False", StringComparison.Ordinal), Encoding.ASCII.GetBytes(string.Join(' ', expected)));

            Assert.All(["raw.mha", "zlib.mha", "gzip.mha", "text.mha"], file => Assert.Equal(expected, VolumeFile.Read<float>(folder[file]).Voxels.ToArray()));
        }
    }

    [Fact]
    public void A_short_header_by_hand_finds_the_raw_data_at_the_end_of_its_file()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["voxels.raw"], [.. "some scanner's header"u8, .. MemoryMarshal.AsBytes(Ramp.AsSpan())]);
        NrrdTests.Write(folder["a.mhd"], "NDims = 3\r\nDimSize = 4 3 2\r\nElementType = MET_SHORT\r\nElementSpacing = 1 1 2\r\nHeaderSize = -1\r\nElementDataFile = voxels.raw\r\n", []);

        using var opened = VolumeFile.Open<short>(folder["a.mhd"]);

        var crop = new short[2];
        opened.CopyBox(new(1, 2, 1, new(2, 1, 1)), crop);
        Assert.True(opened.IsMapped);
        Assert.Equal([Ramp[21], Ramp[22]], crop);
        Assert.Equal("LPS", opened.Geometry.Orientation);
    }

    [Theory]
    [InlineData("DimSize = 4 3 2", "DimSize = 4 3 20", "need 480 bytes")]
    [InlineData("NDims = 3", "NDims = 4", "holds 3 numbers, expected 4")]
    [InlineData("ElementSpacing = 0.5 0.25 2", "ElementSpacing = 0.5 0 2", "expected numbers above 0")]
    [InlineData("ElementSpacing = 0.5 0.25 2\n", "", "no \"ElementSpacing\"")]
    [InlineData("ElementType = MET_SHORT", "ElementType = MET_FLOAT_MATRIX", "MET_FLOAT_MATRIX")]
    [InlineData("ElementType = MET_SHORT", "ElementNumberOfChannels = 3\nElementType = MET_SHORT", "3 values a voxel")]
    [InlineData("1 0 0 0 0.6 0.8 0 -0.8 0.6", "1 0 0 1 0 0 0 0 1", "lie in one plane")]
    [InlineData("ElementDataFile = LOCAL", "ElementDataFile = ../a.raw", "outside of the header's folder")]
    [InlineData("ElementDataFile = LOCAL", "ElementDataFile = a%03d.raw 1 2 1", "spread over several files")]
    [InlineData("CompressedData = False", "CompressedData = True", "damaged")]
    [InlineData("BinaryData = True", "BinaryData = Perhaps", "expected True or False")]
    public void A_wrong_header_is_refused_with_its_cause(string right, string wrong, string message)
    {
        using var folder = new TemporaryFolder();
        NrrdTests.Write(folder["a.mha"], Oblique.Replace(right, wrong, StringComparison.Ordinal), MemoryMarshal.AsBytes(Ramp.AsSpan()));

        var refusal = Assert.Throws<CoraException>(() => VolumeFile.Read<short>(folder["a.mha"]));

        Assert.StartsWith(folder["a.mha"], refusal.Message, StringComparison.Ordinal);
        Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
        Assert.NotEmpty(refusal.Remedy);
    }

    [Fact]
    public void A_cut_zlib_stream_is_refused_wherever_it_was_cut()
    {
        using var folder = new TemporaryFolder();
        var packed = Zlib(MemoryMarshal.AsBytes(Ramp.AsSpan()).ToArray());
        for (var cut = 1; cut < packed.Length; cut++)
        {
            NrrdTests.Write(folder["a.mha"], Oblique.Replace("CompressedData = False", "CompressedData = True", StringComparison.Ordinal), packed.AsSpan(0, cut));

            Assert.Throws<CoraException>(() => VolumeFile.Read<short>(folder["a.mha"]));
        }
    }

    private static byte[] Zlib(byte[] data)
    {
        using var memory = new MemoryStream();
        using (var zlib = new ZLibStream(memory, CompressionLevel.Fastest)) zlib.Write(data);
        return memory.ToArray();
    }
}
