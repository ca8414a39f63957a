using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cora.Training;

/// <summary>Changes weights by their gradients. All it remembers can be saved and put back bit for bit.</summary>
public interface IOptimizer : IDisposable
{
    /// <summary>One step with the gradients that the parameters hold; parameters without a gradient stay.</summary>
    /// <param name="learningRate">The rate of this step.</param>
    /// <param name="step">The step, counted from 0.</param>
    void Step(double learningRate, long step);

    /// <summary>What it remembers, by name; the tensors are its own.</summary>
    IEnumerable<(string Name, Tensor Value)> State { get; }
}

/// <summary>The optimizers that <see cref="TrainerConfig.Optimizer"/> names.</summary>
public static class Optimizers
{
    private const string Head = "head.";

    /// <summary>An optimizer over the parameters of a network; the sub-module <c>head</c> may learn at a rate of its own.</summary>
    public static IOptimizer Create(TrainerConfig config, nn.Module network)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(network);
        var parameters = network.named_parameters().Where(p => p.parameter.requires_grad).Select(p => (p.name, p.parameter)).ToArray();
        IOptimizer Over((string, Parameter)[] some) => config.Optimizer == OptimizerKind.Adamw ? new AdamW(config, some) : new Sgd(config, some);
        bool IsHead((string Name, Parameter) p) => p.Name.StartsWith(Head, StringComparison.Ordinal);
        return config.HeadRateFactor == 1 || !parameters.Any(IsHead) ? Over(parameters)
            : new TwoRates(Over([.. parameters.Where(p => !IsHead(p))]), Over([.. parameters.Where(IsHead)]), config.HeadRateFactor);
    }

    internal static Tensor Memory(Parameter like) => zeros_like(like).requires_grad_(false).DetachFromDisposeScope();
}

/// <summary>Two optimizers side by side, the second at a multiple of the rate.</summary>
internal sealed class TwoRates(IOptimizer body, IOptimizer head, double factor) : IOptimizer
{
    public IEnumerable<(string Name, Tensor Value)> State => body.State.Concat(head.State);

    public void Step(double learningRate, long step)
    {
        body.Step(learningRate, step);
        head.Step(factor * learningRate, step);
    }

    public void Dispose()
    {
        body.Dispose();
        head.Dispose();
    }
}

/// <summary>Adam with decoupled weight decay; betas 0.9 and 0.999, eps 1e-8.</summary>
internal sealed class AdamW : IOptimizer
{
    private static readonly Scalar One = 1.ToScalar();

    private const double Beta1 = 0.9;
    private const double Beta2 = 0.999;
    private const double Epsilon = 1e-8;

    private readonly double weightDecay;
    private readonly (string Name, Parameter Weight, Tensor First, Tensor Second)[] slots;

    public AdamW(TrainerConfig config, (string Name, Parameter Weight)[] parameters)
    {
        weightDecay = config.WeightDecay;
        slots = [.. parameters.Select(p => (p.Name, p.Weight, Optimizers.Memory(p.Weight), Optimizers.Memory(p.Weight)))];
    }

    public IEnumerable<(string Name, Tensor Value)> State => slots.SelectMany(s => new[] { ("first." + s.Name, s.First), ("second." + s.Name, s.Second) });

    public void Step(double learningRate, long step)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();

        // Named and disposed of: a scalar in passing may be freed by the garbage collector while the call still reads it. So may the hidden 1 of an addition without alpha.
        using var decay = (1 - learningRate * weightDecay).ToScalar();
        using var beta1 = Beta1.ToScalar();
        using var rest1 = (1 - Beta1).ToScalar();
        using var beta2 = Beta2.ToScalar();
        using var rest2 = (1 - Beta2).ToScalar();
        using var correction2 = Math.Sqrt(1 - Math.Pow(Beta2, step + 1)).ToScalar();
        using var epsilon = Epsilon.ToScalar();
        using var stride = (-learningRate / (1 - Math.Pow(Beta1, step + 1))).ToScalar();
        foreach (var (_, weight, first, second) in slots)
        {
            if (weight.grad is not { } gradient) continue;
            weight.mul_(decay);
            first.mul_(beta1).add_(gradient, alpha: rest1);
            second.mul_(beta2).addcmul_(gradient, gradient, rest2);
            weight.addcdiv_(first, second.sqrt().div_(correction2).add_(epsilon, One), stride);
        }
    }

    public void Dispose()
    {
        foreach (var (_, _, first, second) in slots)
        {
            first.Dispose();
            second.Dispose();
        }
    }
}

/// <summary>Stochastic gradient descent with Nesterov momentum and weight decay in the gradient.</summary>
internal sealed class Sgd : IOptimizer
{
    private static readonly Scalar One = 1.ToScalar();

    private readonly double weightDecay;
    private readonly double momentum;
    private readonly (string Name, Parameter Weight, Tensor Velocity)[] slots;

    public Sgd(TrainerConfig config, (string Name, Parameter Weight)[] parameters)
    {
        weightDecay = config.WeightDecay;
        momentum = config.Momentum;
        slots = [.. parameters.Select(p => (p.Name, p.Weight, Optimizers.Memory(p.Weight)))];
    }

    public IEnumerable<(string Name, Tensor Value)> State => slots.Select(s => ("velocity." + s.Name, s.Velocity));

    public void Step(double learningRate, long step)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        using var decay = weightDecay.ToScalar();
        using var inertia = momentum.ToScalar();
        using var stride = (-learningRate).ToScalar();
        foreach (var (_, weight, velocity) in slots)
        {
            if (weight.grad is null) continue;
            var gradient = weight.grad.add(weight, alpha: decay);
            velocity.mul_(inertia).add_(gradient, alpha: One);
            weight.add_(gradient.add_(velocity, alpha: inertia), alpha: stride);
        }
    }

    public void Dispose()
    {
        foreach (var (_, _, velocity) in slots) velocity.Dispose();
    }
}
