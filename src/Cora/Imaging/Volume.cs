namespace Cora.Imaging;

/// <summary>Voxels that can be read by the box: a volume in memory, or a file of which only the box's pages are touched.</summary>
public interface IVoxels<T> where T : unmanaged
{
    /// <summary>Where the voxels lie.</summary>
    Geometry Geometry { get; }

    /// <summary>Copies a box that lies within the volume, x fastest. Safe to call from several threads.</summary>
    /// <exception cref="ArgumentException">The box reaches outside, or the destination is too small.</exception>
    void CopyBox(Box3 box, Span<T> destination);
}

/// <summary>Voxels with a place in the world: short = HU, byte = labels, float = responses. Memory order z, y, x (x fastest).</summary>
public sealed class Volume<T> : IVoxels<T> where T : unmanaged
{
    private readonly T[] voxels;

    /// <summary>A volume over an array that the caller gives away: nobody else may change it afterwards.</summary>
    /// <exception cref="ArgumentException">The array's length is not the geometry's count.</exception>
    public Volume(Geometry geometry, T[] voxels)
    {
        ArgumentNullException.ThrowIfNull(geometry);
        ArgumentNullException.ThrowIfNull(voxels);
        if (voxels.LongLength != geometry.Size.Count)
            throw new ArgumentException($"{voxels.LongLength} voxels given for a grid of {geometry.Size}.", nameof(voxels));
        Geometry = geometry;
        this.voxels = voxels;
    }

    /// <inheritdoc/>
    public Geometry Geometry { get; }

    /// <summary>All voxels, x fastest.</summary>
    public ReadOnlySpan<T> Voxels => voxels;

    /// <summary>All voxels as memory, for code that hands them to other threads.</summary>
    public ReadOnlyMemory<T> Memory => voxels;

    /// <summary>The voxel at index x, y, z.</summary>
    public T this[int x, int y, int z] => voxels[((long)z * Geometry.Size.Y + y) * Geometry.Size.X + x];

    /// <inheritdoc/>
    public void CopyBox(Box3 box, Span<T> destination)
    {
        var size = Geometry.Size;
        if (!box.IsWithin(size)) throw new ArgumentException($"Box {box} reaches outside of {size}.", nameof(box));
        for (var z = 0; z < box.Size.Z; z++)
        {
            for (var y = 0; y < box.Size.Y; y++)
            {
                var from = ((long)(box.Z + z) * size.Y + box.Y + y) * size.X + box.X;
                voxels.AsSpan((int)from, box.Size.X).CopyTo(destination[((z * box.Size.Y + y) * box.Size.X)..]);
            }
        }
    }

    /// <summary>A new volume on the same grid, voxel by voxel.</summary>
    public Volume<TResult> Select<TResult>(Func<T, TResult> map) where TResult : unmanaged
    {
        ArgumentNullException.ThrowIfNull(map);
        var result = new TResult[voxels.Length];
        for (var i = 0; i < result.Length; i++) result[i] = map(voxels[i]);
        return new(Geometry, result);
    }
}
