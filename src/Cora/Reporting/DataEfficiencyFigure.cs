using System.Globalization;
using ScottPlot;

namespace Cora.Reporting;

/// <summary>A method at one number of training cases: the trainings that are compared, and all that there are.</summary>
/// <param name="Method">Its name.</param>
/// <param name="Cases">Training cases.</param>
/// <param name="All">Every training of this number.</param>
/// <param name="Shown">Those whose seeds the other points have too.</param>
/// <param name="IsJoined">Whether the point has its seeds in common with the others of its line.</param>
internal sealed record SizePoint(string Method, int Cases, IReadOnlyList<RunCard> All, IReadOnlyList<RunCard> Shown, bool IsJoined)
{
    /// <summary>Its name among series.</summary>
    public string Key => string.Create(CultureInfo.InvariantCulture, $"{Method} at {Cases} cases");
}

/// <summary>A measure against the number of training cases, a line a method: Fig. 4b of the paper.</summary>
internal static class DataEfficiencyFigure
{
    private static readonly string[] Measures = ["dice", "cldice", "mean_surface_distance_voxels"];

    /// <summary>The figure; null when fewer than two numbers of training cases are known.</summary>
    /// <param name="methods">Methods with all trainings, whatever their number of training cases.</param>
    /// <param name="cards">The cards of these trainings.</param>
    /// <param name="resamples">Resamples behind every interval.</param>
    /// <exception cref="CoraException">Runs were tested on different cases, or a table is missing or damaged.</exception>
    public static IFigure? Of(IReadOnlyList<MethodRuns> methods, IReadOnlyList<RunCard> cards, int resamples)
    {
        var series = MethodSeries.Of(methods, "arteries");
        var points = Points(series, cards);
        if (points.Select(p => p.Cases).Distinct().Count() < 2) return null;
        var scored = SegmentationCell.ReadAll([.. points.Select(p => new MethodSeries(p.Key, ColourOf(series, p), [.. p.Shown.Select(c => c.Folder)], "arteries"))], resamples, Seed.Root(cards[0].Seed));
        var each = SegmentationCell.ReadAll([.. points.SelectMany(p => p.All).Select(c => new MethodSeries(c.Folder, default, [c.Folder], "arteries"))], resamples, Seed.Root(cards[0].Seed));
        var panels = (from cell in scored from key in Measures select (Cell: cell, Row: cell[key])).ToArray();
        var summary = $"Measures on the same {scored[0].Cases} test cases against the number of labelled training cases, with 95 % intervals over resampled cases. {Comparable(points)}";
        return new DrawnFigure(
            "data-efficiency", "Data efficiency", Caption(panels, summary), Data(scored, each, points),
            new(Measures.Length, 900 / Measures.Length, 300, [.. panels.Select((panel, i) => new Action<Plot>(plot => Draw(plot, panel.Cell, panel.Row, points, series, i)))]) { Legend = PanelParts.Series(series) })
        {
            Summary = summary,
        };
    }

    /// <summary>
    /// The points, each of the seeds that all points have in common, or else those of its own line. Where a line has none in common its points are of all their trainings and are not joined:
    /// a step between them could be the seeds'.
    /// </summary>
    private static SizePoint[] Points(IReadOnlyList<MethodSeries> series, IReadOnlyList<RunCard> cards)
    {
        var byRun = cards.DistinctBy(c => c.Folder).ToDictionary(c => c.Folder);
        var lines = series.Select(s => s.Runs.Select(r => byRun[r]).Where(c => c.Cases is not null).GroupBy(c => c.Cases!.Value).OrderBy(g => g.Key).Select(g => (Method: s.Name, Cases: g.Key, All: g.ToArray())).ToArray()).ToArray();
        var common = Common(lines.SelectMany(l => l).Select(p => p.All));
        return [.. lines.SelectMany(line =>
        {
            var seeds = common.Count > 0 ? common : Common(line.Select(p => p.All));
            return line.Select(p => new SizePoint(p.Method, p.Cases, p.All, seeds.Count > 0 ? [.. p.All.Where(c => seeds.Contains(c.Seed))] : p.All, seeds.Count > 0));
        })];
    }

    private static HashSet<long> Common(IEnumerable<RunCard[]> points)
    {
        var sets = points.Select(p => p.Select(c => c.Seed).ToHashSet()).ToArray();
        return sets.Length == 0 ? [] : sets.Aggregate((a, b) => [.. a.Intersect(b)]);
    }

    private static Color ColourOf(IReadOnlyList<MethodSeries> series, SizePoint point) => series.First(s => s.Name == point.Method).Colour;

