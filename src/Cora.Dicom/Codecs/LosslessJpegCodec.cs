namespace Cora.Dicom.Codecs;

/// <summary>
/// Lossless JPEG with Huffman codes, every predictor and up to 16 bits (ITU-T T.81, annex H). Our own, since JpegLibrary 0.4.32 gives other values for
/// predictors beyond the first.
/// </summary>
internal sealed class LosslessJpegCodec : IPixelCodec
{
    public int[] Decode(byte[] frame, DicomPixels pixels)
    {
        var tables = new HuffmanTable?[4];
        int[] values = [];
        var (bits, restart, seen) = (0, 0, 0);
        for (var at = 2; at + 4 <= frame.Length;)
        {
            if (frame[at] != 0xFF) throw Damaged($"a marker is expected at byte {at}");
            var marker = frame[at + 1];
            if (marker == 0xFF)
            {
                at++;
                continue;
            }

            var length = (frame[at + 2] << 8) | frame[at + 3];
            if (length < 2 || at + 2 + length > frame.Length) throw Damaged($"a marker segment at byte {at} has {length} bytes");
            var segment = frame.AsSpan(at + 4, length - 2);
            at += 2 + length;
            switch (marker)
            {
                case 0xC3:
                    bits = CheckFrame(segment, pixels, frame.Length);
                    values = new int[pixels.FrameSamples];
                    break;
                case 0xC4:
                    ReadTables(segment, tables);
                    break;
                case 0xDD when segment.Length >= 2:
                    restart = (segment[0] << 8) | segment[1];
                    break;
                case 0xDA:
                    if (bits == 0) throw Damaged("a scan comes before the frame's description");
                    var scan = new LosslessJpegScan(segment, tables, pixels, bits, restart);
                    at = scan.Decode(frame, at, values, seen);
                    seen += scan.Components;
                    if (seen >= pixels.Samples) return values;
                    break;
                case >= 0xC0 and <= 0xCF and not 0xC8 and not 0xCC:
                    throw Damaged("it is coded by a process that its transfer syntax does not allow");
            }
        }

        throw Damaged("it ends before its last scan");
    }

    internal static DicomException Damaged(string what) => PixelCodecs.Damaged("lossless JPEG", what);

    private static int CheckFrame(ReadOnlySpan<byte> segment, DicomPixels pixels, int bytes)
    {
        if (segment.Length < 6 || segment.Length < 6 + 3 * segment[5]) throw Damaged("its frame is not described");
        var (bits, rows, columns, samples) = (segment[0], (segment[1] << 8) | segment[2], (segment[3] << 8) | segment[4], segment[5]);
        if (rows != pixels.Rows || columns != pixels.Columns || samples != pixels.Samples)
            throw Damaged($"it holds {rows} x {columns} x {samples} samples, the header says {pixels.Rows} x {pixels.Columns} x {pixels.Samples}");
        if (bits is < 2 or > 16) throw Damaged($"its samples have {bits} bits");
        for (var i = 0; i < samples; i++)
            if (segment[7 + 3 * i] != 0x11 && samples > 1) throw Damaged("its colours are subsampled");

        // A sample takes a bit at least: a description that promises more asks for memory in vain.
        if (pixels.FrameSamples > (long)bytes * 8) throw Damaged($"{bytes} bytes cannot hold the frame");
        return bits;
    }

    private static void ReadTables(ReadOnlySpan<byte> segment, HuffmanTable?[] tables)
    {
        while (segment.Length >= 17)
        {
            var number = segment[0] & 0x0F;
            var counts = segment.Slice(1, 16);
            var total = 0;
            foreach (var count in counts) total += count;
            if (number > 3 || segment.Length < 17 + total) throw Damaged("a table of codes is cut short");
            if (segment[0] < 0x10) tables[number] = new(counts, segment.Slice(17, total));
            segment = segment[(17 + total)..];
        }
    }
}

/// <summary>A table of Huffman codes (T.81 annex C).</summary>
internal sealed class HuffmanTable
{
    private const int QuickBits = 9;

    private readonly int[] most = new int[18], offset = new int[17];
    private readonly byte[] symbols;
    private readonly ushort[] quick = new ushort[1 << QuickBits];      // length and symbol of every short code

    public HuffmanTable(ReadOnlySpan<byte> counts, ReadOnlySpan<byte> symbols)
    {
        this.symbols = symbols.ToArray();
        var (code, k) = (0, 0);
        for (var length = 1; length <= 16; length++)
        {
            offset[length] = k - code;
            for (var i = 0; i < counts[length - 1]; i++, k++, code++)
            {
                if (code >= 1 << length) throw LosslessJpegCodec.Damaged("a table has more codes than fit");
                if (length <= QuickBits) Array.Fill(quick, (ushort)(length << 8 | symbols[k]), code << (QuickBits - length), 1 << (QuickBits - length));
            }

            most[length] = counts[length - 1] > 0 ? code - 1 : -1;
            code <<= 1;
        }
    }

    public int Decode(ref JpegBits bits)
    {
        var next = bits.Peek16();
        var known = quick[next >> (16 - QuickBits)];
        if (known != 0)
        {
            bits.Skip(known >> 8);
            return known & 0xFF;
        }

        for (var length = QuickBits + 1; length <= 16; length++)
        {
            var code = next >> (16 - length);
            if (most[length] < 0 || code > most[length] || code + offset[length] < 0 || code + offset[length] >= symbols.Length) continue;
            bits.Skip(length);
            return symbols[code + offset[length]];
        }

        throw LosslessJpegCodec.Damaged("a code is not in its table");
    }
}

