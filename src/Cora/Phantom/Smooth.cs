using System.Numerics;
using Cora.Imaging;

namespace Cora.Phantom;

/// <summary>Separable Gaussian smoothing of a volume in place, the edge voxels repeated outwards. Holds one volume of scratch memory.</summary>
internal sealed class Smooth(Size3 size)
{
    private readonly float[] scratch = new float[size.Count];

    /// <summary>Standard deviations in voxels along x, y, z; an axis of 0 stays as it is.</summary>
    public void Gaussian(float[] voxels, double sigmaX, double sigmaY, double sigmaZ)
    {
        if (sigmaX > 0) AlongX(voxels, Kernel(sigmaX));
        if (sigmaY > 0)
        {
            var slice = size.X * size.Y;
            for (var z = 0; z < size.Z; z++) AcrossRows(voxels, z * slice, size.X, size.X, size.Y, Kernel(sigmaY));
        }

        if (sigmaZ > 0) AcrossRows(voxels, 0, size.X * size.Y, size.X * size.Y, size.Z, Kernel(sigmaZ));
    }

    /// <summary>What the blur leaves of the standard deviation of white noise, along one axis: the root of the sum of squared weights.</summary>
    public static double NoiseGain(double sigma) => sigma > 0 ? Math.Sqrt(Kernel(sigma).Sum(w => (double)w * w)) : 1;

    private static float[] Kernel(double sigma)
    {
        var half = Math.Max(1, (int)Math.Ceiling(3.5 * sigma));
        var weights = new double[2 * half + 1];
        for (var i = 0; i < weights.Length; i++) weights[i] = Math.Exp(-0.5 * (i - half) * (i - half) / (sigma * sigma));
        var sum = weights.Sum();
        return [.. weights.Select(w => (float)(w / sum))];
    }

    private void AlongX(float[] voxels, float[] kernel)
    {
        var half = kernel.Length / 2;
        var padded = new float[size.X + 2 * half];
        for (var start = 0; start < voxels.Length; start += size.X)
        {
            var row = voxels.AsSpan(start, size.X);
            padded.AsSpan(0, half).Fill(row[0]);
            row.CopyTo(padded.AsSpan(half));
            padded.AsSpan(half + size.X).Fill(row[^1]);
            row.Clear();
            for (var k = 0; k < kernel.Length; k++) AddScaled(row, padded.AsSpan(k, size.X), kernel[k]);
        }
    }

    /// <summary>Mixes <paramref name="rows"/> rows of <paramref name="width"/> floats, <paramref name="stride"/> apart, with their neighbours.</summary>
    private void AcrossRows(float[] voxels, int start, int width, int stride, int rows, float[] kernel)
    {
        var half = kernel.Length / 2;
        var whole = scratch.AsSpan(start, stride * rows);
        voxels.AsSpan(start, whole.Length).CopyTo(whole);

        // Blocks that fit the nearest cache, whatever the width of a row.
        const int block = 1024;
        for (var from = 0; from < width; from += block)
        {
            var count = Math.Min(block, width - from);
            for (var row = 0; row < rows; row++)
            {
                var target = voxels.AsSpan(start + row * stride + from, count);
                target.Clear();
                for (var k = 0; k < kernel.Length; k++)
                {
                    var other = Math.Clamp(row + k - half, 0, rows - 1);
                    AddScaled(target, whole.Slice(other * stride + from, count), kernel[k]);
                }
            }
        }
    }

    private static void AddScaled(Span<float> target, ReadOnlySpan<float> source, float weight)
    {
        var i = 0;
        for (; i <= target.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            var sum = new Vector<float>(target[i..]) + weight * new Vector<float>(source[i..]);
            sum.CopyTo(target[i..]);
        }

        for (; i < target.Length; i++) target[i] += weight * source[i];
    }
}
