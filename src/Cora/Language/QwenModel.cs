using System.Security.Cryptography;
using System.Text;
using static TorchSharp.torch;

namespace Cora.Language;

/// <summary>What a decoder computes with; the stored weights stay as they are.</summary>
public enum QwenPrecision
{
    /// <summary>Single precision, the reference: bf16 and f16 weights are widened matrix by matrix while they are used.</summary>
    Float32,

    /// <summary>bfloat16, with norms and attention sums in single precision; about 1 % off, faster where the processor has bf16 instructions.</summary>
    BFloat16,
}

/// <summary>A frozen Qwen2 or Qwen3 decoder without its language head: token ids in, hidden vectors out. Methods, "MACE risk stratification".</summary>
/// <remarks>Weights are mapped from the folder's files, which must stay as they are while the model is open. Several threads may compute at once.</remarks>
public sealed class QwenModel : IDisposable
{
    private readonly Tensor table;
    private readonly QwenLayer[] layers;
    private readonly StoredNorm norm;
    private readonly Device device;
    private readonly string[] weightFiles;

    private QwenModel(string folder, QwenConfig config, QwenPrecision precision, Device device, SafetensorsFolder weights)
    {
        (Folder, Config, Precision, this.device) = (folder, config, precision, device);
        weightFiles = [.. weights.Files];
        var taker = new WeightTaker(weights, config, device);
        table = taker.Take("embed_tokens.weight", config.VocabularySize, config.HiddenSize);
        layers = [.. Enumerable.Range(0, config.Layers).Select(taker.Layer)];
        norm = taker.Norm("norm", config.HiddenSize);
        taker.RefuseLeftOvers();
    }

    /// <summary>Where the model lies.</summary>
    public string Folder { get; }

    /// <summary>What config.json says.</summary>
    public QwenConfig Config { get; }

    /// <summary>What is computed with.</summary>
    public QwenPrecision Precision { get; }

    /// <summary>Opens a model folder: config.json and safetensors, whole or in shards.</summary>
    /// <param name="folder">Hugging Face's layout.</param>
    /// <param name="precision">What to compute with.</param>
    /// <param name="device">Where to compute; weights are mapped on the processor (default), and copied to any other device.</param>
    /// <exception cref="CoraException">The folder is not of such a model, or incomplete, or damaged; says what and where.</exception>
    public static QwenModel Load(string folder, QwenPrecision precision = QwenPrecision.Float32, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(folder);
        var config = QwenConfig.Read(folder);
        using var weights = SafetensorsFolder.Open(folder);
        return new(folder, config, precision, device ?? CPU, weights);
    }

    /// <summary>The output of the final norm, [B, T, hidden] in float32; 0 where the mask is 0.</summary>
    /// <param name="ids">[B, T] int64.</param>
    /// <param name="mask">[B, T]: 1 for a token, 0 for padding, which may lie on either side.</param>
    /// <exception cref="ArgumentException">Shapes differ, or a row is padding only.</exception>
    /// <exception cref="CoraException">An id lies outside of the embedding table, or the rows are too long for the model.</exception>
    public Tensor LastHidden(Tensor ids, Tensor mask)
    {
        using var scope = NewDisposeScope();
        return Run(ids, mask, null).MoveToOuterDisposeScope();
    }

    /// <summary>The embeddings, then the stream after each layer, the last one after the final norm: layers + 1 of [B, T, hidden], padding not cleared.</summary>
    /// <inheritdoc cref="LastHidden" path="/param"/>
    /// <inheritdoc cref="LastHidden" path="/exception"/>
    public IReadOnlyList<Tensor> HiddenStates(Tensor ids, Tensor mask)
    {
        using var scope = NewDisposeScope();
        var states = new List<Tensor>();
        Run(ids, mask, states);
        return [.. states.Select(s => s.MoveToOuterDisposeScope())];
    }

