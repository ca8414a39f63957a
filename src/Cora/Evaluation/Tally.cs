namespace Cora.Evaluation;

/// <summary>Positive and negative cases counted per distinct score: what every measure of a set, or of a resample of it, is made from.</summary>
internal sealed class Tally(ScoredCases cases)
{
    // Two neighbours a score, highest score first: negatives, positives.
    private readonly int[] counts = new int[2 * cases.DistinctScores.Length];

    /// <summary>Positive cases counted.</summary>
    public long Positives { get; private set; }

    /// <summary>Negative cases counted.</summary>
    public long Negatives { get; private set; }

    /// <summary>Negatives and positives with the score of this rank; rank 0 is the highest score.</summary>
    public (int Negatives, int Positives) this[int rank] => (counts[2 * rank], counts[2 * rank + 1]);

    /// <summary>Counts every case once.</summary>
    public Tally All()
    {
        Array.Clear(counts);
        foreach (var bin in cases.Bins) counts[bin]++;
        return Summed();
    }

    /// <summary>Counts the cases at these positions, as often as each stands there.</summary>
    public Tally Of(ReadOnlySpan<int> positions)
    {
        Array.Clear(counts);
        var bins = cases.Bins;
        foreach (var i in positions) counts[bins[i]]++;
        return Summed();
    }

    /// <summary>Area under the ROC curve, ties half (Mann-Whitney); NaN with one class alone.</summary>
    public double Area()
    {
        if (Positives == 0 || Negatives == 0) return double.NaN;

        // Half wins keep the count whole, so that no rounding depends on the order of summing.
        long halfWins = 0, positivesAbove = 0;
        for (var i = 0; i < counts.Length; i += 2)
        {
            long negatives = counts[i], positives = counts[i + 1];
            halfWins += negatives * (2 * positivesAbove + positives);
            positivesAbove += positives;
        }

        return 0.5 * halfWins / ((double)Positives * Negatives);
    }

    /// <summary>Precision summed over the steps of recall; NaN without a positive case.</summary>
    public double AveragePrecision()
    {
        if (Positives == 0) return double.NaN;
        long above = 0, positivesAbove = 0;
        var sum = 0.0;
        for (var i = 0; i < counts.Length; i += 2)
        {
            var positives = counts[i + 1];
            above += counts[i] + positives;
            positivesAbove += positives;
            if (positives > 0) sum += positives * (double)positivesAbove / above;
        }

        return sum / Positives;
    }

    /// <summary>The four counts when the first ranks are called positive.</summary>
    public Confusion Calling(int ranks)
    {
        long positives = 0, negatives = 0;
        for (var i = 0; i < 2 * ranks; i += 2)
        {
            negatives += counts[i];
            positives += counts[i + 1];
        }

        return new(positives, negatives, Positives - positives, Negatives - negatives);
    }

    private Tally Summed()
    {
        long positives = 0, negatives = 0;
        for (var i = 0; i < counts.Length; i += 2)
        {
            negatives += counts[i];
            positives += counts[i + 1];
        }

        (Positives, Negatives) = (positives, negatives);
        return this;
    }
}
