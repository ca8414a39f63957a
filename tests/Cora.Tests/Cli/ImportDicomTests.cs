using System.Text.Json;
using Cora.Cohorts;
using Cora.Imaging;

namespace Cora.Tests.Cli;

public sealed class ImportDicomTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_phantom_read_through_DICOM_is_the_phantom_voxel_for_voxel()
    {
        Assert.Equal(ExitCode.Done, InProcess.Run("phantom", "--out", folder["p"], "--cases", "3", "--sites", "2", "--size", "32", "--seed", "5", "--threads", "1", "--dicom").Code);

        var (code, output, error) = InProcess.Run("import", "dicom", folder["p/dicom"], "--out", folder["c"], "--key-file", folder["key.csv"], "--threads", "1");

        Assert.True(code == ExitCode.Done, error);
        Assert.Contains("3 cases, 0 studies or files left, 3 studies read now", output, StringComparison.Ordinal);
        var (phantom, imported) = (Cohort.Load(folder["p"]), Cohort.Load(folder["c"]));
        var key = Table.Read(folder["key.csv"]);
        foreach (var row in imported.Cases)
        {
            var patient = key.Field(key.Rows.Single(r => r[0] == row.CaseId), "original_patient_id");
            var original = phantom.Cases.Single(c => c.PatientId == patient);
            var (expected, actual) = (Nifti.Read<short>(phantom.PathOf(original.Image)), Nifti.Read<short>(imported.PathOf(row.Image)));
            Assert.True(actual.Geometry.Matches(expected.Geometry));
            Assert.Equal(expected.Voxels, actual.Voxels);
            Assert.Equal(phantom.ClinicalOf(original)!.Sex, imported.ClinicalOf(row)!.Sex);
        }
    }

    [Fact]
    public void Inspecting_a_DICOM_folder_gives_the_facts_of_the_same_volume_as_NIfTI()
    {
        var volume = new Volume<short>(new(new(6, 5, 4), new(0.5, 0.75, 2), new(1, -2, 3), Mat3.Identity), [.. Enumerable.Range(0, 120).Select(i => (short)(i * 11 - 500))]);
        DicomSeriesWriter.Write(folder["d"], volume, new() { PatientId = "P", StudyId = "S" });
        Nifti.Write(folder["v.nii"], volume);

        var dicom = InProcess.Run("inspect", folder["d"], "--json");
        using var expected = JsonDocument.Parse(InProcess.Run("inspect", folder["v.nii"], "--json").Output);

        Assert.Equal(ExitCode.Done, dicom.Code);
        Assert.Contains("not fit for CCTA: covers 8 mm", dicom.Error, StringComparison.Ordinal);
        using var told = JsonDocument.Parse(dicom.Output);
        Assert.Equal(expected.RootElement.EnumerateObject().Select(p => p.Name), told.RootElement.EnumerateObject().Select(p => p.Name));
        foreach (var name in new[] { "shape", "spacing_mm", "affine", "orientation", "data_type", "minimum", "maximum", "mean" })
            Assert.Equal(expected.RootElement.GetProperty(name).ToString(), told.RootElement.GetProperty(name).ToString());

        var file = InProcess.Run("inspect", folder["d/0001.dcm"], "--json");
        Assert.Contains("\"DICOM\"", file.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_anything_to_read_and_a_broken_file_are_refused()
    {
        Directory.CreateDirectory(folder["empty"]);
        File.WriteAllBytes(folder["cut.dcm"], [.. new byte[128], (byte)'D', (byte)'I', (byte)'C', (byte)'M', 2, 0]);

        var empty = InProcess.Run("inspect", folder["empty"]);
        var cut = InProcess.Run("inspect", folder["cut.dcm"]);
        var import = InProcess.Run("import", "dicom", folder["empty"], "--out", folder["c"]);

        Assert.Equal((ExitCode.Input, ExitCode.Input, ExitCode.Input), (empty.Code, cut.Code, import.Code));
        Assert.Contains("no cohort and no DICOM file is there", empty.Error, StringComparison.Ordinal);
        Assert.Contains("transfer syntax", cut.Error, StringComparison.Ordinal);
        Assert.Contains("SOURCE holds no DICOM file", import.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(folder["c/cohort.json"]));
    }
}
