using static TorchSharp.torch;

namespace Cora.Networks;

/// <summary>How HU become what a network sees.</summary>
public interface IInputChannels
{
    /// <summary>Channels that the network sees.</summary>
    int Count { get; }

    /// <summary>Channels [B, Count, D, H, W] of HU [B, 1, D, H, W], float32.</summary>
    /// <exception cref="ArgumentException">The HU do not have exactly one channel.</exception>
    Tensor Of(Tensor hu);
}
