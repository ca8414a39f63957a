using System.Buffers.Binary;

namespace Cora.Dicom;

/// <summary>Reads a stream forward through a small buffer; nothing is allocated before its bytes are known to be there.</summary>
internal sealed class ByteReader : IDisposable
{
    private const int BufferBytes = 1 << 14;

    private readonly Stream stream;
    private readonly byte[] buffer = new byte[BufferBytes];
    private long bufferStart;
    private int bufferLength;
    private long position;

    public ByteReader(Stream stream)
    {
        this.stream = stream;
        Length = stream.Length;
    }

    /// <summary>Bytes of the whole stream.</summary>
    public long Length { get; }

    /// <summary>Where the next byte is read; may be set anywhere up to the end.</summary>
    public long Position
    {
        get => position;
        set => position = Math.Clamp(value, 0, Length);
    }

    /// <summary>Bytes to the end.</summary>
    public long Left => Length - position;

    public void Dispose() => stream.Dispose();

    /// <summary>Fills the span, or says what was cut short.</summary>
    public void Read(Span<byte> destination, string what)
    {
        if (destination.Length > Left) throw DicomException.CutShort($"The file ends at byte {Length} within {what}.");
        while (destination.Length > 0)
        {
            var offset = position - bufferStart;
            if (offset < 0 || offset >= bufferLength)
            {
                Fill();
                offset = 0;
            }

            var count = (int)Math.Min(destination.Length, bufferLength - offset);
            buffer.AsSpan((int)offset, count).CopyTo(destination);
            destination = destination[count..];
            position += count;
        }
    }

    public byte[] ReadBytes(long count, string what)
    {
        if (count > Left) throw DicomException.CutShort($"The file ends at byte {Length} within {what}.");
        var result = new byte[count];
        Read(result, what);
        return result;
    }

    public ushort ReadUInt16(bool isBigEndian, string what)
    {
        Span<byte> bytes = stackalloc byte[2];
        Read(bytes, what);
        return isBigEndian ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes);
    }

    public uint ReadUInt32(bool isBigEndian, string what)
    {
        Span<byte> bytes = stackalloc byte[4];
        Read(bytes, what);
        return isBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }

    private void Fill()
    {
        try
        {
            stream.Position = position;
            bufferStart = position;
            bufferLength = stream.ReadAtLeast(buffer, 1, throwOnEndOfStream: false);
        }
        catch (IOException problem)
        {
            throw new DicomException("The file cannot be read (the disk or the network failed).", "Read it again; if it stays so, fetch the file again.", problem);
        }

        if (bufferLength == 0) throw DicomException.CutShort($"The file has become shorter while it was read, at byte {position}.");
    }
}