    /// <summary>Of which trainings the points are, in words.</summary>
    private static string Comparable(SizePoint[] points)
    {
        string Seeds(SizePoint p) => string.Join(", ", p.Shown.Select(c => c.Seed).Distinct().Order().Select(s => s.ToString(CultureInfo.InvariantCulture)));
        var different = points.Where(p => p.IsJoined).Select(Seeds).Distinct().ToArray();
        var told = different.Length == 1 && points.All(p => p.IsJoined) ? $"Every point is of the trainings with seed {different[0]}"
            : "Points are of the trainings with these seeds: " + string.Join("; ", points.Select(p => $"{p.Key} {Seeds(p)}"));
        var loose = points.Where(p => !p.IsJoined).Select(p => p.Method).Distinct().ToArray();
        var more = points.Any(p => p.Shown.Count < p.All.Count) ? ", which all points that are joined have in common; where there are more trainings they stand in the CSV" : "";
        return told + more + "." + (loose.Length > 0 ? $" Points of {string.Join(", ", loose)} have no seed in common and are not joined." : "");
    }

    private static void Draw(Plot plot, ScoreCell cell, MeasureRow row, SizePoint[] points, IReadOnlyList<MethodSeries> series, int panel)
    {
        PanelParts.Title(plot, $"{Telling.Letter(panel)}   {cell.Heading}");
        foreach (var (i, s) in series.Index().Reverse())
        {
            // Side by side, so that whiskers of several methods can be told apart.
            double At(int cases) => Math.Log2(cases) + 0.07 * (i - (series.Count - 1) / 2.0);
            var own = points.Zip(row.Values).Where(p => p.First.Method == s.Name && !double.IsNaN(p.Second.Estimate.Value)).Select(p => (X: At(p.First.Cases), p.Second.Estimate, p.First.IsJoined)).ToArray();
            if (own.Length == 0) continue;
            if (own.Length > 1 && own.All(p => p.IsJoined)) plot.Add.ScatterLine(own.Select(p => p.X).ToArray(), own.Select(p => p.Estimate.Value).ToArray(), s.Colour).LineWidth = 2;
            foreach (var p in own) PanelParts.Whisker(plot, p.X, p.Estimate.Low, p.Estimate.High, s.Colour);
            plot.Add.Markers(own.Select(p => p.X).ToArray(), own.Select(p => p.Estimate.Value).ToArray(), MarkerShape.FilledCircle, 7, s.Colour);
        }

        plot.Axes.Margins(0.08, 0.15);
        plot.Axes.Bottom.TickGenerator = PanelParts.Ticks(points.Select(p => p.Cases).Distinct().Order().Select(s => (Math.Log2(s), s.ToString(CultureInfo.InvariantCulture))));
        plot.XLabel("training cases (doubling scale)");
        plot.YLabel(row.Name);
    }

    private static string Caption((ScoreCell Cell, MeasureRow Row)[] panels, string summary)
    {
        var told = panels.Select((panel, i) => $"{Telling.Letter(i)}, {panel.Cell.Heading}, {panel.Row.Name}: {string.Join("; ", panel.Row.Values.Select(v => $"{v.Series.Name} {Telling.Interval(v.Estimate)}"))}.");
        var undefined = panels.SelectMany(p => p.Row.Values.Where(v => double.IsNaN(v.Estimate.Value)).Select(v => $"{p.Row.Name} of {v.Series.Name}")).ToArray();
        var missing = undefined.Length == 0 ? "" : $" Not defined, and not drawn: {string.Join(", ", undefined)}.";
        return $"{summary} {string.Join(" ", told)}{missing}";
    }

    /// <summary>Every point, and every training alone, shown or not.</summary>
    private static FigureData Data(IReadOnlyList<ScoreCell> scored, IReadOnlyList<ScoreCell> each, SizePoint[] points)
    {
        var shown = from cell in scored from key in Measures from p in points.Zip(cell[key].Values)
                    select Row("point", cell, key, p.First, "", string.Join(' ', p.First.Shown.Select(c => c.Seed).Order()), p.First.Shown.Count, p.Second);
        var trainings = points.SelectMany(p => p.All.Select(c => (Point: p, Card: c))).ToArray();
        var all = from cell in each from key in Measures from t in trainings.Zip(cell[key].Values)
                  select Row("training", cell, key, t.First.Point, t.First.Card.Folder, t.First.Card.Seed, 1, t.Second);
        return new(["kind", "split", "measure", "method", "run", "seeds", "trainings", "training_cases", "value", "low", "high"], [.. shown, .. all]);

        static IReadOnlyList<object?> Row(string kind, ScoreCell cell, string key, SizePoint point, string run, object seeds, int trainings, MethodValue v) =>
            [kind, cell.Split, key, point.Method, run, seeds, trainings, point.Cases, ScoreTable.Number(v.Estimate.Value), ScoreTable.Number(v.Estimate.Low), ScoreTable.Number(v.Estimate.High)];
    }
}
