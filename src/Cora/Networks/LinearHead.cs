using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cora.Networks;

/// <summary>A linear layer with weights from a seed.</summary>
internal sealed class LinearHead : nn.Module<Tensor, Tensor>
{
    private readonly Parameter weight;
    private readonly Parameter bias;

    public LinearHead(int from, int to) : base(nameof(LinearHead))
    {
        weight = new Parameter(zeros(to, from));
        bias = new Parameter(zeros(to));
        RegisterComponents();
    }

    /// <summary>Uniform within one over the root of the inputs, as torch has it for linear layers.</summary>
    public void Draw(Seed seed)
    {
        using var _ = no_grad();
        var random = seed.Random();
        var reach = 1 / Math.Sqrt(weight.shape[1]);
        using var drawn = tensor(Enumerable.Range(0, (int)weight.numel()).Select(_ => (float)random.Uniform(-reach, reach)).ToArray(), weight.shape);
        weight.copy_(drawn);
    }

    public void Set(IReadOnlyList<(IReadOnlyList<double> Weights, double Bias)> rows)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        weight.copy_(tensor(rows.SelectMany(r => r.Weights).Select(w => (float)w).ToArray(), weight.shape));
        bias.copy_(tensor(rows.Select(r => (float)r.Bias).ToArray()));
    }

    public override Tensor forward(Tensor x) => nn.functional.linear(x, weight, bias);
}
