namespace Cora.Dicom.Codecs.Jpeg2000;

/// <summary>A block of coefficients and the bytes that code it.</summary>
internal sealed class CodeBlock
{
    public required int X0, Y0, X1, Y1;
    public readonly List<Range> Segments = [];
    public int Passes, ZeroPlanes, LengthBits = 3;
    public bool IsIncluded;
}

/// <summary>The blocks of one band within one precinct, with the trees that their headers are coded by.</summary>
internal sealed class BandPrecinct(CodeBlock[] blocks, int across, int down)
{
    public readonly CodeBlock[] Blocks = blocks;
    public readonly TagTree Inclusion = new(across, down), ZeroPlanes = new(across, down);
}

/// <summary>A band of one resolution: where it lies in its own coordinates, and its coefficients.</summary>
internal sealed class Band
{
    public required int Kind, X0, Y0, X1, Y1, Planes;
    public required double Step;
    public required float[] Real;
    public required int[] Whole;
    public BandPrecinct[] Precincts = [];
}

/// <summary>Decodes one tile: packets, blocks, wavelets (T.800 annexes B, D, E, F).</summary>
internal sealed class Jpeg2000Tile
{
    /// <summary>A tile of more is no CT image: its lists alone would take the memory.</summary>
    private const int MostPrecincts = 1 << 16, MostBlocks = 1 << 18;

    private readonly Jpeg2000Header header;
    private readonly byte[] data;
    private readonly int x0, y0, x1, y1;
    private readonly Band[][] resolutions;
    private readonly (int Across, int Down)[] precincts;
    private long blockCount;

    public Jpeg2000Tile(Jpeg2000Header header, int tile, byte[] data)
    {
        (this.header, this.data) = (header, data);
        var (p, q) = (tile % header.TilesAcross, tile / header.TilesAcross);
        (x0, y0) = (Math.Max(header.TileX0 + p * header.TileWidth, header.X0), Math.Max(header.TileY0 + q * header.TileHeight, header.Y0));
        (x1, y1) = (Math.Min(header.TileX0 + (p + 1) * header.TileWidth, header.X1), Math.Min(header.TileY0 + (q + 1) * header.TileHeight, header.Y1));
        resolutions = new Band[header.Levels + 1][];
        precincts = new (int, int)[header.Levels + 1];
        for (var r = 0; r <= header.Levels; r++) (resolutions[r], precincts[r]) = MakeResolution(r);
    }

