namespace Cora.Evaluation;

/// <summary>A receiver operating characteristic: one point a distinct score, from "nothing is positive" to "everything is".</summary>
/// <param name="Thresholds">Scores from which on a case is called positive, falling; the first is infinite.</param>
/// <param name="FalsePositiveRates">1 - specificity at each threshold, rising from 0 to 1.</param>
/// <param name="Sensitivities">Sensitivity at each threshold, rising from 0 to 1.</param>
public sealed record RocCurve(double[] Thresholds, double[] FalsePositiveRates, double[] Sensitivities)
{
    /// <summary>
    /// The curve without the points that lie midway between their neighbours: the same line with less to draw. The first scored point stays in any case,
    /// as scikit-learn has it.
    /// </summary>
    public RocCurve WithoutMidpoints()
    {
        var last = Thresholds.Length - 1;
        var kept = Enumerable.Range(0, Thresholds.Length).Where(i => i <= 1 || i == last || Bends(FalsePositiveRates, i) || Bends(Sensitivities, i)).ToArray();
        return new([.. kept.Select(i => Thresholds[i])], [.. kept.Select(i => FalsePositiveRates[i])], [.. kept.Select(i => Sensitivities[i])]);
    }

    // Rates are whole counts over one number, so a step that differs does so by far more than their rounding.
    private static bool Bends(double[] rates, int i) => Math.Abs(rates[i + 1] - 2 * rates[i] + rates[i - 1]) > 1e-12;
}

/// <summary>The receiver operating characteristic of a score.</summary>
public static class Roc
{
    /// <summary>
    /// The area under the curve: the share of pairs of one positive and one negative case in which the positive has the higher score,
    /// ties counted half (Mann-Whitney). Sorts once: n log n.
    /// </summary>
    /// <param name="scores">Finite numbers; higher means more likely positive.</param>
    /// <param name="labels">True = positive.</param>
    /// <returns>0 to 1; 0.5 is chance.</returns>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    /// <exception cref="CoraException">A score is not a finite number, or there are only positives or only negatives: the area is not defined.</exception>
    public static double Area(ReadOnlySpan<double> scores, ReadOnlySpan<bool> labels) => Area(ScoredCases.Of(scores, labels));

    /// <inheritdoc cref="Area(ReadOnlySpan{double}, ReadOnlySpan{bool})"/>
    public static double Area(ScoredCases cases) => new Tally(WithBothClasses(cases, "The area under the ROC curve")).All().Area();

    /// <summary>The curve, with a point for every distinct score.</summary>
    /// <exception cref="CoraException">There are only positives or only negatives.</exception>
    public static RocCurve Curve(ScoredCases cases)
    {
        var tally = new Tally(WithBothClasses(cases, "A ROC curve")).All();
        var points = cases.DistinctScores.Length + 1;
        var curve = new RocCurve(new double[points], new double[points], new double[points]);
        curve.Thresholds[0] = double.PositiveInfinity;
        long positives = 0, negatives = 0;
        for (var i = 1; i < points; i++)
        {
            positives += tally[i - 1].Positives;
            negatives += tally[i - 1].Negatives;
            curve.Thresholds[i] = cases.DistinctScores[i - 1];
            curve.FalsePositiveRates[i] = (double)negatives / tally.Negatives;
            curve.Sensitivities[i] = (double)positives / tally.Positives;
        }

        return curve;
    }

    /// <summary>
    /// The threshold with the largest sensitivity + specificity - 1 (Youden 1950), the highest of several. Choose it on training or validation cases:
    /// chosen on the test set it flatters every measure that uses it.
    /// </summary>
    /// <exception cref="CoraException">There are only positives or only negatives.</exception>
    public static double YoudenThreshold(ScoredCases cases)
    {
        var tally = new Tally(WithBothClasses(cases, "Youden's threshold")).All();
        long positives = 0, negatives = 0, best = long.MinValue;
        var threshold = double.NaN;
        for (var rank = 0; rank < cases.DistinctScores.Length; rank++)
        {
            positives += tally[rank].Positives;
            negatives += tally[rank].Negatives;

            // TP/P - FP/N times P N, which is whole: equal thresholds are equal, and the highest stays.
            var gain = positives * tally.Negatives - negatives * tally.Positives;
            if (gain > best) (best, threshold) = (gain, cases.DistinctScores[rank]);
        }

        return threshold;
    }

    private static ScoredCases WithBothClasses(ScoredCases cases, string what)
    {
        ArgumentNullException.ThrowIfNull(cases);
        return cases.HasBothClasses ? cases : throw new CoraException(
            $"{what} needs both classes; there are {cases.Positives} positive and {cases.Negatives} negative cases.",
            "Score a set that has cases of both kinds, or report the measure as undefined.");
    }
}
