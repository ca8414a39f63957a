namespace Cora.Dicom;

/// <summary>Where the bytes of a file are: on the disk or in memory. No handle is kept open.</summary>
internal abstract class DicomSource
{
    /// <summary>A new stream over all bytes, which can seek.</summary>
    public abstract Stream Open();
}

/// <summary>A file on the disk.</summary>
internal sealed class DiskSource(string path) : DicomSource
{
    public override Stream Open()
    {
        try
        {
            var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            if (stream.CanSeek) return stream;
            stream.Dispose();
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new DicomException($"The file cannot be opened ({problem.GetType().Name}).", "Check that it is there and that you may read it.", problem);
        }

        throw new DicomException("This is a pipe or device, a file on a disk was expected.", "Save it to a file first.");
    }
}

/// <summary>Bytes in memory.</summary>
internal sealed class MemorySource(byte[] bytes) : DicomSource
{
    public override Stream Open() => new MemoryStream(bytes, writable: false);
}

/// <summary>The bytes of a value, little-endian: in memory when small, else read when asked for.</summary>
public sealed class DicomData
{
    private readonly byte[]? bytes;
    private readonly DicomSource? source;
    private readonly long offset;
    private readonly int swappedUnit;

    /// <summary>Bytes in memory, little-endian; nobody may change them afterwards.</summary>
    public DicomData(byte[] bytes)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        this.bytes = bytes;
        Length = bytes.Length;
    }

    internal DicomData(DicomSource source, long offset, long length, int swappedUnit)
    {
        (this.source, this.offset, Length, this.swappedUnit) = (source, offset, length, swappedUnit);
    }

    /// <summary>Bytes of the value.</summary>
    public long Length { get; }

    /// <summary>Whether the bytes stay in their file until they are read.</summary>
    public bool IsLazy => bytes is null;

    /// <summary>The whole value.</summary>
    /// <exception cref="DicomException">The file has changed meanwhile, or the value is longer than an array can be.</exception>
    public byte[] Read()
    {
        if (bytes is not null) return bytes;
        if (Length > Array.MaxLength) throw new DicomException($"A value of {Length} bytes does not fit in memory.", "Read it by the frame.");
        var result = new byte[Length];
        Read(0, result);
        return result;
    }

    /// <summary>A part of the value.</summary>
    /// <exception cref="DicomException">The part is not there.</exception>
    public void Read(long start, Span<byte> destination)
    {
        if (start < 0 || start + destination.Length > Length) throw DicomException.CutShort($"Bytes {start} to {start + destination.Length} of a value of {Length} bytes are asked for.");
        if (bytes is not null)
        {
            bytes.AsSpan((int)start, destination.Length).CopyTo(destination);
            return;
        }

        if (swappedUnit <= 1)
        {
            ReadFile(start, destination);
            return;
        }

        // Words are turned round whole: a part that begins or ends within one takes its neighbours along.
        var first = start / swappedUnit * swappedUnit;
        var last = Math.Min(Length, (start + destination.Length + swappedUnit - 1) / swappedUnit * swappedUnit);
        var words = new byte[last - first];
        ReadFile(first, words);
        Swap(words, swappedUnit);
        words.AsSpan((int)(start - first), destination.Length).CopyTo(destination);
    }

    private void ReadFile(long start, Span<byte> destination)
    {
        using var stream = source!.Open();
        try
        {
            stream.Position = offset + start;
            stream.ReadExactly(destination);
        }
        catch (IOException problem)
        {
            throw new DicomException("The file cannot be read where a value was (it has changed or the disk failed).", "Read it again.", problem);
        }
    }

    /// <summary>Turns words round in place; an incomplete last word stays as it is.</summary>
    internal static void Swap(Span<byte> bytes, int unit)
    {
        if (unit <= 1) return;
        for (var i = 0; i + unit <= bytes.Length; i += unit) bytes.Slice(i, unit).Reverse();
    }
}
