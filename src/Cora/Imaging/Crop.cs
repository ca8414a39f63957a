namespace Cora.Imaging;

/// <summary>Cuts a box out of a volume, or lays room around it.</summary>
public static class Crop
{
    /// <summary>The voxels of a box. Where the box reaches outside, <paramref name="fill"/> stands: cropping and padding are one thing.</summary>
    /// <returns>A volume whose every voxel lies where it lay in the patient.</returns>
    /// <exception cref="CoraException">The result does not fit in memory (exit code 5).</exception>
    public static Volume<T> To<T>(IVoxels<T> voxels, Box3 box, T fill = default) where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(voxels);
        var size = voxels.Geometry.Size;
        var result = MemoryRoom.Allocate<T>("cropping", box.Size);
        var inside = box.Within(size);
        if (inside == box)
        {
            voxels.CopyBox(box, result);
            return new(voxels.Geometry.Crop(box), result);
        }

        Array.Fill(result, fill);
        if (inside.Size.Count > 0)
        {
            var part = new T[inside.Size.Count];
            voxels.CopyBox(inside, part);
            for (var z = 0; z < inside.Size.Z; z++)
            {
                for (var y = 0; y < inside.Size.Y; y++)
                {
                    var to = ((inside.Z - box.Z + z) * box.Size.Y + inside.Y - box.Y + y) * box.Size.X + inside.X - box.X;
                    part.AsSpan((z * inside.Size.Y + y) * inside.Size.X, inside.Size.X).CopyTo(result.AsSpan(to));
                }
            }
        }

        return new(voxels.Geometry.Crop(box), result);
    }

    /// <summary>The box grown evenly on both sides (the odd voxel at the far side) until each side is a multiple; a network with three halvings wants 8.</summary>
    public static Box3 GrownToMultiple(Box3 box, int multiple)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(multiple, 1);
        int More(int side) => (multiple - side % multiple) % multiple;
        var more = new Size3(More(box.Size.X), More(box.Size.Y), More(box.Size.Z));
        return new(box.X - more.X / 2, box.Y - more.Y / 2, box.Z - more.Z / 2, new(box.Size.X + more.X, box.Size.Y + more.Y, box.Size.Z + more.Z));
    }
}
