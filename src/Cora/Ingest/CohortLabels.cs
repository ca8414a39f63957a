using System.Security.Cryptography;
using System.Text;
using Cora.Cohorts;
using Cora.Radiology;

namespace Cora.Ingest;

/// <summary>What the reports of a cohort gave for one label.</summary>
public sealed record LabelTally(string Label, int Ones, int Zeros, int InDoubt, int Contradictory, int NotStated);

/// <summary>What came of labelling a cohort.</summary>
/// <param name="Reports">Cases with a report.</param>
/// <param name="Tallies">One a label that is there or not.</param>
/// <param name="Filled">Fields of cases.csv that were written.</param>
/// <param name="Kept">Fields that say otherwise than the report and were left alone.</param>
public sealed record LabelOutcome(int Reports, IReadOnlyList<LabelTally> Tallies, int Filled, int Kept);

/// <summary>Fills the plaque labels of a cohort from its reports, and writes labels.csv: every label with the sentence that made it.</summary>
public static class CohortLabels
{
    private static readonly string[] Columns = ["case_id", "label", "value", "status", "says", "finding", "how", "vessels", "section", "sentence"];

    /// <summary>Reads all reports; writes unless <paramref name="dryRun"/>.</summary>
    /// <param name="cohort">The cohort; its tables are written again.</param>
    /// <param name="rules">The rules.</param>
    /// <param name="overwrite">Whether labels that stand in cases.csv give way to the report, empty ones included; else only empty fields are filled.</param>
    /// <param name="dryRun">Whether only to count.</param>
    /// <param name="progress">Told after every report.</param>
    /// <param name="stop">Stops between reports; nothing is written then.</param>
    /// <exception cref="CoraException">No case has a report, or one cannot be read.</exception>
    public static LabelOutcome Fill(Cohort cohort, ReportRules rules, bool overwrite, bool dryRun, IProgress<RunEvent>? progress = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(cohort);
        ArgumentNullException.ThrowIfNull(rules);
        CaseRow[] told = [.. cohort.Cases.Where(c => c.Report is not null)];
        if (told.Length == 0) throw new CoraException($"No case of {cohort.Folder} has a report.", "Import de-identified reports first, for example with `cora import nifti --reports DIR`.");
        var labeller = new ReportLabeller(rules);
        var labels = new Dictionary<string, ReportLabels>();
        foreach (var row in told)
        {
            stop.ThrowIfCancellationRequested();
            labels[row.CaseId] = labeller.Read(File.ReadAllText(cohort.PathOf(row.Report!)));
            progress?.Report(new Progressed("labels", labels.Count, told.Length, "reports"));
        }

        var (filled, kept) = (0, 0);
        CaseRow[] rows = [.. cohort.Cases.Select(row => labels.TryGetValue(row.CaseId, out var read) ? row with
        {
            CalcifiedPlaque = Merged(row.CalcifiedPlaque, read.IsPresent("calcified_plaque")),
            NonCalcifiedPlaque = Merged(row.NonCalcifiedPlaque, read.IsPresent("non_calcified_plaque")),
        } : row)];
        var outcome = new LabelOutcome(told.Length, [.. ReportLabels.Presences.Select(label => Tally(label, labels.Values))], filled, kept);
        if (dryRun) return outcome;
        Table.Write(Path.Combine(cohort.Folder, "labels.csv"), Columns, told.SelectMany(row => labels[row.CaseId].Labels.SelectMany(label => label.Evidence.Select(e => new object?[]
        {
            row.CaseId, label.Name, label.Value, WordOf(label.Status), e.Says, e.Finding, e.How, string.Join(' ', e.Vessels), e.Section, e.Sentence,
        }))));
        var origin = "reports:rules-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(rules.Text)))[..8];
        CohortFiles.Write(cohort.Folder, cohort.Description with { LabelOrigin = origin }, rows, [.. cohort.Clinical], [.. cohort.Lesions], tablesOnly: true);
        return outcome;

        bool? Merged(bool? before, bool? report)
        {
            if (before == report) return before;
            if (before is null || overwrite)
            {
                filled++;
                return report;
            }

            if (report is not null) kept++;
            return before;
        }
    }

    /// <summary>The word of a status in labels.csv.</summary>
    public static string WordOf(ReportStatus status) => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(status.ToString());

    private static LabelTally Tally(string label, IEnumerable<ReportLabels> labels)
    {
        var mine = labels.Select(l => l[label]).ToArray();
        return new(
            label, mine.Count(l => l.Value == "1"), mine.Count(l => l.Value == "0"), mine.Count(l => l.Status == ReportStatus.InDoubt),
            mine.Count(l => l.Status == ReportStatus.Contradictory), mine.Count(l => l.Status == ReportStatus.NotStated));
    }
}
