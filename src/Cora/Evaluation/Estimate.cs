namespace Cora.Evaluation;

/// <summary>A measure with its 95 % interval, and what the interval rests on. What is not defined is NaN, with the reason.</summary>
/// <param name="Value">The measure of all cases.</param>
/// <param name="Low">2.5th percentile of the measure over the resamples.</param>
/// <param name="High">97.5th percentile.</param>
/// <param name="Cases">Cases that the value rests on.</param>
/// <param name="Resamples">Resamples in which the measure is defined: those that the interval rests on.</param>
/// <param name="Redrawn">Resamples thrown away and drawn again because they held one class alone.</param>
/// <param name="LeftOut">Resamples left out because the measure is not defined in them.</param>
/// <param name="Reason">Why the value or the interval is NaN; null when both are numbers.</param>
public sealed record Estimate(double Value, double Low, double High, int Cases, int Resamples, int Redrawn, int LeftOut, string? Reason)
{
    /// <summary>
    /// Fewest cases of a kind behind an interval. With one positive case every resample repeats it and the interval shrinks to nothing, which would look like certainty. Ours: the literature
    /// has no one number; with five a resample without any but one of them is rare.
    /// </summary>
    public const int LeastForInterval = 5;

    /// <summary>The same value without its interval.</summary>
    /// <param name="why">Why there is none.</param>
    public Estimate WithoutInterval(string why) => double.IsNaN(Value) ? this : this with { Low = double.NaN, High = double.NaN, Reason = why };

    /// <summary>The percentile interval of a value from its values over the resamples, NaN where it is not defined.</summary>
    /// <param name="value">The measure of all cases; NaN when not defined, then there is no interval either.</param>
    /// <param name="resampled">The measure of each resample, in any order.</param>
    /// <param name="resamples">The resamples.</param>
    /// <param name="whyUndefined">What to say when <paramref name="value"/> is NaN.</param>
    public static Estimate Of(double value, ReadOnlySpan<double> resampled, Resamples resamples, string whyUndefined)
    {
        ArgumentNullException.ThrowIfNull(resamples);
        if (double.IsNaN(value)) return new(value, double.NaN, double.NaN, resamples.Cases, 0, resamples.Redrawn, resamples.Count, whyUndefined);
        var defined = Defined(resampled);
        return new(
            value, Percentile.OfSorted(defined, 2.5), Percentile.OfSorted(defined, 97.5), resamples.Cases, defined.Length, resamples.Redrawn, resamples.Count - defined.Length,
            defined.Length > 0 ? null : "the measure is defined in no resample, so there is no interval");
    }

    /// <summary>The numbers among the values, sorted.</summary>
    internal static double[] Defined(ReadOnlySpan<double> values)
    {
        var defined = new List<double>(values.Length);
        foreach (var v in values)
        {
            if (!double.IsNaN(v)) defined.Add(v);
        }

        defined.Sort();
        return [.. defined];
    }
}
