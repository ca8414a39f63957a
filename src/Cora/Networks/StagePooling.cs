using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Cora.Networks;

/// <summary>How the voxels of a feature map become one number a channel.</summary>
public enum Pooling
{
    /// <summary>Mean over the voxels: the paper's head. After an instance norm it is nearly constant and dilutes a plaque some hundredfold.</summary>
    Average,

    /// <summary>The highest voxel.</summary>
    Maximum,

    /// <summary>log of the mean of exponentials, divided by the sharpness: between mean and maximum.</summary>
    LogSumExp,

    /// <summary>Mean of the highest voxels.</summary>
    TopK,
}

/// <summary>Which stages of the encoder are pooled.</summary>
public enum PooledStages
{
    /// <summary>The last, as in the paper.</summary>
    Last,

    /// <summary>All, one after another.</summary>
    All,
}

/// <summary>Which voxels are pooled.</summary>
public enum PooledPlace
{
    /// <summary>All, as in the paper.</summary>
    Scan,

    /// <summary>Those of the arteries and a margin: a valve's calcium then cannot pass for a plaque's. Needs an artery mask for every scan.</summary>
    Arteries,
}

/// <summary>The head of a volume-level classifier; alike for every starting point.</summary>
public sealed record PoolingConfig : ISettings
{
    /// <summary>How the voxels of a feature map become one number a channel. The paper: average.</summary>
    public Pooling Pool { get; init; } = Pooling.Average;

    /// <summary>Which stages are pooled. The paper: the last.</summary>
    public PooledStages Stages { get; init; } = PooledStages.Last;

    /// <summary>Which voxels are pooled. The paper: all.</summary>
    public PooledPlace Within { get; init; } = PooledPlace.Scan;

    /// <summary>Room round the arteries, millimetres: plaques lie in the wall beside the lumen.</summary>
    public double MarginMm { get; init; } = 2;

    /// <summary>Voxels that top-k pooling averages.</summary>
    public int TopK { get; init; } = 8;

    /// <summary>Sharpness of log-sum-exp pooling.</summary>
    public double Sharpness { get; init; } = 5;

    /// <inheritdoc/>
    public IEnumerable<Problem> Check()
    {
        if (!(MarginMm >= 0)) yield return new("margin_mm", MarginMm, "0 or more");
        if (TopK < 1) yield return new("top_k", TopK, "1 or more");
        if (!(Sharpness > 0)) yield return new("sharpness", Sharpness, "more than 0");
    }
}

/// <summary>Feature maps of an encoder's stages as one vector a scan.</summary>
internal static class StagePooling
{
    // Kept for good: torch's scalars in passing may be freed while a call still reads them (decision 0014).
    private static readonly Scalar Zero = 0.ToScalar();
    private static readonly Scalar One = 1.ToScalar();
    private static readonly Scalar MinusOne = (-1).ToScalar();
    private static readonly Scalar Lowest = double.NegativeInfinity.ToScalar();

    /// <summary>Numbers in a vector.</summary>
    public static int Features(PoolingConfig pooling, ResUNetConfig encoder) => pooling.Stages == PooledStages.All ? encoder.Channels.Sum() : encoder.Channels[^1];

    /// <summary>Vectors [B, F] of the stages, finest first. A scan whose place is empty is pooled everywhere.</summary>
    public static Tensor Of(PoolingConfig pooling, IReadOnlyList<Tensor> stages, Tensor? place)
    {
        var everywhere = place?.add(place.sum([2, 3, 4], keepdim: true).eq(Zero), One);
        Tensor Pooled(int stage) => PoolOne(pooling, stages[stage], everywhere is null ? null : stage == 0 ? everywhere : F.max_pool3d(everywhere, Cube(stage), Cube(stage)));
        return pooling.Stages == PooledStages.Last ? Pooled(stages.Count - 1) : cat([.. Enumerable.Range(0, stages.Count).Select(Pooled)], 1);
    }

    private static long[] Cube(int stage) => [1L << stage, 1L << stage, 1L << stage];

    private static Tensor PoolOne(PoolingConfig pooling, Tensor map, Tensor? place)
    {
        var voxels = map.flatten(2);                                                      // [B, C, D·H·W]
        var outside = place?.flatten(2).eq(Zero);                                           // [B, 1, D·H·W]
        var counts = outside is null ? full(1, voxels.shape[2], dtype: voxels.dtype, device: voxels.device) : outside.logical_not().sum(2).to(voxels.dtype);      // [B, 1]
        if (outside is not null) voxels = voxels.masked_fill(outside, pooling.Pool == Pooling.Average ? Zero : Lowest);
        return pooling.Pool switch
        {
            Pooling.Average => voxels.sum(2) / counts,
            Pooling.Maximum => voxels.amax([2]),
            Pooling.LogSumExp => SoftMaximum(voxels, counts, pooling.Sharpness),
            _ => MeanOfHighest(voxels, pooling.TopK),
        };
    }

    private static Tensor SoftMaximum(Tensor voxels, Tensor counts, double sharpness)
    {
        using var sharp = sharpness.ToScalar();
        return voxels.mul(sharp).logsumexp(2).add(counts.log(), MinusOne).div(sharp);
    }

    /// <summary>Of fewer voxels than asked for, the mean of those that there are.</summary>
    private static Tensor MeanOfHighest(Tensor voxels, int k)
    {
        var highest = voxels.topk((int)Math.Min(k, voxels.shape[2]), 2).values;
        var isThere = highest.isfinite();
        return where(isThere, highest, zeros_like(highest)).sum(2) / isThere.sum(2);
    }
}
