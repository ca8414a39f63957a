using Cora.Imaging;

namespace Cora.Reporting;

/// <summary>The three planes in which a radiologist looks at a scan.</summary>
public enum Plane
{
    /// <summary>From below: the patient's right is at the viewer's left, the front at the top.</summary>
    Axial,

    /// <summary>From the front: the patient's right is at the viewer's left, the head at the top.</summary>
    Coronal,

    /// <summary>From the left side: the front is at the viewer's left, the head at the top.</summary>
    Sagittal,
}

/// <summary>A picture of voxels: rows from the top, each from the left.</summary>
/// <param name="Width">Voxels from left to right.</param>
/// <param name="Height">Voxels from top to bottom.</param>
/// <param name="MmWide">Millimetres a voxel from left to right.</param>
/// <param name="MmHigh">Millimetres a voxel from top to bottom.</param>
/// <param name="Values">Row by row.</param>
public sealed record Slice<T>(int Width, int Height, double MmWide, double MmHigh, T[] Values) where T : unmanaged
{
    /// <summary>The value of a column and row.</summary>
    public T this[int column, int row] => Values[row * Width + column];

    /// <summary>Some columns and rows of it, which must lie within.</summary>
    public Slice<T> Part(int column, int row, int columns, int rows) =>
        new(columns, rows, MmWide, MmHigh, [.. Enumerable.Range(row, rows).SelectMany(r => Values.AsSpan(r * Width + column, columns).ToArray())]);
}

/// <summary>Cuts and projects volumes whose axes run LPS (left, back, head); <see cref="Reorient.To{T}"/> lays any volume so.</summary>
public static class Slices
{
    /// <summary>The letters that index x, y, z of a volume must run to.</summary>
    public const string Letters = "LPS";

    /// <summary>The gray of every picture of a scan: wide enough for calcium, narrow enough for fat.</summary>
    internal static readonly HuWindow Viewing = new(-200, 800);

    /// <summary>The three planes in the order of a sheet.</summary>
    public static IReadOnlyList<Plane> Planes { get; } = [Plane.Axial, Plane.Coronal, Plane.Sagittal];

    /// <summary>A plane's name below a picture.</summary>
    public static string Name(Plane plane) => plane switch { Plane.Axial => "axial", Plane.Coronal => "coronal", _ => "sagittal" };

    /// <summary>One slice.</summary>
    /// <param name="volume">Axes LPS.</param>
    /// <param name="plane">Which plane.</param>
    /// <param name="index">Voxel along the axis across the plane: z, y or x.</param>
    public static Slice<T> Cut<T>(Volume<T> volume, Plane plane, int index) where T : unmanaged =>
        Of(volume, plane, (x, y, z) => plane switch { Plane.Axial => volume[x, y, index], Plane.Coronal => volume[x, index, z], _ => volume[index, y, z] });

    /// <summary>The highest value across the plane, within a run of slices: a maximum intensity projection.</summary>
    public static Slice<T> Highest<T>(Volume<T> volume, Plane plane, int from, int count) where T : unmanaged, IComparable<T> =>
        Of(volume, plane, (x, y, z) =>
        {
            T Value(int i) => plane switch { Plane.Axial => volume[x, y, i], Plane.Coronal => volume[x, i, z], _ => volume[i, y, z] };
            var highest = Value(from);
            for (var i = from + 1; i < from + count; i++)
            {
                var value = Value(i);
                if (value.CompareTo(highest) > 0) highest = value;
            }

            return highest;
        });

    /// <summary>The axis across a plane: 2, 1 or 0.</summary>
    public static int AxisAcross(Plane plane) => plane switch { Plane.Axial => 2, Plane.Coronal => 1, _ => 0 };

    private static Slice<T> Of<T>(Volume<T> volume, Plane plane, Func<int, int, int, T> at) where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(volume);
        var letters = volume.Geometry.Orientation;
        if (letters != Letters) throw new ArgumentException($"The volume's axes run {letters}, expected {Letters}.", nameof(volume));
        var (size, mm) = (volume.Geometry.Size, volume.Geometry.Spacing);
        var (width, height) = plane switch { Plane.Axial => (size.X, size.Y), Plane.Coronal => (size.X, size.Z), _ => (size.Y, size.Z) };
        var values = new T[width * height];
        for (var row = 0; row < height; row++)
        {
            for (var column = 0; column < width; column++)
            {
                values[row * width + column] = plane switch
                {
                    Plane.Axial => at(column, row, 0),
                    Plane.Coronal => at(column, 0, height - 1 - row),          // the head is at the top
                    _ => at(0, column, height - 1 - row),
                };
            }
        }

        return new(width, height, plane == Plane.Sagittal ? mm.Y : mm.X, plane == Plane.Axial ? mm.Y : mm.Z, values);
    }
}
