namespace Cora.Imaging;

/// <summary>The smallest box that holds a mask.</summary>
public static class Bounds
{
    /// <summary>The smallest box with every voxel that is not 0; null when there is none.</summary>
    /// <param name="mask">x fastest.</param>
    /// <param name="size">Voxels along x, y, z.</param>
    /// <exception cref="ArgumentException">The length does not fit the size.</exception>
    public static Box3? Of(ReadOnlySpan<byte> mask, Size3 size)
    {
        if (mask.Length != size.Count) throw new ArgumentException($"{mask.Length} voxels given for a grid of {size}.", nameof(mask));
        var (lowX, lowY, lowZ, highX, highY, highZ) = (size.X, size.Y, size.Z, -1, -1, -1);
        for (var row = 0; row < size.Y * size.Z; row++)
        {
            var voxels = mask.Slice(row * size.X, size.X);
            var first = voxels.IndexOfAnyExcept((byte)0);
            if (first < 0) continue;
            var (y, z) = (row % size.Y, row / size.Y);
            (lowX, highX) = (Math.Min(lowX, first), Math.Max(highX, voxels.LastIndexOfAnyExcept((byte)0)));
            (lowY, highY) = (Math.Min(lowY, y), Math.Max(highY, y));
            (lowZ, highZ) = (Math.Min(lowZ, z), Math.Max(highZ, z));
        }

        return highX < 0 ? null : new Box3(lowX, lowY, lowZ, new(highX - lowX + 1, highY - lowY + 1, highZ - lowZ + 1));
    }

    /// <inheritdoc cref="Of(ReadOnlySpan{byte}, Size3)"/>
    public static Box3? Of(Volume<byte> mask)
    {
        ArgumentNullException.ThrowIfNull(mask);
        return Of(mask.Voxels, mask.Geometry.Size);
    }

    /// <summary>The smallest box that holds two others.</summary>
    public static Box3 Around(Box3 a, Box3 b)
    {
        var (x, y, z) = (Math.Min(a.X, b.X), Math.Min(a.Y, b.Y), Math.Min(a.Z, b.Z));
        return new(x, y, z, new(
            Math.Max(a.X + a.Size.X, b.X + b.Size.X) - x,
            Math.Max(a.Y + a.Size.Y, b.Y + b.Size.Y) - y,
            Math.Max(a.Z + a.Size.Z, b.Z + b.Size.Z) - z));
    }
}
