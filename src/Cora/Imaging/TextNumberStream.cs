using System.Globalization;
using System.Runtime.InteropServices;

namespace Cora.Imaging;

/// <summary>Numbers written as text, given on as little-endian bytes of a stored type. Blanks, line ends and commas part them.</summary>
internal sealed class TextNumberStream(string name, Stream text, StoredType type) : Stream
{
    private const int LongestNumber = 64;
    private readonly byte[] buffer = new byte[1 << 14];
    private readonly byte[] number = new byte[LongestNumber];
    private int position, filled;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>Reads whole numbers only; the count is a multiple of the type's size.</summary>
    public override int Read(Span<byte> buffer)
    {
        var size = type.Bytes();
        var read = 0;
        while (read + size <= buffer.Length && Store(NextNumber(), buffer[read..])) read += size;
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private bool Store(ReadOnlySpan<byte> token, Span<byte> target)
    {
        if (token.IsEmpty) return false;
        var isStored = type switch
        {
            StoredType.UInt8 => Put<byte>(token, target),
            StoredType.Int8 => Put<sbyte>(token, target),
            StoredType.Int16 => Put<short>(token, target),
            StoredType.UInt16 => Put<ushort>(token, target),
            StoredType.Int32 => Put<int>(token, target),
            StoredType.UInt32 => Put<uint>(token, target),
            StoredType.Int64 => Put<long>(token, target),
            StoredType.UInt64 => Put<ulong>(token, target),
            StoredType.Float32 => PutReal(token, target, v => (float)v),
            _ => PutReal(token, target, v => v),
        };
        if (isStored) return true;
        throw Refusal.Of(name, $"\"{Printable(token)}\" stands where a number of type {type.NumPyName()} was expected.", "Export the volume again, best in a binary encoding.");
    }

    private static bool Put<T>(ReadOnlySpan<byte> token, Span<byte> target) where T : unmanaged, IUtf8SpanParsable<T>
    {
        if (!T.TryParse(token, CultureInfo.InvariantCulture, out var value)) return false;
        MemoryMarshal.Write(target, value);
        return true;
    }

    private static bool PutReal<T>(ReadOnlySpan<byte> token, Span<byte> target, Func<double, T> narrow) where T : unmanaged
    {
        var isInfinite = token.SequenceEqual("inf"u8) || token.SequenceEqual("-inf"u8);      // as C writes it
        var value = token[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity;
        if (!isInfinite && !double.TryParse(token, NumberStyles.Float, CultureInfo.InvariantCulture, out value)) return false;
        MemoryMarshal.Write(target, narrow(value));
        return true;
    }

    /// <summary>The next token, empty at the end.</summary>
    private ReadOnlySpan<byte> NextNumber()
    {
        var length = 0;
        while (true)
        {
            if (position == filled)
            {
                (position, filled) = (0, text.Read(buffer));
                if (filled == 0) return number.AsSpan(0, length);
            }

            var next = buffer[position++];
            if (next is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t' or (byte)',')
            {
                if (length > 0) return number.AsSpan(0, length);
            }
            else
            {
                if (length == LongestNumber) throw Refusal.Of(name, $"\"{Printable(number)}…\" stands where a number was expected.", "Export the volume again, best in a binary encoding.");
                number[length++] = next;
            }
        }
    }

    private static string Printable(ReadOnlySpan<byte> token) => string.Concat(token[..Math.Min(token.Length, 24)].ToArray().Select(b => b is >= 32 and < 127 ? (char)b : '?'));
}
