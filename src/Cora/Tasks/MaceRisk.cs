using System.Collections.Immutable;
using Cora.Cohorts;
using Cora.Evaluation;
using Cora.Imaging;
using Cora.Networks;
using Cora.Training;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Cora.Tasks;

/// <summary>Settings of MACE risk (Adaptation, "MACE risk stratification"). The paper's head is the default; it gives no sizes for the perceptron.</summary>
public sealed record MaceConfig : ISettings
{
    /// <summary>Which models are trained, one after another, on the same cases with the same steps.</summary>
    public ImmutableArray<RiskVariant> Variants { get; init; } = [RiskVariant.Image, RiskVariant.Clinical, RiskVariant.Multimodal];

    /// <summary>Pooling of the encoder's stages.</summary>
    public PoolingConfig Head { get; init; } = new();

    /// <summary>Parts of the pretrained network that are taken over. The paper: the encoder, which is all that this network has of it; the clinical model has nothing.</summary>
    public ImmutableArray<string> Transfer { get; init; } = ["encoder"];

    /// <summary>How much of the encoder is learnt: full or frozen.</summary>
    public FinetuneMode Mode { get; init; } = FinetuneMode.Full;

    /// <summary>Numbers in the perceptron's hidden layer.</summary>
    public int Hidden { get; init; } = 128;

    /// <summary>Numbers that a text's vector becomes.</summary>
    public int Projected { get; init; } = 32;

    /// <summary>Whether events weigh as much as all that have none together. The paper says cross-entropy, so not.</summary>
    public bool Balanced { get; init; }

    /// <summary>Whether training scans are mirrored at random; a frozen encoder sees them as they are.</summary>
    public bool Flips { get; init; } = true;

    /// <summary>Whether the encoder's blocks are computed again for the backward pass instead of being kept.</summary>
    public Recompute Recompute { get; init; } = Recompute.Auto;

    /// <inheritdoc/>
    public IEnumerable<Problem> Check()
    {
        foreach (var problem in TransferParts.Check(Transfer, TransferParts.Encoder)) yield return problem;
        if (Variants.IsDefaultOrEmpty || Variants.Distinct().Count() != Variants.Length) yield return new("variants", Variants.IsDefault ? "" : string.Join(", ", Variants), "image, clinical, multimodal, each at most once");
        if (Mode == FinetuneMode.LinearProbe) yield return new("mode", Mode, "full or frozen");
        if (Hidden < 1) yield return new("hidden", Hidden, "1 or more");
        if (Projected < 1) yield return new("projected", Projected, "1 or more");
    }
}

/// <summary>A batch: scans [B, 1, D, H, W] with the place of the arteries, or features [B, F] of a frozen encoder; texts [B, V]; truth [B], 1 = event.</summary>
public sealed record MaceBatch(float[]? Hu, float[]? Place, Size3 Size, float[]? Features, float[]? Texts, long[] Truth);

/// <summary>Which patients will have a major adverse cardiac event within 30 days.</summary>
public sealed class MaceRisk : ITrainingTask<MaceBatch>
{
    private readonly MaceConfig config;
    private readonly TrainerConfig trainer;
    private readonly MultimodalClassifier network;
    private readonly WindowChannels windows;
    private readonly WholeVolumes? volumes;
    private readonly IReadOnlyDictionary<string, float[]> texts;
    private readonly Dictionary<string, float[]> features = [];
    private readonly CaseRow[] learnt;
    private readonly CaseRow[] held;
    private readonly float[] classWeights;

