using System.Globalization;
using System.Text.Json;

namespace Cora.Cohorts;

/// <summary>Reads the fields of a table's rows and collects every problem, so that the user mends the table once.</summary>
internal sealed class CohortCheck(Table table, List<string> problems)
{
    private const int Told = 40;
    private readonly HashSet<string> seen = [];
    private string[] row = [];
    private int line;

    /// <summary>Throws one exception with all problems, if there are any.</summary>
    public static void Refuse(string folder, IReadOnlyCollection<string> problems)
    {
        if (problems.Count == 0) return;
        var listed = string.Join("\n  ", problems.Take(Told));
        var rest = problems.Count > Told ? $"\n  … and {problems.Count - Told} more" : "";
        throw new CoraException(
            $"Cohort {folder} has {problems.Count} problem{(problems.Count == 1 ? "" : "s")}:\n  {listed}{rest}",
            "Mend the tables (their columns are described in docs/cohort.md) and run the command again.");
    }

    public bool Columns(IEnumerable<string> required)
    {
        var missing = required.Where(c => !table.Has(c)).ToArray();
        if (missing.Length > 0) problems.Add($"{table.Path}: column{(missing.Length == 1 ? "" : "s")} {string.Join(", ", missing)} missing");
        foreach (var twice in table.Header.GroupBy(h => h).Where(g => g.Count() > 1)) problems.Add($"{table.Path}: column {twice.Key} stands twice");
        return missing.Length == 0;
    }

    public void AtRow(int index)
    {
        row = table.Rows[index];
        line = index + 2;
    }

    public void Say(string problem) => problems.Add(string.Create(CultureInfo.InvariantCulture, $"{table.Path}, row {line}: {problem}"));

    public string? Text(string column) => table.Field(row, column) is { Length: > 0 } text ? text : null;

    /// <summary>A pseudonym: it names files, so it may hold no path separators or control characters.</summary>
    public string Id(string column)
    {
        var text = Text(column);
        if (text is null) Say($"{column} is empty");
        else if (text is "." or ".." || text.Any(c => char.IsControl(c) || c is '/' or '\\' or ':')) Say($"{column} = {text}, expected a name without / \\ : or control characters");
        else return text;
        return "";
    }

    public string KnownCase(HashSet<string> ids)
    {
        var id = Id("case_id");
        if (id.Length > 0 && !ids.Contains(id)) Say($"case {id} is not in cases.csv");
        return id;
    }

    public bool Unique(string column, string value)
    {
        if (value.Length == 0 || seen.Add(value)) return true;
        Say($"{column} {value} stands twice");
        return false;
    }

    public string? File(string folder, string column, bool required = false)
    {
        var path = Text(column);
        if (path is null)
        {
            if (required) Say($"{column} is empty");
            return null;
        }

        var full = Path.GetFullPath(Path.Combine(folder, path));
        if (Path.IsPathRooted(path) || !full.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal)) Say($"{column} = {path} lies outside of the cohort's folder");
        else if (!System.IO.File.Exists(full)) Say($"{column} = {path}: there is no such file");
        else return path;
        return null;
    }

    public bool? Boolean(string column)
    {
        var text = Text(column);
        if (text is null or "0" or "1") return text is null ? null : text == "1";
        Say($"{column} = {text}, expected 0, 1 or nothing");
        return null;
    }

    public double? Number(string column, Interval<double> range, bool required = false)
    {
        var text = Text(column);
        if (text is null)
        {
            if (required) Say($"{column} is empty");
            return null;
        }

        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && range.Contains(value)) return value;
        Say(string.Create(CultureInfo.InvariantCulture, $"{column} = {text}, expected a number from {range.Low} to {range.High}"));
        return null;
    }

    public string? Code(string column, IReadOnlyList<string> codes)
    {
        var text = Text(column);
        if (text is null || codes.Contains(text)) return text;
        Say($"{column} = {text}, expected {string.Join(", ", codes)} or nothing");
        return null;
    }

    public T? Word<T>(string column, bool required = false) where T : struct, Enum
    {
        var text = Text(column);
        if (text is null)
        {
            if (required) Say($"{column} is empty");
            return null;
        }

        var words = Enum.GetValues<T>().Select(v => (Value: v, Word: JsonNamingPolicy.SnakeCaseLower.ConvertName(v.ToString()))).Where(w => w.Word != "none").ToArray();
        foreach (var (value, word) in words)
        {
            if (word == text) return value;
        }

        Say($"{column} = {text}, expected {string.Join(", ", words.Select(w => w.Word))}");
        return null;
    }
}
