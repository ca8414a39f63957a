using System.Text.Json;
using Cora.Cohorts;

namespace Cora.Reporting;

/// <summary>What a training's table tells of detection at one setting.</summary>
/// <param name="Keys">The settings; the last is the threshold.</param>
/// <param name="Values">The measures; NaN where one is not defined.</param>
/// <param name="VolumeRatio">Predicted voxels over lesion voxels at this threshold; NaN when the table is older than the column.</param>
/// <param name="IsAccepted">Whether it predicts no more than decision 0013 allows, as far as is known.</param>
internal sealed record DetectionPoint(double[] Keys, double[] Values, double VolumeRatio, bool IsAccepted)
{
    public double Threshold => Keys[^1];
}

/// <summary>One training's points of a table of detection by threshold.</summary>
/// <remarks>
/// A map that marks half of the heart touches every lesion with one piece, which the rule of overlap calls right: at such a threshold recall is 1 with no wrong piece. Decision 0013 refuses to
/// choose it, and figures leave it out by the same rule. A table that does not tell how much is predicted vouches for the chosen threshold and those above it, which predict less, where the
/// scorecard says that the chosen one is accepted.
/// </remarks>
/// <param name="Run">The training's folder.</param>
/// <param name="Points">In the order of the table.</param>
/// <param name="TellsVolume">Whether the table tells how much is predicted at each threshold.</param>
internal sealed record DetectionPoints(string Run, IReadOnlyList<DetectionPoint> Points, bool TellsVolume)
{
    /// <summary>The column of predicted voxels over lesion voxels.</summary>
    public const string VolumeColumn = "predicted_voxels_a_lesion_voxel";

    /// <summary>The highest accepted ratio where the run does not say: the default of stenosis.max_volume_ratio.</summary>
    private const double StandardLimit = 10;

    /// <summary>Those that are accepted and whose first measure is defined, from the highest threshold to the lowest.</summary>
    public IEnumerable<DetectionPoint> Shown(int defined = 0) => Points.Where(p => p.IsAccepted && !double.IsNaN(p.Values[defined])).OrderByDescending(p => p.Threshold);

    /// <summary>Means over trainings, at the settings that all of them accept: a mean over fewer would jump where one of them ends.</summary>
    public static DetectionPoints MeanOf(IReadOnlyList<DetectionPoints> trainings) => new("", [.. trainings.SelectMany(t => t.Points).GroupBy(p => string.Join('|', p.Keys)).Where(g => g.Count() == trainings.Count && g.All(p => p.IsAccepted))
        .Select(g => new DetectionPoint(g.First().Keys, [.. g.First().Values.Select((_, v) => g.Average(p => p.Values[v]))], g.Average(p => p.VolumeRatio), true))], trainings.All(t => t.TellsVolume));

    /// <summary>For each method the points of each of its trainings; null when a table is missing.</summary>
    public static DetectionPoints[][]? Read(IReadOnlyList<MethodSeries> series, string split, string suffix, string[] keys, string[] values)
    {
        var paths = series.Select(s => s.Runs.Select(r => (Run: r, Path: MethodSeries.Table(r, s.Stem, split + suffix))).ToArray()).ToArray();
        if (paths.SelectMany(p => p).Any(p => !File.Exists(p.Path))) return null;
        return Array.ConvertAll(paths, runs => Array.ConvertAll(runs, r => Read(r.Run, r.Path, split, keys, values)));
    }

    private static DetectionPoints Read(string run, string path, string split, string[] keys, string[] values)
    {
        var table = Table.Read(path);
        double Field(string[] row, string column) => CaseTables.Number(table.Field(row, column), path, "a row", column);
        var (limit, known) = Card(run, split);
        var tells = table.Has(VolumeColumn);
        return new(run, [.. table.Rows.Select(row =>
        {
            var ratio = tells ? Field(row, VolumeColumn) : double.NaN;
            return new DetectionPoint(Array.ConvertAll(keys, k => Field(row, k)), Array.ConvertAll(values, v => Field(row, v)), ratio, tells ? ratio <= limit : Field(row, keys[^1]) >= known);
        })], tells);
    }

    /// <summary>The highest accepted ratio of the run, and the lowest threshold that its scorecard vouches for; NaN where it vouches for none.</summary>
    private static (double Limit, double Known) Card(string run, string split)
    {
        if (ReproductionFolder.Read(Path.Combine(run, "scorecard.json")) is not { } card) return (StandardLimit, double.NaN);
        var limit = At(card, "details", "max_volume_ratio") is { ValueKind: JsonValueKind.Number } own ? own.GetDouble() : StandardLimit;
        var isAccepted = At(card, "splits", split, VolumeColumn) is { ValueKind: JsonValueKind.Number } ratio && ratio.GetDouble() <= limit;

        // With folds there are several thresholds, and one ratio of all cases together: above the highest each fold predicts less.
        return (limit, isAccepted && At(card, "splits", split, "thresholds") is { ValueKind: JsonValueKind.Array } chosen ? chosen.EnumerateArray().Select(t => t.GetDouble()).DefaultIfEmpty(double.NaN).Max() : double.NaN);
    }

    private static JsonElement? At(JsonElement card, params ReadOnlySpan<string> path)
    {
        foreach (var name in path)
        {
            if (card.ValueKind != JsonValueKind.Object || !card.TryGetProperty(name, out var inner)) return null;
            card = inner;
        }

        return card;
    }
}
