using System.Collections.Immutable;
using Cora.Cohorts;
using Cora.Evaluation;
using Cora.Imaging;
using Cora.Networks;
using Cora.Training;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Cora.Tasks;

/// <summary>How much of the network is learnt.</summary>
public enum FinetuneMode
{
    /// <summary>Everything.</summary>
    Full,

    /// <summary>The head, by the trainer's steps on mirrored scans; the encoder stays as it came.</summary>
    Frozen,

    /// <summary>The head, by penalised logistic regression on features that are computed once; no steps, no chance. The encoder stays as it came.</summary>
    LinearProbe,
}

/// <summary>Settings of plaque characterisation (Adaptation, "Coronary plaque characterization task"). The paper's head is the default.</summary>
public sealed record PlaqueConfig : ISettings
{
    /// <summary>Pooling of the encoder's stages.</summary>
    public PoolingConfig Head { get; init; } = new();

    /// <summary>Parts of the pretrained network that are taken over. The paper: the encoder, which is all that this network has of it.</summary>
    public ImmutableArray<string> Transfer { get; init; } = ["encoder"];

    /// <summary>How much of the network is learnt.</summary>
    public FinetuneMode Mode { get; init; } = FinetuneMode.Full;

    /// <summary>Whether training scans are mirrored at random.</summary>
    public bool Flips { get; init; } = true;

    /// <summary>Linear probe: how much the cases weigh against the punishment of weights (C of penalised logistic regression).</summary>
    public double ProbeC { get; init; } = 0.02;

    /// <summary>Test cases of each split and target, with the target, on which it is measured where Grad-CAM lies; 0 = none.</summary>
    public int GradCamCases { get; init; } = 20;

    /// <summary>Whether the encoder's blocks are computed again for the backward pass instead of being kept: whole scans at full resolution need it.</summary>
    public Recompute Recompute { get; init; } = Recompute.Auto;

    /// <inheritdoc/>
    public IEnumerable<Problem> Check()
    {
        foreach (var problem in TransferParts.Check(Transfer, TransferParts.Encoder)) yield return problem;
        if (GradCamCases < 0) yield return new("grad_cam_cases", GradCamCases, "0 or more");
        if (!(ProbeC > 0)) yield return new("probe_c", ProbeC, "more than 0");
    }
}

/// <summary>A batch: HU and, where pooling asks for it, the place of the arteries, both [B, 1, D, H, W]; labels and whether each is known [B, 2].</summary>
public sealed record PlaqueBatch(float[] Hu, float[]? Place, Size3 Size, float[] Labels, float[] IsKnown);

/// <summary>One answer: a case, a target, the truth where it is known, and the probability.</summary>
public sealed record PlaqueRow(string CaseId, string Site, Split Split, string Target, bool? Truth, double Probability);

/// <summary>Which kinds of plaque a scan holds: a multi-label classification of whole, perhaps heart-cropped volumes.</summary>
public sealed class PlaqueClassification : ITrainingTask<PlaqueBatch>
{
    private static readonly Scalar One = 1.ToScalar();          // decision 0014

    private readonly TrainerConfig trainer;
    private readonly PlaqueConfig config;
    private readonly EncoderClassifier network;
    private readonly WindowChannels windows;
    private readonly WholeVolumes volumes;
    private readonly CaseRow[] learnt;
    private readonly CaseRow[] held;
    private FeaturePass? pass;

