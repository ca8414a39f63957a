using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Cora.Networks;

/// <summary>What a risk model sees.</summary>
public enum RiskVariant
{
    /// <summary>The scan alone: CORA(Image).</summary>
    Image,

    /// <summary>The clinical text alone.</summary>
    Clinical,

    /// <summary>Both: CORA(Multimodal).</summary>
    Multimodal,
}

/// <summary>
/// The risk model (Adaptation, "MACE risk stratification"): the encoder's pooled features, beside them a text's vector made smaller by a multilayer perceptron, one after another
/// into a linear layer with two logits. Sub-modules <c>encoder</c>, <c>text</c> and <c>head</c>; what a variant does not see is not there.
/// </summary>
public sealed class MultimodalClassifier : nn.Module<Tensor, Tensor>
{
    private readonly Encoder? encoder;
    private readonly TextProjection? text;
    private readonly LinearHead head;
    private readonly PoolingConfig pooling;

    /// <param name="variant">What it sees.</param>
    /// <param name="config">The encoder.</param>
    /// <param name="pooling">How its stages become one vector.</param>
    /// <param name="textSizes">Numbers in a text's vector, in the hidden layer, and in what comes out of the perceptron.</param>
    /// <param name="weights">Where the initial weights come from.</param>
    /// <param name="precision">Precision of the convolutions.</param>
    public MultimodalClassifier(RiskVariant variant, ResUNetConfig config, PoolingConfig pooling, (int Vector, int Hidden, int Projected) textSizes, Seed weights, ConvolutionPrecision precision = ConvolutionPrecision.Float32)
        : base(nameof(MultimodalClassifier))
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(pooling);
        (Variant, Config, this.pooling) = (variant, config, pooling);
        encoder = variant == RiskVariant.Clinical ? null : new(config, precision);
        text = variant == RiskVariant.Image ? null : new(textSizes.Vector, textSizes.Hidden, textSizes.Projected);
        head = new((encoder is null ? 0 : StagePooling.Features(pooling, config)) + (text is null ? 0 : textSizes.Projected), 2);
        RegisterComponents();
        if (encoder is not null) Initialization.Draw(encoder, config with { OutputBias = 0 }, weights.Derive("encoder"));
        text?.Draw(weights.Derive("text"));
        head.Draw(weights.Derive("head"));
        foreach (var parameter in parameters()) parameter.DetachFromDisposeScope();
    }

    /// <summary>What it sees.</summary>
    public RiskVariant Variant { get; }

    /// <summary>Shapes and form of the encoder.</summary>
    public ResUNetConfig Config { get; }

    /// <summary>Whether the encoder's blocks keep their input alone and are computed again for the backward pass.</summary>
    public bool Recomputes
    {
        get => encoder?.Recomputes ?? false;
        set
        {
            if (encoder is not null) encoder.Recomputes = value;
        }
    }

    /// <summary>Sets what texts' vectors are standardised by; kept with the weights, never trained.</summary>
    /// <param name="mean">Of each number over the training cases.</param>
    /// <param name="spread">Standard deviation of each, above 0.</param>
    public void SetTextScale(float[] mean, float[] spread) => text?.SetScale(mean, spread);

    /// <summary>Keeps the encoder's weights as they are.</summary>
    public void FreezeEncoder()
    {
        foreach (var parameter in encoder?.parameters() ?? []) parameter.requires_grad_(false);
    }

    /// <summary>Hash of the encoder's weights, SHA-256; of nothing where there is no encoder.</summary>
    public string EncoderFingerprint() => Fingerprint.Of(encoder);

    /// <summary>The outputs of the encoder's stages, finest first.</summary>
    /// <exception cref="InvalidOperationException">The variant sees no scans.</exception>
    public IReadOnlyList<Tensor> Encode(Tensor windows) => encoder?.Stages(windows) ?? throw new InvalidOperationException("This variant sees no scans.");

    /// <summary>Features [B, F] of scans, windows [B, C, D, H, W].</summary>
    /// <param name="windows">The scans.</param>
    /// <param name="place">Where to pool, [B, 1, D, H, W]; null = everywhere.</param>
    /// <exception cref="InvalidOperationException">The variant sees no scans.</exception>
    public Tensor Features(Tensor windows, Tensor? place = null)
    {
        using var scope = NewDisposeScope();
        return StagePooling.Of(pooling, Encode(windows), place).MoveToOuterDisposeScope();
    }

    /// <summary>Logits [B, 2], no event and event.</summary>
    /// <param name="features">Of <see cref="Features"/>, [B, F]; null where the variant sees no scans.</param>
    /// <param name="texts">Vectors of the texts as the encoder gives them, [B, V]; null where the variant sees none.</param>
    /// <exception cref="ArgumentException">What is given is not what the variant sees.</exception>
    public Tensor Decide(Tensor? features, Tensor? texts)
    {
        if (features is null != encoder is null || texts is null != text is null) throw new ArgumentException($"The variant {Variant} sees {(encoder is null ? "no" : "")} scans and {(text is null ? "no" : "")} texts.");
        using var scope = NewDisposeScope();
        Tensor[] seen = [.. new[] { features, texts is null ? null : text!.forward(texts) }.OfType<Tensor>()];
        return head.forward(cat(seen, 1)).MoveToOuterDisposeScope();
    }

    /// <summary>Logits of scans alone; for a variant that sees texts use <see cref="Decide"/>.</summary>
    public override Tensor forward(Tensor windows) => Decide(Features(windows), null);
}

/// <summary>A multilayer perceptron that makes a text's vector small.</summary>
internal sealed class TextProjection : nn.Module<Tensor, Tensor>
{
    private readonly Parameter mean;
    private readonly Parameter spread;
    private readonly LinearHead hidden;
    private readonly LinearHead projected;

    public TextProjection(int vector, int hiddenSize, int projectedSize) : base(nameof(TextProjection))
    {
        (mean, spread) = (new(zeros(vector), requires_grad: false), new(ones(vector), requires_grad: false));
        (hidden, projected) = (new(vector, hiddenSize), new(hiddenSize, projectedSize));
        RegisterComponents();
    }

    public void Draw(Seed seed)
    {
        hidden.Draw(seed.Derive("hidden"));
        projected.Draw(seed.Derive("projected"));
    }

    public void SetScale(float[] means, float[] spreads)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        mean.copy_(tensor(means));
        spread.copy_(tensor(spreads));
    }

    public override Tensor forward(Tensor x) => F.relu(projected.forward(F.relu(hidden.forward((x - mean) / spread))));
}
