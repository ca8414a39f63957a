using System.Globalization;
using System.Text;
using CsvHelper;
using CsvHelper.Configuration;

namespace Cora.Evaluation;

/// <summary>One row of a prediction table, with the text of the columns that it does not know.</summary>
internal sealed record PredictionRow(string Target, string CaseId, bool Truth, double Probability, IReadOnlyDictionary<string, string> Others)
{
    private static readonly string[] Required = ["case_id", "truth", "probability"];
    private static readonly string[] Known = [.. Required, "target"];

    /// <summary>Reads every row that can be read; whatever cannot is said.</summary>
    public static List<PredictionRow> ReadAll(string path, TableProblems problems)
    {
        var rows = new List<PredictionRow>();
        try
        {
            using var reader = new StreamReader(path, Encoding.UTF8);
            using var csv = new CsvParser(reader, Dialect(problems));
            if (!csv.Read()) throw new CoraException($"{path}: the table is empty.", "A header row with case_id, truth and probability and one row a case are expected.");
            if (Columns(csv.Record!, problems) is not { } columns) return rows;
            var seen = new HashSet<(string, string)>();
            while (csv.Read())
            {
                if (csv.Record is { } fields && Array.Exists(fields, f => f.Length > 0) && Row(fields, columns, csv.RawRow, seen, problems) is { } row) rows.Add(row);
            }
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new CoraException($"{path} cannot be read: {problem.Message}", "Check the path and its permissions.", inner: problem);
        }

        return rows;
    }

    private static CsvConfiguration Dialect(TableProblems problems) => new(CultureInfo.InvariantCulture)
    {
        TrimOptions = TrimOptions.Trim,
        BadDataFound = bad => problems.Say(bad.Context.Parser?.RawRow ?? 0, $"a quotation mark is out of place in {bad.Field}"),
    };

    private static Dictionary<string, int>? Columns(string[] header, TableProblems problems)
    {
        var columns = new Dictionary<string, int>();
        for (var i = 0; i < header.Length; i++)
        {
            if (header[i].Length > 0 && !columns.TryAdd(header[i], i)) problems.Say($"column {header[i]} stands twice");
        }

        var missing = Required.Where(c => !columns.ContainsKey(c)).ToArray();
        if (missing.Length > 0) problems.Say($"column{(missing.Length == 1 ? "" : "s")} {string.Join(", ", missing)} missing; the header has {Short(string.Join(", ", header))}");
        return missing.Length == 0 ? columns : null;
    }

    private static string Short(string text) => text.Length <= 200 ? text : text[..200] + " …";

    private static PredictionRow? Row(string[] fields, Dictionary<string, int> columns, int line, HashSet<(string, string)> seen, TableProblems problems)
    {
        var before = problems.Count;
        var width = columns.Values.Max() + 1;
        if (fields.Length > width && Array.Exists(fields[width..], f => f.Length > 0))
            problems.Say(line, string.Create(CultureInfo.InvariantCulture, $"{fields.Length} fields, the header has {width}; a decimal comma?"));
        var caseId = Field("case_id");
        var target = columns.ContainsKey("target") ? Field("target") : PredictionTable.OnlyTarget;
        if (caseId.Length == 0) problems.Say(line, "case_id is empty");
        if (target.Length == 0) problems.Say(line, "target is empty");
        if (caseId.Length > 0 && target.Length > 0 && !seen.Add((target, caseId)))
            problems.Say(line, columns.ContainsKey("target") ? $"case {caseId} stands twice for target {target}" : $"case {caseId} stands twice");
        var truth = Number("truth", v => v is 0 or 1, "0 or 1");
        var probability = Number("probability", v => v is >= 0 and <= 1, "a number from 0 to 1");
        return problems.Count == before
            ? new(target, caseId, truth == 1, probability, columns.Where(c => !Known.Contains(c.Key)).ToDictionary(c => c.Key, c => Field(c.Key)))
            : null;

        string Field(string column) => columns[column] < fields.Length ? fields[columns[column]] : "";

        double Number(string column, Func<double, bool> isAllowed, string expected)
        {
            var text = Field(column);
            if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && isAllowed(value)) return value;
            problems.Say(line, text.Length == 0 ? $"{column} is empty, expected {expected}" : $"{column} = {text}, expected {expected}");
            return double.NaN;
        }
    }
}
