using System.Collections.Immutable;

namespace Cora.Networks;

/// <summary>Which residual block and shortcut the network uses.</summary>
public enum NetworkForm
{
    /// <summary>Table S1 as printed: no stem, shortcuts of 1×1×1 convolution and norm where channels or stride change.</summary>
    Table,

    /// <summary>The nnU-Net family's form: a stem, biased convolutions, average pooling in strided shortcuts. For weights of nnssl and nnU-Net.</summary>
    Resenc,
}

/// <summary>How the decoder doubles the resolution.</summary>
public enum Upsampling
{
    /// <summary>Transposed convolution, kernel 2, stride 2, halving the channels.</summary>
    Transposed,

    /// <summary>Trilinear interpolation (corners not aligned), keeping the channels.</summary>
    Trilinear,
}

/// <summary>In which precision convolutions are computed; weights, norms and losses are always float32.</summary>
public enum ConvolutionPrecision
{
    /// <summary>Single precision.</summary>
    Float32,

    /// <summary>Operands rounded to bfloat16 at the entry of each convolution. For CPUs with avx512_bf16 or AMX, and GPUs.</summary>
    Bf16,
}

/// <summary>The 3D residual U-Net of Table S1.</summary>
public sealed record ResUNetConfig : ISettings
{
    /// <summary>Channels that go in: one a window.</summary>
    public int InChannels { get; init; } = 4;

    /// <summary>Channels that come out: 1 for CORA's abnormality logit.</summary>
    public int OutChannels { get; init; } = 1;

    /// <summary>Features of the encoder stages, finest first (Table S1).</summary>
    public ImmutableArray<int> Channels { get; init; } = [32, 64, 128, 256];

    /// <summary>Residual blocks of the encoder stages (Table S1).</summary>
    public ImmutableArray<int> Blocks { get; init; } = [1, 3, 4, 4];

    /// <summary>Which residual block and shortcut.</summary>
    public NetworkForm Form { get; init; } = NetworkForm.Table;

    /// <summary>How the decoder doubles the resolution; the table says "Upsampling + 3D Conv".</summary>
    public Upsampling Up { get; init; } = Upsampling.Transposed;

    /// <summary>Whether the second norm of each block starts at scale 0, so that a block starts as its shortcut.</summary>
    public bool ZeroInit { get; init; } = true;

    /// <summary>First value of the head's bias. Lesions are rare: -2 or so spares the first steps; the paper says nothing, so 0.</summary>
    public double OutputBias { get; init; }

    /// <summary>Whether the decoder's coarser levels have heads of their own, for losses at every level (nnU-Net's deep supervision). They change no answer.</summary>
    public bool DeepSupervision { get; init; }

    /// <summary>Every size along an axis must be a multiple of this: 2 to the number of halvings.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public int Divisor => 1 << (Channels.Length - 1);

    /// <summary>Operations of all convolutions in one forward pass of a cube, two for a multiplication and addition: what a patch costs.</summary>
    /// <param name="side">Voxels a side, a multiple of <see cref="Divisor"/>.</param>
    public long ConvolutionOperations(int side)
    {
        const long ThreeCubed = 27, PairOfOperations = 2;
        long Voxels(int stage) => (long)(side >> stage) * (side >> stage) * (side >> stage);
        long From(int stage) => stage > 0 ? Channels[stage - 1] : Form == NetworkForm.Resenc ? Channels[0] : InChannels;
        var products = Form == NetworkForm.Resenc ? ThreeCubed * InChannels * Channels[0] * Voxels(0) : 0;
        for (var stage = 0; stage < Channels.Length; stage++)
        {
            var (from, to, voxels) = (From(stage), (long)Channels[stage], Voxels(stage));
            products += ThreeCubed * (from * to + (2L * Blocks[stage] - 1) * to * to) * voxels;
            if (from != to || (stage > 0 && Form == NetworkForm.Table)) products += from * to * voxels;          // the shortcut's 1x1x1
        }

        for (var stage = 0; stage < Channels.Length - 1; stage++)
        {
            var (low, fine, voxels) = ((long)Channels[stage + 1], (long)Channels[stage], Voxels(stage));
            if (Up == Upsampling.Transposed) products += low * fine * voxels;          // kernel 2, stride 2: one product an output voxel
            products += ThreeCubed * ((Up == Upsampling.Transposed ? fine : low) + fine) * fine * voxels;
        }

        return PairOfOperations * (products + (long)Channels[0] * OutChannels * Voxels(0));
    }

    /// <inheritdoc/>
    public IEnumerable<Problem> Check()
    {
        if (InChannels < 1) yield return new("in_channels", InChannels, "1 or more");
        if (OutChannels < 1) yield return new("out_channels", OutChannels, "1 or more");
        if (Channels.IsDefaultOrEmpty || Channels.Any(c => c < 1)) yield return new("channels", Listed(Channels), "1 or more features a stage");
        if (Blocks.IsDefaultOrEmpty || Blocks.Any(b => b < 1)) yield return new("blocks", Listed(Blocks), "1 or more blocks a stage");
        else if (Blocks.Length != Channels.Length) yield return new("blocks", Listed(Blocks), $"as many as channels, {Channels.Length}");
    }

    /// <inheritdoc/>
    public bool Equals(ResUNetConfig? other) => other is not null && Describe() == other.Describe();

    /// <inheritdoc/>
    public override int GetHashCode() => Describe().GetHashCode(StringComparison.Ordinal);

    /// <summary>Everything that decides the shapes of the weights and what the network computes, in one line.</summary>
    public string Describe() => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"form {Form}, up {Up}, in {InChannels}, out {OutChannels}, channels {Listed(Channels)}, blocks {Listed(Blocks)}, zero init {ZeroInit}, output bias {OutputBias}{(DeepSupervision ? ", deep supervision" : "")}");

    private static string Listed(ImmutableArray<int> values) => values.IsDefault ? "[]" : $"[{string.Join(", ", values)}]";
}
