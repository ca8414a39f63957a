using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Cora.Imaging;

/// <summary>How many stored values a volume of whole numbers cannot hold.</summary>
/// <param name="NonFinite">NaN or infinite values.</param>
/// <param name="NotWhole">For labels: fractions, or numbers out of the type's range.</param>
internal readonly record struct Misfits(long NonFinite, long NotWhole)
{
    public static Misfits operator +(Misfits a, Misfits b) => new(a.NonFinite + b.NonFinite, a.NotWhole + b.NotWhole);
}

/// <summary>
/// From bytes as a file stores them to voxels: byte order, slope * stored + intercept in double precision, then the voxel's type.
/// </summary>
/// <remarks>
/// float keeps NaN and infinities. short is HU: the nearest whole number (ties to even), clamped to -32768..32767. byte and ushort are
/// labels: a value further than 0.001 from a whole number of the type is counted as a misfit (slopes are often single precision,
/// hence not exactly whole). The bytes may be unaligned.
/// </remarks>
internal static class VoxelConversion
{
    private const int BlockVoxels = 1024;

    /// <summary>Whether the file's bytes of one voxel are already those of a T on this machine.</summary>
    public static bool IsPlainCopy<T>(VolumeLayout layout) where T : unmanaged =>
        StoredTypes.Of<T>() == layout.Type && !layout.IsScaled && (!layout.IsSwapped || layout.Type.Bytes() == 1);

    /// <summary>Converts as many voxels as <paramref name="voxels"/> has room for.</summary>
    public static Misfits Convert<T>(VolumeLayout layout, ReadOnlySpan<byte> stored, Span<T> voxels) where T : unmanaged
    {
        if (IsPlainCopy<T>(layout))
        {
            stored[..(voxels.Length * layout.Type.Bytes())].CopyTo(MemoryMarshal.AsBytes(voxels));
            return default;
        }

        return layout.Type switch
        {
            StoredType.UInt8 => From<byte, T>(layout, stored, voxels),
            StoredType.Int8 => From<sbyte, T>(layout, stored, voxels),
            StoredType.Int16 => From<short, T>(layout, stored, voxels),
            StoredType.UInt16 => From<ushort, T>(layout, stored, voxels),
            StoredType.Int32 => From<int, T>(layout, stored, voxels),
            StoredType.UInt32 => From<uint, T>(layout, stored, voxels),
            StoredType.Int64 => From<long, T>(layout, stored, voxels),
            StoredType.UInt64 => From<ulong, T>(layout, stored, voxels),
            StoredType.Float32 => From<float, T>(layout, stored, voxels),
            _ => From<double, T>(layout, stored, voxels),
        };
    }

    [SkipLocalsInit]
    private static Misfits From<TStored, T>(VolumeLayout layout, ReadOnlySpan<byte> stored, Span<T> voxels)
        where TStored : unmanaged, INumber<TStored> where T : unmanaged
    {
        Span<double> block = stackalloc double[BlockVoxels];
        Span<TStored> swapped = stackalloc TStored[BlockVoxels];
        var source = MemoryMarshal.Cast<byte, TStored>(stored)[..voxels.Length];
        var misfits = default(Misfits);
        for (var start = 0; start < voxels.Length; start += BlockVoxels)
        {
            var count = Math.Min(BlockVoxels, voxels.Length - start);
            scoped var piece = source.Slice(start, count);
            if (layout.IsSwapped)
            {
                SwapBytes(piece, swapped);
                piece = swapped[..count];
            }

            var values = block[..count];
            for (var i = 0; i < values.Length; i++) values[i] = double.CreateTruncating(piece[i]);
            if (layout.IsScaled) Scale(values, layout.Slope, layout.Intercept);
            misfits += To(values, voxels.Slice(start, count));
        }

        return misfits;
    }

    private static void SwapBytes<TStored>(ReadOnlySpan<TStored> source, Span<TStored> target) where TStored : unmanaged
    {
        switch (Unsafe.SizeOf<TStored>())
        {
            case 2: BinaryPrimitives.ReverseEndianness(MemoryMarshal.Cast<TStored, short>(source), MemoryMarshal.Cast<TStored, short>(target)); break;
            case 4: BinaryPrimitives.ReverseEndianness(MemoryMarshal.Cast<TStored, int>(source), MemoryMarshal.Cast<TStored, int>(target)); break;
            case 8: BinaryPrimitives.ReverseEndianness(MemoryMarshal.Cast<TStored, long>(source), MemoryMarshal.Cast<TStored, long>(target)); break;
            default: source.CopyTo(target); break;
        }
    }

