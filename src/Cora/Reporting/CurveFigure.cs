using Cora.Evaluation;

namespace Cora.Reporting;

/// <summary>ROC and precision-recall curves: a panel for every split and target, a line a method, the first method's band.</summary>
public static class CurveFigure
{
    private const int PanelWidth = 400;
    private const int PanelHeight = 380;

    // A legend inside takes about these shares of the axes: of the width a letter and the line before it, of the height a line. More lines than these stand above in any case.
    private const double LetterWidth = 0.0175;
    private const double LegendMargin = 0.13;
    private const double LegendHeight = 0.062;
    private const int MostInside = 5;

    /// <summary>Receiver operating characteristics: Fig. 2 of the paper for plaques, Fig. 5 for MACE.</summary>
    /// <param name="cells">A panel each.</param>
    /// <param name="name">Name of its files.</param>
    /// <param name="title">Title above it.</param>
    /// <param name="rules">Rules that stand beside the methods, in broken lines.</param>
    public static IFigure Roc(IReadOnlyList<ClassificationCell> cells, string name, string title, IReadOnlyList<RuleScores>? rules = null) => Of(
        cells, rules ?? [], name, title, CaseMeasure.Auroc, "sensitivity", "false_positive_rate",
        (trainings, resamples) => CurveBand.OfRoc(trainings, resamples),
        cell => cell.First.Cases.HasBothClasses,
        "Receiver operating characteristic (ROC) curves; the dashed diagonal is chance");

    /// <summary>Precision against recall; the dashed line is the share of positive cases.</summary>
    public static IFigure PrecisionRecall(IReadOnlyList<ClassificationCell> cells, string name, string title) => Of(
        cells, [], name, title, CaseMeasure.AveragePrecision, "precision", "recall",
        (trainings, resamples) => CurveBand.OfPrecisionRecall(trainings, resamples),
        cell => cell.First.Cases.Positives > 0,
        "Precision against recall, not interpolated; the dashed line is the share of positive cases, which chance has");

    private static DrawnFigure Of(
        IReadOnlyList<ClassificationCell> cells, IReadOnlyList<RuleScores> rules, string name, string title, CaseMeasure measure, string y, string x,
        Func<IReadOnlyList<ScoredCases>, Resamples, CurveBand> bandOf, Func<ClassificationCell, bool> isDefined, string whatItIs)
    {
        ArgumentNullException.ThrowIfNull(cells);
        var bands = cells.Select(cell => isDefined(cell) ? cell.Series.Select((_, m) => bandOf(cell.Of(m), cell.Resamples)).ToArray() : null).ToArray();
        var isRoc = y == "sensitivity";
        RuleCurve[] RulesOf(ClassificationCell cell) => !isDefined(cell) ? [] : [.. rules.Where(r => r.Of(cell) is not null).Select(r => new RuleCurve(r, r.Of(cell)!, bandOf([r.Of(cell)!.Cases], cell.Resamples)))];
        var yardsticks = cells.Select(RulesOf).ToArray();
        var most = cells[0].Series.Count + yardsticks.Max(r => r.Length);

        // A legend that would lie on a curve of any panel stands above the data in all of them.
        var isAbove = most > MostInside || cells.Where((cell, i) => bands[i] is not null && Covers(Place(cell, isRoc), most, cell[measure.Key].Values.Max(v => Legend(v).Length), [.. bands[i]!, .. yardsticks[i].Select(r => r.Band)])).Any();
        var panels = cells.Select((cell, i) => new Action<ScottPlot.Plot>(plot =>
        {
            PanelParts.Title(plot, $"{Telling.Letter(i)}   {cell.Heading}");
            if (bands[i] is not { } drawn)
            {
                PanelParts.Say(plot, $"Not defined: {cell[measure.Key].Values[0].Estimate.Reason} ({cell.Cases} cases, {cell.Counted}).");
                return;
            }

            var share = (double)cell.First.Cases.Positives / cell.Cases;
            double[] origin = isRoc ? [0] : [];
            PanelParts.Reference(plot, 0, isRoc ? 0 : share, 1, isRoc ? 1 : share);
            if (!double.IsNaN(cell[measure.Key].Values[0].Estimate.Low)) PanelParts.Band(plot, cell.Series[0], drawn[0].At, drawn[0].Low, drawn[0].High);
            foreach (var r in yardsticks[i]) PanelParts.Broken(plot, [.. origin, .. r.Band.At], [.. origin, .. r.Band.Value], r.Rule.Colour, 1.4f);
            for (var m = drawn.Length - 1; m >= 0; m--)
                PanelParts.Curve(plot, cell.Series[m], [.. origin, .. drawn[m].At], [.. origin, .. drawn[m].Value], m == 0);

            PanelParts.UnitSquare(plot, isRoc ? "1 - specificity" : x, y);
            if (isAbove) plot.Axes.SetLimitsY(-0.015, 1.05 + PanelParts.LegendLine * most);
            PanelParts.Legend(plot, isAbove ? ScottPlot.Alignment.UpperLeft : Place(cell, isRoc), [.. cell[measure.Key].Values.Select(v => (v.Series.Colour, Legend(v))), .. yardsticks[i].Select(r => (r.Rule.Colour, $"{r.Rule.Name}  {Range(r.Score.Auroc)}"))]);
            foreach (var rule in plot.Legend.ManualItems.TakeLast(yardsticks[i].Length)) rule.LinePattern = ScottPlot.LinePattern.Dashed;
        })).ToArray();
        return new(name, title, Caption(cells, yardsticks, measure, whatItIs), Data(cells, bands, yardsticks, measure, y), new(Math.Min(2, panels.Length), PanelWidth, PanelHeight + (isAbove ? 20 * most : 0), panels))
        {
            Summary = $"{whatItIs}. In the legend: {measure.Name} with its 95 % interval; the band is that of {cells[0].Series[0].Name}.{(most > cells[0].Series.Count ? " Rules that learn nothing are in broken lines." : "")}{(cells[0].Series.Count > 1 ? " " + Telling.Tests : "")}{Telling.Caution(cells)}",
        };
    }

