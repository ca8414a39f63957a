using CsCheck;
using Cora.Cohorts;
using Cora.Phantom;
using Cora.Radiology;
using Cora.Tests.Cli;

namespace Cora.Tests.Radiology;

public sealed class ReportLabelTests
{
    private static readonly ReportLabeller Labeller = new(ReportRules.Standard);

    /// <summary>What docs/results/report-labels.md states; a change of the rules shows here.</summary>
    [Theory]
    [InlineData(false, 48, 50, 49)]
    [InlineData(true, 56, 56, 58)]
    public void The_hand_written_passages_are_read_as_well_as_is_stated(bool isHeldBack, int right, int given, int stated)
    {
        var passages = Passage.All().Where(p => p.IsHeldBack == isHeldBack).ToArray();
        var scores = passages[0].Labels.Keys.Select(label => LabelScore.Of(label, passages.Select(p => (LabelScore.Value(Labeller.Read(p.Text), label), (string?)p.Labels[label])))).ToArray();

        foreach (var s in scores) TestContext.Current.SendDiagnosticMessage($"{(isHeldBack ? "held back" : "tuning")} {s.Label}: precision {s.Precision:0.000}, recall {s.Recall:0.000}");
        Assert.Equal(30, passages.Length);
        Assert.Equal(right, scores.Sum(s => s.TrueOnes + s.TrueZeros));
        Assert.Equal(given, scores.Sum(s => s.TrueOnes + s.TrueZeros + s.FalseOnes + s.FalseZeros));
        Assert.Equal(stated, scores.Sum(s => s.TrueOnes + s.TrueZeros + s.MissedOnes + s.MissedZeros));
    }

    [Theory]
    [InlineData("COMPARISON: Soft plaque in the LAD.\nFINDINGS: No plaque.", "non_calcified_plaque", "0")]
    [InlineData("INDICATION: Known calcified plaque.\nTECHNIQUE: Stents are imaged with a sharp kernel.", "calcified_plaque", null)]
    [InlineData("TECHNIQUE: Stents are imaged with a sharp kernel.", "stent", null)]
    [InlineData("INDICATION: Stent in the LAD.", "stent", "1")]
    [InlineData("No soft plaque in the LAD.", "non_calcified_plaque", null)]          // the other vessels may have it
    [InlineData("LAD: No plaque.\nLCx: No plaque.\nRCA: No plaque.", "non_calcified_plaque", "0")]
    [InlineData("LAD: Calcified plaque.\nLCx: No plaque.\nRCA: No plaque.", "non_calcified_plaque", "0")]
    [InlineData("LAD: Plaque.\nLCx: No plaque.\nRCA: No plaque.", "non_calcified_plaque", null)]
    [InlineData("LAD: Possible soft plaque.\nLCx: No plaque.\nRCA: No plaque.", "non_calcified_plaque", null)]
    [InlineData("Calcified plaque in the RCA. IMPRESSION: No calcified plaque.", "calcified_plaque", null)]
    [InlineData("No plaque other than a small calcified plaque of the RCA.", "calcified_plaque", "1")]
    [InlineData("There is a calcified plaque in the\nproximal left anterior descending\nartery without stenosis.", "calcified_plaque", "1")]
    [InlineData("No stenosis greater than 50 %.", "stenosis", null)]
    [InlineData("No high-risk plaque.", "non_calcified_plaque", null)]
    [InlineData("Father had bypass surgery.", "bypass", null)]
    [InlineData("", "stenosis", null)]
    public void A_label_is_what_the_report_says_and_empty_where_it_does_not(string report, string label, string? value) => Assert.Equal(value, Labeller.Read(report)[label].Value);

    [Theory]
    [InlineData("Mixed plaque of the LAD, 25-49 % stenosis.", "2")]
    [InlineData("Stenosis of 70% in the RCA and a mild stenosis of the LAD.", "4")]
    [InlineData("Moderate narrowing of D1.", "3")]
    [InlineData("Severe calcified plaque without stenosis.", null)]
    public void The_worst_stenosis_has_its_grade(string report, string? grade) => Assert.Equal(grade, Labeller.Read(report)["stenosis_grade"].Value);

    [Fact]
    public void Reports_of_phantoms_give_their_truth_or_nothing()
    {
        var patients = PhantomPatient.DrawAll(new() { Cases = 200, Sites = 3, Size = 32, Seed = 12 }).ToArray();
        var read = patients.Select(p => (Patient: p, Labels: Labeller.Read(p.Report.Text))).ToArray();

        var calcified = LabelScore.Of("calcified_plaque", read.Select(r => (r.Labels["calcified_plaque"].Value, (string?)(r.Patient.HasCalcifiedPlaque ? "1" : "0"))));
        var soft = LabelScore.Of("non_calcified_plaque", read.Select(r => (r.Labels["non_calcified_plaque"].Value, (string?)(r.Patient.HasNonCalcifiedPlaque ? "1" : "0"))));
        Assert.Equal((1.0, 1.0), (calcified.Precision, soft.Precision));
        Assert.InRange(calcified.Recall, 0.94, 1);
        Assert.InRange(soft.Recall, 0.94, 1);
        Assert.All(read, r => Assert.Equal($"{r.Patient.CadRads}", r.Labels["cad_rads"].Value));
        Assert.All(read.Where(r => r.Labels["calcified_plaque"].Value is null), r => Assert.True(r.Patient.Report.IsContradictory));
    }

