using System.Globalization;
using Cora.Cohorts;
using Cora.Imaging;

namespace Cora.Ingest;

/// <summary>
/// Applies exclusion criteria to a cohort. Excluded cases stay in cases.csv with an empty split and are listed in excluded.csv, so that other criteria can take them
/// in again; flowchart.json says how many left at each step and why (Fig. S1).
/// </summary>
public static class Selection
{
    private const string FromReports = "report.";
    private const string FromImage = "image.";

    /// <summary>Selects anew: what an earlier selection excluded is considered again.</summary>
    /// <param name="cohort">The cohort; its tables are written again.</param>
    /// <param name="criteriaPath">The criteria.</param>
    /// <param name="dryRun">Whether only to count.</param>
    /// <param name="warn">Told what is allowed but probably not meant.</param>
    /// <exception cref="CoraException">The criteria do not fit, a table or column is not there, or no case remains.</exception>
    public static FlowChart Apply(Cohort cohort, string criteriaPath, bool dryRun = false, Action<string>? warn = null)
    {
        ArgumentNullException.ThrowIfNull(cohort);
        var criteria = SelectionCriteria.Load(criteriaPath);
        var earlier = ExcludedCase.Read(cohort.Folder).ToDictionary(e => e.CaseId, e => e.Split);
        CaseRow[] all = [.. cohort.Cases.Select(c => earlier.TryGetValue(c.CaseId, out var split) ? c with { Split = split } : c)];
        var values = new Values(cohort, criteria.Folder);
        var excluded = new List<ExcludedCase>();
        var remaining = all;
        var steps = FlowChart.Read(cohort.Folder)?.Steps.Where(s => s.MadeBy == "import").ToList() ?? [];
        if (steps.Count == 0) steps.Add(new("Cases of the cohort", all.Length, Patients(all), [], "import"));
        steps[^1] = steps[^1] with { Excluded = [] };
        foreach (var step in criteria.Steps)
        {
            var left = Left(step, remaining, values);
            excluded.AddRange(left);
            var gone = left.Select(e => e.CaseId).ToHashSet();
            remaining = [.. remaining.Where(c => !gone.Contains(c.CaseId))];
            steps[^1] = steps[^1] with { Excluded = FlowChart.ExclusionsOf(left.Select(e => (e.Reason, e.PatientId))) };
            steps.Add(new(step.Name, remaining.Length, Patients(remaining), [], "select"));
        }

        if (remaining.Length == 0) throw new CoraException($"No case of {cohort.Folder} passes {criteriaPath}.", "Loosen the criteria; --dry-run counts without writing.");
        var excludedIds = excluded.Select(e => e.CaseId).ToHashSet();
        CaseRow[] rows = [.. all.Select(c => excludedIds.Contains(c.CaseId) ? c with { Split = Split.None } : c.Split == Split.None ? c with { Split = criteria.Split } : c)];
        if (excluded.Count > 0 && rows.Any(r => r.Split == Split.None && !excludedIds.Contains(r.CaseId)))
            warn?.Invoke("Some cases that remain have no split, as those that are excluded; give them one (split = \"pretrain\" in the criteria), or only excluded.csv tells them apart.");
        var chart = new FlowChart(steps, FlowChart.GroupsOf(rows.Where(r => !excludedIds.Contains(r.CaseId))));
        if (dryRun) return chart;
        ExcludedCase.Write(cohort.Folder, excluded);
        chart.Write(cohort.Folder);
        CohortFiles.Write(cohort.Folder, cohort.Description, rows, [.. cohort.Clinical], [.. cohort.Lesions], tablesOnly: true);
        return chart;
    }

