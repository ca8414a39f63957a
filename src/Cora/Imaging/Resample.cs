namespace Cora.Imaging;

/// <summary>What a sample gets that lies outside of the volume.</summary>
public enum Beyond
{
    /// <summary>The nearest voxel of the border, however far away (torch: border; what resampling to another spacing does).</summary>
    Border,

    /// <summary>The fill value, where the sample lies outside of every voxel: more than half a voxel from the outermost centres (SimpleITK).</summary>
    FillOutsideVoxels,

    /// <summary>The fill value, where the sample lies outside of the box of voxel centres (SciPy's and nibabel's "constant").</summary>
    FillOutsideCentres,
}

/// <summary>
/// Samples a volume on another grid by physical position. The result depends on both grids and nothing else: one thread or many give
/// the same bits. No smoothing is done before going to coarser voxels, as in SimpleITK, nibabel and torch.
/// </summary>
public static class Resample
{
    /// <summary>The same box at other spacing, in HU or any measured value; borders are replicated. See <see cref="Geometry.WithSpacing"/>.</summary>
    /// <inheritdoc cref="Linear{T}"/>
    public static Volume<T> ToSpacing<T>(Volume<T> volume, Vec3 spacingMm, int threads = 1) where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(volume);
        return Linear(volume, volume.Geometry.WithSpacing(spacingMm), Beyond.Border, default, threads);
    }

    /// <summary>Trilinear interpolation. short (HU) is rounded to the nearest whole number, ties to even.</summary>
    /// <param name="volume">short or float.</param>
    /// <param name="target">The grid to sample on; any orientation, oblique too.</param>
    /// <param name="beyond">What samples outside of the volume get.</param>
    /// <param name="fill">The value for those, unless the border is taken.</param>
    /// <param name="threads">Threads to use.</param>
    /// <exception cref="ArgumentException">T is neither short nor float.</exception>
    /// <exception cref="CoraException">The result does not fit in memory (exit code 5); nothing was allocated.</exception>
    public static Volume<T> Linear<T>(Volume<T> volume, Geometry target, Beyond beyond = Beyond.FillOutsideVoxels, T fill = default, int threads = 1)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(volume);
        ArgumentNullException.ThrowIfNull(target);
        if (typeof(T) != typeof(short) && typeof(T) != typeof(float)) throw new ArgumentException($"Only short and float are interpolated, not {typeof(T).Name}.", nameof(volume));
        return Sample(volume, target, beyond, fill, threads, LinearRows.Fill, LinearPoints.Fill);
    }

    /// <summary>The nearest voxel: for labels. A sample halfway takes the higher index.</summary>
    /// <inheritdoc cref="Linear{T}"/>
    public static Volume<T> Nearest<T>(Volume<T> volume, Geometry target, Beyond beyond = Beyond.FillOutsideVoxels, T fill = default, int threads = 1)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(volume);
        ArgumentNullException.ThrowIfNull(target);
        return Sample(volume, target, beyond, fill, threads, NearestRows.Fill, NearestPoints.Fill);
    }

    private delegate void FillAlongAxes<T>(Volume<T> volume, SampleAxis[] axes, T[] result, T fill, int threads) where T : unmanaged;

    private delegate void FillByPoint<T>(Volume<T> volume, SamplePoints points, T[] result, T fill, int threads) where T : unmanaged;

    private static Volume<T> Sample<T>(
        Volume<T> volume, Geometry target, Beyond beyond, T fill, int threads, FillAlongAxes<T> alongAxes, FillByPoint<T> byPoint) where T : unmanaged
    {
        if (volume.Geometry.Size.Count == 0) throw new ArgumentException("The volume has no voxels.", nameof(volume));
        var result = MemoryRoom.Allocate<T>("resampling", target.Size);

        // Grids whose axes run along each other, perhaps in another order, need only one table an axis: the usual case and the fast one.
        if (Reorient.AlignedWith(volume.Geometry, target) is { } order)
        {
            var turned = Reorient.Permute(volume, order);
            var (linear, offset) = IndexMap(turned.Geometry, target);
            alongAxes(
                turned, [.. Enumerable.Range(0, 3).Select(a => new SampleAxis(target.Size[a], linear[a, a], offset[a], turned.Geometry.Size[a], beyond))], result, fill, threads);
        }
        else
        {
            var (linear, offset) = IndexMap(volume.Geometry, target);
            byPoint(volume, new(target.Size, linear, offset, volume.Geometry.Size, beyond), result, fill, threads);
        }

        return new(target, result);
    }

    /// <summary>The map from an index of the target to a (fractional) index of the source.</summary>
    internal static (Mat3 Linear, Vec3 Offset) IndexMap(Geometry source, Geometry target)
    {
        var origin = source.ToIndex(target.Origin);
        Vec3 Step(int axis) => source.ToIndex(target.ToPatient(new(axis == 0 ? 1 : 0, axis == 1 ? 1 : 0, axis == 2 ? 1 : 0))) - origin;
        return (Mat3.FromColumns(Step(0), Step(1), Step(2)), origin);
    }
}
