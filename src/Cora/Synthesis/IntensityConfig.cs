namespace Cora.Synthesis;

/// <summary>
/// Chances and ranges of intensity augmentation, for one patch. Every default is the source's own number: nnU-Net's list for training, which nnssl takes over for VolumeFusion (ALGORITHMS 2.3, 4.5).
/// A chance of 0 leaves a step out: MAE's list is empty.
/// </summary>
public sealed record IntensityConfig : ISettings
{
    /// <summary>Chance of white noise.</summary>
    public double Noise { get; init; } = 0.1;

    /// <summary>Standard deviation of the noise, in units of the patch. nnU-Net calls it a variance and uses it as a deviation; so do we.</summary>
    public Interval<double> NoiseDeviation { get; init; } = new(0, 0.1);

    /// <summary>Chance of a Gaussian blur.</summary>
    public double Blur { get; init; } = 0.2;

    /// <summary>Standard deviation of the blur in voxels, drawn for each axis.</summary>
    public Interval<double> BlurVoxels { get; init; } = new(0.5, 1);

    /// <summary>Chance that blur and low resolution, once drawn, meet a channel: of one channel half of them come to nothing, as in nnU-Net.</summary>
    public double ChannelShare { get; init; } = 0.5;

    /// <summary>Chance that values are multiplied.</summary>
    public double Brightness { get; init; } = 0.15;

    /// <summary>By what.</summary>
    public Interval<double> BrightnessFactor { get; init; } = new(0.75, 1.25);

    /// <summary>Chance that differences from the mean are multiplied; the range of values is kept.</summary>
    public double Contrast { get; init; } = 0.15;

    /// <summary>By what; below and above 1 are as likely.</summary>
    public Interval<double> ContrastFactor { get; init; } = new(0.75, 1.25);

    /// <summary>Chance of a low resolution: fewer voxels by nearest neighbour, and back linearly.</summary>
    public double LowResolution { get; init; } = 0.25;

    /// <summary>Share of the voxels of an axis that are left, one for all axes.</summary>
    public Interval<double> LowResolutionZoom { get; init; } = new(0.5, 1);

    /// <summary>Chance of a gamma curve on the negative of the patch.</summary>
    public double InvertedGamma { get; init; } = 0.1;

    /// <summary>Chance of a gamma curve.</summary>
    public double Gamma { get; init; } = 0.3;

    /// <summary>The exponent of both; below and above 1 are as likely. Mean and deviation are put back afterwards.</summary>
    public Interval<double> GammaExponent { get; init; } = new(0.7, 1.5);

    /// <inheritdoc/>
    public IEnumerable<Problem> Check()
    {
        foreach (var (name, chance) in new[]
        {
            ("noise", Noise), ("blur", Blur), ("channel_share", ChannelShare), ("brightness", Brightness), ("contrast", Contrast), ("low_resolution", LowResolution),
            ("inverted_gamma", InvertedGamma), ("gamma", Gamma),
        })
        {
            if (chance is not (>= 0 and <= 1)) yield return new(name, chance, "0 to 1");
        }

        if (!(NoiseDeviation.Low >= 0)) yield return new("noise_deviation", NoiseDeviation, "two rising numbers of 0 or more");
        if (!(BlurVoxels.Low > 0)) yield return new("blur_voxels", BlurVoxels, "two rising numbers above 0");
        if (!(BrightnessFactor.Low > 0)) yield return new("brightness_factor", BrightnessFactor, "two rising numbers above 0");
        if (!(ContrastFactor.Low > 0)) yield return new("contrast_factor", ContrastFactor, "two rising numbers above 0");
        if (LowResolutionZoom is not { Low: > 0, High: <= 1 }) yield return new("low_resolution_zoom", LowResolutionZoom, "two rising numbers above 0 and at most 1");
        if (!(GammaExponent.Low > 0)) yield return new("gamma_exponent", GammaExponent, "two rising numbers above 0");
    }
}
