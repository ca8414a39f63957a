using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cora.Networks;

/// <summary>
/// The U-Net of Table S1 with an encoder that computes visible blocks alone: Spark3D (Tian et al. 2023 for images; Wald et al. 2025 in three dimensions; nnssl,
/// spark_model and spark_utils). After each convolution hidden places are set to 0, and norms count visible places only. Before the decoder, which is an
/// ordinary one, hidden places of each stage become a learnt token (<c>densify</c>). Names are those of <see cref="ResUNet"/>, so that <c>encoder</c> and
/// <c>decoder</c> transfer; <c>densify</c> and <c>head</c> stay behind.
/// </summary>
public sealed class SparkUNet : nn.Module<Tensor, Tensor, Tensor>
{
    private readonly Encoder encoder;
    private readonly ModuleList<Densify> densify = new();
    private readonly Decoder decoder;
    private readonly Convolution head;
    private readonly bool masksInput;

    /// <summary>A network with initial weights from a seed; those of encoder, decoder and head are the ones that <see cref="ResUNet"/> draws.</summary>
    /// <param name="config">Shapes and form.</param>
    /// <param name="weights">Where the initial weights come from.</param>
    /// <param name="masksInput">Whether hidden voxels are set to 0 before the first convolution; without it they reach visible places a kernel's radius away.</param>
    /// <param name="precision">Precision of the convolutions.</param>
    public SparkUNet(ResUNetConfig config, Seed weights, bool masksInput, ConvolutionPrecision precision = ConvolutionPrecision.Float32) : base(nameof(SparkUNet))
    {
        ArgumentNullException.ThrowIfNull(config);
        this.masksInput = masksInput;
        encoder = new(config, precision);
        decoder = new(config, precision);
        head = new(config.Channels[0], config.OutChannels, 1, hasBias: true);

        // No convolution at the finest stage: in the source a comment says the coarsest, the code does the finest, and the published weights came of the code.
        foreach (var (stage, channels) in config.Channels.Index()) densify.Add(new(channels, hasConvolution: stage > 0, precision));
        RegisterComponents();
        Initialization.Draw(this, config, weights);
        foreach (var (stage, layer) in densify.Index()) layer.DrawToken(weights.Derive("token").Derive(stage));
        foreach (var parameter in parameters()) parameter.DetachFromDisposeScope();
    }

    /// <summary>Answers [B, K, D, H, W] for every voxel.</summary>
    /// <param name="windows">[B, C, D, H, W] of cubes; what is hidden may stand in it.</param>
    /// <param name="visible">Blocks [B, 1, G, G, G]: 1 visible, 0 hidden; each stage's side is a multiple of G.</param>
    public override Tensor forward(Tensor windows, Tensor visible)
    {
        ArgumentNullException.ThrowIfNull(windows);
        using var scope = NewDisposeScope();
        var masks = Enumerable.Range(0, densify.Count).Select(stage => BlockMask.Enlarged(visible, windows.shape[2] >> stage)).ToArray();
        var stages = encoder.SparseStages(masksInput ? windows * masks[0] : windows, masks);
        var filled = stages.Select((features, stage) => densify[stage].forward(features, masks[stage])).ToArray();
        return head.forward(decoder.Features(filled)).MoveToOuterDisposeScope();
    }
}

/// <summary>A stage's features made whole: sparse norm, a learnt token in hidden places, and a convolution.</summary>
internal sealed class Densify : nn.Module<Tensor, Tensor, Tensor>
{
    private const double TokenDeviation = 0.02;
    private static readonly Scalar One = 1.ToScalar();

    private readonly InstanceNorm norm;
    private readonly Parameter token;
    private readonly Convolution? conv;

    public Densify(int channels, bool hasConvolution, ConvolutionPrecision precision) : base(nameof(Densify))
    {
        norm = new(channels);
        token = new Parameter(zeros([1, channels, 1, 1, 1]));
        conv = hasConvolution ? new(channels, channels, 3, hasBias: true, precision: precision) : null;
        RegisterComponents();
    }

    /// <summary>Normal with deviation 0.02, drawn again beyond it.</summary>
    public void DrawToken(Seed seed)
    {
        var random = seed.Random();
        double Drawn()
        {
            while (true)
            {
                if (random.Normal() is >= -1 and <= 1 and var z) return TokenDeviation * z;
            }
        }

        using var _ = no_grad();
        using var values = tensor([.. Enumerable.Range(0, (int)token.shape[1]).Select(_ => (float)Drawn())], token.shape);
        token.copy_(values);
    }

    public override Tensor forward(Tensor features, Tensor visible)
    {
        using var scope = NewDisposeScope();
        var whole = norm.Sparse(features, visible) + token * (One - visible);
        return (conv is null ? whole : conv.forward(whole)).MoveToOuterDisposeScope();
    }
}
