using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Cora.Pretraining;

/// <summary>What pairs without overlap cost.</summary>
public enum VoCoApart
{
    /// <summary>-ln(1 - similarity): the later paper.</summary>
    Logarithm,

    /// <summary>The square of the similarity: the first paper, and nnssl.</summary>
    Square,
}

/// <summary>VoCo's losses, all of embeddings in float32 (ALGORITHMS 3.4).</summary>
public static class VoCoLoss
{
    private const double LeastLength = 1e-8;

    private static readonly Scalar Zero = 0.ToScalar();
    private static readonly Scalar One = 1.ToScalar();
    private static readonly Scalar Tiny = 1e-6.ToScalar();
    private static readonly Scalar Short = LeastLength.ToScalar();

    /// <summary>Similarity of every crop with every other: the cosine, negative ones as 0.</summary>
    /// <param name="crops">[R, o].</param>
    /// <param name="others">[B, o].</param>
    /// <returns>[R, B], 0 to 1.</returns>
    public static Tensor Similarity(Tensor crops, Tensor others)
    {
        ArgumentNullException.ThrowIfNull(crops);
        ArgumentNullException.ThrowIfNull(others);
        return F.relu(Unit(crops).matmul(Unit(others).t()));
    }

    /// <summary>How far similarities are from overlaps.</summary>
    /// <param name="similarity">[R, B], 0 to 1.</param>
    /// <param name="overlap">[R, B], 0 to 1.</param>
    /// <param name="apart">What pairs without overlap cost.</param>
    /// <returns>
    /// Together: over pairs that overlap the mean of -ln(1 - |overlap - similarity|), weighed by the overlap. Apart: the mean cost of pairs that do not; 0 where all overlap.
    /// </returns>
    public static (Tensor Together, Tensor Apart) Prediction(Tensor similarity, Tensor overlap, VoCoApart apart)
    {
        ArgumentNullException.ThrowIfNull(similarity);
        ArgumentNullException.ThrowIfNull(overlap);
        if (!similarity.shape.SequenceEqual(overlap.shape)) throw new ArgumentException("Similarities and overlaps have one shape.", nameof(overlap));
        var surprise = -(One - (overlap - similarity).abs() + Tiny).log();
        var together = (overlap * surprise).sum() / (overlap.sum() + Tiny);
        var isApart = overlap.eq(Zero).to(similarity.dtype);
        var cost = apart == VoCoApart.Square ? similarity * similarity : -(One - similarity + Tiny).log();
        return (together, (cost * isApart).sum() / isApart.sum().clamp_min(One));
    }

    /// <summary>Base crops of one volume are to be told apart: the mean over pairs of the squared similarity, the second of a pair held still.</summary>
    /// <param name="bases">[B, o].</param>
    /// <param name="isPlain">nnssl's form: not squared, and nothing held still.</param>
    /// <returns>0 for orthogonal embeddings, 1 for equal ones.</returns>
    public static Tensor Regularity(Tensor bases, bool isPlain = false)
    {
        ArgumentNullException.ThrowIfNull(bases);
        var count = bases.shape[0];
        if (count < 2) throw new ArgumentException("One base crop makes no pair.", nameof(bases));
        var similarity = Similarity(bases, isPlain ? bases : bases.detach());
        using var pairs = (count * (count - 1) / 2.0).ToScalar();
        return (isPlain ? similarity : similarity * similarity).triu(1).sum() / pairs;
    }

    private static Tensor Unit(Tensor x) => x / x.norm(1, keepdim: true).clamp_min(Short);
}
