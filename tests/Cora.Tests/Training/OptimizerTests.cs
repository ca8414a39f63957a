using Cora.Networks;
using Cora.Training;
using static TorchSharp.torch;

namespace Cora.Tests.Training;

public sealed class OptimizerTests
{
    [Fact]
    public void AdamW_walks_as_torch_walks() => Compare(
        new() { Optimizer = OptimizerKind.Adamw, WeightDecay = 0.05 },
        network => optim.AdamW(network.parameters(), lr: 1e-3, weight_decay: 0.05));

    [Fact]
    public void Sgd_walks_as_torch_walks() => Compare(
        new() { Optimizer = OptimizerKind.Sgd, WeightDecay = 3e-5, Momentum = 0.99 },
        network => optim.SGD(network.parameters(), 1e-3, momentum: 0.99, weight_decay: 3e-5, nesterov: true));

    [Theory]
    [InlineData(ScheduleKind.Poly, 500, 0.0053588673)]
    [InlineData(ScheduleKind.Cosine, 500, 0.005)]
    [InlineData(ScheduleKind.Constant, 500, 0.01)]
    [InlineData(ScheduleKind.OneCycle, 0, 0.0004)]
    [InlineData(ScheduleKind.OneCycle, 300, 0.01)]
    public void The_learning_rate_is_a_function_of_the_step(ScheduleKind schedule, long step, double rate) =>
        Assert.Equal(rate, LearningRate.At(new() { Steps = 1000, LearningRate = 0.01, Schedule = schedule }, step), 1e-9);

    [Fact]
    public void Warm_up_rises_by_equal_steps_and_the_schedule_begins_after_it()
    {
        var config = new TrainerConfig { Steps = 110, WarmupSteps = 10, LearningRate = 1, Schedule = ScheduleKind.Cosine };

        Assert.Equal(0.1, LearningRate.At(config, 0), 1e-12);
        Assert.Equal(1, LearningRate.At(config, 9), 1e-12);
        Assert.Equal(1, LearningRate.At(config, 10), 1e-12);
        Assert.Equal(0.5, LearningRate.At(config, 60), 1e-12);
    }

    [Theory]
    [InlineData(OptimizerKind.Sgd)]
    [InlineData(OptimizerKind.Adamw)]
    public void A_head_learns_at_its_own_multiple_of_the_rate(OptimizerKind kind)
    {
        using var scope = NewDisposeScope();
        var windows = ones([1, 4, 8, 8, 8]);
        Dictionary<string, float[]> Steps(double factor)
        {
            using var network = new EncoderClassifier(new() { Channels = [4, 8], Blocks = [1, 1] }, new() { Pool = Pooling.Maximum }, 2, Seed.Root(1));
            var before = network.named_parameters().ToDictionary(p => p.name, p => p.parameter.data<float>().ToArray());
            using var optimizer = Optimizers.Create(new() { Optimizer = kind, WeightDecay = 0, Momentum = 0, HeadRateFactor = factor }, network);
            network.forward(windows).sum().backward();
            optimizer.Step(1e-3, 0);
            return network.named_parameters().ToDictionary(p => p.name, p => p.parameter.data<float>().ToArray().Zip(before[p.name], (now, then) => now - then).ToArray());
        }

        var (alike, faster) = (Steps(1), Steps(8));

        Assert.Contains(alike, p => p.Key.StartsWith("head.", StringComparison.Ordinal) && p.Value.Any(v => v != 0));
        foreach (var (name, change) in alike)
            Assert.All(change.Zip(faster[name]), c => Assert.Equal((name.StartsWith("head.", StringComparison.Ordinal) ? 8 : 1) * c.First, c.Second, 1e-6));
    }

    private static void Compare(TrainerConfig config, Func<ResUNet, optim.Optimizer> reference)
    {
        using var scope = NewDisposeScope();
        var shape = new ResUNetConfig { Channels = [4, 8], Blocks = [1, 1], ZeroInit = false };
        using var ours = new ResUNet(shape, Seed.Root(1));
        using var theirs = new ResUNet(shape, Seed.Root(1));
        using var optimizer = Optimizers.Create(config, ours);
        using var torchs = reference(theirs);
        var x = tensor(Enumerable.Range(0, 2 * 4 * 512).Select(i => (i * 37 % 101) / 101f).ToArray(), [2, 4, 8, 8, 8]);
        for (var step = 0; step < 6; step++)
        {
            foreach (var network in new[] { ours, theirs })
            {
                network.zero_grad();
                network.forward(x).square().mean().backward();
            }

            optimizer.Step(1e-3, step);
            torchs.step();
        }

        // The same formula in another order of operations: equal to single precision.
        foreach (var (a, b) in ours.parameters().Zip(theirs.parameters())) Assert.True(a.allclose(b, rtol: 1e-4, atol: 1e-6));
    }
}
