namespace Cora.Evaluation;

/// <summary>The receiver operating characteristic.</summary>
public static class Roc
{
    /// <summary>
    /// The area under the curve: the share of pairs of one positive and one negative case in which the positive has the higher score,
    /// ties counted half (Mann-Whitney). Sorts once: n log n.
    /// </summary>
    /// <param name="scores">Any finite or infinite numbers; higher means more likely positive.</param>
    /// <param name="labels">True = positive.</param>
    /// <returns>0 to 1; 0.5 is chance.</returns>
    /// <exception cref="ArgumentException">The lengths differ, or a score is not a number.</exception>
    /// <exception cref="CoraException">There are only positives or only negatives: the area is not defined.</exception>
    public static double Area(ReadOnlySpan<double> scores, ReadOnlySpan<bool> labels)
    {
        if (scores.Length != labels.Length) throw new ArgumentException($"{scores.Length} scores for {labels.Length} labels.", nameof(labels));
        var order = new int[scores.Length];
        long positives = 0;
        for (var i = 0; i < order.Length; i++)
        {
            if (double.IsNaN(scores[i])) throw new ArgumentException($"Score {i} is not a number.", nameof(scores));
            order[i] = i;
            if (labels[i]) positives++;
        }

        var negatives = scores.Length - positives;
        if (positives == 0 || negatives == 0)
        {
            throw new CoraException(
                $"The area under the ROC curve needs both classes; there are {positives} positive and {negatives} negative cases.",
                "Score a set that has cases of both kinds, or report the measure as undefined.");
        }

        var sorted = scores.ToArray();
        Array.Sort(sorted, order);

        // Half wins keep the count whole, so that no rounding depends on the order of summing.
        long halfWins = 0, negativesBelow = 0;
        for (var from = 0; from < sorted.Length;)
        {
            long tiedPositives = 0, tiedNegatives = 0;
            var to = from;
            for (; to < sorted.Length && sorted[to] == sorted[from]; to++)
            {
                if (labels[order[to]]) tiedPositives++;
                else tiedNegatives++;
            }

            halfWins += tiedPositives * (2 * negativesBelow + tiedNegatives);
            negativesBelow += tiedNegatives;
            from = to;
        }

        return 0.5 * halfWins / ((double)positives * negatives);
    }
}
