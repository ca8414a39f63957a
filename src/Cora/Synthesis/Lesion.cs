using System.Collections.Immutable;
using Cora.Imaging;

namespace Cora.Synthesis;

/// <summary>One Gaussian blob: centre in voxels of the patch (x, y, z) and standard deviation along each axis in voxels.</summary>
public sealed record Blob(Vec3 Centre, Vec3 Sigma)
{
    /// <summary>Beyond this many standard deviations a blob weighs nothing.</summary>
    internal const double Reach = 4;
}

/// <summary>
/// A drawn lesion: everything that chance decided, and nothing else. Printing it is enough to repeat it on the same patch.
/// </summary>
public sealed record Lesion
{
    /// <summary>Name of its type, for example <c>calcified</c>.</summary>
    public required string Type { get; init; }

    /// <summary>Number of its type in type maps: 1 calcified, 2 soft.</summary>
    public required byte Label { get; init; }

    /// <summary>Attenuation in HU; with one value a voxel, the middle of <see cref="HuRange"/>.</summary>
    public required double Hu { get; init; }

    /// <summary>Range from which each voxel draws its own value; null when the lesion has one value.</summary>
    public Interval<double>? HuRange { get; init; }

    /// <summary>Standard deviation of the texture in HU.</summary>
    public required double TextureHu { get; init; }

    /// <summary>Where texture (and values by the voxel) come from.</summary>
    public required ulong TextureSeed { get; init; }

    /// <summary>How it is laid over the patch.</summary>
    public required LesionBlend Blend { get; init; }

    /// <summary>Width of the blur, in voxels; psf blending only.</summary>
    public double PsfSigmaVoxels { get; init; }

    /// <summary>Width of the texture's grain, in voxels; psf blending only.</summary>
    public double PsfGrainVoxels { get; init; }

    /// <summary>Its one to three overlapping blobs.</summary>
    public required ImmutableArray<Blob> Blobs { get; init; }

    /// <inheritdoc/>
    public bool Equals(Lesion? other) =>
        other is not null && Type == other.Type && Label == other.Label && Hu == other.Hu && HuRange == other.HuRange && TextureHu == other.TextureHu
        && TextureSeed == other.TextureSeed && Blend == other.Blend && PsfSigmaVoxels == other.PsfSigmaVoxels && PsfGrainVoxels == other.PsfGrainVoxels
        && Blobs.SequenceEqual(other.Blobs);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Type, Hu, TextureSeed);

    /// <summary>The box of voxels that it may touch, within a patch of the given size.</summary>
    public Box3 Bounds(Size3 patch)
    {
        var margin = Blend == LesionBlend.Psf ? Math.Ceiling(3 * PsfSigmaVoxels) : 0;
        (int Low, int High) Range(int axis)
        {
            var low = Blobs.Min(b => b.Centre[axis] - Blob.Reach * b.Sigma[axis]) - margin;
            var high = Blobs.Max(b => b.Centre[axis] + Blob.Reach * b.Sigma[axis]) + margin;
            return (Math.Clamp((int)Math.Floor(low), 0, patch[axis]), Math.Clamp((int)Math.Ceiling(high) + 1, 0, patch[axis]));
        }

        var (x, y, z) = (Range(0), Range(1), Range(2));
        return new(x.Low, y.Low, z.Low, new(x.High - x.Low, y.High - y.Low, z.High - z.Low));
    }
}
