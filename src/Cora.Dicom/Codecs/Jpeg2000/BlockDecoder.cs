namespace Cora.Dicom.Codecs.Jpeg2000;

/// <summary>Decodes the coefficients of a block, bit plane by bit plane in three passes (T.800 annex D).</summary>
internal sealed class BlockDecoder
{
    private const byte Significant = 1, Negative = 2, Visited = 4, Refined = 8;
    private const int RefinementContexts = 14, RunContext = 17, UniformContext = 18;

    private readonly Jpeg2000Header header;
    private readonly Band band;
    private readonly CodeBlock block;
    private readonly int width, height, stride;
    private readonly byte[] flags;          // with a border of one
    private readonly int[] doubled;         // twice the magnitude, so that the middle of an interval is a whole number
    private readonly MqDecoder coder;

    public BlockDecoder(Jpeg2000Header header, Band band, CodeBlock block, byte[] data)
    {
        (this.header, this.band, this.block) = (header, band, block);
        (width, height) = (block.X1 - block.X0, block.Y1 - block.Y0);
        stride = width + 2;
        flags = new byte[stride * (height + 2)];
        doubled = new int[width * height];
        var bytes = new byte[block.Segments.Sum(s => s.End.Value - s.Start.Value)];
        var at = 0;
        foreach (var segment in block.Segments)
        {
            data.AsSpan(segment).CopyTo(bytes.AsSpan(at));
            at += segment.End.Value - segment.Start.Value;
        }

        coder = new(bytes);
    }

    public void Decode()
    {
        var plane = band.Planes - block.ZeroPlanes - 1;
        var kind = 2;                       // a block begins with a clean-up
        for (var pass = 0; pass < block.Passes && plane >= 0; pass++)
        {
            if (kind == 0) ForEach(plane, Propagate);
            else if (kind == 1) ForEach(plane, Refine);
            else CleanUp(plane);
            if (header.IsReset) coder.Reset();
            if (++kind < 3) continue;
            (kind, plane) = (0, plane - 1);
        }

        Store();
    }

    private void ForEach(int plane, Action<int, int, int, int> take)
    {
        for (var top = 0; top < height; top += 4)
            for (var x = 0; x < width; x++)
                for (var y = top; y < Math.Min(top + 4, height); y++) take(x, y, (y + 1) * stride + x + 1, plane);
    }

    private void Propagate(int x, int y, int f, int plane)
    {
        if ((flags[f] & Significant) != 0) return;
        var context = ZeroContext(f, y);
        if (context == 0) return;
        if (coder.Decode(context) == 1) BecomeSignificant(x, y, f, plane);
        flags[f] |= Visited;
    }

    private void Refine(int x, int y, int f, int plane)
    {
        if ((flags[f] & (Significant | Visited)) != Significant) return;
        var context = (flags[f] & Refined) != 0 ? 2 : ZeroContext(f, y) > 0 ? 1 : 0;
        doubled[y * width + x] += coder.Decode(RefinementContexts + context) == 1 ? 1 << plane : -(1 << plane);
        flags[f] |= Refined;
    }

    private void CleanUp(int plane)
    {
        for (var top = 0; top < height; top += 4)
        {
            for (var x = 0; x < width; x++)
            {
                var (y, end) = (top, Math.Min(top + 4, height));
                if (end - top == 4 && IsQuiet(x, top))
                {
                    if (coder.Decode(RunContext) == 0) continue;
                    y += coder.Decode(UniformContext) << 1;
                    y += coder.Decode(UniformContext);
                    BecomeSignificant(x, y, (y + 1) * stride + x + 1, plane);
                    y++;
                }

                for (; y < end; y++)
                {
                    var f = (y + 1) * stride + x + 1;
                    if ((flags[f] & (Significant | Visited)) == 0 && coder.Decode(ZeroContext(f, y)) == 1) BecomeSignificant(x, y, f, plane);
                }
            }
        }

        foreach (ref var flag in flags.AsSpan()) flag = (byte)(flag & ~Visited);
        if (!header.HasSymbols) return;
        for (var i = 0; i < 4; i++) coder.Decode(UniformContext);
    }

    /// <summary>Whether a column of four has nothing significant in it or round it, and nothing decoded in this plane.</summary>
    private bool IsQuiet(int x, int top)
    {
        for (var y = top; y < top + 4; y++)
        {
            var f = (y + 1) * stride + x + 1;
            if ((flags[f] & (Significant | Visited)) != 0 || ZeroContext(f, y) != 0) return false;
        }

        return true;
    }

    private void BecomeSignificant(int x, int y, int f, int plane)
    {
        // Contributions of the four neighbours to the sign: 1, 0 or -1 along each axis.
        int Sign(int at) => (flags[at] & Significant) == 0 ? 0 : (flags[at] & Negative) != 0 ? -1 : 1;
        var below = IsBelowHidden(y) ? 0 : Sign(f + stride);
        var (h, v) = (Math.Clamp(Sign(f - 1) + Sign(f + 1), -1, 1), Math.Clamp(Sign(f - stride) + below, -1, 1));
        var isTurned = h < 0 || (h == 0 && v < 0);
        if (isTurned) (h, v) = (-h, -v);
        var context = h == 1 ? 12 + v : 9 + v;
        var bit = coder.Decode(context) ^ (isTurned ? 1 : 0);
        flags[f] |= (byte)(Significant | (bit == 1 ? Negative : 0));
        doubled[y * width + x] = 3 << plane;
    }

