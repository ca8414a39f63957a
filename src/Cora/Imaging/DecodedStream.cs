using System.IO.Compression;

namespace Cora.Imaging;

/// <summary>The bytes of a volume file after unpacking, read in order and checked to the end of the packed stream.</summary>
/// <remarks>
/// Checksums stand at the end, so a reader that stops after the last voxel never sees them: <see cref="Finish"/> goes on. The platform's
/// gzip reader takes a stream that was cut for one that ended, so a short known member is put behind the file's own; it comes out
/// only when every member before it was whole.
/// </remarks>
internal sealed class DecodedStream : IDisposable
{
    /// <summary>Unpacked bytes that may follow the voxels; more is no padding, but a mistake or a bomb.</summary>
    private const int MostTrailingBytes = 64 << 20;

    private static readonly byte[] LastWords = "every member before this one was whole"u8.ToArray();
    private static readonly byte[] LastMember = Pack(LastWords);

    private readonly string name;
    private readonly DataEncoding encoding;
    private readonly FileStream file;
    private readonly ContinuedStream? packed;
    private readonly Stream decoded;

    /// <param name="name">The path to name in messages.</param>
    /// <param name="path">The file that holds the data.</param>
    /// <param name="encoding">How they are packed. Zlib also takes gzip, which some writers of MetaImage use instead.</param>
    /// <param name="start">Where the packed data begin.</param>
    /// <param name="type">The type into which numbers written as text are turned (little endian).</param>
    public DecodedStream(string name, string path, DataEncoding encoding, long start = 0, StoredType type = StoredType.UInt8)
    {
        this.name = name;
        file = Refusal.OpenFile(path, encoding == DataEncoding.Raw ? 0 : 1 << 17);
        file.Position = start;
        if (encoding == DataEncoding.Zlib && file.ReadByte() == 0x1F) encoding = DataEncoding.Gzip;
        file.Position = start;
        this.encoding = encoding;
        if (encoding is DataEncoding.Gzip or DataEncoding.Zlib) packed = new(file, encoding == DataEncoding.Gzip ? LastMember : []);
        decoded = encoding switch
        {
            DataEncoding.Gzip => new GZipStream(packed!, CompressionMode.Decompress),
            DataEncoding.Zlib => new ZLibStream(packed!, CompressionMode.Decompress),
            DataEncoding.Text => new TextNumberStream(name, file, type),
            _ => file,
        };
    }

    /// <summary>Fills the buffer as far as the stream goes; the number of bytes read.</summary>
    /// <exception cref="CoraException">The packed data are damaged, or the disk fails.</exception>
    public int Read(Span<byte> buffer)
    {
        try
        {
            return decoded.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        }
        catch (InvalidDataException problem)
        {
            throw Refusal.Of(name, "the compressed data are damaged: contents, checksum and length were expected to fit together.", "Copy or export the file again.", problem);
        }
        catch (IOException problem)
        {
            throw Refusal.Of(name, $"reading failed ({problem.Message})", "Check the disk or network drive and try again.", problem);
        }
    }

    /// <summary>Fills the buffer.</summary>
    /// <exception cref="CoraException">The stream ends before, or is damaged.</exception>
    public void ReadExactly(Span<byte> buffer)
    {
        var read = Read(buffer);
        if (read < buffer.Length) throw CutShort();
    }

    /// <summary>Passes over bytes.</summary>
    public void Skip(long bytes)
    {
        if (encoding == DataEncoding.Raw)
        {
            file.Position += bytes;
            return;
        }

        var buffer = new byte[(int)Math.Min(bytes, 1 << 16)];
        for (var left = bytes; left > 0; left -= buffer.Length) ReadExactly(buffer.AsSpan(0, (int)Math.Min(left, buffer.Length)));
    }

    /// <summary>Reads on to the end of packed data, so that their checksums are compared. What follows the voxels is ignored, within a bound.</summary>
    /// <exception cref="CoraException">A checksum or length is wrong, the stream was cut, or it goes on and on.</exception>
    public void Finish()
    {
        if (packed is null) return;
        var buffer = new byte[1 << 16];
        var end = new byte[LastWords.Length];
        var total = 0L;
        int read;
        while ((read = Read(buffer)) > 0)
        {
            total += read;
            if (total > MostTrailingBytes + LastWords.Length)
                throw Refusal.Of(name, $"the compressed stream goes on for more than {MostTrailingBytes >> 20} MiB after the last voxel.", "The header or the stream is wrong: export the file again.");
            byte[] both = [.. end, .. buffer.AsSpan(Math.Max(0, read - end.Length), Math.Min(read, end.Length))];
            both.AsSpan(both.Length - end.Length).CopyTo(end);
        }

        // Without the last words the stream was cut, or something else than gzip follows it: bytes that gzip tools ignore, and so do we.
        var isWhole = encoding == DataEncoding.Gzip ? end.AsSpan().SequenceEqual(LastWords) || !packed.WasReadToItsEnd : !packed.WasReadToItsEnd;
        if (!isWhole) throw CutShort();
    }

    public void Dispose()
    {
        decoded.Dispose();
        file.Dispose();
    }

    private CoraException CutShort() =>
        Refusal.Of(name, $"the {(packed is null ? "data" : "compressed stream")} ended before all voxels and checks were read.", "The file is cut short: copy or export it again.");

    private static byte[] Pack(byte[] bytes)
    {
        using var memory = new MemoryStream();
        using (var gzip = new GZipStream(memory, CompressionLevel.Optimal)) gzip.Write(bytes);
        return memory.ToArray();
    }

    /// <summary>A stream with some bytes put behind it, that notes when a reader wanted still more.</summary>
    private sealed class ContinuedStream(Stream first, byte[] then) : Stream
    {
        private int given;

        public bool WasReadToItsEnd { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(Span<byte> buffer)
        {
            var read = first.Read(buffer);
            if (read > 0 || buffer.IsEmpty) return read;
            read = Math.Min(buffer.Length, then.Length - given);
            then.AsSpan(given, read).CopyTo(buffer);
            given += read;
            if (read == 0) WasReadToItsEnd = true;
            return read;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
