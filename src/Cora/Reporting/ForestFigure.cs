using System.Globalization;
using Cora.Cohorts;
using Cora.Evaluation;
using ScottPlot;

namespace Cora.Reporting;

/// <summary>A row of a forest: a group of cases and the AUROC of every method on it.</summary>
internal sealed record ForestRow(string Variable, string Level, int Cases, int Positives, MeasureRow Auroc);

/// <summary>AUROC by site, sex and age group, each group with its own resamples.</summary>
public static class ForestFigure
{
    private static readonly double[] AgeEdges = [50, 60, 70];

    /// <summary>A panel for every split and target. Sex and age come of the first run's predictions/strata.csv; without it only sites are told apart.</summary>
    /// <param name="cells">The cells.</param>
    /// <param name="name">Name of its files.</param>
    /// <param name="resamples">Resamples a group.</param>
    /// <param name="seed">Root of the resamples.</param>
    public static IFigure Of(IReadOnlyList<ClassificationCell> cells, string name, int resamples, Seed seed)
    {
        ArgumentNullException.ThrowIfNull(cells);
        var path = Path.Combine(cells[0].Series[0].Runs[0], "predictions", "strata.csv");
        var strata = File.Exists(path) ? Table.Read(path) : null;
        var forests = cells.Select(cell => Rows(cell, strata, resamples, seed.Derive("strata").Derive(cell.Split).Derive(cell.Target))).ToArray();
        var most = forests.Max(f => f.Count);
        return new DrawnFigure(
            name, "AUROC by site, sex and age", Caption(cells, forests, strata is not null, resamples), Data(cells, forests),
            new(Math.Min(2, cells.Count), 460, 95 + most * RowHeight(cells[0].Series.Count), [.. cells.Select((cell, i) => new Action<Plot>(plot => Draw(plot, cell, forests[i], i)))]) { Legend = PanelParts.Series(cells[0].Series) })
        {
            Summary = $"Area under the ROC curve of groups of cases with its 95 % interval; n cases, of which + are positive; the dashed line is chance. Groups with fewer than {Estimate.LeastForInterval} positive or negative cases have a mark and no interval.{(strata is null ? " Sex and age are not recorded beside the predictions." : "")}{Telling.Caution(cells)}",
        };
    }

    private static List<ForestRow> Rows(ClassificationCell cell, Table? strata, int resamples, Seed seed)
    {
        var byCase = strata?.Rows.ToDictionary(r => strata.Field(r, "case_id")) ?? [];
        string Word(string id, string column) => byCase.TryGetValue(id, out var row) ? strata!.Field(row, column) : "";
        var ids = cell.First.CaseIds;
        var sites = cell.First.Columns.TryGetValue("site", out var own) ? own : [.. ids.Select(id => Word(id, "site"))];
        List<Grouping> groupings = [Grouping.ByWord("site", sites)];
        if (strata is not null)
        {
            groupings.Add(Grouping.ByWord("sex", [.. ids.Select(id => Word(id, "sex"))]));
            groupings.Add(Grouping.ByEdges("age", [.. ids.Select(id => double.TryParse(Word(id, "age"), CultureInfo.InvariantCulture, out var age) ? age : double.NaN)], AgeEdges));
        }

        List<ForestRow> rows = [new("all", "all cases", cell.Cases, cell.First.Cases.Positives, cell[CaseMeasure.Auroc.Key])];
        foreach (var grouping in groupings)
        {
            foreach (var (level, word) in grouping.Levels.Index())
            {
                var members = Enumerable.Range(0, ids.Count).Where(i => grouping.LevelOf[i] == level).ToArray();
                var group = cell.First.Cases.Subset(members);
                var drawn = Resamples.Draw(group, resamples, seed.Derive(grouping.Variable).Derive(word));
                rows.Add(new(grouping.Variable, word, members.Length, group.Positives, MeasureRow.Of(
                    CaseMeasure.Auroc.Key, CaseMeasure.Auroc.Name, CaseMeasure.Auroc.WhyUndefined, cell.Series,
                    m => [.. cell.Of(m).Select(c => CaseMeasure.Auroc.Of(c.Subset(members), ClassificationCell.Threshold))], drawn, Telling.TooFew(group))));
            }
        }

        return rows;
    }

