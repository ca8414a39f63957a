using Cora.Synthesis;

namespace Cora.Tasks;

/// <summary>Settings of nnU-Net's recipe for artery segmentation (ALGORITHMS 4). Optimizer, patch and inference have their own tables.</summary>
public sealed record NnUNetConfig : ISettings
{
    /// <summary>Number of the fold of splits_final.json that is held back, 0 to 4; -1 takes the cohort's own splits.</summary>
    public int Fold { get; init; } = -1;

    /// <summary>Share of a batch that must show arteries.</summary>
    public double ForegroundShare { get; init; } = ForegroundSampler.Share;

    /// <summary>Held-back patches of each case that choose the weights; the first of two shows arteries.</summary>
    public int ValidationPatches { get; init; } = 2;

    /// <summary>Whether the decoder's coarser levels are taught too.</summary>
    public bool DeepSupervision { get; init; } = true;

    /// <summary>Whether Dice counts the batch at once: <c>planned</c> as nnU-Net decides by the size of the scans.</summary>
    public BatchDice BatchDice { get; init; } = BatchDice.Planned;

    /// <summary>Turns, scales and mirrors.</summary>
    public SpatialConfig Spatial { get; init; } = new();

    /// <summary>Noise, blur, brightness, contrast, resolution, gamma.</summary>
    public IntensityConfig Intensity { get; init; } = new();

    /// <inheritdoc/>
    public IEnumerable<Problem> Check()
    {
        if (Fold is not (>= -1 and <= 99)) yield return new("fold", Fold, "-1 to 99");
        if (ForegroundShare is not (>= 0 and <= 1)) yield return new("foreground_share", ForegroundShare, "0 to 1");
        if (ValidationPatches is not (>= 1 and <= 64)) yield return new("validation_patches", ValidationPatches, "1 to 64");
    }
}

/// <summary>Over what Dice is counted.</summary>
public enum BatchDice
{
    /// <summary>The batch where a patch is under a quarter of the median scan, else each sample.</summary>
    Planned,

    /// <summary>The batch.</summary>
    Batch,

    /// <summary>Each sample.</summary>
    Sample,
}
