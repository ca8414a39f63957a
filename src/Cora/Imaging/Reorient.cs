namespace Cora.Imaging;

/// <summary>Lays a volume's index axes in another order or direction. Voxels are moved, never interpolated; every voxel stays where it is in the patient.</summary>
public static class Reorient
{
    /// <summary>One index axis of the result: the source's axis it runs along, and whether backwards.</summary>
    public readonly record struct Axis(int Source, bool IsReversed);

    /// <summary>The volume with axes nearest to the letters, for example "RAS" or "LPS"; an oblique grid stays oblique.</summary>
    /// <param name="volume">Any volume.</param>
    /// <param name="letters">Three of R/L, A/P, S/I, one of each pair: where index x, y, z run to.</param>
    /// <exception cref="CoraException">The letters are not an orientation.</exception>
    public static Volume<T> To<T>(Volume<T> volume, string letters) where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(volume);
        return Permute(volume, AxesTo(volume.Geometry, letters));
    }

    /// <summary>The axes of the result in terms of the volume's own.</summary>
    /// <inheritdoc cref="To{T}"/>
    public static Axis[] AxesTo(Geometry geometry, string letters)
    {
        ArgumentNullException.ThrowIfNull(letters);
        var wanted = letters.ToUpperInvariant().Select(c => (Patient: "LPSRAI".IndexOf(c, StringComparison.Ordinal) % 3, Positive: "LPS".Contains(c))).ToArray();
        if (wanted.Length != 3 || wanted.Any(w => w.Patient < 0) || wanted.Select(w => w.Patient).Distinct().Count() != 3)
            throw new CoraException($"\"{letters}\" is no orientation: expected three letters, one of R or L, one of A or P, one of S or I.", "Write it like RAS or LPS.", ExitCode.Usage);
        var present = Orientations.ClosestAxes(geometry);
        return [.. wanted.Select(w =>
        {
            var source = Array.FindIndex(present, p => p.Patient == w.Patient);
            return new Axis(source, present[source].Positive != w.Positive);
        })];
    }

    /// <summary>The source axis that each axis of the target runs along; null when some axis runs between two.</summary>
    internal static Axis[]? AlignedWith(Geometry source, Geometry target)
    {
        var (linear, _) = Resample.IndexMap(source, target);
        var axes = new Axis[3];
        for (var axis = 0; axis < 3; axis++)
        {
            var column = linear.Column(axis);
            var along = Enumerable.Range(0, 3).MaxBy(a => Math.Abs(column[a]));

            // Across a thousand voxels, less than a hundred-thousandth of one.
            if (Enumerable.Range(0, 3).Any(a => a != along && Math.Abs(column[a]) > 1e-8)) return null;
            axes[axis] = new(along, column[along] < 0);
        }

        return axes.Select(a => a.Source).Distinct().Count() == 3 ? axes : null;
    }

    /// <summary>The volume with the given axes; the very same volume when nothing changes.</summary>
    internal static Volume<T> Permute<T>(Volume<T> volume, Axis[] axes) where T : unmanaged
    {
        var from = volume.Geometry;
        if (axes.Select((a, i) => a == new Axis(i, false)).All(same => same)) return volume;

        var size = new Size3(from.Size[axes[0].Source], from.Size[axes[1].Source], from.Size[axes[2].Source]);
        Vec3 Step(Axis a) => (a.IsReversed ? -1 : 1) * from.Direction.Column(a.Source);
        double First(int source) => axes.Single(a => a.Source == source) is { IsReversed: true } ? from.Size[source] - 1 : 0;
        var first = new Vec3(First(0), First(1), First(2));
        var geometry = new Geometry(
            size, new(from.Spacing[axes[0].Source], from.Spacing[axes[1].Source], from.Spacing[axes[2].Source]),
            from.ToPatient(first), Mat3.FromColumns(Step(axes[0]), Step(axes[1]), Step(axes[2])));

        long[] strides = [1, from.Size.X, (long)from.Size.X * from.Size.Y];
        long Stride(int axis) => (axes[axis].IsReversed ? -1 : 1) * strides[axes[axis].Source];
        var (stepX, stepY, stepZ) = (Stride(0), Stride(1), Stride(2));
        var start = (long)first.X * strides[0] + (long)first.Y * strides[1] + (long)first.Z * strides[2];
        var result = MemoryRoom.Allocate<T>("reorienting", size);
        var voxels = volume.Voxels;
        var to = 0;
        for (var z = 0; z < size.Z; z++)
        {
            for (var y = 0; y < size.Y; y++)
            {
                var at = start + z * stepZ + y * stepY;
                for (var x = 0; x < size.X; x++, at += stepX) result[to++] = voxels[(int)at];
            }
        }

        return new(geometry, result);
    }
}
