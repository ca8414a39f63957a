namespace Cora.Language;

/// <summary>What decides a text's vector besides the text; reports print it, caches are keyed by it.</summary>
/// <param name="Name">What the encoder is, for example <c>qwen3 28x1024 float32</c>.</param>
/// <param name="WeightsHash">SHA-256 in hex of everything that decides a vector, or what stands for it where we cannot know.</param>
/// <param name="Pooling">How token vectors become one.</param>
/// <param name="Dimension">Numbers in a vector.</param>
public sealed record EncoderIdentity(string Name, string WeightsHash, string Pooling, int Dimension)
{
    /// <summary>The identity of an encoder.</summary>
    public static EncoderIdentity Of(ITextEncoder encoder)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        return new(encoder.Name, encoder.WeightsHash, encoder.Pooling, encoder.Dimension);
    }
}

/// <summary>A frozen encoder of clinical text. Methods, "MACE risk stratification": "A frozen Qwen-7B text encoder was used".</summary>
public interface ITextEncoder
{
    /// <summary>See <see cref="EncoderIdentity"/>.</summary>
    string Name { get; }

    /// <summary>See <see cref="EncoderIdentity"/>; may read all weights when asked for the first time.</summary>
    string WeightsHash { get; }

    /// <summary>See <see cref="EncoderIdentity"/>.</summary>
    string Pooling { get; }

    /// <summary>Numbers in a vector.</summary>
    int Dimension { get; }

    /// <summary>One vector a text, in order, each of <see cref="Dimension"/> finite numbers.</summary>
    /// <exception cref="CoraException">A text cannot be encoded; says why, without the text.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    float[][] Encode(IReadOnlyList<string> texts, CancellationToken cancel = default);
}
