using System.Text.Json;
using Cora.Cohorts;
using Cora.Evaluation;
using Cora.Reporting;
using Cora.Tests.Cli;

namespace Cora.Tests.Reporting;

/// <summary>Several methods side by side.</summary>
public sealed class ComparisonTests
{
    [Fact]
    public void Methods_are_tested_against_the_first_and_corrected_over_the_methods()
    {
        using var folder = new TemporaryFolder();
        MethodRuns[] methods = [new("scratch", [folder.Plaque("scratch", 0.05, 2)]), new("CORA", [folder.Plaque("cora", 0.3)]), new("MAE", [folder.Plaque("mae", 0.1, 3)])];

        FinetuneReport.Compare(methods, folder["out"]);

        ScoredCases Cases(string run) => PredictionTable.Read(Path.Combine(folder[run], "predictions", "plaque-internal_test.csv")).Targets[0].Cases;
        var resamples = Resamples.Draw(Cases("cora"), Resamples.Standard, Seed.Root(RunCard.StandardSeed).Derive("bootstrap").Derive("calcified_plaque"));
        var tests = new[] { "scratch", "mae" }.Select(r => AreaComparison.Of(Cases("cora"), Cases(r), resamples)).ToArray();
        var holm = Holm.Adjust([.. tests.Select(t => t.PValue)]);
        var csv = Path.Combine(folder["out"], "figures", "scores.csv");
        foreach (var (i, method) in new[] { "scratch", "MAE" }.Index())
        {
            (string, string)[] where = [("split", "internal_test"), ("target", "calcified_plaque"), ("measure", "auroc"), ("method", method)];
            Assert.Equal(tests[i].Difference, RunsOnDisk.NumberOf(csv, "difference", where), 12);
            Assert.Equal(tests[i].Low, RunsOnDisk.NumberOf(csv, "difference_low", where), 12);
            Assert.Equal(tests[i].Z, RunsOnDisk.NumberOf(csv, "z", where), 9);
            Assert.Equal(holm[i], RunsOnDisk.NumberOf(csv, "p_value_holm", where), 12);
        }
    }

    [Fact]
    public void Seeds_are_averaged_with_the_same_resamples_of_the_cases()
    {
        using var folder = new TemporaryFolder();
        MethodRuns[] methods = [new("CORA", [folder.Plaque("one", 0.2), folder.Plaque("two", 0.1, 5)])];

        FinetuneReport.Compare(methods, folder["out"]);

        var seeds = methods[0].Runs.Select(r => PredictionTable.Read(Path.Combine(r, "predictions", "plaque-internal_test.csv")).Targets[0].Cases).ToArray();
        var resamples = Resamples.Draw(seeds[0], Resamples.Standard, Seed.Root(RunCard.StandardSeed).Derive("bootstrap").Derive("calcified_plaque"));
        var areas = seeds.Select(s => Bootstrap.Areas(s, resamples)).ToArray();
        var means = areas[0].Zip(areas[1], (a, b) => (a + b) / 2).Order().ToArray();
        var (first, second) = (Roc.Area(seeds[0]), Roc.Area(seeds[1]));
        (string, string)[] where = [("split", "internal_test"), ("target", "calcified_plaque"), ("measure", "auroc")];
        var csv = Path.Combine(folder["out"], "figures", "scores.csv");
        Assert.Equal((first + second) / 2, RunsOnDisk.NumberOf(csv, "value", where), 12);
        Assert.Equal(Math.Abs(first - second) / Math.Sqrt(2), RunsOnDisk.NumberOf(csv, "spread", where), 12);
        Assert.Equal(Percentile.OfSorted(means, 97.5), RunsOnDisk.NumberOf(csv, "high", where), 12);
        Assert.Equal(second, RunsOnDisk.NumberOf(Path.Combine(folder["out"], "figures", "trainings.csv"), "value", [.. where, ("run", methods[0].Runs[1])]), 12);
    }

    [Fact]
    public void Arteries_are_scored_at_one_number_of_training_cases_and_shown_at_all()
    {
        using var folder = new TemporaryFolder();
        MethodRuns[] methods =
        [
            new("CORA", [folder.Artery("cora-50", 0.5, 50), folder.Artery("cora-100", 0.6, 100), folder.Artery("cora-200", 0.7, 200)]),
            new("scratch", [folder.Artery("scratch-50", 0.3, 50, undefined: 8), folder.Artery("scratch-100", 0.4, 100, undefined: 2), folder.Artery("scratch-200", 0.5, 200)]),
        ];

        var page = File.ReadAllText(FinetuneReport.Compare(methods, folder["out"]));

        var scores = Path.Combine(folder["out"], "figures", "arteries-scores.csv");
        Assert.Equal(0.635, RunsOnDisk.NumberOf(scores, "value", ("measure", "dice"), ("method", "CORA")), 12);
        Assert.Equal(20 - 4 + 4.5, RunsOnDisk.NumberOf(scores, "value", ("measure", "mean_surface_distance_voxels"), ("method", "scratch")), 12);
        Assert.Equal(0.735, RunsOnDisk.NumberOf(Path.Combine(folder["out"], "figures", "data-efficiency.csv"), "value", ("measure", "dice"), ("method", "CORA"), ("training_cases", "200")), 12);
        Assert.Contains("Mean surface distance (voxels) of scratch at 50 cases", page);
        Assert.Contains("not defined and left out of the mean: Hausdorff 95 (mm) of scratch 2x", page);
        Assert.Contains("with 100 training cases", page);
    }

