namespace Cora.Imaging;

/// <summary>What <c>cora inspect</c> reports of a DICOM series, with the keys of every other volume.</summary>
public static class DicomFacts
{
    /// <summary>Reads the volume and counts.</summary>
    /// <exception cref="CoraException">A slice cannot be decoded, or memory does not suffice.</exception>
    public static VolumeFacts Of(DicomStack stack)
    {
        ArgumentNullException.ThrowIfNull(stack);
        var volume = DicomSeries.Read(stack);
        var (linear, translation) = volume.Geometry.ToRasAffine();
        var (size, spacing, syntax) = (volume.Geometry.Size, volume.Geometry.Spacing, stack.Traits.Syntax);
        var (low, high, sum) = (short.MaxValue, short.MinValue, 0L);
        foreach (var voxel in volume.Voxels)
        {
            low = Math.Min(low, voxel);
            high = Math.Max(high, voxel);
            sum += voxel;
        }

        return new()
        {
            Shape = [size.X, size.Y, size.Z],
            SpacingMm = [spacing.X, spacing.Y, spacing.Z],
            Affine = [Row(linear.Row0, translation.X), Row(linear.Row1, translation.Y), Row(linear.Row2, translation.Z), [0, 0, 0, 1]],
            Orientation = volume.Geometry.Orientation,
            DataType = "int16",
            Minimum = low,
            Maximum = high,
            Mean = sum / (double)volume.Voxels.Length,
            NanCount = 0,
            InfiniteCount = 0,
            Format = "DICOM",
            Encoding = syntax.Name,
            ByteOrder = syntax.IsBigEndian ? "big" : "little",
            Slope = stack.Slices[0].Rescale.Slope,
            Intercept = stack.Slices[0].Rescale.Intercept,
            AffineFrom = "header",
            Extensions = 0,
        };

        static double[] Row(Vec3 row, double last) => [row.X + 0.0, row.Y + 0.0, row.Z + 0.0, last + 0.0];
    }
}
