using System.Text;
using System.Text.Json;
using Cora.Analysis;
using Cora.Imaging;
using Cora.Phantom;
using Cora.Tests.Architecture;
using Cora.Tests.Cli;

namespace Cora.Tests.Analysis;

public sealed class ScanAnalysisTests
{
    [Fact]
    public void A_forced_analysis_writes_every_answer_on_the_scans_grid_with_its_banner_and_by_the_schema()
    {
        using var folder = new TemporaryFolder();
        BundleMaker.Write(folder["b.cora"], new("random", null, RunsOnDisk.WriteAll(folder)));
        var scan = Oblique(folder["DOE_JANE.nii.gz"]);

        var run = InProcess.Run("analyze", folder["DOE_JANE.nii.gz"], "--out", folder["out"], "--model", folder["b.cora"], "--force", "--threads", "2", "--quiet", "--json");

        Assert.True(run.Code == ExitCode.Done, run.Error);
        var text = File.ReadAllText(folder["out/result.json"]);
        using var json = JsonDocument.Parse(text);
        using var schema = JsonDocument.Parse(File.ReadAllText(Path.Combine(HouseRulesTests.Root(), "docs/analysis.schema.json")));
        Assert.Empty(SmallSchema.Problems(schema.RootElement, json.RootElement));
        Assert.True(json.RootElement.GetProperty("forced").GetBoolean());
        foreach (var file in Directory.EnumerateFiles(folder["out"], "*.nii.gz"))
        {
            Assert.True(VolumeFile.ReadGeometry(file).Matches(scan.Geometry), file);
            Assert.Contains("phantoms only, no patient", VolumeFile.Layout(file).Nifti!.Description, StringComparison.Ordinal);
        }

        foreach (var map in new[] { "arteries.nii.gz", "response.nii.gz" }) Assert.True(File.Exists(folder["out/" + map]), map);
        Assert.Contains("have seen digital phantoms only, no patient", File.ReadAllText(folder["out/report.html"]), StringComparison.Ordinal);
        Assert.Contains("the analysis forced", File.ReadAllText(folder["out/report.html"]), StringComparison.Ordinal);
        Assert.StartsWith("%PDF-", Encoding.ASCII.GetString(File.ReadAllBytes(folder["out/report.pdf"])[..8]), StringComparison.Ordinal);
        Assert.All(Directory.EnumerateFiles(folder["out"]), f => Assert.DoesNotContain("DOE_JANE", Encoding.Latin1.GetString(File.ReadAllBytes(f)), StringComparison.Ordinal));
        Assert.DoesNotContain("DOE_JANE", run.Output + run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_scan_that_is_no_heart_CT_is_refused_with_its_reasons_and_nothing_is_written()
    {
        using var folder = new TemporaryFolder();
        BundleMaker.Write(folder["b.cora"], new("random", null, new Dictionary<BundleRole, string> { [BundleRole.Arteries] = RunsOnDisk.Write(folder, BundleRole.Arteries) }));
        var grid = Geometry.Isotropic(Size3.Cube(30), 4);
        Nifti.Write(folder["flat.nii.gz"], new Volume<short>(grid, [.. Enumerable.Range(0, 27000).Select(i => (short)(i % 3 == 0 ? -900 : 40))]));

        var run = InProcess.Run("analyze", folder["flat.nii.gz"], "--out", folder["out"], "--model", folder["b.cora"], "--quiet");

        Assert.Equal(ExitCode.Input, run.Code);
        Assert.Contains("resolution: voxels of 4 x 4 x 4 mm", run.Error, StringComparison.Ordinal);
        Assert.Contains("no contrast medium", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("field_of_view", run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder["out"]));
    }

    [Fact]
    public void A_DICOM_study_and_its_NIfTI_file_get_the_same_answer_and_nothing_of_the_patient_shows()
    {
        using var folder = new TemporaryFolder();
        BundleMaker.Write(folder["b.cora"], new("random", null, new Dictionary<BundleRole, string> { [BundleRole.Response] = RunsOnDisk.Write(folder, BundleRole.Response, spacingMm: 1.7) }));
        var phantom = PhantomPatient.Draw(new() { Cases = 1, Sites = 1, Size = 32, SpacingMm = 1.7, Seed = 3 }, Cora.Cohorts.Split.Train, 0, 0).Render().Image;
        Nifti.Write(folder["scan.nii.gz"], phantom);
        DicomSeriesWriter.Write(folder["study/DOE_JANE"], phantom, new() { PatientId = "DOE_JANE", StudyId = "1" });
        System.IO.Compression.ZipFile.CreateFromDirectory(folder["study"], folder["study.zip"]);

        foreach (var (scan, to) in new[] { ("scan.nii.gz", "nifti"), ("study", "folder"), ("study.zip", "zip") })
        {
            var run = InProcess.Run("analyze", folder[scan], "--out", folder[to], "--model", folder["b.cora"], "--force", "--threads", "2", "--quiet");
            Assert.True(run.Code == ExitCode.Done, run.Error);
            Assert.DoesNotContain("DOE_JANE", run.Output + run.Error, StringComparison.Ordinal);
        }

        var expected = VolumeFile.Read<float>(folder["nifti/response.nii.gz"]);
        foreach (var to in new[] { "folder", "zip" })
        {
            var found = VolumeFile.Read<float>(folder[to + "/response.nii.gz"]);
            Assert.True(found.Geometry.Matches(expected.Geometry));
            Assert.Equal(expected.Voxels.ToArray(), found.Voxels.ToArray());
            var text = File.ReadAllText(folder[to + "/result.json"]);
            Assert.Contains("series 1, 32 slices", text, StringComparison.Ordinal);
            Assert.DoesNotContain("DOE_JANE", text + File.ReadAllText(folder[to + "/report.html"]), StringComparison.Ordinal);
        }
    }

    /// <summary>A small phantom whose axes run otherwise than LPS and lie a little aslant.</summary>
    private static Volume<short> Oblique(string path)
    {
        var phantom = PhantomPatient.Draw(new() { Cases = 1, Sites = 1, Size = 32, Seed = 3 }, Cora.Cohorts.Split.Train, 0, 0).Render().Image;
        var (sin, cos) = Math.SinCos(0.1);
        var direction = Mat3.FromColumns(new(0, cos, sin), new(-1, 0, 0), new(0, -sin, cos));
        var scan = new Volume<short>(new(phantom.Geometry.Size, new(0.9, 0.86, 1), new(11, -22, 33), direction), phantom.Voxels.ToArray());
        Nifti.Write(path, scan);
        return VolumeFile.Read<short>(path);
    }
}