    /// <param name="variant">What the model sees.</param>
    /// <param name="config">Head, mode, sizes.</param>
    /// <param name="trainer">Batch size.</param>
    /// <param name="networkConfig">The encoder.</param>
    /// <param name="windows">HU windows.</param>
    /// <param name="volumes">The scans; null where the variant sees none. Not disposed here.</param>
    /// <param name="texts">Vectors by case, as the text encoder gives them.</param>
    /// <param name="learnt">Cases to learn from, of known outcome.</param>
    /// <param name="held">Cases on which the best weights are chosen.</param>
    /// <param name="seed">Initial weights.</param>
    public MaceRisk(
        RiskVariant variant, MaceConfig config, TrainerConfig trainer, ResUNetConfig networkConfig, WindowChannels windows, WholeVolumes? volumes, IReadOnlyDictionary<string, float[]> texts,
        IEnumerable<CaseRow> learnt, IEnumerable<CaseRow> held, Seed seed)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(trainer);
        ArgumentNullException.ThrowIfNull(texts);
        (this.config, this.trainer, this.windows, this.volumes, this.texts, this.learnt, this.held) = (config, trainer, windows, volumes, texts, [.. learnt], [.. held]);
        var vector = this.texts.Values.FirstOrDefault()?.Length ?? 0;
        network = new(variant, networkConfig, config.Head, (vector, config.Hidden, config.Projected), seed.Derive("weights"), trainer.Precision);
        if (config.Mode == FinetuneMode.Frozen) network.FreezeEncoder();
        if (SeesTexts) network.SetTextScale(Mean(vector), Spread(vector));
        var events = this.learnt.Count(c => c.Mace30d == true);
        classWeights = config.Balanced ? [this.learnt.Length / (2f * Math.Max(1, this.learnt.Length - events)), this.learnt.Length / (2f * Math.Max(1, events))] : [1, 1];
    }

    /// <summary>The target's name in tables.</summary>
    public const string Target = "mace_30d";

    /// <inheritdoc/>
    public nn.Module Network => network;

    private bool SeesScans => network.Variant != RiskVariant.Clinical;

    private bool SeesTexts => network.Variant != RiskVariant.Image;

    private bool IsFrozen => SeesScans && config.Mode == FinetuneMode.Frozen;

    /// <summary>Computes what a frozen encoder sees of some cases, unless it is known; called after its weights were taken over. Nothing to do for other models.</summary>
    /// <param name="cases">The cases.</param>
    /// <param name="known">Where features are kept for other models.</param>
    /// <param name="scans">What tells these scans and windows from others.</param>
    /// <param name="device">Where the network lies.</param>
    /// <param name="progress">Told case by case.</param>
    /// <param name="stop">Asks to stop.</param>
    public void ComputeFeatures(IEnumerable<CaseRow> cases, FrozenFeatures known, string scans, Device device, IProgress<RunEvent>? progress, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(known);
        if (!IsFrozen) return;
        var pass = known.Of(scans, network.EncoderFingerprint(), config.Head, volumes!.ArteryMarginMm);
        var all = cases.ToArray();
        foreach (var (i, row) in all.Index())
        {
            stop.ThrowIfCancellationRequested();
            features[row.CaseId] = pass.Find(row.CaseId) ?? Computed(row, pass, device);
            progress?.Report(new Progressed("features", i + 1, all.Length, "cases"));
        }
    }

    private float[] Computed(CaseRow row, FeaturePass pass, Device device)
    {
        var (hu, place, size) = ScansOf([row], () => default, pass.NeedsPlace);
        long[] shape = [1, 1, size.Z, size.Y, size.X];
        return LostScalar.Answer(() => pass.Keep(row.CaseId, network.Encode(windows.Of(tensor(hu, shape).to(device))), place is null ? null : tensor(place, shape).to(device)));
    }

    /// <inheritdoc/>
    public MaceBatch Prepare(Seed seed, long step)
    {
        var random = seed.Random();
        return BatchOf([.. Enumerable.Range(0, trainer.BatchSize).Select(_ => random.Pick(learnt))], () => config.Flips ? (random.Chance(0.5), random.Chance(0.5), random.Chance(0.5)) : default);
    }

    /// <inheritdoc/>
    public TrainingLoss Loss(MaceBatch batch, Device device)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return new(F.cross_entropy(Answer(batch, device), tensor(batch.Truth).to(device), tensor(classWeights).to(device)), []);
    }

    /// <summary>Loss and AUROC of the held cases; the score is the loss with its sign turned, since few events make an AUROC jump.</summary>
    public IReadOnlyDictionary<string, double>? Validate(Device device)
    {
        if (held.Length == 0) return null;
        using var _ = no_grad();
        var sum = 0.0;
        var scores = new List<double>();
        foreach (var row in held)
        {
            using var scope = NewDisposeScope();
            var batch = BatchOf([row], () => default);
            var logits = Answer(batch, device);
            sum += F.cross_entropy(logits, tensor(batch.Truth).to(device)).item<float>();
            scores.Add(logits.softmax(1)[0, 1].item<float>());
        }

        bool[] truth = [.. held.Select(c => c.Mace30d == true)];
        return new Dictionary<string, double>
        {
            ["loss"] = sum / held.Length, ["score"] = -sum / held.Length, ["auroc"] = truth.Distinct().Count() == 2 ? Roc.Area([.. scores], truth) : double.NaN,
        };
    }

    /// <summary>Probability of an event.</summary>
    public double Predict(CaseRow row, Device device)
    {
        var batch = BatchOf([row], () => default);
        return LostScalar.Answer(() => Answer(batch, device).softmax(1)[0, 1].item<float>());
    }

    /// <inheritdoc/>
    public void Dispose() => network.Dispose();

    private Tensor Answer(MaceBatch batch, Device device)
    {
        var count = batch.Truth.Length;
        var seen = !SeesScans ? null : batch.Features is { } known ? OwnMemory.Of(known, [count, known.Length / count], device) : FeaturesOf((batch.Hu!, batch.Place, batch.Size), count, device);
        return network.Decide(seen, batch.Texts is { } text ? OwnMemory.Of(text, [count, text.Length / count], device) : null);
    }

    private Tensor FeaturesOf((float[] Hu, float[]? Place, Size3 Size) scans, int count, Device device)
    {
        network.Recomputes = config.Recompute == Recompute.On
            || (config.Recompute == Recompute.Auto && config.Mode == FinetuneMode.Full && EncoderClassifier.KeptBytes(network.Config, count * scans.Size.Count) > MemoryRoom.AvailableBytes() / 2);
        long[] shape = [count, 1, scans.Size.Z, scans.Size.Y, scans.Size.X];
        return network.Features(windows.Of(tensor(scans.Hu, shape).to(device)), scans.Place is { } place ? tensor(place, shape).to(device) : null);
    }

    private MaceBatch BatchOf(CaseRow[] rows, Func<(bool, bool, bool)> flips)
    {
        var seen = SeesTexts ? rows.SelectMany(r => texts[r.CaseId]).ToArray() : null;
        long[] truth = [.. rows.Select(r => r.Mace30d == true ? 1L : 0L)];
        if (!SeesScans) return new(null, null, default, null, seen, truth);
        if (IsFrozen) return new(null, null, default, [.. rows.SelectMany(r => features[r.CaseId])], seen, truth);
        var (hu, place, size) = ScansOf(rows, flips);
        return new(hu, place, size, null, seen, truth);
    }

    private (float[] Hu, float[]? Place, Size3 Size) ScansOf(CaseRow[] rows, Func<(bool, bool, bool)> flips, bool? withPlace = null) =>
        volumes!.Stacked([.. rows.Select(r => r.CaseId)], network.Config.Divisor, flips, withPlace ?? config.Head.Within == PooledPlace.Arteries);

    private float[] Mean(int size) => [.. Enumerable.Range(0, size).Select(i => (float)learnt.Average(c => (double)texts[c.CaseId][i]))];

    private float[] Spread(int size)
    {
        var mean = Mean(size);
        return [.. Enumerable.Range(0, size).Select(i => (float)Math.Sqrt(learnt.Average(c => Math.Pow(texts[c.CaseId][i] - mean[i], 2)))).Select(s => s > 1e-6f ? s : 1)];
    }
}
