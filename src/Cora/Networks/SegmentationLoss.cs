using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Cora.Networks;

/// <summary>The loss of the nnU-Net recipe: cross-entropy plus soft Dice of the foreground classes, at every level of the decoder.</summary>
public sealed record SegmentationLossConfig : ISettings
{
    /// <summary>Whether Dice counts the voxels of the whole batch at once; otherwise each sample by itself. nnU-Net: where the patch is under a quarter of the median scan.</summary>
    public bool BatchDice { get; init; } = true;

    /// <summary>Added to numerator and denominator of Dice.</summary>
    public double Smooth { get; init; } = 1e-5;

    /// <inheritdoc/>
    public IEnumerable<Problem> Check()
    {
        if (!(Smooth >= 0)) yield return new("smooth", Smooth, "0 or more");
    }
}

/// <summary>The parts of the loss, scalars on the graph. Dice is the negative of the Dice coefficient, so the total tends to -1 for a perfect answer.</summary>
public readonly record struct SegmentationLossParts(Tensor Total, Tensor CrossEntropy, Tensor Dice);

/// <summary>Losses of softmax logits [B, K, D, H, W], background first, against class numbers [B, 1, D, H, W] (int64), and of several levels of them.</summary>
public static class SegmentationLoss
{
    private static readonly Scalar LeastDenominator = 1e-8.ToScalar();
    private static readonly Scalar One = 1.ToScalar();
    private static readonly Scalar Two = 2.ToScalar();

    /// <summary>
    /// Mean cross-entropy over all voxels minus the mean of (2·sum(p·g) + s) / max(sum(p) + sum(g) + s, 1e-8) over foreground classes, and over samples
    /// unless the batch is one.
    /// </summary>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static SegmentationLossParts Of(Tensor logits, Tensor target, SegmentationLossConfig config)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(config);
        long[] expected = [logits.shape[0], 1, .. logits.shape.Skip(2)];
        if (logits.shape[1] < 2) throw new ArgumentException("A softmax needs two channels or more, background first.", nameof(logits));
        if (!target.shape.SequenceEqual(expected))
            throw new ArgumentException($"Classes have shape [{string.Join(", ", target.shape)}], expected [{string.Join(", ", expected)}].", nameof(target));
        var entropy = F.cross_entropy(logits, target.squeeze(1));
        var foreground = logits.shape[1] - 1;
        using var smooth = config.Smooth.ToScalar();
        var p = F.softmax(logits, 1).narrow(1, 1, foreground);                                                       // [B, K-1, D, H, W]
        var g = cat([.. Enumerable.Range(1, (int)foreground).Select(k => IsClass(target, k))], 1).to(logits.dtype);       // [B, K-1, D, H, W]
        var spatial = Enumerable.Range(2, (int)logits.dim() - 2).Select(a => (long)a);
        long[] axes = config.BatchDice ? [0, .. spatial] : [.. spatial];
        var coefficient = (p * g).sum(axes).mul(Two).add(smooth, One) / (p.sum(axes) + g.sum(axes)).add(smooth, One).clamp_min(LeastDenominator);
        var dice = -coefficient.mean();
        return new(entropy + dice, entropy, dice);
    }

    /// <summary>The weighted sum over levels; a level of weight 0 costs nothing. The parts are those of the finest.</summary>
    /// <param name="logits">Finest first, each half of the one before.</param>
    /// <param name="target">Class numbers [B, 1, D, H, W] at full resolution.</param>
    /// <param name="config">Dice.</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static SegmentationLossParts Of(IReadOnlyList<Tensor> logits, Tensor target, SegmentationLossConfig config)
    {
        ArgumentNullException.ThrowIfNull(logits);
        var weights = LevelWeights(logits.Count);
        var finest = Of(logits[0], target, config);
        var total = Weighted(finest.Total, weights[0]);
        for (var level = 1; level < logits.Count; level++)
        {
            if (weights[level] > 0) total = total + Weighted(Of(logits[level], AtLevel(target, level), config).Total, weights[level]);
        }

        return finest with { Total = total };
    }

    /// <summary>Weights of the decoder's levels, finest first: 1, 1/2, 1/4 … with 0 for the coarsest, divided by their sum. Three levels: 2/3, 1/3, 0.</summary>
    public static double[] LevelWeights(int levels)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(levels, 1);
        var weights = Enumerable.Range(0, levels).Select(level => level > 0 && level == levels - 1 ? 0 : Math.Pow(0.5, level)).ToArray();
        var sum = weights.Sum();
        return [.. weights.Select(w => w / sum)];
    }

    private static Tensor Weighted(Tensor loss, double weight)
    {
        using var factor = weight.ToScalar();
        return loss.mul(factor);
    }

    private static Tensor IsClass(Tensor target, int number)
    {
        using var wanted = number.ToScalar();
        return target.eq(wanted);
    }

    /// <summary>Class numbers at a coarser level: of each block the voxel after its middle, which is torch's <c>nearest-exact</c>.</summary>
    public static Tensor AtLevel(Tensor target, int level)
    {
        ArgumentNullException.ThrowIfNull(target);
        long step = 1L << level;
        using var scope = NewDisposeScope();
        var coarse = target;
        for (var axis = 2; axis < target.dim(); axis++) coarse = coarse.slice(axis, step / 2, target.shape[axis], step);
        return coarse.contiguous().MoveToOuterDisposeScope();
    }
}
