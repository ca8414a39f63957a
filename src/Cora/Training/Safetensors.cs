using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using static TorchSharp.torch;

namespace Cora.Training;

/// <summary>One tensor of a safetensors file: type, shape and where its bytes lie in the file.</summary>
public sealed record SafetensorsEntry(string Name, ScalarType Type, long[] Shape, long Offset, long Length);

/// <summary>
/// A safetensors file: 8 bytes of header length, a JSON header, raw little-endian data. The header is judged before anything is allocated:
/// files come from anywhere.
/// </summary>
public sealed class Safetensors
{
    private const long LongestHeader = 100 << 20;

    private static readonly Dictionary<string, (ScalarType Type, int Bytes)> Types = new()
    {
        ["F64"] = (ScalarType.Float64, 8), ["F32"] = (ScalarType.Float32, 4), ["F16"] = (ScalarType.Float16, 2), ["BF16"] = (ScalarType.BFloat16, 2),
        ["I64"] = (ScalarType.Int64, 8), ["I32"] = (ScalarType.Int32, 4), ["I16"] = (ScalarType.Int16, 2), ["I8"] = (ScalarType.Int8, 1),
        ["U8"] = (ScalarType.Byte, 1), ["BOOL"] = (ScalarType.Bool, 1),
    };

    private Safetensors(string path, IReadOnlyDictionary<string, SafetensorsEntry> entries)
    {
        Path = path;
        Entries = entries;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>What the file holds, by name.</summary>
    public IReadOnlyDictionary<string, SafetensorsEntry> Entries { get; }

    /// <summary>Reads and judges the header.</summary>
    /// <exception cref="CoraException">The file is missing, cut short, or contradicts itself.</exception>
    public static Safetensors Open(string path)
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
            return new(path, Judge(path, json.RootElement, 8 + (long)headerLength, file.Length));
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException { InnerException: System.Text.DecoderFallbackException })
        {
            // The JSON reader checks the letters of a string only when the string is asked for.
            throw Refuse(path, $"its header is not JSON ({problem.Message})");
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new CoraException($"{path} cannot be read: {problem.Message}", "Check the path and its permissions.", inner: problem);
        }
    }

    /// <summary>One tensor, copied from the file.</summary>
    public Tensor Read(string name)
    {
        var entry = Entries[name];
        using var file = new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        file.Position = entry.Offset;
        var result = empty(entry.Shape, entry.Type);
        if (entry.Length > 0) file.ReadExactly(result.bytes);
        return result;
    }

    /// <summary>Writes tensors in the given order, with optional text metadata; the caller makes the file appear whole.</summary>
    public static void Write(Stream stream, IReadOnlyList<(string Name, Tensor Value)> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(tensors);
        using var header = new MemoryStream();
        using (var json = new Utf8JsonWriter(header))
        {
            json.WriteStartObject();
            if (metadata is not null)
            {
                json.WriteStartObject("__metadata__");
                foreach (var (key, text) in metadata) json.WriteString(key, text);
                json.WriteEndObject();
            }

            var offset = 0L;
            foreach (var (name, value) in tensors)
            {
                var (word, bytes) = Types.Where(t => t.Value.Type == value.dtype).Select(t => (t.Key, t.Value.Bytes)).Single();
                json.WriteStartObject(name);
                json.WriteString("dtype", word);
                json.WriteStartArray("shape");
                foreach (var n in value.shape) json.WriteNumberValue(n);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset += value.numel() * bytes);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        // Padding with spaces keeps the data aligned to 8 bytes, so that readers may map the file.
        var padded = (header.Length + 7) / 8 * 8;
        Span<byte> mark = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(mark, (ulong)padded);
        stream.Write(mark);
        stream.Write(header.GetBuffer().AsSpan(0, (int)header.Length));
        stream.Write(Encoding.ASCII.GetBytes(new string(' ', (int)(padded - header.Length))));
        foreach (var (_, value) in tensors)
        {
            using var scope = NewDisposeScope();
            stream.Write(value.detach().cpu().contiguous().bytes);
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
        if (!Types.TryGetValue(type.GetString()!, out var known)) throw Refuse(path, $"tensor {name} has the unknown type {type.GetString()}");
        var bytes = (Int128)known.Bytes;
        foreach (var n in shape)
        {
            if (n < 0) throw Refuse(path, $"tensor {name} has a negative size");
            bytes *= n;
            if (bytes > fileLength) break;
        }

        var (from, to) = (offsets[0], offsets[1]);
        if (from < 0 || to < from || to > fileLength - dataStart) throw Refuse(path, $"tensor {name} lies outside of the file");
        if (to - from != bytes) throw Refuse(path, $"tensor {name} has {to - from} bytes, its shape [{string.Join(", ", shape)}] needs {bytes}");
        return new(name, known.Type, shape, dataStart + from, to - from);
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
