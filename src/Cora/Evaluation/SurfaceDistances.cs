using Cora.Imaging;

namespace Cora.Evaluation;

/// <summary>
/// Distances between the surfaces of two masks. The surface of a mask is the mask less its erosion with the 6-neighbour cross; outside of the volume is
/// background. A distance is from the centre of a surface voxel to the nearest centre of the other surface.
/// </summary>
/// <param name="FirstToSecond">For each surface voxel of the first mask, ascending.</param>
/// <param name="SecondToFirst">For each surface voxel of the second mask, ascending.</param>
public sealed record SurfaceDistances(double[] FirstToSecond, double[] SecondToFirst)
{
    private const string OneIsEmpty = "a mask is empty, so there is no surface to measure to";

    /// <summary>Whether both masks have a surface; otherwise every distance is NaN.</summary>
    public bool AreDefined => FirstToSecond.Length > 0 && SecondToFirst.Length > 0;

    /// <summary>Why nothing is defined; null when it is.</summary>
    public string? Reason => AreDefined ? null : OneIsEmpty;

    /// <summary>The mean of both directions' distances together: the mean surface distance (MONAI's symmetric form, CORA's default).</summary>
    public double Mean => AreDefined ? (FirstToSecond.Sum() + SecondToFirst.Sum()) / (FirstToSecond.Length + SecondToFirst.Length) : double.NaN;

    /// <summary>The mean of the two directed means.</summary>
    public double MeanOfMeans => AreDefined ? (MeanFirstToSecond + MeanSecondToFirst) / 2 : double.NaN;

    /// <summary>One-sided mean, from the first mask (the prediction) to the second.</summary>
    public double MeanFirstToSecond => AreDefined ? FirstToSecond.Average() : double.NaN;

    /// <summary>One-sided mean, from the second mask to the first.</summary>
    public double MeanSecondToFirst => AreDefined ? SecondToFirst.Average() : double.NaN;

    /// <summary>The larger of the two directed percentiles; 95 is the usual Hausdorff distance of medical images, 100 the plain one.</summary>
    public double Hausdorff(double percent) =>
        AreDefined ? Math.Max(Percentile.OfSorted(FirstToSecond, percent), Percentile.OfSorted(SecondToFirst, percent)) : double.NaN;

    /// <summary>The percentile of both directions' distances together, another convention.</summary>
    public double HausdorffPooled(double percent) => AreDefined ? Percentile.OfSorted([.. FirstToSecond.Concat(SecondToFirst).Order()], percent) : double.NaN;

    /// <summary>Measures two masks on one grid.</summary>
    /// <param name="first">The prediction; not 0 = set.</param>
    /// <param name="second">The reference.</param>
    /// <param name="spacing">Distance between centres along x, y, z: millimetres, or 1, 1, 1 to count in voxels.</param>
    /// <exception cref="ArgumentException">The sizes differ, or a spacing is not a finite number above 0.</exception>
    public static SurfaceDistances Between(Volume<byte> first, Volume<byte> second, Vec3 spacing)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        if (first.Geometry.Size != second.Geometry.Size) throw new ArgumentException($"Masks of {first.Geometry.Size} and {second.Geometry.Size} voxels.", nameof(second));
        for (var axis = 0; axis < 3; axis++)
            if (!(spacing[axis] > 0) || !double.IsFinite(spacing[axis])) throw new ArgumentException($"The spacing {spacing} is not finite and above 0.", nameof(spacing));
        if (Bounds.Of(first) is not { } a || Bounds.Of(second) is not { } b) return new([], []);

        // Nothing outside of both is nearer than something inside. The rim of background keeps the borders of the box from being taken for those of the volume.
        var box = Bounds.Around(a, b);
        var rim = new Box3(box.X - 1, box.Y - 1, box.Z - 1, new(box.Size.X + 2, box.Size.Y + 2, box.Size.Z + 2));
        var (one, two) = (SurfaceOf(Crop.To(first, rim)), SurfaceOf(Crop.To(second, rim)));
        return new(Distances(one, two, rim.Size, spacing), Distances(two, one, rim.Size, spacing));
    }

    /// <summary>Surface voxels of a mask, as 0 and 1.</summary>
    public static byte[] SurfaceOf(Volume<byte> mask)
    {
        ArgumentNullException.ThrowIfNull(mask);
        var size = mask.Geometry.Size;
        var voxels = mask.Voxels;
        var surface = new byte[voxels.Length];
        var (row, slice) = (size.X, size.X * size.Y);
        for (var z = 0; z < size.Z; z++)
        {
            for (var y = 0; y < size.Y; y++)
            {
                for (int x = 0, i = z * slice + y * row; x < size.X; x++, i++)
                {
                    if (voxels[i] == 0) continue;
                    var isInside = x > 0 && x < size.X - 1 && y > 0 && y < size.Y - 1 && z > 0 && z < size.Z - 1
                        && voxels[i - 1] != 0 && voxels[i + 1] != 0 && voxels[i - row] != 0 && voxels[i + row] != 0 && voxels[i - slice] != 0 && voxels[i + slice] != 0;
                    if (!isInside) surface[i] = 1;
                }
            }
        }

        return surface;
    }

    private static double[] Distances(byte[] from, byte[] to, Size3 size, Vec3 spacing)
    {
        var squared = DistanceTransform.SquaredToNearest(to, size, spacing);
        var distances = new List<double>();
        for (var i = 0; i < from.Length; i++) if (from[i] != 0) distances.Add(Math.Sqrt(squared[i]));
        distances.Sort();
        return [.. distances];
    }
}
