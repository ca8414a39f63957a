namespace Cora.Evaluation;

/// <summary>Sample percentiles.</summary>
public static class Percentile
{
    /// <summary>
    /// The value below which <paramref name="percent"/> of the sample lies, with linear interpolation between order statistics
    /// (type 7 of Hyndman and Fan 1996, the default of R and NumPy).
    /// </summary>
    /// <param name="ascending">The sample, sorted, without NaN.</param>
    /// <param name="percent">0 to 100.</param>
    /// <returns>NaN for an empty sample.</returns>
    public static double OfSorted(ReadOnlySpan<double> ascending, double percent)
    {
        if (percent is not (>= 0 and <= 100)) throw new ArgumentOutOfRangeException(nameof(percent), percent, "0 to 100 is expected.");
        if (ascending.IsEmpty) return double.NaN;
        var place = percent / 100 * (ascending.Length - 1);
        var below = (int)Math.Floor(place);
        if (below + 1 >= ascending.Length) return ascending[^1];
        return ascending[below] + (place - below) * (ascending[below + 1] - ascending[below]);
    }
}
