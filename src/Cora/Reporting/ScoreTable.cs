namespace Cora.Reporting;

/// <summary>Scores as tables: of numbers for files, of words for pages.</summary>
internal static class ScoreTable
{
    /// <summary>Every measure of every method, in the columns that all figures of bars share.</summary>
    public static FigureData Of(IEnumerable<ScoreCell> cells, params string[] keys) => new(
        ["split", "target", "measure", "method", "value", "low", "high", "trainings", "spread", "cases", "resamples", "difference", "difference_low", "difference_high", "z", "p_value", "p_value_holm", "reason"],
        [.. from cell in cells
            from row in cell.Rows
            where keys.Length == 0 || keys.Contains(row.Key)
            from v in row.Values
            let d = v.AgainstFirst
            select (IReadOnlyList<object?>)
            [
                cell.Split, cell.Target, row.Key, v.Series.Name, Number(v.Estimate.Value), Number(v.Estimate.Low), Number(v.Estimate.High), v.Measure.Seeds.Count, Number(v.Measure.Spread),
                cell.Cases, v.Estimate.Resamples, Number(d?.Difference), Number(d?.Low), Number(d?.High), Number(d?.Z), Number(d?.PValue), Number(v.HolmP), v.Estimate.Reason,
            ]]);

    /// <summary>The same columns for the rules that stand beside the methods.</summary>
    public static IEnumerable<IReadOnlyList<object?>> Of(IReadOnlyList<RuleScores> rules, IEnumerable<ScoreCell> cells) =>
        from cell in cells
        from rule in rules
        where rule.Of(cell) is not null
        from e in new[] { (Evaluation.CaseMeasure.Auroc.Key, Estimate: rule.Of(cell)!.Auroc), (Evaluation.CaseMeasure.AveragePrecision.Key, Estimate: rule.Of(cell)!.AveragePrecision) }
        select (IReadOnlyList<object?>)[cell.Split, cell.Target, e.Key, rule.Name, Number(e.Estimate.Value), Number(e.Estimate.Low), Number(e.Estimate.High), null, null, cell.Cases, e.Estimate.Resamples, null, null, null, null, null, null, e.Estimate.Reason];

    /// <summary>Every measure of every training alone.</summary>
    public static FigureData Trainings(IEnumerable<ScoreCell> cells) => new(
        ["split", "target", "measure", "method", "run", "value"],
        [.. from cell in cells
            from row in cell.Rows
            from v in row.Values
            from training in v.Measure.Seeds.Index()
            select (IReadOnlyList<object?>)[cell.Split, cell.Target, row.Key, v.Series.Name, v.Series.Runs[training.Index], Number(training.Item)]]);

    /// <summary>A page's tables: for every split and target the measures in columns, the methods in rows.</summary>
    public static void Add(HtmlPage page, IReadOnlyList<ScoreCell> cells, IReadOnlyList<RuleScores>? rules = null)
    {
        var isMarked = false;
        foreach (var group in cells.GroupBy(c => string.Join('|', c.Rows.Select(r => r.Key))))
        {
            foreach (var cell in group)
            {
                isMarked |= cell.Rows.SelectMany(r => r.Values).Any(v => double.IsNaN(v.Estimate.Low) || v.Estimate.Low == v.Estimate.High);
                var rows = cell.Rows[0].Values.Select((first, m) => (IReadOnlyList<string>)
                    [first.Series.Name, .. cell.Rows.Select(row => Cell(row.Values[m]))]);
                var yardsticks = (rules ?? []).Where(r => r.Of(cell) is not null).Select(r => (IReadOnlyList<string>)[$"Rule: {r.Name}", .. cell.Rows.Select(row => Cell(r.Of(cell)!, row.Key))]);
                page.Table(Telling.Held(cell), ["method", .. cell.Rows.Select(r => r.Name)], rows.Concat(yardsticks));
            }
        }

        if (isMarked) page.Paragraph(Telling.Marks);
    }

    /// <summary>An empty field for what is not defined.</summary>
    internal static object? Number(double? value) => value is { } v && double.IsFinite(v) ? v : null;

    private static string Cell(RuleScore score, string measure) =>
        measure == Evaluation.CaseMeasure.Auroc.Key ? Telling.Brief(score.Auroc, "0.000") : measure == Evaluation.CaseMeasure.AveragePrecision.Key ? Telling.Brief(score.AveragePrecision, "0.000") : "no probability";

    private static string Cell(MethodValue v)
    {
        var text = Telling.Brief(v.Estimate, "0.000");
        if (v.Measure.Seeds.Count > 1) text += $" ± {Telling.Number(v.Measure.Spread, "0.000")}";
        return v.AgainstFirst is null || double.IsNaN(v.HolmP) ? text : $"{text}, {Telling.P(v.HolmP)}{v.Stars}";
    }
}
