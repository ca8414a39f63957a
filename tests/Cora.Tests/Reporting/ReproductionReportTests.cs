using System.Reflection;
using System.Runtime.Loader;
using System.Text.RegularExpressions;
using Cora.Cohorts;
using Cora.Evaluation;
using Cora.Reporting;

namespace Cora.Tests.Reporting;

/// <summary>One reproduction for several tests: four starts, one of which did not learn its own task, a rule, and two damaged files.</summary>
public sealed class PartlyDamagedReproduction : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public PartlyDamagedReproduction()
    {
        folder.Plan("out", 1);
        folder.Cohort("out/cohort");
        File.WriteAllText(this["cohort/flowchart.json"], "{ broken");
        folder.Pretraining("out/pretrain/mae", "mae", hasLearnt: false);
        foreach (var (start, skill, seed) in new[] { ("cora", 0.3, 1), ("scratch", 0.0, 2), ("mae", 0.1, 3), ("voco", 0.29, 4) }) folder.Plaque($"out/finetune/plaque/{start}/seed-1", skill, seed, 30);
        folder.Plaque("out/rules/maximum_hu", 0.02, 5, 30);
        folder.Artery("out/finetune/arteries/cora/seed-1", 0.6, 10);
        folder.Stenosis("out/finetune/stenosis/cora/seed-1", 0, 2);
        File.WriteAllText(this["finetune/stenosis/cora/seed-1/predictions/stenosis-internal_test-cases.csv"], "case_id,site,split\n");
        Page = File.ReadAllText(ReproductionReport.Write(folder["out"]));
    }

    public string Page { get; }

    public string this[string name] => folder["out/" + name];

    public void Dispose() => folder.Dispose();
}

