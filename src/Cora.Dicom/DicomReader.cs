namespace Cora.Dicom;

/// <summary>Reads the elements of one data set, nested ones included. One instance a data set of a file.</summary>
internal sealed class DicomReader(ByteReader reader, DicomSource source, TransferSyntax syntaxOfFile, List<string> notes)
{
    private const uint Undefined = 0xFFFFFFFF;

    /// <summary>Values up to this length are kept in memory, longer ones stay in their file.</summary>
    private const int MostBytesInMemory = 1 << 16;

    /// <summary>No real object nests deeper; a hostile one would end in a stack overflow.</summary>
    private const int DeepestNesting = 48;

    /// <summary>Elements in all. An enhanced CT of 4000 frames has some 200 000.</summary>
    private const int MostElements = 4_000_000;

    private int elements;

    /// <summary>How the elements at hand are coded: as the file, or implicitly within a sequence that came as unknown bytes.</summary>
    private TransferSyntax syntax = syntaxOfFile;

    /// <summary>Reads to the end of the stream.</summary>
    public DicomDataset ReadAll() => ReadDataset(reader.Length, isUndefined: false, DicomText.Ascii, depth: 0);

    /// <summary>Reads elements up to a byte, or up to an item's end mark.</summary>
    private DicomDataset ReadDataset(long end, bool isUndefined, DicomText letters, int depth)
    {
        if (depth > DeepestNesting) throw new DicomException($"Sequences are nested more than {DeepestNesting} deep at byte {reader.Position}.", "The file is damaged or made to do harm: leave it out.");
        var dataset = new DicomDataset { Letters = letters };
        while (reader.Position < end)
        {
            if (end - reader.Position < 8)
            {
                if (isUndefined) throw DicomException.CutShort($"The file ends at byte {reader.Length} within an item.");
                Note($"{end - reader.Position} stray bytes after the last element");
                reader.Position = end;
                break;
            }

            var start = reader.Position;
            var tag = ReadTag();
            if (isUndefined && tag == Tags.ItemEnd)
            {
                reader.ReadUInt32(syntax.IsBigEndian, "an item's end");
                return dataset;
            }

            if (tag.Group == 0xFFFE) throw new DicomException($"A mark {tag} of a sequence stands outside of one, at byte {start}.", "The file is damaged: fetch it again.");
            if (depth == 0 && tag is { Group: 0, Element: 0 } && dataset.Has(Tags.PixelData))
            {
                Note("zeros after the pixel data");
                reader.Position = end;
                break;
            }

            if (++elements > MostElements) throw new DicomException($"The file has more than {MostElements} elements.", "The file is damaged or made to do harm: leave it out.");
            if (ReadElement(tag, dataset, end, depth) is { } element) dataset.Set(element);
        }

        if (isUndefined) throw DicomException.CutShort($"The file ends at byte {reader.Length} within an item.");
        return dataset;
    }

    private DicomElement? ReadElement(DicomTag tag, DicomDataset dataset, long end, int depth)
    {
        var (vr, length) = ReadVrAndLength(tag, dataset);
        var isUnknown = vr == DicomVr.UN;
        if (isUnknown) vr = Known(tag, dataset);
        if (tag == Tags.PixelData && depth == 0 && length == Undefined) return ReadFragments(tag, vr);
        if (length == Undefined)
        {
            if (vr is not (DicomVr.SQ or DicomVr.UN))
                throw new DicomException($"Element {tag} {vr} has no length, which only sequences may.", "The file is damaged: fetch it again.");
            return new(tag, ReadItems(end, isUndefined: true, isUnknown, dataset.Letters, depth));
        }

        if (length > end - reader.Position) return ReadCutShort(tag, vr, length, end, depth);
        var valueEnd = reader.Position + length;
        if (vr == DicomVr.SQ) return ReadDefinedSequence(tag, valueEnd, isUnknown, dataset.Letters, depth);
        var data = ReadData(length, isUnknown ? 1 : vr.UnitBytes(), tag);
        return new(tag, vr, data);
    }

    /// <summary>Pixels that end early are kept as far as they go, since the header is whole; anything else is refused.</summary>
    private DicomElement ReadCutShort(DicomTag tag, DicomVr vr, uint length, long end, int depth)
    {
        if (depth > 0 || tag.Group != 0x7FE0) throw DicomException.CutShort($"Element {tag} says {length} bytes at byte {reader.Position}, {end - reader.Position} are left.");
        return new(tag, vr, ReadData(end - reader.Position, vr.UnitBytes(), tag)) { DeclaredLength = length };
    }

    /// <summary>A sequence of known length. Where its inside is malformed it is kept as bytes: the next element is found all the same.</summary>
    private DicomElement ReadDefinedSequence(DicomTag tag, long end, bool isUnknown, DicomText letters, int depth)
    {
        var start = reader.Position;
        try
        {
            return new(tag, ReadItems(end, isUndefined: false, isUnknown, letters, depth));
        }
        catch (DicomException) when (depth == 0)
        {
            Note($"the items of sequence {tag} are malformed; it is kept as bytes");
            reader.Position = start;
            return new(tag, DicomVr.UN, ReadData(end - start, unit: 1, tag));
        }
    }

