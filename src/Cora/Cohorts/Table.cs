using System.Globalization;
using CsvHelper;
using CsvHelper.Configuration;

namespace Cora.Cohorts;

/// <summary>A CSV file with a header row, read whole; UTF-8, with or without a byte order mark, any line ends.</summary>
public sealed class Table
{
    // A reader that is told the line end takes that one only; left alone it takes all three.
    private static readonly CsvConfiguration Reading = new(CultureInfo.InvariantCulture) { TrimOptions = TrimOptions.Trim, BadDataFound = null };
    private static readonly CsvConfiguration Writing = new(CultureInfo.InvariantCulture) { NewLine = "\n" };

    private readonly Dictionary<string, int> columns = [];

    private Table(string path, string[] header, List<string[]> rows)
    {
        Path = path;
        Header = header;
        Rows = rows;
        for (var i = 0; i < header.Length; i++) columns.TryAdd(header[i], i);
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Column names in file order.</summary>
    public IReadOnlyList<string> Header { get; }

    /// <summary>Rows in file order.</summary>
    public IReadOnlyList<string[]> Rows { get; }

    /// <summary>Reads a table; <paramref name="delimiter"/> stands between fields.</summary>
    /// <exception cref="CoraException">The file is missing, empty or not readable.</exception>
    public static Table Read(string path, string delimiter = ",")
    {
        try
        {
            using var reader = new StreamReader(path, System.Text.Encoding.UTF8);
            using var csv = new CsvParser(reader, delimiter == "," ? Reading : new(CultureInfo.InvariantCulture) { TrimOptions = TrimOptions.Trim, BadDataFound = null, Delimiter = delimiter });
            if (!csv.Read()) throw new CoraException($"{path}: the table is empty.", "A header row and one row a case are expected.");
            var header = csv.Record!;
            var rows = new List<string[]>();
            while (csv.Read())
            {
                if (csv.Record is { } row && row.Any(f => f.Length > 0)) rows.Add(row);
            }

            return new(path, header, rows);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new CoraException($"{path} cannot be read: {problem.Message}", "Check the path and its permissions.", inner: problem);
        }
    }

    /// <summary>Whether the column is there.</summary>
    public bool Has(string column) => columns.ContainsKey(column);

    /// <summary>A field; empty when the row is short or the column is not there.</summary>
    public string Field(string[] row, string column)
    {
        ArgumentNullException.ThrowIfNull(row);
        return columns.TryGetValue(column, out var i) && i < row.Length ? row[i] : "";
    }

    /// <summary>Writes a table whole or not at all; null fields are empty, numbers are written exactly and without culture.</summary>
    public static void Write(string path, IEnumerable<string> header, IEnumerable<IEnumerable<object?>> rows) =>
        Atomically.WriteFile(path, stream =>
        {
            using var writer = new StreamWriter(stream, new System.Text.UTF8Encoding(false), leaveOpen: true);
            using var csv = new CsvWriter(writer, Writing);
            foreach (var name in header) csv.WriteField(name);
            csv.NextRecord();
            foreach (var row in rows)
            {
                foreach (var value in row) csv.WriteField(Text(value));
                csv.NextRecord();
            }
        });

    private static string Text(object? value) => value switch
    {
        null => "",
        bool b => b ? "1" : "0",
        IFormattable f => f.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };
}
