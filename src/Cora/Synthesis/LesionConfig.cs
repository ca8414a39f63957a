namespace Cora.Synthesis;

/// <summary>How a lesion's attenuation is laid over the patch.</summary>
public enum LesionBlend
{
    /// <summary>x' = (1 - w) x + w HU with the summed Gaussians as weight.</summary>
    Soft,

    /// <summary>Labelled voxels become the lesion's HU.</summary>
    Hard,

    /// <summary>The lesion is blurred as by a scanner and textured; its labels follow the blurred shape.</summary>
    Psf,
}

/// <summary>Where lesions may lie.</summary>
public enum LesionSupport
{
    /// <summary>The artery mask grown by <see cref="LesionConfig.Dilation"/>.</summary>
    ArteryDilated,

    /// <summary>The grown mask without the inside: within <see cref="LesionConfig.Dilation"/> of the mask's surface.</summary>
    Wall,

    /// <summary>Anywhere.</summary>
    Free,
}

/// <summary>Whether attenuation is drawn once for a lesion or for every voxel.</summary>
public enum LesionHu
{
    /// <summary>One value a lesion, with texture.</summary>
    PerLesion,

    /// <summary>One value a voxel.</summary>
    PerVoxel,
}

/// <summary>Synthetic plaques (Methods, "Data engine"). Each gap of the paper is a setting; docs/decisions/0002 says why the default.</summary>
public sealed record LesionConfig : ISettings
{
    /// <summary>Chance that a patch gets lesions ("stochastically inserted").</summary>
    public double Prob { get; init; } = 0.8;

    /// <summary>Fewest and most lesions of a patch.</summary>
    public Interval<int> Count { get; init; } = new(1, 3);

    /// <summary>Share of lesions that are calcified.</summary>
    public double Mix { get; init; } = 0.5;

    /// <summary>Fewest and most overlapping Gaussian blobs of a lesion (the paper's 1 to 3).</summary>
    public Interval<int> Blobs { get; init; } = new(1, 3);

    /// <summary>Standard deviation of a blob along each axis, in voxels (the paper's 0.7 to 2.0 has no unit).</summary>
    public Interval<double> SigmaVoxels { get; init; } = new(0.7, 2.0);

    /// <summary>Attenuation of calcified plaque in HU (the paper's 800 to 1500).</summary>
    public Interval<double> CalcifiedHu { get; init; } = new(800, 1500);

    /// <summary>Attenuation of soft plaque in HU (the paper's 30 to 90).</summary>
    public Interval<double> SoftHu { get; init; } = new(30, 90);

    /// <summary>Whether attenuation is drawn once for a lesion or for every voxel.</summary>
    public LesionHu Hu { get; init; } = LesionHu.PerLesion;

    /// <summary>Standard deviation of the texture inside calcified plaque, in HU.</summary>
    public double CalcifiedTextureHu { get; init; } = 30;

    /// <summary>Standard deviation of the texture inside soft plaque, in HU.</summary>
    public double SoftTextureHu { get; init; } = 10;

    /// <summary>How attenuation is laid over the patch.</summary>
    public LesionBlend Blend { get; init; } = LesionBlend.Soft;

    /// <summary>Share of the training steps that insert with hard blending before <see cref="Blend"/> takes over; 0 = no curriculum.</summary>
    public double Curriculum { get; init; }

    /// <summary>Where lesions may lie.</summary>
    public LesionSupport Support { get; init; } = LesionSupport.ArteryDilated;

    /// <summary>By how many voxels the artery mask is grown.</summary>
    public double Dilation { get; init; } = 2;

    /// <summary>Weight above which a voxel is labelled (soft and hard blending).</summary>
    public double LabelThreshold { get; init; } = 0.5;

    /// <summary>Lesions with fewer labelled voxels are drawn again.</summary>
    public int MinVoxels { get; init; } = 4;

    /// <summary>Width of the blur of psf blending, in voxels.</summary>
    public Interval<double> PsfSigmaVoxels { get; init; } = new(0.45, 0.9);

    /// <summary>Width of the grain of psf blending's texture, in voxels.</summary>
    public Interval<double> PsfGrainVoxels { get; init; } = new(0.4, 0.9);

    /// <summary>Standard deviation of psf blending's texture, in HU.</summary>
    public Interval<double> PsfTextureHu { get; init; } = new(10, 40);

    /// <inheritdoc/>
    public IEnumerable<Problem> Check()
    {
        if (Prob is not (>= 0 and <= 1)) yield return new("prob", Prob, "0 to 1");
        if (Count.Low < 0 || Count.High < Count.Low) yield return new("count", Count, "two rising whole numbers from 0");
        if (Mix is not (>= 0 and <= 1)) yield return new("mix", Mix, "0 to 1");
        if (Blobs.Low < 1 || Blobs.High < Blobs.Low) yield return new("blobs", Blobs, "two rising whole numbers from 1");
        if (!IsRising(SigmaVoxels)) yield return new("sigma_voxels", SigmaVoxels, "two rising numbers above 0");
        if (!(CalcifiedHu.High >= CalcifiedHu.Low)) yield return new("calcified_hu", CalcifiedHu, "two rising numbers");
        if (!(SoftHu.High >= SoftHu.Low)) yield return new("soft_hu", SoftHu, "two rising numbers");
        if (!(CalcifiedTextureHu >= 0)) yield return new("calcified_texture_hu", CalcifiedTextureHu, "0 or more");
        if (!(SoftTextureHu >= 0)) yield return new("soft_texture_hu", SoftTextureHu, "0 or more");
        if (Curriculum is not (>= 0 and <= 1)) yield return new("curriculum", Curriculum, "0 to 1");
        if (Dilation is not (>= 0 and <= 20)) yield return new("dilation", Dilation, "0 to 20");
        if (LabelThreshold is not (> 0 and < 1)) yield return new("label_threshold", LabelThreshold, "between 0 and 1");
        if (MinVoxels < 1) yield return new("min_voxels", MinVoxels, "1 or more");
        if (!IsRising(PsfSigmaVoxels)) yield return new("psf_sigma_voxels", PsfSigmaVoxels, "two rising numbers above 0");
        if (!IsRising(PsfGrainVoxels)) yield return new("psf_grain_voxels", PsfGrainVoxels, "two rising numbers above 0");
        if (!(PsfTextureHu.Low >= 0 && PsfTextureHu.High >= PsfTextureHu.Low)) yield return new("psf_texture_hu", PsfTextureHu, "two rising numbers from 0");
    }

    private static bool IsRising(Interval<double> interval) => interval.Low > 0 && interval.High >= interval.Low;
}
