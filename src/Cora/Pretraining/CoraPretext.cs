using Cora.Evaluation;
using Cora.Imaging;
using Cora.Networks;
using Cora.Synthesis;
using Cora.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Cora.Pretraining;

/// <summary>What the pretext task needs besides data.</summary>
public sealed record CoraPretextConfig(
    int Patch, TrainerConfig Trainer, SamplerConfig Sampler, LesionConfig Lesion, AugmentationConfig Augmentation, NoiseConfig Noise,
    WindowsConfig Windows, ResUNetConfig Network, LossConfig Loss);

/// <summary>A batch: HU and lesion masks, both [B, 1, n, n, n] with x fastest.</summary>
public sealed record CoraBatch(float[] Hu, float[] Mask);

/// <summary>CORA's pretext task: find the plaques that the data engine has painted (Methods, "CORA implementation and pretraining protocol").</summary>
public sealed class CoraPretext : ITrainingTask<CoraBatch>, IPretext
{
    private static readonly Scalar Zero = 0.ToScalar();          // decision 0014

    private const int ValidationPatchesPerType = 32;
    private const double RecallShare = 0.3;
    private const double LeastRecall = 0.1;
    private const int ExamplesPerType = 3;
    private static readonly string[] TypeNames = ["calcified", "soft"];
    private static readonly double[] OnlyCalcifiedThenOnlySoft = [1, 0];

    private readonly CoraPretextConfig config;
    private readonly ResUNet network;
    private readonly PatchEngine engine;
    private readonly WindowChannels windows;
    private readonly SyntheticPatch[][] heldBack;
    private readonly ThreadLocal<PatchBuffers> buffers = new(() => new());

    /// <param name="config">Settings.</param>
    /// <param name="studies">Studies to learn from and held-back ones.</param>
    /// <param name="seed">Root of the run.</param>
    public CoraPretext(CoraPretextConfig config, PretrainStudies studies, Seed seed)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(studies);
        this.config = config;
        network = new(config.Network, seed.Derive("weights"), config.Trainer.Precision);
        engine = new(studies.Learnt, config.Patch, config.Sampler, config.Lesion, config.Augmentation, config.Noise);
        var (low, high) = config.Windows.Scale == WindowScale.ZeroOne ? (0.0, 1.0) : (-1.0, 1.0);
        windows = new(config.Windows.Windows, low, high);

