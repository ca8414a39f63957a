using Cora.Cohorts;

namespace Cora.Ingest;

/// <summary>What a user's table says of a scan.</summary>
internal sealed record NiftiTableRow(string? PatientId, string? Site, Split? Split);

/// <summary>A user's table over loose volumes: <c>case_id</c> and any of <c>patient_id, site, split</c>.</summary>
internal static class NiftiTable
{
    /// <summary>Rows by the name of the scan's file without its ending.</summary>
    /// <exception cref="CoraException">The table is wrong; every problem is told.</exception>
    public static IReadOnlyDictionary<string, NiftiTableRow> Read(string path, IEnumerable<string> scans)
    {
        var table = Table.Read(path);
        var problems = new List<string>();
        var check = new CohortCheck(table, problems);
        var rows = new Dictionary<string, NiftiTableRow>();
        var known = scans.ToHashSet();
        for (var i = check.Columns(["case_id"]) ? 0 : table.Rows.Count; i < table.Rows.Count; i++)
        {
            check.AtRow(i);
            var id = check.Id("case_id");
            if (!check.Unique("case_id", id) || id.Length == 0) continue;
            if (!known.Contains(id)) check.Say("there is no scan of this name");
            rows[id] = new(check.Text("patient_id"), check.Text("site"), check.Word<Split>("split"));
        }

        foreach (var patient in rows.Values.Where(r => r.PatientId is not null && r.Split is not null).GroupBy(r => r.PatientId))
            if (patient.Select(r => r.Split).Distinct().Count() > 1) problems.Add($"{path}: a patient of {patient.Count()} scans stands in several splits, expected one split a patient");
        CohortCheck.Refuse(path, problems);
        return rows;
    }
}
