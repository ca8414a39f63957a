using System.Text.Json;
using Cora.Cohorts;
using Cora.Imaging;

namespace Cora.Tests.Cli;

public sealed class InspectVerbTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_volume_has_the_keys_of_the_interface_and_the_affine_of_its_header()
    {
        var expected = Fixture.Case("e/reorient_ras_ras_aniso").GetProperty("expect").GetProperty("affine").GetProperty("value");
        var (code, output, error) = InProcess.Run("inspect", Fixture.PathOf("e/ras_aniso.nii.gz"), "--json");
        using var told = JsonDocument.Parse(output);
        var root = told.RootElement;

        Assert.Equal(ExitCode.Done, code);
        Assert.Empty(error);
        Assert.Equal([18, 16, 12], root.GetProperty("shape").EnumerateArray().Select(v => v.GetInt32()));
        Assert.Equal([0.4, 0.4, 0.75], root.GetProperty("spacing_mm").EnumerateArray().Select(v => Math.Round(v.GetDouble(), 6)));
        Assert.Equal("RAS", root.GetProperty("orientation").GetString());
        Assert.Equal("int16", root.GetProperty("data_type").GetString());
        Assert.Equal(
            expected.EnumerateArray().SelectMany(row => row.EnumerateArray()).Select(v => Math.Round(v.GetDouble(), 5)),
            root.GetProperty("affine").EnumerateArray().SelectMany(row => row.EnumerateArray()).Select(v => Math.Round(v.GetDouble(), 5)));
        Assert.All(["minimum", "maximum", "mean"], key => Assert.Equal(JsonValueKind.Number, root.GetProperty(key).ValueKind));
    }

    [Fact]
    public void A_volume_without_a_number_has_null_statistics_and_a_reason()
    {
        Nifti.Write(folder["nan.nii"], new Volume<float>(Geometry.Isotropic(new(2, 2, 2), 1), [.. Enumerable.Repeat(float.NaN, 8)]));

        using var told = JsonDocument.Parse(InProcess.Run("inspect", folder["nan.nii"], "--json").Output);

        Assert.Equal(JsonValueKind.Null, told.RootElement.GetProperty("mean").ValueKind);
        Assert.Equal("no voxel is a finite number", told.RootElement.GetProperty("reason").GetString());
    }

    [Fact]
    public void A_file_that_is_not_there_ends_with_3_and_a_remedy()
    {
        var (code, output, error) = InProcess.Run("inspect", folder["no.nii"]);

        Assert.Equal(ExitCode.Input, code);
        Assert.Empty(output);
        Assert.Equal(2, error.TrimEnd().Split('\n').Length);
    }

    [Fact]
    public void A_cohort_in_order_is_counted()
    {
        MakeCohort();

        var (code, output, _) = InProcess.Run("inspect", folder.Path, "--voxels", "--json");
        using var told = JsonDocument.Parse(output);
        var root = told.RootElement;

        Assert.Equal(ExitCode.Done, code);
        Assert.Equal(2, root.GetProperty("cases").GetInt32());
        Assert.Equal(1, root.GetProperty("splits").GetProperty("external_test").GetInt32());
        Assert.Equal(2, root.GetProperty("files").GetProperty("arteries").GetInt32());
        Assert.Equal(1, root.GetProperty("labels").GetProperty("calcified_plaque").GetProperty("positive").GetInt32());
        Assert.Equal(1, root.GetProperty("labels").GetProperty("calcified_plaque").GetProperty("unknown").GetInt32());
        Assert.Equal([[4, 4, 4], [4, 4, 4]], root.GetProperty("shape").Deserialize<int[][]>()!);
        Assert.Empty(root.GetProperty("problems").EnumerateArray());
    }

    [Fact]
    public void Every_broken_file_of_a_cohort_is_named_and_the_code_is_3()
    {
        MakeCohort();
        Nifti.Write(folder["arteries/a.nii"], new Volume<byte>(Geometry.Isotropic(new(4, 4, 4), 2), [.. Enumerable.Repeat((byte)1, 64)]));
        Nifti.Write(folder["arteries/b.nii"], new Volume<byte>(Geometry.Isotropic(new(4, 4, 4), 1), new byte[64]));
        File.WriteAllBytes(folder["images/b.nii"], File.ReadAllBytes(folder["images/b.nii"])[..400]);

        var (code, output, _) = InProcess.Run("inspect", folder.Path, "--voxels");
        var (quick, headers, _) = InProcess.Run("inspect", folder.Path, "--json");

        Assert.Equal(ExitCode.Input, code);
        Assert.Contains("problem    a, arteries/a.nii: it lies on another grid", output, StringComparison.Ordinal);
        Assert.Contains("problem    b, images/b.nii: ", output, StringComparison.Ordinal);
        Assert.Contains("problem    b, arteries/b.nii: the mask is empty", output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Input, quick);
        using var told = JsonDocument.Parse(headers);
        Assert.Equal("arteries/a.nii", told.RootElement.GetProperty("problems")[0].GetProperty("file").GetString());
    }

    private void MakeCohort()
    {
        foreach (var id in (string[])["a", "b"])
        {
            var grid = Geometry.Isotropic(new(4, 4, 4), 1);
            Nifti.Write(folder[$"images/{id}.nii"], new Volume<short>(grid, [.. Enumerable.Range(-20, 64).Select(v => (short)v)]));
            Nifti.Write(folder[$"arteries/{id}.nii"], new Volume<byte>(grid, [.. Enumerable.Range(0, 64).Select(v => (byte)(v % 2))]));
        }

        CohortFiles.Write(
            folder.Path, new() { Name = "two", MadeBy = "test" },
            [
                new() { CaseId = "a", PatientId = "p", Site = "s1", Split = Split.Pretrain, Image = "images/a.nii", Arteries = "arteries/a.nii", CalcifiedPlaque = true },
                new() { CaseId = "b", PatientId = "q", Site = "s2", Split = Split.ExternalTest, Image = "images/b.nii", Arteries = "arteries/b.nii" },
            ],
            [], []);
    }
}
