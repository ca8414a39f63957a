using System.Numerics;

namespace Cora.Imaging;

/// <summary>
/// CT normalisation of the nnU-Net family, an alternative to HU windows: one channel, (clip(hu, LowHu, HighHu) - MeanHu) / StdHu. The four numbers are
/// those of foreground voxels of the training cases: percentiles 0.5 and 99.5, mean and standard deviation.
/// </summary>
public sealed record CtNormalization
{
    // The family's floor under a standard deviation.
    private const double LeastStd = 1e-8;

    /// <summary>HU below are raised to this: percentile 0.5.</summary>
    public required double LowHu { get; init; }

    /// <summary>HU above are lowered to this: percentile 99.5.</summary>
    public required double HighHu { get; init; }

    /// <summary>Mean, before clipping.</summary>
    public required double MeanHu { get; init; }

    /// <summary>Standard deviation, before clipping.</summary>
    public required double StdHu { get; init; }

    /// <summary>One over the standard deviation, kept finite.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public double Factor => 1 / Math.Max(StdHu, LeastStd);

    /// <summary>The network's value of an HU; NaN stays NaN.</summary>
    public float Apply(float hu) => (float)((Math.Clamp(hu, LowHu, HighHu) - MeanHu) * Factor);

    /// <summary>The network's values of some HU; may be done in place.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public void Apply(ReadOnlySpan<float> hu, Span<float> values)
    {
        if (hu.Length != values.Length) throw new ArgumentException("Values and HU differ in number.", nameof(values));
        var (low, high, factor) = ((float)LowHu, (float)HighHu, (float)Factor);
        var shift = (float)(-MeanHu * Factor);
        var i = 0;
        for (; i <= hu.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            var clipped = Vector.Min(Vector.Max(new Vector<float>(hu[i..]), Vector.Create(low)), Vector.Create(high));
            (clipped * factor + Vector.Create(shift)).CopyTo(values[i..]);
        }

        for (; i < hu.Length; i++) values[i] = Math.Clamp(hu[i], low, high) * factor + shift;
    }

    /// <summary>Numbers that no normalisation has.</summary>
    public IEnumerable<Problem> Check()
    {
        if (!(HighHu > LowHu)) yield return new("high_hu", HighHu, $"more than low_hu, {LowHu.ToString(System.Globalization.CultureInfo.InvariantCulture)}");
        if (!double.IsFinite(MeanHu)) yield return new("mean_hu", MeanHu, "a finite number");
        if (!(StdHu > 0)) yield return new("std_hu", StdHu, "more than 0");
    }
}
