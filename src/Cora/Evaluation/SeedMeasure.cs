namespace Cora.Evaluation;

/// <summary>
/// A measure of one method that was trained with one or several seeds, over the same test cases. The value is the mean over the trainings; the interval comes
/// of resampled cases, each resample taken for every training alike.
/// </summary>
/// <param name="Seeds">The measure of each training; NaN where it is not defined.</param>
/// <param name="Resampled">The mean over the trainings in each resample of the cases; NaN where one of them is not defined.</param>
public sealed record SeedMeasure(IReadOnlyList<double> Seeds, double[] Resampled)
{
    /// <summary>The mean over the trainings; NaN when it is not defined for one of them.</summary>
    public double Mean => Seeds.Average();

    /// <summary>Standard deviation over the trainings, n - 1 below the line; NaN with fewer than two.</summary>
    public double Spread
    {
        get
        {
            if (Seeds.Count < 2) return double.NaN;
            var mean = Mean;
            return Math.Sqrt(Seeds.Sum(s => (s - mean) * (s - mean)) / (Seeds.Count - 1));
        }
    }

    /// <summary>Measures every training on the cases and on each resample of them.</summary>
    /// <param name="trainings">For each training the measure of the cases at these positions, NaN when not defined.</param>
    /// <param name="resamples">The resamples.</param>
    /// <exception cref="ArgumentException">There is no training.</exception>
    public static SeedMeasure Of(IReadOnlyList<Func<ReadOnlySpan<int>, double>> trainings, Resamples resamples)
    {
        ArgumentNullException.ThrowIfNull(trainings);
        ArgumentNullException.ThrowIfNull(resamples);
        if (trainings.Count == 0) throw new ArgumentException("One training at least is needed.", nameof(trainings));
        var everyone = Enumerable.Range(0, resamples.Cases).ToArray();
        var values = trainings.Select(measure => Bootstrap.Values(measure, resamples)).ToArray();
        var means = new double[resamples.Count];
        for (var b = 0; b < means.Length; b++) means[b] = values.Average(v => v[b]);
        return new([.. trainings.Select(measure => measure(everyone))], means);
    }

    /// <summary>The mean with its percentile interval.</summary>
    /// <param name="resamples">The resamples that it was measured with.</param>
    /// <param name="whyUndefined">What to say when the mean is NaN.</param>
    public Estimate Estimated(Resamples resamples, string whyUndefined) => Estimate.Of(Mean, Resampled, resamples, whyUndefined);
}

/// <summary>Whether two methods differ in a measure of the same cases: the paired bootstrap test. Differences are first minus second.</summary>
/// <param name="Difference">Difference of the measures of all cases, each the mean over its trainings.</param>
/// <param name="Low">2.5th percentile of the difference over the resamples.</param>
/// <param name="High">97.5th percentile.</param>
/// <param name="Deviation">Standard deviation of the difference over the resamples, n - 1 below the line.</param>
/// <param name="Resamples">Resamples in which both are defined.</param>
public sealed record PairedDifference(double Difference, double Low, double High, double Deviation, int Resamples)
{
    /// <summary>The difference over its standard deviation; 0 for methods that never differ, NaN when there is no spread to measure by.</summary>
    public double Z => StandardErrors.Of(Difference, Deviation);

    /// <summary>Two-sided p of <see cref="Z"/>; NaN where that is.</summary>
    public double PValue => StandardNormal.TwoSided(Z);

    /// <summary>Compares two measures of the same resamples.</summary>
    /// <exception cref="ArgumentException">They are of different resamples.</exception>
    public static PairedDifference Of(SeedMeasure first, SeedMeasure second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        if (first.Resampled.Length != second.Resampled.Length) throw new ArgumentException("The measures are of different resamples.", nameof(second));
        var sorted = Estimate.Defined([.. first.Resampled.Zip(second.Resampled, (a, b) => a - b)]);
        return new(first.Mean - second.Mean, Percentile.OfSorted(sorted, 2.5), Percentile.OfSorted(sorted, 97.5), AreaComparison.DeviationOf(sorted), sorted.Length);
    }
}
