using System.Globalization;
using Cora.Cohorts;

namespace Cora.Ingest;

/// <summary>A value of a clinical table that was left out.</summary>
/// <param name="CaseId">The case or patient as the cohort names it.</param>
/// <param name="Row">Row of the table, the header being 1.</param>
/// <param name="Cause">What is wrong.</param>
/// <param name="Remedy">What to do.</param>
public sealed record ClinicalFailure(string CaseId, int Row, string Cause, string Remedy);

/// <summary>What came of a clinical table.</summary>
/// <param name="Cases">Cases that have a row now.</param>
/// <param name="WithoutRow">Cases of the cohort that the table does not name.</param>
/// <param name="UnknownRows">Rows of the table whose id is not in the cohort.</param>
/// <param name="Filled">Values that were taken, by variable.</param>
/// <param name="Failures">What was left out.</param>
public sealed record ClinicalOutcome(int Cases, int WithoutRow, int UnknownRows, IReadOnlyDictionary<string, int> Filled, IReadOnlyList<ClinicalFailure> Failures);

/// <summary>Fills the clinical table (and site and labels) of a cohort from a user's CSV by a data dictionary.</summary>
public static class ClinicalImport
{
    /// <summary>Name of the list of what was left out.</summary>
    public const string FailuresFile = "clinical-failures.csv";

    private const int LeastForUnit = 5;
    private static readonly string[] FailureColumns = ["case", "row", "cause", "remedy"];

    /// <summary>Reads the table; writes unless <paramref name="dryRun"/>. Variables that are not mapped stay as they are.</summary>
    /// <param name="cohort">The cohort; its tables are written again.</param>
    /// <param name="path">The user's CSV.</param>
    /// <param name="dictionaryPath">Its data dictionary.</param>
    /// <param name="saltFile">The salt with which the cohort's names were made of those in the table; empty = they are the same.</param>
    /// <param name="dryRun">Whether only to look.</param>
    /// <exception cref="CoraException">The dictionary or the table do not fit, or most numbers of a column are out of range, as with another unit.</exception>
    public static ClinicalOutcome Fill(Cohort cohort, string path, string dictionaryPath, string saltFile = "", bool dryRun = false)
    {
        ArgumentNullException.ThrowIfNull(cohort);
        var dictionary = ClinicalDictionary.Load(dictionaryPath);
        var table = Table.Read(path, dictionary.Delimiter);
        string[] missing = [.. dictionary.Columns.Select(c => c.From).Prepend(dictionary.Id).Where(c => !table.Has(c)).Distinct()];
        if (missing.Length > 0)
            throw new CoraException($"{path} has no column {string.Join(", ", missing)}; it has {string.Join(", ", table.Header)}.", $"Correct {dictionaryPath}, or its delimiter.", ExitCode.Usage);
        RefuseOtherUnits(path, dictionary, table);

        var salt = NiftiArchive.SaltOf(saltFile);
        var failures = new List<ClinicalFailure>();
        var filled = dictionary.Columns.ToDictionary(c => c.Name, _ => 0);
        var cases = cohort.Cases.ToDictionary(c => c.CaseId);
        var clinical = cohort.Clinical.ToDictionary(r => r.CaseId);
        var byKey = cohort.Cases.ToLookup(c => dictionary.IsByPatient ? c.PatientId : c.CaseId, c => c.CaseId);
        var seen = new HashSet<string>();
        var unknown = 0;
        foreach (var (i, row) in table.Rows.Index())
        {
            var id = table.Field(row, dictionary.Id);
            var key = salt is null ? VolumeNames.CaseIdOf(id) : NiftiArchive.Pseudonym(salt, id);
            var line = i + 2;
            if (!byKey.Contains(key)) unknown++;
            else if (!seen.Add(key)) failures.Add(new(key, line, "it stands in the table twice; the first row was taken", "Leave one row."));
            else
            {
                foreach (var column in dictionary.Columns)
                {
                    var text = table.Field(row, column.From);
                    if (text.Length == 0 || dictionary.Missing.Contains(text)) continue;
                    if (Value(column, text, dictionary, out var value) is { } problem) failures.Add(new(key, line, problem.Cause, problem.Remedy));
                    else if (value is not null)
                    {
                        filled[column.Name]++;
                        foreach (var caseId in byKey[key]) Set(column, value, caseId, cases, clinical);
                    }
                }
            }
        }

        if (seen.Count == 0)
        {
            throw new CoraException(
                $"None of the {table.Rows.Count} rows of {path} names a {(dictionary.IsByPatient ? "patient" : "case")} of {cohort.Folder} in the column {dictionary.Id}.",
                "Check table.id and table.id_is of the data dictionary, and --salt-file where the cohort was imported with one.");
        }

        var named = cohort.Cases.Count(c => seen.Contains(dictionary.IsByPatient ? c.PatientId : c.CaseId));
        var outcome = new ClinicalOutcome(named, cohort.Cases.Count - named, unknown, filled, failures);
        if (dryRun) return outcome;
        var failuresPath = Path.Combine(cohort.Folder, FailuresFile);
        if (failures.Count > 0) Table.Write(failuresPath, FailureColumns, failures.Select(f => new object?[] { f.CaseId, f.Row, f.Cause, f.Remedy }));
        else File.Delete(failuresPath);
        CohortFiles.Write(
            cohort.Folder, cohort.Description, [.. cohort.Cases.Select(c => cases[c.CaseId])],
            [.. cohort.Cases.Select(c => clinical.GetValueOrDefault(c.CaseId)).OfType<ClinicalRow>()], [.. cohort.Lesions], tablesOnly: true);
        return outcome;
    }