/// <summary>Bits of a JPEG scan: a zero behind a byte of ones is filling, anything else there is a marker, which ends the bits.</summary>
internal struct JpegBits(byte[] bytes, int start)
{
    private ulong hold;
    private int held;
    private int missing;

    /// <summary>The next byte that is not yet held.</summary>
    public int At { get; private set; } = start;

    /// <summary>The next 16 bits, zeros beyond the end.</summary>
    public int Peek16()
    {
        if (held < 16) Fill();
        return (int)(hold >> (held - 16)) & 0xFFFF;
    }

    public void Skip(int count)
    {
        held -= count;
        if (held < missing) throw LosslessJpegCodec.Damaged("it ends before the last sample");
    }

    public int Take(int count)
    {
        if (count == 0) return 0;
        var value = Peek16() >> (16 - count);
        Skip(count);
        return value;
    }

    /// <summary>Goes behind a restart marker.</summary>
    public void Restart()
    {
        (hold, held, missing) = (0, 0, 0);
        while (At + 1 < bytes.Length && !(bytes[At] == 0xFF && bytes[At + 1] is >= 0xD0 and <= 0xD7)) At++;
        if (At + 1 >= bytes.Length) throw LosslessJpegCodec.Damaged("a restart marker is missing");
        At += 2;
    }

    private void Fill()
    {
        while (held <= 40)
        {
            byte next = 0;
            if (At >= bytes.Length || (bytes[At] == 0xFF && (At + 1 >= bytes.Length || bytes[At + 1] != 0)))
            {
                missing += 8;
            }
            else
            {
                next = bytes[At];
                At += next == 0xFF ? 2 : 1;
            }

            hold = (hold << 8) | next;
            held += 8;
        }
    }
}

/// <summary>One scan of a lossless JPEG frame.</summary>
internal sealed class LosslessJpegScan
{
    private readonly DicomPixels pixels;
    private readonly HuffmanTable[] tables;
    private readonly int predictor, shift, bits, restart;

    public LosslessJpegScan(ReadOnlySpan<byte> segment, HuffmanTable?[] known, DicomPixels pixels, int bits, int restart)
    {
        (this.pixels, this.bits, this.restart) = (pixels, bits, restart);
        if (segment.Length < 1 || segment[0] is < 1 or > 4 || segment.Length < 4 + 2 * segment[0]) throw LosslessJpegCodec.Damaged("a scan is not described");
        Components = segment[0];
        tables = new HuffmanTable[Components];
        for (var i = 0; i < Components; i++)
            tables[i] = known[(segment[2 + 2 * i] >> 4) & 3] ?? throw LosslessJpegCodec.Damaged("a scan names a table that is not there");
        predictor = segment[1 + 2 * Components];
        shift = segment[3 + 2 * Components] & 0x0F;
        if (predictor is < 1 or > 7 || shift >= bits) throw LosslessJpegCodec.Damaged($"a scan has predictor {predictor} and shift {shift}");
        if (restart % pixels.Columns != 0) throw LosslessJpegCodec.Damaged("it restarts within a line");
    }

    public int Components { get; }

    /// <summary>Decodes into samples from the given component on; gives the byte behind the scan.</summary>
    public int Decode(byte[] bytes, int start, int[] values, int firstComponent)
    {
        if (firstComponent + Components > pixels.Samples) throw LosslessJpegCodec.Damaged("it has more scans than colours");
        var reader = new JpegBits(bytes, start);
        var (width, step) = (pixels.Columns, pixels.Samples);
        var restartRows = restart / width;
        for (var row = 0; row < pixels.Rows; row++)
        {
            var isFirst = row == 0;
            if (restartRows > 0 && row > 0 && row % restartRows == 0)
            {
                reader.Restart();
                isFirst = true;
            }

            for (var x = 0; x < width; x++)
            {
                for (var component = 0; component < Components; component++)
                {
                    var size = tables[component].Decode(ref reader);
                    if (size > 16) throw LosslessJpegCodec.Damaged("a difference has more than 16 bits");
                    var difference = size == 16 ? 32768 : Extended(reader.Take(size), size);
                    var at = (row * width + x) * step + firstComponent + component;
                    values[at] = (Predicted(values, at, x, isFirst, width * step, step) + difference) & 0xFFFF;
                }
            }
        }

        if (shift > 0)
        {
            for (var i = 0; i < pixels.Rows * width; i++)
                for (var component = 0; component < Components; component++) values[i * step + firstComponent + component] <<= shift;
        }

        return reader.At;
    }

    private int Predicted(int[] values, int at, int x, bool isFirst, int line, int step)
    {
        if (isFirst) return x == 0 ? 1 << (bits - shift - 1) : values[at - step];
        if (x == 0) return values[at - line];
        var (left, up, corner) = (values[at - step], values[at - line], values[at - line - step]);
        return predictor switch
        {
            1 => left,
            2 => up,
            3 => corner,
            4 => left + up - corner,
            5 => left + ((up - corner) >> 1),
            6 => up + ((left - corner) >> 1),
            _ => (left + up) >> 1,
        };
    }

    private static int Extended(int value, int size) => size > 0 && value < 1 << (size - 1) ? value - (1 << size) + 1 : value;
}
