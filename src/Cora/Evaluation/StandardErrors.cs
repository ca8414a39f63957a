namespace Cora.Evaluation;

/// <summary>A difference in units of its own uncertainty.</summary>
internal static class StandardErrors
{
    // Below this a spread of numbers between -1 and 1 is rounding.
    private const double Rounding = 1e-14;

    /// <summary>
    /// The difference over its standard deviation. Identical models differ by 0 and vary by 0: that is 0, p = 1. A difference that never varies has no z: NaN.
    /// </summary>
    public static double Of(double difference, double deviation)
    {
        if (!(deviation <= Rounding)) return difference / deviation;
        return Math.Abs(difference) <= Rounding ? 0 : double.NaN;
    }
}
