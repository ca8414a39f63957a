namespace Cora.Evaluation;

/// <summary>Precision against recall, one point a distinct score after a first point at recall 0.</summary>
/// <param name="Thresholds">Scores from which on a case is called positive, falling; the first is infinite.</param>
/// <param name="Recalls">Sensitivity at each threshold, rising from 0 to 1.</param>
/// <param name="Precisions">Precision at each threshold. The first point calls nothing positive and has precision 1 by convention, so that curves start at one place.</param>
public sealed record PrecisionRecallCurve(double[] Thresholds, double[] Recalls, double[] Precisions);

/// <summary>Precision and recall over all thresholds.</summary>
public static class PrecisionRecall
{
    /// <summary>Average precision: the precision at each step of recall times the step, without interpolation.</summary>
    /// <returns>0 to 1; the share of positive cases is chance.</returns>
    /// <exception cref="CoraException">There is no positive case.</exception>
    public static double AveragePrecision(ScoredCases cases) => new Tally(WithPositives(cases)).All().AveragePrecision();

    /// <summary>The curve, from the highest threshold to the lowest.</summary>
    /// <exception cref="CoraException">There is no positive case.</exception>
    public static PrecisionRecallCurve Curve(ScoredCases cases)
    {
        var tally = new Tally(WithPositives(cases)).All();
        var points = cases.DistinctScores.Length + 1;
        var curve = new PrecisionRecallCurve(new double[points], new double[points], new double[points]);
        curve.Thresholds[0] = double.PositiveInfinity;
        curve.Precisions[0] = 1;
        long positives = 0, above = 0;
        for (var i = 1; i < points; i++)
        {
            var at = tally[i - 1];
            positives += at.Positives;
            above += at.Positives + at.Negatives;
            curve.Thresholds[i] = cases.DistinctScores[i - 1];
            curve.Recalls[i] = (double)positives / tally.Positives;
            curve.Precisions[i] = (double)positives / above;
        }

        return curve;
    }

    private static ScoredCases WithPositives(ScoredCases cases)
    {
        ArgumentNullException.ThrowIfNull(cases);
        return cases.Positives > 0 ? cases : throw new CoraException(
            $"Precision against recall needs a positive case; all {cases.Count} cases are negative.",
            "Score a set that has positive cases, or report the measure as undefined.");
    }
}
