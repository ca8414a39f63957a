using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using Cora.Imaging;

namespace Cora.Tests.Imaging;

public sealed class NrrdTests
{
    private const string Oblique =
        "NRRD0005\n# a comment\ntype: short\ndimension: 3\nspace: left-posterior-superior\nsizes: 4 3 2\n" +
        "space directions: (0.5,0,0) (0,0.3,0.4) (0,-1.6,1.2)\nkinds: domain domain domain\nendian: little\nencoding: raw\nspace origin: (-10,20,30)\nname:=value\n\n";

    private static readonly short[] Ramp = [.. Enumerable.Range(0, 24).Select(i => (short)(i * 100 - 1000))];

    [Fact]
    public void An_attached_raw_file_has_its_voxels_and_its_oblique_grid()
    {
        using var folder = new TemporaryFolder();
        Write(folder["a.nrrd"], Oblique, MemoryMarshal.AsBytes(Ramp.AsSpan()));

        var volume = VolumeFile.Read<short>(folder["a.nrrd"]);

        Assert.Equal(Ramp, volume.Voxels.ToArray());
        Assert.Equal(new(4, 3, 2), volume.Geometry.Size);
        AssertNear(new(0.5, 0.5, 2), volume.Geometry.Spacing);
        AssertNear(new(-10, 20, 30), volume.Geometry.Origin);
        AssertNear(new(-10 + 1.5, 20 + 0.6 - 1.6, 30 + 0.8 + 1.2), volume.Geometry.ToPatient(new(3, 2, 1)));
    }

    [Theory]
    [InlineData("left-posterior-superior", 1, 1)]
    [InlineData("LPS", 1, 1)]
    [InlineData("right-anterior-superior", -1, -1)]
    [InlineData("RAS", -1, -1)]
    [InlineData("left-anterior-superior", 1, -1)]
    [InlineData("las", 1, -1)]
    public void Every_patient_space_is_turned_to_LPS(string space, int x, int y)
    {
        using var folder = new TemporaryFolder();
        Write(folder["a.nrrd"], Oblique.Replace("left-posterior-superior", space, StringComparison.Ordinal), MemoryMarshal.AsBytes(Ramp.AsSpan()));

        var geometry = VolumeFile.ReadGeometry(folder["a.nrrd"]);

        AssertNear(new(-10 * x, 20 * y, 30), geometry.Origin);
        AssertNear(new(0.5 * x, 0, 0), geometry.ToPatient(new(1, 0, 0)) - geometry.Origin);
        AssertNear(new(0, 0.3 * y, 0.4), geometry.ToPatient(new(0, 1, 0)) - geometry.Origin);
    }

    [Fact]
    public void A_gzip_file_of_a_real_heart_has_the_label_counts_that_its_source_states()
    {
        var path = Fixture.SharedPath("data/real-ct/deepcac_nlst0506_heart_cac_mask.nrrd");

        var mask = VolumeFile.Read<byte>(path);
        var facts = VolumeFile.Facts(path);

        var counts = new long[256];
        foreach (var label in mask.Voxels) counts[label]++;
        Assert.Equal([29847821, 793046, 1340341, 360], counts[..4]);
        Assert.Equal((512, 512, 122), (mask.Geometry.Size.X, mask.Geometry.Size.Y, mask.Geometry.Size.Z));
        AssertNear(new(0.68, 0.68, 2.5), mask.Geometry.Spacing);
        AssertNear(new(-200.36, -195.660003, -270.695007), mask.Geometry.Origin, 1e-6);
        Assert.Equal(("int16", "NRRD", "gzip", "LPS"), (facts.DataType, facts.Format, facts.Encoding, facts.Orientation));
        Assert.Equal((0.0, 3.0), (facts.Minimum, facts.Maximum));
    }

