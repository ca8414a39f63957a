using System.Collections.Immutable;
using Cora.Imaging;

namespace Cora.Tasks;

/// <summary>The losses of artery segmentation.</summary>
public enum ArteryLoss
{
    /// <summary>Soft Dice (Adaptation, "Coronary artery segmentation").</summary>
    Dice,

    /// <summary>Soft Dice plus binary cross-entropy.</summary>
    DiceBce,
}

/// <summary>Whose way of learning artery segmentation.</summary>
public enum ArteryRecipe
{
    /// <summary>The paper's adaptation: the pretrained encoder, a new decoder, HU windows, Dice loss.</summary>
    Paper,

    /// <summary>nnU-Net's, on this program's network and from scratch: see docs/artery-segmenter.md for what is there and what is not.</summary>
    Nnunet,
}

/// <summary>Settings of artery segmentation: the pretrained encoder with a new decoder, Dice loss.</summary>
public sealed record ArteriesConfig : ISettings
{
    /// <summary>Whose way. With <c>nnunet</c> the settings <c>transfer</c>, <c>loss</c>, <c>smooth</c>, <c>augmentation</c> and <c>windows</c> have no say.</summary>
    public ArteryRecipe Recipe { get; init; } = ArteryRecipe.Paper;

    /// <summary>nnU-Net's recipe.</summary>
    public NnUNetConfig Nnunet { get; init; } = new();

    /// <summary>Whether <c>cora predict</c> puts masks in order and refuses those that are no coronary tree, as the data engine needs them.</summary>
    public bool Ordered { get; init; }

    /// <summary>What is in order.</summary>
    public ArteryMaskConfig Order { get; init; } = new();

    /// <summary>Parts of the pretrained network that are taken over. The paper: the encoder; the decoder begins anew.</summary>
    public ImmutableArray<string> Transfer { get; init; } = ["encoder"];

    /// <summary>The loss.</summary>
    public ArteryLoss Loss { get; init; } = ArteryLoss.Dice;

    /// <summary>Added to numerator and denominator of Dice.</summary>
    public double Smooth { get; init; } = 1e-5;

    /// <summary>Probability above which a voxel is artery.</summary>
    public double Threshold { get; init; } = 0.5;

    /// <summary>Largest pieces that stay (26-connected): 2 keeps the left and the right tree; 0 keeps all. Reported both ways.</summary>
    public int KeepPieces { get; init; }

    /// <inheritdoc/>
    public IEnumerable<Problem> Check()
    {
        foreach (var problem in TransferParts.Check(Transfer, TransferParts.Encoder, TransferParts.Decoder)) yield return problem;
        if (!(Smooth > 0)) yield return new("smooth", Smooth, "more than 0");
        if (Threshold is not (> 0 and < 1)) yield return new("threshold", Threshold, "above 0 and below 1");
        if (KeepPieces < 0) yield return new("keep_pieces", KeepPieces, "0 or more");
    }
}

/// <summary>Masks of arteries from probabilities.</summary>
public static class ArterySegmentation
{
    /// <summary>Pieces that are kept for the second way of reporting: left and right tree.</summary>
    public const int Trees = 2;

    /// <summary>The mask of a probability map.</summary>
    public static Volume<byte> MaskOf(Volume<float> probability, ArteriesConfig config)
    {
        ArgumentNullException.ThrowIfNull(probability);
        ArgumentNullException.ThrowIfNull(config);
        return Largest(probability.Select(p => (byte)(p > config.Threshold ? 1 : 0)), config.KeepPieces);
    }

    /// <summary>The largest pieces of a mask; 0 keeps all.</summary>
    public static Volume<byte> Largest(Volume<byte> mask, int pieces)
    {
        ArgumentNullException.ThrowIfNull(mask);
        if (pieces == 0) return mask;
        var found = ConnectedComponents.Of(mask);
        if (found.Count <= pieces) return mask;
        var kept = found.Sizes.Index().OrderByDescending(s => s.Item).ThenBy(s => s.Index).Take(pieces).Select(s => s.Index + 1).ToHashSet();
        var result = new byte[mask.Voxels.Length];
        for (var i = 0; i < result.Length; i++) result[i] = (byte)(kept.Contains(found.Labels[i]) ? 1 : 0);
        return new(mask.Geometry, result);
    }
}
