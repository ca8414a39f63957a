using CsCheck;
using Cora.Evaluation;

namespace Cora.Tests.Evaluation;

public sealed class BootstrapTests
{
    private static readonly Gen<ScoredCases> BothClasses =
        Gen.Select(Gen.Int[0, 6], Gen.Bool).Array[2, 40].Where(c => c.Any(x => x.Item2) && !c.All(x => x.Item2))
            .Select(c => ScoredCases.Of([.. c.Select(x => (double)x.Item1)], [.. c.Select(x => x.Item2)]));

    [Fact]
    public void Counting_a_resample_gives_what_sorting_it_gives() =>
        Gen.Select(BothClasses, Gen.Int[0, 1000]).Sample((cases, seed) =>
        {
            var resamples = Resamples.Draw(cases, 5, Seed.Root(seed));
            var areas = Bootstrap.Areas(cases, resamples);
            var score = ClassificationScore.Of(cases, 3, resamples);

            for (var b = 0; b < resamples.Count; b++) Assert.Equal(Roc.Area(cases.Subset(resamples[b])), areas[b]);
            Assert.Equal(Bootstrap.Of(i => PrecisionRecall.AveragePrecision(cases.Subset(i)), resamples, ""), score.AveragePrecision);
            Assert.Equal(Bootstrap.Of(i => Confusion.At(cases.Subset(i), 3).F1, resamples, "").Low, score.F1.Low);
        });

    [Fact]
    public void The_same_seed_gives_the_same_interval_and_another_seed_another()
    {
        var cases = TwoNormals(100, 3);

        Assert.Equal(Auroc(7), Auroc(7));
        Assert.NotEqual(Auroc(7).Low, Auroc(8).Low);

        Estimate Auroc(int seed) => ClassificationScore.Of(cases, 0, Resamples.Draw(cases, 500, Seed.Root(seed))).Auroc;
    }

