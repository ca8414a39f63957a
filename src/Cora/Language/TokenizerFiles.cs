using System.Globalization;
using System.Text.Json;

namespace Cora.Language;

/// <summary>What the tokenizer files of a model folder say, judged: everything that a byte-level BPE needs.</summary>
/// <param name="Vocabulary">Token to id, without the added tokens.</param>
/// <param name="Merges">Pairs "a b", the most frequent first.</param>
/// <param name="Added">Tokens that are recognised as a whole, with their ids.</param>
/// <param name="Pattern">Regular expression of the pieces that are merged apart.</param>
/// <param name="Normalizes">Whether text is brought into Unicode's form C.</param>
/// <param name="Before">Ids put before a text.</param>
/// <param name="After">Ids put after a text; embedding models often end with one.</param>
internal sealed record TokenizerFiles(
    IReadOnlyDictionary<string, int> Vocabulary, IReadOnlyList<string> Merges, IReadOnlyDictionary<string, int> Added,
    string Pattern, bool Normalizes, IReadOnlyList<int> Before, IReadOnlyList<int> After)
{
    /// <summary>The pieces of Qwen2 and Qwen3: contractions, words, single digits, signs, line ends, spaces. For folders without tokenizer.json.</summary>
    private const string QwenPattern =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private const string Remedy = "Take the tokenizer files of a Qwen2, Qwen2.5 or Qwen3 model from where its weights come from.";

    /// <summary>Names of the files that may matter, for a hash of the folder.</summary>
    public static IReadOnlyList<string> Names { get; } = ["tokenizer.json", "vocab.json", "merges.txt", "tokenizer_config.json"];

    /// <summary>Reads tokenizer.json, or without one vocab.json, merges.txt and tokenizer_config.json.</summary>
    /// <exception cref="CoraException">A file is missing or damaged, or asks for something that is not read.</exception>
    public static TokenizerFiles Read(string folder)
    {
        var whole = Path.Combine(folder, "tokenizer.json");
        try
        {
            return File.Exists(whole) ? ReadWhole(whole) : ReadParts(folder);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new CoraException(
                $"The tokenizer of {folder} cannot be read: {problem.Message}",
                "Put tokenizer.json, or vocab.json, merges.txt and tokenizer_config.json, into the model's folder.", inner: problem);
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new CoraException($"The tokenizer files of {folder} are damaged or of another form: {problem.Message}", Remedy, inner: problem);
        }
    }

    private static TokenizerFiles ReadWhole(string path)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(path));
        var root = json.RootElement;
        var model = root.GetProperty("model");
        Demand(path, Word(model, "type") is "BPE", $"model.type is {Word(model, "type")}, expected BPE");
        Demand(path, IsAbsent(model, "dropout"), "model.dropout is set: ids would be left to chance");
        foreach (var key in new[] { "ignore_merges", "byte_fallback", "fuse_unk" }) Demand(path, !IsTrue(model, key), $"model.{key} is not supported");
        foreach (var key in new[] { "continuing_subword_prefix", "end_of_word_suffix" }) Demand(path, IsAbsent(model, key), $"model.{key} is not supported");

        var normalizer = Word(root, "normalizer", "type");
        Demand(path, normalizer is null or "NFC", $"the normalizer {normalizer} is not supported, only NFC");
        var merges = model.GetProperty("merges").EnumerateArray()
            .Select(m => m.ValueKind == JsonValueKind.Array ? $"{m[0].GetString()} {m[1].GetString()}" : m.GetString()!).ToArray();
        var added = root.GetProperty("added_tokens").EnumerateArray().Select(t => (t.GetProperty("content").GetString()!, t.GetProperty("id").GetInt32(), t));
        var (before, after) = Template(path, root);
        return new(Vocabularies(model.GetProperty("vocab")), merges, Tokens(path, added), SplitRegex(path, root), normalizer is not null, before, after);
    }

    private static TokenizerFiles ReadParts(string folder)
    {
        var settings = Path.Combine(folder, "tokenizer_config.json");
        using var vocabulary = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "vocab.json")));
        using var json = JsonDocument.Parse(File.ReadAllBytes(settings));
        var root = json.RootElement;
        var kind = Word(root, "tokenizer_class");
        Demand(settings, kind is "Qwen2Tokenizer" or "Qwen2TokenizerFast", $"tokenizer_class is {kind ?? "not given"}, expected Qwen2Tokenizer");
        foreach (var key in new[] { "add_prefix_space", "add_bos_token", "add_eos_token" }) Demand(settings, !IsTrue(root, key), $"{key} is not supported without a tokenizer.json");
        var added = root.GetProperty("added_tokens_decoder").EnumerateObject()
            .Select(t => (t.Value.GetProperty("content").GetString()!, int.Parse(t.Name, CultureInfo.InvariantCulture), t.Value));
        var merges = File.ReadLines(Path.Combine(folder, "merges.txt")).Where((line, i) => line.Length > 0 && !(i == 0 && line.StartsWith("#version", StringComparison.Ordinal)));
        return new(Vocabularies(vocabulary.RootElement), [.. merges], Tokens(settings, added), QwenPattern, Normalizes: true, [], []);
    }

    private static Dictionary<string, int> Vocabularies(JsonElement vocabulary) =>
        vocabulary.EnumerateObject().ToDictionary(p => p.Name, p => p.Value.GetInt32());

    private static Dictionary<string, int> Tokens(string path, IEnumerable<(string Text, int Id, JsonElement Token)> added)
    {
        var tokens = new Dictionary<string, int>();
        foreach (var (text, id, token) in added)
        {
            foreach (var key in new[] { "lstrip", "rstrip", "single_word" }) Demand(path, !IsTrue(token, key), $"{key} of the token {text} is not supported");
            Demand(path, text.Length > 0 && tokens.TryAdd(text, id), $"the added token '{text}' is empty or stands twice");
        }

        return tokens;
    }

    /// <summary>The expression of the one Split step; a ByteLevel step may follow, when it does nothing but turn bytes into symbols.</summary>
    private static string SplitRegex(string path, JsonElement root)
    {
        var first = root.GetProperty("pre_tokenizer");
        JsonElement[] steps = Word(first, "type") == "Sequence" ? [.. first.GetProperty("pretokenizers").EnumerateArray()] : [first];
        string? pattern = null;
        foreach (var step in steps)
        {
            switch (Word(step, "type"))
            {
                case "Split" when pattern is null && Word(step, "behavior") == "Isolated" && !IsTrue(step, "invert"):
                    pattern = Word(step, "pattern", "Regex");
                    break;
                case "ByteLevel" when !IsTrue(step, "add_prefix_space") && !IsTrue(step, "use_regex"):
                    break;
                default:
                    Demand(path, false, $"the pre_tokenizer step {step.GetRawText()} is not supported");
                    break;
            }
        }

        Demand(path, pattern is not null, "its pre_tokenizer has no Split by a regular expression");
        return pattern!;
    }

    /// <summary>The ids that the post_processor puts around a single text.</summary>
    private static (int[] Before, int[] After) Template(string path, JsonElement root)
    {
        if (IsAbsent(root, "post_processor")) return ([], []);
        var first = root.GetProperty("post_processor");
        JsonElement[] steps = Word(first, "type") == "Sequence" ? [.. first.GetProperty("processors").EnumerateArray()] : [first];
        List<int>[] sides = [[], []];
        foreach (var step in steps)
        {
            var kind = Word(step, "type");
            if (kind == "ByteLevel") continue;                     // changes offsets, not ids
            Demand(path, kind == "TemplateProcessing" && sides.All(s => s.Count == 0), $"the post_processor step {kind} is not supported");
            var side = 0;
            foreach (var part in step.GetProperty("single").EnumerateArray())
            {
                if (part.TryGetProperty("Sequence", out _)) side++;
                else sides[side].AddRange(step.GetProperty("special_tokens").GetProperty(Word(part, "SpecialToken", "id")!).GetProperty("ids").EnumerateArray().Select(i => i.GetInt32()));
                Demand(path, side <= 1, "its post_processor repeats the text");
            }
        }

        return ([.. sides[0]], [.. sides[1]]);
    }

    /// <summary>The text at the end of a path of keys; null when something on the way is missing or null.</summary>
    private static string? Word(JsonElement element, params string[] keys)
    {
        foreach (var key in keys)
        {
            if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(key, out element)) return null;
        }

        return element.ValueKind == JsonValueKind.String ? element.GetString() : null;
    }

    private static bool IsTrue(JsonElement element, string key) => element.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.True;

    private static bool IsAbsent(JsonElement element, string key) =>
        !element.TryGetProperty(key, out var value) || value.ValueKind == JsonValueKind.Null || (value.ValueKind == JsonValueKind.String && value.GetString()!.Length == 0);

    private static void Demand(string path, bool fits, string otherwise)
    {
        if (!fits) throw new CoraException($"{path} is not a tokenizer that we read: {otherwise}.", Remedy);
    }
}
