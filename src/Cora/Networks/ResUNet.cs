using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cora.Networks;

/// <summary>
/// The 3D residual U-Net of Table S1. Sub-modules <c>encoder</c>, <c>decoder</c> and <c>head</c> carry the names by which weights are moved
/// between pretraining and tasks; the heads of coarser levels, <c>supervision</c>, are there with deep supervision only and are never moved.
/// </summary>
public sealed class ResUNet : nn.Module<Tensor, Tensor>
{
    private readonly Encoder encoder;
    private readonly Decoder decoder;
    private readonly Convolution head;
    private readonly ModuleList<Convolution>? supervision;

    /// <summary>A network with initial weights from a seed: Kaiming normal for convolutions (leaky slope 0.01), biases 0.</summary>
    /// <param name="config">Shapes and form.</param>
    /// <param name="weights">Where the initial weights come from; each parameter has its own branch, so that adding one shifts no other.</param>
    /// <param name="precision">Precision of the convolutions; a matter of speed, not of the architecture.</param>
    public ResUNet(ResUNetConfig config, Seed weights, ConvolutionPrecision precision = ConvolutionPrecision.Float32) : base(nameof(ResUNet))
    {
        ArgumentNullException.ThrowIfNull(config);
        if (config.Check().FirstOrDefault() is { Name: not null } problem) throw new ArgumentException($"network.{problem}", nameof(config));
        Config = config;
        encoder = new(config, precision);
        decoder = new(config, precision);
        head = new(config.Channels[0], config.OutChannels, 1, hasBias: true);      // in float32: logits decide
        if (config.DeepSupervision) supervision = new([.. config.Channels.Skip(1).SkipLast(1).Select(c => new Convolution(c, config.OutChannels, 1, hasBias: true))]);
        RegisterComponents();
        Initialization.Draw(this, config, weights);
        foreach (var parameter in parameters()) parameter.DetachFromDisposeScope();      // the network outlives the scope it is made in
    }

    /// <summary>Shapes and form.</summary>
    public ResUNetConfig Config { get; }

    /// <summary>Logits [B, K, D, H, W] of windows [B, C, D, H, W]; a sigmoid makes them probabilities.</summary>
    /// <exception cref="ArgumentException">The channels differ or a size is not a multiple of the divisor (8).</exception>
    public override Tensor forward(Tensor windows)
    {
        using var scope = NewDisposeScope();
        return Decode(Encode(windows)).MoveToOuterDisposeScope();
    }

    /// <summary>The outputs of the encoder's stages, finest first: [B, 32, D, H, W], [B, 64, D/2, …] … in the paper's sizes.</summary>
    /// <exception cref="ArgumentException">The channels differ or a size is not a multiple of the divisor (8).</exception>
    public IReadOnlyList<Tensor> Encode(Tensor windows)
    {
        ArgumentNullException.ThrowIfNull(windows);
        var shape = windows.shape;
        if (shape.Length != 5 || shape[1] != Config.InChannels)
            throw new ArgumentException($"The network takes [B, {Config.InChannels}, D, H, W], not [{string.Join(", ", shape)}].", nameof(windows));
        if (shape.Skip(2).Any(n => n < Config.Divisor || n % Config.Divisor != 0))
            throw new ArgumentException($"Sizes must be multiples of {Config.Divisor}, not {string.Join(" x ", shape.Skip(2))}; pad the volume or choose another patch.", nameof(windows));
        return encoder.Stages(windows);
    }

    /// <summary>Logits [B, K, D, H, W] of the encoder's stages.</summary>
    public Tensor Decode(IReadOnlyList<Tensor> stages)
    {
        ArgumentNullException.ThrowIfNull(stages);
        using var features = decoder.Features(stages);
        return head.forward(features);
    }

    /// <summary>Logits of every level of the decoder, finest first: [B, K, D, H, W], [B, K, D/2, H/2, W/2] … The first is what <see cref="forward"/> gives.</summary>
    /// <exception cref="InvalidOperationException">The network has no deep supervision.</exception>
    /// <exception cref="ArgumentException">The channels differ or a size is not a multiple of the divisor (8).</exception>
    public IReadOnlyList<Tensor> Supervised(Tensor windows)
    {
        if (supervision is null) throw new InvalidOperationException("The network has no heads at coarser levels; make it with network.deep_supervision.");
        using var scope = NewDisposeScope();
        var levels = decoder.Levels(Encode(windows), keepCoarse: true);
        return [.. levels.Select((features, level) => (level == 0 ? head : supervision[level - 1]).forward(features).MoveToOuterDisposeScope())];
    }
}
