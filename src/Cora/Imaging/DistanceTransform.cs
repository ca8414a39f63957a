namespace Cora.Imaging;

/// <summary>The exact Euclidean distance to the nearest voxel of a set.</summary>
/// <remarks>
/// Separable: along x by counting, along y and z as the lower envelope of parabolas (Felzenszwalb and Huttenlocher, Distance transforms of sampled
/// functions, 2012). The time is linear in the number of voxels, whatever the set.
/// </remarks>
public static class DistanceTransform
{
    /// <summary>Columns worked on together, so that a cache line that is fetched is used whole.</summary>
    private const int Block = 16;

    /// <summary>The squared distance of each voxel's centre to that of the nearest voxel that is not 0; plus infinity everywhere when there is none.</summary>
    /// <param name="set">x fastest; not 0 = in the set, where the distance is 0.</param>
    /// <param name="size">Voxels along x, y, z.</param>
    /// <param name="spacing">Distance between centres along x, y, z: millimetres, or 1, 1, 1 to count in voxels.</param>
    /// <returns>Squares of the spacing's unit, x fastest.</returns>
    /// <exception cref="ArgumentException">The length does not fit the size, or a spacing is not a finite number above 0.</exception>
    public static double[] SquaredToNearest(ReadOnlySpan<byte> set, Size3 size, Vec3 spacing)
    {
        if (set.Length != size.Count) throw new ArgumentException($"{set.Length} voxels given for a grid of {size}.", nameof(set));
        for (var axis = 0; axis < 3; axis++)
        {
            if (!(spacing[axis] > 0) || !double.IsFinite(spacing[axis])) throw new ArgumentException($"The spacing {spacing} is not finite and above 0.", nameof(spacing));
        }

        var squared = GC.AllocateUninitializedArray<double>(set.Length);
        for (var from = 0; from < set.Length; from += size.X) AlongRow(set.Slice(from, size.X), squared.AsSpan(from, size.X), spacing.X);
        var plane = size.X * size.Y;
        if (size.Y > 1)
        {
            var envelope = new Envelope(size.Y, spacing.Y);
            for (var z = 0; z < size.Z; z++) AlongColumns(squared, z * plane, size.X, size.X, envelope);
        }

        if (size.Z > 1)
        {
            var envelope = new Envelope(size.Z, spacing.Z);
            for (var y = 0; y < size.Y; y++) AlongColumns(squared, y * size.X, size.X, plane, envelope);
        }

        return squared;
    }

    private static void AlongRow(ReadOnlySpan<byte> set, Span<double> squared, double step)
    {
        if (set.IndexOfAnyExcept((byte)0) < 0)
        {
            squared.Fill(double.PositiveInfinity);
            return;
        }

        var distance = double.PositiveInfinity;
        for (var x = 0; x < set.Length; x++)
        {
            distance = set[x] != 0 ? 0 : distance + 1;
            squared[x] = distance;
        }

        distance = double.PositiveInfinity;
        for (var x = set.Length - 1; x >= 0; x--)
        {
            distance = set[x] != 0 ? 0 : distance + 1;
            var nearest = Math.Min(distance, squared[x]) * step;
            squared[x] = nearest * nearest;
        }
    }

    /// <summary>Treats the columns that begin at <paramref name="from"/> and the voxels after it along x.</summary>
    private static void AlongColumns(double[] squared, int from, int columns, int stride, Envelope envelope)
    {
        var length = envelope.Length;
        Span<double> gathered = new double[Block * length];
        for (var first = 0; first < columns; first += Block)
        {
            var width = Math.Min(Block, columns - first);
            for (var i = 0; i < length; i++)
            {
                var row = squared.AsSpan(from + first + i * stride, width);
                for (var c = 0; c < row.Length; c++) gathered[c * length + i] = row[c];
            }

            for (var c = 0; c < width; c++) envelope.Replace(gathered.Slice(c * length, length));
            for (var i = 0; i < length; i++)
            {
                var row = squared.AsSpan(from + first + i * stride, width);
                for (var c = 0; c < row.Length; c++) row[c] = gathered[c * length + i];
            }
        }
    }

    /// <summary>The lower envelope of the parabolas that stand on a line's values, one a sample.</summary>
    private sealed class Envelope(int length, double step)
    {
        private readonly double squareStep = step * step;
        private readonly int[] samples = new int[length];
        private readonly double[] heights = new double[length];
        private readonly double[] begins = new double[length + 1];

        public int Length => length;

        /// <summary>Replaces each value by the lowest of all parabolas there.</summary>
        public void Replace(Span<double> line)
        {
            var count = Build(line);
            if (count == 0) return;
            begins[count] = double.PositiveInfinity;
            for (int x = 0, k = 0; x < line.Length; x++)
            {
                while (begins[k + 1] < x) k++;
                var distance = x - samples[k];
                line[x] = squareStep * ((double)distance * distance) + heights[k];
            }
        }

        /// <summary>Finds the parabolas of the envelope and where each begins to be the lowest; samples at infinity have none.</summary>
        private int Build(ReadOnlySpan<double> line)
        {
            var count = 0;
            for (var x = 0; x < line.Length; x++)
            {
                if (double.IsPositiveInfinity(line[x])) continue;
                var begin = double.NegativeInfinity;
                for (; count > 0; count--)
                {
                    begin = Crossing(samples[count - 1], heights[count - 1], x, line[x]);
                    if (begin > begins[count - 1]) break;
                    begin = double.NegativeInfinity;
                }

                (samples[count], heights[count], begins[count]) = (x, line[x], begin);
                count++;
            }

            return count;
        }

        /// <summary>Where the parabola of the later sample falls below that of the earlier one.</summary>
        private double Crossing(int a, double heightA, int b, double heightB) => 0.5 * (a + b + (heightB - heightA) / (squareStep * (b - a)));
    }
}
