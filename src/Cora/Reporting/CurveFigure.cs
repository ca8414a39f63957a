using Cora.Evaluation;

namespace Cora.Reporting;

/// <summary>ROC and precision-recall curves: a panel for every split and target, a line a method, the first method's band.</summary>
public static class CurveFigure
{
    private const int PanelWidth = 400;
    private const int PanelHeight = 380;

    // More names than these would cover curves: they stand above the data.
    private const int MostInside = 5;

    /// <summary>Receiver operating characteristics: Fig. 2 of the paper for plaques, Fig. 5 for MACE.</summary>
    public static IFigure Roc(IReadOnlyList<ClassificationCell> cells, string name, string title) => Of(
        cells, name, title, CaseMeasure.Auroc, "sensitivity", "false_positive_rate",
        (trainings, resamples) => CurveBand.OfRoc(trainings, resamples),
        cell => cell.First.Cases.HasBothClasses,
        "Receiver operating characteristic (ROC) curves; the dashed diagonal is chance");

    /// <summary>Precision against recall; the dashed line is the share of positive cases.</summary>
    public static IFigure PrecisionRecall(IReadOnlyList<ClassificationCell> cells, string name, string title) => Of(
        cells, name, title, CaseMeasure.AveragePrecision, "precision", "recall",
        (trainings, resamples) => CurveBand.OfPrecisionRecall(trainings, resamples),
        cell => cell.First.Cases.Positives > 0,
        "Precision against recall, not interpolated; the dashed line is the share of positive cases, which chance has");

    private static DrawnFigure Of(
        IReadOnlyList<ClassificationCell> cells, string name, string title, CaseMeasure measure, string y, string x,
        Func<IReadOnlyList<ScoredCases>, Resamples, CurveBand> bandOf, Func<ClassificationCell, bool> isDefined, string whatItIs)
    {
        ArgumentNullException.ThrowIfNull(cells);
        var bands = cells.Select(cell => isDefined(cell) ? cell.Series.Select((_, m) => bandOf(cell.Of(m), cell.Resamples)).ToArray() : null).ToArray();
        var panels = cells.Select((cell, i) => new Action<ScottPlot.Plot>(plot =>
        {
            PanelParts.Title(plot, $"{Telling.Letter(i)}   {cell.Heading}");
            if (bands[i] is not { } drawn)
            {
                PanelParts.Say(plot, $"Not defined: {cell[measure.Key].Values[0].Estimate.Reason} ({cell.Cases} cases, {cell.Counted}).");
                return;
            }

            var share = (double)cell.First.Cases.Positives / cell.Cases;
            var isRoc = y == "sensitivity";
            PanelParts.Reference(plot, 0, isRoc ? 0 : share, 1, isRoc ? 1 : share);
            PanelParts.Band(plot, cell.Series[0], drawn[0].At, drawn[0].Low, drawn[0].High);
            for (var m = drawn.Length - 1; m >= 0; m--)
            {
                double[] origin = isRoc ? [0] : [];
                PanelParts.Curve(plot, cell.Series[m], [.. origin, .. drawn[m].At], [.. origin, .. drawn[m].Value], m == 0);
            }

            PanelParts.UnitSquare(plot, isRoc ? "1 - specificity" : x, y);
            var isCrowded = drawn.Length > MostInside;
            if (isCrowded) plot.Axes.SetLimitsY(-0.015, 1.05 + PanelParts.LegendLine * drawn.Length);
            PanelParts.Legend(plot, isCrowded ? ScottPlot.Alignment.UpperLeft : isRoc || share > 0.25 ? ScottPlot.Alignment.LowerRight : ScottPlot.Alignment.UpperRight, cell[measure.Key].Values.Select(v => (v.Series.Colour, Legend(v))));
        })).ToArray();
        return new(name, title, Caption(cells, measure, whatItIs), Data(cells, bands, measure, y), new(Math.Min(2, panels.Length), PanelWidth, PanelHeight + (cells[0].Series.Count > MostInside ? 18 * cells[0].Series.Count : 0), panels));
    }

    private static string Legend(MethodValue v)
    {
        var interval = double.IsNaN(v.Estimate.Low) ? "" : $" ({Telling.Number(v.Estimate.Low)}–{Telling.Number(v.Estimate.High)})";
        return $"{v.Series.Name}  {Telling.Number(v.Estimate.Value)}{interval} {v.Stars}".TrimEnd();
    }

    private static string Caption(IReadOnlyList<ClassificationCell> cells, CaseMeasure measure, string whatItIs)
    {
        var panels = cells.Select((cell, i) => $"{Telling.Letter(i)}, {Telling.Held(cell)}: {measure.Name} {Telling.Values(cell[measure.Key])}.");
        var tests = cells.Count > 0 && cells[0].Series.Count > 1 ? " " + Telling.Tests : "";
        return $"{whatItIs}. {string.Join(" ", panels)} The band is the pointwise 95 % interval of {cells[0].Series[0].Name}. {Telling.Intervals(cells)}{tests}{Telling.Caution(cells)}";
    }

    private static FigureData Data(IReadOnlyList<ClassificationCell> cells, CurveBand[]?[] bands, CaseMeasure measure, string y)
    {
        var rows = new List<IReadOnlyList<object?>>();
        foreach (var (i, cell) in cells.Index())
        {
            foreach (var (m, v) in cell[measure.Key].Values.Index())
            {
                object?[] held = [cell.Cases, cell.First.Cases.Positives, v.Estimate.Resamples, v.Measure.Seeds.Count];
                rows.Add([cell.Split, cell.Target, v.Series.Name, measure.Key, null, Field(v.Estimate.Value), Field(v.Estimate.Low), Field(v.Estimate.High), .. held, Field(v.AgainstFirst?.PValue), Field(v.HolmP), v.Estimate.Reason]);
                if (bands[i] is not { } drawn) continue;
                for (var k = 0; k < drawn[m].At.Length; k++)
                    rows.Add([cell.Split, cell.Target, v.Series.Name, y, drawn[m].At[k], Field(drawn[m].Value[k]), Field(drawn[m].Low[k]), Field(drawn[m].High[k]), .. held, null, null, null]);
            }
        }

        return new(["split", "target", "method", "quantity", "at", "value", "low", "high", "cases", "positives", "resamples", "trainings", "p_value", "p_value_holm", "reason"], rows);

        static object? Field(double? value) => ScoreTable.Number(value);
    }
}
