using CsCheck;
using Cora.Evaluation;

namespace Cora.Tests.Evaluation;

public sealed class CurveTests
{
    private static readonly ScoredCases Five = ScoredCases.Of([0.9, 0.1, 0.4, 0.4, 0.8], [true, false, true, false, false]);

    [Fact]
    public void Curves_have_a_point_for_every_score_and_one_before()
    {
        var roc = Roc.Curve(Five);
        var precision = PrecisionRecall.Curve(Five);

        Assert.Equal([double.PositiveInfinity, 0.9, 0.8, 0.4, 0.1], roc.Thresholds);
        Assert.Equal([0, 0, 1 / 3.0, 2 / 3.0, 1], roc.FalsePositiveRates);
        Assert.Equal([0, 0.5, 0.5, 1, 1], roc.Sensitivities);
        Assert.Equal([0, 0.5, 0.5, 1, 1], precision.Recalls);
        Assert.Equal([1, 1, 0.5, 0.5, 0.4], precision.Precisions);
    }

    [Fact]
    public void The_area_below_the_curve_is_the_share_of_pairs() =>
        Cases.Sample(cases =>
        {
            var curve = Roc.Curve(cases);
            var area = 0.0;
            for (var i = 1; i < curve.Thresholds.Length; i++)
                area += (curve.FalsePositiveRates[i] - curve.FalsePositiveRates[i - 1]) * (curve.Sensitivities[i] + curve.Sensitivities[i - 1]) / 2;

            Assert.Equal(Roc.Area(cases), area, precision: 12);
        });

    [Fact]
    public void Average_precision_is_the_precision_at_each_step_of_recall() =>
        Cases.Sample(cases =>
        {
            var curve = PrecisionRecall.Curve(cases);
            var sum = Enumerable.Range(1, curve.Recalls.Length - 1).Sum(i => (curve.Recalls[i] - curve.Recalls[i - 1]) * curve.Precisions[i]);

            Assert.Equal(PrecisionRecall.AveragePrecision(cases), sum, precision: 12);
        });

    [Fact]
    public void Youdens_threshold_is_the_best_there_is() =>
        Cases.Sample(cases =>
        {
            var threshold = Roc.YoudenThreshold(cases);
            var best = Confusion.At(cases, threshold).Youden;

            Assert.All(cases.Scores.ToArray(), s =>
            {
                var here = Confusion.At(cases, s).Youden;
                Assert.True(here < best - 1e-12 || (here <= best + 1e-12 && s <= threshold), $"{s} has {here}, {threshold} has {best}");
            });
        });

    [Fact]
    public void Dropping_midpoints_leaves_the_line_as_it_is()
    {
        var cases = ScoredCases.Of([6, 5, 4, 3, 2, 1], [true, true, true, false, false, false]);

        var kept = Roc.Curve(cases).WithoutMidpoints();

        Assert.Equal([0, 0, 0, 1], kept.FalsePositiveRates);
        Assert.Equal([0, 1 / 3.0, 1, 1], kept.Sensitivities);
    }

    [Fact]
    public void The_band_of_the_ROC_has_the_upper_end_of_steps_and_slopes_over_ties()
    {
        var band = CurveBand.OfRoc(Five, Resamples.Draw(Five, 50, Seed.Root(1)), points: 7);

        // The step to 0.5 at rate 0; the tie from (1/3, 1/2) to (2/3, 1) has 3/4 in its middle.
        Assert.Equal([0.5, 0.5, 0.5, 0.75, 1, 1, 1], band.Value.Select(v => Math.Round(v, 12)));
        Assert.Equal(50, band.Resamples);
    }

    [Fact]
    public void The_band_of_precision_takes_the_first_threshold_that_reaches_the_recall()
    {
        var band = CurveBand.OfPrecisionRecall(Five, Resamples.Draw(Five, 50, Seed.Root(1)), points: 5);

        Assert.Equal([1, 1, 1, 0.5, 0.5], band.Value);
    }

    [Fact]
    public void A_band_is_ordered_and_holds_the_percentiles_of_single_curves() =>
        Gen.Select(Cases, Gen.Int[0, 100]).Sample((cases, seed) =>
        {
            var resamples = Resamples.Draw(cases, 40, Seed.Root(seed));
            var band = CurveBand.OfRoc(cases, resamples, points: 11);
            var at3 = Enumerable.Range(0, 40).Select(b => CurveBand.OfRoc(cases.Subset(resamples[b]), resamples, 11).Value[3]).Order().ToArray();

            Assert.All(Enumerable.Range(0, 11), i => Assert.True(band.Low[i] <= band.High[i]));
            Assert.Equal(Percentile.OfSorted(at3, 2.5), band.Low[3], precision: 12);
            Assert.Equal(Percentile.OfSorted(at3, 97.5), band.High[3], precision: 12);
            Assert.Equal(1, band.Value[^1]);
        }, iter: 30);

    [Fact]
    public void Curves_need_the_classes_they_speak_of()
    {
        var negatives = ScoredCases.Of([1, 2], [false, false]);
        var resamples = Resamples.Draw(2, 2, Seed.Root(1));

        Assert.Throws<CoraException>(() => Roc.Curve(negatives));
        Assert.Throws<CoraException>(() => Roc.YoudenThreshold(negatives));
        Assert.Throws<CoraException>(() => PrecisionRecall.Curve(negatives));
        Assert.Throws<CoraException>(() => CurveBand.OfRoc(negatives, resamples));
        Assert.Throws<CoraException>(() => CurveBand.OfPrecisionRecall(negatives, resamples));
    }

    private static Gen<ScoredCases> Cases { get; } =
        Gen.Select(Gen.Int[0, 6], Gen.Bool).Array[2, 40].Where(c => c.Any(x => x.Item2) && !c.All(x => x.Item2))
            .Select(c => ScoredCases.Of([.. c.Select(x => (double)x.Item1)], [.. c.Select(x => x.Item2)]));
}
