using System.Text.Json.Nodes;
using Cora.Evaluation;

namespace Cora.Cli;

/// <summary>The JSON document of <c>cora evaluate classification</c>. Undefined numbers are null, with the reason in the same object.</summary>
internal static class EvaluateClassificationJson
{
    /// <summary>The measures of a score that have an interval, by their key.</summary>
    public static IEnumerable<(string Key, Estimate Estimate)> Measures(ClassificationScore s) =>
    [
        ("average_precision", s.AveragePrecision), ("accuracy", s.Accuracy), ("sensitivity", s.Sensitivity), ("specificity", s.Specificity), ("precision", s.Precision),
        ("negative_predictive_value", s.NegativePredictiveValue), ("f1", s.F1), ("youden", s.Youden),
    ];

    public static JsonObject Document(IReadOnlyList<EvaluatedTarget> found, long seed, bool isStratified, bool withCurves)
    {
        var given = found[0].Resamples.AreGiven;
        var document = new JsonObject
        {
            ["resampling"] = new JsonObject
            {
                ["resamples"] = found[0].Resamples.Count,
                ["from"] = given ? "file" : "seed",
                ["seed"] = given ? null : seed,
                ["stratified"] = given ? null : isStratified,
            },
            ["targets"] = new JsonObject(found.Select(t => KeyValuePair.Create(t.Predictions.Target, (JsonNode?)Target(t, withCurves)))),
        };
        if (given) document["resampling"]!["reason"] = "the resamples were given, not drawn";
        if (found.All(t => t.Against is not null)) document["comparison"] = Comparison(found);
        return document;
    }

    private static JsonObject Target(EvaluatedTarget target, bool withCurves)
    {
        var to = Score(target.Score);
        to["calibration"] = Calibrated(target.Calibration);
        if (target.Strata.Count > 0)
        {
            to["groups"] = new JsonObject(target.Strata.GroupBy(s => s.Variable).Select(variable =>
                KeyValuePair.Create(variable.Key, (JsonNode?)new JsonObject(variable.Select(s => KeyValuePair.Create(s.Level, (JsonNode?)Score(s.Score)))))));
        }

        if (withCurves) to["curves"] = EvaluateCurvesJson.Of(target.Predictions.Cases, target.Resamples);
        return to;
    }

    private static JsonObject Score(ClassificationScore score)
    {
        var auroc = Estimated(score.Auroc);
        Put(auroc, "delong_low", score.AurocDeLong.Low, score.Auroc.Reason ?? "DeLong needs two cases of each class");
        Put(auroc, "delong_high", score.AurocDeLong.High, score.Auroc.Reason ?? "DeLong needs two cases of each class");
        var to = new JsonObject { ["cases"] = score.Cases, ["positives"] = score.Positives, ["auroc"] = auroc };
        foreach (var (key, estimate) in Measures(score)) Put(to, key, estimate.Value, $"{key}: {estimate.Reason}");
        to["threshold"] = score.Threshold;
        to["true_positives"] = score.Confusion.TruePositives;
        to["false_positives"] = score.Confusion.FalsePositives;
        to["false_negatives"] = score.Confusion.FalseNegatives;
        to["true_negatives"] = score.Confusion.TrueNegatives;
        to["intervals"] = new JsonObject(Measures(score).Select(m => KeyValuePair.Create(m.Key, (JsonNode?)Estimated(m.Estimate))));
        return to;
    }

    private static JsonObject Calibrated(Calibration calibration) => new()
    {
        ["slope"] = Estimated(calibration.Slope),
        ["intercept"] = Estimated(calibration.Intercept),
        ["in_the_large"] = Estimated(calibration.InTheLarge),
        ["brier"] = Estimated(calibration.Brier),
        ["expected_calibration_error"] = Estimated(calibration.ExpectedError),
        ["moved_to_finite_logit"] = calibration.Moved,
        ["bins"] = new JsonArray([.. calibration.Bins.Select(b => (JsonNode)new JsonObject
        {
            ["low"] = b.Low, ["high"] = b.High, ["cases"] = b.Cases, ["mean_probability"] = b.MeanProbability, ["positive_share"] = b.PositiveShare,
        })]),
    };

    private static JsonObject Comparison(IReadOnlyList<EvaluatedTarget> found)
    {
        var corrected = Holm.Adjust([.. found.Select(t => t.Against!.Comparison.PValue)]);
        return new(found.Select((t, i) => KeyValuePair.Create(t.Predictions.Target, (JsonNode?)Comparison(t, corrected[i]))));
    }

    private static JsonObject Comparison(EvaluatedTarget target, double corrected)
    {
        var c = target.Against!.Comparison;
        var why = c.Reason ?? "";
        var to = new JsonObject();
        foreach (var (key, value) in ((string, double)[])
        [
            ("difference", c.Difference), ("low", c.Low), ("high", c.High), ("standard_deviation", c.Deviation), ("z", c.Z), ("p_value", c.PValue), ("p_value_holm", corrected),
            ("p_value_percentile", c.PValuePercentile), ("p_value_floor", c.PValueFloor), ("delong_z", c.DeLong?.Z ?? double.NaN), ("delong_p_value", c.DeLong?.PValue ?? double.NaN),
        ]) Put(to, key, value, why);
        to["first_auroc"] = Estimated(target.Score.Auroc);
        to["second_auroc"] = Estimated(target.Against.Auroc);
        to["cases"] = c.Cases;
        to["resamples"] = c.Resamples;
        to["redrawn"] = c.Redrawn;
        to["left_out"] = c.LeftOut;
        return to;
    }

    private static JsonObject Estimated(Estimate e)
    {
        var to = new JsonObject();
        foreach (var (key, value) in ((string, double)[])[("value", e.Value), ("low", e.Low), ("high", e.High)]) Put(to, key, value, e.Reason ?? "");
        to["resamples"] = e.Resamples;
        to["redrawn"] = e.Redrawn;
        to["left_out"] = e.LeftOut;
        return to;
    }

    /// <summary>Puts a number; an undefined one is null, and its reason joins those that the object already has.</summary>
    private static void Put(JsonObject to, string key, double value, string reason)
    {
        var before = to["reason"]?.GetValue<string>();
        Json.Put(to, key, value, before is null || before.Split("; ").Contains(reason) ? before ?? reason : $"{before}; {reason}");
    }
}
