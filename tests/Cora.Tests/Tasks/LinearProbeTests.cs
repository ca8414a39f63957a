using Cora.Tasks;

namespace Cora.Tests.Tasks;

public sealed class LinearProbeTests
{
    [Theory]
    [InlineData(0.02)]
    [InlineData(1)]
    [InlineData(1000)]
    public void At_the_solution_no_weight_can_be_moved_to_lower_the_loss(double c)
    {
        var random = Seed.Root(5).Random();
        var features = Enumerable.Range(0, 60).Select(_ => new[] { (float)random.Normal(), (float)(100 + 7 * random.Normal()), 3f }).ToArray();
        var truth = features.Select(f => f[0] + 0.05 * (f[1] - 100) + 0.8 * random.Normal() > 0.2).ToArray();

        var probe = LinearProbe.Fit(features, truth, c);

        var mean = Enumerable.Range(0, 3).Select(i => features.Average(f => (double)f[i])).ToArray();
        var spread = Enumerable.Range(0, 3).Select(i => Math.Sqrt(features.Average(f => Math.Pow(f[i] - mean[i], 2)))).ToArray();
        var standardised = probe.Weights.Zip(spread, (w, s) => w * s).ToArray();
        var residuals = features.Zip(truth, (f, t) => 1 / (1 + Math.Exp(-probe.Logit(f))) - (t ? 1 : 0)).ToArray();
        Assert.Equal(0, residuals.Sum(), 1e-4);
        for (var i = 0; i < 2; i++)
            Assert.Equal(0, standardised[i] + c * features.Zip(residuals, (f, r) => (f[i] - mean[i]) / spread[i] * r).Sum(), 1e-3 * Math.Max(1, c));
        Assert.Equal(0, probe.Weights[2], 1e-9);
    }

    [Fact]
    public void Cases_that_are_told_apart_perfectly_still_have_an_answer()
    {
        var probe = LinearProbe.Fit([[0f], [1f], [2f], [3f]], [false, false, true, true], 1e4);

        Assert.True(probe.Logit([3f]) > 1 && probe.Logit([0f]) < -1);
        Assert.True(double.IsFinite(probe.Bias));
    }
}
