using System.Collections.Immutable;

namespace Cora.Imaging;

/// <summary>A clinical display window, HU to [0, 1]. Methods, "Data engine": the raw patch becomes one channel a window.</summary>
public readonly record struct HuWindow(float Low, float High)
{
    /// <summary>The paper's four windows, read as lowest and highest HU (fat, soft tissue, angiographic, calcification).</summary>
    public static readonly ImmutableArray<HuWindow> Paper = [new(-100, 140), new(50, 400), new(350, 700), new(500, 2000)];

    /// <summary>A window given by its centre and width, the other reading of the printed pairs (ALGORITHMS section 8, item 5).</summary>
    public static HuWindow FromLevelWidth(float level, float width) => new(level - width / 2, level + width / 2);

    /// <summary>clip((hu - Low) / (High - Low), 0, 1); NaN stays NaN.</summary>
    public float Apply(float hu) => Math.Clamp((hu - Low) / (High - Low), 0f, 1f);
}
