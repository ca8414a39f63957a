using System.Globalization;
using Cora.Evaluation;

namespace Cora.Reporting;

/// <summary>Scores of classifiers on the cases of one split and target, with the predictions behind them.</summary>
/// <param name="Split">The split's word.</param>
/// <param name="Target">What was predicted.</param>
/// <param name="Counted">Positive cases in words.</param>
/// <param name="Resamples">The resamples of the cases.</param>
/// <param name="Rows">The measures.</param>
/// <param name="Series">The methods.</param>
/// <param name="Predictions">For each method the predictions of each training, all of the same cases in the same order.</param>
public sealed record ClassificationCell(
    string Split, string Target, string Counted, Resamples Resamples, IReadOnlyList<MeasureRow> Rows, IReadOnlyList<MethodSeries> Series,
    IReadOnlyList<IReadOnlyList<TargetPredictions>> Predictions) : ScoreCell(Split, Target, Resamples.Cases, Counted, Resamples, Rows)
{
    /// <summary>The probability from which on a case is called positive.</summary>
    public const double Threshold = 0.5;

    /// <summary>The cases as the first training of the first method has them.</summary>
    public TargetPredictions First => Predictions[0][0];

    /// <summary>The scores of each training of a method.</summary>
    public IReadOnlyList<ScoredCases> Of(int method) => [.. Predictions[method].Select(p => p.Cases)];

    /// <summary>All trainings of a method in one list, each case once a training, with resamples that draw a case with all its copies.</summary>
    public (ScoredCases Cases, Resamples Resamples) Pooled(int method)
    {
        var trainings = Of(method);
        if (trainings.Count == 1) return (trainings[0], Resamples);
        return (ScoredCases.Of([.. trainings.SelectMany(t => t.Scores.ToArray())], (bool[])[.. trainings.SelectMany(t => t.Truth.ToArray())]), Resamples.ForCopies(trainings.Count));
    }

    /// <summary>Reads the tables of all methods: a cell for every split and target.</summary>
    /// <param name="series">The methods; the first is what others are tested against.</param>
    /// <param name="resamples">Number of resamples.</param>
    /// <param name="seed">Root of the resamples; that of a run gives the intervals of its scorecard.</param>
    /// <exception cref="CoraException">A table is missing or damaged, or the methods were not tested on the same cases; what differs is named.</exception>
    public static IReadOnlyList<ClassificationCell> ReadAll(IReadOnlyList<MethodSeries> series, int resamples, Seed seed)
    {
        ArgumentNullException.ThrowIfNull(series);
        var cells = new List<ClassificationCell>();
        foreach (var split in TestSplits.Of(series))
        {
            PredictionTable? first = null;
            var tables = series.Select(s => s.Runs.Select(run =>
            {
                var table = PredictionTable.Read(MethodSeries.Table(run, s.Stem, split));
                return first is null ? first = table : table.InOrderOf(first);
            }).ToArray()).ToArray();
            foreach (var target in first!.Targets.Select(t => t.Target))
            {
                IReadOnlyList<IReadOnlyList<TargetPredictions>> predictions = [.. tables.Select(method => (IReadOnlyList<TargetPredictions>)[.. method.Select(t => t.Targets.First(p => p.Target == target))])];
                cells.Add(Scored(split, target, series, predictions, resamples, seed));
            }
        }

        return cells;
    }

    private static ClassificationCell Scored(
        string split, string target, IReadOnlyList<MethodSeries> series, IReadOnlyList<IReadOnlyList<TargetPredictions>> predictions, int count, Seed seed)
    {
        var cases = predictions[0][0].Cases;
        var resamples = Resamples.Draw(cases, count, seed.Derive("bootstrap").Derive(target));
        var rows = CaseMeasure.All.Select(measure => MeasureRow.Of(
            measure.Key, measure.Name, measure.WhyUndefined, series, m => [.. predictions[m].Select(p => measure.Of(p.Cases, Threshold))], resamples, Telling.TooFew(cases))).ToArray();
        return new(split, target, string.Create(CultureInfo.InvariantCulture, $"{cases.Positives} positive"), resamples, rows, series, predictions);
    }
}
