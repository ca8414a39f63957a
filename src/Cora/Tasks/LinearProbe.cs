using static TorchSharp.torch;

namespace Cora.Tasks;

/// <summary>A linear layer on features that are computed once: penalised logistic regression, solved to the end, so that nothing but the features decides.</summary>
/// <param name="Weights">One number a feature, for features as they come (not standardised).</param>
/// <param name="Bias">Added to the sum.</param>
public sealed record LinearProbe(IReadOnlyList<double> Weights, double Bias)
{
    private const int MostSteps = 100;
    private const double SmallEnough = 1e-10;

    /// <summary>Minimises |w|²/2 + C·Σ log-loss over standardised features (the bias goes unpunished), by Newton's method with halved steps.</summary>
    /// <param name="features">One row a case.</param>
    /// <param name="truth">Whether the case has the target; both kinds are there.</param>
    /// <param name="c">How much the cases weigh against the punishment of weights, more than 0.</param>
    public static LinearProbe Fit(IReadOnlyList<float[]> features, IReadOnlyList<bool> truth, double c)
    {
        ArgumentNullException.ThrowIfNull(features);
        ArgumentNullException.ThrowIfNull(truth);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(c);
        if (features.Count != truth.Count || features.Count == 0) throw new ArgumentException($"{features.Count} rows and {truth.Count} truths.", nameof(truth));
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var raw = tensor(features.SelectMany(f => f).ToArray(), [features.Count, features[0].Length]).to(float64);            // [N, F]
        var mean = raw.mean([0]);
        var spread = raw.std(0, unbiased: false);
        spread = where(spread.gt(1e-12), spread, ones_like(spread));
        var x = cat([(raw - mean) / spread, ones(features.Count, 1, float64)], 1);                                           // [N, F + 1]
        var y = tensor(truth.Select(t => t ? 1.0 : 0.0).ToArray());
        var punished = cat([ones(features[0].Length, float64), zeros(1, float64)]);
        var w = Newton(x, y, punished, c);
        var weights = w.narrow(0, 0, features[0].Length) / spread;
        return new(weights.data<double>().ToArray(), (w[-1] - weights.dot(mean)).item<double>());
    }

    /// <summary>The logit of a case.</summary>
    public double Logit(IReadOnlyList<float> features)
    {
        ArgumentNullException.ThrowIfNull(features);
        return Weights.Zip(features, (w, f) => w * f).Sum() + Bias;
    }

    private static Tensor Newton(Tensor x, Tensor y, Tensor punished, double c)
    {
        double Loss(Tensor w) => ((w * w * punished).sum() / 2 + c * (nn.functional.softplus(x.mv(w)) - y * x.mv(w)).sum()).item<double>();
        var w = zeros(x.shape[1], float64);
        var loss = Loss(w);
        for (var step = 0; step < MostSteps; step++)
        {
            var p = x.mv(w).sigmoid();
            var gradient = w * punished + c * x.t().mv(p - y);
            var curvature = diag(punished + 1e-12) + c * (x.t() * (p * (1 - p))).mm(x);
            var direction = linalg.solve(curvature, gradient);
            var share = 1.0;
            var next = Loss(w - direction);
            for (; !(next <= loss) && share > 1e-10; next = Loss(w - share * direction)) share /= 2;
            if (!(next <= loss)) break;
            w -= share * direction;
            var gain = loss - next;
            loss = next;
            if (gain < SmallEnough * Math.Max(1, loss)) break;
        }

        return w;
    }
}