    [Fact]
    public void Any_salad_of_the_rules_own_words_is_read()
    {
        string[] words = [.. ReportRules.Standard.Text.Split(['"', ',', '[', ']', '\n', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Where(w => w.All(c => char.IsLetterOrDigit(c) || c == '-')), ".", ",", ":", ";", "\n", "50 %", "LAD:", "plaque", "\u2013"];

        (from picks in Gen.Int[0, words.Length - 1].Array[0, 120] select string.Join(' ', picks.Select(i => words[i]))).Sample(
            report => Assert.All(Labeller.Read(report).Labels, label => Assert.True(label.Value is null || (label.Status == ReportStatus.Stated && label.Evidence.Count > 0))), iter: 200);
    }

    [Fact]
    public void Each_label_has_the_sentence_that_made_it()
    {
        var labels = Labeller.Read("FINDINGS: Dominance is right. The LAD shows a soft plaque with mild stenosis; the RCA is normal.\nIMPRESSION: CAD-RADS 2/S.");

        var evidence = Assert.Single(labels["non_calcified_plaque"].Evidence);
        Assert.Equal(("findings", "The LAD shows a soft plaque with mild stenosis;", "LAD"), (evidence.Section, evidence.Sentence, Assert.Single(evidence.Vessels)));
        Assert.Equal(("1", "impression"), (labels["stent"].Value, labels["stent"].Evidence[0].Section));
        Assert.Equal("2", labels["cad_rads"].Value);
        Assert.Equal(ReportStatus.NotStated, labels["bypass"].Status);
    }

    [Fact]
    public void Own_rules_take_the_place_of_the_shipped_ones_and_broken_ones_are_refused()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["report.txt"], "Weicher Plaque im RIVA.");
        var shipped = InProcess.Run("labels", "--print-rules").Output;
        File.WriteAllText(folder["own.toml"], shipped + "\n[[mention]]\nname = \"weich\"\npattern = '''\\bweicher plaque\\b'''\nasserted_1 = [\"non_calcified_plaque\"]\n");
        File.WriteAllText(folder["broken.toml"], shipped + "\n[[mention]]\nname = \"x\"\npattern = '''('''\n");

        Assert.Contains("non_calcified_plaque  -", InProcess.Run("labels", folder["report.txt"]).Output);
        Assert.Contains("non_calcified_plaque  1", InProcess.Run("labels", folder["report.txt"], "--rules", folder["own.toml"]).Output);
        Assert.Equal(ExitCode.Usage, InProcess.Run("labels", folder["report.txt"], "--rules", folder["broken.toml"]).Code);
    }

    [Fact]
    public void A_cohort_is_filled_where_it_is_empty_and_labels_csv_holds_the_sentences()
    {
        using var folder = new TemporaryFolder();
        PhantomCohort.Write(new() { Cases = 6, Sites = 1, Size = 32, Seed = 5 }, folder["c"], null, 2, false, TestContext.Current.CancellationToken);
        var cohort = Cohort.Load(folder["c"]);
        File.WriteAllText(cohort.PathOf(cohort.Cases[0].Report!), "Only calcified plaque in the coronary arteries.");
        File.WriteAllText(cohort.PathOf(cohort.Cases[1].Report!), "Possible calcified plaque.");
        CaseRow[] rows = [.. cohort.Cases.Select((c, i) => c with { CalcifiedPlaque = i == 1 ? true : null, NonCalcifiedPlaque = i == 0 ? true : null })];
        CohortFiles.Write(folder["c"], cohort.Description, rows, [.. cohort.Clinical], [.. cohort.Lesions]);

        var (code, output, _) = InProcess.Run("labels", folder["c"], "--quiet");
        var filled = Cohort.Load(folder["c"]);

        Assert.Equal(ExitCode.Done, code);
        Assert.Contains("6 reports;", output);
        Assert.Equal((true, true), (filled.Cases[0].CalcifiedPlaque, filled.Cases[0].NonCalcifiedPlaque));          // the 1 that stood there is kept
        Assert.True(filled.Cases[1].CalcifiedPlaque);
        Assert.StartsWith("reports:rules-", filled.Description.LabelOrigin);
        Assert.Contains("Only calcified plaque in the coronary arteries.", File.ReadAllText(folder["c/labels.csv"]));
        InProcess.Run("labels", folder["c"], "--quiet", "--overwrite");
        Assert.Equal((false, (bool?)null), (Cohort.Load(folder["c"]).Cases[0].NonCalcifiedPlaque, Cohort.Load(folder["c"]).Cases[1].CalcifiedPlaque));
    }
}
