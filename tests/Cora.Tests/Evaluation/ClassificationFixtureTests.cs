using System.Text.Json;
using Cora.Evaluation;

namespace Cora.Tests.Evaluation;

/// <summary>Every number of fixture group a: scikit-learn 1.4.2, SciPy and NumPy on the same cases and the same resamples.</summary>
public sealed class ClassificationFixtureTests
{
    public static TheoryData<string> Metrics => Fixture.Names("a", "classification_metrics");

    public static TheoryData<string> Resampled => Fixture.Names("a", "bootstrap_auc");

    [Fact]
    public void Every_case_of_the_group_is_tested() => Assert.Equal(Fixture.Cases("a").Count, Metrics.Count + Resampled.Count + 1);

    [Theory]
    [MemberData(nameof(Metrics))]
    public void Measures_are_those_of_the_peer(string name)
    {
        var fixture = Fixture.Case(name);
        var threshold = fixture.GetProperty("params").GetProperty("threshold").GetDouble();
        var (scores, labels) = (Input(fixture, "scores"), Input(fixture, "labels"));

        foreach (var expected in fixture.GetProperty("expect").EnumerateObject())
        {
            if (expected.Value.ValueKind == JsonValueKind.Object && expected.Value.TryGetProperty("refuse", out _))
            {
                var problem = Record.Exception(() => Value(expected.Name, Cases(scores, labels), threshold));
                Assert.True(problem is CoraException or ArgumentException, $"{expected.Name}: {problem?.ToString() ?? "a number"}");
                continue;
            }

            var cases = Cases(scores, labels);
            if (expected.Value.ValueKind == JsonValueKind.Object && expected.Value.TryGetProperty("file", out _)) Near(expected.Value, Curve(expected.Name, cases), expected.Name);
            else Near(expected.Value, Value(expected.Name, cases, threshold), expected.Name);
        }
    }

    [Theory]
    [MemberData(nameof(Resampled))]
    public void Resamples_intervals_and_tests_are_those_of_the_peer(string name)
    {
        var fixture = Fixture.Case(name);
        var labels = Input(fixture, "labels");
        var (first, second) = (Cases(Input(fixture, "scores_1"), labels), Cases(Input(fixture, "scores_2"), labels));
        var resamples = Resamples.Read(Fixture.PathOf(fixture.GetProperty("inputs").GetProperty("resample_indices").GetProperty("file").GetString()!), first.Count);
        var score = ClassificationScore.Of(first, 0.5, resamples);
        var comparison = AreaComparison.Of(first, second, resamples);

        Assert.Equal(fixture.GetProperty("params").GetProperty("resamples").GetInt32(), resamples.Count);
        foreach (var expected in fixture.GetProperty("expect").EnumerateObject())
        {
            Near(expected.Value, expected.Name switch
            {
                "auroc_1" => [score.Auroc.Value],
                "auroc_2" => [Roc.Area(second)],
                "resample_auroc_1" => Bootstrap.Areas(first, resamples),
                "resample_auroc_2" => Bootstrap.Areas(second, resamples),
                "n_valid_resamples" => [score.Auroc.Resamples],
                "ci95_percentile_1" => [score.Auroc.Low, score.Auroc.High],
                "ci95_percentile_diff" => [comparison.Low, comparison.High],
                "sd_diff_ddof1" => [comparison.Deviation],
                "z_proc" => [comparison.Z],
                "p_proc" => [comparison.PValue],
                "p_percentile" => [2.0 * Math.Min(comparison.AtOrBelowZero, comparison.AtOrAboveZero) / comparison.Resamples],
                "p_percentile_plus1" => [comparison.PValuePercentile],
                "delong_z" => [comparison.DeLong!.Z],
                "delong_p" => [comparison.DeLong!.PValue],
                "delong_cov" => [comparison.DeLong!.FirstVariance, comparison.DeLong.Covariance, comparison.DeLong.Covariance, comparison.DeLong.SecondVariance],
                "delong_ci95_1" => [score.AurocDeLong.Low, score.AurocDeLong.High],
                _ => throw new ArgumentOutOfRangeException(expected.Name, "an expectation that no test reads"),
            }, expected.Name);
        }

        Assert.Equal(resamples.Count, score.Auroc.Resamples + score.Auroc.LeftOut);
        Assert.Equal(score.Auroc.Resamples, comparison.Resamples);
    }