    // Multiply, then add: a fused operation would give other last bits on machines that lack it.
    private static void Scale(Span<double> values, double slope, double intercept)
    {
        var vectors = MemoryMarshal.Cast<double, Vector<double>>(values);
        var (slopes, intercepts) = (new Vector<double>(slope), new Vector<double>(intercept));
        for (var i = 0; i < vectors.Length; i++) vectors[i] = vectors[i] * slopes + intercepts;
        for (var i = vectors.Length * Vector<double>.Count; i < values.Length; i++) values[i] = values[i] * slope + intercept;
    }

    private static Misfits To<T>(ReadOnlySpan<double> values, Span<T> voxels) where T : unmanaged
    {
        if (typeof(T) == typeof(short)) return ToHu(values, MemoryMarshal.Cast<T, short>(voxels));
        if (typeof(T) == typeof(byte)) return ToLabels(values, MemoryMarshal.Cast<T, byte>(voxels));
        if (typeof(T) == typeof(ushort)) return ToLabels(values, MemoryMarshal.Cast<T, ushort>(voxels));
        if (typeof(T) == typeof(double))
        {
            values.CopyTo(MemoryMarshal.Cast<T, double>(voxels));
            return default;
        }

        ToSingles(values, MemoryMarshal.Cast<T, float>(voxels));
        return default;
    }

    private static void ToSingles(ReadOnlySpan<double> values, Span<float> singles)
    {
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(singles);
        var pairs = MemoryMarshal.Cast<double, Vector<double>>(values);
        for (var i = 0; i < vectors.Length; i++) vectors[i] = Vector.Narrow(pairs[2 * i], pairs[2 * i + 1]);
        for (var i = vectors.Length * Vector<float>.Count; i < singles.Length; i++) singles[i] = (float)values[i];
    }

    private static Misfits ToHu(ReadOnlySpan<double> values, Span<short> hu)
    {
        var vectors = MemoryMarshal.Cast<short, Vector<short>>(hu);
        var quarters = MemoryMarshal.Cast<double, Vector<double>>(values);
        var probe = Vector<double>.Zero;
        foreach (var quarter in quarters) probe += Vector<double>.Zero * quarter;          // NaN as soon as one value is not finite
        for (var i = 0; i < vectors.Length; i++)
        {
            var four = quarters.Slice(4 * i, 4);
            vectors[i] = Vector.Narrow(Vector.Narrow(Whole(four[0]), Whole(four[1])), Vector.Narrow(Whole(four[2]), Whole(four[3])));
        }

        for (var i = vectors.Length * Vector<short>.Count; i < hu.Length; i++) hu[i] = (short)(int)Math.Clamp(Math.Round(values[i]), short.MinValue, short.MaxValue);
        var unprobed = values[(quarters.Length * Vector<double>.Count)..];
        return new(double.IsNaN(Vector.Sum(probe)) ? CountNonFinite(values) : CountNonFinite(unprobed), 0);

        // Adding 1.5 * 2^52 leaves no room for a fraction: the sum's lowest bits are the nearest whole number, ties to even.
        static Vector<long> Whole(Vector<double> value) =>
            Vector.AsVectorInt64(Vector.Min(Vector.Max(value, new(short.MinValue)), new(short.MaxValue)) + new Vector<double>(6755399441055744.0));
    }

    private static long CountNonFinite(ReadOnlySpan<double> values)
    {
        var count = 0L;
        foreach (var value in values)
        {
            if (!double.IsFinite(value)) count++;
        }

        return count;
    }

    private static Misfits ToLabels<T>(ReadOnlySpan<double> values, Span<T> labels) where T : unmanaged, INumber<T>, IMinMaxValue<T>
    {
        var highest = double.CreateTruncating(T.MaxValue);
        var (nonFinite, notWhole) = (0L, 0L);
        for (var i = 0; i < labels.Length; i++)
        {
            var whole = Math.Round(values[i]);
            if (!double.IsFinite(whole)) nonFinite++;
            else if (whole < 0 || whole > highest || Math.Abs(values[i] - whole) > 1e-3) notWhole++;
            labels[i] = T.CreateSaturating(whole);
        }

        return new(nonFinite, notWhole);
    }
}
