using System.Globalization;
using Cora.Cohorts;
using ScottPlot;

namespace Cora.Reporting;

/// <summary>Free-response curves and the sensitivity of detection to its threshold and rule of connection, from the runs' own tables.</summary>
internal static class FrocFigure
{
    /// <summary>Recall against wrong pieces a volume; null when no training has such a table.</summary>
    public static IFigure? Of(IReadOnlyList<MethodSeries> series, IReadOnlyList<ScoreCell> cells)
    {
        var curves = cells.Select(cell => Read(series, cell.Split, "-froc", ["threshold"], ["false_positives_a_volume", "recall"])).ToArray();
        if (curves.Any(c => c is null)) return null;
        return new DrawnFigure(
            "stenosis-froc", "Free-response curves (FROC)",
            "Share of all lesions that are found against wrong pieces a volume, over thresholds of the probability. " + string.Join(" ", cells.Select((cell, i) => $"{Telling.Letter(i)}, {Telling.Held(cell)}: " + string.Join("; ", series.Select((s, m) =>
            {
                var defined = curves[i]![m].Where(p => !double.IsNaN(p.Values[1])).ToArray();
                return defined.Length == 0 ? $"{s.Name} not defined" : $"{s.Name} finds at most {Telling.Number(defined.Max(p => p.Values[1]))} of the lesions, at {Telling.Number(defined.MaxBy(p => p.Values[1]).Values[0], "0.0")} wrong pieces a volume";
            })) + ".")) + $" {Capital(Telling.Seeds(series.Select(s => (s.Name, s.Runs.Count))))}; no interval, since the run keeps pooled counts.",
            Data(series, cells, curves!, ["threshold"], ["false_positives_a_volume", "recall"]),
            new(Math.Min(2, cells.Count), 400, 350, [.. cells.Select((cell, i) => new Action<Plot>(plot =>
            {
                PanelParts.Title(plot, $"{Telling.Letter(i)}   {cell.Heading}");
                for (var m = series.Count - 1; m >= 0; m--)
                {
                    var drawn = curves[i]![m].Where(p => !double.IsNaN(p.Values[1])).OrderBy(p => p.Values[0]).ThenBy(p => p.Values[1]).ToArray();
                    var line = plot.Add.Scatter(drawn.Select(p => p.Values[0]).ToArray(), drawn.Select(p => p.Values[1]).ToArray(), series[m].Colour);
                    line.LineWidth = m == 0 ? 2.2f : 1.6f;
                    line.MarkerSize = 5;
                }

                var most = curves[i]!.SelectMany(c => c).Select(p => p.Values[0]).Where(double.IsFinite).DefaultIfEmpty(1).Max();
                plot.Axes.SetLimits(-0.02 * most, 1.05 * Math.Max(most, 0.1), 0, 1.03);
                plot.XLabel("wrong pieces a volume");
                plot.YLabel("recall");
            }))]) { Legend = PanelParts.Series(series) })
        {
            Summary = "Share of all lesions that are found against wrong pieces a volume, over thresholds of the probability; means over trainings. No interval, since the run keeps pooled counts.",
        };
    }

