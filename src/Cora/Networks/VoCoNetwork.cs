using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Cora.Networks;

/// <summary>How the hidden layers of a projector are normalised; neither form has weights or memory.</summary>
public enum ProjectorNorm
{
    /// <summary>Each number over all crops of a step (the authors' form).</summary>
    Batch,

    /// <summary>Each crop over its numbers; does not depend on how many crops a step has.</summary>
    Row,
}

/// <summary>What of the student has a slowly following copy.</summary>
public enum VoCoTeacher
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The projector; the encoder is shared.</summary>
    Projector,

    /// <summary>Encoder and projector.</summary>
    Whole,
}

/// <summary>
/// VoCo's network: the encoder of Table S1, every stage averaged over its voxels and put one after another, and a projector. Sub-modules <c>encoder</c>, which is what transfers,
/// <c>projector</c> and <c>teacher</c>; the teacher is never trained by gradients, but a checkpoint holds it, so that a resumed run is the same run.
/// </summary>
public sealed class VoCoNetwork : nn.Module<Tensor, Tensor>
{
    private static readonly PoolingConfig EveryStage = new() { Pool = Pooling.Average, Stages = PooledStages.All };

    private readonly Encoder encoder;
    private readonly Projector projector;
    private readonly VoCoMomentum? teacher;

    /// <param name="config">Shapes and form of the encoder; the decoder's settings mean nothing here.</param>
    /// <param name="width">Numbers in the projector's hidden layers and in its result.</param>
    /// <param name="norm">How the hidden layers are normalised.</param>
    /// <param name="teacher">What has a slowly following copy; it begins as a copy.</param>
    /// <param name="weights">Where the initial weights come from: an encoder of the same seed begins like the one of <see cref="ResUNet"/>.</param>
    /// <param name="precision">Precision of the convolutions; the projector is always float32.</param>
    public VoCoNetwork(ResUNetConfig config, int width, ProjectorNorm norm, VoCoTeacher teacher, Seed weights, ConvolutionPrecision precision = ConvolutionPrecision.Float32)
        : base(nameof(VoCoNetwork))
    {
        ArgumentNullException.ThrowIfNull(config);
        Config = config;
        Features = StagePooling.Features(EveryStage, config);
        encoder = new(config, precision);
        projector = new(Features, width, norm);
        this.teacher = teacher == VoCoTeacher.None ? null : new(teacher == VoCoTeacher.Whole ? new(config, precision) : null, new(Features, width, norm));
        RegisterComponents();
        Initialization.Draw(this, config with { OutputBias = 0 }, weights);
        projector.Draw(weights.Derive("projector"));
        MoveTeacher(0);
        foreach (var parameter in parameters()) parameter.DetachFromDisposeScope();
        foreach (var parameter in this.teacher?.parameters() ?? []) parameter.requires_grad_(false);
    }

    /// <summary>Shapes and form of the encoder.</summary>
    public ResUNetConfig Config { get; }

    /// <summary>Numbers that the projector sees of a crop: 480 in the paper's sizes.</summary>
    public int Features { get; }

    /// <summary>Numbers [B, F] of crops, windows [B, C, D, H, W].</summary>
    public Tensor Describe(Tensor windows)
    {
        using var scope = NewDisposeScope();
        return StagePooling.Of(EveryStage, encoder.Stages(windows), null).MoveToOuterDisposeScope();
    }

    /// <summary>Embeddings [B, width] of <see cref="Describe"/>'s numbers.</summary>
    public Tensor Project(Tensor features) => projector.forward(features);

    /// <summary>The teacher's embeddings [B, width], without gradients; the student's own where there is no teacher.</summary>
    /// <param name="windows">The crops.</param>
    /// <param name="features">Of <see cref="Describe"/>; a teacher that shares the encoder reads them.</param>
    public Tensor Teach(Tensor windows, Tensor features)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var seen = teacher?.Encoder is { } own ? StagePooling.Of(EveryStage, own.Stages(windows), null) : features.detach();
        return (teacher?.Projector ?? projector).forward(seen).MoveToOuterDisposeScope();
    }

    /// <summary>Moves the teacher: momentum times itself plus the rest of the student. Momentum 0 makes it a copy.</summary>
    public void MoveTeacher(double momentum)
    {
        if (teacher is null) return;
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        using var kept = momentum.ToScalar();
        using var taken = (1 - momentum).ToScalar();
        void Follow(nn.Module own, nn.Module student)
        {
            foreach (var (slow, fast) in own.parameters().Zip(student.parameters())) slow.mul_(kept).add_(fast, alpha: taken);
        }

        Follow(teacher.Projector, projector);
        if (teacher.Encoder is { } copy) Follow(copy, encoder);
    }

    /// <summary>The student's embeddings [B, width] of crops, windows [B, C, D, H, W].</summary>
    public override Tensor forward(Tensor windows)
    {
        using var scope = NewDisposeScope();
        return Project(Describe(windows)).MoveToOuterDisposeScope();
    }
}

/// <summary>The slowly following copy. Names as in the state dictionary: encoder, projector.</summary>
internal sealed class VoCoMomentum : nn.Module
{
    private readonly Encoder? encoder;
    private readonly Projector projector;

    public VoCoMomentum(Encoder? encoder, Projector projector) : base(nameof(VoCoMomentum))
    {
        (this.encoder, this.projector) = (encoder, projector);
        RegisterComponents();
    }

    public Encoder? Encoder => encoder;

    public Projector Projector => projector;
}

/// <summary>Linear, norm, ReLU, linear, norm, ReLU, linear.</summary>
internal sealed class Projector : nn.Module<Tensor, Tensor>
{
    private const double Epsilon = 1e-5;

    private readonly LinearHead first;
    private readonly LinearHead second;
    private readonly LinearHead last;
    private readonly ProjectorNorm norm;
    private readonly int width;

    public Projector(int from, int width, ProjectorNorm norm) : base(nameof(Projector))
    {
        (this.norm, this.width) = (norm, width);
        (first, second, last) = (new(from, width), new(width, width), new(width, width));
        RegisterComponents();
    }

    public void Draw(Seed seed)
    {
        first.Draw(seed.Derive("first"));
        second.Draw(seed.Derive("second"));
        last.Draw(seed.Derive("last"));
    }

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        return last.forward(Normal(second.forward(Normal(first.forward(x))))).MoveToOuterDisposeScope();
    }

    private Tensor Normal(Tensor x) => F.relu(norm == ProjectorNorm.Row
        ? F.layer_norm(x, [width], eps: Epsilon)
        : F.batch_norm(x, null, null, training: true, eps: Epsilon));
}
