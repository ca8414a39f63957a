using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Cora.Tests.Language;

/// <summary>The Qwen tokenizer's data beside the project, unpacked; and small tokenizers of our own for the odd files.</summary>
internal static class TokenizerFixture
{
    private const string Shared = "fixtures/qwen-tokenizer";

    /// <summary>tokenizer.json as published.</summary>
    public static void UnpackWhole(string folder) => Unpack("tokenizer.json.gz", Path.Combine(folder, "tokenizer.json"));

    /// <summary>The older form: vocab.json (ids follow from the merges), merges.txt and tokenizer_config.json.</summary>
    public static void UnpackParts(string folder)
    {
        var merges = Path.Combine(folder, "merges.txt");
        Unpack("merges.txt.gz", merges);
        var symbols = ByteSymbols().ToList();
        var vocabulary = new JsonObject();
        foreach (var symbol in symbols.Concat(File.ReadLines(merges).Skip(1).Select(m => m.Replace(" ", "", StringComparison.Ordinal)))) vocabulary[symbol] = vocabulary.Count;
        File.WriteAllText(Path.Combine(folder, "vocab.json"), vocabulary.ToJsonString());
        File.Copy(Fixture.SharedPath($"{Shared}/tokenizer_config.json"), Path.Combine(folder, "tokenizer_config.json"));
    }

    public static IReadOnlyList<(string Text, int[] Ids)> Cases(string file)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(Fixture.SharedPath($"fixtures/qwen/{file}")));
        return [.. json.RootElement.EnumerateArray().Select(c => (c.GetProperty("text").GetString()!, c.GetProperty("ids").EnumerateArray().Select(i => i.GetInt32()).ToArray()))];
    }

    /// <summary>A tokenizer.json of the 256 byte symbols, two merges ("ab", "abc") and one special token, id 258.</summary>
    public static JsonObject Small()
    {
        var vocabulary = new JsonObject();
        foreach (var symbol in ByteSymbols().Concat(["ab", "abc"])) vocabulary[symbol] = vocabulary.Count;
        return new()
        {
            ["added_tokens"] = new JsonArray(new JsonObject { ["id"] = 258, ["content"] = "<|end|>", ["special"] = true }),
            ["normalizer"] = new JsonObject { ["type"] = "NFC" },
            ["pre_tokenizer"] = new JsonObject { ["type"] = "Split", ["pattern"] = new JsonObject { ["Regex"] = @"(?i:'s)|\p{L}+|\p{N}|\s+|[^\s\p{L}\p{N}]+" }, ["behavior"] = "Isolated", ["invert"] = false },
            ["post_processor"] = null,
            ["model"] = new JsonObject { ["type"] = "BPE", ["vocab"] = vocabulary, ["merges"] = new JsonArray("a b", new JsonArray("ab", "c")) },
        };
    }

    /// <summary>The symbol of each byte in GPT-2's order: printable Latin-1 for itself, the others from U+0100 on.</summary>
    private static IEnumerable<string> ByteSymbols() =>
        Enumerable.Range(33, 94).Concat(Enumerable.Range(161, 12)).Concat(Enumerable.Range(174, 82)).Concat(Enumerable.Range(256, 68)).Select(c => ((char)c).ToString());

    private static void Unpack(string packed, string to)
    {
        using var from = new GZipStream(File.OpenRead(Fixture.SharedPath($"{Shared}/{packed}")), CompressionMode.Decompress);
        using var file = File.Create(to);
        from.CopyTo(file);
    }
}
