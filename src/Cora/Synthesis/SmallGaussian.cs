using Cora.Imaging;

namespace Cora.Synthesis;

/// <summary>Gaussian blur of a small box, three one-dimensional passes; outside of the box there is nothing (0).</summary>
internal static class SmallGaussian
{
    /// <summary>Blurs the first voxels of <paramref name="values"/> in place; <paramref name="work"/> is as large.</summary>
    public static void Blur(float[] values, float[] work, Size3 size, double sigma)
    {
        var kernel = Kernel(sigma);
        Pass(values, work, size, kernel, 1, size.X);
        Pass(work, values, size, kernel, size.X, size.Y);
        Pass(values, work, size, kernel, size.X * size.Y, size.Z);
        work.AsSpan(0, (int)size.Count).CopyTo(values);
    }

    /// <summary>Standard deviation of unit white noise after the blur, far from the border.</summary>
    public static double NoiseGain(double sigma)
    {
        var squares = Kernel(sigma).Sum(k => (double)k * k);
        return Math.Pow(squares, 1.5);
    }

    /// <summary>Weights to three standard deviations, summing to 1.</summary>
    private static float[] Kernel(double sigma)
    {
        var radius = (int)Math.Ceiling(3 * sigma);
        var kernel = new double[2 * radius + 1];
        for (var i = 0; i < kernel.Length; i++) kernel[i] = Math.Exp(-0.5 * (i - radius) * (i - radius) / (sigma * sigma));
        var sum = kernel.Sum();
        return Array.ConvertAll(kernel, k => (float)(k / sum));
    }

    private static void Pass(float[] from, float[] to, Size3 size, float[] kernel, int stride, int length)
    {
        var radius = kernel.Length / 2;
        var count = (int)size.Count;
        for (var i = 0; i < count; i++)
        {
            var position = i / stride % length;
            var sum = 0f;
            for (var k = Math.Max(-radius, -position); k <= Math.Min(radius, length - 1 - position); k++) sum += kernel[k + radius] * from[i + k * stride];
            to[i] = sum;
        }
    }
}
