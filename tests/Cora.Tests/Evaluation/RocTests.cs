using CsCheck;
using Cora.Evaluation;

namespace Cora.Tests.Evaluation;

public sealed class RocTests
{
    [Fact]
    public void Five_cases_counted_by_hand()
    {
        // Positives 0.9, 0.4; negatives 0.1, 0.4, 0.8. Pairs won: 3 + 1, one tie: (4 + 0.5) / 6.
        double[] scores = [0.9, 0.1, 0.4, 0.4, 0.8];
        bool[] labels = [true, false, true, false, false];

        Assert.Equal(4.5 / 6, Roc.Area(scores, labels), precision: 15);
    }

    [Fact]
    public void Perfect_reversed_and_constant_scores_give_one_zero_and_a_half()
    {
        bool[] labels = [false, false, true, true];

        Assert.Equal(1, Roc.Area([1, 2, 3, 4], labels));
        Assert.Equal(0, Roc.Area([4, 3, 2, 1], labels));
        Assert.Equal(0.5, Roc.Area([7, 7, 7, 7], labels));
    }

    [Fact]
    public void It_is_the_share_of_pairs_in_the_right_order() =>
        Gen.Select(Gen.Int[0, 6], Gen.Bool).Array[2, 40].Where(c => c.Any(x => x.Item2) && !c.All(x => x.Item2)).Sample(cases =>
        {
            var pairs = from p in cases.Where(c => c.Item2) from n in cases.Where(c => !c.Item2) select Math.Sign(p.Item1 - n.Item1);
            var expected = pairs.Average(sign => 0.5 + 0.5 * sign);

            Assert.Equal(expected, Roc.Area([.. cases.Select(c => (double)c.Item1)], [.. cases.Select(c => c.Item2)]), precision: 12);
        });

    [Fact]
    public void Two_normal_classes_one_spread_apart_give_the_closed_form()
    {
        var rng = Seed.Root(1).Random();
        var labels = Enumerable.Range(0, 40_000).Select(i => i % 2 == 0).ToArray();
        var scores = labels.Select(l => rng.Normal() + (l ? 1 : 0)).ToArray();

        // Phi(1 / sqrt 2) = 0.76025; the standard error of 20,000 a class is 0.0024, four of them allowed.
        Assert.Equal(0.76025, Roc.Area(scores, labels), 0.01);
    }

    [Fact]
    public void One_class_alone_is_refused_with_the_counts()
    {
        var problem = Assert.Throws<CoraException>(() => Roc.Area([1, 2], [true, true]));

        Assert.Contains("2 positive and 0 negative", problem.Message);
    }

    [Fact]
    public void Scores_that_are_no_finite_numbers_no_scores_and_unequal_lengths_are_refused()
    {
        Assert.Contains("1 of 2 scores", Assert.Throws<CoraException>(() => Roc.Area([1, double.NaN], [true, false])).Message);
        Assert.Contains("2 of 3 scores", Assert.Throws<CoraException>(() => Roc.Area([1, double.PositiveInfinity, double.NegativeInfinity], [true, false, true])).Message);
        Assert.Contains("no case", Assert.Throws<CoraException>(() => Roc.Area([], [])).Message);
        Assert.Throws<ArgumentException>(() => Roc.Area([1, 2, 3], [true, false]));
    }
}
