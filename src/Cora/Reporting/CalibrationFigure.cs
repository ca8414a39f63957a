using Cora.Evaluation;
using ScottPlot;

namespace Cora.Reporting;

/// <summary>Whether probabilities mean what they say: share of positive cases against mean probability, in bins of equal width.</summary>
public static class CalibrationFigure
{
    /// <summary>A panel for every split and target.</summary>
    public static IFigure Of(IReadOnlyList<ClassificationCell> cells, string name)
    {
        ArgumentNullException.ThrowIfNull(cells);
        var all = cells.Select(cell => cell.Series.Select((_, m) =>
        {
            var (cases, resamples) = cell.Pooled(m);
            return Calibration.Of(cases, resamples);
        }).ToArray()).ToArray();
        return new DrawnFigure(
            name, "Calibration", Caption(cells, all), Data(cells, all),
            new(Math.Min(2, cells.Count), 400, 380 + 18 * cells[0].Series.Count, [.. cells.Select((cell, i) => new Action<Plot>(plot => Draw(plot, cell, all[i], i)))]))
        {
            Summary = $"Share of positive cases against mean probability in {Calibration.StandardBins} bins of equal width; empty bins are not drawn; the dashed diagonal, slope 1 and small errors are right.{Pooling(cells)}{Telling.Caution(cells)}",
        };
    }

    private static void Draw(Plot plot, ClassificationCell cell, Calibration[] methods, int panel)
    {
        PanelParts.Title(plot, $"{Telling.Letter(panel)}   {cell.Heading}");
        PanelParts.Reference(plot, 0, 0, 1, 1);
        for (var m = methods.Length - 1; m >= 0; m--)
        {
            var (bins, series) = (methods[m].Bins, cell.Series[m]);
            var line = plot.Add.Scatter(bins.Select(b => b.MeanProbability).ToArray(), bins.Select(b => b.PositiveShare).ToArray(), series.Colour);
            line.LineWidth = m == 0 ? 2 : 1.3f;
            line.MarkerSize = 6;
        }

        PanelParts.UnitSquare(plot, "mean probability in the bin", "share of positive cases");

        // The legend stands above the data, which may lie anywhere.
        plot.Axes.SetLimitsY(-0.015, 1.04 + PanelParts.LegendLine * methods.Length);
        PanelParts.Legend(plot, Alignment.UpperLeft, methods.Select((c, m) => (cell.Series[m].Colour, $"{cell.Series[m].Name}  slope {Telling.Number(c.Slope.Value)}, Brier {Telling.Number(c.Brier.Value)}, ECE {Telling.Number(c.ExpectedError.Value)}")), 10);
    }

    private static string Caption(IReadOnlyList<ClassificationCell> cells, Calibration[][] all)
    {
        var panels = cells.Select((cell, i) => $"{Telling.Letter(i)}, {Telling.Held(cell)}: " + string.Join("; ", all[i].Select((c, m) =>
            $"{cell.Series[m].Name} slope {Telling.Interval(c.Slope)}, intercept {Telling.Interval(c.Intercept)}, Brier score {Telling.Interval(c.Brier, "0.000")}, expected calibration error (ECE) {Telling.Interval(c.ExpectedError, "0.000")}")) + ".");
        return $"Share of positive cases against mean probability in {Calibration.StandardBins} bins of equal width; empty bins are not drawn; the dashed diagonal is right. Slope 1 and intercept 0 of the logistic regression of the truth on the logit are right. {string.Join(" ", panels)} {Telling.Intervals(cells)}{Pooling(cells)}{Telling.Caution(cells)}";
    }

    /// <summary>How several trainings are brought together where a mean of curves would not be one.</summary>
    internal static string Pooling(IReadOnlyList<ClassificationCell> cells) =>
        cells.SelectMany(c => c.Predictions).Any(p => p.Count > 1) ? " Here the predictions of a method's trainings are pooled, and resampled with all predictions of a case." : "";

    private static FigureData Data(IReadOnlyList<ClassificationCell> cells, Calibration[][] all)
    {
        var rows = new List<IReadOnlyList<object?>>();
        foreach (var (i, cell) in cells.Index())
        {
            foreach (var (m, c) in all[i].Index())
            {
                foreach (var (key, e) in new[] { ("slope", c.Slope), ("intercept", c.Intercept), ("calibration_in_the_large", c.InTheLarge), ("brier", c.Brier), ("expected_calibration_error", c.ExpectedError) })
                    rows.Add([cell.Split, cell.Target, cell.Series[m].Name, key, null, null, cell.Cases, null, ScoreTable.Number(e.Value), ScoreTable.Number(e.Low), ScoreTable.Number(e.High), e.Resamples, e.Reason]);
                foreach (var b in c.Bins)
                    rows.Add([cell.Split, cell.Target, cell.Series[m].Name, "bin", b.Low, b.High, b.Cases, b.MeanProbability, b.PositiveShare, null, null, null, null]);
            }
        }

        return new(["split", "target", "method", "quantity", "bin_low", "bin_high", "cases", "mean_probability", "value", "low", "high", "resamples", "reason"], rows);
    }
}
