using System.Globalization;
using Cora.Evaluation;

namespace Cora.Cli;

/// <summary>What <c>cora evaluate classification</c> says to a reader.</summary>
internal static class EvaluateClassificationText
{
    public static void Write(TextWriter to, IReadOnlyList<EvaluatedTarget> found)
    {
        var corrected = found.All(t => t.Against is not null) ? Holm.Adjust([.. found.Select(t => t.Against!.Comparison.PValue)]) : [];
        for (var i = 0; i < found.Count; i++)
        {
            if (i > 0) to.WriteLine();
            var target = found[i];
            Score(to, target.Predictions.Target, target.Score);
            Line(to, "brier", target.Calibration.Brier);
            Line(to, "calibration error", target.Calibration.ExpectedError);
            Line(to, "calibration slope", target.Calibration.Slope);
            Line(to, "in the large", target.Calibration.InTheLarge);
            foreach (var stratum in target.Strata) Stratum(to, stratum);
            if (target.Against is { } against) Comparison(to, against, found.Count > 1 ? corrected[i] : double.NaN);
        }

        var resamples = found[0].Resamples;
        to.WriteLine();
        to.WriteLine(Say($"intervals: 2.5th to 97.5th percentile of {resamples.Count} {(resamples.AreGiven ? "given" : "drawn")} resamples of the cases; {Counted(found)}"));
    }

    private static void Score(TextWriter to, string name, ClassificationScore score)
    {
        to.WriteLine(Say($"{name}: {score.Cases} cases, {score.Positives} positive; called positive from {score.Threshold:0.####} on"));
        Line(to, "auroc", score.Auroc);
        foreach (var (key, estimate) in EvaluateClassificationJson.Measures(score)) Line(to, key.Replace('_', ' '), estimate);
    }

    private static void Line(TextWriter to, string name, Estimate e)
    {
        var reason = e.Reason is null ? "" : $"  {e.Reason}";
        to.WriteLine($"  {name,-26} {Number(e.Value),6}  ({Number(e.Low)} to {Number(e.High)}){reason}");
    }

    private static void Stratum(TextWriter to, Stratum stratum)
    {
        var s = stratum.Score;
        to.WriteLine(Say($"  {stratum.Variable} {stratum.Level}: {s.Cases} cases, {s.Positives} positive; auroc {Number(s.Auroc.Value)} ({Number(s.Auroc.Low)} to {Number(s.Auroc.High)}), ") +
            $"sensitivity {Number(s.Sensitivity.Value)}, specificity {Number(s.Specificity.Value)}{(s.Auroc.Reason is { } reason ? $"; {reason}" : "")}");
    }

    private static void Comparison(TextWriter to, EvaluatedPair against, double corrected)
    {
        var c = against.Comparison;
        to.WriteLine($"  auroc of the other         {Number(against.Auroc.Value),6}  ({Number(against.Auroc.Low)} to {Number(against.Auroc.High)})");
        to.WriteLine($"  difference                 {Number(c.Difference),6}  ({Number(c.Low)} to {Number(c.High)})  " +
            $"z {Number(c.Z, "0.00")}, {P(c.PValue)}; by counting {Counted(c)}; DeLong z {Number(c.DeLong?.Z ?? double.NaN, "0.00")}, {P(c.DeLong?.PValue ?? double.NaN)}" +
            $"{(double.IsNaN(corrected) ? "" : $"; Holm over the targets {P(corrected)}")}{(c.Reason is { } reason ? $"  {reason}" : "")}");
    }

    // Counting cannot give less than its floor, so at the floor only "less than" is true.
    private static string Counted(AreaComparison c) => c.PValuePercentile <= c.PValueFloor && c.PValueFloor < 1 ? $"p < {Math.Ceiling(c.PValueFloor * 1000) / 1000:0.000}" : P(c.PValuePercentile);

    private static string Counted(IReadOnlyList<EvaluatedTarget> found)
    {
        var (redrawn, leftOut) = (found.Sum(t => t.Resamples.Redrawn), found.Sum(t => t.Score.Auroc.LeftOut));
        return Say($"{redrawn} redrawn and {leftOut} left out of the auroc for holding one class alone");
    }

    private static string P(double p) => double.IsNaN(p) ? "p undefined" : p < 0.0001 ? "p < 0.0001" : Say($"p {p:0.####}");

    private static string Number(double value, string format = "0.000") => double.IsNaN(value) ? "-" : value.ToString(format, CultureInfo.InvariantCulture);

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
