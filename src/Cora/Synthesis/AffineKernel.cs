using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Cora.Imaging;

namespace Cora.Synthesis;

/// <summary>Pulls a patch out of a box of HU by an affine map: trilinear for images, nearest for labels, the box's border repeated outward.</summary>
internal static class AffineKernel
{
    /// <summary>Trilinear: to[o] = from(m · o + offset), in voxels of the box.</summary>
    /// <param name="from">HU of the box, x fastest, with one more element than voxels (it is read in pairs).</param>
    /// <param name="size">Size of the box.</param>
    /// <param name="m">Pull-back matrix.</param>
    /// <param name="offset">Where patch voxel (0, 0, 0) comes from.</param>
    /// <param name="to">The patch, x fastest.</param>
    /// <param name="patch">Size of the patch.</param>
    public static void Trilinear(ReadOnlySpan<short> from, Size3 size, Mat3 m, Vec3 offset, Span<float> to, Size3 patch)
    {
        if (from.Length <= size.Count) throw new ArgumentException("The box needs one element more than it has voxels.", nameof(from));
        var step = m.Column(0);
        for (var z = 0; z < patch.Z; z++)
        {
            for (var y = 0; y < patch.Y; y++)
            {
                var start = m * new Vec3(0, y, z) + offset;
                var row = to.Slice((z * patch.Y + y) * patch.X, patch.X);
                if (Avx2.IsSupported) RowAvx2(from, size, start, step, row);
                else Row(from, size, start, step, row, 0);
            }
        }
    }

    /// <summary>Nearest: the label at floor(m · o + offset + 0.5), clamped to the box.</summary>
    public static void Nearest(ReadOnlySpan<byte> from, Size3 size, Mat3 m, Vec3 offset, Span<byte> to, Size3 patch)
    {
        var i = 0;
        for (var z = 0; z < patch.Z; z++)
        {
            for (var y = 0; y < patch.Y; y++)
            {
                for (var x = 0; x < patch.X; x++)
                {
                    var source = m * new Vec3(x, y, z) + offset;
                    to[i++] = from[(Near(source.Z, size.Z) * size.Y + Near(source.Y, size.Y)) * size.X + Near(source.X, size.X)];
                }
            }
        }

        static int Near(double position, int length) => Math.Clamp((int)Math.Floor(position + 0.5), 0, length - 1);
    }

    private static void Row(ReadOnlySpan<short> from, Size3 size, Vec3 start, Vec3 step, Span<float> row, int first)
    {
        for (var i = first; i < row.Length; i++)
        {
            var (x, fx) = Cell((float)(start.X + i * step.X), size.X);
            var (y, fy) = Cell((float)(start.Y + i * step.Y), size.Y);
            var (z, fz) = Cell((float)(start.Z + i * step.Z), size.Z);
            var low = (z * size.Y + y) * size.X + x;
            var dy = y + 1 < size.Y ? size.X : 0;
            var dz = z + 1 < size.Z ? size.X * size.Y : 0;
            var c00 = Pair(from, low, fx);
            var c01 = Pair(from, low + dy, fx);
            var c10 = Pair(from, low + dz, fx);
            var c11 = Pair(from, low + dy + dz, fx);
            var c0 = c00 + fy * (c01 - c00);
            var c1 = c10 + fy * (c11 - c10);
            row[i] = c0 + fz * (c1 - c0);
        }

        static (int Index, float Fraction) Cell(float position, int length)
        {
            var clamped = Math.Clamp(position, 0, length - 1);
            var floor = MathF.Floor(clamped);
            return ((int)floor, clamped - floor);
        }

        static float Pair(ReadOnlySpan<short> from, int index, float fraction) => from[index] + fraction * (from[index + 1] - from[index]);
    }

    /// <summary>Eight voxels at a time; one 32-bit gather brings two neighbours along x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void RowAvx2(ReadOnlySpan<short> from, Size3 size, Vec3 start, Vec3 step, Span<float> row)
    {
        fixed (short* source = from)
        {
            var pairs = (int*)source;
            var (lastX, lastY, lastZ) = (Vector256.Create((float)(size.X - 1)), Vector256.Create((float)(size.Y - 1)), Vector256.Create((float)(size.Z - 1)));
            var strideY = Vector256.Create(size.X);
            var strideZ = Vector256.Create(size.X * size.Y);
            var i = 0;
            for (; i <= row.Length - 8; i += 8)
            {
                var t = Vector256.ConvertToSingle(Vector256<int>.Indices + Vector256.Create(i));
                var x = Clamp(Vector256.Create((float)start.X) + t * (float)step.X, lastX);
                var y = Clamp(Vector256.Create((float)start.Y) + t * (float)step.Y, lastY);
                var z = Clamp(Vector256.Create((float)start.Z) + t * (float)step.Z, lastZ);
                var (x0, y0, z0) = (Vector256.Floor(x), Vector256.Floor(y), Vector256.Floor(z));
                var (fx, fy, fz) = (x - x0, y - y0, z - z0);

                // Where the next row or slice would lie outside, the same one is read again: the border is repeated.
                var dy = strideY & Vector256.LessThan(y0, lastY).AsInt32();
                var dz = strideZ & Vector256.LessThan(z0, lastZ).AsInt32();
                var low = Vector256.ConvertToInt32(z0) * strideZ + Vector256.ConvertToInt32(y0) * strideY + Vector256.ConvertToInt32(x0);
                var c00 = AlongX(pairs, low, fx);
                var c01 = AlongX(pairs, low + dy, fx);
                var c10 = AlongX(pairs, low + dz, fx);
                var c11 = AlongX(pairs, low + dy + dz, fx);
                var c0 = c00 + fy * (c01 - c00);
                var c1 = c10 + fy * (c11 - c10);
                Vector256.StoreUnsafe(c0 + fz * (c1 - c0), ref MemoryMarshal.GetReference(row), (nuint)i);
            }

            Row(from, size, start, step, row, i);
        }

        static Vector256<float> Clamp(Vector256<float> position, Vector256<float> last) => Vector256.Min(Vector256.Max(position, Vector256<float>.Zero), last);

        static Vector256<float> AlongX(int* pairs, Vector256<int> index, Vector256<float> fraction)
        {
            var both = Avx2.GatherVector256(pairs, index, 2);
            var first = Vector256.ConvertToSingle((both << 16) >> 16);
            var second = Vector256.ConvertToSingle(both >> 16);
            return first + fraction * (second - first);
        }
    }
}
