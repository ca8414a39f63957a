namespace Cora.Dicom.Codecs;

/// <summary>Decodes the samples of one JPEG-LS scan. The names of the arrays are those of T.87, annex A.</summary>
internal sealed class JpegLsScan
{
    private const int RunContexts = 365;

    private static readonly int[] J = [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 9, 10, 11, 12, 13, 14, 15];

    private readonly JpegLsHeader header;
    private readonly JpegLsBits bits;
    private readonly int step, range, rangeBits, limit;
    private readonly int[] a = new int[RunContexts + 2], b = new int[RunContexts], c = new int[RunContexts], n = new int[RunContexts + 2], nn = new int[2];
    private int runIndex;

    public JpegLsScan(JpegLsHeader header, byte[] bytes)
    {
        this.header = header;
        bits = new(bytes, header.Start);
        step = 2 * header.Near + 1;
        range = (header.Most + 2 * header.Near) / step + 1;
        rangeBits = BitsFor(range);
        var sampleBits = Math.Max(2, BitsFor(header.Most + 1));
        limit = 2 * (sampleBits + Math.Max(8, sampleBits));
        Array.Fill(a, Math.Max(2, (range + 32) / 64));
        Array.Fill(n, 1);
    }

    public int[] Decode()
    {
        var (rows, columns) = (header.Rows, header.Columns);
        var values = new int[rows * columns];

        // A line has one sample more on each side: the first of the line above to the left, the last of the line above to the right.
        var (above, line) = (new int[columns + 2], new int[columns + 2]);
        for (var row = 0; row < rows; row++)
        {
            above[columns + 1] = above[columns];
            line[0] = above[1];
            for (var x = 1; x <= columns;) x = DecodeFrom(x, above, line, columns);
            line.AsSpan(1, columns).CopyTo(values.AsSpan(row * columns));
            (above, line) = (line, above);
        }

        return values;
    }

    /// <summary>Decodes one sample or one run; gives the place of the next sample.</summary>
    private int DecodeFrom(int x, int[] above, int[] line, int columns)
    {
        var (left, up, corner, right) = (line[x - 1], above[x], above[x - 1], above[x + 1]);
        var (q1, q2, q3) = (Quantized(right - up), Quantized(up - corner), Quantized(corner - left));
        if (q1 == 0 && q2 == 0 && q3 == 0) return DecodeRun(x, above, line, columns);
        line[x] = DecodeRegular(81 * q1 + 9 * q2 + q3, left, up, corner);
        return x + 1;
    }

    private int DecodeRegular(int context, int left, int up, int corner)
    {
        var sign = context < 0 ? -1 : 1;
        var q = context * sign;
        var predicted = corner >= Math.Max(left, up) ? Math.Min(left, up) : corner <= Math.Min(left, up) ? Math.Max(left, up) : left + up - corner;
        predicted = Math.Clamp(predicted + sign * c[q], 0, header.Most);
        var k = GolombParameter(n[q], a[q]);
        var mapped = bits.Golomb(k, limit, rangeBits);
        var isTurned = header.Near == 0 && k == 0 && 2 * b[q] <= -n[q];
        var error = (mapped & 1) == 0 ? mapped >> 1 : -((mapped + 1) >> 1);
        if (isTurned) error = -error - 1;

        b[q] += error * step;
        a[q] += Math.Abs(error);
        if (n[q] == header.Reset)
        {
            a[q] >>= 1;
            b[q] >>= 1;
            n[q] >>= 1;
        }

        n[q]++;
        if (b[q] <= -n[q])
        {
            b[q] = Math.Max(b[q] + n[q], 1 - n[q]);
            c[q] = Math.Max(c[q] - 1, -128);
        }
        else if (b[q] > 0)
        {
            b[q] = Math.Min(b[q] - n[q], 0);
            c[q] = Math.Min(c[q] + 1, 127);
        }

        return Reconstructed(predicted, sign * error);
    }