    private static void Draw(Plot plot, ClassificationCell cell, List<ForestRow> rows, int panel)
    {
        PanelParts.Title(plot, $"{Telling.Letter(panel)}   {cell.Heading}");
        PanelParts.Reference(plot, 0.5, -0.6, 0.5, rows.Count - 0.4);
        foreach (var (r, row) in rows.Index())
        {
            var y = rows.Count - 1 - r;
            if (row.Auroc.Values.All(v => double.IsNaN(v.Estimate.Value)))
            {
                var text = plot.Add.Text("one class alone: not defined", 0.02, y);
                text.LabelFontSize = 10;
                text.LabelFontColor = PanelParts.Quiet;
                text.Alignment = Alignment.MiddleLeft;
                continue;
            }

            foreach (var (m, v) in row.Auroc.Values.Index())
            {
                var at = y + 0.3 - 0.6 * (m + 0.5) / row.Auroc.Values.Count;
                if (!double.IsNaN(v.Estimate.Low)) PanelParts.Segment(plot, v.Estimate.Low, at, v.Estimate.High, at, v.Series.Colour);
                plot.Add.Marker(v.Estimate.Value, at, r == 0 ? MarkerShape.FilledDiamond : MarkerShape.FilledSquare, r == 0 ? 9 : 7, v.Series.Colour);
            }
        }

        plot.Axes.SetLimits(0, 1.02, -0.7, rows.Count - 0.3);
        plot.Axes.Left.TickGenerator = PanelParts.Ticks(rows.Select((row, r) => ((double)(rows.Count - 1 - r), $"{Name(row)}  n = {row.Cases}, {row.Positives} +")));
        plot.Axes.Left.MajorTickStyle.Length = 0;
        plot.Axes.Bottom.TickGenerator = PanelParts.Ticks(Enumerable.Range(0, 6).Select(i => (i / 5.0, Telling.Number(i / 5.0, "0.0"))));
        plot.Grid.YAxisStyle.IsVisible = false;
        plot.XLabel("AUROC");
    }

    private static int RowHeight(int methods) => 13 + 5 * methods;

    private static string Name(ForestRow row) => row.Variable switch
    {
        "all" => row.Level, "age" => "age " + row.Level.Replace(" to below ", "–<", StringComparison.Ordinal).Replace("below ", "< ", StringComparison.Ordinal).Replace(" and above", "+", StringComparison.Ordinal),
        // Names of sites often begin with the word.
        _ when row.Level.StartsWith(row.Variable, StringComparison.OrdinalIgnoreCase) => row.Level, _ => $"{row.Variable} {row.Level}",
    };

    private static string Caption(IReadOnlyList<ClassificationCell> cells, List<ForestRow>[] forests, bool hasStrata, int resamples)
    {
        var panels = cells.Select((cell, i) => $"{Telling.Letter(i)}, {Telling.Held(cell)}: " + string.Join("; ", forests[i].Skip(1).Select(r =>
            $"{Name(r)} (n = {r.Cases}, {r.Positives} positive) {Said(r.Auroc)}")) + ".");
        var undefined = forests.Sum(f => f.Count(r => double.IsNaN(r.Auroc.Values[0].Estimate.Value)));
        var said = undefined == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" {undefined} group{(undefined == 1 ? " holds" : "s hold")} one class alone; no AUROC is defined there, and none is drawn.");
        var missing = hasStrata ? "" : " Sex and age are not recorded beside the predictions.";
        return string.Create(CultureInfo.InvariantCulture, $"Area under the ROC curve of groups of cases; n cases, of which + are positive; the dashed line is chance. {string.Join(" ", panels)} Intervals: {resamples} resamples within each group.{said}{missing}{Telling.Caution(cells)}");
    }

    private static string Said(MeasureRow auroc)
    {
        var (values, first) = (auroc.Values, auroc.Values[0].Estimate);
        if (double.IsNaN(first.Value)) return "not defined";
        // The counts stand before it already.
        return string.Join(", ", values.Select(v => (values.Count > 1 ? v.Series.Name + " " : "") + (double.IsNaN(first.Low) ? Telling.Number(v.Estimate.Value) : Telling.Interval(v.Estimate)))) + (double.IsNaN(first.Low) ? ", too few for an interval" : "");
    }

    private static FigureData Data(IReadOnlyList<ClassificationCell> cells, List<ForestRow>[] forests) => new(
        ["split", "target", "variable", "level", "method", "cases", "positives", "auroc", "low", "high", "resamples", "redrawn", "reason"],
        [.. from cell in cells.Index()
            from row in forests[cell.Index]
            from v in row.Auroc.Values
            select (IReadOnlyList<object?>)
            [
                cell.Item.Split, cell.Item.Target, row.Variable, row.Level, v.Series.Name, row.Cases, row.Positives, ScoreTable.Number(v.Estimate.Value),
                ScoreTable.Number(v.Estimate.Low), ScoreTable.Number(v.Estimate.High), v.Estimate.Resamples, v.Estimate.Redrawn, v.Estimate.Reason,
            ]]);
}