    [Fact]
    public void Percentiles_are_those_of_NumPy()
    {
        var fixture = Fixture.Case("a/percentile_linear");
        var sorted = Input(fixture, "x").Order().ToArray();

        Near(fixture.GetProperty("expect").GetProperty("p2.5_p50_p95_p97.5"), [.. ((double[])[2.5, 50, 95, 97.5]).Select(p => Percentile.OfSorted(sorted, p))], "percentiles");
    }

    private static ScoredCases Cases(double[] scores, double[] labels) => ScoredCases.Of(scores, Array.ConvertAll(labels, l => (int)l));

    private static double[] Input(JsonElement fixture, string name) => Fixture.Array(fixture.GetProperty("inputs").GetProperty(name)).Values;

    private static double Value(string key, ScoredCases cases, double threshold)
    {
        var called = Confusion.At(cases, threshold);
        return key switch
        {
            "auroc" => Roc.Area(cases),
            "average_precision" => PrecisionRecall.AveragePrecision(cases),
            "n_pos" => cases.Positives,
            "tp" => called.TruePositives,
            "fp" => called.FalsePositives,
            "fn" => called.FalseNegatives,
            "tn" => called.TrueNegatives,
            "accuracy" => called.Accuracy,
            "sensitivity" => called.Sensitivity,
            "specificity" => called.Specificity,
            "precision" => called.Precision,
            "f1" => called.F1,
            "roc_points_kept_when_collinear_dropped" => Roc.Curve(cases).WithoutMidpoints().Thresholds.Length,
            "delong_var" => DeLong.Variance(cases),
            _ => throw new ArgumentOutOfRangeException(nameof(key), key, "an expectation that no test reads"),
        };
    }

    private static double[] Curve(string key, ScoredCases cases) => key switch
    {
        "roc_fpr" => Roc.Curve(cases).FalsePositiveRates,
        "roc_tpr" => Roc.Curve(cases).Sensitivities,
        "roc_thresholds" => Roc.Curve(cases).Thresholds,
        _ => throw new ArgumentOutOfRangeException(nameof(key), key, "an expectation that no test reads"),
    };

    private static void Near(JsonElement expected, double actual, string what)
    {
        if (expected.ValueKind == JsonValueKind.Number) Assert.Equal(expected.GetDouble(), actual);
        else if (expected.TryGetProperty("undefined", out _)) Assert.True(double.IsNaN(actual), $"{what}: {actual} is not defined");
        else if (expected.TryGetProperty("any_of", out var allowed)) Assert.Contains(actual, allowed.EnumerateArray().Select(Number));
        else Near(expected, [actual], what);
    }

    private static void Near(JsonElement expected, double[] actual, string what)
    {
        if (expected.ValueKind == JsonValueKind.Number)
        {
            Assert.Equal(expected.GetDouble(), Assert.Single(actual));
            return;
        }

        var want = expected.TryGetProperty("file", out _) ? Fixture.Array(expected).Values : [.. Flat(expected.GetProperty("value"))];
        var (atol, rtol) = (expected.GetProperty("atol").GetDouble(), expected.GetProperty("rtol").GetDouble());
        Assert.Equal(want.Length, actual.Length);
        for (var i = 0; i < want.Length; i++)
        {
            Assert.True(
                want[i].Equals(actual[i]) || Math.Abs(actual[i] - want[i]) <= atol + rtol * Math.Abs(want[i]),
                $"{what} [{i}]: {actual[i]:R} instead of {want[i]:R}");
        }
    }

    private static IEnumerable<double> Flat(JsonElement value) =>
        value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().SelectMany(Flat) : [Number(value)];

    private static double Number(JsonElement value) => value.ValueKind == JsonValueKind.Number ? value.GetDouble() : double.Parse(value.GetString()!);
}
