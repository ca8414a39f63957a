using static TorchSharp.torch;

namespace Cora.Networks;

/// <summary>When the inside of encoder blocks is computed again for the backward pass instead of being kept: time for memory, the result is the same.</summary>
public enum Recompute
{
    /// <summary>Where what would be kept takes more than half of the free memory.</summary>
    Auto,

    /// <summary>Always: the forward pass of every block is computed twice.</summary>
    On,

    /// <summary>Never.</summary>
    Off,
}

/// <summary>
/// A block that keeps its input alone (Chen et al. 2016, arXiv 1604.06174). The backward pass computes the block once more, so every gradient is the one that
/// keeping everything would have given, but for the order in which the gradients of the head and of the next block are added.
/// </summary>
internal sealed class Recomputation : autograd.SingleTensorFunction<Recomputation>
{
    private const string Block = "block";

    /// <inheritdoc/>
    public override string Name => nameof(Recomputation);

    /// <summary>The output of a block for an input; with gradients on, only the input is kept.</summary>
    public static Tensor Of(nn.Module<Tensor, Tensor> block, Tensor input)
    {
        var parameters = block.parameters().ToArray();
        return is_grad_enabled() && (input.requires_grad || parameters.Any(p => p.requires_grad)) ? apply([input, .. parameters, block]) : block.forward(input);
    }

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var block = (nn.Module<Tensor, Tensor>)vars[^1];
        ctx.save_for_backward([.. vars[..^1].Cast<Tensor>()]);
        ctx.save_data(Block, block);
        using var _ = no_grad();
        return block.forward((Tensor)vars[0]);
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var block = (nn.Module<Tensor, Tensor>)ctx.get_data(Block);
        var saved = ctx.get_saved_variables();
        using var _ = enable_grad();
        var input = saved[0].detach().requires_grad_(saved[0].requires_grad);
        var parameters = block.parameters().ToArray();
        Tensor[] asked = [.. new[] { input }.Concat(parameters).Where(t => t.requires_grad)];
        var found = new Queue<Tensor>(autograd.grad([block.forward(input)], asked, [grad_output]));
        return [.. new[] { input }.Concat(parameters).Select(t => t.requires_grad ? found.Dequeue() : null!), null!];          // none for the block itself
    }
}