    /// <summary>The cases that a step excludes, each with the first rule that it meets.</summary>
    private static List<ExcludedCase> Left(SelectionStep step, IEnumerable<CaseRow> cases, Values values)
    {
        var left = new List<ExcludedCase>();
        var firsts = step.Rules.Where(r => r.FirstOf.Length > 0).ToDictionary(r => r, _ => new HashSet<string>());
        foreach (var row in cases)
        {
            foreach (var rule in step.Rules)
            {
                // Of several cases with one value (a patient's scans) the first in the table stays; only cases that pass the rules before count.
                var isOut = rule.FirstOf.Length > 0 ? values.Of(row, rule.FirstOf, rule.Table) is { Length: > 0 } key && !firsts[rule].Add(key) : rule.Excludes(values.Of(row, rule.Column, rule.Table));
                if (!isOut) continue;
                left.Add(new(row.CaseId, row.PatientId, row.Split, step.Name, rule.Reason));
                break;
            }
        }

        return left;
    }

    private static int Patients(IEnumerable<CaseRow> cases) => cases.Select(c => c.PatientId).Distinct().Count();

    /// <summary>Values of cases: of the cohort's tables, its labels from reports, its scans' headers, and further tables.</summary>
    private sealed class Values(Cohort cohort, string folder)
    {
        private readonly Dictionary<string, (Table Table, Dictionary<string, string[]> Rows)> tables = [];
        private Dictionary<(string Case, string Label), string>? reports;

        public string Of(CaseRow row, string column, string table)
        {
            if (column.StartsWith(FromReports, StringComparison.Ordinal)) return Reports.GetValueOrDefault((row.CaseId, column[FromReports.Length..]), "");
            if (column.StartsWith(FromImage, StringComparison.Ordinal)) return OfImage(row, column);
            if (table.Length > 0) return OfTable(Path.Combine(folder, table), row, column) ?? throw Missing(column, table);
            return OfTable(Path.Combine(cohort.Folder, "cases.csv"), row, column) ?? OfTable(Path.Combine(cohort.Folder, "clinical.csv"), row, column) ?? throw Missing(column, "cases.csv and clinical.csv");
        }

        private Dictionary<(string Case, string Label), string> Reports
        {
            get
            {
                if (reports is not null) return reports;
                var path = Path.Combine(cohort.Folder, "labels.csv");
                if (!File.Exists(path)) throw new CoraException("The criteria ask for labels from reports, and there is no labels.csv.", "Run `cora labels` first.", ExitCode.Usage);
                var table = Table.Read(path);
                return reports = table.Rows.GroupBy(r => (table.Field(r, "case_id"), table.Field(r, "label"))).ToDictionary(g => g.Key, g => table.Field(g.First(), "value"));
            }
        }

        private string OfImage(CaseRow row, string column)
        {
            var grid = VolumeFile.ReadGeometry(cohort.PathOf(row.Image));
            double value = column[FromImage.Length..] switch
            {
                "spacing_x_mm" => grid.Spacing.X,
                "spacing_y_mm" => grid.Spacing.Y,
                "spacing_z_mm" => grid.Spacing.Z,
                "slices" => grid.Size.Z,
                "coverage_mm" => grid.Size.Z * grid.Spacing.Z,
                _ => throw Missing(column, "the scan: spacing_x_mm, spacing_y_mm, spacing_z_mm, slices, coverage_mm"),
            };
            return value.ToString(CultureInfo.InvariantCulture);
        }

        /// <summary>The field; null when there is no such column.</summary>
        private string? OfTable(string path, CaseRow row, string column)
        {
            if (!tables.TryGetValue(path, out var found))
            {
                if (!File.Exists(path) && path.StartsWith(cohort.Folder, StringComparison.Ordinal)) return null;
                var table = Table.Read(path);
                if (!table.Has("case_id")) throw Missing("case_id", path);
                tables[path] = found = (table, table.Rows.GroupBy(r => table.Field(r, "case_id")).ToDictionary(g => g.Key, g => g.First()));
            }

            if (!found.Table.Has(column)) return null;
            return found.Rows.TryGetValue(row.CaseId, out var fields) ? found.Table.Field(fields, column) : "";
        }

        private static CoraException Missing(string column, string where) =>
            new($"The criteria ask for {column}, which is no column of {where}.", "Correct the criteria; columns of other files need table = \"file.csv\" with a column case_id.", ExitCode.Usage);
    }
}
