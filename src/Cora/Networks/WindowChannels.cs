using System.Collections.Immutable;
using Cora.Imaging;
using TorchSharp;
using static TorchSharp.torch;

namespace Cora.Networks;

/// <summary>HU windows as the input channels of a network, made where the network is computed: one channel travels instead of four.</summary>
public sealed class WindowChannels : IInputChannels
{
    private static readonly Scalar Zero = 0.ToScalar();
    private static readonly Scalar One = 1.ToScalar();

    // Kept for as long as this lives: torch's scalars are freed by the garbage collector, which may come while a call still reads a passing one.
    private readonly (Scalar Low, Scalar Width)[] ramps;
    private readonly Scalar stretch;
    private readonly Scalar shift;
    private readonly bool isStretched;

    /// <param name="windows">One a channel, in order.</param>
    /// <param name="low">What the lower end of a window becomes.</param>
    /// <param name="high">What the upper end becomes.</param>
    /// <exception cref="ArgumentException">There is no window, or one is empty.</exception>
    public WindowChannels(IEnumerable<HuWindow> windows, double low = 0, double high = 1)
    {
        Windows = [.. windows];
        if (Windows.IsEmpty || Windows.Any(w => !(w.High > w.Low))) throw new ArgumentException("Windows need a lower and a higher HU each.", nameof(windows));
        ramps = [.. Windows.Select(w => (w.Low.ToScalar(), (w.High - w.Low).ToScalar()))];
        (stretch, shift, isStretched) = ((high - low).ToScalar(), low.ToScalar(), low != 0 || high != 1);
    }

    /// <summary>One a channel, in order.</summary>
    public ImmutableArray<HuWindow> Windows { get; }

    /// <inheritdoc/>
    public int Count => Windows.Length;

    /// <summary>Channels [B, K, D, H, W] of HU [B, 1, D, H, W], float32; as <see cref="HuWindow.Apply"/>, then stretched to low…high.</summary>
    /// <exception cref="ArgumentException">The HU do not have exactly one channel.</exception>
    public Tensor Of(Tensor hu)
    {
        ArgumentNullException.ThrowIfNull(hu);
        if (hu.dim() != 5 || hu.shape[1] != 1) throw new ArgumentException($"HU have shape [B, 1, D, H, W], not [{string.Join(", ", hu.shape)}].", nameof(hu));
        using var scope = NewDisposeScope();
        var channels = cat([.. ramps.Select(r => hu.sub(r.Low).div_(r.Width).clamp_(Zero, One))], 1);
        if (isStretched) channels.mul_(stretch).add_(shift, One);
        return channels.MoveToOuterDisposeScope();
    }
}
