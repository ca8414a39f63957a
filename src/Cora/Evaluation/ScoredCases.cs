using System.Globalization;

namespace Cora.Evaluation;

/// <summary>
/// Cases with a truth and a score, checked and sorted once. Everything that is asked of them later, also by five hundred resamples, only counts.
/// </summary>
public sealed class ScoredCases
{
    private readonly bool[] truth;
    private readonly double[] scores;

    private ScoredCases(double[] scores, bool[] truth)
    {
        this.scores = scores;
        this.truth = truth;
        Positives = truth.Count(t => t);
        var descending = (double[])scores.Clone();
        Array.Sort(descending, (a, b) => b.CompareTo(a));
        DistinctScores = [.. Distinct(descending)];
        Bins = new int[scores.Length];
        for (var i = 0; i < Bins.Length; i++) Bins[i] = 2 * RankOf(scores[i]) + (truth[i] ? 1 : 0);
    }

    /// <summary>Number of cases.</summary>
    public int Count => truth.Length;

    /// <summary>Number of cases whose truth is yes.</summary>
    public int Positives { get; }

    /// <summary>Number of cases whose truth is no.</summary>
    public int Negatives => Count - Positives;

    /// <summary>Whether there are cases of both kinds, which the area under the curve needs.</summary>
    public bool HasBothClasses => Positives > 0 && Negatives > 0;

    /// <summary>The truth of each case, in the order given.</summary>
    public ReadOnlySpan<bool> Truth => truth;

    /// <summary>The score of each case, in the order given.</summary>
    public ReadOnlySpan<double> Scores => scores;

    /// <summary>Every score once, highest first.</summary>
    internal double[] DistinctScores { get; }

    /// <summary>Per case: twice the rank of its score among <see cref="DistinctScores"/>, plus one for a positive case.</summary>
    internal int[] Bins { get; }

    /// <summary>Cases with a truth of yes or no.</summary>
    /// <param name="scores">Finite numbers; higher means more likely positive.</param>
    /// <param name="truth">True = positive; as many as scores.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    /// <exception cref="CoraException">There is no case, or a score is not a finite number.</exception>
    public static ScoredCases Of(ReadOnlySpan<double> scores, ReadOnlySpan<bool> truth)
    {
        if (scores.Length != truth.Length) throw new ArgumentException($"{scores.Length} scores for {truth.Length} labels.", nameof(truth));
        if (scores.Length == 0) throw new CoraException("There is no case to evaluate.", "Give at least one case with truth and score.");
        var notFinite = 0;
        foreach (var s in scores) notFinite += double.IsFinite(s) ? 0 : 1;
        if (notFinite > 0)
        {
            throw new CoraException(
                string.Create(CultureInfo.InvariantCulture, $"{notFinite} of {scores.Length} scores are not finite numbers."),
                "Predict those cases again or leave them out of every model that is compared; a NaN usually means that training diverged.");
        }

        return new(scores.ToArray(), truth.ToArray());
    }

    /// <summary>Cases with a truth of 0 or 1.</summary>
    /// <inheritdoc cref="Of(ReadOnlySpan{double}, ReadOnlySpan{bool})"/>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    /// <exception cref="CoraException">A truth is neither 0 nor 1, there is no case, or a score is not a finite number.</exception>
    public static ScoredCases Of(ReadOnlySpan<double> scores, ReadOnlySpan<int> truth)
    {
        var labels = new bool[truth.Length];
        for (var i = 0; i < labels.Length; i++)
        {
            if (truth[i] is not (0 or 1))
            {
                throw new CoraException(
                    string.Create(CultureInfo.InvariantCulture, $"The truth of case {i} is {truth[i]}, expected 0 or 1."),
                    "Write 1 for a case that has the finding and 0 for one that has not.");
            }

            labels[i] = truth[i] == 1;
        }

        return Of(scores, labels);
    }

    /// <summary>Some of the cases.</summary>
    /// <param name="positions">Positions in the order given; a position may stand several times.</param>
    public ScoredCases Subset(ReadOnlySpan<int> positions)
    {
        if (positions.Length == 0) throw new ArgumentException("A subset needs at least one case.", nameof(positions));
        var someScores = new double[positions.Length];
        var someTruth = new bool[positions.Length];
        for (var i = 0; i < positions.Length; i++) (someScores[i], someTruth[i]) = (scores[positions[i]], truth[positions[i]]);
        return new(someScores, someTruth);
    }

    /// <summary>How many of the distinct scores are at or above the threshold.</summary>
    internal int RanksAtOrAbove(double threshold)
    {
        var (low, high) = (0, DistinctScores.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (DistinctScores[middle] >= threshold) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    private int RankOf(double score) => RanksAtOrAbove(score) - 1;

    private static IEnumerable<double> Distinct(double[] sorted)
    {
        for (var i = 0; i < sorted.Length; i++)
        {
            // Values, not bits: 0 and -0 are one score.
            if (i == 0 || sorted[i] != sorted[i - 1]) yield return sorted[i];
        }
    }
}
