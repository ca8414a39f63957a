using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Cora.Language;

/// <summary>A linear map as it is stored; its weights are converted while they are used, not kept converted.</summary>
internal sealed record StoredLinear(Tensor Weight, Tensor? Bias) : IDisposable
{
    public Tensor Of(Tensor x)
    {
        using var weight = Weight.to(x.dtype);
        using var bias = Bias?.to(x.dtype);
        return F.linear(x, weight, bias);
    }

    public void Dispose()
    {
        Weight.Dispose();
        Bias?.Dispose();
    }
}

/// <summary>Root-mean-square norm over the last axis, computed in float32 whatever the input is.</summary>
internal sealed record StoredNorm(Tensor Weight, double Epsilon) : IDisposable
{
    public Tensor Of(Tensor x)
    {
        using var scope = NewDisposeScope();
        var wide = x.to(float32);
        var scale = wide.square().mean([-1], keepdim: true).add_(Epsilon).rsqrt_();
        return wide.mul(scale).to(x.dtype).mul(Weight.to(x.dtype)).MoveToOuterDisposeScope();
    }

    public void Dispose() => Weight.Dispose();
}

/// <summary>What every layer needs to know of a batch.</summary>
/// <param name="Cosines">[T, head], in the precision of computing.</param>
/// <param name="Sines">Likewise.</param>
/// <param name="Masks">Window to [B, 1, T, T], true where the query (third axis) may see the key (fourth); 0 stands for no window.</param>
internal sealed record LayerContext(Tensor Cosines, Tensor Sines, IReadOnlyDictionary<int, Tensor> Masks);

/// <summary>One decoder layer: grouped-query attention with rotary positions, then a gated feed-forward part, each on a normed copy of the stream.</summary>
internal sealed class QwenLayer(
    QwenConfig config, int? window, StoredNorm attentionNorm, StoredLinear query, StoredLinear key, StoredLinear value, StoredLinear output,
    StoredNorm? queryNorm, StoredNorm? keyNorm, StoredNorm feedForwardNorm, StoredLinear gate, StoredLinear up, StoredLinear down) : IDisposable
{
    /// <summary>The stream [B, T, hidden] after this layer.</summary>
    public Tensor Forward(Tensor stream, LayerContext context)
    {
        using var scope = NewDisposeScope();
        var middle = stream + Attention(attentionNorm.Of(stream), context);                  // [B, T, hidden]
        return (middle + FeedForward(feedForwardNorm.Of(middle))).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        foreach (IDisposable? part in new IDisposable?[] { attentionNorm, query, key, value, output, queryNorm, keyNorm, feedForwardNorm, gate, up, down }) part?.Dispose();
    }

    private Tensor Attention(Tensor x, LayerContext context)
    {
        using var scope = NewDisposeScope();
        var (batch, length) = (x.shape[0], x.shape[1]);
        var groups = config.Heads / config.KeyValueHeads;
        var q = Rotated(Heads(query, queryNorm, x), context);                                // [B, heads, T, head]
        var k = Rotated(Heads(key, keyNorm, x), context).repeat_interleave(groups, dim: 1);
        var v = Heads(value, null, x).repeat_interleave(groups, dim: 1);
        var mixed = F.scaled_dot_product_attention(q, k, v, context.Masks[window ?? 0]);     // scaled by 1 / sqrt(head)
        return output.Of(mixed.transpose(1, 2).reshape(batch, length, -1)).MoveToOuterDisposeScope();
    }

    private Tensor Heads(StoredLinear map, StoredNorm? norm, Tensor x)
    {
        var heads = map.Of(x).view(x.shape[0], x.shape[1], -1, config.HeadSize);             // [B, T, heads, head]
        return (norm is null ? heads : norm.Of(heads)).transpose(1, 2);
    }

    // Halves are rotated, not neighbouring pairs: dimension i goes with i + head / 2.
    private static Tensor Rotated(Tensor x, LayerContext context)
    {
        var halves = x.chunk(2, -1);
        return x * context.Cosines + cat([-halves[1], halves[0]], -1) * context.Sines;
    }

    private Tensor FeedForward(Tensor x)
    {
        using var scope = NewDisposeScope();
        return down.Of(F.silu(gate.Of(x)).mul_(up.Of(x))).MoveToOuterDisposeScope();
    }
}