    /// <summary>Most numbers of a column out of range are no typing errors: they are another unit, which is not guessed but asked for.</summary>
    private static void RefuseOtherUnits(string path, ClinicalDictionary dictionary, Table table)
    {
        var problems = new List<string>();
        foreach (var column in dictionary.Columns)
        {
            if (ClinicalVariable.Table1.FirstOrDefault(v => v.Name == column.Name) is not { Range: { } range } variable) continue;
            double[] numbers = [.. table.Rows.Select(r => table.Field(r, column.From)).Where(t => !dictionary.Missing.Contains(t)).Select(t => Number(t, dictionary)).OfType<double>().Order()];
            var outside = numbers.Count(n => !range.Contains(n * column.Factor));
            if (numbers.Length < LeastForUnit || outside * 2 <= numbers.Length) continue;
            var median = numbers[numbers.Length / 2];
            var others = ClinicalUnits.Of(variable.Unit).Where(u => u != column.Unit && range.Contains(median * ClinicalUnits.Factor(u, variable.Unit)!.Value)).ToArray();
            problems.Add(string.Create(CultureInfo.InvariantCulture,
                $"{column.From} as {column.Name} in {column.Unit}: {outside} of {numbers.Length} numbers are out of range ({range.Low} to {range.High} {variable.Unit}), the median is {median}{(others.Length > 0 ? $"; it would fit {string.Join(" or ", others)}" : "")}"));
        }

        if (problems.Count > 0) throw new CoraException($"{path}: {string.Join("\n  ", problems)}", "Find out the unit and say it in the data dictionary (columns.NAME.unit).");
    }

    private static (string Cause, string Remedy)? Value(ClinicalColumn column, string text, ClinicalDictionary dictionary, out object? value)
    {
        value = null;
        var variable = ClinicalVariable.Table1.FirstOrDefault(v => v.Name == column.Name);
        if (variable is { Range: { } range })
        {
            if (Number(text, dictionary) is not { } number) return ($"{column.Name}: the field of {column.From} is no number", "Correct the table, or add the word to table.missing.");
            var converted = number * column.Factor;
            if (!range.Contains(converted))
            {
                return (string.Create(CultureInfo.InvariantCulture, $"{column.Name}: {number} {column.Unit} is {converted:0.##} {variable.Unit}, expected {range.Low} to {range.High}"),
                    "Correct the value, which looks like a typing error.");
            }

            value = converted;
            return null;
        }

        var word = column.Codes.GetValueOrDefault(text, text);
        if (word.Length == 0) return null;
        if (column.Name == "site")
        {
            value = word;
            return null;
        }

        var isBoolean = variable is null or { Type: "boolean" };
        IReadOnlyList<string> allowed = isBoolean ? ["0", "1"] : variable!.Codes;
        if (!allowed.Contains(word)) return ($"{column.Name}: the word in {column.From} is not in columns.{column.Name}.codes", $"Map it to {string.Join(", ", allowed)}, or to \"\" for not recorded.");
        value = isBoolean ? word == "1" : word;
        return null;
    }

    private static double? Number(string text, ClinicalDictionary dictionary)
    {
        var plain = dictionary.HasDecimalComma ? text.Replace(',', '.') : text;
        return double.TryParse(plain, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) ? value : null;
    }

    private static void Set(ClinicalColumn column, object value, string caseId, Dictionary<string, CaseRow> cases, Dictionary<string, ClinicalRow> clinical)
    {
        var row = cases[caseId];
        if (ClinicalVariable.Table1.FirstOrDefault(v => v.Name == column.Name) is { } variable)
        {
            clinical[caseId] = variable.Set(clinical.GetValueOrDefault(caseId) ?? new ClinicalRow { CaseId = caseId }, value);
            return;
        }

        cases[caseId] = column.Name switch
        {
            "site" => row with { Site = (string)value },
            "calcified_plaque" => row with { CalcifiedPlaque = (bool)value },
            "non_calcified_plaque" => row with { NonCalcifiedPlaque = (bool)value },
            _ => row with { Mace30d = (bool)value },
        };
    }
}
