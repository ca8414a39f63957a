using Cora.Cohorts;
using Cora.Reporting;

namespace Cora.Tests.Reporting;

public sealed class FrocFigureTests
{
    private static readonly string[] Froc = ["threshold", "recall", "false_positives_a_volume", "predicted_voxels_a_lesion_voxel"];

    [Fact]
    public void A_map_that_marks_everything_is_not_shown_to_find_everything()
    {
        using var folder = new TemporaryFolder();
        var run = folder.Stenosis("run", 0, 2);
        Table.Write(Path.Combine(run, "predictions", "stenosis-internal_test-froc.csv"), Froc, [new object?[] { 0.05, 1.0, 0.0, 4000 }, [0.2, 1.0, 57.0, 12], [0.5, 0.6, 1.5, 2], [0.8, 0.2, 0.25, 0.1]]);

        var figure = Of(new MethodRuns("CORA", [run]));

        Assert.Contains("CORA finds at most 0.60 of the lesions, at 1.5 wrong pieces a volume", figure.Caption, StringComparison.Ordinal);
        Assert.DoesNotContain("1.00", figure.Caption, StringComparison.Ordinal);
        Assert.Equal([(0.05, false), (0.2, false), (0.5, true), (0.8, true)], Shown(figure));
    }

    [Fact]
    public void A_run_that_allows_more_shows_more()
    {
        using var folder = new TemporaryFolder();
        var run = folder.Stenosis("run", 0, 2);
        File.WriteAllText(Path.Combine(run, "scorecard.json"), """{"task":"stenosis","cases":10,"details":{"max_volume_ratio":15}}""");
        Table.Write(Path.Combine(run, "predictions", "stenosis-internal_test-froc.csv"), Froc, [new object?[] { 0.2, 1.0, 57.0, 12 }, [0.5, 0.6, 1.5, 2]]);

        Assert.Equal([(0.2, true), (0.5, true)], Shown(Of(new MethodRuns("CORA", [run]))));
    }

    [Fact]
    public void The_mean_is_taken_at_equal_thresholds_that_every_training_accepts()
    {
        using var folder = new TemporaryFolder();
        string[] runs = [folder.Stenosis("one", 0, 2), folder.Stenosis("two", 0, 2)];
        Table.Write(Path.Combine(runs[0], "predictions", "stenosis-internal_test-froc.csv"), Froc, [new object?[] { 0.2, 0.9, 9.0, 5 }, [0.5, 0.6, 4.0, 2], [0.8, 0.2, 0.5, 0.1]]);
        Table.Write(Path.Combine(runs[1], "predictions", "stenosis-internal_test-froc.csv"), Froc, [new object?[] { 0.2, 1.0, 0.0, 900 }, [0.5, 0.8, 2.0, 3], [0.8, 0.4, 1.5, 0.3]]);

        var mean = DetectionPoints.MeanOf(DetectionPoints.Read(MethodSeries.Of([new("CORA", runs)], "stenosis"), "internal_test", "-froc", ["threshold"], ["false_positives_a_volume", "recall"])![0]).Shown(1).ToArray();

        Assert.Equal([0.8, 0.5], mean.Select(p => p.Threshold));          // from the highest: a line that never turns back without its map doing so
        Assert.Equal([1.0, 3.0], mean.Select(p => p.Values[0]), (a, b) => Math.Abs(a - b) < 1e-12);
        Assert.Equal([0.3, 0.7], mean.Select(p => p.Values[1]), (a, b) => Math.Abs(a - b) < 1e-12);
        Assert.Contains("CORA finds at most 0.70 of the lesions, at 3.0 wrong pieces a volume", Of(new MethodRuns("CORA", runs)).Caption, StringComparison.Ordinal);
    }

    [Fact]
    public void A_training_that_marks_too_much_everywhere_leaves_its_method_without_a_mean()
    {
        using var folder = new TemporaryFolder();
        string[] runs = [folder.Stenosis("one", 0, 2), folder.Stenosis("two", 0, 2)];
        Table.Write(Path.Combine(runs[1], "predictions", "stenosis-internal_test-froc.csv"), Froc, [new object?[] { 0.2, 1.0, 0.0, 900 }, [0.5, 1.0, 0.0, 600], [0.8, 1.0, 0.5, 30]]);

        Assert.Contains("CORA has no mean, for no threshold is accepted in all its trainings (1 of 2 have one)", Of(new MethodRuns("CORA", runs)).Caption, StringComparison.Ordinal);
    }

    [Fact]
    public void An_older_table_vouches_for_the_chosen_threshold_and_those_above_it()
    {
        using var folder = new TemporaryFolder();
        var run = folder.Stenosis("run", 0, 2);
        Table.Write(Path.Combine(run, "predictions", "stenosis-internal_test-froc.csv"), Froc[..3], [new object?[] { 0.05, 1.0, 0.0 }, [0.2, 0.9, 57.0], [0.5, 0.6, 1.5], [0.8, 0.2, 0.25]]);
        void Card(string ratio) => File.WriteAllText(Path.Combine(run, "scorecard.json"), $$"""{"task":"stenosis","cases":10,"splits":{"internal_test":{"thresholds":[0.5],"predicted_voxels_a_lesion_voxel":{{ratio}} } } }""");

        Card("3.4");
        var figure = Of(new MethodRuns("CORA", [run]));
        Card("24.6");
        var refused = Of(new MethodRuns("CORA", [run]));

        Assert.Equal([(0.05, false), (0.2, false), (0.5, true), (0.8, true)], Shown(figure));
        Assert.Contains("Some tables are of an earlier version", figure.Summary, StringComparison.Ordinal);
        Assert.All(Shown(refused), p => Assert.False(p.IsShown));
        Assert.Contains("CORA has no threshold at which it is known to mark little enough", refused.Caption, StringComparison.Ordinal);
        Assert.NotEmpty(Figures.Write(refused, folder["figures"]));
    }

    [Fact]
    public void The_best_setting_is_told_of_accepted_thresholds_alone()
    {
        using var folder = new TemporaryFolder();
        var run = folder.Stenosis("run", 0, 2);
        Table.Write(Path.Combine(run, "predictions", "stenosis-internal_test-sensitivity.csv"), ["threshold", "connectivity", "min_predicted_voxels", "precision", "recall", "f1", "predicted_voxels_a_lesion_voxel"],
            [new object?[] { 0.05, 26, 0, 1.0, 1.0, 1.0, 4000 }, [0.5, 26, 0, 0.5, 0.6, 0.55, 2.0], [0.7, 26, 0, null, 0.0, 0.0, 0.5]]);

        var figure = TaskFigures.Of([new("CORA", [run])], 20).Figures.Single(f => f.Name == "stenosis-sensitivity");

        Assert.Contains("Highest: CORA 0.55 at threshold 0.5, connectivity 26, pieces of 0 voxels and more.", figure.Caption, StringComparison.Ordinal);
    }

    private static IFigure Of(MethodRuns runs) => TaskFigures.Of([runs], 20).Figures.Single(f => f.Name == "stenosis-froc");

    private static (double Threshold, bool IsShown)[] Shown(IFigure figure)
    {
        var (threshold, shown) = (figure.Data.Header.ToList().IndexOf("threshold"), figure.Data.Header.ToList().IndexOf("is_shown"));
        return [.. figure.Data.Rows.Select(r => ((double)r[threshold]!, (bool)r[shown]!))];
    }
}
