namespace Cora.Pretraining;

/// <summary>Which blocks of a patch are hidden (He et al. 2022; in three dimensions nnssl, BaseMAETrainer).</summary>
internal static class HiddenBlocks
{
    /// <summary>How many of n blocks are hidden: the whole part of ratio times n. Of 216 at 0.75: 162.</summary>
    public static int CountOf(double ratio, int blocks) => (int)(ratio * blocks);

    /// <summary>1 for visible blocks, 0 for hidden ones, x fastest; exactly the asked share is hidden, every choice as likely.</summary>
    public static float[] Draw(int blocksPerSide, double ratio, Rng random)
    {
        var order = Enumerable.Range(0, blocksPerSide * blocksPerSide * blocksPerSide).ToArray();
        random.Shuffle(order.AsSpan());
        var visible = new float[order.Length];
        foreach (var block in order[CountOf(ratio, order.Length)..]) visible[block] = 1;
        return visible;
    }
}
