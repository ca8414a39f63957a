using System.IO.Compression;

namespace Cora.Dicom;

/// <summary>A DICOM file: Part 10 with preamble and meta group, or a bare data set. Large values stay on the disk until they are asked for.</summary>
public sealed class DicomFile
{
    /// <summary>A deflated data set of more bytes than this is refused: it cannot be read by the part.</summary>
    private const long MostInflatedBytes = 1L << 29;

    private DicomFile(DicomDataset meta, DicomDataset dataset, TransferSyntax syntax, IReadOnlyList<string> notes) =>
        (Meta, Dataset, Syntax, Notes) = (meta, dataset, syntax, notes);

    /// <summary>A file made of parts, to be written.</summary>
    public DicomFile(DicomDataset dataset, TransferSyntax syntax)
        : this(new(), dataset, syntax, [])
    {
    }

    /// <summary>Group 0002; empty in a bare file.</summary>
    public DicomDataset Meta { get; }

    /// <summary>Everything else.</summary>
    public DicomDataset Dataset { get; }

    /// <summary>How the data set is coded.</summary>
    public TransferSyntax Syntax { get; }

    /// <summary>What was wrong and could be read over; no values, only tags and lengths.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>Reads a file of the disk.</summary>
    /// <exception cref="DicomException">It is no DICOM file, or is cut short, or contradicts itself.</exception>
    public static DicomFile Read(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return Read(new DiskSource(path));
    }

    /// <summary>Reads a file in memory, for example an entry of an archive.</summary>
    /// <exception cref="DicomException">It is no DICOM file, or is cut short, or contradicts itself.</exception>
    public static DicomFile Read(byte[] bytes)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        return Read(new MemorySource(bytes));
    }

    /// <summary>Whether the first bytes look like a DICOM file; 132 bytes are enough to tell.</summary>
    public static bool LooksLikeOne(ReadOnlySpan<byte> start) =>
        (start.Length >= 132 && start[128..132].SequenceEqual("DICM"u8)) || BareFile.SyntaxOf(start) is not null;

    /// <summary>The pixels, described and checked.</summary>
    /// <exception cref="DicomException">There are none, or their description contradicts itself.</exception>
    public DicomPixels Pixels() => DicomPixels.Of(this);

    private static DicomFile Read(DicomSource source)
    {
        using var reader = new ByteReader(source.Open());
        var start = new byte[Math.Min(reader.Length, 144)];
        reader.Read(start, "its first bytes");
        var hasPreamble = start.Length >= 132 && start.AsSpan(128, 4).SequenceEqual("DICM"u8);
        var isMetaFirst = !hasPreamble && start.Length >= 8 && start is [2, 0, _, _, (byte)'U' or (byte)'O', ..];
        var notes = new List<string>();
        if (!hasPreamble && !isMetaFirst)
        {
            var bare = BareFile.SyntaxOf(start) ?? throw new DicomException("This is not a DICOM file: it has no preamble, and no data set begins at its first byte.", "Leave it out, or export the image again as DICOM.");
            notes.Add("no preamble and no meta group");
            reader.Position = 0;
            return new(new(), new DicomReader(reader, source, bare, notes).ReadAll(), bare, notes);
        }

        reader.Position = hasPreamble ? 132 : 0;
        var meta = ReadMeta(reader);
        var uid = meta.Text(Tags.TransferSyntaxUid)
            ?? throw new DicomException("The file does not say its transfer syntax (0002,0010).", "Export it again, or add the transfer syntax with a DICOM tool.");
        var syntax = TransferSyntax.Of(uid);
        if (!syntax.IsDeflated) return new(meta, new DicomReader(reader, source, syntax, notes).ReadAll(), syntax, notes);
        var inflated = new MemorySource(Inflate(source, reader.Position, MostInflatedBytes));
        using var inner = new ByteReader(inflated.Open());
        return new(meta, new DicomReader(inner, inflated, syntax, notes).ReadAll(), syntax, notes);
    }

    /// <summary>The elements of group 0002, always explicit little endian. Their length element is not trusted.</summary>
    private static DicomDataset ReadMeta(ByteReader reader)
    {
        var meta = new DicomDataset();
        Span<byte> letters = stackalloc byte[2];
        while (reader.Left >= 8)
        {
            var start = reader.Position;
            var tag = new DicomTag(reader.ReadUInt16(false, "a tag"), reader.ReadUInt16(false, "a tag"));
            if (tag.Group != 2)
            {
                reader.Position = start;
                break;
            }

            reader.Read(letters, $"element {tag}");
            var vr = DicomVrs.Of(letters[0], letters[1]);
            if (vr == DicomVr.None) throw new DicomException($"Element {tag} of the meta group has no value representation.", "The file is damaged: fetch it again.");
            if (vr.HasLongLength()) reader.ReadUInt16(false, $"element {tag}");
            var length = vr.HasLongLength() ? reader.ReadUInt32(false, $"element {tag}") : reader.ReadUInt16(false, $"element {tag}");
            meta.Set(new DicomElement(tag, vr, new DicomData(reader.ReadBytes(length, $"element {tag}"))));
        }

        return meta;
    }

    internal static byte[] Inflate(DicomSource source, long from, long most)
    {
        using var stream = source.Open();
        stream.Position = from;
        using var inflater = new DeflateStream(stream, CompressionMode.Decompress);
        using var result = new MemoryStream();
        var piece = new byte[1 << 16];
        try
        {
            for (int count; (count = inflater.Read(piece)) > 0;)
            {
                if (result.Length + count > most)
                    throw new DicomException($"The deflated data set holds more than {most >> 20} MiB.", "Convert it with another DICOM tool to explicit little endian.");
                result.Write(piece, 0, count);
            }
        }
        catch (Exception problem) when (problem is InvalidDataException or IOException)
        {
            throw new DicomException("The deflated data set is damaged.", "Fetch the file again from the archive.", problem);
        }

        return result.ToArray();
    }
}

/// <summary>Files without preamble: what their first element looks like tells how they are coded.</summary>
internal static class BareFile
{
    /// <summary>The syntax in which the first bytes are an element of group 0008 (or a group length of it); null when there is none.</summary>
    public static TransferSyntax? SyntaxOf(ReadOnlySpan<byte> start)
    {
        if (start.Length < 8) return null;
        var hasVr = DicomVrs.Of(start[4], start[5]) != DicomVr.None;
        const int mostFirstBytes = 1 << 10;
        if (start[0] == 8 && start[1] == 0 && start[3] <= 0x30)
        {
            if (hasVr) return TransferSyntax.ExplicitLittle;
            var length = System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(start[4..]);
            return length <= mostFirstBytes ? TransferSyntax.ImplicitLittle : null;
        }

        return start[0] == 0 && start[1] == 8 && start[2] <= 0x30 && hasVr ? TransferSyntax.ExplicitBig : null;
    }
}
