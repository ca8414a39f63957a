using Cora.Cohorts;

namespace Cora.Phantom;

/// <summary>
/// How cases are shared out. Every case is a patient of its own, so patients never cross splits. Training, validation and internal
/// test come from site 0; pretraining takes 4 of 7 cases there and 1 of 7 from each of sites 1 to 3; external test takes the other sites in turn.
/// </summary>
public sealed record SplitShares : ISettings
{
    /// <summary>Sites of the pretraining pool, over and over, so that a larger pool begins with the smaller one.</summary>
    private static readonly int[] PretrainCycle = [0, 1, 0, 2, 0, 3, 0];

    /// <summary>Weight of the pretraining pool.</summary>
    public double Pretrain { get; init; } = 0.25;

    /// <summary>Weight of the labelled training set.</summary>
    public double Train { get; init; } = 0.30;

    /// <summary>Weight of the validation set.</summary>
    public double Validation { get; init; } = 0.05;

    /// <summary>Weight of the internal test set.</summary>
    public double InternalTest { get; init; } = 0.20;

    /// <summary>Weight of the external test set; left out when there is one site.</summary>
    public double ExternalTest { get; init; } = 0.20;

    /// <inheritdoc/>
    public IEnumerable<Problem> Check()
    {
        var weights = new (string Name, double Value)[]
        {
            ("pretrain", Pretrain), ("train", Train), ("validation", Validation), ("internal_test", InternalTest), ("external_test", ExternalTest),
        };
        foreach (var (name, value) in weights)
        {
            if (!(value >= 0) || !double.IsFinite(value)) yield return new(name, value, "0 or more");
        }

        if (!(Pretrain + Train + Validation + InternalTest > 0)) yield return new("train", Train, "some weight on a split of the internal site");
    }

    /// <summary>Split, site and number within the split of every case, in the order of cases.csv.</summary>
    internal IEnumerable<(Split Split, int Site, int Number)> Assign(int cases, int sites)
    {
        Split[] splits = [Split.Pretrain, Split.Train, Split.Validation, Split.InternalTest, Split.ExternalTest];
        var counts = Apportion(cases, [Pretrain, Train, Validation, InternalTest, sites > 1 ? ExternalTest : 0]);
        for (var s = 0; s < splits.Length; s++)
        {
            for (var number = 0; number < counts[s]; number++) yield return (splits[s], SiteOf(splits[s], number, sites), number);
        }
    }

    private static int SiteOf(Split split, int number, int sites)
    {
        if (split == Split.ExternalTest) return 1 + number % (sites - 1);
        if (split != Split.Pretrain) return 0;

        int[] cycle = [.. PretrainCycle.Where(site => site < sites)];
        return cycle[number % cycle.Length];
    }

    /// <summary>Whole numbers in proportion to the weights that add up to the total (largest remainders; ties to the first).</summary>
    private static int[] Apportion(int total, double[] weights)
    {
        var sum = weights.Sum();
        var exact = weights.Select(w => total * w / sum).ToArray();
        var counts = exact.Select(e => (int)Math.Floor(e)).ToArray();
        var order = Enumerable.Range(0, weights.Length).OrderByDescending(i => exact[i] - counts[i]).ThenBy(i => i);
        foreach (var i in order.Take(total - counts.Sum())) counts[i]++;
        return counts;
    }
}
