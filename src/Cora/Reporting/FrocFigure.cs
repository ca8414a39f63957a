using System.Globalization;
using ScottPlot;

namespace Cora.Reporting;

/// <summary>Free-response curves and the sensitivity of detection to its threshold and rule of connection, from the runs' own tables.</summary>
/// <remarks>Every line runs in the order of its thresholds: a training's thin, the mean of a method's trainings at equal thresholds bold.</remarks>
internal static class FrocFigure
{
    private const string Rule = "Thresholds at which more than 10 times the lesions' voxels are predicted (or what the run's stenosis.max_volume_ratio says) are left out, as they are when a threshold is chosen: one piece over the heart touches every lesion and would count as right. A line ends there";

    /// <summary>Recall against wrong pieces a volume; null when no training has such a table.</summary>
    public static IFigure? Of(IReadOnlyList<MethodSeries> series, IReadOnlyList<ScoreCell> cells)
    {
        string[] keys = ["threshold"], values = ["false_positives_a_volume", "recall"];
        var curves = cells.Select(cell => DetectionPoints.Read(series, cell.Split, "-froc", keys, values)).ToArray();
        if (curves.Any(c => c is null)) return null;
        var told = cells.Select((cell, i) => $"{Telling.Letter(i)}, {Telling.Held(cell)}: " + string.Join("; ", series.Select((s, m) => $"{s.Name} {Finds(curves[i]![m])}")) + ".");
        var ending = $"{Telling.Capital(Lines(series))}; no interval, since the run keeps pooled counts. {Rule}.{Older(curves!)}";
        return new DrawnFigure(
            "stenosis-froc", "Free-response curves (FROC)", $"Share of all lesions that are found against wrong pieces a volume, over thresholds of the probability. {string.Join(" ", told)} {ending}", Data(series, cells, curves!, keys, values),
            new(Math.Min(2, cells.Count), 400, 350, [.. cells.Select((cell, i) => new Action<Plot>(plot =>
            {
                PanelParts.Title(plot, $"{Telling.Letter(i)}   {cell.Heading}");
                var shown = curves[i]!.SelectMany(c => c).SelectMany(c => c.Shown(1)).ToArray();
                if (shown.Length == 0)
                {
                    PanelParts.Say(plot, "At no threshold is it known that little enough is predicted.");
                    return;
                }

                Draw(plot, series, curves[i]!, c => c.Shown(1), p => p.Values[0], p => p.Values[1]);
                var most = shown.Max(p => p.Values[0]);
                plot.Axes.SetLimits(-0.02 * Math.Max(most, 0.1), 1.05 * Math.Max(most, 0.1), -0.02, 1.03);
                plot.XLabel("wrong pieces a volume");
                plot.YLabel("recall");
            }))]) { Legend = PanelParts.Series(series) })
        {
            Summary = $"Share of all lesions that are found against wrong pieces a volume, over thresholds of the probability. {ending}",
        };
    }

    /// <summary>F1 against threshold, a panel for every connectivity and smallest piece of the first split; null when no training has such a table.</summary>
    public static IFigure? Sensitivity(IReadOnlyList<MethodSeries> series, IReadOnlyList<ScoreCell> cells)
    {
        string[] keys = ["connectivity", "min_predicted_voxels", "threshold"], values = ["f1", "precision", "recall"];
        var points = cells.Select(cell => DetectionPoints.Read(series, cell.Split, "-sensitivity", keys, values)).ToArray();
        if (points.Any(p => p is null)) return null;
        var ways = points[0]![0][0].Points.GroupBy(p => (p.Keys[0], p.Keys[1])).Select(g => g.Key).ToArray();
        var about = $"F1 of lesion detection against the probability threshold, for every way to connect voxels (6: faces, 26: also edges and corners) and the smallest piece that is kept, on {Telling.Held(cells[0])}; further splits stand in the CSV.";
        var ending = $"{Telling.Capital(Lines(series))}. {Rule}.{Older(points!)} A setting chosen here would flatter the test: it is shown, not chosen.";
        return new DrawnFigure(
            "stenosis-sensitivity", "How detection depends on its settings", $"{about} Highest: {string.Join("; ", series.Select((s, m) => $"{s.Name} {Highest(points[0]![m])}"))}. {ending}", Data(series, cells, points!, keys, values),
            new(Math.Min(2, ways.Length), 400, 270, [.. ways.Select((way, i) => new Action<Plot>(plot =>
            {
                PanelParts.Title(plot, string.Create(CultureInfo.InvariantCulture, $"{Telling.Letter(i)}   connectivity {way.Item1}, {way.Item2} voxels and more"));
                Draw(plot, series, points[0]!, t => t.Shown().Where(p => (p.Keys[0], p.Keys[1]) == way), p => p.Threshold, p => p.Values[0]);
                plot.Axes.SetLimits(0, 1.01, -0.02, 1.03);
                plot.XLabel("probability threshold");
                plot.YLabel("F1");
            }))]) { Legend = PanelParts.Series(series) })
        {
            Summary = $"{about} {ending}",
        };
    }

