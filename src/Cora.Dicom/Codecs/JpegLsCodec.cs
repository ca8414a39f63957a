namespace Cora.Dicom.Codecs;

/// <summary>JPEG-LS, lossless and near-lossless, of grey values (ITU-T T.87). Colours go to an installed converter.</summary>
internal sealed class JpegLsCodec : IPixelCodec
{
    public int[] Decode(byte[] frame, DicomPixels pixels)
    {
        if (pixels.Samples != 1) return new ConverterCodec().Decode(frame, pixels);
        var header = JpegLsHeader.Read(frame);
        if (header.Rows != pixels.Rows || header.Columns != pixels.Columns)
            throw PixelCodecs.Damaged("JPEG-LS", $"it holds {header.Rows} x {header.Columns} samples, the header says {pixels.Rows} x {pixels.Columns}");
        return new JpegLsScan(header, frame).Decode();
    }
}

/// <summary>What stands before the first scan.</summary>
internal sealed record JpegLsHeader
{
    public required int Rows { get; init; }

    public required int Columns { get; init; }

    /// <summary>The largest sample.</summary>
    public required int Most { get; init; }

    /// <summary>How far a decoded sample may be from the coded one; 0 is lossless.</summary>
    public required int Near { get; init; }

    /// <summary>Thresholds of the gradients.</summary>
    public required int[] Thresholds { get; init; }

    /// <summary>Occurrences after which a context forgets half.</summary>
    public required int Reset { get; init; }

    /// <summary>Byte at which the coded samples begin.</summary>
    public required int Start { get; init; }

    public static JpegLsHeader Read(ReadOnlySpan<byte> bytes)
    {
        const byte startOfFrame = 0xF7, parameters = 0xF8, startOfScan = 0xDA;
        if (bytes is not [0xFF, 0xD8, ..]) throw Damaged("it does not begin with a start of image");
        var (rows, columns, bits, presets) = (0, 0, 0, new int[5]);
        for (var at = 2; at + 4 <= bytes.Length;)
        {
            if (bytes[at] != 0xFF) throw Damaged($"a marker is expected at byte {at}");
            if (bytes[at + 1] == 0xFF)
            {
                at++;
                continue;
            }

            var length = (bytes[at + 2] << 8) | bytes[at + 3];
            if (length < 2 || at + 2 + length > bytes.Length) throw Damaged($"a marker segment at byte {at} has {length} bytes");
            var segment = bytes.Slice(at + 4, length - 2);
            switch (bytes[at + 1])
            {
                case startOfFrame when segment is [var p, var y1, var y2, var x1, var x2, 1, ..]:
                    (bits, rows, columns) = (p, (y1 << 8) | y2, (x1 << 8) | x2);
                    break;
                case startOfFrame:
                    throw Damaged("it is not of one component");
                case parameters when segment is [1, ..] && segment.Length >= 11:
                    for (var i = 0; i < 5; i++) presets[i] = (segment[1 + 2 * i] << 8) | segment[2 + 2 * i];
                    break;
                case parameters:
                    throw Damaged("it has mapping tables or sizes that are not read");
                case 0xDD:
                    throw Damaged("it has restart intervals, which are not read");
                case startOfScan when segment is [1, _, 0, var near, 0, 0, ..]:
                    return Checked(rows, columns, bits, near, presets, at + 2 + length);
                case startOfScan:
                    throw Damaged("its scan is not of one component without point transform");
                case 0xD9 or (>= 0xC0 and <= 0xCF and not 0xC4 and not 0xC8 and not 0xCC):
                    throw Damaged("it is not JPEG-LS");
            }

            at += 2 + length;
        }

        throw Damaged("it has no scan");
    }

    private static JpegLsHeader Checked(int rows, int columns, int bits, int near, int[] presets, int start)
    {
        if (bits is < 2 or > 16 || rows == 0 || columns == 0) throw Damaged($"its frame has {rows} x {columns} samples of {bits} bits");
        var most = presets[0] > 0 ? presets[0] : (1 << bits) - 1;
        if (most >= 1 << bits || near > Math.Min(255, most / 2)) throw Damaged($"a largest sample of {most} and a tolerance of {near} do not go with {bits} bits");
        var thresholds = Standard(most, near);
        for (var i = 0; i < 3; i++)
            if (presets[1 + i] > 0) thresholds[i] = presets[1 + i];
        if (thresholds[0] < near + 1 || thresholds[1] < thresholds[0] || thresholds[2] < thresholds[1] || thresholds[2] > most) throw Damaged("its thresholds are not in order");
        var reset = presets[4] > 0 ? presets[4] : 64;
        if (reset < 3) throw Damaged($"its contexts would be reset after {reset} samples");
        return new() { Rows = rows, Columns = columns, Most = most, Near = near, Thresholds = thresholds, Reset = reset, Start = start };
    }

    /// <summary>The thresholds that hold when none are given (T.87 C.2.4.1.1).</summary>
    private static int[] Standard(int most, int near)
    {
        int Within(int value, int low) => value > most || value < low ? low : value;
        int[] basic = [3, 7, 21];
        var result = new int[3];
        for (var i = 0; i < 3; i++)
        {
            var value = most >= 128
                ? (Math.Min(most, 4095) + 128) / 256 * (basic[i] - (i + 2)) + i + 2 + (2 * i + 3) * near
                : Math.Max(i + 2, basic[i] / (256 / (most + 1)) + (2 * i + 3) * near);
            result[i] = Within(value, i == 0 ? near + 1 : result[i - 1]);
        }

        return result;
    }

    private static DicomException Damaged(string what) => PixelCodecs.Damaged("JPEG-LS", what);
}
