namespace Cora.Dicom.Codecs.Jpeg2000;

/// <summary>
/// JPEG 2000 of grey values, reversible and irreversible (ITU-T T.800). What hardly any scanner writes (colours, arithmetic bypass, termination of every pass, regions of
/// interest, changed settings within a tile) goes to an installed converter.
/// </summary>
internal sealed class Jpeg2000Codec : IPixelCodec
{
    public int[] Decode(byte[] frame, DicomPixels pixels)
    {
        if (pixels.Samples != 1) return new ConverterCodec().Decode(frame, pixels);
        var (header, tiles) = Jpeg2000Header.Read(frame);
        if (header is null) return new ConverterCodec().Decode(frame, pixels);
        var (rows, columns) = (header.Y1 - header.Y0, header.X1 - header.X0);
        if (rows != pixels.Rows || columns != pixels.Columns)
            throw Damaged($"it holds {rows} x {columns} samples, the header says {pixels.Rows} x {pixels.Columns}");
        var values = new int[rows * columns];
        foreach (var (tile, parts) in tiles)
        {
            var data = parts.Count == 1 ? frame.AsSpan(parts[0]).ToArray() : [.. parts.SelectMany(p => frame[p])];
            new Jpeg2000Tile(header, tile, data).Decode(values);
        }

        Finish(values, header, pixels);
        return values;
    }

    internal static DicomException Damaged(string what) => PixelCodecs.Damaged("JPEG 2000", what);

    /// <summary>Shifts unsigned samples to their range; the header's sign holds where the codestream has another.</summary>
    private static void Finish(int[] values, Jpeg2000Header header, DicomPixels pixels)
    {
        var half = 1 << (header.Bits - 1);
        var (shift, low, high) = header.IsSigned ? (0, -half, half - 1) : (half, 0, 2 * half - 1);
        var (mask, sign) = (2 * half - 1, pixels.IsSigned ? half : 0);
        foreach (ref var value in values.AsSpan()) value = ((Math.Clamp(value + shift, low, high) & mask) ^ sign) - sign;
    }
}

/// <summary>What the main header says (T.800 annex A).</summary>
internal sealed class Jpeg2000Header
{
    public int X0, Y0, X1, Y1, TileX0, TileY0, TileWidth, TileHeight, Bits;
    public bool IsSigned, IsReversible, HasSop, HasEph, IsCausal, IsReset, HasSymbols;
    public int Progression, Layers, Levels, BlockWidthBits, BlockHeightBits, QuantizationStyle, GuardBits;
    public int[] PrecinctBits = [], Steps = [];

    public int TilesAcross => (X1 - TileX0 + TileWidth - 1) / TileWidth;