    /// <summary>In vertically causal blocks nothing of the next stripe is seen.</summary>
    private bool IsBelowHidden(int y) => header.IsCausal && (y & 3) == 3;

    private int ZeroContext(int f, int y)
    {
        var hidden = IsBelowHidden(y);
        int Is(int at) => flags[at] & Significant;
        var h = Is(f - 1) + Is(f + 1);
        var v = Is(f - stride) + (hidden ? 0 : Is(f + stride));
        var d = Is(f - stride - 1) + Is(f - stride + 1) + (hidden ? 0 : Is(f + stride - 1) + Is(f + stride + 1));
        if (band.Kind == 3)
        {
            return d switch { >= 3 => 8, 2 => h + v > 0 ? 7 : 6, 1 => 3 + Math.Min(2, h + v), _ => Math.Min(2, h + v) };
        }

        if (band.Kind == 1) (h, v) = (v, h);
        return h switch
        {
            2 => 8,
            1 => v > 0 ? 7 : d > 0 ? 6 : 5,
            _ => v switch { 2 => 4, 1 => 3, _ => Math.Min(2, d) },
        };
    }

    private void Store()
    {
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var isNegative = (flags[(y + 1) * stride + x + 1] & Negative) != 0;
                var size = doubled[y * width + x];
                var at = (block.Y0 - band.Y0 + y) * (band.X1 - band.X0) + block.X0 - band.X0 + x;
                if (header.IsReversible) band.Whole[at] = isNegative ? -(size >> 1) : size >> 1;
                else band.Real[at] = (float)((isNegative ? -size : size) * 0.5 * band.Step);
            }
        }
    }
}

/// <summary>The arithmetic decoder (T.800 annex C).</summary>
internal sealed class MqDecoder
{
    private static readonly ushort[] Qe =
    [
        0x5601, 0x3401, 0x1801, 0x0AC1, 0x0521, 0x0221, 0x5601, 0x5401, 0x4801, 0x3801, 0x3001, 0x2401, 0x1C01, 0x1601, 0x5601, 0x5401, 0x5101, 0x4801, 0x3801, 0x3401, 0x3001, 0x2801,
        0x2401, 0x2201, 0x1C01, 0x1801, 0x1601, 0x1401, 0x1201, 0x1101, 0x0AC1, 0x09C1, 0x08A1, 0x0521, 0x0441, 0x02A1, 0x0221, 0x0141, 0x0111, 0x0085, 0x0049, 0x0025, 0x0015, 0x0009, 0x0005, 0x0001, 0x5601,
    ];

    private static readonly byte[] AfterMore =
        [1, 2, 3, 4, 5, 38, 7, 8, 9, 10, 11, 12, 13, 29, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 45, 46];

    private static readonly byte[] AfterLess =
        [1, 6, 9, 12, 29, 33, 6, 14, 14, 14, 17, 18, 20, 21, 14, 14, 15, 16, 17, 18, 19, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 46];

    private readonly byte[] bytes;
    private readonly byte[] state = new byte[19], more = new byte[19];
    private int at, left;
    private uint c, a;

    public MqDecoder(byte[] bytes)
    {
        this.bytes = bytes;
        Reset();
        c = (uint)Byte(0) << 16;
        Fill();
        c <<= 7;
        left -= 7;
        a = 0x8000;
    }

    public void Reset()
    {
        Array.Clear(state);
        Array.Clear(more);
        (state[0], state[17], state[18]) = (4, 3, 46);
    }

    public int Decode(int context)
    {
        uint qe = Qe[state[context]];
        a -= qe;
        int bit;
        if (c >> 16 < qe)
        {
            bit = Exchange(context, a < qe);
            a = qe;
        }
        else
        {
            c -= qe << 16;
            if ((a & 0x8000) != 0) return more[context];
            bit = Exchange(context, a >= qe);
        }

        do
        {
            if (left == 0) Fill();
            a <<= 1;
            c <<= 1;
            left--;
        }
        while ((a & 0x8000) == 0);
        return bit;
    }

    private int Exchange(int context, bool isMore)
    {
        var bit = isMore ? more[context] : 1 - more[context];
        if (!isMore && state[context] is (0 or 6 or 14)) more[context] ^= 1;
        state[context] = isMore ? AfterMore[state[context]] : AfterLess[state[context]];
        return bit;
    }

    private byte Byte(int place) => place < bytes.Length ? bytes[place] : (byte)0xFF;

    private void Fill()
    {
        if (Byte(at) == 0xFF)
        {
            if (Byte(at + 1) > 0x8F)
            {
                c += 0xFF00;
                left = 8;
                return;
            }

            at++;
            c += (uint)Byte(at) << 9;
            left = 7;
            return;
        }

        at++;
        c += (uint)Byte(at) << 8;
        left = 8;
    }
}