    [Fact]
    public void Resamples_of_one_class_are_drawn_again_and_counted()
    {
        var cases = ScoredCases.Of([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [true, .. new bool[9]]);

        var resamples = Resamples.Draw(cases, 1000, Seed.Root(1));
        var auroc = ClassificationScore.Of(cases, 0.5, resamples).Auroc;

        // Without the positive case: 0.9^10 = 0.349 of the draws, so 0.535 redrawn a resample; 536 +- 29 of 1000.
        Assert.InRange(resamples.Redrawn, 420, 650);
        Assert.Equal((resamples.Redrawn, 1000, 0), (auroc.Redrawn, auroc.Resamples, auroc.LeftOut));
        Assert.All(Enumerable.Range(0, 1000), b => Assert.Equal(2, resamples[b].ToArray().Select(i => i == 0).Distinct().Count()));
    }

    [Fact]
    public void Given_resamples_of_one_class_are_left_out_and_counted()
    {
        var cases = ScoredCases.Of([0.9, 0.1, 0.5], [true, false, false]);

        var auroc = ClassificationScore.Of(cases, 0.5, Resamples.Given([0, 1, 2, 1, 1, 2, 0, 0, 0, 2, 0, 1], 3)).Auroc;

        Assert.Equal((1, 1, 1), (auroc.Value, auroc.Low, auroc.High));
        Assert.Equal((2, 0, 2), (auroc.Resamples, auroc.Redrawn, auroc.LeftOut));
    }

    [Fact]
    public void Stratified_resamples_keep_the_number_of_positives()
    {
        var cases = ScoredCases.Of([.. Enumerable.Range(0, 20).Select(i => (double)i)], [.. Enumerable.Range(0, 20).Select(i => i % 7 == 0)]);
        var resamples = Resamples.DrawStratified(cases, 200, Seed.Root(1));

        Assert.All(Enumerable.Range(0, 200), b => Assert.Equal(3, resamples[b].ToArray().Count(i => i % 7 == 0)));
        Assert.Equal(20, Enumerable.Range(0, 200).SelectMany(b => resamples[b].ToArray()).Distinct().Count());
    }

    [Fact]
    public void The_interval_of_a_mean_is_near_the_normal_one()
    {
        var rng = Seed.Root(5).Random();
        var values = Enumerable.Range(0, 2000).Select(_ => rng.Normal(10, 3)).ToArray();

        var mean = Bootstrap.Of(positions => Mean(positions, values), Resamples.Draw(values.Length, 4000, Seed.Root(6)), "there is no value");

        // Standard error 3 / sqrt 2000 = 0.067; a percentile end of 4000 resamples moves by about 0.003 and the sample's own spread by 2 %.
        Assert.Equal(1.96 * 2 * 3 / Math.Sqrt(2000), mean.High - mean.Low, 0.02);
        Assert.InRange(mean.Value, mean.Low, mean.High);

        static double Mean(ReadOnlySpan<int> positions, double[] values)
        {
            var sum = 0.0;
            foreach (var i in positions) sum += values[i];
            return sum / positions.Length;
        }
    }

    [Fact]
    public void Nineteen_of_twenty_intervals_hold_the_true_area()
    {
        // Phi(1 / sqrt 2): the area of two normal classes one spread apart. 300 sets: the share 0.95 has a standard error of 0.013, and percentile
        // intervals of 200 cases are known to be a little short.
        var held = Enumerable.Range(0, 300).Count(set =>
        {
            var cases = TwoNormals(200, set);
            var auroc = ClassificationScore.Of(cases, 0, Resamples.Draw(cases, 300, Seed.Root(set))).Auroc;
            return auroc.Low <= 0.760250 && 0.760250 <= auroc.High;
        });

        Assert.InRange(held / 300.0, 0.90, 0.99);
    }

    [Fact]
    public void One_class_alone_leaves_the_area_undefined_and_the_accuracy_not()
    {
        var cases = ScoredCases.Of([0.9, 0.2], [true, true]);

        var score = ClassificationScore.Of(cases, 0.5, Resamples.Draw(cases, 50, Seed.Root(1)));

        Assert.All([score.Auroc, score.Specificity, score.Youden], e => Assert.Equal((double.NaN, double.NaN, "there is no negative case"), (e.Value, e.Low, e.Reason)));
        Assert.Equal((0.5, 0, 1, null), (score.Accuracy.Value, score.Accuracy.Low, score.Accuracy.High, score.Accuracy.Reason));
        Assert.Equal(double.NaN, score.AurocDeLong.Low);
    }

    [Fact]
    public void Nothing_called_positive_leaves_the_precision_undefined()
    {
        var cases = ScoredCases.Of([0.1, 0.2, 0.3], [true, false, false]);

        var score = ClassificationScore.Of(cases, 0.5, Resamples.Draw(cases, 50, Seed.Root(1)));

        Assert.Equal((double.NaN, "no case is called positive at the threshold"), (score.Precision.Value, score.Precision.Reason));
        Assert.Equal((0, null), (score.F1.Value, score.F1.Reason));
    }

    [Fact]
    public void Given_resamples_must_fit_the_cases()
    {
        Assert.Contains("3 positions are not whole resamples of 2 cases", Assert.Throws<CoraException>(() => Resamples.Given([0, 1, 0], 2)).Message);
        Assert.Contains("Resample 1 names position 2, but there are 2 cases", Assert.Throws<CoraException>(() => Resamples.Given([0, 1, 0, 2], 2)).Message);
        Assert.Contains("Resample 0 names position -1", Assert.Throws<CoraException>(() => Resamples.Given([-1, 1], 2)).Message);
        Assert.Contains("[500, 300], expected [resamples, 7]", Assert.Throws<CoraException>(() => Resamples.Read(Fixture.PathOf("a/boot_300_idx.npy"), 7)).Message);
        Assert.Contains("expected [resamples, 300]", Assert.Throws<CoraException>(() => Resamples.Read(Fixture.PathOf("a/boot_300_s1.npy"), 300)).Message);
        Assert.Contains("cannot be read", Assert.Throws<CoraException>(() => Resamples.Read("no.npy", 7)).Message);
        Assert.Throws<ArgumentException>(() => Bootstrap.Areas(TwoNormals(10, 1), Resamples.Draw(9, 5, Seed.Root(1))));
    }

    /// <summary>Half of the cases from a normal distribution of mean 0, half of mean 1.</summary>
    internal static ScoredCases TwoNormals(int count, int seed)
    {
        var rng = Seed.Root(seed).Derive("cases").Random();
        var truth = Enumerable.Range(0, count).Select(i => i % 2 == 0).ToArray();
        return ScoredCases.Of([.. truth.Select(t => rng.Normal(t ? 1 : 0, 1))], truth);
    }
}
