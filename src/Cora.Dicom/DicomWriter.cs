using System.Buffers.Binary;
using System.IO.Compression;

namespace Cora.Dicom;

/// <summary>How a file is written.</summary>
public sealed record DicomWriteOptions
{
    /// <summary>Whether to write 128 zeros, "DICM" and the meta group; without, a bare data set.</summary>
    public bool HasPreamble { get; init; } = true;

    /// <summary>Whether sequences and items end with marks rather than having a length.</summary>
    public bool UndefinedLengths { get; init; }
}

/// <summary>Writes DICOM files. What is read again equals what was written.</summary>
public static class DicomWriter
{
    /// <summary>UID of this implementation: of the kind that is made from a number and belongs to nobody (PS3.5 B.2).</summary>
    private const string Implementation = "2.25.139241570273016843502187731059871602945";

    /// <summary>Writes a file in its own transfer syntax.</summary>
    public static void Write(Stream stream, DicomFile file, DicomWriteOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(file);
        options ??= new();
        if (options.HasPreamble)
        {
            stream.Write(new byte[128]);
            stream.Write("DICM"u8);
            WriteMeta(stream, file);
        }

        if (!file.Syntax.IsDeflated)
        {
            WriteDataset(stream, file.Dataset, file.Syntax, options);
            return;
        }

        using var deflater = new DeflateStream(stream, CompressionLevel.Fastest, leaveOpen: true);
        WriteDataset(deflater, file.Dataset, file.Syntax, options);
    }

    /// <summary>The bytes of a file.</summary>
    public static byte[] ToBytes(DicomFile file, DicomWriteOptions? options = null)
    {
        using var stream = new MemoryStream();
        Write(stream, file, options);
        return stream.ToArray();
    }

    private static void WriteMeta(Stream stream, DicomFile file)
    {
        var meta = new DicomDataset();
        meta.Set(new DicomElement(Tags.FileMetaInformationVersion, DicomVr.OB, new DicomData([0, 1])));
        if (file.Dataset.Text(Tags.SopClassUid) is { } sopClass) meta.Set(Tags.MediaStorageSopClassUid, DicomVr.UI, sopClass);
        if (file.Dataset.Text(Tags.SopInstanceUid) is { } instance) meta.Set(Tags.MediaStorageSopInstanceUid, DicomVr.UI, instance);
        meta.Set(Tags.TransferSyntaxUid, DicomVr.UI, file.Syntax.Uid);
        meta.Set(Tags.ImplementationClassUid, DicomVr.UI, Implementation);
        using var body = new MemoryStream();
        WriteDataset(body, meta, TransferSyntax.ExplicitLittle, new());
        var length = new DicomDataset();
        length.Set(Tags.FileMetaInformationGroupLength, DicomVr.UL, body.Length);
        WriteDataset(stream, length, TransferSyntax.ExplicitLittle, new());
        body.WriteTo(stream);
    }

    private static void WriteDataset(Stream stream, DicomDataset dataset, TransferSyntax syntax, DicomWriteOptions options)
    {
        foreach (var element in dataset.Elements.OrderBy(e => e.Tag))          // rising tags are the standard's order
        {
            if (element.Items is { } items) WriteSequence(stream, element.Tag, items, syntax, options);
            else if (element.Fragments is { } fragments) WriteFragments(stream, element, fragments, syntax);
            else WriteBytes(stream, element, syntax);
        }
    }

    private static void WriteBytes(Stream stream, DicomElement element, TransferSyntax syntax)
    {
        var data = element.Data!;
        var isOdd = data.Length % 2 == 1;
        var length = data.Length + (isOdd ? 1 : 0);
        var vr = element.Vr;
        // A value too long for 16 bits is written as UN, which has 32 (PS3.5 6.2.2).
        if (syntax.IsExplicit && !vr.HasLongLength() && length > ushort.MaxValue) vr = DicomVr.UN;
        WriteHead(stream, element.Tag, vr, (uint)length, syntax);
        var unit = syntax.IsBigEndian ? element.Vr.UnitBytes() : 1;
        const int pieceBytes = 1 << 16;
        var piece = new byte[Math.Min(pieceBytes, data.Length)];
        for (long at = 0; at < data.Length; at += piece.Length)
        {
            var part = piece.AsSpan(0, (int)Math.Min(piece.Length, data.Length - at));
            data.Read(at, part);
            DicomData.Swap(part, unit);
            stream.Write(part);
        }

        if (isOdd) stream.WriteByte(vr.IsText() && vr != DicomVr.UI ? (byte)' ' : (byte)0);
    }

    private static void WriteSequence(Stream stream, DicomTag tag, IEnumerable<DicomDataset> items, TransferSyntax syntax, DicomWriteOptions options)
    {
        using var body = new MemoryStream();
        foreach (var item in items)
        {
            using var inside = new MemoryStream();
            WriteDataset(inside, item, syntax, options);
            WriteMark(body, Tags.Item, options.UndefinedLengths ? uint.MaxValue : (uint)inside.Length, syntax);
            inside.WriteTo(body);
            if (options.UndefinedLengths) WriteMark(body, Tags.ItemEnd, 0, syntax);
        }

        WriteHead(stream, tag, DicomVr.SQ, options.UndefinedLengths ? uint.MaxValue : (uint)body.Length, syntax);
        body.WriteTo(stream);
        if (options.UndefinedLengths) WriteMark(stream, Tags.SequenceEnd, 0, syntax);
    }

    private static void WriteFragments(Stream stream, DicomElement element, IEnumerable<DicomData> fragments, TransferSyntax syntax)
    {
        WriteHead(stream, element.Tag, element.Vr, uint.MaxValue, syntax);
        foreach (var fragment in fragments)
        {
            var bytes = fragment.Read();
            WriteMark(stream, Tags.Item, (uint)(bytes.Length + bytes.Length % 2), syntax);
            stream.Write(bytes);
            if (bytes.Length % 2 == 1) stream.WriteByte(0);
        }

        WriteMark(stream, Tags.SequenceEnd, 0, syntax);
    }

    private static void WriteHead(Stream stream, DicomTag tag, DicomVr vr, uint length, TransferSyntax syntax)
    {
        WriteNumber(stream, tag.Group, 2, syntax);
        WriteNumber(stream, tag.Element, 2, syntax);
        if (!syntax.IsExplicit)
        {
            WriteNumber(stream, length, 4, syntax);
            return;
        }

        stream.WriteByte((byte)((ushort)vr >> 8));
        stream.WriteByte((byte)vr);
        if (vr.HasLongLength()) WriteNumber(stream, 0, 2, syntax);
        WriteNumber(stream, length, vr.HasLongLength() ? 4 : 2, syntax);
    }

    private static void WriteMark(Stream stream, DicomTag tag, uint length, TransferSyntax syntax)
    {
        WriteNumber(stream, tag.Group, 2, syntax);
        WriteNumber(stream, tag.Element, 2, syntax);
        WriteNumber(stream, length, 4, syntax);
    }

    private static void WriteNumber(Stream stream, uint value, int bytes, TransferSyntax syntax)
    {
        Span<byte> four = stackalloc byte[4];
        if (syntax.IsBigEndian)
        {
            BinaryPrimitives.WriteUInt32BigEndian(four, value);
            stream.Write(four[(4 - bytes)..]);
        }
        else
        {
            BinaryPrimitives.WriteUInt32LittleEndian(four, value);
            stream.Write(four[..bytes]);
        }
    }
}
