using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Cora.Networks;

/// <summary>Convolution and norm. Names as in the state dictionary: conv, norm.</summary>
internal sealed class ConvNorm : nn.Module<Tensor, Tensor>
{
    private readonly Convolution conv;
    private readonly InstanceNorm norm;

    public ConvNorm(int from, int to, int kernel, int stride, bool hasBias, ConvolutionPrecision precision) : base(nameof(ConvNorm))
    {
        conv = new(from, to, kernel, stride, hasBias, precision: precision);
        norm = new(to);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using var y = conv.forward(x);
        return norm.forward(y);
    }

    /// <summary>The same where visible [B, 1, D, H, W] at the output's resolution is 1; 0 elsewhere.</summary>
    public Tensor Sparse(Tensor x, Tensor visible)
    {
        using var y = conv.forward(x);
        return norm.Sparse(y, visible);
    }
}

/// <summary>conv3-norm-LReLU, conv3-norm, plus shortcut, LReLU (Table S1, "3D ResBlock").</summary>
internal sealed class ResBlock : nn.Module<Tensor, Tensor>
{
    public const double LeakySlope = 0.01;
    private static readonly Scalar Slope = LeakySlope.ToScalar();          // decision 0014
    private static readonly Scalar One = 1.ToScalar();

    private readonly ConvNorm conv1;
    private readonly ConvNorm conv2;
    private readonly ConvNorm? shortcut;
    private readonly bool isPooled;

    public ResBlock(int from, int to, int stride, NetworkForm form, ConvolutionPrecision precision) : base(nameof(ResBlock))
    {
        var hasBias = form == NetworkForm.Resenc;
        conv1 = new(from, to, 3, stride, hasBias, precision);
        conv2 = new(to, to, 3, 1, hasBias, precision);
        isPooled = form == NetworkForm.Resenc && stride > 1;
        var needsProjection = from != to || (stride > 1 && form == NetworkForm.Table);
        shortcut = needsProjection ? new(from, to, 1, isPooled ? 1 : stride, hasBias: false, precision) : null;
        RegisterComponents();
    }

    /// <summary>The network's leaky ReLU, in place.</summary>
    public static Tensor Activate(Tensor x) => x.leaky_relu_(Slope);

    public override Tensor forward(Tensor x)
    {
        // Disposing a handle frees nothing that the backward pass has kept; without gradients it frees the memory at once.
        using var scope = NewDisposeScope();
        var y = conv2.forward(Activate(conv1.forward(x)));
        var straight = isPooled ? F.avg_pool3d(x, [2, 2, 2], [2, 2, 2]) : x;
        if (shortcut is not null) straight = shortcut.forward(straight);
        return Activate(y.add_(straight, One)).MoveToOuterDisposeScope();
    }

    /// <summary>The same where visible [B, 1, D, H, W] at the output's resolution is 1; 0 elsewhere.</summary>
    public Tensor Sparse(Tensor x, Tensor visible)
    {
        using var scope = NewDisposeScope();
        var y = conv2.Sparse(Activate(conv1.Sparse(x, visible)), visible);
        var straight = isPooled ? F.avg_pool3d(x, [2, 2, 2], [2, 2, 2]) * visible : x;
        if (shortcut is not null) straight = shortcut.Sparse(straight, visible);
        return Activate(y.add_(straight, One)).MoveToOuterDisposeScope();
    }
}
