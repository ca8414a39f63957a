using Cora.Evaluation;

namespace Cora.Tests.Evaluation;

public sealed class CalibrationTests
{
    [Fact]
    public void Two_probabilities_give_the_line_through_two_observed_shares()
    {
        // With two probabilities the regression goes through both shares: 1 of 4 at 0.1, 3 of 4 at 0.8.
        var cases = ScoredCases.Of([0.1, 0.1, 0.1, 0.1, 0.8, 0.8, 0.8, 0.8], [true, false, false, false, true, true, true, false]);
        var slope = (Logit(0.75) - Logit(0.25)) / (Logit(0.8) - Logit(0.1));

        var calibration = Calibration.Of(cases, Resamples.DrawStratified(cases, 100, Seed.Root(1)));

        Assert.Equal(slope, calibration.Slope.Value, precision: 9);
        Assert.Equal(Logit(0.25) - slope * Logit(0.1), calibration.Intercept.Value, precision: 9);
        Assert.Equal((3 * 0.01 + 0.81 + 3 * 0.04 + 0.64) / 8, calibration.Brier.Value, precision: 12);
        Assert.Equal((0.15 + 0.05) / 2, calibration.ExpectedError.Value, precision: 12);
        Assert.Equal([(0.1, 4, 0.25), (0.8, 4, 0.75)], calibration.Bins.Select(b => (Math.Round(b.MeanProbability, 12), b.Cases, b.PositiveShare)));
        Assert.Equal(0, calibration.Moved);
    }

    [Fact]
    public void The_line_solves_the_equations_of_the_likelihood()
    {
        var cases = Drawn(500, 2, x => 0.5 + 0.6 * x);
        var calibration = Calibration.Of(cases, Resamples.Draw(cases, 2, Seed.Root(1)));
        double residual = 0, moment = 0, residualOfOffset = 0;
        for (var i = 0; i < cases.Count; i++)
        {
            var x = Logit(cases.Scores[i]);
            var y = cases.Truth[i] ? 1 : 0;
            residual += y - Sigmoid(calibration.Intercept.Value + calibration.Slope.Value * x);
            moment += x * (y - Sigmoid(calibration.Intercept.Value + calibration.Slope.Value * x));
            residualOfOffset += y - Sigmoid(calibration.InTheLarge.Value + x);
        }

        Assert.Equal(0, residual, 1e-7);
        Assert.Equal(0, moment, 1e-7);
        Assert.Equal(0, residualOfOffset, 1e-7);
    }

    [Fact]
    public void Intervals_hold_the_slope_and_intercepts_that_made_the_truth()
    {
        // 40 sets each: 38 +- 1.4 intervals of 95 % hold the truth; three standard deviations below are 33.
        Assert.All(Held(x => x, slope: 1, intercept: 0), share => Assert.InRange(share, 33, 40));
        Assert.All(Held(x => 0.4 + 0.5 * x, slope: 0.5, intercept: 0.4), share => Assert.InRange(share, 33, 40));

        static int[] Held(Func<double, double> logOdds, double slope, double intercept)
        {
            var calibrations = Enumerable.Range(0, 40).Select(set =>
            {
                var cases = Drawn(500, set, logOdds);
                return Calibration.Of(cases, Resamples.Draw(cases, 200, Seed.Root(set)));
            }).ToArray();
            return [calibrations.Count(c => c.Slope.Low <= slope && slope <= c.Slope.High), calibrations.Count(c => c.Intercept.Low <= intercept && intercept <= c.Intercept.High)];
        }
    }

    [Fact]
    public void Extreme_probabilities_have_a_slope_below_1_and_a_larger_error()
    {
        var (honest, extreme) = (Drawn(4000, 1, x => x), Drawn(4000, 1, x => 0.4 + 0.5 * x));

        var good = Calibration.Of(honest, Resamples.Draw(honest, 300, Seed.Root(2)));
        var bad = Calibration.Of(extreme, Resamples.Draw(extreme, 300, Seed.Root(2)));

        Assert.True(bad.Slope.High < good.Slope.Low);
        Assert.True(bad.ExpectedError.Low > good.ExpectedError.High);
        Assert.True(bad.Brier.Value > good.Brier.Value);
    }

