using System.Text.Json;
using Cora.Imaging;

namespace Cora.Tests.Imaging;

/// <summary>Files written by another program or by hand, with what a reader must find in them or why it must refuse them.</summary>
public sealed class NiftiFixtureTests
{
    public static TheoryData<string> Readable => Names(isReadable: true);

    public static TheoryData<string> Refused => Names(isReadable: false);

    [Theory]
    [MemberData(nameof(Readable))]
    public void A_good_file_is_read_as_its_fixture_says(string name)
    {
        var expect = Fixture.Case(name).GetProperty("expect");

        var volume = Nifti.Read<float>(PathOf(name));

        var size = volume.Geometry.Size;
        var data = Fixture.Array(expect.GetProperty("data"));
        Assert.Equal(data.Shape.Take(3), [size.X, size.Y, size.Z]);
        for (var i = 0; i < data.Values.Length; i++)
        {
            // The arrays are in C order of i, j, k: the last index is the fastest.
            var rest = data.Shape[1] * data.Shape[2];
            var voxel = volume[i / rest, i / data.Shape[2] % data.Shape[1], i % data.Shape[2]];
            AssertClose(data.Values[i], voxel, 1e-3, 1e-6);
        }

        if (expect.TryGetProperty("axis_codes", out var codes) && codes.ValueKind == JsonValueKind.String)
            Assert.Equal(codes.GetString(), volume.Geometry.Orientation);
        if (expect.TryGetProperty("affine", out var affine)) AssertAffine(affine, volume.Geometry);

        // Where the two affines differ, the peer's zooms are those of the qform, while its affine is the sform; spacing must go with the affine.
        if (name != "h/sform_and_qform_differ" && expect.TryGetProperty("zooms", out var zooms))
        {
            var spacing = zooms.TryGetProperty("value", out var value) ? value : zooms.GetProperty("magnitude");
            for (var axis = 0; axis < 3; axis++) Assert.Equal(spacing[axis].GetDouble(), volume.Geometry.Spacing[axis], 1e-5);
        }

        if (expect.TryGetProperty("sum", out var sum) && sum.TryGetProperty("value", out var total))
        {
            var found = 0.0;
            foreach (var voxel in volume.Voxels) found += voxel;
            AssertClose(total.GetDouble(), found, 0.01, 1e-6);
        }
    }