    [Theory]
    [InlineData("uchar", 1), InlineData("signed char", 1), InlineData("ushort", 2), InlineData("short", 2), InlineData("int", 4)]
    [InlineData("unsigned int", 4), InlineData("longlong", 8), InlineData("uint64", 8), InlineData("float", 4), InlineData("double", 8)]
    public void Every_type_in_every_encoding_and_byte_order_gives_the_same_voxels(string type, int bytes)
    {
        using var folder = new TemporaryFolder();
        var expected = Enumerable.Range(0, 24).Select(i => (float)(i * 5)).ToArray();
        foreach (var isBig in new[] { false, true })
        {
            var data = expected.SelectMany(v => Stored(v, type, bytes, isBig)).ToArray();
            var header = Oblique.Replace("type: short", "type: " + type, StringComparison.Ordinal).Replace("endian: little", isBig ? "endian: big" : "endian: little", StringComparison.Ordinal);
            Write(folder["raw.nrrd"], header, data);
            Write(folder["gzip.nrrd"], header.Replace("encoding: raw", "encoding: gzip", StringComparison.Ordinal), Gzip(data));
            Write(folder["text.nrrd"], header.Replace("encoding: raw", "encoding: ascii", StringComparison.Ordinal), Encoding.ASCII.GetBytes(string.Join(" \n", expected)));

            Assert.All(["raw.nrrd", "gzip.nrrd", "text.nrrd"], file => Assert.Equal(expected, VolumeFile.Read<float>(folder[file]).Voxels.ToArray()));
        }
    }

