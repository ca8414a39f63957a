using Cora.Evaluation;

namespace Cora.Tests.Evaluation;

public sealed class AreaComparisonTests
{
    [Fact]
    public void Identical_models_do_not_differ_at_all()
    {
        var cases = BootstrapTests.TwoNormals(60, 1);
        var same = ScoredCases.Of(Array.ConvertAll(cases.Scores.ToArray(), s => Math.Exp(3 * s)), cases.Truth);

        var comparison = AreaComparison.Of(cases, same, Resamples.Draw(cases, 500, Seed.Root(1)));

        Assert.Equal((0, 0, 0, 1, 1), (comparison.Difference, comparison.Deviation, comparison.Z, comparison.PValue, comparison.PValuePercentile));
        Assert.Equal((0, 1, null), (comparison.DeLong!.Z, comparison.DeLong.PValue, comparison.Reason));
    }

    [Fact]
    public void Counting_cannot_go_below_its_floor_and_the_normal_form_can()
    {
        var good = BootstrapTests.TwoNormals(400, 1);
        var chance = ScoredCases.Of([.. Enumerable.Range(0, 400).Select(i => (double)(i / 2 % 7))], good.Truth);

        var comparison = AreaComparison.Of(good, chance, Resamples.Draw(good, 500, Seed.Root(1)));

        Assert.Equal(2.0 / 501, comparison.PValueFloor);
        Assert.Equal(comparison.PValueFloor, comparison.PValuePercentile);
        Assert.True(comparison.PValue < 1e-6);
        Assert.True(comparison.DeLong!.PValue < 1e-6);
    }

    [Fact]
    public void Swapping_the_models_swaps_the_sign_alone()
    {
        var first = BootstrapTests.TwoNormals(80, 1);
        var rng = Seed.Root(9).Random();
        var second = ScoredCases.Of(Array.ConvertAll(first.Scores.ToArray(), s => s + rng.Normal()), first.Truth);
        var resamples = Resamples.Draw(first, 500, Seed.Root(1));

        var (one, other) = (AreaComparison.Of(first, second, resamples), AreaComparison.Of(second, first, resamples));

        Assert.Equal(-one.Difference, other.Difference);
        Assert.Equal(-one.High, other.Low, precision: 12);
        Assert.Equal(-one.Low, other.High, precision: 12);
        Assert.Equal(-one.Z, other.Z, precision: 12);
        Assert.Equal(one.PValuePercentile, other.PValuePercentile);
        Assert.Equal(one.DeLong!.PValue, other.DeLong!.PValue, precision: 12);
    }

    [Fact]
    public void A_difference_that_never_varies_has_no_z_and_says_so()
    {
        bool[] truth = [true, true, true, false, false, false];
        var perfect = ScoredCases.Of([6, 5, 4, 3, 2, 1], truth);
        var reversed = ScoredCases.Of([1, 2, 3, 4, 5, 6], truth);

        var comparison = AreaComparison.Of(perfect, reversed, Resamples.Draw(perfect, 100, Seed.Root(1)));

        Assert.Equal((1, 0, double.NaN, double.NaN), (comparison.Difference, comparison.Deviation, comparison.Z, comparison.PValue));
        Assert.Equal(2.0 / 101, comparison.PValuePercentile);
        Assert.Contains("every resample gives the same difference", comparison.Reason, StringComparison.Ordinal);
        Assert.Contains("DeLong finds no variance", comparison.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void One_class_alone_cannot_be_compared_and_other_cases_may_not()
    {
        var one = ScoredCases.Of([1, 2], [false, false]);

        var comparison = AreaComparison.Of(one, one, Resamples.Draw(one, 10, Seed.Root(1)));

        Assert.Equal((double.NaN, double.NaN, double.NaN, "there is no positive case"), (comparison.Difference, comparison.PValue, comparison.PValuePercentile, comparison.Reason));
        Assert.Throws<ArgumentException>(() => AreaComparison.Of(one, ScoredCases.Of([1, 2], [false, true]), Resamples.Draw(2, 10, Seed.Root(1))));
        Assert.Throws<ArgumentException>(() => DeLong.Compare(one, ScoredCases.Of([1, 2], [false, true])));
    }

    [Fact]
    public void Without_a_difference_one_in_twenty_tests_is_below_a_twentieth()
    {
        // Two scores equally far from the same signal. 300 sets: 0.05 has a standard error of 0.0126; four of them, and the bootstrap's own bias, allowed.
        var p = Enumerable.Range(0, 300).Select(set =>
        {
            var signal = BootstrapTests.TwoNormals(100, set);
            var rng = Seed.Root(set).Derive("models").Random();
            var (a, b) = (Noisy(signal, rng), Noisy(signal, rng));
            var comparison = AreaComparison.Of(a, b, Resamples.Draw(a, 200, Seed.Root(set)));
            return (Bootstrap: comparison.PValue, DeLong: comparison.DeLong!.PValue, Counting: comparison.PValuePercentile);
        }).ToArray();

        Assert.InRange(p.Count(x => x.Bootstrap < 0.05) / 300.0, 0.01, 0.11);
        Assert.InRange(p.Count(x => x.DeLong < 0.05) / 300.0, 0.01, 0.11);
        Assert.InRange(p.Count(x => x.Counting < 0.05) / 300.0, 0.01, 0.11);

        static ScoredCases Noisy(ScoredCases signal, Rng rng) => ScoredCases.Of(Array.ConvertAll(signal.Scores.ToArray(), s => s + rng.Normal()), signal.Truth);
    }

    [Fact]
    public void Holm_raises_p_values_by_the_number_of_tests_that_remain()
    {
        // 0.01 x 4; 0.02 x 3 = 0.06; 0.03 x 2 = 0.06; 0.04 x 1 stays at what came before; by hand.
        Assert.Equal([0.06, 0.04, 0.06, 0.06], Holm.Adjust([0.02, 0.01, 0.04, 0.03]).Select(p => Math.Round(p, 12)));
        Assert.Equal([1, 1], Holm.Adjust([0.6, 0.7]));
        Assert.Equal([double.NaN, 0.04, 0.3], Holm.Adjust([double.NaN, 0.02, 0.3]));
        Assert.Empty(Holm.Adjust([]));
        Assert.Throws<ArgumentException>(() => Holm.Adjust([1.1]));
    }

    [Theory]
    // Python 3, math.erfc(z / sqrt 2); both sides of the seam between the two series at z = 2.83.
    [InlineData(0, 1)]
    [InlineData(0.1, 0.920344325445942)]
    [InlineData(1, 0.31731050786291415)]
    [InlineData(-1.959963984540054, 0.05000000000000004)]
    [InlineData(2.8, 0.005110260660855874)]
    [InlineData(2.83, 0.004654800413463109)]
    [InlineData(6, 1.9731752900754024e-09)]
    [InlineData(30, 9.813427854297528e-198)]
    [InlineData(double.NegativeInfinity, 0)]
    public void Tails_of_the_normal_distribution_are_those_of_the_C_library(double z, double expected) =>
        Assert.Equal(expected, StandardNormal.TwoSided(z), Math.Max(1e-12 * expected, 0));
}