    private static void Draw(Plot plot, IReadOnlyList<MethodSeries> series, DetectionPoints[][] trainings, Func<DetectionPoints, IEnumerable<DetectionPoint>> shown, Func<DetectionPoint, double> x, Func<DetectionPoint, double> y)
    {
        void Line(DetectionPoints points, Color colour, float width, float marker)
        {
            var drawn = shown(points).ToArray();
            if (drawn.Length == 0) return;
            var line = plot.Add.Scatter(Array.ConvertAll(drawn, p => x(p)), Array.ConvertAll(drawn, p => y(p)), colour);
            (line.LineWidth, line.MarkerSize) = (width, marker);
        }

        for (var m = series.Count - 1; m >= 0; m--)
        {
            if (trainings[m].Length == 1) continue;
            foreach (var training in trainings[m]) Line(training, series[m].Colour.WithAlpha(0.5), 0.8f, 2.5f);
        }

        for (var m = series.Count - 1; m >= 0; m--) Line(DetectionPoints.MeanOf(trainings[m]), series[m].Colour, m == 0 ? 2.4f : 1.8f, 5);
    }

    /// <summary>What a method finds at most, in words: its mean, or why there is none.</summary>
    private static string Finds(DetectionPoints[] trainings)
    {
        var mean = DetectionPoints.MeanOf(trainings).Shown(1).ToArray();
        if (mean.Length == 0) return NoMean(trainings, 1);
        var most = mean.OrderByDescending(p => p.Values[1]).ThenBy(p => p.Values[0]).First();
        return $"finds at most {Telling.Number(most.Values[1])} of the lesions, at {Telling.Number(most.Values[0], "0.0")} wrong pieces a volume";
    }

    private static string Highest(DetectionPoints[] trainings)
    {
        var mean = DetectionPoints.MeanOf(trainings).Shown().ToArray();
        if (mean.Length == 0) return NoMean(trainings, 0);
        var best = mean.MaxBy(p => p.Values[0])!;
        return string.Create(CultureInfo.InvariantCulture, $"{best.Values[0]:0.00} at threshold {best.Threshold}, connectivity {best.Keys[0]}, pieces of {best.Keys[1]} voxels and more");
    }

    private static string NoMean(DetectionPoints[] trainings, int defined)
    {
        var left = trainings.Count(t => t.Shown(defined).Any());
        return trainings.Length == 1 || left == 0
            ? "has no threshold at which it is known to mark little enough"
            : string.Create(CultureInfo.InvariantCulture, $"has no mean, for no threshold is accepted in all its trainings ({left} of {trainings.Length} have one)");
    }

    private static string Lines(IReadOnlyList<MethodSeries> series)
    {
        var told = Telling.Seeds(series.Select(s => (s.Name, s.Runs.Count)));
        return series.All(s => s.Runs.Count == 1) ? told : $"thin: each training; bold: {told} at equal thresholds, where all of a method's trainings are accepted";
    }

    private static string Older(IEnumerable<DetectionPoints[][]> all) => all.SelectMany(c => c).SelectMany(c => c).All(t => t.TellsVolume)
        ? ""
        : " Some tables are of an earlier version and do not tell how much is predicted at each threshold: of those, the chosen threshold and higher ones are shown, where the scorecard says that the chosen one predicts little enough.";

    /// <summary>Every row of every training, the left out ones too, marked as such.</summary>
    private static FigureData Data(IReadOnlyList<MethodSeries> series, IReadOnlyList<ScoreCell> cells, DetectionPoints[][][] points, string[] keys, string[] values) => new(
        ["split", "method", "training", .. keys, .. values, DetectionPoints.VolumeColumn, "is_shown"],
        [.. from cell in cells.Index()
            from s in series.Index()
            from t in points[cell.Index][s.Index]
            from p in t.Points
            select (IReadOnlyList<object?>)[cell.Item.Split, s.Item.Name, Path.GetFileName(Path.TrimEndingDirectorySeparator(t.Run)), .. p.Keys.Select(k => (object?)k), .. p.Values.Select(v => ScoreTable.Number(v)), ScoreTable.Number(p.VolumeRatio), p.IsAccepted]]);
}
