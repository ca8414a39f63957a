using static TorchSharp.torch;

namespace Cora.Networks;

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
        head = new(StagePooling.Features(pooling, config), targets);
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
    public Tensor Pool(IReadOnlyList<Tensor> stages, Tensor? place = null) => StagePooling.Of(pooling, stages, place);

    /// <summary>Logits [B, targets] of the stages.</summary>
    public Tensor Decide(IReadOnlyList<Tensor> stages, Tensor? place = null) => Decide(Pool(stages, place));

    /// <summary>Logits [B, targets] of features [B, F].</summary>
    public Tensor Decide(Tensor features) => head.forward(features);

    /// <summary>Hash of the encoder's weights, SHA-256.</summary>
    public string EncoderFingerprint() => Fingerprint.Of(encoder);
}