    /// <summary>Decodes into the whole frame, before the shift of levels.</summary>
    public void Decode(int[] frame)
    {
        ReadPackets();
        foreach (var bands in resolutions)
            foreach (var band in bands)
                foreach (var block in band.Precincts.SelectMany(p => p.Blocks))
                    if (block.Passes > 0) new BlockDecoder(header, band, block, data).Decode();
        var low = resolutions[0][0];
        for (var r = 1; r <= header.Levels; r++)
        {
            var (rx0, ry0, rx1, ry1) = Scaled(header.Levels - r);
            low = Wavelet.Joined(header.IsReversible, low, resolutions[r], rx0, ry0, rx1, ry1);
        }

        var (width, across) = (x1 - x0, header.X1 - header.X0);
        for (var y = 0; y < y1 - y0; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var at = y * width + x;
                frame[(y0 - header.Y0 + y) * across + x0 - header.X0 + x] = header.IsReversible ? low.Whole[at] : (int)MathF.Round(Math.Clamp(low.Real[at], -1e6f, 1e6f));
            }
        }
    }

    private (int X0, int Y0, int X1, int Y1) Scaled(int levels) => (Up(x0, levels), Up(y0, levels), Up(x1, levels), Up(y1, levels));

    private static int Up(long value, int bits) => (int)((value + (1L << bits) - 1) >> bits);

    private (Band[] Bands, (int, int) Precincts) MakeResolution(int r)
    {
        var (rx0, ry0, rx1, ry1) = Scaled(header.Levels - r);
        var (px, py) = (header.PrecinctBits[r] & 15, header.PrecinctBits[r] >> 4);
        var across = rx1 > rx0 ? Up(rx1, px) - (rx0 >> px) : 0;
        var down = ry1 > ry0 ? Up(ry1, py) - (ry0 >> py) : 0;
        if ((long)across * down > MostPrecincts) throw Jpeg2000Codec.Damaged("it has too many precincts");
        var bands = r == 0 ? [MakeBand(0, header.Levels, 0)] : Enumerable.Range(1, 3).Select(kind => MakeBand(kind, header.Levels - r + 1, 3 * (r - 1) + kind)).ToArray();
        var shift = r == 0 ? 0 : 1;
        foreach (var band in bands)
        {
            band.Precincts = new BandPrecinct[across * down];
            for (var i = 0; i < band.Precincts.Length; i++)
            {
                var (left, top) = ((long)((rx0 >> px) + i % across) << (px - shift), (long)((ry0 >> py) + i / across) << (py - shift));
                band.Precincts[i] = MakePrecinct(
                    (int)Math.Max(left, band.X0), (int)Math.Max(top, band.Y0), (int)Math.Min(left + (1L << (px - shift)), band.X1), (int)Math.Min(top + (1L << (py - shift)), band.Y1),
                    Math.Min(header.BlockWidthBits, px - shift), Math.Min(header.BlockHeightBits, py - shift));
            }
        }

        return (bands, (across, down));
    }

    private Band MakeBand(int kind, int level, int number)
    {
        // A band of high frequencies begins half a step later.
        int From(int value, int isHigh) => (int)Math.Max(0, (value - (level == 0 ? 0 : (long)isHigh << (level - 1)) + (1L << level) - 1) >> level);
        var (bx0, by0, bx1, by1) = (From(x0, kind & 1), From(y0, kind >> 1), From(x1, kind & 1), From(y1, kind >> 1));
        var (exponent, mantissa) = header.StepOf(number);
        var planes = header.GuardBits + exponent - 1;
        if (planes is < 0 or > 30) throw Jpeg2000Codec.Damaged($"a band has {planes} bits");
        var gain = kind switch { 0 => 0, 3 => 2, _ => 1 };
        var count = (bx1 - bx0) * (by1 - by0);
        return new()
        {
            Kind = kind, X0 = bx0, Y0 = by0, X1 = bx1, Y1 = by1, Planes = planes, Step = Math.Pow(2, header.Bits + gain - exponent) * (1 + mantissa / 2048.0),
            Whole = header.IsReversible ? new int[count] : [], Real = header.IsReversible ? [] : new float[count],
        };
    }

    private BandPrecinct MakePrecinct(int left, int top, int right, int bottom, int widthBits, int heightBits)
    {
        if (right <= left || bottom <= top) return new([], 0, 0);
        var (across, down) = (Up(right, widthBits) - (left >> widthBits), Up(bottom, heightBits) - (top >> heightBits));
        blockCount += (long)across * down;
        if (blockCount > MostBlocks) throw Jpeg2000Codec.Damaged("it has too many blocks");
        var blocks = new CodeBlock[across * down];
        for (var i = 0; i < blocks.Length; i++)
        {
            var (x, y) = (((left >> widthBits) + i % across) << widthBits, ((top >> heightBits) + i / across) << heightBits);
            blocks[i] = new() { X0 = Math.Max(x, left), Y0 = Math.Max(y, top), X1 = Math.Min(x + (1 << widthBits), right), Y1 = Math.Min(y + (1 << heightBits), bottom) };
        }

        return new(blocks, across, down);
    }

    /// <summary>The packets in the order of the progression; with one component the five orders are three.</summary>
    private void ReadPackets()
    {
        var reader = new PacketReader(header, data);
        foreach (var (layer, r, precinct) in Order())
        {
            if (reader.IsAtEnd) return;               // a stream may end after any packet: what came is what is known
            reader.Read(resolutions[r], precinct, layer);
        }
    }

    private IEnumerable<(int Layer, int Resolution, int Precinct)> Order()
    {
        int Count(int r) => precincts[r].Across * precincts[r].Down;
        var resolutionsDown = Enumerable.Range(0, header.Levels + 1);
        var layers = Enumerable.Range(0, header.Layers);
        return header.Progression switch
        {
            0 => from l in layers from r in resolutionsDown from p in Enumerable.Range(0, Count(r)) select (l, r, p),
            1 => from r in resolutionsDown from l in layers from p in Enumerable.Range(0, Count(r)) select (l, r, p),
            2 => from r in resolutionsDown from p in Enumerable.Range(0, Count(r)) from l in layers select (l, r, p),
            _ => from place in (from r in resolutionsDown from p in Enumerable.Range(0, Count(r)) select (r, p)).OrderBy(Place).ThenBy(c => c.r) from l in layers select (l, place.r, place.p),
        };
    }

    /// <summary>Where a precinct begins on the tile's own grid: from top to bottom, then from left to right.</summary>
    private (long Y, long X) Place((int Resolution, int Precinct) of)
    {
        var (r, p) = of;
        var (rx0, ry0, _, _) = Scaled(header.Levels - r);
        var (px, py) = (header.PrecinctBits[r] & 15, header.PrecinctBits[r] >> 4);
        long At(int first, int bits, int step, int start) => step == 0 ? start : (long)((first >> bits) + step) << (bits + header.Levels - r);
        return (At(ry0, py, p / precincts[r].Across, y0), At(rx0, px, p % precincts[r].Across, x0));
    }
}
