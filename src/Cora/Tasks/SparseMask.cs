using Cora.Imaging;

namespace Cora.Tasks;

/// <summary>The voxels of a mask as a sorted list of places in memory: arteries and lesions fill less than a hundredth of a scan.</summary>
public sealed class SparseMask
{
    private readonly int[] places;

    private SparseMask(Size3 size, int[] places) => (Size, this.places) = (size, places);

    /// <summary>Size of the volume.</summary>
    public Size3 Size { get; }

    /// <summary>Number of voxels.</summary>
    public int Count => places.Length;

    /// <summary>The voxels' places in memory, rising.</summary>
    public ReadOnlySpan<int> Places => places;

    /// <summary>The voxels of a label map that are meant.</summary>
    /// <param name="labels">The map, x fastest.</param>
    /// <param name="size">Its size; fewer than 2^31 voxels.</param>
    /// <param name="isMeant">Which labels count.</param>
    public static SparseMask Of(ReadOnlySpan<ushort> labels, Size3 size, Func<ushort, bool> isMeant)
    {
        ArgumentNullException.ThrowIfNull(isMeant);
        if (labels.Length != size.Count) throw new ArgumentException("The labels and their size do not agree.", nameof(labels));
        var found = new List<int>();
        for (var i = 0; i < labels.Length; i++)
        {
            if (labels[i] != 0 && isMeant(labels[i])) found.Add(i);
        }

        return new(size, [.. found]);
    }

    /// <summary>The index x, y, z of voxel <paramref name="i"/>.</summary>
    public Vec3 this[int i] => new(places[i] % Size.X, places[i] / Size.X % Size.Y, places[i] / (Size.X * Size.Y));

    /// <summary>Copies a box as 0 and 1, x fastest.</summary>
    /// <exception cref="ArgumentException">The box reaches outside, or the destination is too small.</exception>
    public void CopyBox(Box3 box, Span<byte> destination)
    {
        if (!box.IsWithin(Size)) throw new ArgumentException($"Box {box} reaches outside of {Size}.", nameof(box));
        destination = destination[..(int)box.Size.Count];
        destination.Clear();
        for (var z = 0; z < box.Size.Z; z++)
        {
            for (var y = 0; y < box.Size.Y; y++)
            {
                var begin = ((box.Z + z) * Size.Y + box.Y + y) * Size.X + box.X;
                var at = Array.BinarySearch(places, begin);
                for (var i = at < 0 ? ~at : at; i < places.Length && places[i] < begin + box.Size.X; i++)
                    destination[(z * box.Size.Y + y) * box.Size.X + places[i] - begin] = 1;
            }
        }
    }

    /// <summary>The whole mask.</summary>
    public Volume<byte> ToVolume(Geometry grid)
    {
        ArgumentNullException.ThrowIfNull(grid);
        var mask = MemoryRoom.Allocate<byte>("a mask", grid.Size);
        Array.Clear(mask);
        foreach (var place in places) mask[place] = 1;
        return new(grid, mask);
    }
}
