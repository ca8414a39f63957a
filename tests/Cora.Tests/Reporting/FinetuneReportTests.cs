using Cora.Evaluation;
using Cora.Reporting;

namespace Cora.Tests.Reporting;

/// <summary>Figures and reports of fine-tuned runs.</summary>
public sealed class FinetuneReportTests
{
    private static readonly Seed Root = Seed.Root(RunCard.StandardSeed);

    [Fact]
    public void A_plaque_report_shows_the_numbers_of_the_evaluation()
    {
        using var folder = new TemporaryFolder();
        var run = folder.Plaque("run", skill: 0.15);

        var page = RunReport.Write(run);

        var target = PredictionTable.Read(Path.Combine(run, "predictions", "plaque-external_test.csv")).Targets[1];
        var resamples = Resamples.Draw(target.Cases, Resamples.Standard, Root.Derive("bootstrap").Derive(target.Target));
        var score = ClassificationScore.Of(target.Cases, 0.5, resamples);
        foreach (var (file, measure, expected) in new[] { ("scores", "auroc", score.Auroc), ("scores", "average_precision", score.AveragePrecision), ("plaque-threshold", "sensitivity", score.Sensitivity), ("plaque-threshold", "f1", score.F1) })
        {
            var csv = Path.Combine(run, "figures", file + ".csv");
            (string, string)[] where = [("split", "external_test"), ("target", "non_calcified_plaque"), ("measure", measure)];
            Assert.Equal(expected.Value, RunsOnDisk.NumberOf(csv, "value", where));
            Assert.Equal(expected.Low, RunsOnDisk.NumberOf(csv, "low", where));
            Assert.Equal(expected.High, RunsOnDisk.NumberOf(csv, "high", where));
        }

        var band = CurveBand.OfRoc(target.Cases, resamples);
        (string, string)[] at = [("split", "external_test"), ("target", "non_calcified_plaque"), ("quantity", "sensitivity"), ("at", "0.25")];
        Assert.Equal(band.Value[25], RunsOnDisk.NumberOf(Path.Combine(run, "figures", "plaque-roc.csv"), "value", at));
        Assert.Equal(band.High[25], RunsOnDisk.NumberOf(Path.Combine(run, "figures", "plaque-roc.csv"), "high", at));
        var calibration = Calibration.Of(target.Cases, resamples);
        Assert.Equal(calibration.Brier.High, RunsOnDisk.NumberOf(Path.Combine(run, "figures", "plaque-calibration.csv"), "high", ("split", "external_test"), ("target", "non_calcified_plaque"), ("quantity", "brier")));
        var decision = DecisionCurve.Of(target.Cases, resamples);
        Assert.Equal(decision.Model.Value[29], RunsOnDisk.NumberOf(Path.Combine(run, "figures", "plaque-decision.csv"), "net_benefit", ("split", "external_test"), ("target", "non_calcified_plaque"), ("threshold", "0.3")));
        var text = File.ReadAllText(page);
        Assert.Contains("research software", text);
        Assert.Contains("digital phantoms only", text);
        Assert.Contains("experiment.toml", text);
    }

    [Fact]
    public void A_forest_is_that_of_strata_and_says_which_groups_hold_one_class_alone()
    {
        using var folder = new TemporaryFolder();
        var run = folder.Plaque("run", skill: 0.15, cases: 72);
        var path = Path.Combine(run, "predictions", "plaque-internal_test.csv");
        File.WriteAllLines(path, File.ReadAllLines(path).Select(line => line.Contains(",A,") && line.Contains(",calcified") ? string.Join(',', line.Split(',')[..4]) + ",1," + line.Split(',')[5] : line));

        RunReport.Write(run);

        var csv = Path.Combine(run, "figures", "plaque-strata.csv");
        var target = PredictionTable.Read(path).Targets[0];
        var strata = Strata.Of(
            target.Cases, Grouping.ByWord("site", target.Columns["site"]), 0.5, (cases, seed) => Resamples.Draw(cases, Resamples.Standard, seed),
            Root.Derive("strata").Derive("internal_test").Derive("calcified_plaque"));
        foreach (var stratum in strata)
        {
            (string, string)[] where = [("split", "internal_test"), ("target", "calcified_plaque"), ("variable", "site"), ("level", stratum.Level)];
            Assert.Equal(stratum.Score.Auroc.Value, RunsOnDisk.NumberOf(csv, "auroc", where));
            Assert.Equal(stratum.Score.Auroc.Low, RunsOnDisk.NumberOf(csv, "low", where));
            Assert.Equal(stratum.Score.Cases, RunsOnDisk.NumberOf(csv, "cases", where));
        }

        Assert.True(double.IsNaN(strata[0].Score.Auroc.Value));
        Assert.Contains("1 group holds one class alone", File.ReadAllText(Path.Combine(run, "report.html")));
    }