    private int DecodeRun(int x, int[] above, int[] line, int columns)
    {
        var left = line[x - 1];
        while (x <= columns && bits.Bit() == 1)
        {
            var count = Math.Min(1 << J[runIndex], columns + 1 - x);
            line.AsSpan(x, count).Fill(left);
            x += count;
            if (count == 1 << J[runIndex]) runIndex = Math.Min(31, runIndex + 1);
            if (x > columns) return x;
        }

        var rest = bits.Bits(J[runIndex]);
        if (x + rest > columns) throw PixelCodecs.Damaged("JPEG-LS", "a run reaches beyond its line");
        line.AsSpan(x, rest).Fill(left);
        x += rest;
        line[x] = DecodeAfterRun(left, above[x]);
        runIndex = Math.Max(0, runIndex - 1);
        return x + 1;
    }

    /// <summary>The sample that ends a run (T.87 A.7.2).</summary>
    private int DecodeAfterRun(int left, int up)
    {
        var type = Math.Abs(left - up) <= header.Near ? 1 : 0;
        var q = RunContexts + type;
        var k = GolombParameter(n[q], a[q] + (type == 1 ? n[q] >> 1 : 0));
        var mapped = bits.Golomb(k, limit - J[runIndex] - 1, rangeBits);
        var odd = (mapped + type) & 1;
        var size = (mapped + type + odd) >> 1;
        var error = (k != 0 || 2 * nn[type] >= n[q]) == (odd == 1) ? -size : size;
        if (error < 0) nn[type]++;
        a[q] += (mapped + 1 - type) >> 1;
        if (n[q] == header.Reset)
        {
            a[q] >>= 1;
            n[q] >>= 1;
            nn[type] >>= 1;
        }

        n[q]++;
        return type == 1 ? Reconstructed(left, error) : Reconstructed(up, left > up ? -error : error);
    }

    private int Reconstructed(int predicted, int error)
    {
        var value = predicted + error * step;
        if (value < -header.Near) value += range * step;
        else if (value > header.Most + header.Near) value -= range * step;
        return Math.Clamp(value, 0, header.Most);
    }

    private int Quantized(int gradient)
    {
        var size = Math.Abs(gradient);
        if (size <= header.Near) return 0;
        var level = size < header.Thresholds[0] ? 1 : size < header.Thresholds[1] ? 2 : size < header.Thresholds[2] ? 3 : 4;
        return gradient < 0 ? -level : level;
    }

    private static int GolombParameter(int count, int sum)
    {
        var k = 0;
        while (k < 24 && count << k < sum) k++;
        return k;
    }

    private static int BitsFor(int values) => 32 - System.Numerics.BitOperations.LeadingZeroCount((uint)values - 1);
}

/// <summary>Bits of a JPEG-LS scan: behind a byte of ones comes one bit of filling.</summary>
internal sealed class JpegLsBits(byte[] bytes, int start)
{
    private int at = start;
    private uint hold;
    private int held;
    private bool isAfterOnes;

    public int Bit()
    {
        if (held == 0) Fill();
        held--;
        return (int)(hold >> held) & 1;
    }

    public int Bits(int count)
    {
        var value = 0;
        for (var i = 0; i < count; i++) value = (value << 1) | Bit();
        return value;
    }

    /// <summary>A number in the limited Golomb code (T.87 A.5.3).</summary>
    public int Golomb(int k, int limit, int rangeBits)
    {
        var zeros = 0;
        var most = limit - rangeBits - 1;
        while (Bit() == 0)
            if (++zeros > most) throw PixelCodecs.Damaged("JPEG-LS", "a code is longer than the longest");
        return zeros < most ? (zeros << k) | Bits(k) : Bits(rangeBits) + 1;
    }

    private void Fill()
    {
        if (at >= bytes.Length || (isAfterOnes && bytes[at] >= 0x80)) throw PixelCodecs.Damaged("JPEG-LS", "it ends before the last sample");
        hold = bytes[at++];
        held = isAfterOnes ? 7 : 8;
        isAfterOnes = hold == 0xFF;
    }
}