    /// <summary>The header, and for every tile the ranges of its data; no header where a rare feature is used.</summary>
    public static (Jpeg2000Header? Header, Dictionary<int, List<Range>> Tiles) Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes is not [0xFF, 0x4F, 0xFF, 0x51, ..]) throw Jpeg2000Codec.Damaged("it does not begin as a codestream");
        var (header, tiles, isRare, seen) = (new Jpeg2000Header(), new Dictionary<int, List<Range>>(), false, 0);
        for (var at = 2; at + 4 <= bytes.Length;)
        {
            var marker = (bytes[at] << 8) | bytes[at + 1];
            if (marker == 0xFFD9) break;
            var length = (bytes[at + 2] << 8) | bytes[at + 3];
            if (marker < 0xFF00 || length < 2 || at + 2 + length > bytes.Length) throw Jpeg2000Codec.Damaged($"a marker is expected at byte {at}");
            var segment = bytes.Slice(at + 4, length - 2);
            switch (marker)
            {
                case 0xFF51: header.ReadSize(segment, ref isRare); seen |= 1; break;
                case 0xFF52: header.ReadStyle(segment, ref isRare); seen |= 2; break;
                case 0xFF5C: header.ReadQuantization(segment); seen |= 4; break;
                case 0xFF53 or 0xFF5D or 0xFF5E or 0xFF5F or 0xFF60 or 0xFF61 or 0xFF50: isRare = true; break;
                case 0xFF90:
                    if (seen != 7) throw Jpeg2000Codec.Damaged("its main header is not whole");
                    if (isRare) return (null, tiles);
                    at = header.ReadTilePart(bytes, at, tiles, ref isRare);
                    if (isRare) return (null, tiles);
                    continue;
            }

            at += 2 + length;
        }

        if (isRare) return (null, tiles);
        if (tiles.Count == 0) throw Jpeg2000Codec.Damaged("it has no tile");
        return (header, tiles);
    }

    private int ReadTilePart(ReadOnlySpan<byte> bytes, int at, Dictionary<int, List<Range>> tiles, ref bool isRare)
    {
        if (at + 12 > bytes.Length) throw Jpeg2000Codec.Damaged("a tile is cut short");
        var tile = (bytes[at + 4] << 8) | bytes[at + 5];
        var length = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(bytes[(at + 6)..]);
        var end = length == 0 ? bytes.Length : (int)Math.Min(at + (long)length, bytes.Length);
        if (tile >= (long)TilesAcross * ((Y1 - TileY0 + TileHeight - 1) / TileHeight)) throw Jpeg2000Codec.Damaged($"there is no tile {tile}");
        for (at += 12; at + 2 <= end;)
        {
            var marker = (bytes[at] << 8) | bytes[at + 1];
            if (marker == 0xFF93)
            {
                if (!tiles.TryGetValue(tile, out var parts)) tiles[tile] = parts = [];
                parts.Add((at + 2)..end);
                return end;
            }

            if (marker < 0xFF00 || at + 4 > end) break;
            // Lengths of packets and comments tell nothing new; anything else changes settings within the tile.
            isRare |= marker is not (0xFF58 or 0xFF64);
            at += 2 + ((bytes[at + 2] << 8) | bytes[at + 3]);
        }

        throw Jpeg2000Codec.Damaged("a tile has no data");
    }

    private void ReadSize(ReadOnlySpan<byte> s, ref bool isRare)
    {
        if (s.Length < 37) throw Jpeg2000Codec.Damaged("its size is not described");
        var numbers = new long[8];
        for (var i = 0; i < 8; i++) numbers[i] = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(s[(2 + 4 * i)..]);
        if (numbers.Any(n => n > 1 << 24) || numbers[4] == 0 || numbers[5] == 0 || numbers[6] > numbers[2] || numbers[7] > numbers[3]
            || numbers[2] >= numbers[0] || numbers[3] >= numbers[1] || numbers[6] + numbers[4] <= numbers[2] || numbers[7] + numbers[5] <= numbers[3])
            throw Jpeg2000Codec.Damaged("its sizes contradict each other");
        (X1, Y1, X0, Y0) = ((int)numbers[0], (int)numbers[1], (int)numbers[2], (int)numbers[3]);
        (TileWidth, TileHeight, TileX0, TileY0) = ((int)numbers[4], (int)numbers[5], (int)numbers[6], (int)numbers[7]);
        isRare |= ((s[34] << 8) | s[35]) != 1 || s.Length < 39 || s[37] != 1 || s[38] != 1;
        (Bits, IsSigned) = ((s[36] & 0x7F) + 1, s[36] >= 0x80);
        if (Bits > 16) throw Jpeg2000Codec.Damaged($"its samples have {Bits} bits");
    }

    private void ReadStyle(ReadOnlySpan<byte> s, ref bool isRare)
    {
        if (s.Length < 10) throw Jpeg2000Codec.Damaged("its coding style is not described");
        (HasSop, HasEph, Progression, Layers, Levels) = ((s[0] & 2) != 0, (s[0] & 4) != 0, s[1], (s[2] << 8) | s[3], s[5]);
        (BlockWidthBits, BlockHeightBits) = ((s[6] & 15) + 2, (s[7] & 15) + 2);
        (IsReset, IsCausal, HasSymbols, IsReversible) = ((s[8] & 2) != 0, (s[8] & 8) != 0, (s[8] & 32) != 0, s[9] == 1);
        isRare |= (s[8] & ~(2 | 8 | 32)) != 0;
        if (Progression > 4 || Layers == 0 || Levels > 32 || BlockWidthBits > 10 || BlockHeightBits > 10 || BlockWidthBits + BlockHeightBits > 12 || s[9] > 1)
            throw Jpeg2000Codec.Damaged("its coding style is none of the standard's");
        PrecinctBits = [.. Enumerable.Repeat(0xFF, Levels + 1)];
        if ((s[0] & 1) == 0) return;
        if (s.Length < 11 + Levels) throw Jpeg2000Codec.Damaged("its precincts are not described");
        for (var r = 0; r <= Levels; r++)
        {
            PrecinctBits[r] = s[10 + r];
            if (r > 0 && ((s[10 + r] & 15) == 0 || s[10 + r] >> 4 == 0)) throw Jpeg2000Codec.Damaged("a precinct has no size");
        }
    }

    private void ReadQuantization(ReadOnlySpan<byte> s)
    {
        if (s.Length < 2) throw Jpeg2000Codec.Damaged("its quantization is not described");
        (QuantizationStyle, GuardBits) = (s[0] & 31, s[0] >> 5);
        if (QuantizationStyle > 2) throw Jpeg2000Codec.Damaged("its quantization is none of the standard's");
        var steps = new List<int>();
        for (var i = 1; i + (QuantizationStyle == 0 ? 0 : 1) < s.Length; i += QuantizationStyle == 0 ? 1 : 2)
            steps.Add(QuantizationStyle == 0 ? (s[i] >> 3) << 11 : (s[i] << 8) | s[i + 1]);
        Steps = [.. steps];
    }

    /// <summary>Exponent and mantissa of a band; bands are counted LL, then HL, LH, HH from the coarsest.</summary>
    public (int Exponent, int Mantissa) StepOf(int band)
    {
        if (QuantizationStyle == 1) return (Math.Max(0, (Steps[0] >> 11) - (band == 0 ? 0 : (band - 1) / 3)), Steps[0] & 0x7FF);
        if (band >= Steps.Length) throw Jpeg2000Codec.Damaged("a band has no step");
        return (Steps[band] >> 11, Steps[band] & 0x7FF);
    }
}
