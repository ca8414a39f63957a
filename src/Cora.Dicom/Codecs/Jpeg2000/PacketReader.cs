namespace Cora.Dicom.Codecs.Jpeg2000;

/// <summary>Reads packets: which blocks get how many passes, and where their bytes lie (T.800 B.10).</summary>
internal sealed class PacketReader(Jpeg2000Header header, byte[] data)
{
    private int at, held, hold;
    private bool isAfterOnes;

    public bool IsAtEnd => at >= data.Length;

    public void Read(Band[] bands, int precinct, int layer)
    {
        if (header.HasSop && at + 6 <= data.Length && data[at] == 0xFF && data[at + 1] == 0x91) at += 6;
        (held, hold, isAfterOnes) = (0, 0, false);
        var parts = new List<(CodeBlock Block, int Length)>();
        if (Bit() == 1)
        {
            foreach (var band in bands)
            {
                var inside = band.Precincts[precinct];
                for (var i = 0; i < inside.Blocks.Length; i++) ReadBlock(inside, i, layer, band.Planes, parts);
            }
        }

        // A header that ends with a byte of ones has a byte of filling behind it.
        if (isAfterOnes) at++;
        if (header.HasEph && at + 2 <= data.Length && data[at] == 0xFF && data[at + 1] == 0x92) at += 2;
        foreach (var (block, length) in parts)
        {
            var end = Math.Min(at + (long)length, data.Length);
            block.Segments.Add(at..(int)end);
            at = (int)end;
        }
    }

    private void ReadBlock(BandPrecinct precinct, int i, int layer, int planes, List<(CodeBlock, int)> parts)
    {
        var block = precinct.Blocks[i];
        if (!(block.IsIncluded ? Bit() == 1 : precinct.Inclusion.IsAtMost(this, i, layer))) return;
        if (!block.IsIncluded)
        {
            block.IsIncluded = true;
            while (!precinct.ZeroPlanes.IsAtMost(this, i, block.ZeroPlanes))
                if (++block.ZeroPlanes > planes) throw Jpeg2000Codec.Damaged("a block has more empty bits than its band has");
        }

        var passes = Passes();
        while (Bit() == 1)
            if (++block.LengthBits > 30) throw Jpeg2000Codec.Damaged("a block is longer than any");
        var bits = block.LengthBits + int.Log2(passes);
        if (bits > 31) throw Jpeg2000Codec.Damaged("a block is longer than any");
        parts.Add((block, Bits(bits)));
        block.Passes += passes;
    }

    private int Passes()
    {
        if (Bit() == 0) return 1;
        if (Bit() == 0) return 2;
        var few = Bits(2);
        if (few < 3) return 3 + few;
        var more = Bits(5);
        return more < 31 ? 6 + more : 37 + Bits(7);
    }

    private int Bits(int count)
    {
        var value = 0;
        for (var i = 0; i < count; i++) value = (value << 1) | Bit();
        return value;
    }

    public int Bit()
    {
        if (held == 0)
        {
            if (at >= data.Length) throw Jpeg2000Codec.Damaged("a packet is cut short");
            hold = data[at++];
            held = isAfterOnes ? 7 : 8;
            isAfterOnes = hold == 0xFF;
        }

        held--;
        return (hold >> held) & 1;
    }
}

/// <summary>A tree of minima, coded from the root (T.800 B.10.2).</summary>
internal sealed class TagTree
{
    private readonly List<(int Across, int Down, int Start)> levels = [];
    private readonly int[] lowest;
    private readonly bool[] isKnown;

    public TagTree(int across, int down)
    {
        var count = 0;
        while (across > 0 && down > 0)
        {
            levels.Add((across, down, count));
            count += across * down;
            if (across == 1 && down == 1) break;
            (across, down) = ((across + 1) / 2, (down + 1) / 2);
        }

        (lowest, isKnown) = (new int[count], new bool[count]);
    }

    /// <summary>Whether a leaf's value is at most the limit; reads as many bits as that takes.</summary>
    public bool IsAtMost(PacketReader bits, int leaf, int limit)
    {
        var least = 0;
        for (var level = levels.Count - 1; level >= 0; level--)
        {
            var node = levels[level].Start + (leaf / levels[0].Across >> level) * levels[level].Across + (leaf % levels[0].Across >> level);
            lowest[node] = Math.Max(lowest[node], least);
            while (!isKnown[node] && lowest[node] <= limit)
            {
                if (bits.Bit() == 1) isKnown[node] = true;
                else lowest[node]++;
            }

            least = lowest[node];
            if (!isKnown[node]) return false;
            if (level == 0) return lowest[node] <= limit;
        }

        return false;
    }
}
