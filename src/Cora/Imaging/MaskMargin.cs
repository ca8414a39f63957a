namespace Cora.Imaging;

/// <summary>Grows a mask by millimetres.</summary>
public static class MaskMargin
{
    /// <summary>Every voxel whose centre lies within <paramref name="marginMm"/> of the centre of a set voxel, as 0 and 1.</summary>
    public static Volume<byte> Grown(Volume<byte> mask, double marginMm)
    {
        ArgumentNullException.ThrowIfNull(mask);
        var squared = DistanceTransform.SquaredToNearest(mask.Voxels, mask.Geometry.Size, mask.Geometry.Spacing);

        // A hair more than the margin: a distance of exactly the margin counts as within.
        var most = marginMm * marginMm * (1 + 1e-9);
        var grown = new byte[squared.Length];
        for (var i = 0; i < grown.Length; i++) grown[i] = (byte)(squared[i] <= most ? 1 : 0);
        return new(mask.Geometry, grown);
    }
}
