namespace Cora.Language;

/// <summary>Which encoder turns clinical texts into vectors.</summary>
public enum TextEncoderKind
{
    /// <summary>The variables themselves as numbers; needs no model and is no language model.</summary>
    ClinicalFeatures,

    /// <summary>A Qwen2, Qwen2.5 or Qwen3 model in a folder (the paper: Qwen-7B).</summary>
    Qwen,

    /// <summary>A server with an OpenAI-compatible <c>/v1/embeddings</c>.</summary>
    Server,
}

/// <summary>Settings of the frozen text encoder (Methods, "MACE risk stratification").</summary>
public sealed record TextConfig : ISettings
{
    /// <summary>Which encoder. The paper's needs 15 GB of weights, so the default is the one that needs none.</summary>
    public TextEncoderKind Encoder { get; init; } = TextEncoderKind.ClinicalFeatures;

    /// <summary>qwen: folder of the model as it is published (config.json, safetensors, tokenizer). server: name of the model.</summary>
    public string? Model { get; init; }

    /// <summary>server: its address, for example http://localhost:8000. Nothing else is ever contacted.</summary>
    public string? Address { get; init; }

    /// <summary>server: a file that holds the key it asks for; none when not given. The key is never written anywhere.</summary>
    public string? KeyFile { get; init; }

    /// <summary>qwen: how token vectors become one. The paper does not say; the last token is the only one that has seen the whole text.</summary>
    public TextPooling Pool { get; init; } = TextPooling.Last;

    /// <summary>qwen: precision of the computation; bf16 halves the memory of a model that is stored so.</summary>
    public QwenPrecision Precision { get; init; } = QwenPrecision.Float32;

    /// <summary>Folder of vectors that were computed before, to be shared by runs; the run's own when not given.</summary>
    public string? Cache { get; init; }

    /// <inheritdoc/>
    public IEnumerable<Problem> Check()
    {
        if (Encoder != TextEncoderKind.ClinicalFeatures && string.IsNullOrWhiteSpace(Model)) yield return new("model", Model ?? "", "a folder (qwen) or a model's name (server)");
        if (Encoder == TextEncoderKind.Server && !(Uri.TryCreate(Address, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https")) yield return new("address", Address ?? "", "http://… or https://…");
    }
}
