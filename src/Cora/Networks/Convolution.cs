using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Cora.Networks;

/// <summary>A 3D convolution over [B, C, D, H, W], or its transpose of kernel 2 and stride 2.</summary>
internal sealed class Convolution : nn.Module<Tensor, Tensor>
{
    // libtorch sends a float32 convolution of batch one with at most this many N·C·D·H to a path some 5 to 30 times slower than oneDNN.
    private const long SlowPathLimit = 20_480;

    // With few channels oneDNN learns up to 1.5 times as fast where a voxel's channels lie side by side; with many it does not pay (benchmarks/RESULTS.md).
    private const int FewChannels = 16;

    private readonly Parameter weight;
    private readonly Parameter? bias;
    private readonly long[] stride;
    private readonly long[] padding;
    private readonly bool isTransposed;
    private readonly bool prefersChannelsLast;
    private readonly ConvolutionPrecision precision;

    public Convolution(int from, int to, int kernel, int stride = 1, bool hasBias = false, bool isTransposed = false, ConvolutionPrecision precision = default)
        : base(nameof(Convolution))
    {
        this.isTransposed = isTransposed;
        this.precision = precision;
        prefersChannelsLast = to <= FewChannels && kernel > 1 && !isTransposed && precision == ConvolutionPrecision.Float32;
        this.stride = [stride, stride, stride];
        var pad = isTransposed ? 0 : kernel / 2;
        padding = [pad, pad, pad];
        long[] shape = isTransposed ? [from, to, kernel, kernel, kernel] : [to, from, kernel, kernel, kernel];
        weight = new Parameter(zeros(shape));
        bias = hasBias ? new Parameter(zeros(to)) : null;
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        if (!IsSlow(x)) return Convolve(x, padding).MoveToOuterDisposeScope();

        // Two halves along z that share the kernel's reach are a batch of two, at no more work. An odd number of slices is computed twice instead.
        var (kernel, step) = (weight.shape[2], isTransposed ? 1 : stride[0]);
        var padded = padding[0] > 0 ? F.pad(x, [0, 0, 0, 0, padding[0], padding[0]]) : x;
        var slices = isTransposed ? x.shape[2] : (padded.shape[2] - kernel) / step + 1;
        if (slices < 2 || slices % 2 != 0) return Convolve(cat([x, x]), padding).narrow(0, 0, 1).MoveToOuterDisposeScope();
        var half = slices / 2;
        var reach = isTransposed ? half : (half - 1) * step + kernel;
        var halves = Convolve(cat([padded.narrow(2, 0, reach), padded.narrow(2, half * step, reach)]), [0, padding[1], padding[2]]);
        return cat([halves.narrow(0, 0, 1), halves.narrow(0, 1, 1)], 2).MoveToOuterDisposeScope();
    }

    private bool IsSlow(Tensor x) =>
        precision == ConvolutionPrecision.Float32 && x.shape[0] == 1 && x.device_type == DeviceType.CPU && x.shape[1] * x.shape[2] * x.shape[3] <= SlowPathLimit;

    private Tensor Convolve(Tensor x, long[] pad)
    {
        if (precision == ConvolutionPrecision.Bf16) return Apply(x.to(bfloat16), weight.to(bfloat16), bias?.to(bfloat16), pad).to(float32);
        return prefersChannelsLast && x.device_type == DeviceType.CPU ? Apply(ChannelsLast(x), weight, bias, pad).contiguous() : Apply(x, weight, bias, pad);
    }

    // The same tensor [B, C, D, H, W] with the channels of a voxel side by side in memory. What follows the convolution is faster with the channels apart, the backward pass of the norm by far.
    private static Tensor ChannelsLast(Tensor x) => x.permute(0, 2, 3, 4, 1).contiguous().permute(0, 4, 1, 2, 3);

    private Tensor Apply(Tensor x, Tensor w, Tensor? b, long[] pad) => isTransposed
        ? F.conv_transpose3d(x, w, b, stride)
        : F.conv3d(x, w, b, stride, pad);
}

/// <summary>Instance normalisation with scale and shift, eps 1e-5, over the voxels of each sample and channel.</summary>
internal sealed class InstanceNorm : nn.Module<Tensor, Tensor>
{
    private static readonly Scalar Epsilon = 1e-5.ToScalar();

    private readonly Parameter weight;
    private readonly Parameter bias;
    private readonly int channels;

    public InstanceNorm(int channels) : base(nameof(InstanceNorm))
    {
        this.channels = channels;
        weight = new Parameter(ones(channels));
        bias = new Parameter(zeros(channels));
        RegisterComponents();
    }

    // One group a channel is instance normalisation, and libtorch's group norm is the faster kernel of the two.
    public override Tensor forward(Tensor x) => F.group_norm(x, channels, weight, bias, 1e-5);

    /// <summary>The same over visible places alone, which every sample must have; hidden ones become 0.</summary>
    /// <param name="x">[B, C, D, H, W].</param>
    /// <param name="visible">[B, 1, D, H, W]: 1 visible, 0 hidden.</param>
    public Tensor Sparse(Tensor x, Tensor visible)
    {
        using var scope = NewDisposeScope();
        long[] axes = [2, 3, 4];
        var count = visible.sum(axes, keepdim: true);                                  // [B, 1, 1, 1, 1]
        var centred = (x - (x * visible).sum(axes, keepdim: true) / count) * visible;
        var variance = (centred * centred).sum(axes, keepdim: true) / count;           // [B, C, 1, 1, 1]
        var scaled = centred * (variance + Epsilon).rsqrt() * weight.view(1, channels, 1, 1, 1);
        return (scaled + bias.view(1, channels, 1, 1, 1) * visible).MoveToOuterDisposeScope();
    }
}
