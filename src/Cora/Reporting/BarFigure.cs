using ScottPlot;

namespace Cora.Reporting;

/// <summary>Measures as grouped bars with intervals: a panel for every cell and group of measures, a bar a method.</summary>
public static class BarFigure
{
    private const double GroupWidth = 0.84;

    /// <summary>Measures that share an axis.</summary>
    /// <param name="Keys">Which.</param>
    /// <param name="Axis">What the axis says.</param>
    /// <param name="IsShare">Whether they run from 0 to 1.</param>
    public sealed record Group(IReadOnlyList<string> Keys, string Axis, bool IsShare = true);

    /// <summary>The figure.</summary>
    /// <param name="cells">Scores.</param>
    /// <param name="name">Name of its files.</param>
    /// <param name="title">Title above it.</param>
    /// <param name="opening">First sentence of the caption.</param>
    /// <param name="columns">Panels side by side.</param>
    /// <param name="groups">Panels of each cell; measures that a cell has not are left out.</param>
    public static IFigure Of(IReadOnlyList<ScoreCell> cells, string name, string title, string opening, int columns, params IReadOnlyList<Group> groups)
    {
        ArgumentNullException.ThrowIfNull(cells);
        var panels = (from cell in cells
                      from g in groups
                      let rows = g.Keys.SelectMany(k => cell.Rows.Where(r => r.Key == k)).ToArray()
                      where rows.Length > 0
                      select (Cell: cell, Group: g, Rows: rows)).ToArray();
        var told = panels.Select((p, i) => $"{Telling.Letter(i)}, {Telling.Held(p.Cell)}: {string.Join(". ", p.Rows.Select(r => $"{r.Name.Replace("\n", ", ", StringComparison.Ordinal)} {Telling.Values(r, p.Group.IsShare ? "0.00" : "0.0")}"))}.");
        var tests = cells.Count > 0 && cells[0].Rows[0].Values.Count > 1 ? " " + Telling.Tests : "";
        var caption = $"{opening} {string.Join(" ", told)} {Telling.Intervals(cells)}{tests}{Telling.Caution(cells)}";
        var isOne = panels.Length == 1;
        return new DrawnFigure(
            name, title, caption, ScoreTable.Of(cells, [.. groups.SelectMany(g => g.Keys).Distinct()]),
            new(isOne ? 1 : columns, isOne ? Figures.Width : 820 / columns, isOne || columns > 1 ? 300 : 230, [.. panels.Select((p, i) => new Action<Plot>(plot => Draw(plot, p.Cell, p.Group, p.Rows, i)))]) { Legend = PanelParts.Series(panels[0].Rows[0].Values.Select(v => v.Series)) })
        {
            Summary = $"{opening}{tests}{Telling.Caution(cells)}",
        };
    }

    private static void Draw(Plot plot, ScoreCell cell, Group group, MeasureRow[] rows, int panel)
    {
        PanelParts.Title(plot, $"{Telling.Letter(panel)}   {cell.Heading}");
        var methods = rows[0].Values.Count;
        var width = GroupWidth / methods;
        var tops = rows.SelectMany(r => r.Values).SelectMany(v => new[] { v.Estimate.Value, v.Estimate.High }).Where(double.IsFinite).DefaultIfEmpty(1).Max();
        var top = group.IsShare ? 1 : tops;
        var isRoomy = methods * rows.Length <= 12;
        foreach (var (r, row) in rows.Index())
        {
            foreach (var (m, v) in row.Values.Index())
            {
                var x = r - GroupWidth / 2 + (m + 0.5) * width;
                if (double.IsNaN(v.Estimate.Value))
                {
                    Text(plot, "not\ndefined", x, 0.02 * top, 9, Alignment.LowerCenter);
                    continue;
                }

                var bar = plot.Add.Bar(x, v.Estimate.Value);
                bar.Bars[0].FillColor = v.Series.Colour;
                bar.Bars[0].Size = 0.88 * width;
                bar.Bars[0].LineWidth = 0;
                PanelParts.Whisker(plot, x, v.Estimate.Low, v.Estimate.High, new("#1B2128"));
                var above = double.IsNaN(v.Estimate.High) ? v.Estimate.Value : Math.Max(v.Estimate.High, v.Estimate.Value);
                var number = isRoomy ? Telling.Number(v.Estimate.Value, group.IsShare ? "0.00" : "0.0") : "";
                Text(plot, v.Stars.Length > 0 && number.Length > 0 ? $"{v.Stars}\n{number}" : v.Stars + number, x, above + 0.012 * top, 10, Alignment.LowerCenter);
            }
        }

        plot.Axes.SetLimits(-0.6, rows.Length - 0.4, 0, top * 1.18);
        if (group.IsShare) plot.Axes.Left.TickGenerator = PanelParts.Ticks(Enumerable.Range(0, 6).Select(i => (i / 5.0, Telling.Number(i / 5.0, "0.0"))));
        plot.Axes.Bottom.TickGenerator = PanelParts.Ticks(rows.Select((r, i) => ((double)i, group.IsShare ? r.Name : r.Name.Split(" (")[0])));
        plot.Axes.Bottom.MajorTickStyle.Length = 0;
        plot.Axes.Bottom.TickLabelStyle.FontSize = 12;
        plot.Grid.XAxisStyle.IsVisible = false;
        plot.YLabel(group.Axis);
    }

    private static void Text(Plot plot, string words, double x, double y, float size, Alignment alignment)
    {
        if (words.Length == 0) return;
        var text = plot.Add.Text(words, x, y);
        text.LabelFontSize = size;
        text.LabelFontColor = PanelParts.Quiet;
        text.Alignment = alignment;
    }
}
