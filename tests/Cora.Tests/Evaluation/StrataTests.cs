using Cora.Evaluation;

namespace Cora.Tests.Evaluation;

public sealed class StrataTests
{
    [Fact]
    public void Each_group_is_scored_by_its_own_cases()
    {
        var cases = ScoredCases.Of([0.9, 0.1, 0.2, 0.8, 0.7], [true, false, true, false, true]);

        var table = Strata.Of(cases, Grouping.ByWord("site", ["b", "b", "a", "a", ""]), 0.5, (group, seed) => Resamples.Draw(group, 50, seed), Seed.Root(1));

        Assert.Equal([("a", 2, 0.0), ("b", 2, 1.0), ("not recorded", 1, double.NaN)], table.Select(s => (s.Level, s.Score.Cases, s.Score.Auroc.Value)));
        Assert.All(table, s => Assert.Equal("site", s.Variable));
        Assert.Equal("there is no negative case", table[2].Score.Auroc.Reason);
    }

    [Fact]
    public void Ages_are_cut_at_edges_that_belong_to_the_upper_group()
    {
        var groups = Grouping.ByEdges("age", [49.9, 50, 69.99, 70, 90, double.NaN], [50, 60, 70]);

        Assert.Equal(["below 50", "50 to below 60", "60 to below 70", "70 and above", "not recorded"], groups.Levels);
        Assert.Equal([0, 1, 2, 3, 3, 4], groups.LevelOf);
        Assert.Equal(["50 and above"], Grouping.ByEdges("age", [55, 66], [50]).Levels);
        Assert.Throws<ArgumentException>(() => Grouping.ByEdges("age", [1], [60, 50]));
    }

    [Fact]
    public void A_grouping_of_other_cases_is_refused() =>
        Assert.Throws<ArgumentException>(() =>
            Strata.Of(ScoredCases.Of([1, 2], [true, false]), Grouping.ByWord("sex", ["f"]), 0.5, (group, seed) => Resamples.Draw(group, 5, seed), Seed.Root(1)));
}
