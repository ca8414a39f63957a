using System.Collections.Immutable;

namespace Cora.Imaging;

/// <summary>Which of the header's three ways to say where voxels lie was used.</summary>
public enum NiftiAffine
{
    /// <summary>The general affine: it wins when its code is above 0.</summary>
    Sform,

    /// <summary>Quaternion, voxel sizes and offset: used when there is no sform.</summary>
    Qform,

    /// <summary>Voxel sizes only; neither code was set, so axes and origin are unknown and taken as RAS from 0.</summary>
    PixDim,
}

/// <summary>Something that another program stored between header and voxels.</summary>
/// <param name="Code">Who knows its meaning: 2 DICOM, 4 AFNI, 6 comment, 44 JSON…</param>
/// <param name="Content">The bytes, with the padding to a multiple of 16 that the format asks for.</param>
public sealed record NiftiExtension(int Code, ReadOnlyMemory<byte> Content);

/// <summary>What a NIfTI file says about its voxels.</summary>
public sealed record NiftiHeader
{
    /// <summary>1 or 2.</summary>
    public required int Version { get; init; }

    /// <summary>Whether numbers are stored with their highest byte first.</summary>
    public required bool IsBigEndian { get; init; }

    /// <summary>Whether the file is packed with gzip, whatever its name.</summary>
    public required bool IsCompressed { get; init; }

    /// <summary>Where the voxels lie; turned from NIfTI's RAS to LPS.</summary>
    public required Geometry Geometry { get; init; }

    /// <summary>What the geometry was taken from.</summary>
    public required NiftiAffine AffineFrom { get; init; }

    /// <summary>The type in which voxels are stored.</summary>
    public required StoredType Type { get; init; }

    /// <summary>Real value = Slope * stored + Intercept; 1 and 0 when the header asks for no scaling (slope 0 or NaN).</summary>
    public required double Slope { get; init; }

    /// <summary>See <see cref="Slope"/>.</summary>
    public required double Intercept { get; init; }

    /// <summary>Byte of the (unpacked) file at which voxels begin.</summary>
    public required long VoxelOffset { get; init; }

    /// <summary>What values mean: 0 nothing said, 1002 labels, and so on.</summary>
    public required int IntentCode { get; init; }

    /// <summary>The intent's name. Written by others: may hold anything.</summary>
    public required string IntentName { get; init; }

    /// <summary>Free text of the writing program. May hold an identifier: never log it.</summary>
    public required string Description { get; init; }

    /// <summary>Extensions between header and voxels, in file order.</summary>
    public required ImmutableArray<NiftiExtension> Extensions { get; init; }
}
