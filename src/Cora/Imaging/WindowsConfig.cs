using System.Collections.Immutable;

namespace Cora.Imaging;

/// <summary>How the paper's printed pairs are read.</summary>
public enum WindowSemantics
{
    /// <summary>Lowest and highest HU.</summary>
    Range,

    /// <summary>Centre and width, as on a viewing console.</summary>
    LevelWidth,
}

/// <summary>Values that the ends of a window become.</summary>
public enum WindowScale
{
    /// <summary>0 and 1.</summary>
    ZeroOne,

    /// <summary>-1 and 1.</summary>
    MinusOneOne,
}

/// <summary>The input channels: one a window (Methods, "Data engine"; four in Methods and Table S1).</summary>
public sealed record WindowsConfig : ISettings
{
    /// <summary>The printed pairs, one after another: fat, soft tissue, angiographic, calcification.</summary>
    public ImmutableArray<double> Pairs { get; init; } = [-100, 140, 50, 400, 350, 700, 500, 2000];

    /// <summary>How the pairs are read.</summary>
    public WindowSemantics Semantics { get; init; } = WindowSemantics.Range;

    /// <summary>Values that the ends of a window become.</summary>
    public WindowScale Scale { get; init; } = WindowScale.ZeroOne;

    /// <summary>The windows in HU.</summary>
    public ImmutableArray<HuWindow> Windows =>
        [.. Enumerable.Range(0, Pairs.Length / 2).Select(i => ((float)Pairs[2 * i], (float)Pairs[2 * i + 1])).Select(p =>
            Semantics == WindowSemantics.Range ? new HuWindow(p.Item1, p.Item2) : HuWindow.FromLevelWidth(p.Item1, p.Item2))];

    /// <inheritdoc/>
    public IEnumerable<Problem> Check()
    {
        if (Pairs.IsDefaultOrEmpty || Pairs.Length % 2 != 0) yield return new("pairs", Pairs.IsDefault ? null : string.Join(", ", Pairs), "two numbers a window");
        else if (Windows.Any(w => !(w.High > w.Low))) yield return new("pairs", string.Join(", ", Pairs), "windows that are wider than 0");
    }

    /// <summary>One channel a window of the given HU: destination [window, voxel].</summary>
    /// <exception cref="ArgumentException">The destination is not windows times voxels long.</exception>
    public void Apply(ReadOnlySpan<float> hu, Span<float> destination)
    {
        var windows = Windows;
        if (destination.Length != windows.Length * hu.Length) throw new ArgumentException("The destination must hold one channel a window.", nameof(destination));
        for (var w = 0; w < windows.Length; w++)
        {
            var window = windows[w];
            var (low, high) = Scale == WindowScale.ZeroOne ? (0f, 1f) : (-1f, 1f);
            var factor = (high - low) / (window.High - window.Low);
            Stretch(hu, destination.Slice(w * hu.Length, hu.Length), factor, low - window.Low * factor, low, high);
        }
    }

    private static void Stretch(ReadOnlySpan<float> hu, Span<float> channel, float factor, float shift, float low, float high)
    {
        var (lows, highs) = (System.Numerics.Vector.Create(low), System.Numerics.Vector.Create(high));
        var lanes = System.Numerics.Vector<float>.Count;
        var i = 0;
        for (; i <= hu.Length - lanes; i += lanes)
        {
            var value = new System.Numerics.Vector<float>(hu[i..]) * factor + System.Numerics.Vector.Create(shift);
            System.Numerics.Vector.Min(System.Numerics.Vector.Max(value, lows), highs).CopyTo(channel[i..]);
        }

        for (; i < hu.Length; i++) channel[i] = Math.Min(Math.Max(hu[i] * factor + shift, low), high);
    }
}
