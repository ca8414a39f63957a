namespace Cora.Evaluation;

/// <summary>A measure of a classifier as a function of the cases it is asked of, for resampling.</summary>
/// <param name="Key">Its name in files, as in a scorecard.</param>
/// <param name="Name">Its name for readers.</param>
/// <param name="Of">From the cases and a threshold to the measure of the cases at some positions.</param>
/// <param name="WhyUndefined">Why it may be NaN.</param>
public sealed record CaseMeasure(string Key, string Name, Func<ScoredCases, double, Func<ReadOnlySpan<int>, double>> Of, string WhyUndefined)
{
    /// <summary>Area under the ROC curve.</summary>
    public static CaseMeasure Auroc { get; } = Counted("auroc", "AUROC", (tally, _) => tally.Area(), "the cases are of one class alone");

    /// <summary>Average precision.</summary>
    public static CaseMeasure AveragePrecision { get; } = Counted("average_precision", "Average precision", (tally, _) => tally.AveragePrecision(), "there is no positive case");

    /// <summary>What Fig. S4 of the paper shows: accuracy, sensitivity, specificity, F1.</summary>
    public static IReadOnlyList<CaseMeasure> AtThreshold { get; } =
    [
        Called("accuracy", "Accuracy", c => c.Accuracy, "there is no case"),
        Called("sensitivity", "Sensitivity", c => c.Sensitivity, "there is no positive case"),
        Called("specificity", "Specificity", c => c.Specificity, "there is no negative case"),
        Called("f1", "F1", c => c.F1, "no case is positive and none is called positive"),
    ];

    /// <summary>All of them.</summary>
    public static IReadOnlyList<CaseMeasure> All { get; } = [Auroc, AveragePrecision, .. AtThreshold];

    private static CaseMeasure Called(string key, string name, Func<Confusion, double> measure, string whyUndefined) =>
        Counted(key, name, (tally, ranks) => measure(tally.Calling(ranks)), whyUndefined);

    private static CaseMeasure Counted(string key, string name, Func<Tally, int, double> measure, string whyUndefined) => new(
        key, name,
        (cases, threshold) =>
        {
            var (tally, ranks) = (new Tally(cases), cases.RanksAtOrAbove(threshold));
            return positions => measure(tally.Of(positions), ranks);
        },
        whyUndefined);
}
