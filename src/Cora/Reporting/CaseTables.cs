using System.Globalization;
using Cora.Cohorts;
using Cora.Evaluation;

namespace Cora.Reporting;

/// <summary>Tables of a run with one row a case, brought into one order over all methods.</summary>
internal sealed class CaseTables
{
    private readonly Dictionary<string, string[]>[][] rows;
    private readonly Table[][] tables;

    private CaseTables(IReadOnlyList<string> cases, Table[][] tables)
    {
        Cases = cases;
        this.tables = tables;
        rows = Array.ConvertAll(tables, m => Array.ConvertAll(m, t => t.Rows.ToDictionary(r => t.Field(r, "case_id"))));
    }

    /// <summary>The cases, in the order of the first table.</summary>
    public IReadOnlyList<string> Cases { get; }

    /// <summary>Reads the tables of every training of every method.</summary>
    /// <exception cref="CoraException">A case stands twice, or the tables are not of the same cases; what differs is named.</exception>
    public static CaseTables Read(IReadOnlyList<MethodSeries> series, string split, string suffix, params IReadOnlyList<string> same)
    {
        var tables = series.Select(s => s.Runs.Select(run => Table.Read(MethodSeries.Table(run, s.Stem, split + suffix))).ToArray()).ToArray();
        var first = tables[0][0];
        var cases = first.Rows.Select(r => first.Field(r, "case_id")).ToArray();
        var problems = new List<string>();
        foreach (var table in tables.SelectMany(t => t))
        {
            foreach (var column in same.Append("case_id").Where(c => !table.Has(c))) problems.Add($"{table.Path} has no column {column}");
            var own = table.Rows.Select(r => table.Field(r, "case_id")).ToArray();
            problems.AddRange(own.GroupBy(c => c).Where(g => g.Count() > 1).Select(g => $"{table.Path}: case {g.Key} stands twice"));
            problems.AddRange(own.Except(cases).Select(c => $"{table.Path}: case {c} is not in {first.Path}"));
            problems.AddRange(cases.Except(own).Select(c => $"{table.Path}: case {c} of {first.Path} is missing"));
        }

        if (cases.Length == 0) problems.Add($"{first.Path} has no row");
        if (problems.Count == 0) problems.AddRange(Differences(tables, first, same));
        if (problems.Count > 0)
            throw new CoraException($"The runs were not tested on the same cases:\n  {string.Join("\n  ", problems.Take(50))}", "Compare runs that were tested on one cohort, all finished.");
        return new(cases, tables);
    }

    /// <summary>A column of one training in case order; NaN where it is empty.</summary>
    /// <exception cref="CoraException">A field is no number.</exception>
    public double[] Column(int method, int training, string column)
    {
        var table = tables[method][training];
        return [.. Cases.Select(id => Number(table.Field(rows[method][training][id], column), table.Path, id, column))];
    }

    /// <summary>A number of a field; NaN when it is empty.</summary>
    internal static double Number(string text, string path, string row, string column) =>
        text.Length == 0 ? double.NaN
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value
        : throw new CoraException($"{path}: {column} of {row} is {text}, expected a number.", "Finish the run again with --overwrite.");

    private static IEnumerable<string> Differences(Table[][] tables, Table first, IReadOnlyList<string> same)
    {
        var expected = first.Rows.ToDictionary(r => first.Field(r, "case_id"));
        return from table in tables.SelectMany(t => t)
               from row in table.Rows
               let id = table.Field(row, "case_id")
               from column in same
               where table.Field(row, column) != first.Field(expected[id], column)
               select $"{table.Path}: case {id} has {column} = {table.Field(row, column)}, in {first.Path} {first.Field(expected[id], column)}";
    }

    /// <summary>Resamples of the cases of a split.</summary>
    internal Resamples Draw(int count, Seed seed, string task) => Resamples.Draw(Cases.Count, count, seed.Derive("bootstrap").Derive(task));
}
