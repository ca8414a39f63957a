using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using static TorchSharp.torch;

namespace Cora.Training;

/// <summary>A safetensors file as tensors: read one by one, written in one go. Its header is judged by <see cref="SafetensorsHeader"/>.</summary>
public sealed class Safetensors
{
    private static readonly Dictionary<string, ScalarType> Types = new()
    {
        ["F64"] = ScalarType.Float64, ["F32"] = ScalarType.Float32, ["F16"] = ScalarType.Float16, ["BF16"] = ScalarType.BFloat16,
        ["I64"] = ScalarType.Int64, ["I32"] = ScalarType.Int32, ["I16"] = ScalarType.Int16, ["I8"] = ScalarType.Int8,
        ["U8"] = ScalarType.Byte, ["BOOL"] = ScalarType.Bool,
    };

    private readonly SafetensorsHeader header;

    private Safetensors(SafetensorsHeader header) => this.header = header;

    /// <summary>The file.</summary>
    public string Path => header.Path;

    /// <summary>What the file holds, by name.</summary>
    public IReadOnlyDictionary<string, SafetensorsEntry> Entries => header.Entries;

    /// <summary>Reads and judges the header.</summary>
    /// <exception cref="CoraException">The file is missing, cut short, or contradicts itself.</exception>
    public static Safetensors Open(string path) => new(SafetensorsHeader.Read(path));

    /// <summary>One tensor, copied from the file.</summary>
    public Tensor Read(string name)
    {
        var entry = Entries[name];
        using var file = new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        file.Position = entry.Offset;
        var result = empty(entry.Shape, Types[entry.Type]);
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
                var word = Types.Single(t => t.Value == value.dtype).Key;
                json.WriteStartObject(name);
                json.WriteString("dtype", word);
                json.WriteStartArray("shape");
                foreach (var n in value.shape) json.WriteNumberValue(n);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset += value.numel() * SafetensorsHeader.BytesOf(word));
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
}
