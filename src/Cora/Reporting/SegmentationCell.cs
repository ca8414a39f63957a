using System.Globalization;

namespace Cora.Reporting;

/// <summary>Scores of artery segmentation: means over the cases in which a measure is defined.</summary>
internal static class SegmentationCell
{
    public static readonly IReadOnlyList<(string Key, string Name)> Measures =
    [
        ("dice", "Dice"), ("cldice", "clDice"), ("mean_surface_distance_voxels", "Mean surface distance (voxels)"), ("mean_surface_distance_mm", "Mean surface distance (mm)"),
        ("hausdorff95_mm", "Hausdorff 95 (mm)"),
    ];

    /// <summary>A cell for every split.</summary>
    /// <exception cref="CoraException">The runs were not tested on the same cases.</exception>
    public static IReadOnlyList<ScoreCell> ReadAll(IReadOnlyList<MethodSeries> series, int resamples, Seed seed) => [.. TestSplits.Of(series).Select(split =>
    {
        var tables = CaseTables.Read(series, split, "");
        var drawn = tables.Draw(resamples, seed, "arteries");
        var undefined = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var rows = Measures.Select(measure => MeasureRow.Of(measure.Key, measure.Name, "it is defined for no case", series, m => [.. series[m].Runs.Select((_, t) =>
        {
            var column = tables.Column(m, t, measure.Key);
            if (column.Count(double.IsNaN) is > 0 and var without) undefined[$"{measure.Name} of {series[m].Name}"] = undefined.GetValueOrDefault($"{measure.Name} of {series[m].Name}") + without;
            return MeanOf(column);
        })], drawn, Telling.TooFew((tables.Cases.Count, "cases")))).ToArray();
        var told = undefined.Count == 0 ? "" : "; not defined and left out of the mean: " + string.Join(", ", undefined.Select(u => string.Create(CultureInfo.InvariantCulture, $"{u.Key} {u.Value}x")));
        return new ScoreCell(split, "", tables.Cases.Count, "arteries of each" + told, drawn, rows);
    })];

    private static Func<ReadOnlySpan<int>, double> MeanOf(double[] values) => positions =>
    {
        var (sum, count) = (0.0, 0);
        foreach (var i in positions)
        {
            if (!double.IsNaN(values[i])) (sum, count) = (sum + values[i], count + 1);
        }

        return count == 0 ? double.NaN : sum / count;
    };
}
