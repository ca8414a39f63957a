using System.Buffers.Binary;
using System.Text.Json;

namespace Cora;

/// <summary>One tensor of a safetensors file: type, shape and where its bytes lie in the file.</summary>
/// <param name="Name">The tensor's name.</param>
/// <param name="Type">The format's word for the type of its numbers: <c>F32</c>, <c>BF16</c>, <c>I64</c> …</param>
/// <param name="Shape">Sizes, slowest axis first.</param>
/// <param name="Offset">First byte, counted from the start of the file.</param>
/// <param name="Length">Bytes.</param>
public sealed record SafetensorsEntry(string Name, string Type, long[] Shape, long Offset, long Length);

/// <summary>
/// The header of a safetensors file: 8 bytes of header length, a JSON header, raw little-endian data. It is judged before anything is
/// allocated: files come from anywhere.
/// </summary>
public sealed class SafetensorsHeader
{
    private const long LongestHeader = 100 << 20;

    private static readonly Dictionary<string, int> BytesOfType = new()
    {
        ["F64"] = 8, ["F32"] = 4, ["F16"] = 2, ["BF16"] = 2, ["I64"] = 8, ["I32"] = 4, ["I16"] = 2, ["I8"] = 1, ["U8"] = 1, ["BOOL"] = 1,
    };

    private SafetensorsHeader(string path, long fileLength, IReadOnlyDictionary<string, SafetensorsEntry> entries)
    {
        Path = path;
        FileLength = fileLength;
        Entries = entries;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Bytes of the whole file.</summary>
    public long FileLength { get; }

    /// <summary>What the file holds, by name.</summary>
    public IReadOnlyDictionary<string, SafetensorsEntry> Entries { get; }

    /// <summary>Bytes of one number of a type, by the format's word.</summary>
    /// <exception cref="KeyNotFoundException">The format has no such type, or we do not read it.</exception>
    public static int BytesOf(string type) => BytesOfType[type];

    /// <summary>Reads and judges the header.</summary>
    /// <exception cref="CoraException">The file is missing, cut short, or contradicts itself.</exception>
    public static SafetensorsHeader Read(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            var mark = new byte[8];
            if (file.ReadAtLeast(mark, 8, throwOnEndOfStream: false) < 8) throw Refuse(path, "it is shorter than a header");
            var headerLength = BinaryPrimitives.ReadUInt64LittleEndian(mark);
            if (headerLength > LongestHeader || headerLength > (ulong)(file.Length - 8)) throw Refuse(path, $"its header claims {headerLength} bytes of {file.Length}");
            var header = new byte[headerLength];
            file.ReadExactly(header);
            using var json = JsonDocument.Parse(header);
            return new(path, file.Length, Judge(path, json.RootElement, 8 + (long)headerLength, file.Length));
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException)
        {
            // The second is how half of a surrogate pair in a name or type shows.
            throw Refuse(path, $"its header is not JSON ({problem.Message})");
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new CoraException($"{path} cannot be read: {problem.Message}", "Check the path and its permissions.", inner: problem);
        }
    }

    private static Dictionary<string, SafetensorsEntry> Judge(string path, JsonElement root, long dataStart, long fileLength)
    {
        if (root.ValueKind != JsonValueKind.Object) throw Refuse(path, "its header is not a JSON object");
        var entries = new Dictionary<string, SafetensorsEntry>();
        foreach (var property in root.EnumerateObject().Where(p => p.Name != "__metadata__"))
        {
            var entry = Entry(path, property, dataStart, fileLength);
            if (!entries.TryAdd(entry.Name, entry)) throw Refuse(path, $"tensor {entry.Name} stands twice");
        }

        var end = dataStart;
        foreach (var entry in entries.Values.Where(e => e.Length > 0).OrderBy(e => e.Offset))
        {
            if (entry.Offset < end) throw Refuse(path, $"the bytes of tensor {entry.Name} overlap another's");
            end = entry.Offset + entry.Length;
        }

        return entries;
    }

    private static SafetensorsEntry Entry(string path, JsonProperty property, long dataStart, long fileLength)
    {
        var name = property.Name;
        var value = property.Value;
        if (value.ValueKind != JsonValueKind.Object || !value.TryGetProperty("dtype", out var type) || type.ValueKind != JsonValueKind.String
            || !Integers(value, "shape", out var shape) || !Integers(value, "data_offsets", out var offsets) || offsets.Length != 2)
            throw Refuse(path, $"tensor {name} lacks dtype, shape or data_offsets");
        if (!BytesOfType.TryGetValue(type.GetString()!, out var size)) throw Refuse(path, $"tensor {name} has the unknown type {type.GetString()}");
        var bytes = (Int128)size;
        foreach (var n in shape)
        {
            if (n < 0) throw Refuse(path, $"tensor {name} has a negative size");
            bytes *= n;
            if (bytes > fileLength) break;
        }

        var (from, to) = (offsets[0], offsets[1]);
        if (from < 0 || to < from || to > fileLength - dataStart) throw Refuse(path, $"tensor {name} lies outside of the file");
        if (to - from != bytes) throw Refuse(path, $"tensor {name} has {to - from} bytes, its shape [{string.Join(", ", shape)}] needs {bytes}");
        return new(name, type.GetString()!, shape, dataStart + from, to - from);
    }

    private static bool Integers(JsonElement value, string key, out long[] numbers)
    {
        numbers = [];
        if (!value.TryGetProperty(key, out var array) || array.ValueKind != JsonValueKind.Array) return false;
        var read = new List<long>();
        foreach (var element in array.EnumerateArray())
        {
            if (element.ValueKind != JsonValueKind.Number || !element.TryGetInt64(out var n)) return false;
            read.Add(n);
        }

        numbers = [.. read];
        return true;
    }

    private static CoraException Refuse(string path, string why) =>
        new($"{path} is not a usable safetensors file: {why}.", "Copy or download it again, or write it again with the program that made it.");
}
