using TorchSharp.Modules;
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

/// <summary>
/// The encoder of Table S1, pooled, with a linear layer: the volume-level classifier (Adaptation, "Coronary plaque characterization task"). Sub-modules
/// <c>encoder</c> and <c>head</c>, so that an encoder's weights fit wherever they come from.
/// </summary>
public sealed class EncoderClassifier : nn.Module<Tensor, Tensor>
{
    private readonly Encoder encoder;
    private readonly LinearHead head;
    private readonly PoolingConfig pooling;

    /// <param name="config">Shapes and form of the encoder; the decoder's settings mean nothing here.</param>
    /// <param name="pooling">The head.</param>
    /// <param name="targets">Logits that come out.</param>
    /// <param name="weights">Where the initial weights come from.</param>
    /// <param name="precision">Precision of the convolutions.</param>
    public EncoderClassifier(ResUNetConfig config, PoolingConfig pooling, int targets, Seed weights, ConvolutionPrecision precision = ConvolutionPrecision.Float32)
        : base(nameof(EncoderClassifier))
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(pooling);
        (Config, this.pooling) = (config, pooling);
        encoder = new(config, precision);
        head = new(pooling.Stages == PooledStages.All ? config.Channels.Sum() : config.Channels[^1], targets);
        RegisterComponents();
        Initialization.Draw(this, config with { OutputBias = 0 }, weights);
        head.Draw(weights.Derive("head"));
        foreach (var parameter in parameters()) parameter.DetachFromDisposeScope();
    }

    /// <summary>Shapes and form of the encoder.</summary>
    public ResUNetConfig Config { get; }

    /// <summary>Whether the encoder's blocks keep their input alone and are computed again for the backward pass; the gradients are the same but for the order of additions.</summary>
    public bool Recomputes
    {
        get => encoder.Recomputes;
        set => encoder.Recomputes = value;
    }

    /// <summary>
    /// Bytes that a training step keeps for the backward pass without recomputation: of each block its input, what goes into and comes out of both norms, and its
    /// output. A forecast, since libtorch decides in the end.
    /// </summary>
    /// <param name="config">The encoder.</param>
    /// <param name="voxels">Voxels of the input, all samples together.</param>
    public static long KeptBytes(ResUNetConfig config, long voxels)
    {
        ArgumentNullException.ThrowIfNull(config);
        const int MapsABlock = 5;
        return sizeof(float) * (config.InChannels * voxels + config.Channels.Select((channels, stage) => (long)MapsABlock * config.Blocks[stage] * channels * (voxels >> (3 * stage))).Sum());
    }

    /// <summary>Keeps the encoder's weights as they are, so that only the head is learnt.</summary>
    public void FreezeEncoder()
    {
        foreach (var parameter in encoder.parameters()) parameter.requires_grad_(false);
    }

    /// <summary>Sets the head's weights and bias, one pair a target.</summary>
    public void SetHead(IReadOnlyList<(IReadOnlyList<double> Weights, double Bias)> targets) => head.Set(targets);

    /// <summary>Logits [B, targets] of windows [B, C, D, H, W], pooled over the whole scan.</summary>
    public override Tensor forward(Tensor windows) => Answer(windows, null);

    /// <summary>Logits [B, targets] of windows [B, C, D, H, W].</summary>
    /// <param name="windows">The scans.</param>
    /// <param name="place">Where to pool, 0 and 1, [B, 1, D, H, W]; null = everywhere.</param>
    public Tensor Answer(Tensor windows, Tensor? place)
    {
        using var scope = NewDisposeScope();
        return Decide(Encode(windows), place).MoveToOuterDisposeScope();
    }

    /// <summary>The outputs of the encoder's stages, finest first; see <see cref="ResUNet.Encode"/>.</summary>
    public IReadOnlyList<Tensor> Encode(Tensor windows) => encoder.Stages(windows);

    /// <summary>Features [B, F] of the stages: what the head sees. A scan whose place is empty is pooled everywhere.</summary>
    /// <param name="stages">Of <see cref="Encode"/>.</param>
    /// <param name="place">Where to pool, 0 and 1, at the first stage's resolution, [B, 1, D, H, W]; null = everywhere.</param>
    public Tensor Pool(IReadOnlyList<Tensor> stages, Tensor? place = null)
    {
        ArgumentNullException.ThrowIfNull(stages);
        var everywhere = place is null ? null : place + place.sum([2, 3, 4], keepdim: true).eq(0);
        Tensor One(int stage) => PoolOne(stages[stage], everywhere is null ? null : stage == 0 ? everywhere : F.max_pool3d(everywhere, Cube(stage), Cube(stage)));
        return pooling.Stages == PooledStages.Last ? One(stages.Count - 1) : cat([.. Enumerable.Range(0, stages.Count).Select(One)], 1);
    }

    /// <summary>Logits [B, targets] of the stages.</summary>
    public Tensor Decide(IReadOnlyList<Tensor> stages, Tensor? place = null) => head.forward(Pool(stages, place));

    private static long[] Cube(int stage) => [1L << stage, 1L << stage, 1L << stage];

    private Tensor PoolOne(Tensor map, Tensor? place)
    {
        var voxels = map.flatten(2);                                                      // [B, C, D·H·W]
        var outside = place?.flatten(2).eq(0);                                            // [B, 1, D·H·W]
        var counts = outside is null ? full(1, voxels.shape[2], dtype: voxels.dtype, device: voxels.device) : outside.logical_not().sum(2).to(voxels.dtype);      // [B, 1]
        if (outside is not null) voxels = voxels.masked_fill(outside, pooling.Pool == Pooling.Average ? 0 : double.NegativeInfinity);
        return pooling.Pool switch
        {
            Pooling.Average => voxels.sum(2) / counts,
            Pooling.Maximum => voxels.amax([2]),
            Pooling.LogSumExp => ((pooling.Sharpness * voxels).logsumexp(2) - counts.log()) / pooling.Sharpness,
            _ => MeanOfHighest(voxels),
        };
    }

    /// <summary>Of fewer voxels than asked for, the mean of those that there are.</summary>
    private Tensor MeanOfHighest(Tensor voxels)
    {
        var highest = voxels.topk((int)Math.Min(pooling.TopK, voxels.shape[2]), 2).values;
        var isThere = highest.isfinite();
        return where(isThere, highest, zeros_like(highest)).sum(2) / isThere.sum(2);
    }
}