    private static ScottPlot.Alignment Place(ClassificationCell cell, bool isRoc) =>
        isRoc || (double)cell.First.Cases.Positives / cell.Cases > 0.25 ? ScottPlot.Alignment.LowerRight : ScottPlot.Alignment.UpperRight;

    /// <summary>Whether a legend of so many lines in a corner at the right would lie on a curve.</summary>
    private static bool Covers(ScottPlot.Alignment place, int lines, int letters, IReadOnlyList<CurveBand> curves)
    {
        var width = LegendMargin + LetterWidth * letters;
        var height = LegendHeight * lines + 0.03;
        bool IsWithin(double x, double y) => x > 1 - width && (place == ScottPlot.Alignment.LowerRight ? y < height : y > 1 - height);
        return curves.Any(c => c.At.Zip(c.Value).Any(p => IsWithin(p.First, p.Second)));
    }

    private sealed record RuleCurve(RuleScores Rule, RuleScore Score, CurveBand Band);

    private static string Legend(MethodValue v) => $"{v.Series.Name}  {Range(v.Estimate)} {v.Stars}".TrimEnd();

    private static string Range(Estimate e) => Telling.Number(e.Value) + (double.IsNaN(e.Low) ? "" : $" ({Telling.Number(e.Low)}–{Telling.Number(e.High)})");

    private static string Caption(IReadOnlyList<ClassificationCell> cells, RuleCurve[][] rules, CaseMeasure measure, string whatItIs)
    {
        var panels = cells.Select((cell, i) => $"{Telling.Letter(i)}, {Telling.Held(cell)}: {measure.Name} {Telling.Values(cell[measure.Key])}{string.Concat(rules[i].Select(r => $"; {r.Rule.Name} {Telling.Interval(r.Score.Auroc)}"))}.");
        var tests = cells.Count > 0 && cells[0].Series.Count > 1 ? " " + Telling.Tests : "";
        var yardsticks = rules.Any(r => r.Length > 0) ? " Rules learn nothing, are told apart by broken lines, and are not tested." : "";
        return $"{whatItIs}. {string.Join(" ", panels)}{yardsticks} The band is the pointwise 95 % interval of {cells[0].Series[0].Name}. {Telling.Intervals(cells)}{tests}{Telling.Caution(cells)}";
    }

    private static FigureData Data(IReadOnlyList<ClassificationCell> cells, CurveBand[]?[] bands, RuleCurve[][] rules, CaseMeasure measure, string y)
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

            foreach (var r in rules[i])
            {
                object?[] held = [cell.Cases, cell.First.Cases.Positives, r.Score.Auroc.Resamples, null];
                rows.Add([cell.Split, cell.Target, r.Rule.Name, measure.Key, null, Field(r.Score.Auroc.Value), Field(r.Score.Auroc.Low), Field(r.Score.Auroc.High), .. held, null, null, r.Score.Auroc.Reason]);
                for (var k = 0; k < r.Band.At.Length; k++) rows.Add([cell.Split, cell.Target, r.Rule.Name, y, r.Band.At[k], Field(r.Band.Value[k]), Field(r.Band.Low[k]), Field(r.Band.High[k]), .. held, null, null, null]);
            }
        }

        return new(["split", "target", "method", "quantity", "at", "value", "low", "high", "cases", "positives", "resamples", "trainings", "p_value", "p_value_holm", "reason"], rows);

        static object? Field(double? value) => ScoreTable.Number(value);
    }
}
