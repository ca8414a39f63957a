using static TorchSharp.torch;

namespace Cora.Language;

/// <summary>How a text's token vectors become one vector. The paper does not say; the last token is our default (decision 0002).</summary>
public enum TextPooling
{
    /// <summary>The last token, the only one that has seen the whole text.</summary>
    Last,

    /// <summary>The mean over all tokens.</summary>
    Mean,
}

/// <summary>Pooling of hidden vectors.</summary>
public static class TextPoolings
{
    /// <summary>One vector a row, [B, hidden], of hidden vectors [B, T, hidden]; padding does not count, on whichever side it lies.</summary>
    /// <param name="pooling">Which.</param>
    /// <param name="hidden">[B, T, hidden].</param>
    /// <param name="mask">[B, T]: 1 for a token, 0 for padding; each row has a token.</param>
    public static Tensor Of(this TextPooling pooling, Tensor hidden, Tensor mask)
    {
        ArgumentNullException.ThrowIfNull(hidden);
        ArgumentNullException.ThrowIfNull(mask);
        using var scope = NewDisposeScope();
        var weights = mask.to(hidden.device).to(hidden.dtype);
        if (pooling == TextPooling.Last)
        {
            var last = (weights * arange(1, mask.shape[1] + 1, hidden.dtype, hidden.device)).argmax(1);      // [B]
            return hidden[arange(hidden.shape[0], device: hidden.device), last].MoveToOuterDisposeScope();
        }

        var sums = (hidden * weights.unsqueeze(-1)).sum([1]);                                            // [B, hidden]
        return (sums / weights.sum(1, keepdim: true)).MoveToOuterDisposeScope();
    }
}