    /// <summary>The items of a sequence. One that came through a program that did not know it is implicit little endian within, whatever the file is (PS3.5 6.2.2).</summary>
    private List<DicomDataset> ReadItems(long end, bool isUndefined, bool isUnknown, DicomText letters, int depth)
    {
        var outer = syntax;
        if (isUnknown && syntax.IsExplicit) syntax = TransferSyntax.ImplicitLittle;
        try
        {
            return ReadItems(end, isUndefined, letters, depth);
        }
        finally
        {
            syntax = outer;
        }
    }

    private List<DicomDataset> ReadItems(long end, bool isUndefined, DicomText letters, int depth)
    {
        var items = new List<DicomDataset>();
        while (reader.Position < end)
        {
            var start = reader.Position;
            var tag = ReadTag();
            var length = reader.ReadUInt32(syntax.IsBigEndian, "an item's length");
            if (isUndefined && tag == Tags.SequenceEnd) return items;
            if (tag != Tags.Item) throw new DicomException($"An item is expected at byte {start}, {tag} stands there.", "The file is damaged: fetch it again.");
            if (++elements > MostElements) throw new DicomException($"The file has more than {MostElements} elements.", "The file is damaged or made to do harm: leave it out.");
            var itemEnd = length == Undefined ? end : reader.Position + length;
            if (itemEnd > end) throw DicomException.CutShort($"An item says {length} bytes at byte {reader.Position}, {end - reader.Position} are left.");
            items.Add(ReadDataset(itemEnd, length == Undefined, letters, depth + 1));
        }

        if (isUndefined) throw DicomException.CutShort($"The file ends at byte {reader.Length} within a sequence.");
        return items;
    }

    private DicomElement ReadFragments(DicomTag tag, DicomVr vr)
    {
        var fragments = new List<DicomData>();
        while (reader.Left >= 8)
        {
            var start = reader.Position;
            var mark = ReadTag();
            var length = reader.ReadUInt32(syntax.IsBigEndian, "a fragment's length");
            if (mark == Tags.SequenceEnd) return new(tag, vr, fragments);
            if (mark != Tags.Item) throw new DicomException($"A fragment of pixels is expected at byte {start}, {mark} stands there.", "The file is damaged: fetch it again.");
            if (++elements > MostElements) throw new DicomException($"The file has more than {MostElements} elements.", "The file is damaged or made to do harm: leave it out.");
            if (length > reader.Left) return new(tag, vr, fragments) { DeclaredLength = length };
            fragments.Add(ReadData(length, unit: 1, tag));
        }

        Note("the compressed pixels have no end mark");
        return new(tag, vr, fragments);
    }

    private DicomData ReadData(long length, int unit, DicomTag tag)
    {
        if (length > MostBytesInMemory)
        {
            var lazy = new DicomData(source, reader.Position, length, syntax.IsBigEndian ? unit : 1);
            reader.Position += length;
            return lazy;
        }

        var bytes = reader.ReadBytes(length, $"element {tag}");
        if (syntax.IsBigEndian) DicomData.Swap(bytes, unit);
        return new(bytes);
    }

    private (DicomVr Vr, uint Length) ReadVrAndLength(DicomTag tag, DicomDataset dataset)
    {
        var what = $"element {tag}";
        if (!syntax.IsExplicit) return (Known(tag, dataset), reader.ReadUInt32(syntax.IsBigEndian, what));
        Span<byte> letters = stackalloc byte[2];
        reader.Read(letters, what);
        var vr = DicomVrs.Of(letters[0], letters[1]);
        if (vr == DicomVr.None)
        {
            if (letters[0] is >= (byte)'A' and <= (byte)'Z' && letters[1] is >= (byte)'A' and <= (byte)'Z')
            {
                // A representation newer than this program has the long form (PS3.5 6.2, note on future ones).
                Note($"element {tag} has an unknown representation");
                reader.ReadUInt16(syntax.IsBigEndian, what);
                return (DicomVr.UN, reader.ReadUInt32(syntax.IsBigEndian, what));
            }

            // No letters at all: some programs leave single elements implicit, whose length stands here.
            Note($"element {tag} has no representation");
            reader.Position -= 2;
            return (Known(tag, dataset), reader.ReadUInt32(syntax.IsBigEndian, what));
        }

        if (!vr.HasLongLength()) return (vr, reader.ReadUInt16(syntax.IsBigEndian, what));
        reader.ReadUInt16(syntax.IsBigEndian, what);
        return (vr, reader.ReadUInt32(syntax.IsBigEndian, what));
    }

    private static DicomVr Known(DicomTag tag, DicomDataset dataset) =>
        DicomDictionary.FollowsPixels(tag) && dataset.Integer(Tags.PixelRepresentation) == 1 ? DicomVr.SS : DicomDictionary.Of(tag);

    private DicomTag ReadTag()
    {
        var group = reader.ReadUInt16(syntax.IsBigEndian, "a tag");
        return new(group, reader.ReadUInt16(syntax.IsBigEndian, "a tag"));
    }

    private void Note(string text)
    {
        const int mostNotes = 20;
        if (notes.Count < mostNotes) notes.Add(text);
    }
}
