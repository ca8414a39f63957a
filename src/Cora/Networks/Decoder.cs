using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Cora.Networks;

/// <summary>The decoder of Table S1: three times up, concatenation with the encoder's feature, one conv3-norm-LReLU.</summary>
internal sealed class Decoder : nn.Module<Tensor, Tensor>
{
    private readonly ModuleList<Convolution> up = new();
    private readonly ModuleList<ConvNorm> stages = new();

    public Decoder(ResUNetConfig config, ConvolutionPrecision precision) : base(nameof(Decoder))
    {
        var isTransposed = config.Up == Upsampling.Transposed;
        for (var stage = config.Channels.Length - 2; stage >= 0; stage--)
        {
            var (coarse, fine) = (config.Channels[stage + 1], config.Channels[stage]);
            if (isTransposed) up.Add(new(coarse, fine, 2, 2, hasBias: true, isTransposed: true, precision));
            stages.Add(new((isTransposed ? fine : coarse) + fine, fine, 3, 1, config.Form == NetworkForm.Resenc, precision));
        }

        RegisterComponents();
    }

    /// <summary>From the encoder's outputs (finest first) to features [B, C, D, H, W] at full resolution.</summary>
    public Tensor Features(IReadOnlyList<Tensor> encoded)
    {
        using var scope = NewDisposeScope();
        return Levels(encoded, keepCoarse: false)[0].MoveToOuterDisposeScope();
    }

    /// <summary>The features of every level, finest first; without <paramref name="keepCoarse"/> those of the finest only.</summary>
    public List<Tensor> Levels(IReadOnlyList<Tensor> encoded, bool keepCoarse)
    {
        using var scope = NewDisposeScope();
        var levels = new List<Tensor>();
        var x = encoded[^1];
        for (var i = 0; i < stages.Count; i++)
        {
            var skip = encoded[^(i + 2)];
            var raised = up.Count > 0 ? up[i].forward(x) : F.interpolate(x, scale_factor: [2, 2, 2], mode: InterpolationMode.Trilinear, align_corners: false);
            x = ResBlock.Activate(stages[i].forward(cat([raised, skip], 1)));
            if (keepCoarse || i == stages.Count - 1) levels.Insert(0, x.MoveToOuterDisposeScope());
        }

        return levels;
    }

    public override Tensor forward(Tensor x) => throw new NotSupportedException("The decoder needs all stages of the encoder; call Features.");
}
