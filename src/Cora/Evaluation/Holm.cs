namespace Cora.Evaluation;

/// <summary>Holm's correction (1979) for several tests: keeps the chance of any false alarm at its level, whatever the tests have in common.</summary>
public static class Holm
{
    /// <summary>Adjusted p values, in the order given; each is at least the original and at most 1.</summary>
    /// <param name="pValues">0 to 1; NaN is a test that could not be made, does not count as one, and stays NaN.</param>
    /// <exception cref="ArgumentException">A value lies outside of 0 to 1.</exception>
    public static double[] Adjust(IReadOnlyList<double> pValues)
    {
        ArgumentNullException.ThrowIfNull(pValues);
        if (pValues.Any(p => p is < 0 or > 1)) throw new ArgumentException("A p value lies between 0 and 1.", nameof(pValues));
        var adjusted = pValues.ToArray();
        var order = Enumerable.Range(0, adjusted.Length).Where(i => !double.IsNaN(adjusted[i])).OrderBy(i => adjusted[i]).ToArray();
        var largest = 0.0;
        for (var k = 0; k < order.Length; k++)
        {
            largest = Math.Max(largest, Math.Min(1, (order.Length - k) * adjusted[order[k]]));
            adjusted[order[k]] = largest;
        }

        return adjusted;
    }
}
