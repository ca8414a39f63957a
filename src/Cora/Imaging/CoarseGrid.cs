namespace Cora.Imaging;

/// <summary>A scan at a glance: a grid of coarse voxels along the patient's axes, each the mean of what it covers. For finding things, not for measuring them.</summary>
public static class CoarseGrid
{
    private const short Air = -1024;
    private const short HighestHu = 3071;
    private const int MostSamples = 4;

    /// <summary>A grid of isotropic voxels along LPS that covers the volume.</summary>
    public static Geometry Over(Geometry geometry, double spacingMm)
    {
        ArgumentNullException.ThrowIfNull(geometry);
        double[] low = [double.MaxValue, double.MaxValue, double.MaxValue], high = [double.MinValue, double.MinValue, double.MinValue];
        for (var corner = 0; corner < 8; corner++)
        {
            double At(int axis) => ((corner >> axis) & 1) == 0 ? -0.5 : geometry.Size[axis] - 0.5;          // voxels have an extent
            var point = geometry.ToPatient(new(At(0), At(1), At(2)));
            for (var axis = 0; axis < 3; axis++) (low[axis], high[axis]) = (Math.Min(low[axis], point[axis]), Math.Max(high[axis], point[axis]));
        }

        int Voxels(int axis) => Math.Max(1, (int)Math.Ceiling(Math.Round((high[axis] - low[axis]) / spacingMm, 6)));
        var half = spacingMm / 2;
        return Geometry.Isotropic(new(Voxels(0), Voxels(1), Voxels(2)), spacingMm, new(low[0] + half, low[1] + half, low[2] + half));
    }

    /// <summary>HU on that grid, clipped to -1024..3071 first; air where the volume has nothing.</summary>
    public static Volume<short> Of(Volume<short> scan, double spacingMm)
    {
        ArgumentNullException.ThrowIfNull(scan);
        var grid = Over(scan.Geometry, spacingMm);
        var (size, from) = (grid.Size, scan.Geometry.Size);
        int Samples(int axis) => Math.Clamp((int)Math.Round(spacingMm / scan.Geometry.Spacing[axis]), 1, MostSamples);
        var count = Math.Max(Samples(0), Math.Max(Samples(1), Samples(2)));
        var hu = new short[size.Count];
        Parallel.For(0, size.Z, z =>
        {
            for (var y = 0; y < size.Y; y++)
            {
                for (var x = 0; x < size.X; x++) hu[((long)z * size.Y + y) * size.X + x] = Mean(scan, from, grid, x, y, z, count);
            }
        });
        return new(grid, hu);
    }

    /// <summary>The mean of count³ nearest voxels within one coarse voxel; samples outside count as air.</summary>
    private static short Mean(Volume<short> scan, Size3 from, Geometry grid, int x, int y, int z, int count)
    {
        var sum = 0.0;
        for (var sample = 0; sample < count * count * count; sample++)
        {
            double Within(int i) => (i + 0.5) / count - 0.5;
            var index = scan.Geometry.ToIndex(grid.ToPatient(new(x + Within(sample % count), y + Within(sample / count % count), z + Within(sample / (count * count)))));
            var (i, j, k) = ((int)Math.Floor(index.X + 0.5), (int)Math.Floor(index.Y + 0.5), (int)Math.Floor(index.Z + 0.5));
            var isInside = i >= 0 && j >= 0 && k >= 0 && i < from.X && j < from.Y && k < from.Z;
            sum += isInside ? short.Clamp(scan[i, j, k], Air, HighestHu) : Air;
        }

        return (short)Math.Round(sum / (count * count * count));
    }
}
