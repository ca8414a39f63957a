using System.Collections.Immutable;
using System.Text.Json;

namespace Cora.Language;

/// <summary>What config.json says of a Qwen2 or Qwen3 decoder. Nothing is taken from defaults: a number that is not there is asked for.</summary>
public sealed record QwenConfig
{
    /// <summary><c>qwen2</c> (also Qwen2.5) or <c>qwen3</c>.</summary>
    public required string ModelType { get; init; }

    /// <summary>Rows of the embedding table.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Size of a token's vector, and of a text's.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Width of the feed-forward part.</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>Heads of the queries.</summary>
    public required int Heads { get; init; }

    /// <summary>Heads of keys and values; each serves Heads / KeyValueHeads query heads in a row.</summary>
    public required int KeyValueHeads { get; init; }

    /// <summary>Size of one head; in Qwen3 not HiddenSize / Heads.</summary>
    public required int HeadSize { get; init; }

    /// <summary>Added to the mean square before the root of a norm is taken.</summary>
    public required double NormEpsilon { get; init; }

    /// <summary>Base of the rotary wavelengths.</summary>
    public required double RopeTheta { get; init; }

    /// <summary>Longest text in tokens.</summary>
    public required int MaxPositions { get; init; }

    /// <summary>Whether queries, keys and values have biases.</summary>
    public required bool QkvBias { get; init; }

    /// <summary>Whether the output of the attention has a bias.</summary>
    public required bool OutputBias { get; init; }

    /// <summary>One entry a layer: how many tokens it sees, itself included; null sees all before it.</summary>
    public required ImmutableArray<int?> Windows { get; init; }

    /// <summary>Whether queries and keys are normalised head by head.</summary>
    public bool HasHeadNorms => ModelType == "qwen3";

    /// <summary>Layers.</summary>
    public int Layers => Windows.Length;

    /// <summary>Reads config.json of a model folder.</summary>
    /// <exception cref="CoraException">It is missing, damaged, or of a model that is not computed here; says which and why.</exception>
    public static QwenConfig Read(string folder)
    {
        var path = Path.Combine(folder, "config.json");
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            return new ConfigReader(path, json.RootElement).Read();
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException)
        {
            throw new CoraException($"{path} is damaged: {problem.Message}", "Download it again.", inner: problem);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new CoraException($"{path} cannot be read: {problem.Message}", "Give the folder of a Qwen2, Qwen2.5 or Qwen3 model in Hugging Face's layout.", inner: problem);
        }
    }
}

/// <summary>One reading of a config.json, which refuses by name what would be computed wrongly.</summary>
internal sealed class ConfigReader(string path, JsonElement root)
{
    private const string Remedy = "Take a Qwen2, Qwen2.5 or Qwen3 text model (dense, not quantised) as published, or an embedding server for others.";
    private const int Largest = 1 << 22;

    public QwenConfig Read()
    {
        Demand(root.ValueKind == JsonValueKind.Object, "it is not a JSON object");
        var type = Word("model_type") ?? "";
        Demand(type is "qwen2" or "qwen3", $"model_type is '{type}', expected qwen2 or qwen3");
        if (Get(root, "quantization_config") is { } quantization)
            Demand(false, $"the checkpoint is quantised ({(Get(quantization, "quant_method") is { ValueKind: JsonValueKind.String } method ? method.GetString() : "by an unnamed method")})");
        Demand(Get(root, "auto_map") is null, "it brings program code of its own (auto_map)");
        Demand(Get(root, "is_causal") is not { ValueKind: JsonValueKind.False }, "its attention looks both ways (is_causal is false)");
        Demand(Word("hidden_act") == "silu", $"hidden_act is '{Word("hidden_act")}', expected silu");

        var (hidden, heads, keyValueHeads) = (Count("hidden_size"), Count("num_attention_heads"), Count("num_key_value_heads"));
        var headSize = type == "qwen2" && Get(root, "head_dim") is null ? hidden / heads : Count("head_dim");
        Demand(headSize * heads == hidden || Get(root, "head_dim") is not null, $"hidden_size {hidden} is not a multiple of num_attention_heads {heads}");
        Demand(heads % keyValueHeads == 0, $"num_attention_heads {heads} is not a multiple of num_key_value_heads {keyValueHeads}");
        Demand(headSize % 2 == 0, $"head_dim {headSize} is odd");
        var hasBias = Get(root, "attention_bias") is { ValueKind: JsonValueKind.True };
        return new()
        {
            ModelType = type,
            VocabularySize = Count("vocab_size"),
            HiddenSize = hidden,
            IntermediateSize = Count("intermediate_size"),
            Heads = heads,
            KeyValueHeads = keyValueHeads,
            HeadSize = headSize,
            NormEpsilon = Positive(root, "rms_norm_eps") ?? throw Refuse("rms_norm_eps is missing"),
            RopeTheta = RopeTheta(),
            MaxPositions = Count("max_position_embeddings"),
            QkvBias = type == "qwen2" || hasBias,
            OutputBias = type == "qwen3" && hasBias,
            Windows = Windows(Count("num_hidden_layers")),
        };
    }

