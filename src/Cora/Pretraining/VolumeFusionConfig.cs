using Cora.Synthesis;

namespace Cora.Pretraining;

/// <summary>How the regions of a fused patch are laid out.</summary>
public enum FusionLayout
{
    /// <summary>Boxes anywhere, one over the other (the publication on arXiv, and nnssl).</summary>
    Boxes,

    /// <summary>Blocks of a grid (the authors' later code, PyMIC).</summary>
    Grid,
}

/// <summary>Where foreground and background come from.</summary>
public enum FusionPairing
{
    /// <summary>Two places drawn each by itself, mostly in two studies (the publication, and nnssl).</summary>
    AcrossBatch,

    /// <summary>Two places of one study (the authors' later code).</summary>
    SameVolume,
}

/// <summary>What is mixed.</summary>
public enum FuseDomain
{
    /// <summary>The windows, so that the mixture is linear in what the network sees.</summary>
    Windows,

    /// <summary>HU, windowed afterwards.</summary>
    Hu,
}

/// <summary>
/// VolumeFusion (reference 40 of the paper, which names no settings). Sources: the publication, Wang et al. 2023 (MIS-FM, arXiv 2306.16925); nnssl (MIC-DKFZ),
/// VolumeFusionTrainer; PyMIC (HiLab), the authors' own later code.
/// </summary>
public sealed record VolumeFusionConfig : ISettings
{
    /// <summary>Levels above background, K: the shares are 0, 1/K … 1 and the classes K + 1. Publication and nnssl: 4; ours: 4.</summary>
    public int Levels { get; init; } = 4;

    /// <summary>Layout of the regions. Publication and nnssl: boxes; PyMIC: grid; ours: boxes.</summary>
    public FusionLayout Layout { get; init; } = FusionLayout.Boxes;

    /// <summary>Fewest and most boxes. Publication: 10 to 40; nnssl: 10 to 39, its upper bound being exclusive; ours: 10 to 39.</summary>
    public Interval<int> Boxes { get; init; } = new(10, 39);

    /// <summary>Shortest side of a box in voxels. Publication and nnssl: 8, in patches of 64 to 160; ours: 8; in small patches the same share of them.</summary>
    public int BoxLeast { get; init; } = 8;

    /// <summary>Longest side of a box as a share of the patch's, rounded down. Publication: 80 of 128; nnssl: 0.625; ours: 0.625, of 96 voxels 60.</summary>
    public double BoxShare { get; init; } = 0.625;

    /// <summary>Fewest and most voxels a side of a grid's block. PyMIC: 8 to 32 (5 to 20 along z in its LUNA demonstration); ours: 8 to 32.</summary>
    public Interval<int> GridBlock { get; init; } = new(8, 32);

    /// <summary>Share of a grid's blocks that are foreground. PyMIC: 0.7; ours: 0.7.</summary>
    public double GridShare { get; init; } = 0.7;

    /// <summary>Where foreground and background come from. Publication and nnssl: across the batch; PyMIC: the same volume; ours: across the batch.</summary>
    public FusionPairing Pairing { get; init; } = FusionPairing.AcrossBatch;

    /// <summary>What is mixed. Sources: the one channel that the network sees; ours: the windows, which the network sees.</summary>
    public FuseDomain FuseDomain { get; init; } = FuseDomain.Windows;

    /// <summary>How each crop is turned before it is fused. nnssl: mirrors alone, of centre crops; PyMIC: also resized; ours: mirrors, of CORA's crops.</summary>
    public SpatialConfig Spatial { get; init; } = new() { Rotation = 0, Scale = 0 };

    /// <summary>
    /// How the values of each crop are changed before it is fused: nnssl's list, which is nnU-Net's. The windows of a crop share one draw. Where HU are mixed, they are changed
    /// in units of 1000 HU.
    /// </summary>
    public IntensityConfig Intensity { get; init; } = new();

    /// <summary>Sides of boxes in a patch.</summary>
    internal Interval<int> BoxSides(int patch) => new(BoxLeast, (int)(BoxShare * patch));

    /// <inheritdoc/>
    public IEnumerable<Problem> Check()
    {
        if (Levels is not (>= 1 and <= 100)) yield return new("levels", Levels, "1 to 100");
        if (Boxes.Low < 0 || Boxes.High < Boxes.Low) yield return new("boxes", Boxes, "two rising whole numbers from 0");
        if (BoxLeast < 1) yield return new("box_least", BoxLeast, "1 voxel or more");
        if (BoxShare is not (> 0 and <= 1)) yield return new("box_share", BoxShare, "above 0 and at most 1");
        if (GridBlock.Low < 1 || GridBlock.High < GridBlock.Low) yield return new("grid_block", GridBlock, "two rising whole numbers from 1");
        if (GridShare is not (> 0 and <= 1)) yield return new("grid_share", GridShare, "above 0 and at most 1");
    }

    /// <summary>What does not fit the patch, with full names.</summary>
    public IEnumerable<Problem> CheckAgainst(int patch)
    {
        if (Check().Any()) yield break;
        var sides = BoxSides(patch);
        if (Layout == FusionLayout.Boxes && sides.High < sides.Low) yield return new("volume_fusion.box_least", BoxLeast, $"at most box_share of data.patch, {sides.High} voxels");
        if (Layout == FusionLayout.Grid && GridBlock.High > patch) yield return new("volume_fusion.grid_block", GridBlock, $"no more than data.patch, {patch} voxels");
    }
}
