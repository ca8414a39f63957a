using System.Text.Json;
using static TorchSharp.torch;

namespace Cora.Language;

/// <summary>The weights of a Hugging Face folder, one safetensors file or several with an index, mapped into memory and never copied.</summary>
/// <remarks>
/// The mapping is private: nothing ever reaches the files. They must not be shortened while they are open. A tensor that does not begin at a
/// multiple of its number's size, which no usual writer makes, is copied.
/// </remarks>
public sealed class SafetensorsFolder : IDisposable
{
    private const string SingleFile = "model.safetensors";
    private const string IndexFile = "model.safetensors.index.json";

    private static readonly Dictionary<string, ScalarType> Types = new()
    {
        ["F32"] = ScalarType.Float32, ["F16"] = ScalarType.Float16, ["BF16"] = ScalarType.BFloat16,
    };

    private readonly Dictionary<string, SafetensorsHeader> files;              // by tensor
    private readonly Dictionary<(string Path, ScalarType Type), Tensor> mappings = [];

    private SafetensorsFolder(string folder, Dictionary<string, SafetensorsHeader> files)
    {
        Folder = folder;
        this.files = files;
    }

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>The tensors' names.</summary>
    public IReadOnlyCollection<string> Names => files.Keys;

    /// <summary>The weight files, in the order of their names.</summary>
    public IReadOnlyList<string> Files => [.. files.Values.Select(f => f.Path).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>Reads and judges the headers of all files; the weights stay where they are.</summary>
    /// <exception cref="CoraException">There are no such weights, a shard is missing, or a file contradicts itself or the index.</exception>
    public static SafetensorsFolder Open(string folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        var single = Path.Combine(folder, SingleFile);
        if (File.Exists(single))
        {
            var header = SafetensorsHeader.Read(single);
            return new(folder, header.Entries.Keys.ToDictionary(n => n, _ => header));
        }

        var index = Path.Combine(folder, IndexFile);
        if (File.Exists(index)) return new(folder, Shards(folder, index));
        throw new CoraException(
            $"{folder} has neither {SingleFile} nor {IndexFile}.",
            "Give the folder of a model as it is published with safetensors; GGUF, GPTQ and pickled (.bin, .pt) weights are not read.");
    }

    /// <summary>The shape of a tensor.</summary>
    /// <exception cref="KeyNotFoundException">There is none of this name.</exception>
    public IReadOnlyList<long> ShapeOf(string name) => files[name].Entries[name].Shape;

    /// <summary>A tensor as it is stored (float32, float16 or bfloat16), backed by the file. The caller disposes it.</summary>
    /// <exception cref="CoraException">Its numbers are of another type, as those of a quantised checkpoint are.</exception>
    /// <exception cref="KeyNotFoundException">There is none of this name.</exception>
    public Tensor Map(string name)
    {
        var file = files[name];
        var entry = file.Entries[name];
        if (!Types.TryGetValue(entry.Type, out var type))
        {
            throw new CoraException(
                $"{file.Path}: tensor {name} is of type {entry.Type}, expected {string.Join(", ", Types.Keys)}.",
                "Quantised checkpoints are not read; take the model in its original precision.");
        }

        var bytes = SafetensorsHeader.BytesOf(entry.Type);
        if (entry.Length == 0 || entry.Offset % bytes != 0) return Copy(file.Path, entry, type);
        if (!mappings.TryGetValue((file.Path, type), out var whole))
        {
            whole = from_file(file.Path, shared: false, size: file.FileLength / bytes, dtype: type).DetachFromDisposeScope();
            mappings.Add((file.Path, type), whole);
        }

        using var part = whole.narrow(0, entry.Offset / bytes, entry.Length / bytes);
        return part.view(entry.Shape);
    }

    /// <summary>Lets go of the mappings; tensors that were given out stay valid.</summary>
    public void Dispose()
    {
        foreach (var mapping in mappings.Values) mapping.Dispose();
        mappings.Clear();
    }

    private static Tensor Copy(string path, SafetensorsEntry entry, ScalarType type)
    {
        var result = empty(entry.Shape, type);
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        file.Position = entry.Offset;
        if (entry.Length > 0) file.ReadExactly(result.bytes);
        return result;
    }

    private static Dictionary<string, SafetensorsHeader> Shards(string folder, string index)
    {
        Dictionary<string, string> map;
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(index));
            map = json.RootElement.GetProperty("weight_map").EnumerateObject().ToDictionary(p => p.Name, p => p.Value.GetString() ?? "");
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException or KeyNotFoundException or ArgumentException)
        {
            throw new CoraException($"{index} is damaged: {problem.Message}", "Download it again.", inner: problem);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new CoraException($"{index} cannot be read: {problem.Message}", "Check the path and its permissions.", inner: problem);
        }

        var headers = new Dictionary<string, SafetensorsHeader>();
        foreach (var shard in map.Values.Distinct())
        {
            if (shard.Length == 0 || shard is "." or ".." || shard.AsSpan().IndexOfAny("/\\:\0") >= 0)
                throw new CoraException($"{index} names the shard '{shard}', which is not the plain name of a file beside it.", "Do not use this folder: its index points elsewhere.");
            var path = Path.Combine(folder, shard);
            if (!File.Exists(path)) throw new CoraException($"The shard {shard} of {folder} is missing, though {IndexFile} names it.", "Download this file, too.");
            headers.Add(shard, SafetensorsHeader.Read(path));
        }

        foreach (var (name, shard) in map)
        {
            if (!headers[shard].Entries.ContainsKey(name))
                throw new CoraException($"{index} says that {shard} holds {name}, but it does not.", "Index and shards are of different downloads; get all of them again.");
        }

        return map.ToDictionary(p => p.Key, p => headers[p.Value]);
    }
}