    private double RopeTheta()
    {
        // Two spellings of the same: rope_scaling beside rope_theta, and since transformers 5 rope_parameters with both.
        double? theta = Positive(root, "rope_theta");
        foreach (var key in new[] { "rope_scaling", "rope_parameters" })
        {
            if (Get(root, key) is not { } rope) continue;
            var kind = Get(rope, "rope_type") ?? Get(rope, "type");
            Demand(kind is { ValueKind: JsonValueKind.String } && kind.Value.GetString() == "default", $"{key} is {rope.GetRawText()}; only the unscaled type 'default' is computed");
            Demand((Positive(rope, "partial_rotary_factor") ?? 1) == 1, "partial_rotary_factor is not 1");
            var inner = Positive(rope, "rope_theta");
            Demand(inner is null || theta is null || inner == theta, $"rope_theta is {theta} and, in {key}, {inner}");
            theta ??= inner;
        }

        Demand((Positive(root, "partial_rotary_factor") ?? 1) == 1, "partial_rotary_factor is not 1");
        return theta ?? throw Refuse("rope_theta is missing");
    }

    private ImmutableArray<int?> Windows(int layers)
    {
        Demand(layers <= 1000, $"num_hidden_layers is {layers}");
        int? window = Get(root, "use_sliding_window") is { ValueKind: JsonValueKind.True } && Get(root, "sliding_window") is not null ? Count("sliding_window") : null;
        if (Get(root, "layer_types") is not { } types)
        {
            if (window is null) return [.. Enumerable.Repeat<int?>(null, layers)];
            var firstSliding = Count("max_window_layers", least: 0);
            return [.. Enumerable.Range(0, layers).Select(i => i >= firstSliding ? window : null)];
        }

        var words = types.EnumerateArray().Select(t => t.GetString()).ToArray();
        Demand(words.Length == layers, $"layer_types has {words.Length} entries for {layers} layers");
        return [.. words.Select(word => word switch
        {
            "full_attention" => (int?)null,
            "sliding_attention" => window ?? throw Refuse("layer_types has sliding_attention, but use_sliding_window and sliding_window do not say how long"),
            _ => throw Refuse($"layer_types has '{word}', expected full_attention or sliding_attention"),
        })];
    }

    private int Count(string key, int least = 1)
    {
        if (Get(root, key) is not { } value) throw Refuse($"{key} is missing");
        Demand(value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var n) && n >= least && n <= Largest, $"{key} is {value.GetRawText()}, expected {least} to {Largest}");
        return value.GetInt32();
    }

    private double? Positive(JsonElement element, string key)
    {
        if (Get(element, key) is not { } value) return null;
        Demand(value.ValueKind == JsonValueKind.Number && value.GetDouble() is > 0 and < 1e30, $"{key} is {value.GetRawText()}, expected a positive number");
        return value.GetDouble();
    }

    private string? Word(string key) => Get(root, key) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    private static JsonElement? Get(JsonElement element, string key) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private void Demand(bool fits, string otherwise)
    {
        if (!fits) throw Refuse(otherwise);
    }

    private CoraException Refuse(string why) => new($"{path} is not of a model that is computed here: {why}.", Remedy);
}