    /// <param name="config">Head and mode.</param>
    /// <param name="trainer">Batch size.</param>
    /// <param name="networkConfig">The encoder.</param>
    /// <param name="windows">HU windows.</param>
    /// <param name="volumes">The scans; not disposed here.</param>
    /// <param name="learnt">Cases to learn from; each has one known label at least.</param>
    /// <param name="held">Cases on which the best weights are chosen.</param>
    /// <param name="seed">Initial weights.</param>
    public PlaqueClassification(
        PlaqueConfig config, TrainerConfig trainer, ResUNetConfig networkConfig, WindowChannels windows, WholeVolumes volumes, IEnumerable<CaseRow> learnt, IEnumerable<CaseRow> held, Seed seed)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(trainer);
        (this.config, this.trainer, this.windows, this.volumes, this.learnt, this.held) = (config, trainer, windows, volumes, [.. learnt], [.. held]);
        network = new(networkConfig, config.Head, Targets.Count, seed.Derive("weights"), trainer.Precision);
        if (config.Mode != FinetuneMode.Full) network.FreezeEncoder();
        network.Recomputes = config.Recompute == Recompute.On || (config.Recompute == Recompute.Auto && config.Mode == FinetuneMode.Full && KeptBytes > MemoryRoom.AvailableBytes() / 2);
    }

    /// <summary>A forecast of what a training step would keep for the backward pass: bytes, without recomputation, of a batch of the largest scan.</summary>
    public long KeptBytes => EncoderClassifier.KeptBytes(network.Config, trainer.BatchSize * volumes.SizeFor(learnt.Select(c => c.CaseId), network.Config.Divisor).Count);

    /// <summary>The targets in the order of the logits.</summary>
    public static IReadOnlyList<string> Targets { get; } = ["calcified_plaque", "non_calcified_plaque"];

    /// <inheritdoc/>
    public nn.Module Network => network;

    /// <summary>The classifier itself.</summary>
    public EncoderClassifier Classifier => network;

    /// <summary>The labels of a case in the order of <see cref="Targets"/>.</summary>
    public static bool?[] LabelsOf(CaseRow row)
    {
        ArgumentNullException.ThrowIfNull(row);
        return [row.CalcifiedPlaque, row.NonCalcifiedPlaque];
    }

    /// <inheritdoc/>
    public PlaqueBatch Prepare(Seed seed, long step)
    {
        var random = seed.Random();
        var rows = Enumerable.Range(0, trainer.BatchSize).Select(_ => random.Pick(learnt)).ToArray();
        return BatchOf(rows, () => config.Flips ? (random.Chance(0.5), random.Chance(0.5), random.Chance(0.5)) : default);
    }

    /// <inheritdoc/>
    public TrainingLoss Loss(PlaqueBatch batch, Device device)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var logits = AnswerTo(batch, device);                                              // [B, 2]
        return new(LossOf(logits, batch, device), []);
    }

    /// <summary>Loss and AUROC of the held cases; the score is the loss with its sign turned, since few cases make an AUROC jump.</summary>
    public IReadOnlyDictionary<string, double>? Validate(Device device)
    {
        if (held.Length == 0) return null;
        using var _ = no_grad();
        var (sum, count) = (0.0, 0);
        var rows = new List<PlaqueRow>();
        foreach (var row in held)
        {
            using var scope = NewDisposeScope();
            var batch = BatchOf([row], () => default);
            var logits = AnswerTo(batch, device);
            sum += LossOf(logits, batch, device).item<float>();
            count++;
            rows.AddRange(RowsOf(row, logits.sigmoid().cpu()));
        }

        var measures = new Dictionary<string, double> { ["loss"] = sum / count, ["score"] = -sum / count };
        foreach (var target in Targets)
        {
            var known = rows.Where(r => r.Target == target && r.Truth is not null).ToArray();
            var both = known.Any(r => r.Truth == true) && known.Any(r => r.Truth == false);
            measures["auroc_" + target] = both ? Roc.Area([.. known.Select(r => r.Probability)], [.. known.Select(r => r.Truth == true)]) : double.NaN;
        }

        return measures;
    }

    /// <summary>The features of a case: what a linear probe's head sees, without mirroring.</summary>
    private float[] Features(FeaturePass pass, CaseRow row, Device device)
    {
        if (pass.Find(row.CaseId) is { } known) return known;
        var batch = BatchOf([row], () => default, pass.NeedsPlace);
        return LostScalar.Answer(() => pass.Keep(row.CaseId, network.Encode(InputOf(batch, device)), PlaceOf(batch, device)));
    }

    /// <summary>Where the classifier looks for a target in a case: Grad-CAM on the scan's own voxels, not scaled, x fastest.</summary>
    public float[] Explain(CaseRow row, int target, int stage, Device device)
    {
        ArgumentNullException.ThrowIfNull(row);
        var batch = BatchOf([row], () => default);
        return LostScalar.Again(() =>
        {
            using var scope = NewDisposeScope();
            var map = GradCam.Raw(network, InputOf(batch, device), target, stage, PlaceOf(batch, device));
            var fine = F.interpolate(map, [batch.Size.Z, batch.Size.Y, batch.Size.X], mode: InterpolationMode.Trilinear, align_corners: false);
            var own = volumes.GridOf(row.CaseId).Size;
            return fine[0, 0].narrow(0, (batch.Size.Z - own.Z) / 2, own.Z).narrow(1, (batch.Size.Y - own.Y) / 2, own.Y).narrow(2, (batch.Size.X - own.X) / 2, own.X)
                .cpu().contiguous().data<float>().ToArray();
        });
    }

    /// <summary>Solves the head by linear probes on the training cases, one a target, over the cases where it is known; called after the encoder's weights were taken over.</summary>
    /// <param name="shared">Where features are kept for other runs.</param>
    /// <param name="scans">What tells these scans and windows from others.</param>
    /// <param name="device">Where the network lies.</param>
    /// <param name="progress">Told case by case.</param>
    /// <param name="stop">Asks to stop.</param>
    public void FitProbes(FrozenFeatures shared, string scans, Device device, IProgress<RunEvent>? progress, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(shared);
        pass = shared.Of(scans, network.EncoderFingerprint(), config.Head, volumes.ArteryMarginMm);
        var features = new List<float[]>();
        foreach (var (i, row) in learnt.Index())
        {
            stop.ThrowIfCancellationRequested();
            features.Add(Features(pass, row, device));
            progress?.Report(new Progressed("features", i + 1, learnt.Length, "cases"));
        }

        network.SetHead([.. Targets.Index().Select(t =>
        {
            var known = learnt.Index().Where(c => LabelsOf(c.Item)[t.Index] is not null).ToArray();
            var probe = LinearProbe.Fit([.. known.Select(c => features[c.Index])], [.. known.Select(c => LabelsOf(c.Item)[t.Index] == true)], config.ProbeC);
            return (probe.Weights, probe.Bias);
        })]);
    }

    /// <summary>Probabilities of a case, one row a target.</summary>
    public IReadOnlyList<PlaqueRow> Predict(CaseRow row, Device device)
    {
        ArgumentNullException.ThrowIfNull(row);
        if (pass is not null)
        {
            var features = Features(pass, row, device);
            return LostScalar.Answer(() => RowsOf(row, network.Decide(OwnMemory.Of(features, [1, features.Length], device)).sigmoid().cpu()));
        }

        var batch = BatchOf([row], () => default);
        return LostScalar.Answer(() => RowsOf(row, AnswerTo(batch, device).sigmoid().cpu()));
    }

    /// <inheritdoc/>
    public void Dispose() => network.Dispose();

    private static PlaqueRow[] RowsOf(CaseRow row, Tensor probabilities)
    {
        var values = probabilities.contiguous().data<float>().ToArray();
        var labels = LabelsOf(row);
        return [.. Targets.Select((t, i) => new PlaqueRow(row.CaseId, row.Site, row.Split, t, labels[i], values[i]))];
    }

    private PlaqueBatch BatchOf(CaseRow[] rows, Func<(bool, bool, bool)> flips, bool? withPlace = null)
    {
        var (hu, place, size) = volumes.Stacked([.. rows.Select(r => r.CaseId)], network.Config.Divisor, flips, withPlace ?? config.Head.Within == PooledPlace.Arteries);
        var batch = new PlaqueBatch(hu, place, size, new float[rows.Length * Targets.Count], new float[rows.Length * Targets.Count]);
        foreach (var (i, row) in rows.Index())
        {
            foreach (var (t, label) in LabelsOf(row).Index())
            {
                batch.Labels[i * Targets.Count + t] = label == true ? 1 : 0;
                batch.IsKnown[i * Targets.Count + t] = label is null ? 0 : 1;
            }
        }

        return batch;
    }

    private Tensor AnswerTo(PlaqueBatch batch, Device device) => network.Answer(InputOf(batch, device), PlaceOf(batch, device));

    private Tensor InputOf(PlaqueBatch batch, Device device) => windows.Of(TensorOf(batch.Hu, batch, device));

    private static Tensor? PlaceOf(PlaqueBatch batch, Device device) => batch.Place is { } place ? TensorOf(place, batch, device) : null;

    private static Tensor TensorOf(float[] values, PlaqueBatch batch, Device device) => tensor(values, [batch.Labels.Length / Targets.Count, 1, batch.Size.Z, batch.Size.Y, batch.Size.X]).to(device);

    /// <summary>Binary cross entropy, a mean over the labels that are known.</summary>
    private static Tensor LossOf(Tensor logits, PlaqueBatch batch, Device device)
    {
        long[] shape = [batch.Labels.Length / Targets.Count, Targets.Count];
        var labels = tensor(batch.Labels, shape).to(device);
        var known = tensor(batch.IsKnown, shape).to(device);
        var terms = logits - logits * labels - F.logsigmoid(logits);
        return (terms * known).sum() / known.sum().clamp_min(One);
    }
}
