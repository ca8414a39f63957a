using System.Globalization;
using Cora.Cohorts;
using Tomlyn.Model;

namespace Cora.Ingest;

/// <summary>Where a variable of the cohort stands in a user's table, and how its values are read.</summary>
/// <param name="Name">Variable of clinical.csv, or <c>site</c> or a label of cases.csv.</param>
/// <param name="From">Column of the user's table.</param>
/// <param name="Unit">Unit of its numbers; empty for words.</param>
/// <param name="Factor">What brings them into the variable's unit.</param>
/// <param name="Codes">The user's words and the variable's; words that are the variable's own need no entry.</param>
internal sealed record ClinicalColumn(string Name, string From, string Unit, double Factor, IReadOnlyDictionary<string, string> Codes);

/// <summary>The data dictionary of a user's clinical table: one TOML file (docs/clinical-tables.md).</summary>
internal sealed class ClinicalDictionary
{
    private const string Remedy = "See docs/clinical-tables.md for a worked example.";

    /// <summary>Columns of cases.csv that a table may fill besides Table 1.</summary>
    public static readonly string[] Labels = ["calcified_plaque", "non_calcified_plaque", "mace_30d"];

    private readonly List<string> problems = [];
    private readonly string source;

    private ClinicalDictionary(TomlTable root, string source)
    {
        this.source = source;
        foreach (var key in root.Keys.Except(["table", "columns"])) problems.Add($"{key}: no such table, expected table and columns");
        var table = root.TryGetValue("table", out var t) && t is TomlTable given ? given : [];
        foreach (var key in table.Keys.Except(["id", "id_is", "missing", "delimiter", "decimal_comma"])) problems.Add($"table.{key}: no such setting");
        Id = Text(table, "id", "table") ?? "";
        IsByPatient = (table.TryGetValue("id_is", out var kind) ? kind as string : "case") switch { "case" => false, "patient" => true, _ => Say("table.id_is: expected \"case\" or \"patient\"") };
        Missing = table.TryGetValue("missing", out var missing) && missing is TomlArray words ? words.OfType<string>().ToHashSet() : [];
        Delimiter = table.TryGetValue("delimiter", out var delimiter) ? delimiter as string ?? "," : ",";
        HasDecimalComma = table.TryGetValue("decimal_comma", out var comma) && comma is true;
        var columns = root.TryGetValue("columns", out var c) && c is TomlTable list ? list : [];
        if (columns.Count == 0) problems.Add("columns: no column is mapped, expected [columns.age] and so on");
        Columns = [.. columns.Select(entry => ColumnOf(entry.Key, entry.Value)).OfType<ClinicalColumn>()];
        if (problems.Count > 0) throw new CoraException(string.Join('\n', problems.Select(p => $"{source}: {p}")), Remedy, ExitCode.Usage);
    }

    /// <summary>Column that holds the pseudonym of the case or the patient.</summary>
    public string Id { get; }

    /// <summary>Whether a row is a patient's and serves all of its cases.</summary>
    public bool IsByPatient { get; }

    /// <summary>Words that mean "not recorded", besides an empty field.</summary>
    public HashSet<string> Missing { get; }

    /// <summary>What stands between two fields.</summary>
    public string Delimiter { get; }

    /// <summary>Whether 5,2 is five and a fifth.</summary>
    public bool HasDecimalComma { get; }

    /// <summary>The mapped variables.</summary>
    public IReadOnlyList<ClinicalColumn> Columns { get; }

    /// <summary>Reads a dictionary.</summary>
    /// <exception cref="CoraException">It cannot be read or does not fit; every problem at once (exit code 2).</exception>
    public static ClinicalDictionary Load(string path) => new(TomlFile.Read(path), path);

    private ClinicalColumn? ColumnOf(string name, object value)
    {
        var variable = ClinicalVariable.Table1.FirstOrDefault(v => v.Name == name);
        var where = $"columns.{name}";
        if (variable is null && name != "site" && !Labels.Contains(name))
        {
            problems.Add($"{where}: no such variable, expected {string.Join(", ", ClinicalVariable.Table1.Select(v => v.Name).Concat(Labels).Append("site"))}");
            return null;
        }

        if (value is not TomlTable table)
        {
            problems.Add($"{where}: expected from, and unit or codes");
            return null;
        }

        foreach (var key in table.Keys.Except(["from", "unit", "codes"])) problems.Add($"{where}.{key}: no such setting");
        var from = Text(table, "from", where);
        var unit = table.TryGetValue("unit", out var u) ? u as string ?? "" : "";
        var factor = 1.0;
        if (variable is { Type: "number" } number)
        {
            if (unit.Length == 0) problems.Add($"{where}.unit: a number needs its unit said, one of {string.Join(", ", ClinicalUnits.Of(number.Unit))}");
            else if (ClinicalUnits.Factor(unit, number.Unit) is { } known) factor = known;
            else problems.Add($"{where}.unit = {unit}: not known for {name}, expected {string.Join(", ", ClinicalUnits.Of(number.Unit))}");
        }
        else if (unit.Length > 0) problems.Add($"{where}.unit: {name} is no number");
        var codes = table.TryGetValue("codes", out var c) && c is TomlTable pairs ? pairs.ToDictionary(p => p.Key, p => Convert.ToString(p.Value, CultureInfo.InvariantCulture) ?? "") : [];
        var allowed = variable?.Codes ?? (name == "site" ? null : ["0", "1"]);
        if (variable is { Type: "number" } && codes.Count > 0) problems.Add($"{where}.codes: {name} is a number");
        else if (allowed is not null)
            foreach (var (word, code) in codes)
                if (!allowed.Contains(code) && code.Length > 0) problems.Add($"{where}.codes: {word} = {code}, expected {string.Join(", ", allowed)}, or \"\" for not recorded");
        return from is null ? null : new(name, from, unit, factor, codes);
    }

    private string? Text(TomlTable table, string key, string where)
    {
        if (table.TryGetValue(key, out var value) && value is string text && text.Length > 0) return text;
        problems.Add($"{where}.{key}: missing, expected the name of a column");
        return null;
    }

    private bool Say(string problem)
    {
        problems.Add(problem);
        return false;
    }
}
