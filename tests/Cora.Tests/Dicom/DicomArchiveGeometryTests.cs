using System.Buffers.Binary;
using System.ComponentModel;
using System.Diagnostics;
using System.Security.Cryptography;
using Cora.Imaging;

namespace Cora.Tests.Dicom;

/// <summary>Series of real scanners: what the corpus says of them, and what dcm2niix makes of them.</summary>
public sealed class DicomArchiveGeometryTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_Siemens_series_has_the_spacing_of_its_positions_and_not_of_its_thickness()
    {
        var stack = Stack("data/dicom-corpus/siemens-j2k-15slices");

        Assert.Equal(new Size3(512, 512, 15), stack.Geometry.Size);
        Assert.Equal(new Vec3(0.9765625, 0.9765625, 2), stack.Geometry.Spacing);
        Assert.Equal(-794.5, stack.Geometry.Origin.Z);
        Assert.Equal(3, stack.ThicknessMm);
    }

    [Fact]
    public void The_Siemens_series_without_one_slice_is_refused()
    {
        var source = Fixture.SharedPath("data/dicom-corpus/siemens-j2k-15slices");
        foreach (var file in Directory.EnumerateFiles(source).Where(f => !f.EndsWith("16580", StringComparison.Ordinal))) File.Copy(file, folder[Path.GetFileName(file)]);

        Assert.Contains("jumps from 2 to 4 mm after slice 7 of 14; 1 slices are missing", Assert.Single(DicomSeries.Find(folder.Path, stop: TestContext.Current.CancellationToken).Stacks).Refusal!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_tilted_head_scan_of_uneven_spacing_is_refused() =>
        Assert.Contains("the spacing is uneven", Assert.Single(DicomSeries.Find(Fixture.SharedPath("data/dicom-corpus/ge-gantry-tilt-variable-spacing"), stop: TestContext.Current.CancellationToken).Stacks).Refusal!.Message, StringComparison.Ordinal);

    [Fact]
    public void The_enhanced_scan_lies_where_its_functional_groups_say()
    {
        var stack = Stack("data/dicom-corpus/pydicom-enhanced-ct-2frames.dcm");

        // Its rows and columns turn so that the normal points to the feet.
        Assert.Equal([-149.0, -159.0], stack.Slices.Select(s => s.Origin.Z));
        Assert.Equal(new Vec3(0.388672, 0.388672, 10), stack.Geometry.Spacing);
        Assert.Equal(-1024, DicomSeries.Read(stack, stop: TestContext.Current.CancellationToken).Voxels.ToArray().Min());
    }

    [Fact]
    public void The_heart_scan_has_the_values_that_its_facts_give()
    {
        var volume = DicomSeries.Read(Stack("data/real-ct/cmbcrc_heart_dicom_40slices.zip"), stop: TestContext.Current.CancellationToken);

        Assert.Equal("b3c0dac32497e410dd462e49b5cf4b6598169bbc", Sha1(volume));
        Assert.True(volume.Geometry.Matches(new(new(512, 512, 40), new(0.898438, 0.898438, 2.5), new(-228.8, -220, -221.5), Mat3.Identity), 0.01));
    }

    [Theory]
    [InlineData("data/real-ct/cmbcrc_heart_dicom_40slices.zip")]
    [InlineData("data/dicom-corpus/siemens-j2k-15slices")]
    [InlineData("data/dicom-corpus/pydicom-enhanced-ct-2frames.dcm")]
    public void Geometry_and_values_are_those_of_dcm2niix(string relative)
    {
        var source = Fixture.SharedPath(relative);
        Directory.CreateDirectory(folder["in"]);
        Directory.CreateDirectory(folder["out"]);
        if (source.EndsWith(".zip", StringComparison.Ordinal)) System.IO.Compression.ZipFile.ExtractToDirectory(source, folder["in"]);
        else if (File.Exists(source)) File.Copy(source, Path.Combine(folder["in"], "a.dcm"));
        else foreach (var file in Directory.EnumerateFiles(source)) File.Copy(file, Path.Combine(folder["in"], Path.GetFileName(file)));
        ByDcm2niix(folder["in"], folder["out"]);
        var expected = VolumeFile.Read<short>(Assert.Single(Directory.GetFiles(folder["out"], "*.nii")));

        var ours = DicomSeries.Read(Stack(relative), stop: TestContext.Current.CancellationToken);

        // dcm2niix turns the rows round (y to the front) and stores its affine in single precision.
        var size = expected.Geometry.Size;
        Assert.Equal(size, ours.Geometry.Size);
        for (var corner = 0; corner < 8; corner++)
        {
            var index = new Vec3((corner & 1) * (size.X - 1), (corner >> 1 & 1) * (size.Y - 1), (corner >> 2) * (size.Z - 1));
            var there = expected.Geometry.ToIndex(ours.Geometry.ToPatient(index));
            Assert.InRange((there - new Vec3(index.X, size.Y - 1 - index.Y, index.Z)).Length, 0, 1e-3);
        }

        for (var z = 0; z < size.Z; z++)
            for (var y = 0; y < size.Y; y++)
                Assert.True(Row(ours, y, z).SequenceEqual(Row(expected, size.Y - 1 - y, z)), $"row {y} of slice {z}");
    }

    private static ReadOnlySpan<short> Row(Volume<short> volume, int y, int z) =>
        volume.Voxels.Slice((z * volume.Geometry.Size.Y + y) * volume.Geometry.Size.X, volume.Geometry.Size.X);

    private static DicomStack Stack(string relative)
    {
        var found = Assert.Single(DicomSeries.Find(Fixture.SharedPath(relative), stop: TestContext.Current.CancellationToken).Stacks);
        return found.Stack ?? throw found.Refusal!;
    }

    private static void ByDcm2niix(string from, string to)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("dcm2niix", ["-z", "n", "-b", "n", "-o", to, from]) { RedirectStandardOutput = true })!;
            process.StandardOutput.ReadToEnd();
            process.WaitForExit();
        }
        catch (Win32Exception)
        {
            Assert.Skip("needs dcm2niix");
        }
    }

    private static string Sha1(Volume<short> volume)
    {
        var bytes = new byte[2 * volume.Voxels.Length];
        for (var i = 0; i < volume.Voxels.Length; i++) BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(2 * i), volume.Voxels[i]);
#pragma warning disable CA5350 // The facts name values by SHA-1; nothing is kept secret by it.
        return Convert.ToHexStringLower(SHA1.HashData(bytes));
#pragma warning restore CA5350
    }
}