    /// <summary>F1 against threshold, a panel for every connectivity and smallest piece of the first split; null when no training has such a table.</summary>
    public static IFigure? Sensitivity(IReadOnlyList<MethodSeries> series, IReadOnlyList<ScoreCell> cells)
    {
        string[] keys = ["connectivity", "min_predicted_voxels", "threshold"], values = ["f1", "precision", "recall"];
        var points = cells.Select(cell => Read(series, cell.Split, "-sensitivity", keys, values)).ToArray();
        if (points.Any(p => p is null)) return null;
        var shown = points[0]![0].GroupBy(p => (p.Keys[0], p.Keys[1])).Select(g => g.Key).ToArray();
        var best = series.Select((s, m) => (s.Name, Best: points[0]![m].Where(p => !double.IsNaN(p.Values[0])).OrderByDescending(p => p.Values[0]).FirstOrDefault()));
        return new DrawnFigure(
            "stenosis-sensitivity", "How detection depends on its settings",
            $"F1 of lesion detection against the probability threshold, for every way to connect voxels (6: faces, 26: also edges and corners) and the smallest piece that is kept, on {Telling.Held(cells[0])}; further splits stand in the CSV. Highest: "
            + string.Join("; ", best.Select(b => b.Best.Keys is null ? $"{b.Name} not defined" : string.Create(CultureInfo.InvariantCulture, $"{b.Name} {b.Best.Values[0]:0.00} at threshold {b.Best.Keys[2]}, connectivity {b.Best.Keys[0]}, pieces of {b.Best.Keys[1]} voxels and more")))
            + ". A setting chosen here would flatter the test: it is shown, not chosen.",
            Data(series, cells, points!, keys, values),
            new(Math.Min(2, shown.Length), 400, 270, [.. shown.Select((at, i) => new Action<Plot>(plot =>
            {
                PanelParts.Title(plot, string.Create(CultureInfo.InvariantCulture, $"{Telling.Letter(i)}   connectivity {at.Item1}, {at.Item2} voxels and more"));
                for (var m = series.Count - 1; m >= 0; m--)
                {
                    var drawn = points[0]![m].Where(p => (p.Keys[0], p.Keys[1]) == at && !double.IsNaN(p.Values[0])).OrderBy(p => p.Keys[2]).ToArray();
                    var line = plot.Add.Scatter(drawn.Select(p => p.Keys[2]).ToArray(), drawn.Select(p => p.Values[0]).ToArray(), series[m].Colour);
                    line.LineWidth = m == 0 ? 2.2f : 1.6f;
                    line.MarkerSize = 5;
                }

                plot.Axes.SetLimits(0, 1, 0, 1.03);
                plot.XLabel("probability threshold");
                plot.YLabel("F1");
            }))]) { Legend = PanelParts.Series(series) })
        {
            Summary = $"F1 of lesion detection against the probability threshold, for every way to connect voxels (6: faces, 26: also edges and corners) and the smallest piece that is kept, on {Telling.Held(cells[0])}. A setting chosen here would flatter the test: it is shown, not chosen.",
        };
    }

    private static string Capital(string words) => char.ToUpperInvariant(words[0]) + words[1..];

    /// <summary>For each method the points of its tables, values averaged over its trainings; null when a table is missing.</summary>
    private static (double[] Keys, double[] Values)[][]? Read(IReadOnlyList<MethodSeries> series, string split, string suffix, string[] keys, string[] values)
    {
        var paths = series.Select(s => s.Runs.Select(r => MethodSeries.Table(r, s.Stem, split + suffix)).ToArray()).ToArray();
        if (paths.SelectMany(p => p).Any(p => !File.Exists(p))) return null;
        return Array.ConvertAll(paths, runs => runs.SelectMany(path =>
        {
            var table = Table.Read(path);
            double Field(string[] row, string column) => CaseTables.Number(table.Field(row, column), path, "a row", column);
            return table.Rows.Select(r => (Keys: Array.ConvertAll(keys, k => Field(r, k)), Values: Array.ConvertAll(values, v => Field(r, v))));
        }).GroupBy(p => string.Join('|', p.Keys)).Select(g => (g.First().Keys, values.Select((_, v) => g.Average(p => p.Values[v])).ToArray())).ToArray());
    }

    private static FigureData Data(IReadOnlyList<MethodSeries> series, IReadOnlyList<ScoreCell> cells, (double[] Keys, double[] Values)[][][] points, string[] keys, string[] values) => new(
        ["split", "method", .. keys, .. values],
        [.. from cell in cells.Index()
            from s in series.Index()
            from p in points[cell.Index][s.Index]
            select (IReadOnlyList<object?>)[cell.Item.Split, s.Item.Name, .. p.Keys.Select(k => (object?)k), .. p.Values.Select(v => ScoreTable.Number(v))]]);
}