    [Theory]
    [MemberData(nameof(Readable))]
    public void A_mapped_file_gives_the_same_voxels_as_a_full_read(string name)
    {
        var full = Nifti.Read<float>(PathOf(name));
        using var mapped = Nifti.Open<float>(PathOf(name));

        var voxels = new float[full.Geometry.Size.Count];
        mapped.CopyBox(Box3.Whole(mapped.Geometry.Size), voxels);

        Assert.Equal(full.Voxels.ToArray(), voxels);
        Assert.Equal(full.Geometry, mapped.Geometry);
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void A_bad_file_is_refused_by_name_with_cause_and_remedy(string name)
    {
        var path = PathOf(name);

        var refusal = Assert.Throws<CoraException>(() => Nifti.Read<float>(path));

        Assert.StartsWith(path + ": ", refusal.Message, StringComparison.Ordinal);
        Assert.EndsWith(".", refusal.Message, StringComparison.Ordinal);
        Assert.True(refusal.Message.Length > path.Length + 15, refusal.Message);
        Assert.NotEmpty(refusal.Remedy);
        Assert.Equal(ExitCode.Input, refusal.Code);
    }

    [Theory]
    [InlineData("bad_truncated_data.nii", "need", "are there")]
    [InlineData("bad_truncated_header.nii", "a NIfTI header needs 348")]
    [InlineData("bad_empty_file.nii", "empty")]
    [InlineData("bad_empty_gz.nii.gz", "empty")]
    [InlineData("bad_gz_crc_wrong.nii.gz", "checksum")]
    [InlineData("bad_gz_isize_wrong.nii.gz", "length")]
    [InlineData("bad_gz_corrupt_middle.nii.gz", "damaged")]
    [InlineData("bad_magic_ni1_single.nii", "pair")]
    [InlineData("bad_sizeof_hdr_wrong.nii", "347", "348")]
    [InlineData("bad_dim_zero.nii", "dimension 1 is 0", "expected 1")]
    [InlineData("bad_ndim_9.nii", "9 dimensions", "expected 3")]
    [InlineData("bad_dims_huge.nii", "need", "are there")]
    [InlineData("bad_dims_overflow.nii", "32767 volumes", "one was expected")]
    [InlineData("bad_datatype_rgb24.nii", "RGB", "expected")]
    [InlineData("bad_datatype_complex64.nii", "complex", "expected")]
    [InlineData("bad_bitpix_mismatch.nii", "bitpix", "expected 16")]
    [InlineData("bad_vox_offset_negative.nii", "start at byte", "from 352")]
    [InlineData("bad_vox_offset_nan.nii", "NaN", "from 352")]
    [InlineData("bad_sform_nan.nii", "NaN")]
    [InlineData("bad_sform_singular.nii", "singular")]
    [InlineData("bad_pixdim_zero_qform_only.nii", "voxels are 0 mm", "expected more than 0")]
    [InlineData("bad_slope_inf.nii", "scaled by", "expected finite")]
    [InlineData("bad_four_d_time_series.nii", "3 volumes", "one was expected")]
    [InlineData("ext_esize_absurd.nii", "1073741824 bytes", "expected 8 to")]
    public void A_refusal_says_what_was_found_and_what_was_expected(string file, params string[] words)
    {
        var refusal = Assert.Throws<CoraException>(() => Nifti.Read<float>(Fixture.PathOf("h/" + file)));

        Assert.All(words, word => Assert.Contains(word, refusal.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Extensions_are_kept_on_reading_and_writing()
    {
        using var folder = new TemporaryFolder();
        var header = Nifti.ReadHeader(Fixture.PathOf("h/extensions.nii"));

        Nifti.Write(folder["again.nii.gz"], Nifti.Read<short>(Fixture.PathOf("h/extensions.nii")), new() { Extensions = header.Extensions });

        var again = Nifti.ReadHeader(folder["again.nii.gz"]);
        Assert.NotEmpty(header.Extensions);
        Assert.Contains("hello ex", System.Text.Encoding.ASCII.GetString(header.Extensions[0].Content.Span), StringComparison.Ordinal);
        Assert.Equal(header.Extensions.Select(e => (e.Code, Convert.ToHexString(e.Content.Span))), again.Extensions.Select(e => (e.Code, Convert.ToHexString(e.Content.Span))));
        Assert.Equal(Nifti.Read<short>(Fixture.PathOf("h/extensions.nii")).Voxels.ToArray(), Nifti.Read<short>(folder["again.nii.gz"]).Voxels.ToArray());
    }

    [Fact]
    public void NaN_and_infinity_are_kept_as_float_and_counted_in_the_refusal_as_HU()
    {
        var path = Fixture.PathOf("h/float32_nan_inf.nii");

        var voxels = Nifti.Read<float>(path).Voxels.ToArray();
        var refusal = Assert.Throws<CoraException>(() => Nifti.Read<short>(path));

        Assert.Equal(1, voxels.Count(float.IsNaN));
        Assert.Contains($"{voxels.Count(v => !float.IsFinite(v))} of 210 voxels are NaN or infinite", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("float", refusal.Remedy, StringComparison.Ordinal);
    }

    private static TheoryData<string> Names(bool isReadable) =>
        [.. Fixture.Cases("h").Where(c => isReadable == c.GetProperty("expect").TryGetProperty("data", out _)).Select(c => c.GetProperty("name").GetString()!)];

    private static string PathOf(string name) =>
        Fixture.PathOf(Fixture.Case(name).GetProperty("inputs").GetProperty("image").GetProperty("file").GetString()!);

    private static void AssertAffine(JsonElement expected, Geometry geometry)
    {
        var (linear, translation) = geometry.ToRasAffine();
        if (!expected.TryGetProperty("value", out var rows))
        {
            for (var axis = 0; axis < 3; axis++) Assert.Equal(expected.GetProperty("diagonal_magnitude_only")[axis].GetDouble(), Math.Abs(linear[axis, axis]), 1e-5);
            return;
        }

        for (var row = 0; row < 3; row++)
        {
            for (var column = 0; column < 3; column++) Assert.Equal(rows[row][column].GetDouble(), linear[row, column], 1e-4);
            Assert.Equal(rows[row][3].GetDouble(), translation[row], 1e-4);
            Assert.Equal(Math.Sqrt(Enumerable.Range(0, 3).Sum(r => Math.Pow(rows[r][row].GetDouble(), 2))), geometry.Spacing[row], 1e-5);
        }
    }

    // The fixtures state their own tolerances: they are single-precision numbers of a double-precision peer.
    private static void AssertClose(double expected, double actual, double absolute, double relative) =>
        Assert.True(
            expected.Equals(actual) || Math.Abs(expected - actual) <= absolute + relative * Math.Abs(expected), $"expected {expected}, found {actual}");
}
