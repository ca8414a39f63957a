using System.Globalization;
using Cora.Cohorts;
using Tomlyn.Model;

namespace Cora.Ingest;

/// <summary>One rule: which cases leave, and why. A value that is not recorded meets <c>missing</c> only.</summary>
internal sealed record ExclusionRule(
    string Reason, string Column, string Table, double? Below, double? Above, IReadOnlySet<string>? Is, IReadOnlySet<string>? IsNot, bool Missing, string FirstOf)
{
    /// <summary>Whether a case with this value leaves.</summary>
    public bool Excludes(string value)
    {
        if (value.Length == 0) return Missing;
        if (Is?.Contains(value) == true || IsNot?.Contains(value) == false) return true;
        if (Below is null && Above is null) return false;
        return double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && (number < Below || number > Above);
    }
}

/// <summary>A box of the flow chart and the rules that cases pass to reach it.</summary>
internal sealed record SelectionStep(string Name, IReadOnlyList<ExclusionRule> Rules);

/// <summary>Exclusion criteria: one TOML file of steps with rules (docs/clinical-tables.md).</summary>
internal sealed class SelectionCriteria
{
    private const string Remedy = "See docs/clinical-tables.md for a worked example.";
    private readonly List<string> problems = [];

    private SelectionCriteria(TomlTable root, string path)
    {
        Folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        foreach (var key in root.Keys.Except(["split", "step"])) problems.Add($"{key}: no such setting, expected split and [[step]]");
        if (root.TryGetValue("split", out var word) && word is string { Length: > 0 } named)
        {
            Split = Enum.GetValues<Split>().FirstOrDefault(s => CohortFiles.WordOf(s) == named);
            if (Split == Split.None) problems.Add($"split = {named}: expected pretrain, train, validation, internal_test or external_test");
        }

        Steps = root.TryGetValue("step", out var list) ? list is TomlTableArray steps ? [.. steps.Select(StepOf)] : Wrong<SelectionStep>("step: expected [[step]] tables") : [];
        if (problems.Count > 0) throw new CoraException(string.Join('\n', problems.Select(p => $"{path}: {p}")), Remedy, ExitCode.Usage);
    }

    /// <summary>Folder of the file; its tables are named from here.</summary>
    public string Folder { get; }

    /// <summary>Split of cases that remain and have none.</summary>
    public Split Split { get; }

    /// <summary>The steps in order.</summary>
    public IReadOnlyList<SelectionStep> Steps { get; }

    /// <summary>Reads criteria.</summary>
    /// <exception cref="CoraException">The file cannot be read or does not fit; every problem at once (exit code 2).</exception>
    public static SelectionCriteria Load(string path) => new(TomlFile.Read(path), path);

    private SelectionStep StepOf(TomlTable table)
    {
        var name = Text(table, "name");
        if (name.Length == 0) problems.Add("a step has no name");
        foreach (var key in table.Keys.Except(["name", "exclude"])) problems.Add($"step \"{name}\": {key} is no setting, expected name and [[step.exclude]]");
        return new(name, table.TryGetValue("exclude", out var list) && list is TomlTableArray rules ? [.. rules.Select(RuleOf)] : []);
    }

    private ExclusionRule RuleOf(TomlTable table)
    {
        var reason = Text(table, "reason");
        var where = reason.Length > 0 ? $"rule \"{reason}\"" : "a rule without reason";
        if (reason.Length == 0) problems.Add("a rule has no reason, which the flow chart prints");
        foreach (var key in table.Keys.Except(["reason", "column", "table", "below", "above", "is", "is_not", "missing", "first_of"])) problems.Add($"{where}: {key} is no setting");
        var rule = new ExclusionRule(
            reason, Text(table, "column"), Text(table, "table"), Number(table, "below", where), Number(table, "above", where), Set(table, "is", where), Set(table, "is_not", where),
            table.TryGetValue("missing", out var missing) && missing is true, Text(table, "first_of"));
        if (rule.FirstOf.Length > 0 != (rule.Column.Length == 0)) problems.Add($"{where}: expected either column or first_of");
        if (rule.Column.Length > 0 && rule is { Below: null, Above: null, Is: null, IsNot: null, Missing: false }) problems.Add($"{where}: it excludes nothing, expected below, above, is, is_not or missing");
        return rule;
    }

    private static string Text(TomlTable table, string key) => table.TryGetValue(key, out var value) && value is string text ? text : "";

    private double? Number(TomlTable table, string key, string where)
    {
        if (!table.TryGetValue(key, out var value)) return null;
        if (value is long or double) return Convert.ToDouble(value, CultureInfo.InvariantCulture);
        problems.Add($"{where}: {key} is no number");
        return null;
    }

    private HashSet<string>? Set(TomlTable table, string key, string where)
    {
        if (!table.TryGetValue(key, out var value)) return null;
        if (value is TomlArray words) return [.. words.Select(w => Convert.ToString(w, CultureInfo.InvariantCulture) ?? "")];
        problems.Add($"{where}: {key} is no list, expected [\"1\"]");
        return null;
    }

    private IReadOnlyList<T> Wrong<T>(string problem)
    {
        problems.Add(problem);
        return [];
    }
}
