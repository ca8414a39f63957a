using System.Buffers.Binary;
using System.Text;

namespace Cora.Analysis;

/// <summary>
/// Writes a zip whose members are stored, not packed: weights hardly pack, every program can unpack it, and the same members give the same bytes whatever the
/// machine and the version of its zip library.
/// </summary>
internal static class StoredZip
{
    // 1 January 1980, the earliest that the format knows: when a bundle was made stands in its card, not in its bytes.
    private const ushort Date = (1 << 5) | 1;
    private const ushort Version = 20;
    private const ushort Utf8Names = 1 << 11;
    private static readonly uint[] CrcTable = [.. Enumerable.Range(0, 256).Select(CrcOf)];

    /// <summary>Writes the members in the given order.</summary>
    /// <exception cref="CoraException">They are more than the plain format holds (4 GiB).</exception>
    public static void Write(Stream stream, IReadOnlyList<(string Path, byte[] Content)> members)
    {
        if (members.Sum(m => (long)m.Content.Length + 256) > uint.MaxValue)
            throw new CoraException("The bundle would be larger than 4 GiB.", "Bundle fewer models.", ExitCode.Usage);
        using var directory = new MemoryStream();
        var at = 0u;
        foreach (var (path, content) in members)
        {
            var name = Encoding.UTF8.GetBytes(path);
            var crc = Crc(content);
            stream.Write(Local(name, content, crc));
            stream.Write(name);
            stream.Write(content);
            directory.Write(Central(name, content, crc, at));
            directory.Write(name);
            at += 30 + (uint)name.Length + (uint)content.Length;
        }

        directory.WriteTo(stream);
        stream.Write(End(members.Count, (uint)directory.Length, at));
    }

    private static byte[] Local(byte[] name, byte[] content, uint crc)
    {
        var head = new byte[30];
        BinaryPrimitives.WriteUInt32LittleEndian(head, 0x04034b50);
        Shared(head.AsSpan(4), name, content, crc);
        return head;
    }

    private static byte[] Central(byte[] name, byte[] content, uint crc, uint at)
    {
        var head = new byte[46];
        BinaryPrimitives.WriteUInt32LittleEndian(head, 0x02014b50);
        BinaryPrimitives.WriteUInt16LittleEndian(head.AsSpan(4), Version);
        Shared(head.AsSpan(6), name, content, crc);
        BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(42), at);
        return head;
    }

    /// <summary>What both headers have: version, flags, method 0 (stored), time, date, checksum, both sizes, lengths of name and extra field.</summary>
    private static void Shared(Span<byte> head, byte[] name, byte[] content, uint crc)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(head, Version);
        BinaryPrimitives.WriteUInt16LittleEndian(head[2..], Utf8Names);
        BinaryPrimitives.WriteUInt16LittleEndian(head[8..], Date);
        BinaryPrimitives.WriteUInt32LittleEndian(head[10..], crc);
        BinaryPrimitives.WriteUInt32LittleEndian(head[14..], (uint)content.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(head[18..], (uint)content.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(head[22..], (ushort)name.Length);
    }

    private static byte[] End(int count, uint length, uint at)
    {
        var end = new byte[22];
        BinaryPrimitives.WriteUInt32LittleEndian(end, 0x06054b50);
        BinaryPrimitives.WriteUInt16LittleEndian(end.AsSpan(8), (ushort)count);
        BinaryPrimitives.WriteUInt16LittleEndian(end.AsSpan(10), (ushort)count);
        BinaryPrimitives.WriteUInt32LittleEndian(end.AsSpan(12), length);
        BinaryPrimitives.WriteUInt32LittleEndian(end.AsSpan(16), at);
        return end;
    }

    private static uint Crc(byte[] content)
    {
        var crc = uint.MaxValue;
        foreach (var b in content) crc = CrcTable[(crc ^ b) & 0xFF] ^ (crc >> 8);
        return ~crc;
    }

    private static uint CrcOf(int value)
    {
        var crc = (uint)value;
        for (var bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? 0xEDB88320 ^ (crc >> 1) : crc >> 1;
        return crc;
    }
}
