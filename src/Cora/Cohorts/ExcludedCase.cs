namespace Cora.Cohorts;

/// <summary>A row of excluded.csv: a case that stays in its cohort with an empty split, and so is neither learnt from nor tested on.</summary>
/// <param name="CaseId">The case.</param>
/// <param name="PatientId">Its patient.</param>
/// <param name="Split">The split that it had, to be given back when the criteria change.</param>
/// <param name="Step">The step of the criteria that it did not pass.</param>
/// <param name="Reason">Why.</param>
public sealed record ExcludedCase(string CaseId, string PatientId, Split Split, string Step, string Reason)
{
    /// <summary>Name of the table in a cohort's folder.</summary>
    public const string FileName = "excluded.csv";

    private static readonly string[] Columns = ["case_id", "patient_id", "split", "step", "reason"];

    /// <summary>The excluded cases of a cohort's folder; none where nothing was selected.</summary>
    /// <exception cref="CoraException">The table is wrong; every problem is told.</exception>
    public static IReadOnlyList<ExcludedCase> Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) return [];
        var table = Table.Read(path);
        var problems = new List<string>();
        var check = new CohortCheck(table, problems);
        var cases = new List<ExcludedCase>();
        for (var i = check.Columns(Columns) ? 0 : table.Rows.Count; i < table.Rows.Count; i++)
        {
            check.AtRow(i);
            cases.Add(new(check.Id("case_id"), check.Id("patient_id"), check.Word<Split>("split") ?? Split.None, check.Text("step") ?? "", check.Text("reason") ?? ""));
        }

        CohortCheck.Refuse(folder, problems);
        return cases;
    }

    /// <summary>Writes the table; without a case it is taken away.</summary>
    public static void Write(string folder, IReadOnlyCollection<ExcludedCase> cases)
    {
        ArgumentNullException.ThrowIfNull(cases);
        var path = Path.Combine(folder, FileName);
        if (cases.Count > 0) Table.Write(path, Columns, cases.Select(c => new object?[] { c.CaseId, c.PatientId, CohortFiles.WordOf(c.Split), c.Step, c.Reason }));
        else File.Delete(path);
    }
}
