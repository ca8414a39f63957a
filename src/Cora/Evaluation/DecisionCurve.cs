namespace Cora.Evaluation;

/// <summary>Net benefit over thresholds (Vickers and Elkin 2006): true positives a case, less the false positives at the exchange rate of the threshold.</summary>
/// <param name="Model">Net benefit of treating the cases with a probability at or above each threshold, with its band.</param>
/// <param name="TreatAll">Net benefit of treating everyone, at the same thresholds. Treating no one has 0 throughout.</param>
public sealed record DecisionCurve(CurveBand Model, double[] TreatAll)
{
    /// <summary>The thresholds 0.01, 0.02 … 0.99.</summary>
    public static IReadOnlyList<double> StandardThresholds { get; } = [.. Enumerable.Range(1, 99).Select(i => i / 100.0)];

    /// <summary>The decision curve of probabilities.</summary>
    /// <param name="cases">Cases whose scores are probabilities.</param>
    /// <param name="resamples">Resamples of these cases.</param>
    /// <param name="thresholds">Probabilities from which on one would treat, rising, each at least 0 and below 1; the standard ones by default.</param>
    /// <exception cref="CoraException">A score lies outside of 0 to 1.</exception>
    public static DecisionCurve Of(ScoredCases cases, Resamples resamples, IReadOnlyList<double>? thresholds = null)
    {
        ArgumentNullException.ThrowIfNull(cases);
        Calibration.RequireProbabilities(cases);
        var at = (thresholds ?? StandardThresholds).ToArray();
        if (at.Length == 0 || at.Any(t => t is not (>= 0 and < 1))) throw new ArgumentException("Thresholds lie at or above 0 and below 1.", nameof(thresholds));
        var ranks = Array.ConvertAll(at, cases.RanksAtOrAbove);
        var model = CurveBand.Of([cases], resamples, at, (tally, grid, into) =>
        {
            for (var i = 0; i < grid.Length; i++) into[i] = NetBenefit(tally.Calling(ranks[i]), grid[i]);
        });
        return new(model, Array.ConvertAll(at, t => NetBenefit(new(cases.Positives, cases.Negatives, 0, 0), t)));
    }

    /// <summary>Net benefit of a call: TP/n - FP/n t/(1-t).</summary>
    /// <param name="called">The cases by truth and call.</param>
    /// <param name="threshold">The probability at which treating and not treating are worth the same; below 1.</param>
    public static double NetBenefit(Confusion called, double threshold) =>
        called.Cases == 0 ? double.NaN : (called.TruePositives - called.FalsePositives * threshold / (1 - threshold)) / called.Cases;
}
