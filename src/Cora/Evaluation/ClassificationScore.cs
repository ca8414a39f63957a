namespace Cora.Evaluation;

/// <summary>How well a score tells positive from negative cases, each measure with the percentile interval of the same resamples.</summary>
public sealed record ClassificationScore
{
    /// <summary>Number of cases.</summary>
    public required int Cases { get; init; }

    /// <summary>Number of positive cases.</summary>
    public required int Positives { get; init; }

    /// <summary>The score from which on a case is called positive.</summary>
    public required double Threshold { get; init; }

    /// <summary>The cases by truth and call at the threshold.</summary>
    public required Confusion Confusion { get; init; }

    /// <summary>Area under the ROC curve.</summary>
    public required Estimate Auroc { get; init; }

    /// <summary>The same area's interval by DeLong's normal approximation, not cut at 0 and 1; NaN where it is not defined.</summary>
    public required Interval<double> AurocDeLong { get; init; }

    /// <summary>Average precision.</summary>
    public required Estimate AveragePrecision { get; init; }

    /// <summary>Share of cases called rightly.</summary>
    public required Estimate Accuracy { get; init; }

    /// <summary>Share of positive cases called positive.</summary>
    public required Estimate Sensitivity { get; init; }

    /// <summary>Share of negative cases called negative.</summary>
    public required Estimate Specificity { get; init; }

    /// <summary>Share of the cases called positive that are.</summary>
    public required Estimate Precision { get; init; }

    /// <summary>Share of the cases called negative that are.</summary>
    public required Estimate NegativePredictiveValue { get; init; }

    /// <summary>Harmonic mean of precision and sensitivity.</summary>
    public required Estimate F1 { get; init; }

    /// <summary>Sensitivity + specificity - 1.</summary>
    public required Estimate Youden { get; init; }

    /// <summary>Scores the cases. What the cases do not define (one class alone, nothing called positive) is NaN with its reason.</summary>
    /// <param name="cases">The cases.</param>
    /// <param name="threshold">A case is called positive when its score is at or above it.</param>
    /// <param name="resamples">Resamples of these cases.</param>
    /// <exception cref="ArgumentException">The resamples are of another number of cases.</exception>
    public static ClassificationScore Of(ScoredCases cases, double threshold, Resamples resamples)
    {
        ArgumentNullException.ThrowIfNull(resamples);
        var tally = Bootstrap.TallyFor(cases, resamples);
        var ranks = cases.RanksAtOrAbove(threshold);
        var areas = new double[resamples.Count];
        var averagePrecisions = new double[resamples.Count];
        var confusions = new Confusion[resamples.Count];
        for (var b = 0; b < resamples.Count; b++)
        {
            tally.Of(resamples[b]);
            areas[b] = tally.Area();
            averagePrecisions[b] = tally.AveragePrecision();
            confusions[b] = tally.Calling(ranks);
        }

        tally.All();
        var confusion = tally.Calling(ranks);
        var noPositive = "there is no positive case";
        var noNegative = "there is no negative case";
        return new()
        {
            Cases = cases.Count,
            Positives = cases.Positives,
            Threshold = threshold,
            Confusion = confusion,
            Auroc = Estimate.Of(tally.Area(), areas, resamples, cases.Positives == 0 ? noPositive : noNegative),
            AurocDeLong = cases.HasBothClasses ? DeLong.Interval(cases) : new(double.NaN, double.NaN),
            AveragePrecision = Estimate.Of(tally.AveragePrecision(), averagePrecisions, resamples, noPositive),
            Accuracy = At(c => c.Accuracy, "there is no case"),
            Sensitivity = At(c => c.Sensitivity, noPositive),
            Specificity = At(c => c.Specificity, noNegative),
            Precision = At(c => c.Precision, "no case is called positive at the threshold"),
            NegativePredictiveValue = At(c => c.NegativePredictiveValue, "no case is called negative at the threshold"),
            F1 = At(c => c.F1, "no case is positive and none is called positive"),
            Youden = At(c => c.Youden, cases.Positives == 0 ? noPositive : noNegative),
        };

        Estimate At(Func<Confusion, double> measure, string whyUndefined) =>
            Estimate.Of(measure(confusion), Array.ConvertAll(confusions, c => measure(c)), resamples, whyUndefined);
    }
}
