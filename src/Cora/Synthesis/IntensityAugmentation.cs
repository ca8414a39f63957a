using Cora.Imaging;

namespace Cora.Synthesis;

/// <summary>
/// What chance decided about the values of a patch; null = not done. In the order of application: noise, blur, brightness, contrast, low resolution, inverted gamma, gamma.
/// All channels of a patch share it, the noise too (windows of one scan see one noise).
/// </summary>
public sealed record IntensityAugmentation
{
    private const double LeastDeviation = 1e-7;

    /// <summary>No change.</summary>
    public static IntensityAugmentation None { get; } = new();

    /// <summary>Where the noise comes from, and its standard deviation.</summary>
    public (ulong Key, double Deviation)? Noise { get; init; }

    /// <summary>Standard deviation along x, y, z in voxels.</summary>
    public Vec3? BlurVoxels { get; init; }

    /// <summary>Factor.</summary>
    public double? Brightness { get; init; }

    /// <summary>Factor round the mean.</summary>
    public double? Contrast { get; init; }

    /// <summary>Share of the voxels of an axis that are left.</summary>
    public double? LowResolution { get; init; }

    /// <summary>Exponent on the negative.</summary>
    public double? InvertedGamma { get; init; }

    /// <summary>Exponent.</summary>
    public double? Gamma { get; init; }

    /// <summary>Draws one. Every number is drawn whether it is used or not, so that another chance shifts nothing else.</summary>
    public static IntensityAugmentation Draw(IntensityConfig config, Rng random)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(random);
        T? If<T>(bool isWanted, T value) where T : struct => isWanted ? value : null;
        return new()
        {
            Noise = If(random.Chance(config.Noise), (random.NextBits(), random.Uniform(config.NoiseDeviation))),
            BlurVoxels = If(random.Chance(config.Blur) & random.Chance(config.ChannelShare), new Vec3(random.Uniform(config.BlurVoxels), random.Uniform(config.BlurVoxels), random.Uniform(config.BlurVoxels))),
            Brightness = If(random.Chance(config.Brightness), AroundOne(config.BrightnessFactor, random)),
            Contrast = If(random.Chance(config.Contrast), AroundOne(config.ContrastFactor, random)),
            LowResolution = If(random.Chance(config.LowResolution) & random.Chance(config.ChannelShare), random.Uniform(config.LowResolutionZoom)),
            InvertedGamma = If(random.Chance(config.InvertedGamma), AroundOne(config.GammaExponent, random)),
            Gamma = If(random.Chance(config.Gamma), AroundOne(config.GammaExponent, random)),
        };
    }

    /// <summary>Changes the channels of a patch in place; no chance is left.</summary>
    /// <param name="channels">One channel after another, x fastest.</param>
    /// <param name="size">Size of the patch.</param>
    /// <exception cref="ArgumentException">There is no whole number of channels.</exception>
    public void Apply(Span<float> channels, Size3 size)
    {
        var voxels = checked((int)size.Count);
        if (channels.Length == 0 || channels.Length % voxels != 0) throw new ArgumentException($"{channels.Length} values are no whole number of patches of {size}.", nameof(channels));
        for (var start = 0; start < channels.Length; start += voxels) ApplyToOne(channels.Slice(start, voxels), size);
    }

    private void ApplyToOne(Span<float> values, Size3 size)
    {
        if (Noise is { } noise) AddNoise(values, noise.Key, noise.Deviation);
        if (BlurVoxels is { } sigma) PatchFilter.Blur(values, size, sigma);
        if (Brightness is { } factor) Scale(values, (float)factor, 0);
        if (Contrast is { } contrast) Stretch(values, contrast);
        if (LowResolution is { } zoom) PatchFilter.LowerResolution(values, size, zoom);
        if (InvertedGamma is { } inverted)
        {
            Scale(values, -1, 0);
            Curve(values, inverted);
            Scale(values, -1, 0);
        }

        if (Gamma is { } gamma) Curve(values, gamma);
    }

    /// <summary>Half of the draws below 1, half above, each uniform; of a range on one side of 1 all are in it.</summary>
    private static double AroundOne(Interval<double> range, Rng random)
    {
        var (isBelow, share) = (random.Chance(0.5), random.Uniform());
        var (low, high) = range.High <= 1 || (isBelow && range.Low < 1) ? (range.Low, Math.Min(1, range.High)) : (Math.Max(1, range.Low), range.High);
        return low + (high - low) * share;
    }

    private static void AddNoise(Span<float> values, ulong key, double deviation)
    {
        var normals = new CounterNormals(new(key));
        Span<float> both = stackalloc float[32];
        for (var start = 0; start < values.Length; start += 16)
        {
            var (first, _) = normals.Pair((uint)start);
            System.Runtime.Intrinsics.Vector512.CopyTo(first, both);
            for (var i = start; i < Math.Min(start + 16, values.Length); i++) values[i] += (float)deviation * both[i - start];
        }
    }

    private static void Scale(Span<float> values, float factor, float shift)
    {
        for (var i = 0; i < values.Length; i++) values[i] = values[i] * factor + shift;
    }

    private static void Stretch(Span<float> values, double factor)
    {
        var (mean, _, low, high) = Statistics(values);
        for (var i = 0; i < values.Length; i++) values[i] = Math.Clamp((float)((values[i] - mean) * factor + mean), low, high);
    }

    /// <summary>Values between the lowest and the highest are bent; mean and deviation are put back.</summary>
    private static void Curve(Span<float> values, double exponent)
    {
        var (mean, deviation, low, high) = Statistics(values);
        var range = high - low;
        if (!(range > 0)) return;
        for (var i = 0; i < values.Length; i++) values[i] = MathF.Pow((values[i] - low) / range, (float)exponent) * range + low;
        var (bentMean, bentDeviation, _, _) = Statistics(values);
        var factor = deviation / Math.Max(bentDeviation, LeastDeviation);
        for (var i = 0; i < values.Length; i++) values[i] = (float)((values[i] - bentMean) * factor + mean);
    }

    private static (double Mean, double Deviation, float Low, float High) Statistics(ReadOnlySpan<float> values)
    {
        var (sum, low, high) = (0.0, float.MaxValue, float.MinValue);
        foreach (var v in values)
        {
            sum += v;
            low = Math.Min(low, v);
            high = Math.Max(high, v);
        }

        var (mean, squares) = (sum / values.Length, 0.0);
        foreach (var v in values) squares += (v - mean) * (v - mean);
        return (mean, Math.Sqrt(squares / values.Length), low, high);
    }
}
