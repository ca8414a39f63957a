using static TorchSharp.torch;

namespace Cora.Language;

/// <summary>Takes the tensors of a decoder out of a folder, each with its expected shape, and notices what is missing or left over.</summary>
internal sealed class WeightTaker(SafetensorsFolder weights, QwenConfig config, Device device)
{
    private readonly HashSet<string> taken = [];

    // Embedding checkpoints are saved without the head, and so without this prefix.
    private readonly string prefix = weights.Names.Any(n => n.StartsWith("model.", StringComparison.Ordinal)) ? "model." : "";

    public QwenLayer Layer(int index)
    {
        var (at, hidden, head) = ($"layers.{index}.", config.HiddenSize, config.HeadSize);
        var (queries, keys) = (config.Heads * head, config.KeyValueHeads * head);
        return new(
            config, config.Windows[index], Norm(at + "input_layernorm", hidden),
            Linear(at + "self_attn.q_proj", queries, hidden, config.QkvBias),
            Linear(at + "self_attn.k_proj", keys, hidden, config.QkvBias),
            Linear(at + "self_attn.v_proj", keys, hidden, config.QkvBias),
            Linear(at + "self_attn.o_proj", hidden, queries, config.OutputBias),
            config.HasHeadNorms ? Norm(at + "self_attn.q_norm", head) : null,
            config.HasHeadNorms ? Norm(at + "self_attn.k_norm", head) : null,
            Norm(at + "post_attention_layernorm", hidden),
            Linear(at + "mlp.gate_proj", config.IntermediateSize, hidden, false),
            Linear(at + "mlp.up_proj", config.IntermediateSize, hidden, false),
            Linear(at + "mlp.down_proj", hidden, config.IntermediateSize, false));
    }

    public StoredNorm Norm(string name, int size) => new(Take(name + ".weight", size), config.NormEpsilon);

    public Tensor Take(string name, params long[] shape)
    {
        var full = prefix + name;
        if (!weights.Names.Contains(full)) throw Refuse($"{full} is missing");
        var found = weights.ShapeOf(full);
        if (!found.SequenceEqual(shape)) throw Refuse($"{full} has shape [{string.Join(", ", found)}], config.json means [{string.Join(", ", shape)}]");
        taken.Add(full);
        var mapped = weights.Map(full).DetachFromDisposeScope();
        if (device.type == TorchSharp.DeviceType.CPU) return mapped;
        using (mapped) return mapped.to(device).DetachFromDisposeScope();
    }

    /// <summary>A tensor that nobody takes would have changed the result: better no answer than another model's.</summary>
    public void RefuseLeftOvers()
    {
        var left = weights.Names.Where(n => !taken.Contains(n) && n != "lm_head.weight" && !n.EndsWith("rotary_emb.inv_freq", StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToArray();
        if (left.Length > 0) throw Refuse($"{left[0]}{(left.Length > 1 ? $" and {left.Length - 1} more" : "")} would not be used");
    }

    private StoredLinear Linear(string name, long outputs, long inputs, bool hasBias) =>
        new(Take(name + ".weight", outputs, inputs), hasBias ? Take(name + ".bias", outputs) : null);

    private CoraException Refuse(string why) =>
        new($"The weights of {weights.Folder} are not those of a {config.ModelType} decoder with its config.json: {why}.", "Take config.json and weights of one model from one place.");
}