/// <summary>A linear layer with weights from a seed.</summary>
internal sealed class LinearHead : nn.Module<Tensor, Tensor>
{
    private readonly Parameter weight;
    private readonly Parameter bias;

    public LinearHead(int from, int to) : base(nameof(LinearHead))
    {
        weight = new Parameter(zeros(to, from));
        bias = new Parameter(zeros(to));
        RegisterComponents();
    }

    /// <summary>Uniform within one over the root of the inputs, as torch has it for linear layers.</summary>
    public void Draw(Seed seed)
    {
        using var _ = no_grad();
        var random = seed.Random();
        var reach = 1 / Math.Sqrt(weight.shape[1]);
        using var drawn = tensor(Enumerable.Range(0, (int)weight.numel()).Select(_ => (float)random.Uniform(-reach, reach)).ToArray(), weight.shape);
        weight.copy_(drawn);
    }

    public void Set(IReadOnlyList<(IReadOnlyList<double> Weights, double Bias)> rows)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        weight.copy_(tensor(rows.SelectMany(r => r.Weights).Select(w => (float)w).ToArray(), weight.shape));
        bias.copy_(tensor(rows.Select(r => (float)r.Bias).ToArray()));
    }

    public override Tensor forward(Tensor x) => nn.functional.linear(x, weight, bias);
}
