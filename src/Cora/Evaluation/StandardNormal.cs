namespace Cora.Evaluation;

/// <summary>The standard normal distribution.</summary>
public static class StandardNormal
{
    /// <summary>The 97.5th percentile: 95 % of the distribution lie between its negative and it.</summary>
    public const double Quantile975 = 1.959963984540054;

    /// <summary>The probability of a value at least as far from 0 as <paramref name="z"/>: 2 (1 - Phi(|z|)). Relative error below 1e-12.</summary>
    public static double TwoSided(double z)
    {
        if (double.IsNaN(z)) return double.NaN;
        var x = Math.Abs(z) / Math.Sqrt(2);
        return x < 2 ? 1 - SmallErf(x) : LargeErfc(x);
    }

    // erf x = 2/sqrt(pi) exp(-x^2) sum of 2^n x^(2n+1) / (1 3 5 ... (2n+1)): every term positive, nothing cancels.
    private static double SmallErf(double x)
    {
        var term = x;
        var sum = x;
        for (var n = 1; term > sum * 1e-17; n++)
        {
            term *= 2 * x * x / (2 * n + 1);
            sum += term;
        }

        return 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum;
    }

    // erfc x = exp(-x^2)/sqrt(pi) / (x + 1/2/(x + 2/2/(x + 3/2/(x + ...)))), from the inside out; 200 levels are far more than x >= 2 needs.
    private static double LargeErfc(double x)
    {
        if (double.IsInfinity(x)) return 0;
        var below = x;
        for (var k = 200; k >= 1; k--) below = x + 0.5 * k / below;
        return Math.Exp(-x * x) / (Math.Sqrt(Math.PI) * below);
    }
}
