using static TorchSharp.torch;

namespace Cora.Networks;

/// <summary>
/// Arrays of .NET as tensors in torch's own memory. <c>torch.tensor</c> reads an array where it lies, and a product of matrices rounds by how its memory is aligned: the same numbers would
/// give other last bits whenever the garbage collector has put the array elsewhere (decision 0017).
/// </summary>
internal static class OwnMemory
{
    /// <summary>A copy of an array, aligned as torch aligns; for all that a network is given as it is.</summary>
    public static Tensor Of(float[] values, long[] shape, Device device)
    {
        using var there = tensor(values, shape);
        return there.clone().to(device);
    }
}
