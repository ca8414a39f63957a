using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Cora.Cohorts;

/// <summary>Reads and writes the tables of a cohort folder.</summary>
public static class CohortFiles
{
    private static readonly string[] CaseColumns =
    [
        "case_id", "patient_id", "site", "split", "image", "arteries", "heart", "plaques", "stenoses", "report",
        "calcified_plaque", "non_calcified_plaque", "mace_30d",
    ];

    private static readonly string[] Tables = ["cases.csv", "clinical.csv", "lesions.csv"];

    /// <summary>The files of a cohort's folder beside those of its cases; <c>--overwrite</c> takes them away.</summary>
    internal static readonly IReadOnlyList<string> OwnFiles = ["cohort.json", FileSums.FileName, .. Tables, "clinical.json"];

    private static readonly string[] LesionColumns = ["case_id", "lesion", "composition", "stenosis_percent", "stenosis_grade"];

    /// <summary>Loads and checks a cohort's tables; see <see cref="Cohort.Load"/>.</summary>
    public static Cohort Load(string folder)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (!Directory.Exists(full)) throw new CoraException($"There is no cohort folder {folder}.", "Make one with `cora phantom` or `cora import`.");
        var description = ReadDescription(full);
        var problems = new List<string>();
        var cases = ReadCases(full, problems);
        var ids = cases.Select(c => c.CaseId).ToHashSet();
        var clinical = ReadClinical(full, ids, problems);
        var lesions = ReadLesions(full, ids, problems);
        CohortCheck.Refuse(folder, problems);
        return new(full, description, cases, clinical, lesions);
    }

    /// <summary>Writes the tables and descriptions; further columns of tables that lie there are kept; images and masks must lie there already, since the content hash is taken of them.</summary>
    /// <param name="folder">The cohort's folder.</param>
    /// <param name="description">What the cohort is; its content hash is taken anew.</param>
    /// <param name="cases">Rows of cases.csv.</param>
    /// <param name="clinical">Rows of clinical.csv.</param>
    /// <param name="lesions">Rows of lesions.csv.</param>
    /// <param name="tablesOnly">Whether nothing but tables has changed: files not written to since SHA256SUMS are then not read again.</param>
    /// <returns>The cohort, as loading it again gives it.</returns>
    public static Cohort Write(
        string folder, CohortDescription description, IReadOnlyList<CaseRow> cases, IReadOnlyList<ClinicalRow> clinical, IReadOnlyList<LesionRow> lesions, bool tablesOnly = false)
    {
        ArgumentNullException.ThrowIfNull(description);
        WriteKeeping(Path.Combine(folder, "cases.csv"), CaseColumns, cases.Select(c => new object?[]
        {
            c.CaseId, c.PatientId, c.Site, WordOf(c.Split), c.Image, c.Arteries, c.Heart, c.Plaques, c.Stenoses, c.Report,
            c.CalcifiedPlaque, c.NonCalcifiedPlaque, c.Mace30d,
        }));
        WriteKeeping(
            Path.Combine(folder, "clinical.csv"),
            [.. ClinicalVariable.Table1.Select(v => v.Name).Prepend("case_id")],
            clinical.Select(r => ClinicalVariable.Table1.Select(v => v.Get(r)).Prepend(r.CaseId).ToArray()));
        Table.Write(Path.Combine(folder, "lesions.csv"), LesionColumns, lesions.Select(l => new object?[]
        {
            l.CaseId, l.Lesion, WordOf(l.Composition), l.StenosisPercent, l.StenosisGrade,
        }));
        Atomically.WriteText(Path.Combine(folder, "clinical.json"), JsonSerializer.Serialize(
            ClinicalVariable.Table1.Select(v => new
            {
                v.Name, v.Type, v.Unit, Range = v.Range is { } r ? new[] { r.Low, r.High } : null, Codes = v.Codes.Count > 0 ? v.Codes : null, Role = "predictor",
            }), CohortDescription.Json) + "\n");

        // cohort.json comes last: a folder that has it is whole.
        string[] files = [.. NamesOf(cases)];
        var hashed = description with { ContentHash = Combined([.. Tables, .. files], [.. HashesOf(folder, Tables), .. FileSums.Take(folder, files, tablesOnly)]) };
        Atomically.WriteText(Path.Combine(folder, "cohort.json"), JsonSerializer.Serialize(hashed, CohortDescription.Json) + "\n");
        return Load(folder);
    }

    /// <summary>Writes a table whose first column is the case; columns of the old one that are not among these follow, as they were.</summary>
    private static void WriteKeeping(string path, string[] columns, IEnumerable<object?[]> rows)
    {
        var old = File.Exists(path) ? Table.Read(path) : null;
        string[] further = old is null || !old.Has(columns[0]) ? [] : [.. old.Header.Except(columns).Where(h => h.Length > 0)];
        if (further.Length == 0)
        {
            Table.Write(path, columns, rows);
            return;
        }

        var before = old!.Rows.GroupBy(r => old.Field(r, columns[0])).ToDictionary(g => g.Key, g => g.First());
        Table.Write(path, columns.Concat(further), rows.Select(row => row.Concat(further.Select(f => before.TryGetValue((string)row[0]!, out var was) ? old.Field(was, f) : null))));
    }

    /// <summary>SHA-256, in hex, over the tables and every file of every case in table order, names included; all of them are read.</summary>
    public static string ContentHash(string folder, IReadOnlyList<CaseRow> cases)
    {
        string[] names = [.. Tables, .. NamesOf(cases)];
        return Combined(names, HashesOf(folder, names));
    }

    private static IEnumerable<string> NamesOf(IReadOnlyList<CaseRow> cases) => cases.SelectMany(c => c.Files()).Select(f => f.Path);

    private static byte[][] HashesOf(string folder, string[] names)
    {
        var hashes = new byte[names.Length][];
        Parallel.For(0, names.Length, i => hashes[i] = FileSums.OfFile(Path.Combine(folder, names[i])));
        return hashes;
    }

    private static string Combined(string[] names, byte[][] hashes)
    {
        using var all = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var i = 0; i < names.Length; i++)
        {
            all.AppendData(Encoding.UTF8.GetBytes(names[i] + "\n"));
            all.AppendData(hashes[i]);
        }

        return Convert.ToHexStringLower(all.GetHashAndReset());
    }

    /// <summary>The word of a split in cases.csv; empty for none.</summary>
    public static string WordOf(Split split) => split == Split.None ? "" : JsonNamingPolicy.SnakeCaseLower.ConvertName(split.ToString());

    /// <summary>The word of a composition in lesions.csv.</summary>
    public static string WordOf(Composition composition) => JsonNamingPolicy.SnakeCaseLower.ConvertName(composition.ToString());

    private static CohortDescription ReadDescription(string folder)
    {
        var path = Path.Combine(folder, "cohort.json");
        if (!File.Exists(path))
        {
            throw new CoraException(
                $"{path} is missing: this is no cohort, or one that is not finished.", "Run the command that makes it again; it goes on where it stopped.");
        }

        try
        {
            return JsonSerializer.Deserialize<CohortDescription>(File.ReadAllText(path), CohortDescription.Json) ?? throw new JsonException("It holds null.");
        }
        catch (JsonException problem)
        {
            throw new CoraException($"{path} is not a cohort description: {problem.Message}", "Make the cohort again, or mend the file.", inner: problem);
        }
    }

    private static List<CaseRow> ReadCases(string folder, List<string> problems)
    {
        var table = Table.Read(Path.Combine(folder, "cases.csv"));
        var check = new CohortCheck(table, problems);
        if (!check.Columns(CaseColumns)) return [];
        var cases = new List<CaseRow>();
        var splits = new Dictionary<string, Split>();
        for (var i = 0; i < table.Rows.Count; i++)
        {
            check.AtRow(i);
            var row = new CaseRow
            {
                CaseId = check.Id("case_id"),
                PatientId = check.Id("patient_id"),
                Site = check.Text("site") ?? "",
                Split = check.Word<Split>("split") ?? Split.None,
                Image = check.File(folder, "image", required: true) ?? "",
                Arteries = check.File(folder, "arteries"),
                Heart = check.File(folder, "heart"),
                Plaques = check.File(folder, "plaques"),
                Stenoses = check.File(folder, "stenoses"),
                Report = check.File(folder, "report"),
                CalcifiedPlaque = check.Boolean("calcified_plaque"),
                NonCalcifiedPlaque = check.Boolean("non_calcified_plaque"),
                Mace30d = check.Boolean("mace_30d"),
            };
            check.Unique("case_id", row.CaseId);
            if (row.PatientId.Length > 0 && row.Split != Split.None && !splits.TryAdd(row.PatientId, row.Split) && splits[row.PatientId] != row.Split)
                check.Say($"patient {row.PatientId} stands in split {WordOf(row.Split)} and in {WordOf(splits[row.PatientId])}, expected one split a patient");
            cases.Add(row);
        }

        if (cases.Count == 0) problems.Add($"{table.Path}: there is no case, expected one row a case");
        return cases;
    }

    private static List<ClinicalRow> ReadClinical(string folder, HashSet<string> ids, List<string> problems)
    {
        var path = Path.Combine(folder, "clinical.csv");
        if (!File.Exists(path)) return [];
        var table = Table.Read(path);
        var check = new CohortCheck(table, problems);
        if (!check.Columns(ClinicalVariable.Table1.Select(v => v.Name).Prepend("case_id"))) return [];
        var rows = new List<ClinicalRow>();
        for (var i = 0; i < table.Rows.Count; i++)
        {
            check.AtRow(i);
            var row = new ClinicalRow { CaseId = check.KnownCase(ids) };
            foreach (var variable in ClinicalVariable.Table1)
            {
                object? value = variable.Type switch
                {
                    "number" => check.Number(variable.Name, variable.Range!.Value),
                    "boolean" => check.Boolean(variable.Name),
                    _ => check.Code(variable.Name, variable.Codes),
                };
                if (value is not null) row = variable.Set(row, value);
            }

            if (check.Unique("case_id", row.CaseId)) rows.Add(row);
        }

        return rows;
    }

    private static List<LesionRow> ReadLesions(string folder, HashSet<string> ids, List<string> problems)
    {
        var path = Path.Combine(folder, "lesions.csv");
        if (!File.Exists(path)) return [];
        var table = Table.Read(path);
        var check = new CohortCheck(table, problems);
        if (!check.Columns(LesionColumns)) return [];
        var rows = new List<LesionRow>();
        for (var i = 0; i < table.Rows.Count; i++)
        {
            check.AtRow(i);
            var row = new LesionRow(
                check.KnownCase(ids),
                (int)(check.Number("lesion", new(1, ushort.MaxValue), required: true) ?? 0),
                check.Word<Composition>("composition", required: true) ?? default,
                check.Number("stenosis_percent", new(0, 100)),
                (int?)check.Number("stenosis_grade", new(0, 5)));
            check.Unique("case_id, lesion", string.Create(CultureInfo.InvariantCulture, $"{row.CaseId}, {row.Lesion}"));
            rows.Add(row);
        }

        return rows;
    }
}
