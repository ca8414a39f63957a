namespace Cora.Inference;

/// <summary>
/// How tiles lie along one axis and how much each counts. The tiles of a volume are all combinations of three axes and the Gaussian is a
/// product of three, so the sum of weights at a voxel is a product of three sums as well: no volume of weights is needed.
/// </summary>
internal sealed class TileAxis
{
    /// <param name="size">Voxels along the axis.</param>
    /// <param name="patch">Voxels of a tile along the axis; a shorter axis is padded alike at both ends.</param>
    /// <param name="overlap">Share of a tile that its neighbour sees again.</param>
    public TileAxis(int size, int patch, double overlap)
    {
        var padded = Math.Max(size, patch);
        PadLow = (padded - size) / 2;
        Starts = StartsOf(padded, patch, overlap);
        var importance = Importance(patch);
        var sums = new double[padded];
        foreach (var start in Starts)
        {
            for (var i = 0; i < patch; i++) sums[start + i] += importance[i];
        }

        Shares = [.. Starts.Select(start => importance.Select((w, i) => (float)(w / sums[start + i])).ToArray())];
    }

    /// <summary>Voxels of padding before the first.</summary>
    public int PadLow { get; }

    /// <summary>First voxel of each tile on the padded axis.</summary>
    public int[] Starts { get; }

    /// <summary>Of each tile, its share in the answer at each of its voxels; the shares of all tiles at a voxel sum to 1.</summary>
    public float[][] Shares { get; }

    /// <summary>
    /// Tiles at most (1 - overlap) patches apart, spread evenly from end to end and rounded half to even, as in nnU-Net:
    /// 110 voxels in tiles of 64 start at 0, 23, 46.
    /// </summary>
    public static int[] StartsOf(int size, int patch, double overlap)
    {
        var room = size - patch;
        var count = (int)Math.Ceiling(room / (patch * (1 - overlap))) + 1;
        var step = count > 1 ? (double)room / (count - 1) : 0;
        return [.. Enumerable.Range(0, count).Select(i => (int)Math.Round(i * step, MidpointRounding.ToEven))];
    }

    /// <summary>A Gaussian round the voxel at floor(patch / 2), standard deviation patch / 8, peak 1. Zeros become the smallest value above 0.</summary>
    public static double[] Importance(int patch)
    {
        var (centre, sigma) = (patch / 2, patch / 8.0);
        var weights = Enumerable.Range(0, patch).Select(i => Math.Exp(-0.5 * Math.Pow((i - centre) / sigma, 2))).ToArray();
        var smallest = weights.Where(w => w > 0).Min();
        return [.. weights.Select(w => w > 0 ? w : smallest)];
    }
}
