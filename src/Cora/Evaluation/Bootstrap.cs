namespace Cora.Evaluation;

/// <summary>Percentile bootstrap (Efron 1979): how far a measure could have been from what it is, had other patients come.</summary>
public static class Bootstrap
{
    /// <summary>Any measure of any cases with its interval.</summary>
    /// <param name="measure">The measure of the cases at these positions, of which some stand several times and some never; NaN when not defined.</param>
    /// <param name="resamples">The resamples.</param>
    /// <param name="whyUndefined">What to say when the measure of all cases is NaN.</param>
    public static Estimate Of(Func<ReadOnlySpan<int>, double> measure, Resamples resamples, string whyUndefined)
    {
        ArgumentNullException.ThrowIfNull(measure);
        ArgumentNullException.ThrowIfNull(resamples);
        var everyone = Enumerable.Range(0, resamples.Cases).ToArray();
        return Estimate.Of(measure(everyone), Values(measure, resamples), resamples, whyUndefined);
    }

    /// <summary>The measure of each resample, NaN where it is not defined.</summary>
    /// <inheritdoc cref="Of"/>
    public static double[] Values(Func<ReadOnlySpan<int>, double> measure, Resamples resamples)
    {
        ArgumentNullException.ThrowIfNull(measure);
        ArgumentNullException.ThrowIfNull(resamples);
        var values = new double[resamples.Count];
        for (var b = 0; b < values.Length; b++) values[b] = measure(resamples[b]);
        return values;
    }

    /// <summary>The area under the ROC curve of each resample; NaN where a resample holds one class alone. The cases are not sorted again.</summary>
    /// <exception cref="ArgumentException">The resamples are of another number of cases.</exception>
    public static double[] Areas(ScoredCases cases, Resamples resamples)
    {
        var tally = TallyFor(cases, resamples);
        return Values(positions => tally.Of(positions).Area(), resamples);
    }

    /// <summary>A tally for the cases, when the resamples fit them.</summary>
    internal static Tally TallyFor(ScoredCases cases, Resamples resamples)
    {
        ArgumentNullException.ThrowIfNull(cases);
        ArgumentNullException.ThrowIfNull(resamples);
        if (cases.Count != resamples.Cases) throw new ArgumentException($"Resamples of {resamples.Cases} cases for {cases.Count} cases.", nameof(resamples));
        return new(cases);
    }
}