/// <summary>The report of a whole reproduction.</summary>
public sealed partial class ReproductionReportTests(PartlyDamagedReproduction partly) : IClassFixture<PartlyDamagedReproduction>
{
    [Fact]
    public void A_whole_reproduction_makes_every_section_and_every_figure_in_three_forms()
    {
        using var folder = new TemporaryFolder();
        var place = folder.Reproduction("out", seeds: 1, cases: 12, starts: 2);
        folder.Imported("out/cohort");

        var page = File.ReadAllText(ReproductionReport.Write(place));

        string[] sections = ["In short", "Study population", "The lesion engine", "Pretraining", "Response maps before any fine-tuning (Fig. S3)", "Plaque characterisation (Fig. 2, S4, S5)", "Stenosis detection (Fig. 3)",
            "Artery segmentation (Fig. 4)", "MACE prediction (Fig. 5)", "The paper&#39;s own numbers beside these", "Costs", "Model cards", "Reporting checklists", "Settings and provenance", "What is missing"];
        Assert.Equal(sections, SectionHeading().Matches(page).Select(m => m.Groups[1].Value));
        string[] figures = ["flow-chart", "claims", "pretraining-curves", "plaque-roc", "plaque-threshold", "plaque-calibration", "plaque-decision", "plaque-strata", "plaque_probe-roc", "plaque_paper-roc", "plaque_arteries-roc",
            "stenosis-lesions", "stenosis-scores", "stenosis-froc", "stenosis-sensitivity", "arteries-scores", "data-efficiency", "mace-roc", "mace-calibration"];
        Assert.All(figures, f => Assert.All([".svg", ".png", ".csv"], end => Assert.True(File.Exists(folder[$"out/figures/{f}{end}"]), f + end)));
        var byHead = Table.Read(folder["out/figures/claims-by-head.csv"]);
        Assert.Equal(4 * 2 * 2, byHead.Rows.Count);                     // heads, kinds of plaque, test sets; against scratch, the only other start here
        Assert.Equal(["plaque_paper", "plaque", "plaque_arteries", "plaque_probe"], byHead.Rows.Select(r => byHead.Field(r, "task")).Distinct());
        Assert.Equal(4, byHead.Rows.Select(r => string.Join(',', r)).Intersect(File.ReadLines(folder["out/figures/claims.csv"])).Count());
        Assert.Contains("Plaque characterisation by head", page, StringComparison.Ordinal);
        Assert.Contains("4.00 %", page, StringComparison.Ordinal);                 // Grad-CAM on the arteries: the mean of 5 and 3 %
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
        folder.Artery("out/finetune/arteries/cora/seed-1", 0.6, 10);
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

        Assert.All(["finetune/plaque_paper: no training is there", "finetune/mace: no training is there", "The cohort: flow chart", "The lesion engine", "steps.csv"], gap => Assert.Contains(gap, page, StringComparison.Ordinal));
        Assert.DoesNotContain("What phantoms cannot tell", page, StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_part_is_told_and_hides_no_other()
    {
        Assert.Contains("flowchart.json is no flow chart", partly.Page, StringComparison.Ordinal);
        Assert.Contains("finetune/stenosis cannot be compared", partly.Page, StringComparison.Ordinal);
        Assert.Contains("CORA over VoCo", partly.Page, StringComparison.Ordinal);
        Assert.True(File.Exists(partly["figures/plaque-roc.svg"]));
    }

    [Fact]
    public void A_claim_is_the_paired_difference_on_the_same_cases()
    {
        ScoredCases Cases(string start, string split) => PredictionTable.Read(partly[$"finetune/plaque/{start}/seed-1/predictions/plaque-{split}.csv"]).Targets[0].Cases;
        var csv = partly["figures/claims.csv"];
        var table = Table.Read(csv);
        foreach (var (claim, other) in new[] { ("CORA over scratch", "scratch"), ("CORA over VoCo", "voco") })
        {
            var (one, two) = (Cases("cora", "external_test"), Cases(other, "external_test"));
            var resamples = Resamples.Draw(one, Resamples.Standard, Seed.Root(RunCard.StandardSeed).Derive("bootstrap").Derive("calcified_plaque"));
            var expected = AreaComparison.Of(one, two, resamples);
            (string, string)[] where = [("claim", claim), ("where", "External test: calcified plaque")];
            Assert.Equal(expected.Difference, RunsOnDisk.NumberOf(csv, "difference", where), 12);
            Assert.Equal(expected.Low, RunsOnDisk.NumberOf(csv, "low", where), 12);
            Assert.Equal(expected.High, RunsOnDisk.NumberOf(csv, "high", where), 12);
            var row = table.Rows.First(r => table.Field(r, "claim") == claim && table.Field(r, "where") == "External test: calcified plaque");
            Assert.Equal(expected.Low > 0 ? "holds" : expected.High < 0 ? "does not hold" : "undecided", table.Field(row, "verdict"));
        }

        double Gain(string split) => Roc.Area(Cases("cora", split).Scores, Cases("cora", split).Truth) - Roc.Area(Cases("scratch", split).Scores, Cases("scratch", split).Truth);
        Assert.Equal(Gain("external_test") - Gain("internal_test"), RunsOnDisk.NumberOf(csv, "difference", ("claim", "Larger gain on external sites"), ("where", "External less internal: calcified plaque")), 12);
    }

    [Fact]
    public void A_method_that_did_not_learn_its_own_task_is_not_compared()
    {
        Assert.Contains("not comparable in 4 of 4", partly.Page, StringComparison.Ordinal);
        Assert.Contains("NOT CONVERGED", partly.Page, StringComparison.Ordinal);
    }

    [Fact]
    public void Rules_stand_in_the_tables_of_classification_with_their_own_area_and_are_not_tested()
    {
        var rule = PredictionTable.Read(partly["rules/maximum_hu/predictions/plaque-internal_test.csv"]).Targets[0].Cases;
        var csv = partly["figures/plaque-scores.csv"];
        (string, string)[] Where(string method) => [("split", "internal_test"), ("target", "calcified_plaque"), ("measure", "auroc"), ("method", method)];
        Assert.Equal(Roc.Area(rule.Scores, rule.Truth), RunsOnDisk.NumberOf(csv, "value", Where("maximum HU")), 12);
        Assert.True(double.IsNaN(RunsOnDisk.NumberOf(csv, "p_value", Where("maximum HU"))));
        Assert.Contains("Rule: maximum HU", partly.Page, StringComparison.Ordinal);

        // Three methods are tested against the first, and the rule counts for nothing in the correction.
        string[] tested = ["from scratch", "MAE", "VoCo"];
        var corrected = Holm.Adjust([.. tested.Select(m => RunsOnDisk.NumberOf(csv, "p_value", Where(m)))]);
        foreach (var (i, method) in tested.Index()) Assert.Equal(corrected[i], RunsOnDisk.NumberOf(csv, "p_value_holm", Where(method)), 12);
    }

    [Fact]
    public void Numbers_of_the_paper_stand_beside_ours()
    {
        var table = Table.Read(partly["figures/paper-numbers.csv"]);
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
        folder.Stenosis("out/finetune/stenosis/cora/seed-1", 0, 2);
        var house = new WithoutTorch();

        var write = house.LoadFromAssemblyPath(typeof(ReproductionReport).Assembly.Location).GetType(typeof(ReproductionReport).FullName!)!.GetMethod(nameof(ReproductionReport.Write))!;
        var page = (string)write.Invoke(null, [folder["out"]])!;

        Assert.True(File.Exists(page));
        Assert.True(File.Exists(folder["out/figures/stenosis-froc.png"]));
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
