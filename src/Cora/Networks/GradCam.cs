using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Cora.Networks;

/// <summary>Where a classifier looks for a target: gradient-weighted class activation maps in 3D (Selvaraju et al. 2017; Fig. 2e and S5 of the paper).</summary>
public static class GradCam
{
    /// <summary>
    /// The map at the stage's own resolution, before it is stretched: ReLU of the stage's channels, each weighed by the mean gradient of the target's
    /// logit (before any sigmoid) over its voxels.
    /// </summary>
    /// <param name="network">The classifier; its weights may be frozen.</param>
    /// <param name="windows">[1, C, D, H, W].</param>
    /// <param name="target">Which logit.</param>
    /// <param name="stage">Stage of the encoder, 0 the finest; the last is the paper's, and coarse: 4 mm at 0.5 mm voxels.</param>
    /// <param name="place">Where the classifier pools, [1, 1, D, H, W]; null = everywhere.</param>
    /// <returns>[1, 1, d, h, w].</returns>
    public static Tensor Raw(EncoderClassifier network, Tensor windows, int target, int stage, Tensor? place = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(windows);
        ArgumentOutOfRangeException.ThrowIfNegative(target);
        if (windows.shape[0] != 1) throw new ArgumentException($"One volume at a time, not {windows.shape[0]}.", nameof(windows));
        if (stage < 0 || stage >= network.Config.Channels.Length) throw new ArgumentOutOfRangeException(nameof(stage), stage, $"0 to {network.Config.Channels.Length - 1}");
        using var scope = NewDisposeScope();
        using var gradients = enable_grad();
        var stages = network.Encode(windows.detach().requires_grad_(true));          // the input asks for gradients, so frozen weights do as well
        var activation = stages[stage];
        var logit = network.Decide(stages, place)[0, target];
        var gradient = autograd.grad([logit], [activation])[0];
        var weights = gradient.mean([2, 3, 4], keepdim: true);                        // [1, C, 1, 1, 1]
        return (weights * activation).sum(1, keepdim: true).relu().detach().MoveToOuterDisposeScope();
    }

    /// <summary>The map on the input's voxels, 0 to 1: stretched trilinearly, then the lowest becomes 0 and the highest 1; all 0 where there is no difference.</summary>
    /// <inheritdoc cref="Raw"/>
    /// <returns>D·H·W numbers, x fastest.</returns>
    public static float[] Of(EncoderClassifier network, Tensor windows, int target, int stage, Tensor? place = null)
    {
        ArgumentNullException.ThrowIfNull(windows);
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var map = F.interpolate(Raw(network, windows, target, stage, place), [.. windows.shape.Skip(2)], mode: InterpolationMode.Trilinear, align_corners: false);
        var (low, high) = (map.min(), map.max());
        var range = (high - low).item<float>();
        return (range > 0 ? (map - low) / range : zeros_like(map)).cpu().contiguous().data<float>().ToArray();
    }
}
