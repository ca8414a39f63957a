using System.Globalization;
using System.Text.RegularExpressions;
using Cora.Cohorts;
using ScottPlot;

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

    /// <summary>The numbers.</summary>
    FigureData Data { get; }

    /// <summary>Draws the numbers.</summary>
    void Draw(Plot plot);
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
        using var plot = new Plot();
        Style(plot);
        figure.Draw(plot);
        var svg = WithOwnNumbers(plot.GetSvgXml(Width, Height));
        Atomically.WriteText(Path.Combine(folder, figure.Name + ".svg"), svg);
        plot.ScaleFactor = 2;
        var png = plot.GetImageBytes(2 * Width, 2 * Height, ImageFormat.Png);
        Atomically.WriteFile(Path.Combine(folder, figure.Name + ".png"), stream => stream.Write(png));
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
