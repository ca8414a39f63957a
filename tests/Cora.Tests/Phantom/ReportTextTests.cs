using System.Text.RegularExpressions;
using Cora.Cohorts;
using Cora.Phantom;

namespace Cora.Tests.Phantom;

/// <summary>A reader of its own, with plain rules for synonyms and negations, gets the labels back out of the text.</summary>
public sealed partial class ReportTextTests
{
    private static readonly PhantomPatient[] Patients =
        [.. Enumerable.Range(0, 2000).Select(i => PhantomPatient.Draw(new() { Seed = 5 }, Split.Train, 0, i))];

    [Fact]
    public void Findings_always_tell_the_truth() =>
        Assert.All(Patients, p => Assert.Equal((p.HasCalcifiedPlaque, p.HasNonCalcifiedPlaque), Read(Findings(p))));

    [Fact]
    public void The_impression_tells_the_truth_unless_it_is_declared_contradictory() =>
        Assert.All(Patients, p => Assert.Equal((p.HasCalcifiedPlaque != p.Report.IsContradictory, p.HasNonCalcifiedPlaque), Read(Impression(p))));

    [Fact]
    public void About_one_report_in_forty_contradicts_itself() =>
        Assert.Equal(0.025, Patients.Count(p => p.Report.IsContradictory) / 2000.0, 3 * Math.Sqrt(0.025 * 0.975 / 2000));

    [Fact]
    public void CAD_RADS_is_the_grade_of_the_worst_stenosis() =>
        Assert.All(Patients, p =>
        {
            var worst = p.Plaques.Select(q => q.StenosisPercent).DefaultIfEmpty(0).Max();
            Assert.EndsWith($"CAD-RADS {LesionRow.GradeOf(worst)}.\n", p.Report.Text);
        });

    [Fact]
    public void Every_vessel_is_described_and_no_pseudonym_is_named() =>
        Assert.All(Patients, p =>
        {
            Assert.All(new[] { "LM: ", "LAD: ", "LCX: ", "RCA: " }, vessel => Assert.Contains(vessel, p.Report.Text));
            Assert.DoesNotContain(p.CaseId, p.Report.Text);
        });

    [Fact]
    public void Synonyms_and_negations_are_all_used()
    {
        var everything = string.Concat(Patients.Select(p => p.Report.Text));

        Assert.All(
            new[] { "soft plaque", "noncalcified", "calcific plaque", "partially calcified", "mixed plaque", "no calcified plaque", "free of plaque", "without", "total occlusion" },
            words => Assert.Contains(words, everything));
    }

    private static string Findings(PhantomPatient p) => p.Report.Text.Split("Impression:")[0];

    private static string Impression(PhantomPatient p) => p.Report.Text.Split("Impression:")[1];

    private static (bool Calcified, bool NonCalcified) Read(string text)
    {
        var (calcified, nonCalcified) = (false, false);
        foreach (Match mention in Mention().Matches(text))
        {
            if (mention.Groups["no"].Success) continue;
            var words = mention.Groups["kind"].Value.ToLowerInvariant();
            if (words is "mixed" or "partially calcified") (calcified, nonCalcified) = (true, true);
            else if (words is "calcified" or "calcific") calcified = true;
            else nonCalcified = true;
        }

        return (calcified, nonCalcified);
    }

    [GeneratedRegex(@"(?<no>\b(?:no|without)\s+)?(?<![-\w])(?<kind>mixed|partially calcified|non-?calcified|soft|calcified|calcific)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Mention();
}
