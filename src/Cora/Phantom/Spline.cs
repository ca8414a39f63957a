using Cora.Imaging;

namespace Cora.Phantom;

/// <summary>Smooth curves through a few points.</summary>
internal static class Spline
{
    /// <summary>Points every <paramref name="stepMm"/> along the natural cubic spline (parameter: chord length), both ends included.</summary>
    public static Vec3[] Resample(IReadOnlyList<Vec3> control, double stepMm)
    {
        var knots = new double[control.Count];
        for (var i = 1; i < knots.Length; i++) knots[i] = knots[i - 1] + (control[i] - control[i - 1]).Length;
        var bends = SecondDerivatives(control, knots);

        // A fine polyline first, then equal steps of its length.
        var fine = new List<Vec3> { control[0] };
        for (var i = 0; i + 1 < knots.Length; i++)
        {
            var pieces = (int)Math.Ceiling((knots[i + 1] - knots[i]) / stepMm * 2) + 1;
            for (var k = 1; k <= pieces; k++) fine.Add(At(control, knots, bends, i, (double)k / pieces));
        }

        var length = 0.0;
        for (var i = 1; i < fine.Count; i++) length += (fine[i] - fine[i - 1]).Length;
        var result = new Vec3[Math.Max(2, (int)Math.Round(length / stepMm) + 1)];
        var walked = 0.0;
        var next = 1;
        for (var k = 0; k < result.Length; k++)
        {
            var target = length * k / (result.Length - 1);
            var piece = (fine[next] - fine[next - 1]).Length;
            while (walked + piece < target && next + 1 < fine.Count)
            {
                walked += piece;
                next++;
                piece = (fine[next] - fine[next - 1]).Length;
            }

            result[k] = fine[next - 1] + Math.Min(1, piece > 0 ? (target - walked) / piece : 0) * (fine[next] - fine[next - 1]);
        }

        return result;
    }

    private static Vec3 At(IReadOnlyList<Vec3> p, double[] t, Vec3[] m, int i, double share)
    {
        var h = t[i + 1] - t[i];
        var (a, b) = (1 - share, share);
        return a * p[i] + b * p[i + 1] + (h * h / 6 * (a * a * a - a)) * m[i] + (h * h / 6 * (b * b * b - b)) * m[i + 1];
    }

    /// <summary>The tridiagonal system of the natural spline, solved from both sides in one sweep and back.</summary>
    private static Vec3[] SecondDerivatives(IReadOnlyList<Vec3> p, double[] t)
    {
        var n = p.Count;
        var m = new Vec3[n];
        var upper = new double[n];
        for (var i = 1; i < n - 1; i++)
        {
            var (h0, h1) = (t[i] - t[i - 1], t[i + 1] - t[i]);
            var pivot = 2 * (h0 + h1) - h0 * upper[i - 1];
            upper[i] = h1 / pivot;
            m[i] = (1 / pivot) * ((6 / h1) * (p[i + 1] - p[i]) - (6 / h0) * (p[i] - p[i - 1]) - h0 * m[i - 1]);
        }

        for (var i = n - 2; i > 0; i--) m[i] -= upper[i] * m[i + 1];
        m[0] = default;
        return m;
    }
}
