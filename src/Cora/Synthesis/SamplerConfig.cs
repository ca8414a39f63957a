namespace Cora.Synthesis;

/// <summary>By what an artery voxel's chance to be a patch's centre is weighed.</summary>
public enum ArteryWeight
{
    /// <summary>Every artery voxel alike: thick proximal vessels are seen most.</summary>
    Voxel,

    /// <summary>Every length of vessel alike: voxels are weighed by one over the number of artery voxels around them.</summary>
    Centerline,

    /// <summary>Every connected tree alike.</summary>
    Component,
}

/// <summary>What happens to patches at the volume's border.</summary>
public enum PatchBorder
{
    /// <summary>The patch is moved inside; its centre is then not the artery voxel.</summary>
    Shift,

    /// <summary>The patch stays; the volume's border is repeated outward.</summary>
    Pad,
}

/// <summary>Which patches are cut: Methods, "artery-centric sampling strategy".</summary>
public sealed record SamplerConfig : ISettings
{
    /// <summary>By what an artery voxel's chance to be a centre is weighed.</summary>
    public ArteryWeight Weight { get; init; } = ArteryWeight.Voxel;

    /// <summary>Largest shift of the centre off the artery voxel along each axis, in voxels.</summary>
    public int JitterVox { get; init; }

    /// <summary>What happens to patches at the volume's border.</summary>
    public PatchBorder Border { get; init; } = PatchBorder.Shift;

    /// <summary>Share of patches cut anywhere around the arteries, without lesions: natural negatives (valves, aorta, bone). The paper has none.</summary>
    public double RandomShare { get; init; }

    /// <summary>Whether patches that hold natural calcium (above 500 HU inside the artery mask) are drawn again.</summary>
    public bool SkipNaturalCalcium { get; init; }

    /// <inheritdoc/>
    public IEnumerable<Problem> Check()
    {
        if (JitterVox < 0) yield return new("jitter_vox", JitterVox, "0 or more");
        if (RandomShare is not (>= 0 and <= 1)) yield return new("random_share", RandomShare, "0 to 1");
    }
}
