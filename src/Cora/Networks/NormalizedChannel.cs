using Cora.Imaging;
using TorchSharp;
using static TorchSharp.torch;

namespace Cora.Networks;

/// <summary>CT normalisation as the one input channel of a network.</summary>
/// <param name="normalization">The four numbers of the training cases.</param>
public sealed class NormalizedChannel(CtNormalization normalization) : IInputChannels
{
    // Kept for as long as this lives (decision 0014).
    private readonly Scalar low = normalization.LowHu.ToScalar();
    private readonly Scalar high = normalization.HighHu.ToScalar();
    private readonly Scalar mean = normalization.MeanHu.ToScalar();
    private readonly Scalar factor = normalization.Factor.ToScalar();

    /// <inheritdoc/>
    public int Count => 1;

    /// <summary>The four numbers of the training cases.</summary>
    public CtNormalization Normalization { get; } = normalization;

    /// <summary>The channel [B, 1, D, H, W] of HU [B, 1, D, H, W], float32; as <see cref="CtNormalization.Apply(float)"/>.</summary>
    /// <exception cref="ArgumentException">The HU do not have exactly one channel.</exception>
    public Tensor Of(Tensor hu)
    {
        ArgumentNullException.ThrowIfNull(hu);
        if (hu.dim() != 5 || hu.shape[1] != 1) throw new ArgumentException($"HU have shape [B, 1, D, H, W], not [{string.Join(", ", hu.shape)}].", nameof(hu));
        using var scope = NewDisposeScope();
        return hu.to(float32).clamp(low, high).sub_(mean).mul_(factor).MoveToOuterDisposeScope();
    }
}
