using System.Buffers.Binary;
using System.IO.Pipes;
using System.Runtime.InteropServices;
using System.Text;
using Cora.Imaging;

namespace Cora.Tests.Imaging;

public sealed class VolumeFileTests
{
    [Theory]
    [InlineData("h/int16_nii.nii", "scan.nii.gz")]
    [InlineData("h/int16_gz.nii.gz", "scan.nii")]
    [InlineData("h/nifti2.nii", "scan.nrrd")]
    [InlineData("h/gz_without_gz_suffix.nii", "scan")]
    public void The_content_decides_the_format_and_not_the_name(string fixture, string name)
    {
        using var folder = new TemporaryFolder();
        File.Copy(Fixture.PathOf(fixture), folder[name]);

        Assert.Equal(Nifti.Read<short>(Fixture.PathOf("h/int16_nii.nii")).Voxels.ToArray(), VolumeFile.Read<short>(folder[name]).Voxels.ToArray());
    }

    [Fact]
    public void What_is_no_volume_is_refused_with_advice()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["a.zip"], [.. "PK\x03\x04"u8, .. new byte[500]]);
        File.WriteAllBytes(folder["a.dcm"], [.. new byte[128], .. "DICM"u8, .. new byte[500]]);
        File.WriteAllText(folder["a.txt"], new string('x', 1000) + " = y");
        File.WriteAllText(folder["empty"], "");

        AssertRefused(folder["a.zip"], "zip archive", "cora import dicom");
        AssertRefused(folder["a.dcm"], "DICOM file", "cora import dicom");
        AssertRefused(folder["a.txt"], "expected the header length 348", "NIfTI, NRRD and MetaImage");
        AssertRefused(folder["empty"], "the file is empty", "Copy");
        AssertRefused(folder["nobody.nii"], "there is no such file", "Check the path");
        AssertRefused(folder["nobody/a.nii"], "there is no such file", "Check the path");
        AssertRefused(folder.Path, "this is a folder", "cora import dicom");
    }

    [Fact]
    public void A_pipe_is_refused_since_its_length_is_not_known()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs pipes that have a path");
        using var pipe = new AnonymousPipeServerStream(PipeDirection.Out);

        AssertRefused("/proc/self/fd/" + pipe.GetClientHandleAsString(), "pipe or device", "Save the volume to a file");
    }

    [Theory]
    [InlineData(0, 1.0)]
    [InlineData(1, 1000.0)]
    [InlineData(2, 1.0)]
    [InlineData(3, 0.001)]
    [InlineData(8 + 3, 0.001)]
    public void Units_of_a_NIfTI_file_are_turned_to_millimetres(byte code, double millimetres)
    {
        using var folder = new TemporaryFolder();
        var geometry = Header(folder, bytes => bytes[123] = code);

        NrrdTests.AssertNear(new(0.5 * millimetres, 0.25 * millimetres, 2 * millimetres), geometry.Spacing, 1e-9);
        NrrdTests.AssertNear(new(-10 * millimetres, -20 * millimetres, 30 * millimetres), geometry.Origin, 1e-9);
    }

    [Fact]
    public void A_flat_image_without_a_third_axis_is_one_slice()
    {
        using var folder = new TemporaryFolder();

        var geometry = Header(folder, bytes =>
        {
            MemoryMarshal.Write(bytes.AsSpan(40), (short)2);
            MemoryMarshal.Write(bytes.AsSpan(46), (short)0);         // dim[3] is not counted and says nothing
            MemoryMarshal.Write(bytes.AsSpan(88), 0f);               // neither does its voxel size
            MemoryMarshal.Write(bytes.AsSpan(254), (short)0);        // qform only
        });

        Assert.Equal(new(5, 4, 1), geometry.Size);
        NrrdTests.AssertNear(new(0.5, 0.25, 1), geometry.Spacing, 1e-9);
    }

    [Fact]
    public void Without_sform_and_qform_the_axes_are_RAS_from_zero()
    {
        using var folder = new TemporaryFolder();

        var geometry = Header(folder, bytes => bytes.AsSpan(252, 4).Clear());

        Assert.Equal("RAS", geometry.Orientation);
        NrrdTests.AssertNear(default, geometry.Origin);
        Assert.Equal("pixdim", VolumeFile.Facts(folder["a.nii"]).AffineFrom);
    }

    [Theory]
    [InlineData(256, 1.2f, "is no rotation")]
    [InlineData(256, float.NaN, "is no rotation")]
    [InlineData(268, float.PositiveInfinity, "the first voxel lies at")]
    [InlineData(84, -0f, "voxels are 0 mm along axis 1")]
    public void A_qform_that_is_no_place_in_space_is_refused(int at, float value, string message)
    {
        using var folder = new TemporaryFolder();

        var refusal = Assert.Throws<CoraException>(() => Header(folder, bytes =>
        {
            bytes[254] = 0;
            MemoryMarshal.Write(bytes.AsSpan(at), value);
        }));

        Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Padding_before_the_voxels_is_no_extension()
    {
        using var folder = new TemporaryFolder();
        Nifti.Write(folder["a.nii"], Volume());
        var bytes = File.ReadAllBytes(folder["a.nii"]);
        MemoryMarshal.Write(bytes.AsSpan(108), 352f + 64);
        bytes[348] = 1;
        File.WriteAllBytes(folder["a.nii"], [.. bytes.AsSpan(0, 352), .. new byte[64], .. bytes.AsSpan(352)]);

        Assert.Empty(Nifti.ReadHeader(folder["a.nii"]).Extensions);
        Assert.Equal(Volume().Voxels.ToArray(), Nifti.Read<short>(folder["a.nii"]).Voxels.ToArray());
    }

    [Fact]
    public void Extensions_of_any_length_come_back_with_their_padding_only()
    {
        using var folder = new TemporaryFolder();
        NiftiExtension[] extensions = [new(6, Encoding.UTF8.GetBytes("a comment")), new(44, Encoding.UTF8.GetBytes("{\"a\":1}!")), new(4, new byte[24])];

        Nifti.Write(folder["a.nii"], Volume(), new() { Extensions = [.. extensions], Version = 2 });

        var bytes = File.ReadAllBytes(folder["a.nii"]);
        var again = Nifti.ReadHeader(folder["a.nii"]).Extensions;
        Assert.Equal([32, 16, 32], again.Select(e => e.Content.Length + 8));
        Assert.Equal(extensions.Select(e => e.Code), again.Select(e => e.Code));
        Assert.All(extensions.Zip(again), pair => Assert.True(pair.Second.Content.Span.StartsWith(pair.First.Content.Span)));
        Assert.Equal(544 + 80, BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(168)));
        Assert.Equal(544 + 80 + 120, bytes.Length);
    }

    private static Volume<short> Volume() =>
        new(Geometry.FromRasAffine(new(5, 4, 3), Mat3.Diagonal(new(0.5, 0.25, 2)), new(10, 20, 30)), [.. Enumerable.Range(0, 60).Select(i => (short)i)]);

    private static Geometry Header(TemporaryFolder folder, Action<byte[]> edit)
    {
        Nifti.Write(folder["a.nii"], Volume());
        var bytes = File.ReadAllBytes(folder["a.nii"]);
        edit(bytes);
        File.WriteAllBytes(folder["a.nii"], bytes);
        return VolumeFile.ReadGeometry(folder["a.nii"]);
    }

    private static void AssertRefused(string path, string message, string remedy)
    {
        var refusal = Assert.Throws<CoraException>(() => VolumeFile.Read<short>(path));
        Assert.StartsWith(path, refusal.Message, StringComparison.Ordinal);
        Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
        Assert.Contains(remedy, refusal.Remedy, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Input, refusal.Code);
    }
}
