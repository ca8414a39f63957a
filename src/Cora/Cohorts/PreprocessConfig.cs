using System.Collections.Immutable;
using System.Globalization;
using Cora.Imaging;

namespace Cora.Cohorts;

/// <summary>Along which axes the new grid runs.</summary>
public enum ResampleAxes
{
    /// <summary>The scan's own: its first voxel and directions stay, as SimpleITK users expect it.</summary>
    Keep,

    /// <summary>The patient's (right, front, head), as nibabel's resample_to_output has it.</summary>
    Patient,
}

/// <summary>How scans become a store that training reads: one spacing, perhaps the heart's box, plain int16 files that can be mapped.</summary>
public sealed record PreprocessConfig : ISettings
{
    /// <summary>Slices thicker than this many times the pixels leave blobs, rotations and strides without meaning.</summary>
    private const double LargestAnisotropy = 3;

    /// <summary>New voxel spacing in millimetres, one number or three (x, y, z); 0 keeps each scan's own. The paper prints 0.5 x 0.5 x 5.</summary>
    public ImmutableArray<double> SpacingMm { get; init; } = [0.5];

    /// <summary>Along which axes the new grid runs.</summary>
    public ResampleAxes Axes { get; init; } = ResampleAxes.Keep;

    /// <summary>Whether only the box round the heart mask is kept.</summary>
    public bool HeartCrop { get; init; }

    /// <summary>What a heart crop leaves outside of the mask.</summary>
    public HeartCropMode HeartMode { get; init; } = HeartCropMode.Box;

    /// <summary>Millimetres that are kept round the heart mask on each side.</summary>
    public double HeartMarginMm { get; init; } = Imaging.HeartCrop.MarginMm;

    /// <summary>Labels of the heart in the heart files, for example 51 or 44-48; empty finds them out.</summary>
    public string HeartLabels { get; init; } = "";

    /// <summary>HU below and above are clipped before resampling, since padding values would bleed into the tissue beside them.</summary>
    public ImmutableArray<short> ClipHu { get; init; } = [-1024, 3071];

    /// <summary>The spacing along x, y, z in millimetres, or null for each scan's own.</summary>
    public Vec3? Spacing => SpacingMm.Length switch
    {
        1 when SpacingMm[0] == 0 => null,
        1 => new(SpacingMm[0], SpacingMm[0], SpacingMm[0]),
        _ => new(SpacingMm[0], SpacingMm[1], SpacingMm[2]),
    };

    /// <summary>What is allowed but hardly wanted.</summary>
    public IEnumerable<string> Warnings()
    {
        if (SpacingMm.Length == 3 && SpacingMm.Max() > LargestAnisotropy * SpacingMm.Min())
        {
            yield return string.Create(CultureInfo.InvariantCulture,
                $"spacing_mm = [{string.Join(", ", SpacingMm)}]: at slices of {SpacingMm.Max()} mm a heart is some {140 / SpacingMm.Max():0} slices, and round lesions, rotations and three halvings lose their meaning; 0.5 mm on every axis is the reading that this program trains with.");
        }
    }

    /// <inheritdoc/>
    public IEnumerable<Problem> Check()
    {
        if (SpacingMm.IsDefault || SpacingMm.Length is not (1 or 3) || (SpacingMm is not [0] && SpacingMm.Any(s => !(s is >= 0.05 and <= 20))))
            yield return new("spacing_mm", SpacingMm, "one number or three, 0.05 to 20 mm, or 0");
        if (!(HeartMarginMm is >= 0 and <= 200)) yield return new("heart_margin_mm", HeartMarginMm, "0 to 200 mm");
        if (ClipHu.IsDefault || ClipHu.Length != 2 || ClipHu[0] >= ClipHu[1]) yield return new("clip_hu", ClipHu, "two rising HU");
    }
}
