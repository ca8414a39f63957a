using ScottPlot;

namespace Cora.Reporting;

/// <summary>What panels of different figures have in common.</summary>
internal static class PanelParts
{
    /// <summary>Share of a unit axis that a line of a legend above the data takes.</summary>
    public const double LegendLine = 0.065;

    public static readonly Color Quiet = new("#5B6673");

    /// <summary>The panel's letter and title, left above it.</summary>
    public static void Title(Plot plot, string text)
    {
        plot.Title(text);
        plot.Axes.Title.Label.FontSize = 13;
        plot.Axes.Title.Label.Bold = true;
        plot.Axes.Title.FullFigureCenter = true;
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
    public static void Reference(Plot plot, double x0, double y0, double x1, double y1)
    {
        Broken(plot, [x0, x1], [y0, y1], new("#9AA5B1"), 1);
    }

    /// <summary>A broken line, piece by piece: Skia's SVG knows no dashes.</summary>
    public static void Broken(Plot plot, double[] x, double[] y, Color colour, float width)
    {
        // Pieces are of one length on a square of the unit, whatever the points of the line are.
        const double piece = 0.018;
        var (spanX, spanY) = (Span(x), Span(y));
        var travelled = 0.0;
        for (var i = 1; i < x.Length; i++)
        {
            if (double.IsNaN(y[i]) || double.IsNaN(y[i - 1])) continue;
            var length = double.Hypot((x[i] - x[i - 1]) / spanX, (y[i] - y[i - 1]) / spanY);
            for (var done = 0.0; done < length;)
            {
                var at = travelled + done;
                var left = Math.Min(length - done, piece - at % piece + 1e-9);
                if ((long)(at / piece) % 2 == 0)
                {
                    double X(double along) => x[i - 1] + along / length * (x[i] - x[i - 1]);
                    double Y(double along) => y[i - 1] + along / length * (y[i] - y[i - 1]);
                    var line = plot.Add.Line(X(done), Y(done), X(done + left), Y(done + left));
                    (line.Color, line.LineWidth) = (colour, width);
                }

                done += left;
            }

            travelled += length;
        }

        static double Span(double[] values) => values.Where(double.IsFinite).DefaultIfEmpty(0).Max() - values.Where(double.IsFinite).DefaultIfEmpty(0).Min() is > 0 and var span ? span : 1;
    }

    /// <summary>A line of a series; undefined points are left out.</summary>
    public static void Curve(Plot plot, MethodSeries series, double[] x, double[] y, bool isFirst)
    {
        var drawn = Enumerable.Range(0, x.Length).Where(i => !double.IsNaN(y[i])).ToArray();
        var line = plot.Add.ScatterLine(Array.ConvertAll(drawn, i => x[i]), Array.ConvertAll(drawn, i => y[i]), series.Colour);
        line.LineWidth = isFirst ? 2.4f : 1.7f;
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

    /// <summary>A figure's legend: its series where there are several.</summary>
    public static IReadOnlyList<(Color Colour, string Words)> Series(IEnumerable<MethodSeries> series) => series.ToArray() is { Length: > 1 } all ? [.. all.Select(s => (s.Colour, s.Name))] : [];

    /// <summary>A legend of lines, in the order given: what is drawn last, on top, is named first.</summary>
    public static void Legend(Plot plot, Alignment place, IEnumerable<(Color Colour, string Words)> lines, float size = 11, MarkerShape marker = MarkerShape.None)
    {
        plot.Legend.ManualItems.AddRange(lines.Select(l => new LegendItem
        {
            LabelText = l.Words, LineColor = l.Colour, LineWidth = marker == MarkerShape.FilledSquare ? 0 : 2, MarkerShape = marker, MarkerFillColor = l.Colour, MarkerLineWidth = 0, MarkerSize = 7,
        }));
        Legend(plot, place, size);
    }

    /// <summary>A legend of filled boxes in one line.</summary>
    public static void Boxes(Plot plot, IEnumerable<(Color Colour, string Words)> boxes)
    {
        plot.Legend.ManualItems.AddRange(boxes.Select(b => new LegendItem { LabelText = b.Words, FillColor = b.Colour, LineWidth = 0, OutlineWidth = 0, MarkerShape = MarkerShape.None }));
        Legend(plot, Alignment.UpperCenter, 11);
        plot.Legend.Orientation = Orientation.Horizontal;
        plot.Legend.TightHorizontalWrapping = true;
    }

    private static void Legend(Plot plot, Alignment place, float size)
    {
        Figures.Legend(plot, place);
        plot.Legend.DisplayPlottableLegendItems = false;
        plot.Legend.FontSize = size;
        plot.Legend.BackgroundColor = Colors.White.WithAlpha(0.85);
        plot.Legend.OutlineWidth = 0;
        plot.Legend.Margin = new(4);
        plot.Legend.Padding = new(4);
    }

    /// <summary>Words in lines of about so many letters at most.</summary>
    internal static string Wrapped(string words, int letters = 42)
    {
        var lines = new List<string>();
        foreach (var word in words.Split(' '))
        {
            if (lines.Count > 0 && lines[^1].Length + word.Length < letters) lines[^1] += " " + word;
            else lines.Add(word);
        }

        return string.Join('\n', lines);
    }
}
