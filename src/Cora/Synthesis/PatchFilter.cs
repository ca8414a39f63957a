using System.Numerics;
using Cora.Imaging;

namespace Cora.Synthesis;

/// <summary>Filters of whole patches along each axis in turn. What lies beyond the border is mirrored (blur) or repeated (resolution).</summary>
internal static class PatchFilter
{
    private const double BlurReach = 3;

    /// <summary>Gaussian blur, weights to three standard deviations.</summary>
    public static void Blur(Span<float> values, Size3 size, Vec3 sigmaVoxels)
    {
        for (var axis = 0; axis < 3; axis++)
        {
            var length = size[axis];
            var kernel = Kernel(sigmaVoxels[axis], length - 1);
            var radius = kernel.Length / 2;
            AlongAxis(values, size, axis, length, (i, taps) =>
            {
                for (var k = -radius; k <= radius; k++) taps.Add((Mirrored(i + k, length), kernel[k + radius]));
            });
        }
    }

    /// <summary>Fewer voxels by nearest neighbour, and back by linear interpolation, voxel centres kept (torch's <c>nearest-exact</c> and corners not aligned).</summary>
    /// <param name="values">The patch, changed in place.</param>
    /// <param name="size">Its size.</param>
    /// <param name="zoom">Share of the voxels of an axis that are left; rounded to whole voxels, ties to even.</param>
    public static void LowerResolution(Span<float> values, Size3 size, double zoom)
    {
        for (var axis = 0; axis < 3; axis++)
        {
            var length = size[axis];
            var fewer = Math.Max(1, (int)Math.Round(length * zoom, MidpointRounding.ToEven));
            if (fewer == length) continue;
            int Kept(int coarse) => Math.Min((int)((coarse + 0.5) * length / fewer), length - 1);
            AlongAxis(values, size, axis, length, (i, taps) =>
            {
                var position = Math.Max((i + 0.5) * fewer / length - 0.5, 0);
                var low = (int)position;
                var share = (float)(position - low);
                taps.Add((Kept(low), 1 - share));
                taps.Add((Kept(Math.Min(low + 1, fewer - 1)), share));
            });
        }
    }

    private static float[] Kernel(double sigma, int mostRadius)
    {
        var radius = Math.Min((int)Math.Ceiling(BlurReach * sigma), mostRadius);
        var weights = Enumerable.Range(-radius, 2 * radius + 1).Select(k => Math.Exp(-0.5 * k * k / (sigma * sigma))).ToArray();
        var sum = weights.Sum();
        return [.. weights.Select(w => (float)(w / sum))];
    }

    private static int Mirrored(int i, int length) => i < 0 ? -i : i >= length ? 2 * (length - 1) - i : i;

    /// <summary>Replaces each voxel by a weighted sum of voxels of its line; all lines of an axis have the same weights.</summary>
    private static void AlongAxis(Span<float> values, Size3 size, int axis, int length, Action<int, List<(int From, float Weight)>> tapsOf)
    {
        var taps = Enumerable.Range(0, length).Select(i =>
        {
            var list = new List<(int, float)>();
            tapsOf(i, list);
            return list;
        }).ToArray();

        // Lines along x are short rows of their own; along y and z whole rows are added at a time.
        var stride = axis switch { 0 => 1, 1 => size.X, _ => size.X * size.Y };
        var block = stride * length;
        var work = new float[block];
        for (var start = 0; start < values.Length; start += block)
        {
            values.Slice(start, block).CopyTo(work);
            for (var i = 0; i < length; i++)
            {
                var to = values.Slice(start + i * stride, stride);
                to.Clear();
                foreach (var (from, weight) in taps[i]) AddScaled(work.AsSpan(from * stride, stride), weight, to);
            }
        }
    }

    private static void AddScaled(ReadOnlySpan<float> from, float weight, Span<float> to)
    {
        var i = 0;
        for (; i <= to.Length - Vector<float>.Count; i += Vector<float>.Count) (new Vector<float>(to[i..]) + new Vector<float>(from[i..]) * weight).CopyTo(to[i..]);
        for (; i < to.Length; i++) to[i] += from[i] * weight;
    }
}
