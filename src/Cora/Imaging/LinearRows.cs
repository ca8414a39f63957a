using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Cora.Imaging;

/// <summary>
/// Trilinear interpolation on a grid along the volume's axes, one axis after the other: two slices become one, two rows of it become one,
/// and the row is sampled. Every voxel of a slice is read once, in memory order, in whole vectors.
/// </summary>
internal static class LinearRows
{
    public static void Fill<T>(Volume<T> volume, SampleAxis[] axes, T[] result, T fill, int threads) where T : unmanaged
    {
        var (x, y, z) = (axes[0], axes[1], axes[2]);
        var size = volume.Geometry.Size;
        var sliceVoxels = size.X * size.Y;
        var options = new ParallelOptions { MaxDegreeOfParallelism = threads };
        Parallel.For(0, z.Samples, options, () => new Buffers(size, x.Samples), (k, _, buffers) =>
        {
            var slice = result.AsSpan(k * y.Samples * x.Samples, y.Samples * x.Samples);
            if (!z.Holds(k) || x.From >= x.To)
            {
                slice.Fill(fill);
                return buffers;
            }

            Blend(Slice(volume, z.Lower[k], sliceVoxels), Slice(volume, z.Upper[k], sliceVoxels), z.UpperShare[k], buffers.Slice);
            for (var j = 0; j < y.Samples; j++)
            {
                var row = slice.Slice(j * x.Samples, x.Samples);
                if (!y.Holds(j))
                {
                    row.Fill(fill);
                    continue;
                }

                Blend<float>(buffers.Slice.AsSpan(y.Lower[j] * size.X, size.X), buffers.Slice.AsSpan(y.Upper[j] * size.X, size.X), y.UpperShare[j], buffers.Row);
                Along(buffers.Row, x, buffers.Sampled);
                Store(buffers.Sampled, row);
                row[..x.From].Fill(fill);
                row[x.To..].Fill(fill);
            }

            return buffers;
        }, static _ => { });
    }

    private sealed class Buffers(Size3 size, int samples)
    {
        public float[] Slice { get; } = new float[size.X * size.Y];

        public float[] Row { get; } = new float[size.X];

        public float[] Sampled { get; } = new float[samples];
    }

    private static ReadOnlySpan<T> Slice<T>(Volume<T> volume, int z, int voxels) where T : unmanaged => volume.Voxels.Slice(z * voxels, voxels);

    /// <summary>lower + share * (upper - lower), voxel by voxel.</summary>
    private static void Blend<T>(ReadOnlySpan<T> lower, ReadOnlySpan<T> upper, float share, Span<float> to) where T : unmanaged
    {
        if (typeof(T) == typeof(short)) BlendShorts(MemoryMarshal.Cast<T, short>(lower), MemoryMarshal.Cast<T, short>(upper), share, to);
        else BlendSingles(MemoryMarshal.Cast<T, float>(lower), MemoryMarshal.Cast<T, float>(upper), share, to);
    }

    private static void BlendSingles(ReadOnlySpan<float> lower, ReadOnlySpan<float> upper, float share, Span<float> to)
    {
        var i = 0;
        var shares = new Vector<float>(share);
        for (; i <= to.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            var a = new Vector<float>(lower[i..]);
            (a + shares * (new Vector<float>(upper[i..]) - a)).CopyTo(to[i..]);
        }

        for (; i < to.Length; i++) to[i] = lower[i] + share * (upper[i] - lower[i]);
    }

    private static void BlendShorts(ReadOnlySpan<short> lower, ReadOnlySpan<short> upper, float share, Span<float> to)
    {
        var i = 0;
        var shares = new Vector<float>(share);
        for (; i <= to.Length - Vector<short>.Count; i += Vector<short>.Count)
        {
            Vector.Widen(new Vector<short>(lower[i..]), out var a0, out var a1);
            Vector.Widen(new Vector<short>(upper[i..]), out var b0, out var b1);
            (Vector.ConvertToSingle(a0) + shares * Vector.ConvertToSingle(b0 - a0)).CopyTo(to[i..]);
            (Vector.ConvertToSingle(a1) + shares * Vector.ConvertToSingle(b1 - a1)).CopyTo(to[(i + Vector<float>.Count)..]);
        }

        for (; i < to.Length; i++) to[i] = lower[i] + share * (upper[i] - lower[i]);
    }

    /// <summary>Samples a row: neighbours are fetched eight at a time where the processor can.</summary>
    private static unsafe void Along(float[] row, SampleAxis axis, float[] to)
    {
        var i = 0;
        if (Avx2.IsSupported)
        {
            fixed (float* voxels = row, shares = axis.UpperShare, sampled = to)
            fixed (int* lower = axis.Lower, upper = axis.Upper)
            {
                for (; i <= to.Length - 8; i += 8)
                {
                    var a = Avx2.GatherVector256(voxels, Vector256.Load(lower + i), 4);
                    var b = Avx2.GatherVector256(voxels, Vector256.Load(upper + i), 4);
                    (a + Vector256.Load(shares + i) * (b - a)).Store(sampled + i);
                }
            }
        }

        for (; i < to.Length; i++)
        {
            var a = row[axis.Lower[i]];
            to[i] = a + axis.UpperShare[i] * (row[axis.Upper[i]] - a);
        }
    }

    /// <summary>Rounds to the type of the voxels; a mean of shorts is within their range.</summary>
    private static void Store<T>(ReadOnlySpan<float> from, Span<T> to) where T : unmanaged
    {
        if (typeof(T) == typeof(float))
        {
            from.CopyTo(MemoryMarshal.Cast<T, float>(to));
            return;
        }

        var hu = MemoryMarshal.Cast<T, short>(to);
        var i = 0;
        for (; i <= hu.Length - Vector<short>.Count; i += Vector<short>.Count)
        {
            var a = Vector.ConvertToInt32(Vector.Round(new Vector<float>(from[i..])));
            var b = Vector.ConvertToInt32(Vector.Round(new Vector<float>(from[(i + Vector<float>.Count)..])));
            Vector.Narrow(a, b).CopyTo(hu[i..]);
        }

        for (; i < hu.Length; i++) hu[i] = (short)MathF.Round(from[i]);
    }
}
