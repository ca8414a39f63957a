namespace Cora.Evaluation;

/// <summary>A curve on a fixed grid with the band of its pointwise 95 % percentile intervals.</summary>
/// <param name="At">The grid, rising.</param>
/// <param name="Value">The curve of all cases; NaN where it is not defined.</param>
/// <param name="Low">2.5th percentile at each point.</param>
/// <param name="High">97.5th percentile at each point.</param>
/// <param name="Resamples">Resamples that the band rests on.</param>
public sealed record CurveBand(double[] At, double[] Value, double[] Low, double[] High, int Resamples)
{
    /// <summary>Points of the standard grid, 0, 0.01 … 1.</summary>
    public const int StandardPoints = 101;

    /// <summary>
    /// Sensitivity at each false positive rate: on a vertical stretch its upper end, between points the straight line that ties half mean.
    /// </summary>
    /// <exception cref="CoraException">There are only positives or only negatives.</exception>
    public static CurveBand OfRoc(ScoredCases cases, Resamples resamples, int points = StandardPoints) => OfRoc([cases], resamples, points);

    /// <summary>The mean over several trainings of the sensitivity at each false positive rate, of the same cases.</summary>
    /// <exception cref="CoraException">There are only positives or only negatives.</exception>
    public static CurveBand OfRoc(IReadOnlyList<ScoredCases> trainings, Resamples resamples, int points = StandardPoints)
    {
        ArgumentNullException.ThrowIfNull(trainings);
        foreach (var cases in trainings) _ = Roc.Area(cases);         // refuses one class alone
        return Of(trainings, resamples, Grid(points), Sensitivities);
    }

    /// <summary>Precision at each recall: that of the highest threshold with at least this recall, without interpolation, which would flatter. At recall 0, where precision is
    /// not defined, that of the first positive found.</summary>
    /// <exception cref="CoraException">There is no positive case.</exception>
    public static CurveBand OfPrecisionRecall(ScoredCases cases, Resamples resamples, int points = StandardPoints) => OfPrecisionRecall([cases], resamples, points);

    /// <summary>The mean over several trainings of the precision at each recall, of the same cases.</summary>
    /// <exception cref="CoraException">There is no positive case.</exception>
    public static CurveBand OfPrecisionRecall(IReadOnlyList<ScoredCases> trainings, Resamples resamples, int points = StandardPoints)
    {
        ArgumentNullException.ThrowIfNull(trainings);
        foreach (var cases in trainings) _ = PrecisionRecall.AveragePrecision(cases);    // refuses a set without positives
        return Of(trainings, resamples, Grid(points), Precisions);
    }

    /// <summary>A band from a function that draws a tally's curve on the grid, averaged over the trainings; a curve whose first value is NaN is left out.</summary>
    internal static CurveBand Of(IReadOnlyList<ScoredCases> trainings, Resamples resamples, double[] at, Action<Tally, double[], double[]> draw)
    {
        var tallies = trainings.Select(cases => Bootstrap.TallyFor(cases, resamples)).ToArray();
        var value = Mean(tallies.Select(t => t.All()));
        var drawn = new List<double[]>(resamples.Count);
        for (var b = 0; b < resamples.Count; b++)
        {
            var curve = Mean(tallies.Select(t => t.Of(resamples[b])));
            if (!double.IsNaN(curve[0])) drawn.Add(curve);
        }

        var (low, high) = (new double[at.Length], new double[at.Length]);
        var column = new double[drawn.Count];
        for (var i = 0; i < at.Length; i++)
        {
            for (var b = 0; b < column.Length; b++) column[b] = drawn[b][i];
            Array.Sort(column);
            (low[i], high[i]) = (Percentile.OfSorted(column, 2.5), Percentile.OfSorted(column, 97.5));
        }

        return new(at, value, low, high, drawn.Count);

        double[] Mean(IEnumerable<Tally> counted)
        {
            var sum = new double[at.Length];
            var curve = new double[at.Length];
            foreach (var tally in counted)
            {
                draw(tally, at, curve);
                for (var i = 0; i < sum.Length; i++) sum[i] += curve[i];
            }

            if (tallies.Length > 1) for (var i = 0; i < sum.Length; i++) sum[i] /= tallies.Length;
            return sum;
        }
    }

    private static void Sensitivities(Tally tally, double[] at, double[] into)
    {
        if (tally.Positives == 0 || tally.Negatives == 0)
        {
            Array.Fill(into, double.NaN);
            return;
        }

        var (rank, here, next) = (0, (X: 0.0, Y: 0.0), (X: 0.0, Y: 0.0));
        long positives = 0, negatives = 0;
        for (var i = 0; i < at.Length; i++)
        {
            while (next.X <= at[i])
            {
                here = next;
                if (positives == tally.Positives && negatives == tally.Negatives) break;
                var counted = tally[rank++];
                positives += counted.Positives;
                negatives += counted.Negatives;
                next = ((double)negatives / tally.Negatives, (double)positives / tally.Positives);
            }

            into[i] = next.X > here.X ? here.Y + (at[i] - here.X) / (next.X - here.X) * (next.Y - here.Y) : here.Y;
        }
    }

    private static void Precisions(Tally tally, double[] at, double[] into)
    {
        if (tally.Positives == 0)
        {
            Array.Fill(into, double.NaN);
            return;
        }

        var rank = 0;
        long positives = 0, called = 0;
        for (var i = 0; i < at.Length; i++)
        {
            while (positives == 0 || (double)positives / tally.Positives < at[i])
            {
                var counted = tally[rank++];
                positives += counted.Positives;
                called += counted.Positives + counted.Negatives;
            }

            into[i] = (double)positives / called;
        }
    }

    private static double[] Grid(int points)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(points, 2);
        return [.. Enumerable.Range(0, points).Select(i => (double)i / (points - 1))];
    }
}