    [Fact]
    public void Groups_with_few_cases_of_a_kind_have_a_value_and_no_interval()
    {
        using var folder = new TemporaryFolder();
        var run = folder.Plaque("run", skill: 0.4, cases: 24);         // site B: seven cases, three of them positive

        RunReport.Write(run);

        (string, string)[] where = [("split", "internal_test"), ("target", "calcified_plaque"), ("variable", "site"), ("level", "B")];
        var csv = Path.Combine(run, "figures", "plaque-strata.csv");
        Assert.Equal(3, RunsOnDisk.NumberOf(csv, "positives", where));
        Assert.True(RunsOnDisk.NumberOf(csv, "auroc", where) > 0.5);
        Assert.True(double.IsNaN(RunsOnDisk.NumberOf(csv, "low", where)));
        Assert.Contains("too few for an interval: 3 positive, 4 negative", File.ReadAllText(csv), StringComparison.Ordinal);
    }

    [Fact]
    public void Cases_with_few_positives_are_scored_without_intervals_and_not_tested()
    {
        using var folder = new TemporaryFolder();
        MethodRuns[] methods = [new("CORA", [folder.Plaque("one", 0.3, 1, 8)]), new("scratch", [folder.Plaque("two", 0.1, 2, 8)])];

        FinetuneReport.Compare(methods, folder["out"]);

        (string, string)[] where = [("split", "internal_test"), ("target", "calcified_plaque"), ("measure", "auroc"), ("method", "scratch")];
        var csv = Path.Combine(folder["out"], "figures", "scores.csv");
        Assert.False(double.IsNaN(RunsOnDisk.NumberOf(csv, "value", where)));
        Assert.All(["low", "high", "p_value", "p_value_holm"], column => Assert.True(double.IsNaN(RunsOnDisk.NumberOf(csv, column, where)), column));
        Assert.Contains("too few for an interval: 4 positive, 4 negative", File.ReadAllText(Path.Combine(folder["out"], "report.html")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_figure_is_the_same_bytes_twice()
    {
        using var folder = new TemporaryFolder();
        var run = folder.Plaque("run", skill: 0.2);
        Dictionary<string, string> Written()
        {
            RunReport.Write(run);
            return Directory.EnumerateFiles(Path.Combine(run, "figures")).Append(Path.Combine(run, "report.html")).ToDictionary(f => f, f => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(f))));
        }

        var first = Written();

        Assert.Equal(first, Written());
        Assert.Equal(6 * 3 + 2 + 1, first.Count);
    }

    [Fact]
    public void Cases_of_one_class_make_a_figure_that_says_so()
    {
        using var folder = new TemporaryFolder();
        var run = folder.Plaque("run", skill: 0.2, isOneClass: true);

        var page = RunReport.Write(run);

        Assert.Contains("Not defined:", string.Concat(File.ReadAllText(Path.Combine(run, "figures", "plaque-roc.svg")).Split('<').Where(t => t.StartsWith("text", StringComparison.Ordinal))));
        Assert.Contains("AUROC run not defined (the cases are of one class alone)", File.ReadAllText(page));
        Assert.True(double.IsNaN(RunsOnDisk.NumberOf(Path.Combine(run, "figures", "plaque-roc.csv"), "value", ("quantity", "auroc"))));
    }

    [Fact]
    public void Only_the_validation_split_comes_with_a_warning()
    {
        using var folder = new TemporaryFolder();
        var run = folder.Run("run", "plaque");
        RunsOnDisk.Predicted(run, "plaque", "validation", ["calcified_plaque"], 0.2, 1, 20);

        Assert.Contains("chose the weights", File.ReadAllText(RunReport.Write(run)));
    }

    [Fact]
    public void Stenosis_scores_are_those_of_pooled_counts_with_patients_resampled()
    {
        using var folder = new TemporaryFolder();
        var run = folder.Stenosis("run", 0, 2, 3);

        RunReport.Write(run);

        var csv = Path.Combine(run, "figures", "stenosis-scores.csv");
        LesionCounts[] counts = [new(2, 2, 1, 1), new(1, 2, 1, 1), new(2, 2, 1, 1), new(0, 1, 0, 0)];
        var resamples = Resamples.Draw(4, Resamples.Standard, Root.Derive("bootstrap").Derive("stenosis"));
        var f1 = Bootstrap.Of(at => at.ToArray().Aggregate(default(LesionCounts), (sum, i) => sum + counts[i]).F1, resamples, "");
        Assert.Equal(3.0 / 7, RunsOnDisk.NumberOf(csv, "value", ("measure", "precision")));
        Assert.Equal(3.0 / 5, RunsOnDisk.NumberOf(csv, "value", ("measure", "recall")));
        Assert.Equal(f1.Value, RunsOnDisk.NumberOf(csv, "value", ("measure", "f1")));
        Assert.Equal(f1.Low, RunsOnDisk.NumberOf(csv, "low", ("measure", "f1")));
        Assert.Equal(f1.High, RunsOnDisk.NumberOf(csv, "high", ("measure", "f1")));
        var kinds = Path.Combine(run, "figures", "stenosis-recall-by-kind.csv");
        Assert.Equal(2.0 / 3, RunsOnDisk.NumberOf(kinds, "value", ("measure", "recall_calcified")));
        Assert.Equal(0, RunsOnDisk.NumberOf(kinds, "value", ("measure", "recall_non_calcified")));
        Assert.Equal(1, RunsOnDisk.NumberOf(kinds, "value", ("measure", "recall_grade_2")));
        Assert.Equal(1, RunsOnDisk.NumberOf(Path.Combine(run, "figures", "stenosis-lesions.csv"), "lesions", ("stenosis_grade", "2"), ("composition", "mixed")));
        Assert.Equal(0.6, RunsOnDisk.NumberOf(Path.Combine(run, "figures", "stenosis-froc.csv"), "recall", ("threshold", "0.5")));
        Assert.True(double.IsNaN(RunsOnDisk.NumberOf(Path.Combine(run, "figures", "stenosis-sensitivity.csv"), "precision", ("threshold", "0.7"))));
    }

    [Fact]
    public void Mace_variants_stand_beside_each_other_and_are_tested_against_the_multimodal_one()
    {
        using var folder = new TemporaryFolder();
        var run = folder.Run("run", "mace");
        foreach (var (variant, skill) in new[] { ("image", 0.1), ("clinical", 0.05), ("multimodal", 0.25) }) RunsOnDisk.Predicted(run, "mace-" + variant, "internal_test", ["mace_30d"], skill, 3, 40);

        RunReport.Write(run);

        ScoredCases Cases(string variant) => PredictionTable.Read(Path.Combine(run, "predictions", $"mace-{variant}-internal_test.csv")).Targets[0].Cases;
        var resamples = Resamples.Draw(Cases("image"), Resamples.Standard, Root.Derive("bootstrap").Derive("mace_30d"));
        var p = new[] { "image", "clinical" }.Select(v => AreaComparison.Of(Cases("multimodal"), Cases(v), resamples).PValue).ToArray();
        var holm = Holm.Adjust(p);
        var csv = Path.Combine(run, "figures", "mace-roc.csv");
        Assert.True(double.IsNaN(RunsOnDisk.NumberOf(csv, "p_value", ("method", "multimodal"))));
        Assert.Equal(p[0], RunsOnDisk.NumberOf(csv, "p_value", ("method", "image")), 12);
        Assert.Equal(holm[1], RunsOnDisk.NumberOf(csv, "p_value_holm", ("method", "clinical")), 12);
    }

    [Fact]
    public void A_run_without_a_scorecard_of_predictions_is_told_what_is_missing()
    {
        using var folder = new TemporaryFolder();
        var run = folder.Run("run", "arteries");

        Assert.Contains("predictions/arteries-SPLIT.csv", Assert.Throws<CoraException>(() => RunReport.Write(run)).Message);
    }
}
