using Cora.Evaluation;
using ScottPlot;

namespace Cora.Reporting;

/// <summary>Decision curves: net benefit of acting on the probabilities, against acting on everyone and on no one.</summary>
public static class DecisionFigure
{
    // How far below zero a panel reaches at most, in its height above it.
    private const double MostHarm = -1.5;

    /// <summary>A panel for every split and target.</summary>
    public static IFigure Of(IReadOnlyList<ClassificationCell> cells, string name)
    {
        ArgumentNullException.ThrowIfNull(cells);
        var all = cells.Select(cell => cell.Series.Select((_, m) =>
        {
            var (cases, resamples) = cell.Pooled(m);
            return DecisionCurve.Of(cases, resamples);
        }).ToArray()).ToArray();
        return new DrawnFigure(
            name, "Decision curves", Caption(cells, all), Data(cells, all),
            new(Math.Min(2, cells.Count), 400, 330, [.. cells.Select((cell, i) => new Action<Plot>(plot => Draw(plot, cell, all[i], i)))])
            {
                Legend = [.. cells[0].Series.Select(s => (s.Colour, s.Name)), (new("#1B2128"), "treat all (dashed)"), (new("#9AA5B1"), "treat none (dashed)")],
            })
        {
            Summary = $"Net benefit of acting on the probabilities: true positives a case, less the false positives at the exchange rate of the threshold. Treating all and treating none are what a model must surpass. The band is the 95 % interval of {cells[0].Series[0].Name}; what falls below a panel stands in the CSV.{CalibrationFigure.Pooling(cells)}{Telling.Caution(cells)}",
        };
    }

    private static void Draw(Plot plot, ClassificationCell cell, DecisionCurve[] methods, int panel)
    {
        PanelParts.Title(plot, $"{Telling.Letter(panel)}   {cell.Heading}");
        var first = methods[0];
        PanelParts.Band(plot, cell.Series[0], first.Model.At, first.Model.Low, first.Model.High);
        PanelParts.Reference(plot, 0, 0, 1, 0);
        for (var m = methods.Length - 1; m >= 0; m--) PanelParts.Curve(plot, cell.Series[m], methods[m].Model.At, methods[m].Model.Value, m == 0);

        var highest = Math.Max(0.02, methods.Select(d => d.Model).SelectMany(c => c.Value).Concat(first.Model.High).Where(double.IsFinite).Append(first.TreatAll[0]).Max());
        // The model that does most harm stays in view, unless it would press all others flat.
        var lowest = Math.Clamp(1.08 * methods.SelectMany(d => d.Model.Value).Where(double.IsFinite).DefaultIfEmpty(0).Min(), MostHarm * highest, -0.3 * highest);
        var inView = Enumerable.Range(0, first.Model.At.Length).TakeWhile(i => first.TreatAll[i] > lowest).ToArray();
        if (inView.Length > 1) PanelParts.Broken(plot, [.. inView.Select(i => first.Model.At[i])], [.. inView.Select(i => first.TreatAll[i])], new("#1B2128"), 1.5f);
        plot.Axes.SetLimits(0, 1, lowest, 1.08 * highest);
        plot.XLabel("threshold probability");
        plot.YLabel("net benefit");
    }

    private static string Caption(IReadOnlyList<ClassificationCell> cells, DecisionCurve[][] all)
    {
        var panels = cells.Select((cell, i) => $"{Telling.Letter(i)}, {Telling.Held(cell)}: " + string.Join("; ", all[i].Select((d, m) => $"{cell.Series[m].Name} {Range(d)}")) + ".");
        return $"Net benefit: true positives a case, less the false positives at the exchange rate of the threshold. Treating all and treating none are what a model must surpass. {string.Join(" ", panels)} The band is the pointwise 95 % interval of {cells[0].Series[0].Name}, from {cells.Max(c => c.Resamples.Count)} resamples of the cases.{CalibrationFigure.Pooling(cells)}{Telling.Caution(cells)}";
    }

    private static string Range(DecisionCurve d)
    {
        var above = Enumerable.Range(0, d.Model.At.Length).Count(i => d.Model.Value[i] > Math.Max(0, d.TreatAll[i]));
        return $"surpasses both at {above} of {d.Model.At.Length} thresholds";
    }

    private static FigureData Data(IReadOnlyList<ClassificationCell> cells, DecisionCurve[][] all) => new(
        ["split", "target", "method", "threshold", "net_benefit", "low", "high", "treat_all", "treat_none", "cases", "resamples"],
        [.. from cell in cells.Index()
            from d in all[cell.Index].Index()
            let curve = d.Item.Model
            from i in Enumerable.Range(0, curve.At.Length)
            select (IReadOnlyList<object?>)
            [
                cell.Item.Split, cell.Item.Target, cell.Item.Series[d.Index].Name, curve.At[i], curve.Value[i], ScoreTable.Number(curve.Low[i]), ScoreTable.Number(curve.High[i]),
                d.Item.TreatAll[i], 0, cell.Item.Cases, curve.Resamples,
            ]]);
}