    /// <summary>SHA-256 in hex of everything in the folder that can change a vector: config, tokenizer files, weights. Reads all weights once.</summary>
    public string WeightsHash()
    {
        using var all = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var others = TokenizerFiles.Names.Prepend("config.json").Select(n => Path.Combine(Folder, n)).Where(File.Exists);
        foreach (var path in others.Concat(weightFiles))
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20, FileOptions.SequentialScan);
            all.AppendData(Encoding.UTF8.GetBytes($"{Path.GetFileName(path)} {Convert.ToHexStringLower(SHA256.HashData(file))}\n"));
        }

        return Convert.ToHexStringLower(all.GetHashAndReset());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        table.Dispose();
        norm.Dispose();
        foreach (var layer in layers) layer.Dispose();
    }

    private Tensor Run(Tensor ids, Tensor mask, List<Tensor>? states)
    {
        ArgumentNullException.ThrowIfNull(ids);
        ArgumentNullException.ThrowIfNull(mask);
        using var _ = no_grad();
        Check(ids, mask);
        var type = Precision == QwenPrecision.BFloat16 ? bfloat16 : float32;
        var seen = mask.to(device).to(ScalarType.Bool);
        var context = Context(seen, type);
        var rows = table.index_select(0, ids.to(device).flatten());                          // looked up first: the table is not converted
        var stream = rows.view(ids.shape[0], ids.shape[1], -1).to(type);                     // [B, T, hidden]
        states?.Add(stream.to(float32));
        foreach (var layer in layers)
        {
            // A state that nobody asked for is gone with the next one.
            var next = layer.Forward(stream, context);
            stream.Dispose();
            stream = next;
            states?.Add(stream.to(float32, copy: true));
        }

        var last = norm.Of(stream).to(float32);
        if (states is not null) states[^1] = last;
        return last * seen.unsqueeze(-1);
    }

    private void Check(Tensor ids, Tensor mask)
    {
        if (ids.dim() != 2 || !ids.shape.SequenceEqual(mask.shape) || ids.numel() == 0)
            throw new ArgumentException($"Ids and mask have shape [B, T], not [{string.Join(", ", ids.shape)}] and [{string.Join(", ", mask.shape)}].", nameof(ids));
        if (mask.to(ScalarType.Bool).any(1).all().item<bool>() is false) throw new ArgumentException("A row is padding only.", nameof(mask));
        if (ids.shape[1] > Config.MaxPositions)
            throw new CoraException($"A text has {ids.shape[1]} tokens, the model of {Folder} takes {Config.MaxPositions}.", "Shorten the text, or take a model for longer ones.");
        var (lowest, highest) = (ids.min().item<long>(), ids.max().item<long>());
        if (lowest < 0 || highest >= Config.VocabularySize)
            throw new CoraException($"Token {(lowest < 0 ? lowest : highest)} lies outside of the {Config.VocabularySize} rows of the model of {Folder}.", "Tokenizer and weights are of different models; take both from one place.");
    }

    /// <summary>Rotary tables and masks of a batch.</summary>
    private LayerContext Context(Tensor seen, ScalarType type)
    {
        var length = seen.shape[1];
        var positions = arange(length, float32, device);
        var frequencies = pow(Config.RopeTheta, arange(0, Config.HeadSize, 2, float32, device) / Config.HeadSize).reciprocal();
        var angles = outer(positions, frequencies);                                          // [T, head / 2]
        angles = cat([angles, angles], -1);                                                  // [T, head]

        var distance = positions.unsqueeze(1) - positions.unsqueeze(0);                      // [T, T], query minus key
        var masks = new Dictionary<int, Tensor>();
        foreach (var window in Config.Windows.Distinct())
        {
            var reach = distance >= 0;
            if (window is { } size) reach = reach & (distance < size);

            // Padding sees itself: a softmax over nothing is not a number.
            var visible = (reach.unsqueeze(0) & seen.unsqueeze(1)) | (distance == 0).unsqueeze(0);
            masks.Add(window ?? 0, visible.unsqueeze(1));                                    // [B, 1, T, T]
        }

        return new(angles.cos().to(type), angles.sin().to(type), masks);
    }
}
