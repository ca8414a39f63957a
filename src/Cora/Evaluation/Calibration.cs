using System.Globalization;

namespace Cora.Evaluation;

/// <summary>The cases whose probability lies in one stretch of 0 to 1, lower end included.</summary>
/// <param name="Low">Lower end.</param>
/// <param name="High">Upper end; included in the last bin only.</param>
/// <param name="Cases">Cases within, at least one.</param>
/// <param name="MeanProbability">Mean of their probabilities.</param>
/// <param name="PositiveShare">Share of them that is positive.</param>
public sealed record CalibrationBin(double Low, double High, int Cases, double MeanProbability, double PositiveShare);

/// <summary>Whether probabilities mean what they say.</summary>
public sealed record Calibration
{
    /// <summary>Bins of equal width over 0 to 1 that the calibration error is made from.</summary>
    public const int StandardBins = 10;

    /// <summary>Probabilities are taken as at least this, and at most 1 minus this, before their logit is taken: about what single precision resolves near 1.</summary>
    public const double SmallestProbability = 1e-7;

    /// <summary>Slope of the logistic regression of the truth on the logit of the probability (Cox 1958): 1 is right, below 1 the probabilities are too extreme.</summary>
    public required Estimate Slope { get; init; }

    /// <summary>Intercept of the same regression; 0 is right.</summary>
    public required Estimate Intercept { get; init; }

    /// <summary>Intercept when the slope is held at 1: above 0 the probabilities are too low on the whole.</summary>
    public required Estimate InTheLarge { get; init; }

    /// <summary>Mean squared distance of probability and truth (Brier 1950); 0 is perfect.</summary>
    public required Estimate Brier { get; init; }

    /// <summary>Expected calibration error: distance of mean probability and positive share in a bin, averaged over the cases.</summary>
    public required Estimate ExpectedError { get; init; }

    /// <summary>The bins that hold cases, lowest first.</summary>
    public required IReadOnlyList<CalibrationBin> Bins { get; init; }

    /// <summary>Cases whose probability was beyond <see cref="SmallestProbability"/> and was moved to it for slope and intercepts.</summary>
    public required int Moved { get; init; }

    /// <summary>Calibration of the probabilities, with the intervals of the resamples.</summary>
    /// <param name="cases">Cases whose scores are probabilities.</param>
    /// <param name="resamples">Resamples of these cases.</param>
    /// <param name="bins">Number of bins, all of one width.</param>
    /// <exception cref="CoraException">A score lies outside of 0 to 1.</exception>
    public static Calibration Of(ScoredCases cases, Resamples resamples, int bins = StandardBins)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 1);
        ArgumentNullException.ThrowIfNull(resamples);
        var tally = Bootstrap.TallyFor(cases, resamples);
        RequireProbabilities(cases);
        var logits = Array.ConvertAll(cases.DistinctScores, p => Logit(Math.Clamp(p, SmallestProbability, 1 - SmallestProbability)));
        var binOf = Array.ConvertAll(cases.DistinctScores, p => Math.Min(bins - 1, (int)(p * bins)));

        var (line, offset) = (LogisticFit.Line(logits, tally.All()), LogisticFit.Offset(logits, tally));
        var whyNoLine = LogisticFit.WhyNoLine(logits, tally) ?? "the regression did not settle";
        var all = Measures(cases, tally, binOf, bins, line, offset);
        var resampled = new double[all.Length][];
        for (var m = 0; m < all.Length; m++) resampled[m] = new double[resamples.Count];
        for (var b = 0; b < resamples.Count; b++)
        {
            tally.Of(resamples[b]);
            var measures = Measures(cases, tally, binOf, bins, LogisticFit.Line(logits, tally, line), LogisticFit.Offset(logits, tally, offset));
            for (var m = 0; m < measures.Length; m++) resampled[m][b] = measures[m];
        }

        Estimate Estimated(int m, string whyUndefined) => Estimate.Of(all[m], resampled[m], resamples, whyUndefined);
        return new()
        {
            Intercept = Estimated(0, whyNoLine),
            Slope = Estimated(1, whyNoLine),
            InTheLarge = Estimated(2, cases.Positives == 0 ? "there is no positive case" : "there is no negative case"),
            Brier = Estimated(3, "there is no case"),
            ExpectedError = Estimated(4, "there is no case"),
            Bins = Filled(Sums(cases, tally.All(), binOf, bins)),
            Moved = cases.Scores.ToArray().Count(p => p is < SmallestProbability or > 1 - SmallestProbability),
        };
    }

    /// <summary>Refuses scores that are no probabilities.</summary>
    internal static void RequireProbabilities(ScoredCases cases)
    {
        var outside = cases.Scores.ToArray().Count(p => p is < 0 or > 1);
        if (outside == 0) return;
        throw new CoraException(
            string.Create(CultureInfo.InvariantCulture, $"{outside} of {cases.Count} scores lie outside of 0 to 1, so they are no probabilities."),
            "Give probabilities; logits become them through 1 / (1 + exp(-x)).");
    }

    private static double[] Measures(ScoredCases cases, Tally tally, int[] binOf, int bins, (double Intercept, double Slope) line, double offset)
    {
        var squares = 0.0;
        for (var rank = 0; rank < binOf.Length; rank++)
        {
            var (negatives, positives) = tally[rank];
            var p = cases.DistinctScores[rank];
            squares += negatives * p * p + positives * (1 - p) * (1 - p);
        }

        var (count, probability, positive) = Sums(cases, tally, binOf, bins);
        var total = tally.Positives + tally.Negatives;
        var error = 0.0;
        for (var k = 0; k < count.Length; k++) error += Math.Abs(probability[k] - positive[k]);
        return [line.Intercept, line.Slope, offset, squares / total, error / total];
    }

    private static (int[] Cases, double[] Probability, int[] Positive) Sums(ScoredCases cases, Tally tally, int[] binOf, int bins)
    {
        var sums = (Cases: new int[bins], Probability: new double[bins], Positive: new int[bins]);
        for (var rank = 0; rank < binOf.Length; rank++)
        {
            var (negatives, positives) = tally[rank];
            sums.Cases[binOf[rank]] += negatives + positives;
            sums.Probability[binOf[rank]] += (negatives + positives) * cases.DistinctScores[rank];
            sums.Positive[binOf[rank]] += positives;
        }

        return sums;
    }

    private static List<CalibrationBin> Filled((int[] Cases, double[] Probability, int[] Positive) sums)
    {
        var bins = sums.Cases.Length;
        return
        [
            .. from k in Enumerable.Range(0, bins)
               where sums.Cases[k] > 0
               select new CalibrationBin((double)k / bins, (k + 1.0) / bins, sums.Cases[k], sums.Probability[k] / sums.Cases[k], (double)sums.Positive[k] / sums.Cases[k]),
        ];
    }

    private static double Logit(double p) => Math.Log(p / (1 - p));
}
