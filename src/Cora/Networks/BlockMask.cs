using static TorchSharp.torch;

namespace Cora.Networks;

/// <summary>A mask of blocks at the resolution of a feature map.</summary>
internal static class BlockMask
{
    /// <summary>
    /// Blocks [B, 1, G, G, G] at the size of a map, each repeated. A map with fewer voxels than there are blocks is visible as a whole, as in the source of the
    /// sparse encoder (nnssl, spark_utils); it does not happen where a block is at least as large as the network's divisor.
    /// </summary>
    /// <exception cref="ArgumentException">The map's size is no multiple of the blocks.</exception>
    public static Tensor Enlarged(Tensor blocks, long side)
    {
        var grid = blocks.shape[2];
        if (side < grid) return ones([blocks.shape[0], 1, side, side, side], blocks.dtype, blocks.device);
        if (side % grid != 0) throw new ArgumentException($"{grid} blocks a side do not fit {side} voxels.", nameof(blocks));
        using var scope = NewDisposeScope();
        var times = side / grid;
        return blocks.repeat_interleave(times, 2).repeat_interleave(times, 3).repeat_interleave(times, 4).MoveToOuterDisposeScope();
    }
}
