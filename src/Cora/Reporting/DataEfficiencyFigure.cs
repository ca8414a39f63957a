using System.Globalization;
using ScottPlot;

namespace Cora.Reporting;

/// <summary>A training's measure at its number of training cases.</summary>
internal sealed record SizePoint(MethodSeries Series, string Run, int Cases, double Value);

/// <summary>A measure against the number of training cases, a line a method, a point a training: Fig. 4b of the paper.</summary>
internal static class DataEfficiencyFigure
{
    /// <summary>The figure; null when fewer than two numbers of training cases are known.</summary>
    /// <param name="cells">Scores of all trainings, whatever their number of training cases.</param>
    /// <param name="casesOf">Training cases of a run; null when not recorded.</param>
    /// <param name="keys">Measures to show.</param>
    public static IFigure? Of(IReadOnlyList<ScoreCell> cells, Func<string, int?> casesOf, params IReadOnlyList<string> keys)
    {
        var panels = (from cell in cells from key in keys select (Cell: cell, Row: cell[key], Points: Points(cell[key], casesOf))).ToArray();
        if (panels.SelectMany(p => p.Points).Select(p => p.Cases).Distinct().Count() < 2) return null;
        return new DrawnFigure(
            "data-efficiency", "Data efficiency", Caption(panels), new(
                ["split", "measure", "method", "run", "training_cases", "value"],
                [.. from panel in panels from p in panel.Points select (IReadOnlyList<object?>)[panel.Cell.Split, panel.Row.Key, p.Series.Name, p.Run, p.Cases, ScoreTable.Number(p.Value)]]),
            new(keys.Count, 900 / keys.Count, 300, [.. panels.Select((panel, i) => new Action<Plot>(plot => Draw(plot, panel.Cell, panel.Row, panel.Points, i)))]) { Legend = PanelParts.Series(panels[0].Row.Values.Select(v => v.Series)) })
        {
            Summary = $"Measures on the same {panels[0].Cell.Cases} test cases against the number of labelled training cases. A point is a training, a line joins their means.",
        };
    }

    private static SizePoint[] Points(MeasureRow row, Func<string, int?> casesOf) =>
        [.. from v in row.Values from run in v.Series.Runs.Index() let cases = casesOf(run.Item) where cases is not null orderby cases select new SizePoint(v.Series, run.Item, cases.Value, v.Measure.Seeds[run.Index])];

    private static void Draw(Plot plot, ScoreCell cell, MeasureRow row, SizePoint[] points, int panel)
    {
        PanelParts.Title(plot, $"{Telling.Letter(panel)}   {cell.Heading}");
        var sizes = points.Select(p => p.Cases).Distinct().Order().ToArray();
        foreach (var series in row.Values.Select(v => v.Series).Reverse())
        {
            var own = points.Where(p => p.Series == series && !double.IsNaN(p.Value)).ToArray();
            if (own.Length == 0) continue;
            var means = own.GroupBy(p => p.Cases).OrderBy(g => g.Key).ToArray();
            var line = plot.Add.ScatterLine(means.Select(g => Math.Log2(g.Key)).ToArray(), means.Select(g => g.Average(p => p.Value)).ToArray(), series.Colour);
            line.LineWidth = 2;
            plot.Add.Markers(own.Select(p => Math.Log2(p.Cases)).ToArray(), own.Select(p => p.Value).ToArray(), MarkerShape.FilledCircle, 7, series.Colour);
        }

        plot.Axes.Margins(0.08, 0.15);
        plot.Axes.Bottom.TickGenerator = PanelParts.Ticks(sizes.Select(s => (Math.Log2(s), s.ToString(CultureInfo.InvariantCulture))));
        plot.XLabel("training cases (doubling scale)");
        plot.YLabel(row.Name);
    }

    private static string Caption((ScoreCell Cell, MeasureRow Row, SizePoint[] Points)[] panels)
    {
        var told = panels.Select((panel, i) => $"{Telling.Letter(i)}, {panel.Cell.Heading}, {panel.Row.Name}: " + string.Join("; ", panel.Points.GroupBy(p => p.Series.Name).Select(method =>
            $"{method.Key} " + string.Join(", ", method.GroupBy(p => p.Cases).Select(g =>
            {
                var defined = g.Where(p => !double.IsNaN(p.Value)).ToArray();
                return string.Create(CultureInfo.InvariantCulture, $"{Telling.Number(defined.Length == 0 ? double.NaN : defined.Average(p => p.Value), "0.00")} at {g.Key}");
            })))) + ".");
        var undefined = panels.SelectMany(p => p.Points.Where(q => double.IsNaN(q.Value)).Select(q => string.Create(CultureInfo.InvariantCulture, $"{p.Row.Name} of {q.Series.Name} at {q.Cases} cases"))).ToArray();
        var missing = undefined.Length == 0 ? "" : $" Not defined, and not drawn: {string.Join(", ", undefined)}.";
        return $"Measures on the same {panels[0].Cell.Cases} test cases against the number of labelled training cases. A point is a training, a line joins their means. {string.Join(" ", told)}{missing}";
    }
}
