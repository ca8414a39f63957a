using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Cora.Cohorts;
using ScottPlot;
using SkiaSharp;

namespace Cora.Reporting;

/// <summary>The numbers behind a figure, as the .csv beside it has them.</summary>
/// <param name="Header">Column names.</param>
/// <param name="Rows">Rows; null is an empty field.</param>
public sealed record FigureData(IReadOnlyList<string> Header, IReadOnlyList<IReadOnlyList<object?>> Rows);

/// <summary>One figure of a report: drawn from its numbers, and written with them.</summary>
public interface IFigure
{
    /// <summary>Name of its files, without ending.</summary>
    string Name { get; }

    /// <summary>Title above it.</summary>
    string Title { get; }

    /// <summary>What is to be seen, in words: the caption, and for readers who cannot see it.</summary>
    string Caption { get; }

    /// <summary>What stands below the figure on a page where <see cref="Caption"/> is folded away for its length; null shows the caption as it is.</summary>
    string? Summary => null;

    /// <summary>The numbers.</summary>
    FigureData Data { get; }

    /// <summary>What draws the numbers.</summary>
    Panels Panels { get; }
}

/// <summary>The panels of a figure, row by row, all of one size.</summary>
/// <param name="Columns">Panels side by side.</param>
/// <param name="Width">Width of a panel in pixels.</param>
/// <param name="Height">Height of a panel in pixels.</param>
/// <param name="Draw">What draws each.</param>
public sealed record Panels(int Columns, int Width, int Height, IReadOnlyList<Action<Plot>> Draw)
{
    /// <summary>A figure of one panel.</summary>
    public static Panels One(Action<Plot> draw) => new(1, Figures.Width, Figures.Height, [draw]);

    /// <summary>What colours mean in every panel, in a strip above them all; where each panel says it for itself, empty.</summary>
    public IReadOnlyList<(Color Colour, string Words)> Legend { get; init; } = [];

    /// <summary>Rows of panels.</summary>
    internal int Rows => (Draw.Count + Columns - 1) / Columns;
}

/// <summary>A figure whose numbers, words and drawing are ready.</summary>
/// <param name="Name">Name of its files, without ending.</param>
/// <param name="Title">Title above it.</param>
/// <param name="Caption">What is to be seen, in words.</param>
/// <param name="Data">The numbers.</param>
/// <param name="Panels">What draws them.</param>
public sealed record DrawnFigure(string Name, string Title, string Caption, FigureData Data, Panels Panels) : IFigure
{
    /// <inheritdoc/>
    public string? Summary { get; init; }
}

/// <summary>Writes figures as .svg, .png and the .csv behind them.</summary>
public static partial class Figures
{
    /// <summary>Width of a figure in pixels; the PNG has twice as many.</summary>
    public const int Width = 760;

    /// <summary>Height of a figure in pixels.</summary>
    public const int Height = 400;

    /// <summary>Colours of series in order: told apart by people with any colour vision (Okabe and Ito 2008).</summary>
    public static IReadOnlyList<Color> Series { get; } = [new("#0072B2"), new("#D55E00"), new("#009E73"), new("#CC79A7"), new("#E69F00"), new("#56B4E9")];

    /// <summary>The colour of a thing that has one everywhere.</summary>
    public static Color ColourOf(string name, int otherwise) => name switch
    {
        _ when name.Contains("calcified", StringComparison.Ordinal) => new("#B87900"),
        _ when name.Contains("soft", StringComparison.Ordinal) => new("#2A7FB8"),
        _ => Series[otherwise % Series.Count],
    };

    /// <summary>Writes the three files of a figure into a folder; each whole or not at all.</summary>
    /// <returns>The SVG's text, for a page that holds it.</returns>
    public static string Write(IFigure figure, string folder)
    {
        ArgumentNullException.ThrowIfNull(figure);
        var svg = Svg(figure.Panels);
        Atomically.WriteText(Path.Combine(folder, figure.Name + ".svg"), svg);
        Atomically.WriteFile(Path.Combine(folder, figure.Name + ".png"), stream => stream.Write(Png(figure.Panels)));
        Table.Write(Path.Combine(folder, figure.Name + ".csv"), figure.Data.Header, figure.Data.Rows);
        return svg;
    }

    /// <summary>The legend, at a place where it covers little.</summary>
    public static void Legend(Plot plot, Alignment place)
    {
        ArgumentNullException.ThrowIfNull(plot);
        plot.ShowLegend(place);
        plot.Legend.OutlineColor = new("#D8DCE1");
        plot.Legend.ShadowColor = Colors.Transparent;
        plot.Legend.FontSize = 12;
    }

    private static string Svg(Panels panels)
    {
        using var stream = new MemoryStream();
        using (var canvas = SKSvgCanvas.Create(SKRect.Create(panels.Columns * panels.Width, LegendStrip.Height(panels) + panels.Rows * panels.Height), stream)) Draw(panels, canvas);
        return WithOwnNumbers(Encoding.UTF8.GetString(stream.ToArray()));
    }

    private static byte[] Png(Panels panels)
    {
        using var surface = SKSurface.Create(new SKImageInfo(2 * panels.Columns * panels.Width, 2 * (LegendStrip.Height(panels) + panels.Rows * panels.Height)));
        surface.Canvas.Clear(SKColors.White);
        surface.Canvas.Scale(2);
        Draw(panels, surface.Canvas);
        using var picture = surface.Snapshot();
        using var png = picture.Encode(SKEncodedImageFormat.Png, 100);
        return png.ToArray();
    }

    private static void Draw(Panels panels, SKCanvas canvas)
    {
        var strip = LegendStrip.Height(panels);
        LegendStrip.Draw(panels, canvas);
        foreach (var (i, draw) in panels.Draw.Index())
        {
            using var plot = new Plot();
            Style(plot);
            draw(plot);
            var (left, top) = (i % panels.Columns * panels.Width, strip + i / panels.Columns * panels.Height);

            // A plot clears its canvas before it draws; clipped, it clears its own panel only.
            canvas.Save();
            canvas.ClipRect(SKRect.Create(left, top, panels.Width, panels.Height));
            plot.Render(canvas, new PixelRect(left, left + panels.Width, top + panels.Height, top));
            canvas.Restore();
        }
    }

    /// <summary>Skia counts clip paths over the whole life of a process; counted from 1 in each file, the same figure is the same bytes.</summary>
    private static string WithOwnNumbers(string svg)
    {
        var numbers = new Dictionary<string, int>();
        return ClipName().Replace(svg, name =>
        {
            if (!numbers.ContainsKey(name.Value)) numbers[name.Value] = numbers.Count + 1;
            return string.Create(CultureInfo.InvariantCulture, $"clip-{numbers[name.Value]}");
        });
    }

    [GeneratedRegex("""(?<=["#])cl_[0-9a-f]+(?=["\)])""")]
    private static partial Regex ClipName();

    private static void Style(Plot plot)
    {
        plot.Font.Set(Words.Family);
        plot.FigureBackground.Color = Colors.White;
        plot.DataBackground.Color = Colors.White;
        plot.Axes.Color(new("#3C4450"));
        plot.Grid.MajorLineColor = new("#E8EBEF");
        plot.Axes.Top.FrameLineStyle.Width = 0;
        plot.Axes.Right.FrameLineStyle.Width = 0;
        plot.Axes.Bottom.Label.FontSize = 13;
        plot.Axes.Left.Label.FontSize = 13;
        plot.Axes.Bottom.Label.Bold = false;
        plot.Axes.Left.Label.Bold = false;
    }
}
