using static TorchSharp.torch;

namespace Cora.Networks;

/// <summary>Initial weights, every one from an explicit seed and never from torch's global generator.</summary>
internal static class Initialization
{
    public static void Draw(nn.Module network, ResUNetConfig config, Seed seed)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var parameters = network.named_parameters().Select(p => (p.name, p.parameter)).ToArray();
        var drawn = new float[parameters.Length][];

        // Arrays on worker threads, tensors on this one; each parameter has its own branch of the seed.
        Parallel.For(0, parameters.Length, i =>
        {
            var (name, parameter) = parameters[i];
            if (parameter.shape.Length == 5) drawn[i] = KaimingNormal(parameter.shape, seed.Derive(name));
        });
        for (var i = 0; i < parameters.Length; i++)
        {
            var (name, parameter) = parameters[i];
            if (drawn[i] is { } values) parameter.copy_(tensor(values, parameter.shape));
            else if (config.ZeroInit && name.EndsWith("conv2.norm.weight", StringComparison.Ordinal)) parameter.zero_();
            else if (name == "head.bias") parameter.fill_(config.OutputBias);
        }
    }

    /// <summary>He et al. 2015 for a leaky slope of 0.01, by the fan in: second dimension times kernel volume.</summary>
    private static float[] KaimingNormal(long[] shape, Seed seed)
    {
        var fanIn = shape[1] * shape[2] * shape[3] * shape[4];
        var deviation = Math.Sqrt(2 / (1 + ResBlock.LeakySlope * ResBlock.LeakySlope) / fanIn);
        var random = seed.Random();
        var values = new float[shape.Aggregate(1L, (a, b) => a * b)];
        for (var i = 0; i < values.Length; i++) values[i] = (float)random.Normal(0, deviation);
        return values;
    }
}
