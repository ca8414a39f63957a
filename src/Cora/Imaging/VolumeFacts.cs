using System.Numerics;
using System.Runtime.InteropServices;

namespace Cora.Imaging;

/// <summary>What <c>cora inspect FILE</c> reports of a volume file. Statistics are of real values (slope and intercept applied).</summary>
public sealed record VolumeFacts
{
    /// <summary>Voxels along index x, y, z.</summary>
    public required int[] Shape { get; init; }

    /// <summary>Millimetres between voxel centres along index x, y, z.</summary>
    public required double[] SpacingMm { get; init; }

    /// <summary>Four rows of four: voxel index to RAS millimetres, as NIfTI has it.</summary>
    public required double[][] Affine { get; init; }

    /// <summary>The anatomical direction nearest to each index axis, for example "LPS".</summary>
    public required string Orientation { get; init; }

    /// <summary>NumPy's name of the stored type.</summary>
    public required string DataType { get; init; }

    /// <summary>Lowest finite value; null when there is none.</summary>
    public double? Minimum { get; init; }

    /// <summary>Highest finite value; null when there is none.</summary>
    public double? Maximum { get; init; }

    /// <summary>Mean of the finite values; null when there is none.</summary>
    public double? Mean { get; init; }

    /// <summary>Why minimum, maximum and mean are null.</summary>
    public string? Reason { get; init; }

    /// <summary>Voxels that are NaN.</summary>
    public required long NanCount { get; init; }

    /// <summary>Voxels that are plus or minus infinity.</summary>
    public required long InfiniteCount { get; init; }

    /// <summary>"NIfTI-1", "NIfTI-2", "NRRD" or "MetaImage".</summary>
    public required string Format { get; init; }

    /// <summary>How the voxels are packed: "raw", "gzip", "zlib" or "text".</summary>
    public required string Encoding { get; init; }

    /// <summary>"little" or "big".</summary>
    public required string ByteOrder { get; init; }

    /// <summary>Real value = slope * stored + intercept.</summary>
    public required double Slope { get; init; }

    /// <summary>See <see cref="Slope"/>.</summary>
    public required double Intercept { get; init; }

    /// <summary>What gave the affine: "sform", "qform", "pixdim" (NIfTI) or "header".</summary>
    public required string AffineFrom { get; init; }

    /// <summary>Header extensions (NIfTI).</summary>
    public required int Extensions { get; init; }

    /// <summary>Reads a file once, a piece at a time.</summary>
    internal static VolumeFacts Of(VolumeLayout layout)
    {
        var statistics = new Statistics();
        VolumeReader.ForEachPiece(layout, statistics.Take);
        var (linear, translation) = layout.Geometry.ToRasAffine();
        var (size, spacing) = (layout.Geometry.Size, layout.Geometry.Spacing);
        var hasValues = statistics.Count > 0;
        return new()
        {
            Shape = [size.X, size.Y, size.Z],
            SpacingMm = [spacing.X, spacing.Y, spacing.Z],
            Affine = [Row(linear.Row0, translation.X), Row(linear.Row1, translation.Y), Row(linear.Row2, translation.Z), [0, 0, 0, 1]],
            Orientation = layout.Geometry.Orientation,
            DataType = layout.Type.NumPyName(),
            Minimum = hasValues ? statistics.Minimum : null,
            Maximum = hasValues ? statistics.Maximum : null,
            Mean = hasValues ? statistics.Sum / statistics.Count : null,
            Reason = hasValues ? null : "no voxel is a finite number",
            NanCount = statistics.Nans,
            InfiniteCount = statistics.Infinities,
            Format = layout.Format,
            Encoding = layout.Encoding switch { DataEncoding.Raw => "raw", DataEncoding.Gzip => "gzip", DataEncoding.Zlib => "zlib", _ => "text" },
            ByteOrder = layout.IsBigEndian ? "big" : "little",
            Slope = layout.Slope,
            Intercept = layout.Intercept,
            AffineFrom = layout.Nifti?.AffineFrom switch { NiftiAffine.Sform => "sform", NiftiAffine.Qform => "qform", NiftiAffine.PixDim => "pixdim", _ => "header" },
            Extensions = layout.Nifti?.Extensions.Length ?? 0,
        };

        // Adding 0 turns the -0 of a flipped axis into 0.
        static double[] Row(Vec3 row, double last) => [row.X + 0.0, row.Y + 0.0, row.Z + 0.0, last + 0.0];
    }

    private sealed class Statistics
    {
        public double Minimum { get; private set; } = double.PositiveInfinity;

        public double Maximum { get; private set; } = double.NegativeInfinity;

        public double Sum { get; private set; }

        public long Count { get; private set; }

        public long Nans { get; private set; }

        public long Infinities { get; private set; }

        /// <summary>Sums piece by piece, so that rounding does not grow with the volume.</summary>
        public void Take(ReadOnlySpan<double> piece)
        {
            var vectors = MemoryMarshal.Cast<double, Vector<double>>(piece);
            var (low, high, sum) = (new Vector<double>(double.PositiveInfinity), new Vector<double>(double.NegativeInfinity), Vector<double>.Zero);
            foreach (var vector in vectors)
            {
                low = Vector.Min(low, vector);
                high = Vector.Max(high, vector);
                sum += vector;
            }

            var rest = piece[(vectors.Length * Vector<double>.Count)..];
            if (!double.IsFinite(Vector.Sum(sum)))
            {
                foreach (var value in piece) TakeOne(value);
                return;
            }

            for (var i = 0; i < Vector<double>.Count; i++)
            {
                Minimum = Math.Min(Minimum, low[i]);
                Maximum = Math.Max(Maximum, high[i]);
            }

            Sum += Vector.Sum(sum);
            Count += piece.Length - rest.Length;
            foreach (var value in rest) TakeOne(value);
        }

        private void TakeOne(double value)
        {
            if (double.IsNaN(value))
            {
                Nans++;
            }
            else if (double.IsInfinity(value))
            {
                Infinities++;
            }
            else
            {
                Minimum = Math.Min(Minimum, value);
                Maximum = Math.Max(Maximum, value);
                Sum += value;
                Count++;
            }
        }
    }
}
