using ScottPlot;

namespace Cora.Reporting;

/// <summary>A panel of what was measured on held-back patients over the steps, its legend above the curves.</summary>
internal static class MeasurePanel
{
    private const int MostDrawn = 6;
    private const double LegendLine = 0.09;        // of the panel's height, a line of the legend

    /// <summary>The measures that are read first. The score is one of them again.</summary>
    public static string[] Main(StepTable? validation) => [.. Of(validation).Where(m => !IsDetail(m)).Take(MostDrawn)];

    /// <summary>The same by share of a mixture or by window.</summary>
    public static string[] Details(StepTable? validation) => [.. Of(validation).Where(IsDetail).Take(MostDrawn)];

    /// <summary>Draws some measures, or says that there are none.</summary>
    public static void Draw(Plot plot, string title, StepTable? validation, IReadOnlyList<string> measures)
    {
        PanelParts.Title(plot, title);
        if (validation is null || validation.Column("step").Length == 0 || measures.Count == 0)
        {
            PanelParts.Say(plot, "Nothing was measured on held-back patients yet.");
            return;
        }

        var steps = validation.Column("step");
        foreach (var (i, measure) in measures.Index())
        {
            var line = plot.Add.Scatter(steps, validation.Column(measure), Figures.Series[i % Figures.Series.Count]);
            (line.LineWidth, line.MarkerSize) = (1.8f, 4);
        }

        var values = measures.SelectMany(validation.Column).Where(double.IsFinite).ToArray();
        var (low, high) = (Math.Min(0, values.DefaultIfEmpty(0).Min()), Math.Max(1, values.DefaultIfEmpty(1).Max()));
        var legend = LegendLine * measures.Count;
        plot.Axes.SetLimitsY(low - 0.02 * (high - low), high + (high - low) * (0.04 + legend / (1 - legend)));
        if (high <= 1 && low >= 0) plot.Axes.Left.TickGenerator = PanelParts.Ticks(Enumerable.Range(0, 6).Select(i => (i / 5.0, Telling.Number(i / 5.0, "0.0"))));
        plot.XLabel("step");
        PanelParts.Legend(plot, Alignment.UpperLeft, measures.Select((m, i) => (Figures.Series[i % Figures.Series.Count], Telling.Plain(m))), 10);
    }

    private static IEnumerable<string> Of(StepTable? validation) => validation?.Measures.Where(m => m != "score") ?? [];

    private static bool IsDetail(string measure) => measure.Contains("_share_", StringComparison.Ordinal) || measure.Contains("_window_", StringComparison.Ordinal);
}
