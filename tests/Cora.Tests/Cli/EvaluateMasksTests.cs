using System.Text.Json;
using Cora.Imaging;

namespace Cora.Tests.Cli;

public sealed class EvaluateMasksTests
{
    private static readonly Geometry Grid = Geometry.Isotropic(Size3.Cube(24), 0.5);

    [Fact]
    public void Folders_are_measured_case_by_case_and_what_is_not_defined_is_null_with_a_reason()
    {
        using var folder = new TemporaryFolder();
        foreach (var side in new[] { "p", "g" }) Nifti.Write(folder[side + "/one.nii.gz"], Box(4, 9));
        Nifti.Write(folder["p/two.nii.gz"], Box(0, 0));
        Nifti.Write(folder["g/two.nii.gz"], Box(4, 9));

        var (code, output, _) = InProcess.Run("evaluate", "segmentation", "--prediction", folder["p"], "--reference", folder["g"], "--json");

        Assert.Equal(ExitCode.Done, code);
        var document = JsonDocument.Parse(output).RootElement;
        var (one, two) = (document.GetProperty("cases")[0], document.GetProperty("cases")[1]);
        Assert.Equal(("one", 1.0, 1.0, 0.0), (one.GetProperty("case").GetString(), one.GetProperty("dice").GetDouble(), one.GetProperty("cldice").GetDouble(), one.GetProperty("hausdorff95_mm").GetDouble()));
        Assert.Equal(JsonValueKind.Null, two.GetProperty("mean_surface_distance_mm").ValueKind);
        Assert.Contains("empty", two.GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.Equal(0.5, document.GetProperty("mean").GetProperty("dice").GetDouble());
        Assert.Equal(1, document.GetProperty("mean").GetProperty("cases_without_distances").GetInt32());
    }

    [Fact]
    public void Lesions_are_counted_and_pooled()
    {
        using var folder = new TemporaryFolder();
        Nifti.Write(folder["p.nii"], Box(4, 7));
        Nifti.Write(folder["g.nii"], Box(5, 9));

        var (code, output, _) = InProcess.Run("evaluate", "detection", "--prediction", folder["p.nii"], "--reference", folder["g.nii"], "--min-overlap", "8", "--connectivity", "6", "--json");

        Assert.Equal(ExitCode.Done, code);
        var pooled = JsonDocument.Parse(output).RootElement.GetProperty("pooled");
        Assert.Equal((1, 1, 0, 0.0, 0.0), (pooled.GetProperty("lesions").GetInt32(), pooled.GetProperty("predicted").GetInt32(), pooled.GetProperty("matched_lesions").GetInt32(), pooled.GetProperty("precision").GetDouble(), pooled.GetProperty("f1").GetDouble()));
        Assert.Equal(1, JsonDocument.Parse(InProcess.Run("evaluate", "detection", "--prediction", folder["p.nii"], "--reference", folder["g.nii"], "--min-overlap", "7", "--json").Output)
            .RootElement.GetProperty("pooled").GetProperty("matched_lesions").GetInt32());
    }

    [Fact]
    public void Another_grid_another_name_and_other_values_are_refused()
    {
        using var folder = new TemporaryFolder();
        Nifti.Write(folder["p.nii"], Box(4, 7));
        Nifti.Write(folder["moved.nii"], new Volume<byte>(Geometry.Isotropic(Size3.Cube(24), 0.5, new(1, 0, 0)), new byte[24 * 24 * 24]));
        Nifti.Write(folder["two.nii"], Box(4, 7).Select(v => (byte)(2 * v)));
        Nifti.Write(folder["a/x.nii"], Box(4, 7));
        Nifti.Write(folder["b/y.nii"], Box(4, 7));

        foreach (var (prediction, reference, code, words) in new[] { ("p.nii", "moved.nii", 3, "another grid"), ("two.nii", "p.nii", 3, "value 2"), ("a", "b", 3, "x has no reference; y has no prediction"), ("a", "p.nii", 2, "one kind") })
        {
            var said = InProcess.Run("evaluate", "segmentation", "--prediction", folder[prediction], "--reference", folder[reference]);
            Assert.Equal(code, (int)said.Code);
            Assert.Contains(words, said.Error, StringComparison.Ordinal);
        }
    }

    private static Volume<byte> Box(int from, int to)
    {
        var voxels = new byte[24 * 24 * 24];
        for (var z = from; z < to; z++) for (var y = from; y < to; y++) for (var x = from; x < to; x++) voxels[(z * 24 + y) * 24 + x] = 1;
        return new(Grid, voxels);
    }
}