        // One lesion a patch, as many of each type, so that recall and precision belong to a type.
        heldBack = [.. OnlyCalcifiedThenOnlySoft.Select((mix, type) =>
        {
            var single = config.Lesion with { Prob = 1, Count = new(1, 1), Mix = mix };
            var judge = new PatchEngine(studies.HeldBack, config.Patch, config.Sampler with { RandomShare = 0 }, single, config.Augmentation, config.Noise);
            return Enumerable.Range(0, ValidationPatchesPerType).Select(i => judge.Make(seed.Derive("validation").Derive(type).Derive(i), progress: 1)).ToArray();
        })];
    }

    /// <inheritdoc cref="IPretext.Network"/>
    public nn.Module Network => network;

    /// <inheritdoc/>
    public string Method => "cora";

    /// <inheritdoc/>
    public IReadOnlyList<string> Labels { get; } = ["abnormality"];

    /// <inheritdoc/>
    public IReadOnlyList<LearningGoal> Goals { get; } =
    [
        new("recall_calcified", "share of held-back calcified lesions found", LeastRecall),
        new("recall_soft", "share of held-back soft lesions found", LeastRecall),
    ];

    /// <inheritdoc/>
    public TrainingResult Train(Trainer trainer, Seed seed, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        return trainer.Fit(this, seed, stop);
    }

    /// <inheritdoc/>
    public CoraBatch Prepare(Seed seed, long step)
    {
        var voxels = config.Patch * config.Patch * config.Patch;
        var batch = new CoraBatch(new float[config.Trainer.BatchSize * voxels], new float[config.Trainer.BatchSize * voxels]);
        for (var sample = 0; sample < config.Trainer.BatchSize; sample++)
        {
            var patch = engine.Make(seed.Derive(sample), (double)step / config.Trainer.Steps, buffers.Value);
            patch.Hu.CopyTo(batch.Hu, sample * voxels);
            for (var i = 0; i < voxels; i++) batch.Mask[sample * voxels + i] = patch.Types[i] > 0 ? 1 : 0;
        }

        return batch;
    }

    /// <inheritdoc/>
    public TrainingLoss Loss(CoraBatch batch, Device device)
    {
        ArgumentNullException.ThrowIfNull(batch);
        long n = config.Patch;
        var hu = tensor(batch.Hu, [config.Trainer.BatchSize, 1, n, n, n]).to(device);       // [B, 1, n, n, n]
        var mask = tensor(batch.Mask, [config.Trainer.BatchSize, 1, n, n, n]).to(device);
        var logits = network.forward(windows.Of(hu));
        var loss = Losses.Cora(logits, mask, config.Loss);
        return new(loss.Total, [("tversky", loss.Tversky), ("focal", loss.Focal)]);
    }

    /// <summary>
    /// Detection of held-back lesions at probability 0.5: recall (share of lesions of which more than 30 % of the voxels are found), precision (share of
    /// found voxels that are lesion, in patches of that type) and Dice over all voxels, which is the score.
    /// </summary>
    public IReadOnlyDictionary<string, double> Validate(Device device)
    {
        using var _ = no_grad();
        var measures = new Dictionary<string, double>();
        var (allHit, allFound, allLesion) = (0L, 0L, 0L);
        foreach (var (type, patches) in heldBack.Index())
        {
            var (recalled, lesions, hit, found) = (0, 0, 0L, 0L);
            foreach (var pair in patches.Chunk(2))
            {
                foreach (var (patch, answer) in pair.Zip(Answers(pair, device)))
                {
                    var (patchHit, patchFound, patchLesion) = Count(patch.Types, answer);
                    if (patchLesion > 0) lesions++;
                    if (patchLesion > 0 && patchHit > RecallShare * patchLesion) recalled++;
                    (hit, found) = (hit + patchHit, found + patchFound);
                    (allHit, allFound, allLesion) = (allHit + patchHit, allFound + patchFound, allLesion + patchLesion);
                }
            }

            measures["recall_" + TypeNames[type]] = lesions > 0 ? (double)recalled / lesions : double.NaN;
            measures["precision_" + TypeNames[type]] = found > 0 ? (double)hit / found : double.NaN;
        }

        measures["dice"] = 2.0 * allHit / Math.Max(1, allFound + allLesion);
        measures["score"] = measures["dice"];
        return measures;
    }

    /// <inheritdoc/>
    public PretextExamples Show(Device device)
    {
        using var _ = no_grad();
        var rows = new List<ExampleRow>();
        foreach (var (type, patches) in heldBack.Index())
        {
            foreach (var (i, patch) in patches.Take(ExamplesPerType).Index())
            {
                using var scope = NewDisposeScope();
                long n = config.Patch;
                var hu = tensor(patch.Hu, [1, 1, n, n, n]).to(device);
                var answer = network.forward(windows.Of(hu)).sigmoid().cpu().contiguous().data<float>().ToArray();
                var slice = SliceWithMost(patch.Types);
                float[] Cut(Func<int, float> at) => [.. Enumerable.Range(slice * config.Patch * config.Patch, config.Patch * config.Patch).Select(at)];
                rows.Add(new($"{TypeNames[type]} {i + 1}", config.Patch, [Cut(v => patch.Hu[v]), Cut(v => patch.Types[v] > 0 ? 1 : 0), Cut(v => answer[v])]));
            }
        }

        return new(
            "Patches of patients that are never trained on, cut through the synthetic lesion: what the network sees, where the lesion is, and what it answers. A network that has learnt nothing answers alike everywhere.",
            [new("HU, -200 to 800", -200, 800), new("painted lesion", 0, 1), new("answer, probability", 0, 1)], rows);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        network.Dispose();
        buffers.Dispose();
    }

    private int SliceWithMost(byte[] types)
    {
        var area = config.Patch * config.Patch;
        var counts = Enumerable.Range(0, config.Patch).Select(z => types.AsSpan(z * area, area).Length - types.AsSpan(z * area, area).Count((byte)0)).ToArray();
        return counts.Max() == 0 ? config.Patch / 2 : Array.IndexOf(counts, counts.Max());
    }

    /// <summary>For each patch which voxels are above one half.</summary>
    private bool[][] Answers(SyntheticPatch[] patches, Device device)
    {
        using var scope = NewDisposeScope();
        long n = config.Patch;
        var hu = tensor(patches.SelectMany(p => p.Hu).ToArray(), [patches.Length, 1, n, n, n]).to(device);
        var found = network.forward(windows.Of(hu)).gt(Zero).cpu().contiguous().data<bool>().ToArray();
        return [.. found.Chunk((int)(n * n * n))];
    }

    private static (long Hit, long Found, long Lesion) Count(byte[] types, bool[] answer)
    {
        var (hit, found, lesion) = (0L, 0L, 0L);
        for (var i = 0; i < types.Length; i++)
        {
            if (types[i] > 0) lesion++;
            if (!answer[i]) continue;
            found++;
            if (types[i] > 0) hit++;
        }

        return (hit, found, lesion);
    }
}
