using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Cora.Imaging;

namespace Cora.Synthesis;

/// <summary>A study that patches are cut from.</summary>
/// <param name="CaseId">Pseudonym.</param>
/// <param name="Image">HU; usually a memory-mapped file. Safe to read from several threads.</param>
/// <param name="Arteries">Its artery voxels, on the same grid.</param>
public sealed record PatchStudy(string CaseId, IVoxels<short> Image, ArteryIndex Arteries)
{
    /// <summary>The box round the heart, on the image's grid; it may reach outside. Null without a heart mask, or where nobody asked for it.</summary>
    public Box3? Heart { get; init; }
}

/// <summary>Everything that chance decided about a patch: with the study it repeats the patch, bit for bit.</summary>
public sealed record PatchRecipe
{
    /// <summary>Pseudonym of the study.</summary>
    public required string CaseId { get; init; }

    /// <summary>Voxel x, y, z of the study at the middle of the patch (patch index n/2).</summary>
    public required Vec3 Centre { get; init; }

    /// <summary>Side of the patch in voxels.</summary>
    public required int Side { get; init; }

    /// <summary>Whether the patch was cut away from the arteries, as a natural negative.</summary>
    public bool IsNegative { get; init; }

    /// <summary>Rotation, zoom and flips.</summary>
    public required PatchAffine Affine { get; init; }

    /// <summary>Whether lesions are painted before or after the patch is rotated.</summary>
    public required AugmentationOrder Order { get; init; }

    /// <summary>The lesions in painting order.</summary>
    public required ImmutableArray<Lesion> Lesions { get; init; }

    /// <summary>Where lesions may lie.</summary>
    public required LesionSupport Support { get; init; }

    /// <summary>By how many voxels the artery mask is grown.</summary>
    public required double Dilation { get; init; }

    /// <summary>Weight above which a voxel is labelled.</summary>
    public required double LabelThreshold { get; init; }

    /// <summary>Where the noise comes from; null = no noise.</summary>
    public ulong? NoiseSeed { get; init; }

    /// <summary>JSON as `recipe.json` has it.</summary>
    public static JsonSerializerOptions Json { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        NewLine = "\n",
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };
}

/// <summary>A patch with its synthetic lesions. Arrays are n³ long, x fastest.</summary>
/// <param name="Hu">HU after lesions and noise.</param>
/// <param name="Types">0 nothing, otherwise the number of the lesion type: 1 calcified, 2 soft. Above 0 is the training mask.</param>
/// <param name="Recipe">What chance decided.</param>
/// <param name="NaturalCalcium">Artery voxels above 500 HU in the patch's region before insertion: real plaque that is not labelled.</param>
public sealed record SyntheticPatch(float[] Hu, byte[] Types, PatchRecipe Recipe, int NaturalCalcium)
{
    /// <summary>HU before lesions and noise, when it was asked for.</summary>
    public float[]? Before { get; init; }
}