    [Fact]
    public void A_detached_header_finds_its_data_beside_it_behind_skipped_lines_and_bytes()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["sub"]);
        byte[] data = [.. "first line\nsecond\nxyz"u8, .. MemoryMarshal.AsBytes(Ramp.AsSpan())];
        File.WriteAllBytes(folder["sub/voxels.raw"], data);
        Write(folder["a.nhdr"], Oblique.TrimEnd('\n') + "\nline skip: 2\nbyte skip: 3\ndata file: sub/voxels.raw\n", []);
        Write(folder["b.nhdr"], Oblique.TrimEnd('\n') + "\nbyte skip: -1\ndata file: sub/voxels.raw\n", []);

        Assert.Equal(Ramp, VolumeFile.Read<short>(folder["a.nhdr"]).Voxels.ToArray());
        Assert.Equal(Ramp, VolumeFile.Read<short>(folder["b.nhdr"]).Voxels.ToArray());
    }

    [Fact]
    public void Spacings_without_a_space_are_taken_as_LPS_from_zero()
    {
        using var folder = new TemporaryFolder();
        Write(folder["a.nrrd"], "NRRD0001\r\ntype: short\r\ndimension: 3\r\nsizes: 4 3 2\r\nspacings: 0.5 0.6 2\r\nendian: little\r\nencoding: raw\r\n\r\n", MemoryMarshal.AsBytes(Ramp.AsSpan()));

        var volume = VolumeFile.Read<short>(folder["a.nrrd"]);

        Assert.Equal("LPS", volume.Geometry.Orientation);
        AssertNear(new(0.5, 0.6, 2), volume.Geometry.Spacing);
        Assert.Equal(Ramp, volume.Voxels.ToArray());
    }

    [Theory]
    [InlineData("sizes: 4 3 2", "sizes: 4 3 20", "need 480 bytes")]
    [InlineData("sizes: 4 3 2", "sizes: 4 3", "holds 2 numbers, expected 3")]
    [InlineData("sizes: 4 3 2", "sizes: 4 3 0", "expected a whole number from 1")]
    [InlineData("sizes: 4 3 2", "sizes: 2000000000 2000000000 2000000000", "need")]
    [InlineData("type: short", "type: block", "block")]
    [InlineData("type: short\n", "", "no \"type\"")]
    [InlineData("encoding: raw", "encoding: bzip2", "expected raw, gzip or ascii")]
    [InlineData("endian: little\n", "", "no \"endian\"")]
    [InlineData("left-posterior-superior", "scanner-xyz", "expected RAS, LAS or LPS")]
    [InlineData("(0,0.3,0.4)", "(0.5,0,0)", "lie in one plane")]
    [InlineData("(0,0.3,0.4)", "(0,nan,0.4)", "expected a number")]
    [InlineData("encoding: raw", "encoding: raw\ntype: short", "twice")]
    [InlineData("encoding: raw", "encoding: raw\ndata file: ../voxels.raw", "outside of the header's folder")]
    [InlineData("encoding: raw", "encoding: raw\ndata file: /etc/passwd", "outside of the header's folder")]
    [InlineData("encoding: raw", "encoding: raw\ndata file: sub/../../voxels.raw", "outside of the header's folder")]
    [InlineData("encoding: raw", "encoding: raw\ndata file: nobody.raw", "is not there")]
    [InlineData("encoding: raw", "encoding: raw\ndata file: LIST", "spread over several files")]
    [InlineData("encoding: raw", "encoding: raw\nspace units: \"mm\" \"mm\" \"cm\"", "expected mm")]
    public void A_wrong_header_is_refused_with_its_cause(string right, string wrong, string message)
    {
        using var folder = new TemporaryFolder();
        Write(folder["a.nrrd"], Oblique.Replace(right, wrong, StringComparison.Ordinal), MemoryMarshal.AsBytes(Ramp.AsSpan()));

        var refusal = Assert.Throws<CoraException>(() => VolumeFile.Read<short>(folder["a.nrrd"]));

        Assert.StartsWith(folder["a.nrrd"], refusal.Message, StringComparison.Ordinal);
        Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
        Assert.NotEmpty(refusal.Remedy);
    }

    [Fact]
    public void An_axis_of_vectors_is_refused_and_one_of_a_single_value_is_not()
    {
        using var folder = new TemporaryFolder();
        var vectors = Oblique.Replace("dimension: 3", "dimension: 4", StringComparison.Ordinal).Replace("directions: ", "directions: none ", StringComparison.Ordinal);
        Write(folder["one.nrrd"], vectors.Replace("sizes: ", "sizes: 1 ", StringComparison.Ordinal), MemoryMarshal.AsBytes(Ramp.AsSpan()));
        Write(folder["two.nrrd"], vectors.Replace("sizes: 4", "sizes: 2 2", StringComparison.Ordinal), MemoryMarshal.AsBytes(Ramp.AsSpan()));

        var refusal = Assert.Throws<CoraException>(() => VolumeFile.Read<short>(folder["two.nrrd"]));

        Assert.Contains("2 values a voxel", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(Ramp, VolumeFile.Read<short>(folder["one.nrrd"]).Voxels.ToArray());
    }

    [Fact]
    public void Text_that_is_no_number_of_the_type_is_refused()
    {
        using var folder = new TemporaryFolder();
        Write(folder["a.nrrd"], Oblique.Replace("encoding: raw", "encoding: ascii", StringComparison.Ordinal), Encoding.ASCII.GetBytes(string.Join(',', Enumerable.Repeat("70000", 24))));

        var refusal = Assert.Throws<CoraException>(() => VolumeFile.Read<short>(folder["a.nrrd"]));

        Assert.Contains("\"70000\" stands where a number of type int16 was expected", refusal.Message, StringComparison.Ordinal);
    }

    internal static void Write(string path, string header, ReadOnlySpan<byte> data) => File.WriteAllBytes(path, [.. Encoding.ASCII.GetBytes(header), .. data]);

    internal static byte[] Gzip(byte[] data)
    {
        using var memory = new MemoryStream();
        using (var gzip = new GZipStream(memory, CompressionLevel.Fastest)) gzip.Write(data);
        return memory.ToArray();
    }

    internal static byte[] Stored(float value, string type, int bytes, bool isBig)
    {
        var stored = type switch
        {
            "float" or "MET_FLOAT" => BitConverter.GetBytes(value),
            "double" or "MET_DOUBLE" => BitConverter.GetBytes((double)value),
            _ => BitConverter.GetBytes((long)value)[..bytes],
        };
        return isBig ? [.. stored.Reverse()] : stored;
    }

    internal static void AssertNear(Vec3 expected, Vec3 actual, double tolerance = 1e-12) =>
        Assert.True((expected - actual).Length <= tolerance, $"expected {expected}, found {actual}");
}
