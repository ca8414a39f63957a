using System.Runtime.CompilerServices;

namespace Cora.Imaging;

/// <summary>The nearest voxel on a grid along the volume's axes.</summary>
internal static class NearestRows
{
    public static void Fill<T>(Volume<T> volume, SampleAxis[] axes, T[] result, T fill, int threads) where T : unmanaged
    {
        var (x, y, z) = (axes[0], axes[1], axes[2]);
        var size = volume.Geometry.Size;
        Parallel.For(0, z.Samples, new ParallelOptions { MaxDegreeOfParallelism = threads }, k =>
        {
            for (var j = 0; j < y.Samples; j++)
            {
                var row = result.AsSpan((k * y.Samples + j) * x.Samples, x.Samples);
                row.Fill(fill);
                if (!z.Holds(k) || !y.Holds(j)) continue;
                var voxels = volume.Voxels.Slice((z.Nearest[k] * size.Y + y.Nearest[j]) * size.X, size.X);
                for (var i = x.From; i < x.To; i++) row[i] = voxels[x.Nearest[i]];
            }
        });
    }
}

/// <summary>The nearest voxel on an oblique grid, sample by sample.</summary>
internal static class NearestPoints
{
    public static void Fill<T>(Volume<T> volume, SamplePoints points, T[] result, T fill, int threads) where T : unmanaged
    {
        var size = points.Voxels;
        ByRow.Of(points, result, fill, threads, index =>
        {
            static int At(double i, int voxels) => (int)Math.Clamp(Math.Floor(i + 0.5), 0, voxels - 1);
            return volume.Voxels[(At(index.Z, size.Z) * size.Y + At(index.Y, size.Y)) * size.X + At(index.X, size.X)];
        });
    }
}

/// <summary>Trilinear interpolation on an oblique grid, sample by sample.</summary>
internal static class LinearPoints
{
    public static void Fill<T>(Volume<T> volume, SamplePoints points, T[] result, T fill, int threads) where T : unmanaged
    {
        var size = points.Voxels;
        ByRow.Of(points, result, fill, threads, index =>
        {
            var x = new Between(index.X, size.X);
            var y = new Between(index.Y, size.Y);
            var z = new Between(index.Z, size.Z);
            var voxels = volume.Voxels;
            float Row(int j, int k)
            {
                var start = (k * size.Y + j) * size.X;
                var a = Value(volume.Voxels[start + x.Lower]);
                return a + x.Share * (Value(volume.Voxels[start + x.Upper]) - a);
            }

            float Slice(int k)
            {
                var a = Row(y.Lower, k);
                return a + y.Share * (Row(y.Upper, k) - a);
            }

            var low = Slice(z.Lower);
            return Rounded<T>(low + z.Share * (Slice(z.Upper) - low));
        });
    }

    private readonly struct Between
    {
        public Between(double index, int voxels)
        {
            var within = Math.Clamp(index, 0, voxels - 1);
            Lower = Math.Max(0, Math.Min((int)within, voxels - 2));
            Upper = Math.Min(Lower + 1, voxels - 1);
            Share = (float)(within - Lower);
        }

        public int Lower { get; }

        public int Upper { get; }

        public float Share { get; }
    }

    private static float Value<T>(T voxel) => typeof(T) == typeof(short) ? Unsafe.As<T, short>(ref voxel) : Unsafe.As<T, float>(ref voxel);

    private static T Rounded<T>(float value) where T : unmanaged
    {
        if (typeof(T) == typeof(float)) return Unsafe.As<float, T>(ref value);
        var hu = (short)MathF.Round(value);
        return Unsafe.As<short, T>(ref hu);
    }
}

/// <summary>The loop that the oblique samplers share.</summary>
internal static class ByRow
{
    public static void Of<T>(SamplePoints points, T[] result, T fill, int threads, Func<Vec3, T> sample)
    {
        var size = points.Samples;
        Parallel.For(0, size.Z, new ParallelOptions { MaxDegreeOfParallelism = threads }, k =>
        {
            for (var j = 0; j < size.Y; j++)
            {
                var at = ((long)k * size.Y + j) * size.X;
                for (var i = 0; i < size.X; i++)
                {
                    var index = points.At(i, j, k);
                    result[at + i] = points.IsInside(index) ? sample(index) : fill;
                }
            }
        });
    }
}
