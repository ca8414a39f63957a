using System.Text.Json.Nodes;
using Cora.Evaluation;

namespace Cora.Cli;

/// <summary>Curves as columns of numbers: the exact points, and the band on a grid.</summary>
internal static class EvaluateCurvesJson
{
    public static JsonObject Of(ScoredCases cases, Resamples resamples) => new()
    {
        ["roc"] = cases.HasBothClasses ? Roc(cases, resamples) : Undefined("false_positive_rate", cases),
        ["precision_recall"] = cases.Positives > 0 ? PrecisionRecall(cases, resamples) : Undefined("recall", cases),
        ["decision"] = Decision(cases, resamples),
    };

    private static JsonObject Roc(ScoredCases cases, Resamples resamples)
    {
        var curve = Evaluation.Roc.Curve(cases);
        return new()
        {
            ["false_positive_rate"] = Column(curve.FalsePositiveRates),
            ["sensitivity"] = Column(curve.Sensitivities),
            ["threshold"] = Column(curve.Thresholds),
            ["reason"] = "the first point calls no case positive: its threshold is infinite",
            ["band"] = Band(CurveBand.OfRoc(cases, resamples), "false_positive_rate", "sensitivity"),
        };
    }

    private static JsonObject PrecisionRecall(ScoredCases cases, Resamples resamples)
    {
        var curve = Evaluation.PrecisionRecall.Curve(cases);
        return new()
        {
            ["recall"] = Column(curve.Recalls),
            ["precision"] = Column(curve.Precisions),
            ["threshold"] = Column(curve.Thresholds),
            ["reason"] = "the first point calls no case positive: its threshold is infinite",
            ["band"] = Band(CurveBand.OfPrecisionRecall(cases, resamples), "recall", "precision"),
        };
    }

    private static JsonObject Decision(ScoredCases cases, Resamples resamples)
    {
        var curve = DecisionCurve.Of(cases, resamples);
        var to = Band(curve.Model, "threshold", "net_benefit");
        to["treat_all"] = Column(curve.TreatAll);
        return to;
    }

    private static JsonObject Band(CurveBand band, string at, string value) => new()
    {
        [at] = Column(band.At), [value] = Column(band.Value), ["low"] = Column(band.Low), ["high"] = Column(band.High), ["resamples"] = band.Resamples,
    };

    private static JsonObject Undefined(string key, ScoredCases cases) => new()
    {
        [key] = null, ["reason"] = cases.Positives == 0 ? "there is no positive case" : "there is no negative case",
    };

    private static JsonArray Column(double[] values) => [.. values.Select(v => double.IsFinite(v) ? JsonValue.Create(v) : null)];
}