    [Fact]
    public void Answers_that_do_not_exist_are_undefined_with_their_reason()
    {
        var separated = Of([0.1, 0.4, 0.4, 0.9], [false, false, true, true]);
        var constant = Of([0.3, 0.3, 0.3, 0.3], [false, true, false, false]);
        var oneClass = Of([0.3, 0.4], [true, true]);

        Assert.Equal((double.NaN, "one threshold separates the classes, so the regression has no finite slope"), (separated.Slope.Value, separated.Slope.Reason));
        Assert.Equal((double.NaN, "all probabilities are equal, so they have no slope"), (constant.Slope.Value, constant.Slope.Reason));
        Assert.Equal(Logit(0.25) - Logit(0.3), constant.InTheLarge.Value, precision: 9);
        Assert.Equal((double.NaN, "there is no negative case"), (oneClass.InTheLarge.Value, oneClass.InTheLarge.Reason));
        Assert.Equal(0.65, oneClass.ExpectedError.Value, precision: 12);
    }

    [Fact]
    public void Probabilities_of_exactly_0_and_1_are_moved_and_counted()
    {
        var calibration = Of([0, 0, 0.5, 1, 1, 0.4], [false, true, true, true, false, false]);

        Assert.Equal(4, calibration.Moved);
        Assert.True(double.IsFinite(calibration.Slope.Value));
        Assert.Equal([0.0, 0.4, 0.5, 0.9], calibration.Bins.Select(b => b.Low));
        Assert.Equal((1 + 1 + 0.25 + 0.16) / 6, calibration.Brier.Value, precision: 12);
    }

    [Fact]
    public void Logits_are_no_probabilities()
    {
        var refusal = Assert.Throws<CoraException>(() => Of([-3, 0.2, 1.5], [false, true, true]));

        Assert.Contains("2 of 3 scores lie outside of 0 to 1", refusal.Message, StringComparison.Ordinal);
        Assert.Throws<CoraException>(() => DecisionCurve.Of(ScoredCases.Of([-3, 0.2], [false, true]), Resamples.Draw(2, 2, Seed.Root(1))));
    }

    [Fact]
    public void Net_benefit_is_true_positives_less_false_ones_at_the_exchange_rate()
    {
        var cases = ScoredCases.Of([0.1, 0.3, 0.6, 0.9], [false, true, false, true]);

        var curve = DecisionCurve.Of(cases, Resamples.Draw(cases, 200, Seed.Root(1)), [0, 0.2, 0.5, 0.75, 0.95]);

        // At 0.2: 2 hits, 1 false alarm at 1:4; at 0.5: 1 hit, 1 false alarm at 1:1; at 0.75: 1 hit; at 0.95 nobody is treated.
        Assert.Equal([2 / 4.0, (2 - 0.25) / 4, 0, 1 / 4.0, 0], curve.Model.Value.Select(v => Math.Round(v, 12)));
        Assert.Equal([0.5, (2 - 2 * 0.25) / 4, 0, (2 - 2 * 3) / 4.0, (2 - 2 * 19) / 4.0], curve.TreatAll.Select(v => Math.Round(v, 12)));
        Assert.Equal([0, 0], [curve.Model.Low[4], curve.Model.High[4]]);
        Assert.Throws<ArgumentException>(() => DecisionCurve.Of(cases, Resamples.Draw(cases, 2, Seed.Root(1)), [1]));
    }

    private static Calibration Of(double[] scores, bool[] truth)
    {
        var cases = ScoredCases.Of(scores, truth);
        return Calibration.Of(cases, Resamples.Draw(cases, 20, Seed.Root(1)));
    }

    /// <summary>Probabilities, and a truth that comes true with log odds that are a function of theirs.</summary>
    private static ScoredCases Drawn(int count, int seed, Func<double, double> logOdds)
    {
        var rng = Seed.Root(seed).Random();
        var x = Enumerable.Range(0, count).Select(_ => rng.Normal(0, 1.5)).ToArray();
        return ScoredCases.Of(Array.ConvertAll(x, Sigmoid), Array.ConvertAll(x, v => rng.Chance(Sigmoid(logOdds(v)))));
    }

    private static double Logit(double p) => Math.Log(p / (1 - p));

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
}
