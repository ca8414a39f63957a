namespace Cora.Evaluation;

/// <summary>Logistic regression of the truth on one number, by maximum likelihood, from counted cases.</summary>
internal static class LogisticFit
{
    private const int MostSteps = 100;
    private const double Settled = 1e-10;

    /// <summary>Intercept and slope of log odds = a + b x; NaN where there is no finite maximum.</summary>
    /// <param name="x">The number of each rank of the tally, falling.</param>
    /// <param name="tally">Positive and negative cases a rank.</param>
    /// <param name="start">Where to begin, when a near answer is known.</param>
    public static (double Intercept, double Slope) Line(double[] x, Tally tally, (double Intercept, double Slope) start = default)
    {
        if (WhyNoLine(x, tally) is not null) return (double.NaN, double.NaN);
        var (a, b) = double.IsFinite(start.Slope) ? start : default;
        var likelihood = LogLikelihood(x, tally, a, b);
        for (var step = 0; step < MostSteps; step++)
        {
            double ga = 0, gb = 0, haa = 0, hab = 0, hbb = 0;
            for (var rank = 0; rank < x.Length; rank++)
            {
                var (negatives, positives) = tally[rank];
                var n = negatives + positives;
                if (n == 0) continue;
                var p = Sigmoid(a + b * x[rank]);
                var (r, w) = (positives - n * p, n * p * (1 - p));
                ga += r;
                gb += r * x[rank];
                haa += w;
                hab += w * x[rank];
                hbb += w * x[rank] * x[rank];
            }

            var determinant = haa * hbb - hab * hab;
            if (!(determinant > 0)) return (double.NaN, double.NaN);
            var (da, db) = ((hbb * ga - hab * gb) / determinant, (haa * gb - hab * ga) / determinant);
            if (Math.Abs(da) + Math.Abs(db) < Settled * (1 + Math.Abs(a) + Math.Abs(b))) return (a + da, b + db);

            // The likelihood is concave: a step that overshoots is halved until it climbs. A loss within rounding is none: it would stall the last steps.
            var share = 1.0;
            var next = LogLikelihood(x, tally, a + da, b + db);
            var least = likelihood - 1e-10 * (1 + Math.Abs(likelihood));
            for (; next < least && share > 1e-6; next = LogLikelihood(x, tally, a + share * da, b + share * db)) share /= 2;
            (a, b, likelihood) = (a + share * da, b + share * db, next);
        }

        return (double.NaN, double.NaN);
    }

    /// <summary>Intercept of log odds = a + x; NaN with one class alone.</summary>
    public static double Offset(double[] x, Tally tally, double start = 0)
    {
        if (tally.Positives == 0 || tally.Negatives == 0) return double.NaN;

        // What is missing falls steadily with a, so a Newton step that leaves the bracket is replaced by its middle.
        var a = double.IsFinite(start) ? start : 0;
        double low = -100, high = 100;
        for (var step = 0; step < MostSteps; step++)
        {
            double missing = 0, slope = 0;
            for (var rank = 0; rank < x.Length; rank++)
            {
                var (negatives, positives) = tally[rank];
                var n = negatives + positives;
                if (n == 0) continue;
                var p = Sigmoid(a + x[rank]);
                missing += positives - n * p;
                slope += n * p * (1 - p);
            }

            if (missing > 0) low = a;
            else high = a;
            var next = a + missing / slope;
            if (!(next >= low && next <= high)) next = (low + high) / 2;
            if (Math.Abs(next - a) < Settled) return next;
            a = next;
        }

        return double.NaN;
    }

    /// <summary>Why the line has no finite maximum of its likelihood; null when it has one.</summary>
    public static string? WhyNoLine(double[] x, Tally tally)
    {
        if (tally.Positives == 0) return "there is no positive case";
        if (tally.Negatives == 0) return "there is no negative case";
        double lowestPositive = double.NaN, highestPositive = double.NaN, lowestNegative = double.NaN, highestNegative = double.NaN;
        for (var rank = 0; rank < x.Length; rank++)
        {
            var (negatives, positives) = tally[rank];
            if (positives > 0) (highestPositive, lowestPositive) = (double.IsNaN(highestPositive) ? x[rank] : highestPositive, x[rank]);
            if (negatives > 0) (highestNegative, lowestNegative) = (double.IsNaN(highestNegative) ? x[rank] : highestNegative, x[rank]);
        }

        if (Math.Max(highestPositive, highestNegative) == Math.Min(lowestPositive, lowestNegative)) return "all probabilities are equal, so they have no slope";
        return lowestPositive >= highestNegative || lowestNegative >= highestPositive
            ? "one threshold separates the classes, so the regression has no finite slope"
            : null;
    }

    private static double LogLikelihood(double[] x, Tally tally, double a, double b)
    {
        var sum = 0.0;
        for (var rank = 0; rank < x.Length; rank++)
        {
            var (negatives, positives) = tally[rank];
            if (negatives + positives == 0) continue;
            var z = a + b * x[rank];

            // log(1 + exp z) without overflow.
            var softplus = Math.Max(z, 0) + Math.Log(1 + Math.Exp(-Math.Abs(z)));
            sum += positives * z - (negatives + positives) * softplus;
        }

        return sum;
    }

    private static double Sigmoid(double z) => 1 / (1 + Math.Exp(-z));
}
