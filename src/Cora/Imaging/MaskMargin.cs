namespace Cora.Imaging;

/// <summary>Grows a mask by millimetres.</summary>
public static class MaskMargin
{
    /// <summary>
    /// Every voxel whose centre lies within <paramref name="marginMm"/> of the centre of a set voxel, as 0 and 1. Exact distances, found one axis after
    /// the other: along x the nearest set voxel of each row, then the lower envelope over y and over z (Felzenszwalb and Huttenlocher 2012).
    /// </summary>
    public static Volume<byte> Grown(Volume<byte> mask, double marginMm)
    {
        ArgumentNullException.ThrowIfNull(mask);
        var size = mask.Geometry.Size;
        var spacing = mask.Geometry.Spacing;
        var squared = new double[size.Count];
        for (var i = 0; i < squared.Length; i++) squared[i] = mask.Voxels[i] != 0 ? 0 : double.PositiveInfinity;
        long[] strides = [1, size.X, (long)size.X * size.Y];
        for (var axis = 0; axis < 3; axis++)
        {
            var length = size[axis];
            var (line, envelope) = (new double[length], new Envelope(length));
            for (long start = 0; start < squared.Length; start++)
            {
                if (start / strides[axis] % length != 0) continue;
                for (var i = 0; i < length; i++) line[i] = squared[start + i * strides[axis]];
                if (!envelope.Build(line, spacing[axis])) continue;
                for (var i = 0; i < length; i++) squared[start + i * strides[axis]] = envelope.At(i);
            }
        }

        // A hair more than the margin: a distance of exactly the margin counts as within.
        var most = marginMm * marginMm * (1 + 1e-9);
        var grown = new byte[squared.Length];
        for (var i = 0; i < grown.Length; i++) grown[i] = (byte)(squared[i] <= most ? 1 : 0);
        return new(mask.Geometry, grown);
    }

    /// <summary>The lowest of parabolas (x - i)^2 + f(i) at every sample of a line.</summary>
    private sealed class Envelope(int length)
    {
        private readonly int[] roots = new int[length];
        private readonly double[] from = new double[length + 1];
        private double[] values = [];
        private double step;
        private int count, at;

        /// <summary>Whether any sample of the line is finite.</summary>
        public bool Build(double[] line, double stepMm)
        {
            (values, step, count, at) = ([.. line], stepMm, 0, 0);
            for (var i = 0; i < line.Length; i++)
            {
                if (double.IsInfinity(line[i])) continue;
                while (count > 0)
                {
                    var meet = Meet(roots[count - 1], i);
                    if (meet > from[count - 1])
                    {
                        from[count] = meet;
                        break;
                    }

                    count--;
                }

                if (count == 0) from[0] = double.NegativeInfinity;
                roots[count++] = i;
            }

            return count > 0;
        }

        /// <summary>The lowest value at sample i; samples must be asked for in order.</summary>
        public double At(int i)
        {
            while (at + 1 < count && from[at + 1] < i) at++;
            var d = (i - roots[at]) * step;
            return d * d + values[roots[at]];
        }

        /// <summary>Where the parabola of root j comes below that of root i; in samples.</summary>
        private double Meet(int i, int j) => ((values[j] - values[i]) / (step * step) + (double)j * j - (double)i * i) / (2.0 * (j - i));
    }
}
