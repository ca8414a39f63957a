using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Cora.Networks;

/// <summary>The parts of CORA's loss, scalars on the graph.</summary>
public readonly record struct CoraLoss(Tensor Total, Tensor Tversky, Tensor Focal);

/// <summary>
/// Losses of logits [B, C, …] against masks of the same shape. All are finite for any finite logit (log-sigmoid forms), NaN for NaN logits,
/// and refuse masks of another shape: nothing is broadcast.
/// </summary>
public static class Losses
{
    // Kept for good, or named until the call is over: torch's scalars are freed by the garbage collector, which may come while a call still reads a passing one.
    private static readonly Scalar Zero = 0.ToScalar();
    private static readonly Scalar One = 1.ToScalar();
    private static readonly Scalar Two = 2.ToScalar();
    private static readonly Scalar Tiny = 1e-12.ToScalar();

    /// <summary>The pretraining loss of the paper: Tversky plus focal.</summary>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static CoraLoss Cora(Tensor logits, Tensor mask, LossConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        var tversky = Tversky(logits, mask, config);
        var focal = Focal(logits, mask, config);
        using var weight = config.FocalWeight.ToScalar();
        return new(tversky + focal * weight, tversky, focal);
    }

    /// <summary>Tversky loss (reference 49): 1 - (TP + s) / (TP + fp·FP + fn·FN + s), 0 for a perfect answer, the mean over samples and channels.</summary>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static Tensor Tversky(Tensor logits, Tensor mask, LossConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        SameShape(logits, mask);
        var p = logits.sigmoid();                                                         // [B, C, D, H, W]
        var axes = SpatialAxes(logits, config.Aggregation == TverskyAggregation.Batch);
        var hit = (p * mask).sum(axes);                                                   // [B, C] or [C]
        var falseAlarm = p.sum(axes) - hit;
        var lesion = mask.sum(axes);
        var miss = ((One - p) * mask).sum(axes);
        using var smooth = config.Smooth.ToScalar();
        using var fp = config.FpWeight.ToScalar();
        using var fn = config.FnWeight.ToScalar();
        var loss = One - (hit + smooth) / (hit + falseAlarm * fp + miss * fn + smooth);
        if (config.EmptyWeight == 1) return loss.mean();
        using var empty = config.EmptyWeight.ToScalar();
        using var rest = (1 - config.EmptyWeight).ToScalar();
        var weight = lesion.gt(Zero).to(loss.dtype) * rest + empty;
        return (loss * weight).sum() / weight.sum().clamp_min(Tiny);
    }

    /// <summary>Focal loss (reference 50) without alpha: (1 - p_t)^gamma times the binary cross-entropy.</summary>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static Tensor Focal(Tensor logits, Tensor mask, LossConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        SameShape(logits, mask);
        var entropy = logits - logits * mask - F.logsigmoid(logits);
        using var gamma = config.FocalGamma.ToScalar();
        using var floor = config.FocalFloor.ToScalar();
        var easiness = (F.logsigmoid(-logits * (mask * Two - One)) * gamma).exp();
        var terms = easiness * entropy;
        return config.FocalReduction == FocalReduction.Mean ? terms.mean() : terms.sum() / (mask.sum() + floor);
    }

    /// <summary>Soft Dice loss of the sigmoid: 1 - (2·TP + s) / (P + G + s), the mean over samples and channels.</summary>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static Tensor Dice(Tensor logits, Tensor mask, double smooth = 1e-5)
    {
        SameShape(logits, mask);
        return DiceOf(logits.sigmoid(), mask, smooth);
    }

    /// <summary>Binary cross-entropy, the mean over all voxels.</summary>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static Tensor BinaryCrossEntropy(Tensor logits, Tensor mask)
    {
        SameShape(logits, mask);
        return (logits - logits * mask - F.logsigmoid(logits)).mean();
    }

    /// <summary>Dice plus binary cross-entropy.</summary>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static Tensor DiceBce(Tensor logits, Tensor mask, double smooth = 1e-5) => Dice(logits, mask, smooth) + BinaryCrossEntropy(logits, mask);

    /// <summary>Soft Dice of the softmax over all classes, background included.</summary>
    /// <param name="logits">[B, K, …].</param>
    /// <param name="target">Class numbers [B, 1, …], int64.</param>
    /// <param name="smooth">Added to numerator and denominator.</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static Tensor MulticlassDice(Tensor logits, Tensor target, double smooth = 1e-5)
    {
        var classes = ClassMap(logits, target);
        var axes = Enumerable.Range(1, (int)classes.dim() - 1).Select(a => (long)a).ToArray();
        var oneHot = F.one_hot(classes, logits.shape[1]).permute([0, classes.dim(), .. axes]).to(logits.dtype);
        return DiceOf(F.softmax(logits, 1), oneHot, smooth);
    }

    /// <summary>Soft Dice of the softmax plus cross-entropy, weights 1 : 1.</summary>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static Tensor DiceCrossEntropy(Tensor logits, Tensor target, double smooth = 1e-5) =>
        MulticlassDice(logits, target, smooth) + F.cross_entropy(logits, ClassMap(logits, target));

    /// <summary>Mean squared error over the hidden voxels alone, all channels alike: sum((answer - target)² · hidden) / (C · sum(hidden)).</summary>
    /// <param name="answer">[B, C, …].</param>
    /// <param name="target">The same shape.</param>
    /// <param name="hidden">[B, 1, …]: 1 where the network had to guess, 0 where it saw.</param>
    /// <remarks>The division by C is ours: nnssl counts mask voxels once, so that its value grows with the channels (ALGORITHMS 1.2).</remarks>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static Tensor HiddenSquaredError(Tensor answer, Tensor target, Tensor hidden)
    {
        SameShape(answer, target);
        ArgumentNullException.ThrowIfNull(hidden);
        long[] expected = [answer.shape[0], 1, .. answer.shape.Skip(2)];
        if (!hidden.shape.SequenceEqual(expected)) throw new ArgumentException($"The hidden voxels have shape [{string.Join(", ", hidden.shape)}], expected [{string.Join(", ", expected)}].", nameof(hidden));
        var missed = answer - target;
        using var channels = answer.shape[1].ToScalar();
        return (missed * missed * hidden).sum() / hidden.sum().mul(channels);
    }

    private static Tensor DiceOf(Tensor p, Tensor mask, double smooth)
    {
        var axes = SpatialAxes(p, withBatch: false);
        using var s = smooth.ToScalar();
        return (One - ((p * mask).sum(axes) * Two + s) / (p.sum(axes) + mask.sum(axes) + s)).mean();
    }

    private static long[] SpatialAxes(Tensor x, bool withBatch)
    {
        var axes = Enumerable.Range(2, (int)x.dim() - 2).Select(a => (long)a);
        return withBatch ? [0, .. axes] : [.. axes];
    }

    private static Tensor ClassMap(Tensor logits, Tensor target)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(target);
        long[] expected = [logits.shape[0], 1, .. logits.shape.Skip(2)];
        if (!target.shape.SequenceEqual(expected))
            throw new ArgumentException($"Classes have shape [{string.Join(", ", target.shape)}], expected [{string.Join(", ", expected)}].", nameof(target));
        return target.squeeze(1);
    }

    private static void SameShape(Tensor logits, Tensor mask)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(mask);
        if (!logits.shape.SequenceEqual(mask.shape))
            throw new ArgumentException($"The mask has shape [{string.Join(", ", mask.shape)}], the logits [{string.Join(", ", logits.shape)}].", nameof(mask));
    }
}
