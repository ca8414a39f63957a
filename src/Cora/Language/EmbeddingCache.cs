using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Cora.Language;

/// <summary>
/// Vectors that were computed once, on disk: one folder an encoder, one file a text, named by what decides them. A full cache needs no model. The texts themselves are not
/// kept.
/// </summary>
public sealed class EmbeddingCache
{
    private const string IdentityFile = "encoder.json";
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };
    private readonly string folder;

    /// <param name="folder">Where it lies; made when something is kept.</param>
    public EmbeddingCache(string folder) => this.folder = folder;

    /// <summary>The encoder of the one cache that a source (a model's folder, or its name on a server) has filled with this pooling; null when there is none, or several.</summary>
    /// <param name="source">What <see cref="Encode"/> was told.</param>
    /// <param name="pooling">Of the encoder.</param>
    public EncoderIdentity? KnownOf(string source, string pooling)
    {
        if (!Directory.Exists(folder)) return null;
        var known = Directory.EnumerateFiles(folder, IdentityFile, SearchOption.AllDirectories).Select(Read).OfType<Entry>().Where(e => e.Source == source && e.Encoder.Pooling == pooling).ToArray();
        return known is [var one] ? one.Encoder : null;
    }

    /// <summary>The vectors of texts, those that are not there computed and kept.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="identity">The encoder.</param>
    /// <param name="source">What it was opened from.</param>
    /// <param name="open">Opens it; called when a vector is missing.</param>
    /// <param name="cancel">Stops.</param>
    /// <exception cref="CoraException">The encoder cannot do it, or the cache cannot be written.</exception>
    public float[][] Encode(IReadOnlyList<string> texts, EncoderIdentity identity, string source, Func<ITextEncoder> open, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentNullException.ThrowIfNull(identity);
        ArgumentNullException.ThrowIfNull(open);
        var place = Path.Combine(folder, HashOf($"{identity.Name}\n{identity.WeightsHash}\n{identity.Pooling}\n{identity.Dimension}")[..16]);
        var paths = texts.Select(t => Path.Combine(place, HashOf(t) + ".f32")).ToArray();
        var vectors = paths.Select(p => Kept(p, identity.Dimension)).ToArray();
        var missing = Enumerable.Range(0, texts.Count).Where(i => vectors[i] is null).ToArray();
        if (missing.Length == 0) return vectors!;
        var computed = open().Encode([.. missing.Select(i => texts[i])], cancel);
        Atomically.WriteText(Path.Combine(place, IdentityFile), JsonSerializer.Serialize(new Entry(source, identity), Json) + "\n");
        foreach (var (vector, i) in computed.Zip(missing))
        {
            vectors[i] = vector;
            Atomically.WriteFile(paths[i], stream =>
            {
                var bytes = MemoryMarshal.AsBytes<float>(vector);
                stream.Write(bytes);
                stream.Write(SHA256.HashData(bytes));
            });
        }

        return vectors!;
    }

    /// <summary>A vector that lies there; null when it does not, or is damaged: it is then computed again.</summary>
    private static float[]? Kept(string path, int dimension)
    {
        if (!File.Exists(path)) return null;
        var bytes = File.ReadAllBytes(path);
        var length = dimension * sizeof(float);
        if (bytes.Length != length + SHA256.HashSizeInBytes || !SHA256.HashData(bytes.AsSpan(0, length)).AsSpan().SequenceEqual(bytes.AsSpan(length))) return null;
        return MemoryMarshal.Cast<byte, float>(bytes.AsSpan(0, length)).ToArray();
    }

    private static Entry? Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<Entry>(File.ReadAllText(path), Json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string HashOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private sealed record Entry(string Source, EncoderIdentity Encoder);
}
