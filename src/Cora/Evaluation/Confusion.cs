namespace Cora.Evaluation;

/// <summary>Cases by truth and by what was called; every ratio is NaN when nothing stands below its line.</summary>
/// <param name="TruePositives">Positive cases called positive.</param>
/// <param name="FalsePositives">Negative cases called positive.</param>
/// <param name="FalseNegatives">Positive cases called negative.</param>
/// <param name="TrueNegatives">Negative cases called negative.</param>
public readonly record struct Confusion(long TruePositives, long FalsePositives, long FalseNegatives, long TrueNegatives)
{
    /// <summary>All cases.</summary>
    public long Cases => TruePositives + FalsePositives + FalseNegatives + TrueNegatives;

    /// <summary>Share of cases called rightly.</summary>
    public double Accuracy => Ratio(TruePositives + TrueNegatives, Cases);

    /// <summary>Share of positive cases called positive (recall).</summary>
    public double Sensitivity => Ratio(TruePositives, TruePositives + FalseNegatives);

    /// <summary>Share of negative cases called negative.</summary>
    public double Specificity => Ratio(TrueNegatives, TrueNegatives + FalsePositives);

    /// <summary>Share of the cases called positive that are (positive predictive value).</summary>
    public double Precision => Ratio(TruePositives, TruePositives + FalsePositives);

    /// <summary>Share of the cases called negative that are.</summary>
    public double NegativePredictiveValue => Ratio(TrueNegatives, TrueNegatives + FalseNegatives);

    /// <summary>Harmonic mean of precision and sensitivity, 2 TP / (2 TP + FP + FN): 0 when positives are there and none is found.</summary>
    public double F1 => Ratio(2 * TruePositives, 2 * TruePositives + FalsePositives + FalseNegatives);

    /// <summary>Sensitivity + specificity - 1 (Youden 1950).</summary>
    public double Youden => Sensitivity + Specificity - 1;

    /// <summary>The counts at a threshold: a case is called positive when its score is at or above it.</summary>
    public static Confusion At(ScoredCases cases, double threshold)
    {
        ArgumentNullException.ThrowIfNull(cases);
        return new Tally(cases).All().Calling(cases.RanksAtOrAbove(threshold));
    }

    private static double Ratio(long part, long whole) => whole == 0 ? double.NaN : (double)part / whole;
}
