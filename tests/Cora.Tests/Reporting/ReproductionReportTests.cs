using System.Reflection;
using System.Runtime.Loader;
using System.Text.RegularExpressions;
using Cora.Cohorts;
using Cora.Evaluation;
using Cora.Reporting;

namespace Cora.Tests.Reporting;

/// <summary>The report of a whole reproduction.</summary>
public sealed partial class ReproductionReportTests
{
    [Fact]
    public void A_whole_reproduction_makes_every_section_and_every_figure_in_three_forms()
    {
        using var folder = new TemporaryFolder();
        var place = folder.Reproduction("out", seeds: 1, cases: 12);
        folder.Imported("out/cohort");

        var page = File.ReadAllText(ReproductionReport.Write(place));

        string[] sections = ["In short", "Study population", "The lesion engine", "Pretraining", "Response maps before any fine-tuning (Fig. S3)", "Plaque characterisation (Fig. 2, S4, S5)", "Stenosis detection (Fig. 3)",
            "Artery segmentation (Fig. 4)", "MACE prediction (Fig. 5)", "The paper&#39;s own numbers beside these", "Costs", "Model cards", "Reporting checklists", "Settings and provenance", "What is missing"];
        Assert.Equal(sections, SectionHeading().Matches(page).Select(m => m.Groups[1].Value));
        string[] figures = ["flow-chart", "claims", "pretraining-curves", "plaque-roc", "plaque-threshold", "plaque-calibration", "plaque-decision", "plaque-strata", "plaque_probe-roc", "plaque_paper-roc", "plaque_arteries-roc",
            "stenosis-lesions", "stenosis-scores", "stenosis-froc", "stenosis-sensitivity", "arteries-scores", "data-efficiency", "mace-roc", "mace-calibration"];
        Assert.All(figures, f => Assert.All([".svg", ".png", ".csv"], end => Assert.True(File.Exists(folder[$"out/figures/{f}{end}"]), f + end)));
        Assert.Contains("nothing about patients", page, StringComparison.Ordinal);
        Assert.Contains("not a medical device", page, StringComparison.Ordinal);
        Assert.Contains("the pipeline works and that the mechanism can act", page, StringComparison.Ordinal);
        Assert.Contains("&lt;at step 3&gt;", page, StringComparison.Ordinal);
        Assert.Contains("Energy is left out", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        Assert.DoesNotContain("http://", page.Replace("http://www.w3.org", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void A_report_is_made_again_from_the_files_and_is_the_same()
    {
        using var folder = new TemporaryFolder();
        folder.Plan("out", 1);
        folder.Cohort("out/cohort");
        folder.Plaque("out/finetune/plaque/cora/seed-1", 0.2, 1, 20);
        var first = File.ReadAllText(ReproductionReport.Write(folder["out"]));

        Assert.Equal(first, File.ReadAllText(ReproductionReport.Write(folder["out"])));
    }

    [Fact]
    public void A_plan_that_has_not_begun_makes_a_report_that_says_what_is_missing()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["out"]);
        File.WriteAllText(folder["out/reproduction.json"], """{"name":"smoke"}""");

        var page = File.ReadAllText(ReproductionReport.Write(folder["out"]));

        Assert.All(["finetune/plaque: no training is there", "finetune/mace: no training is there", "The cohort: flow chart", "The lesion engine", "steps.csv"], gap => Assert.Contains(gap, page, StringComparison.Ordinal));
        Assert.DoesNotContain("What phantoms cannot tell", page, StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_part_is_told_and_hides_no_other()
    {
        using var folder = new TemporaryFolder();
        folder.Plan("out", 1);
        folder.Cohort("out/cohort");
        File.WriteAllText(folder["out/cohort/flowchart.json"], "{ broken");
        folder.Plaque("out/finetune/plaque/cora/seed-1", 0.2, 1, 20);
        folder.Plaque("out/finetune/plaque/mae/seed-1", 0.1, 2, 20);
        folder.Artery("out/finetune/arteries/cora/seed-1", 0.6, 10);
        File.WriteAllText(folder["out/finetune/arteries/cora/seed-1/predictions/arteries-internal_test.csv"], "case_id,site,split\n");

        var page = File.ReadAllText(ReproductionReport.Write(folder["out"]));

        Assert.Contains("flowchart.json is damaged", page, StringComparison.Ordinal);
        Assert.Contains("finetune/arteries cannot be compared", page, StringComparison.Ordinal);
        Assert.Contains("CORA over MAE", page, StringComparison.Ordinal);
        Assert.True(File.Exists(folder["out/figures/plaque-roc.svg"]));
    }

    [Fact]
    public void A_claim_is_the_paired_difference_on_the_same_cases()
    {
        using var folder = new TemporaryFolder();
        folder.Plan("out", 1);
        foreach (var (start, skill, seed) in new[] { ("cora", 0.3, 1), ("scratch", 0.0, 2), ("mae", 0.29, 3) }) folder.Plaque($"out/finetune/plaque/{start}/seed-1", skill, seed, 40);

        ReproductionReport.Write(folder["out"]);

        ScoredCases Cases(string start, string split) => PredictionTable.Read(folder[$"out/finetune/plaque/{start}/seed-1/predictions/plaque-{split}.csv"]).Targets[0].Cases;
        var csv = folder["out/figures/claims.csv"];
        foreach (var (claim, other) in new[] { ("CORA over scratch", "scratch"), ("CORA over MAE", "mae") })
        {
            var (one, two) = (Cases("cora", "external_test"), Cases(other, "external_test"));
            var resamples = Resamples.Draw(one, Resamples.Standard, Seed.Root(RunCard.StandardSeed).Derive("bootstrap").Derive("calcified_plaque"));
            var expected = AreaComparison.Of(one, two, resamples);
            (string, string)[] where = [("claim", claim), ("where", "External test: calcified plaque")];
            Assert.Equal(expected.Difference, RunsOnDisk.NumberOf(csv, "difference", where), 12);
            Assert.Equal(expected.Low, RunsOnDisk.NumberOf(csv, "low", where), 12);
            Assert.Equal(expected.High, RunsOnDisk.NumberOf(csv, "high", where), 12);
            var row = Table.Read(csv) is var table ? table.Rows.First(r => table.Field(r, "claim") == claim && table.Field(r, "where") == "External test: calcified plaque") : null;
            Assert.Equal(expected.Low > 0 ? "holds" : expected.High < 0 ? "does not hold" : "undecided", table.Field(row!, "verdict"));
        }

        var inside = Roc.Area(Cases("cora", "internal_test").Scores, Cases("cora", "internal_test").Truth) - Roc.Area(Cases("scratch", "internal_test").Scores, Cases("scratch", "internal_test").Truth);
        var outside = Roc.Area(Cases("cora", "external_test").Scores, Cases("cora", "external_test").Truth) - Roc.Area(Cases("scratch", "external_test").Scores, Cases("scratch", "external_test").Truth);
        Assert.Equal(outside - inside, RunsOnDisk.NumberOf(csv, "difference", ("claim", "Larger gain on external sites"), ("where", "External less internal: calcified plaque")), 12);
    }

    [Fact]
    public void A_method_that_did_not_learn_its_own_task_is_not_compared()
    {
        using var folder = new TemporaryFolder();
        folder.Plan("out", 1);
        folder.Pretraining("out/pretrain/mae", "mae", hasLearnt: false);
        foreach (var (start, skill) in new[] { ("cora", 0.3), ("mae", 0.0) }) folder.Plaque($"out/finetune/plaque/{start}/seed-1", skill, 1, 20);

        var page = File.ReadAllText(ReproductionReport.Write(folder["out"]));

        Assert.Contains("not comparable in 4 of 4", page, StringComparison.Ordinal);
        Assert.Contains("NOT CONVERGED", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Rules_stand_in_the_tables_of_classification_with_their_own_area_and_are_not_tested()
    {
        using var folder = new TemporaryFolder();
        folder.Plan("out", 1);
        folder.Plaque("out/finetune/plaque/cora/seed-1", 0.2, 1, 20);
        folder.Plaque("out/finetune/plaque/mae/seed-1", 0.1, 2, 20);
        folder.Plaque("out/rules/maximum_hu", 0.02, 3, 20);

        var page = File.ReadAllText(ReproductionReport.Write(folder["out"]));

        var rule = PredictionTable.Read(folder["out/rules/maximum_hu/predictions/plaque-internal_test.csv"]).Targets[0].Cases;
        var csv = folder["out/figures/plaque-scores.csv"];
        (string, string)[] where = [("split", "internal_test"), ("target", "calcified_plaque"), ("measure", "auroc"), ("method", "maximum HU")];
        Assert.Equal(Roc.Area(rule.Scores, rule.Truth), RunsOnDisk.NumberOf(csv, "value", where), 12);
        Assert.True(double.IsNaN(RunsOnDisk.NumberOf(csv, "p_value", where)));
        Assert.Contains("Rule: maximum HU", page, StringComparison.Ordinal);

        // One method is tested against the first, and the rule counts for nothing in the correction.
        var mae = RunsOnDisk.NumberOf(csv, "p_value", ("split", "internal_test"), ("target", "calcified_plaque"), ("measure", "auroc"), ("method", "MAE"));
        Assert.Equal(mae, RunsOnDisk.NumberOf(csv, "p_value_holm", ("split", "internal_test"), ("target", "calcified_plaque"), ("measure", "auroc"), ("method", "MAE")));
    }

    [Fact]
    public void Numbers_of_the_paper_stand_beside_ours()
    {
        using var folder = new TemporaryFolder();
        folder.Plan("out", 1);
        folder.Artery("out/finetune/arteries/cora/seed-1", 0.6, 10);

        ReproductionReport.Write(folder["out"]);

        var table = Table.Read(folder["out/figures/paper-numbers.csv"]);
        string[] Row(string number, string method) => table.Rows.First(r => table.Field(r, "number").Contains(number, StringComparison.Ordinal) && table.Field(r, "method") == method);
        Assert.Equal("0.654", table.Field(Row("segmentation: Dice", "CORA"), "paper"));
        Assert.StartsWith("0.635", table.Field(Row("segmentation: Dice", "CORA"), "here"), StringComparison.Ordinal);       // the mean of 0.60 to 0.67
        Assert.Equal("not made here", table.Field(Row("segmentation: Dice", "from scratch"), "here"));
        Assert.Equal("0.71 (0.68 to 0.73)", table.Field(Row("External test, calcified plaque, AUROC", "MAE"), "paper"));
    }

    [Fact]
    public void A_report_is_drawn_where_there_is_no_torch()
    {
        using var folder = new TemporaryFolder();
        folder.Plan("out", 1);
        folder.Cohort("out/cohort");
        folder.Pretraining("out/pretrain/cora", "cora", hasLearnt: true);
        folder.Plaque("out/finetune/plaque/cora/seed-1", 0.2, 1, 20);
        folder.Stenosis("out/finetune/stenosis/cora/seed-1", 0, 2);
        var house = new WithoutTorch();

        var write = house.LoadFromAssemblyPath(typeof(ReproductionReport).Assembly.Location).GetType(typeof(ReproductionReport).FullName!)!.GetMethod(nameof(ReproductionReport.Write))!;
        var page = (string)write.Invoke(null, [folder["out"]])!;

        Assert.True(File.Exists(page));
        Assert.True(File.Exists(folder["out/figures/plaque-roc.png"]));
        Assert.Throws<FileNotFoundException>(() => house.LoadFromAssemblyName(new("TorchSharp")));
    }

    /// <summary>A second house in this process, in which TorchSharp cannot be found.</summary>
    private sealed class WithoutTorch() : AssemblyLoadContext("without torch")
    {
        protected override Assembly? Load(AssemblyName name) =>
            name.Name!.StartsWith("TorchSharp", StringComparison.Ordinal) ? throw new FileNotFoundException("There is no torch here.", name.Name) : null;
    }

    [GeneratedRegex("<h2 id=\"[^\"]*\">([^<]*)</h2>")]
    private static partial Regex SectionHeading();
}
