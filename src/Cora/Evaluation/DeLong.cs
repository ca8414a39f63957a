namespace Cora.Evaluation;

/// <summary>Two areas under the ROC curve on the same cases and what DeLong, DeLong and Clarke-Pearson (1988) say of their difference.</summary>
/// <param name="First">Area of the first score.</param>
/// <param name="Second">Area of the second score.</param>
/// <param name="FirstVariance">Variance of the first area; NaN with fewer than two cases of a class.</param>
/// <param name="SecondVariance">Variance of the second area.</param>
/// <param name="Covariance">Covariance of the two areas.</param>
public sealed record DeLongComparison(double First, double Second, double FirstVariance, double SecondVariance, double Covariance)
{
    /// <summary>Difference of the areas, first minus second, in standard errors: 0 when neither differs nor varies, NaN when a difference does not vary.</summary>
    public double Z => StandardErrors.Of(First - Second, Math.Sqrt(Math.Max(0, FirstVariance + SecondVariance - 2 * Covariance)));

    /// <summary>Two-sided p of the difference.</summary>
    public double PValue => StandardNormal.TwoSided(Z);
}

/// <summary>The variance of areas under the ROC curve without resampling.</summary>
public static class DeLong
{
    /// <summary>Variance of the area under the curve.</summary>
    /// <returns>NaN with fewer than two positive or two negative cases: a spread of one is not defined.</returns>
    /// <exception cref="CoraException">There are only positives or only negatives.</exception>
    public static double Variance(ScoredCases cases)
    {
        var (positives, negatives) = Placements(cases);
        return Covariance(positives, positives) / positives.Length + Covariance(negatives, negatives) / negatives.Length;
    }

    /// <summary>The area's 95 % interval by the normal approximation; it is not cut at 0 and 1.</summary>
    /// <inheritdoc cref="Variance"/>
    public static Interval<double> Interval(ScoredCases cases)
    {
        var half = StandardNormal.Quantile975 * Math.Sqrt(Variance(cases));
        var area = Roc.Area(cases);
        return new(area - half, area + half);
    }

    /// <summary>Compares two scores of the same cases.</summary>
    /// <exception cref="ArgumentException">The truths differ.</exception>
    /// <exception cref="CoraException">There are only positives or only negatives.</exception>
    public static DeLongComparison Compare(ScoredCases first, ScoredCases second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        if (!first.Truth.SequenceEqual(second.Truth)) throw new ArgumentException("The two scores are not of the same cases: their truths differ.", nameof(second));
        var (p1, n1) = Placements(first);
        var (p2, n2) = Placements(second);
        return new(
            Roc.Area(first), Roc.Area(second), Joint(p1, p1, n1, n1), Joint(p2, p2, n2, n2), Joint(p1, p2, n1, n2));

        static double Joint(double[] pa, double[] pb, double[] na, double[] nb) => Covariance(pa, pb) / pa.Length + Covariance(na, nb) / na.Length;
    }

    /// <summary>Per positive case the share of negatives below it, per negative case the share of positives above it, ties half; in case order.</summary>
    private static (double[] Positives, double[] Negatives) Placements(ScoredCases cases)
    {
        _ = Roc.Area(cases);                                          // refuses one class alone
        var tally = new Tally(cases).All();
        var ranks = cases.DistinctScores.Length;
        var negativesBelow = new double[ranks];
        var positivesAbove = new double[ranks];
        long above = 0, below = tally.Negatives;
        for (var rank = 0; rank < ranks; rank++)
        {
            var (negatives, positives) = tally[rank];
            below -= negatives;
            negativesBelow[rank] = (below + 0.5 * negatives) / tally.Negatives;
            positivesAbove[rank] = (above + 0.5 * positives) / tally.Positives;
            above += positives;
        }

        return (
            [.. cases.Bins.Where(bin => bin % 2 == 1).Select(bin => negativesBelow[bin / 2])],
            [.. cases.Bins.Where(bin => bin % 2 == 0).Select(bin => positivesAbove[bin / 2])]);
    }

    /// <summary>Sample covariance, n - 1 below the line.</summary>
    private static double Covariance(double[] a, double[] b)
    {
        if (a.Length < 2) return double.NaN;
        double meanA = a.Average(), meanB = b.Average(), sum = 0;
        for (var i = 0; i < a.Length; i++) sum += (a[i] - meanA) * (b[i] - meanB);
        return sum / (a.Length - 1);
    }
}