    [Fact]
    public void Data_efficiency_joins_only_points_of_the_same_seeds_and_keeps_every_training_in_its_table()
    {
        using var folder = new TemporaryFolder();
        string Artery(string name, double dice, int cases, int seed)
        {
            var run = folder.Artery(name, dice, cases);
            File.WriteAllText(Path.Combine(run, "provenance.json"), JsonSerializer.Serialize(new { seeds = new { root = seed } }));
            return run;
        }

        MethodRuns[] methods = [new("CORA", [Artery("few", 0.5, 50, 1), Artery("many-1", 0.6, 100, 1), Artery("many-2", 0.9, 100, 2)])];

        var page = File.ReadAllText(FinetuneReport.Compare(methods, folder["out"]));

        var csv = Path.Combine(folder["out"], "figures", "data-efficiency.csv");
        (string, string)[] Where(string kind, string seeds) => [("kind", kind), ("measure", "dice"), ("training_cases", "100"), ("seeds", seeds)];
        Assert.Equal(0.635, RunsOnDisk.NumberOf(csv, "value", Where("point", "1")), 12);          // the mean of 0.60 to 0.67, of seed 1 alone
        Assert.True(RunsOnDisk.NumberOf(csv, "low", Where("point", "1")) < 0.635);
        Assert.Equal(0.935, RunsOnDisk.NumberOf(csv, "value", Where("training", "2")), 12);
        Assert.Contains("Every point is of the trainings with seed 1, which all points that are joined have in common", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Clinical_data_alone_are_one_model_for_all_starts_and_are_tested_once()
    {
        using var folder = new TemporaryFolder();
        string Mace(string name, double skill, long seed)
        {
            var run = folder.Run(name, "mace");
            foreach (var (variant, s, from) in new[] { ("image", skill, seed), ("multimodal", skill + 0.05, seed), ("clinical", 0.1, 99L) }) RunsOnDisk.Predicted(run, "mace-" + variant, "internal_test", ["mace_30d"], s, from, 40);
            return run;
        }

        FinetuneReport.Compare([new("CORA", [Mace("one", 0.2, 1)]), new("from scratch", [Mace("two", 0.05, 2)]), new("MAE", [Mace("three", 0.1, 3)])], folder["out"]);

        var table = Table.Read(Path.Combine(folder["out"], "figures", "scores.csv"));
        var areas = table.Rows.Where(r => table.Field(r, "measure") == "auroc").ToArray();
        Assert.Equal(
            ["CORA (multimodal)", "CORA (image)", "from scratch (multimodal)", "from scratch (image)", "MAE (multimodal)", "MAE (image)", "clinical data alone"], areas.Select(r => table.Field(r, "method")));
        double Number(string[] row, string column) => double.Parse(table.Field(row, column), System.Globalization.CultureInfo.InvariantCulture);
        var corrected = Holm.Adjust([.. areas.Skip(1).Select(r => Number(r, "p_value"))]);
        Assert.All(areas.Skip(1).Index(), r => Assert.Equal(corrected[r.Index], Number(r.Item, "p_value_holm"), 12));
    }

    [Fact]
    public void Runs_of_other_cases_truths_splits_or_tasks_are_refused_by_name()
    {
        using var folder = new TemporaryFolder();
        var (cora, fewer, stenosis) = (folder.Plaque("cora", 0.2), folder.Plaque("fewer", 0.2, cases: 23), folder.Stenosis("stenosis", 0));
        var unfinished = folder.Plaque("unfinished", 0.2);
        File.Delete(Path.Combine(unfinished, "predictions", "plaque-external_test.csv"));
        var other = folder.Stenosis("other", 1);
        File.WriteAllText(Path.Combine(other, "predictions", "stenosis-internal_test-cases.csv"), File.ReadAllText(Path.Combine(other, "predictions", "stenosis-internal_test-cases.csv")).Replace("s3,A,internal_test,0", "s3,A,internal_test,2", StringComparison.Ordinal));

        string Refusal(string first, string second) => Assert.Throws<CoraException>(() => FinetuneReport.Compare([new("CORA", [first]), new("MAE", [second])], folder["out"])).Message;

        Assert.Contains("case c23", Refusal(cora, fewer));
        Assert.Contains("is stenosis", Refusal(cora, stenosis));
        Assert.Contains(Path.Combine(unfinished, "predictions", "plaque-external_test.csv"), Refusal(cora, unfinished));
        Assert.Contains("case s3 has lesions = 2", Refusal(stenosis, other));
        Assert.False(Directory.Exists(folder["out"]));
    }

    [Fact]
    public void The_command_line_compares_and_says_what_it_lacks()
    {
        using var folder = new TemporaryFolder();
        var (cora, scratch) = (folder.Stenosis("cora", 0, 1, 2), folder.Stenosis("scratch", 4));

        var (code, output, _) = InProcess.Run("report", "--compare", $"CORA={cora}", "--compare", $"scratch={scratch}", "--out", folder["out"]);

        Assert.Equal(ExitCode.Done, code);
        Assert.Equal(Path.Combine(folder["out"], "report.html"), output.Trim());
        Assert.Equal(ExitCode.Usage, InProcess.Run("report").Code);
        Assert.Equal(ExitCode.Usage, InProcess.Run("report", "--compare", $"CORA={cora}").Code);
        Assert.Equal(ExitCode.Usage, InProcess.Run("report", "--compare", cora, "--out", folder["out"]).Code);
        Assert.Equal(ExitCode.Usage, InProcess.Run("report", "--compare", $"CORA={cora}", "--compare", $"MAE={cora}", "--out", folder["out"]).Code);
    }
}
