namespace Cora.Evaluation;

/// <summary>Whether two models differ in the area under the ROC curve on the same cases; differences are first minus second.</summary>
/// <param name="Difference">Difference of the areas of all cases.</param>
/// <param name="Low">2.5th percentile of the difference over the resamples.</param>
/// <param name="High">97.5th percentile.</param>
/// <param name="Deviation">Standard deviation of the difference over the resamples, n - 1 below the line.</param>
/// <param name="AtOrBelowZero">Resamples in which the first area is not larger.</param>
/// <param name="AtOrAboveZero">Resamples in which the first area is not smaller.</param>
/// <param name="Cases">Cases of the comparison.</param>
/// <param name="Resamples">Resamples with both classes: those that the test rests on.</param>
/// <param name="Redrawn">Resamples thrown away and drawn again because they held one class alone.</param>
/// <param name="LeftOut">Resamples left out because they held one class alone.</param>
/// <param name="DeLong">The same question answered without resampling; null when there is one class alone.</param>
/// <param name="Reason">Why a number is NaN; null when none is.</param>
public sealed record AreaComparison(
    double Difference, double Low, double High, double Deviation, int AtOrBelowZero, int AtOrAboveZero,
    int Cases, int Resamples, int Redrawn, int LeftOut, DeLongComparison? DeLong, string? Reason)
{
    /// <summary>The difference over its standard deviation: the bootstrap test as pROC's <c>roc.test(method = "bootstrap")</c> has it.</summary>
    public double Z => StandardErrors.Of(Difference, Deviation);

    /// <summary>Two-sided p of <see cref="Z"/>; 1 for models that never differ.</summary>
    public double PValue => StandardNormal.TwoSided(Z);

    /// <summary>Two-sided p by counting: twice the smaller share of resamples on one side of zero, each count plus one, at most 1. Never below <see cref="PValueFloor"/>.</summary>
    public double PValuePercentile => Resamples == 0 ? double.NaN : Math.Min(1, 2.0 * (Math.Min(AtOrBelowZero, AtOrAboveZero) + 1) / (Resamples + 1));

    /// <summary>The smallest p that counting can give: 2 / (resamples + 1), 0.004 with 500. A p at the floor reads "p &lt; 0.004".</summary>
    public double PValueFloor => Resamples == 0 ? double.NaN : Math.Min(1, 2.0 / (Resamples + 1));

    /// <summary>Compares two scores of the same cases on the same resamples.</summary>
    /// <exception cref="ArgumentException">The truths differ, or the resamples are of another number of cases.</exception>
    public static AreaComparison Of(ScoredCases first, ScoredCases second, Resamples resamples)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        ArgumentNullException.ThrowIfNull(resamples);
        if (!first.Truth.SequenceEqual(second.Truth)) throw new ArgumentException("The two scores are not of the same cases: their truths differ.", nameof(second));
        if (!first.HasBothClasses)
        {
            var kind = first.Positives == 0 ? "positive" : "negative";
            return new(double.NaN, double.NaN, double.NaN, double.NaN, 0, 0, first.Count, 0, resamples.Redrawn, resamples.Count, null, $"there is no {kind} case");
        }

        var one = Bootstrap.Areas(first, resamples);
        var other = Bootstrap.Areas(second, resamples);
        var differences = new double[one.Length];
        for (var b = 0; b < differences.Length; b++) differences[b] = one[b] - other[b];
        var sorted = Estimate.Defined(differences);
        var deLong = Evaluation.DeLong.Compare(first, second);
        var comparison = new AreaComparison(
            deLong.First - deLong.Second, Percentile.OfSorted(sorted, 2.5), Percentile.OfSorted(sorted, 97.5), DeviationOf(sorted),
            sorted.Count(d => d <= 0), sorted.Count(d => d >= 0), first.Count, sorted.Length, resamples.Redrawn, resamples.Count - sorted.Length, deLong, null);
        return comparison with { Reason = WhyUndefined(comparison) };
    }

    /// <summary>Standard deviation of sorted numbers, n - 1 below the line; NaN of fewer than two.</summary>
    internal static double DeviationOf(double[] sorted)
    {
        if (sorted.Length < 2) return double.NaN;
        if (sorted[0] == sorted[^1]) return 0;                        // exactly: a mean of equal numbers may round
        var mean = sorted.Average();
        return Math.Sqrt(sorted.Sum(d => (d - mean) * (d - mean)) / (sorted.Length - 1));
    }

    private static string? WhyUndefined(AreaComparison c)
    {
        var reasons = new List<string>();
        if (c.Resamples < 2) reasons.Add("fewer than two resamples hold both classes, so the difference has no interval or spread");
        else if (double.IsNaN(c.Z)) reasons.Add("every resample gives the same difference, so it has no z");
        if (c.DeLong is { } d && double.IsNaN(d.Z))
            reasons.Add(double.IsNaN(d.FirstVariance) ? "DeLong needs two cases of each class" : "DeLong finds no variance in the difference, so it has no z");
        return reasons.Count == 0 ? null : string.Join("; ", reasons);
    }
}
