using ScottPlot;

namespace Cora.Reporting;

/// <summary>What panels of different figures have in common.</summary>
internal static class PanelParts
{
    public static readonly Color Quiet = new("#5B6673");

    /// <summary>The panel's letter and title, left above it.</summary>
    public static void Title(Plot plot, string text)
    {
        plot.Title(text);
        plot.Axes.Title.Label.FontSize = 13;
        plot.Axes.Title.Label.Bold = true;
        plot.Axes.Title.Label.ForeColor = new("#1B2128");
    }

    /// <summary>A panel that has nothing to draw says why.</summary>
    public static void Say(Plot plot, string words)
    {
        plot.HideGrid();
        plot.Axes.SetLimits(0, 1, 0, 1);
        var text = plot.Add.Text(Wrapped(words), 0.5, 0.5);
        text.Alignment = Alignment.MiddleCenter;
        text.LabelFontSize = 12;
        text.LabelFontColor = Quiet;
        foreach (var axis in plot.Axes.GetAxes()) axis.IsVisible = false;
        plot.Axes.Title.IsVisible = true;
    }

    /// <summary>Both axes from 0 to 1, with room for marks that lie on the edge.</summary>
    public static void UnitSquare(Plot plot, string x, string y)
    {
        plot.Axes.SetLimits(-0.015, 1.015, -0.015, 1.03);
        foreach (var axis in new IAxis[] { plot.Axes.Bottom, plot.Axes.Left })
        {
            axis.TickGenerator = Ticks(Enumerable.Range(0, 6).Select(i => (i / 5.0, Telling.Number(i / 5.0, "0.0"))));
        }

        plot.XLabel(x);
        plot.YLabel(y);
    }

    public static ScottPlot.TickGenerators.NumericManual Ticks(IEnumerable<(double At, string Text)> ticks)
    {
        var all = ticks.ToArray();
        return new([.. all.Select(t => t.At)], [.. all.Select(t => t.Text)]);
    }

    /// <summary>A quiet straight line that the eye compares with.</summary>
    public static void Reference(Plot plot, double x0, double y0, double x1, double y1, string? legend = null)
    {
        var line = plot.Add.Line(x0, y0, x1, y1);
        line.Color = new("#9AA5B1");
        line.LineWidth = 1;
        line.LinePattern = LinePattern.Dashed;
        if (legend is not null) line.LegendText = legend;
    }

    /// <summary>A line of a series; undefined points are left out.</summary>
    public static void Curve(Plot plot, MethodSeries series, double[] x, double[] y, string legend, bool isFirst)
    {
        var drawn = Enumerable.Range(0, x.Length).Where(i => !double.IsNaN(y[i])).ToArray();
        var line = plot.Add.ScatterLine(Array.ConvertAll(drawn, i => x[i]), Array.ConvertAll(drawn, i => y[i]), series.Colour);
        line.LineWidth = isFirst ? 2.4f : 1.7f;
        line.LinePattern = series.Pattern;
        line.LegendText = legend;
    }

    /// <summary>The band of a curve, pale behind it.</summary>
    public static void Band(Plot plot, MethodSeries series, double[] x, double[] low, double[] high)
    {
        var band = plot.Add.FillY(x, low, high);
        band.FillColor = series.Colour.WithAlpha(0.16);
        band.LineWidth = 0;
        band.MarkerSize = 0;
    }

    /// <summary>A whisker from low to high; none where there is no interval.</summary>
    public static void Whisker(Plot plot, double x, double low, double high, Color colour)
    {
        if (double.IsNaN(low) || double.IsNaN(high)) return;
        Segment(plot, x, low, x, high, colour);
    }

    public static void Segment(Plot plot, double x0, double y0, double x1, double y1, Color colour)
    {
        var line = plot.Add.Line(x0, y0, x1, y1);
        line.Color = colour;
        line.LineWidth = 1.4f;
    }

    public static void Legend(Plot plot, Alignment place, float size = 11)
    {
        Figures.Legend(plot, place);
        plot.Legend.FontSize = size;
        plot.Legend.BackgroundColor = Colors.White.WithAlpha(0.85);
        plot.Legend.OutlineWidth = 0;
        plot.Legend.Margin = new(4);
        plot.Legend.Padding = new(4);
    }

    private static string Wrapped(string words)
    {
        var lines = new List<string>();
        foreach (var word in words.Split(' '))
        {
            if (lines.Count > 0 && lines[^1].Length + word.Length < 42) lines[^1] += " " + word;
            else lines.Add(word);
        }

        return string.Join('\n', lines);
    }
}
