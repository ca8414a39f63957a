using System.Globalization;
using static TorchSharp.torch;

namespace Cora.Language;

/// <summary>Vectors of texts from a Qwen2, Qwen2.5 or Qwen3 model with its own weights; nothing is sent anywhere.</summary>
/// <remarks>Texts are computed in batches of similar length. In another batch a vector may differ in the last bits (about 1e-6).</remarks>
public sealed class QwenTextEncoder : ITextEncoder, IDisposable
{
    private const int BatchTexts = 8;

    private readonly QwenModel model;
    private readonly QwenTokenizer tokenizer;
    private readonly TextPooling pooling;
    private readonly Lazy<string> hash;

    private QwenTextEncoder(QwenModel model, QwenTokenizer tokenizer, TextPooling pooling)
    {
        (this.model, this.tokenizer, this.pooling) = (model, tokenizer, pooling);
        hash = new(model.WeightsHash);
    }

    /// <summary>Model type, layers, hidden size and precision: <c>qwen3 28x1024 float32</c>.</summary>
    public string Name => string.Create(
        CultureInfo.InvariantCulture, $"{model.Config.ModelType} {model.Config.Layers}x{model.Config.HiddenSize} {(model.Precision == QwenPrecision.BFloat16 ? "bfloat16" : "float32")}");

    /// <inheritdoc/>
    public string WeightsHash => hash.Value;

    /// <summary><c>last</c> or <c>mean</c>.</summary>
    public string Pooling => pooling == TextPooling.Last ? "last" : "mean";

    /// <inheritdoc/>
    public int Dimension => model.Config.HiddenSize;

    /// <summary>Opens a model folder in Hugging Face's layout: config.json, safetensors, tokenizer files.</summary>
    /// <exception cref="CoraException">The folder is not of such a model, or incomplete, or damaged; says what and where.</exception>
    public static QwenTextEncoder Open(string folder, TextPooling pooling = TextPooling.Last, QwenPrecision precision = QwenPrecision.Float32, Device? device = null)
    {
        var model = QwenModel.Load(folder, precision, device);
        try
        {
            var tokenizer = QwenTokenizer.Load(folder);
            if (tokenizer.HighestId < model.Config.VocabularySize) return new(model, tokenizer, pooling);
            throw new CoraException(
                $"The tokenizer of {folder} has tokens up to {tokenizer.HighestId}, the weights have {model.Config.VocabularySize} rows for them.",
                "Tokenizer and weights are of different models; take both from one place.");
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public float[][] Encode(IReadOnlyList<string> texts, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var ids = texts.Select(tokenizer.Encode).ToArray();
        if (Array.FindIndex(ids, i => i.Length == 0) is >= 0 and var empty)
            throw new CoraException($"Text {empty + 1} of {texts.Count} has no tokens.", "Give a text for each case; a missing value is written as 'not recorded'.");

        var vectors = new float[texts.Count][];
        foreach (var batch in Enumerable.Range(0, ids.Length).OrderBy(i => ids[i].Length).Chunk(BatchTexts))
        {
            cancel.ThrowIfCancellationRequested();
            Encode(batch, ids, vectors);
        }

        return vectors;
    }

    /// <inheritdoc/>
    public void Dispose() => model.Dispose();

    private void Encode(int[] batch, int[][] ids, float[][] vectors)
    {
        using var scope = NewDisposeScope();
        var length = batch.Max(i => ids[i].Length);
        var (padded, mask) = (new long[batch.Length * length], new long[batch.Length * length]);
        for (var row = 0; row < batch.Length; row++)
        {
            for (var t = 0; t < ids[batch[row]].Length; t++) (padded[row * length + t], mask[row * length + t]) = (ids[batch[row]][t], 1);
        }

        var seen = tensor(mask, [batch.Length, length]);
        var hidden = model.LastHidden(tensor(padded, [batch.Length, length]), seen);
        var numbers = pooling.Of(hidden, seen).cpu().contiguous().data<float>().ToArray();
        if (!Array.TrueForAll(numbers, float.IsFinite))
            throw new CoraException($"The model of {model.Folder} gives vectors that are not finite.", "Compute in float32; if it already is, the weights are damaged: download them again.");
        for (var row = 0; row < batch.Length; row++) vectors[batch[row]] = numbers[(row * Dimension)..((row + 1) * Dimension)];
    }
}
