using System.Globalization;
using Cora.Evaluation;
using Cora.Imaging;
using Cora.Networks;
using Cora.Synthesis;
using Cora.Training;
using static TorchSharp.torch;

namespace Cora.Pretraining;

/// <summary>What VolumeFusion needs besides data; the network has one output a level and one for background.</summary>
public sealed record VolumeFusionPretextConfig(int Patch, TrainerConfig Trainer, SamplerConfig Sampler, WindowsConfig Windows, ResUNetConfig Network, VolumeFusionConfig Fusion);

/// <summary>A batch: fused windows [B, C, n, n, n] and levels [B, 1, n, n, n], x fastest.</summary>
public sealed record VolumeFusionBatch(float[] Windows, byte[] Levels);

/// <summary>One fused patch with what it was made of: windows [C, n, n, n], levels [n, n, n].</summary>
internal sealed record FusedPatch(float[] Foreground, float[] Background, float[] Fused, byte[] Levels);

/// <summary>VolumeFusion: regions of one patch are mixed into another by steps of a quarter, and the network says for each voxel which step it was (reference 40).</summary>
public sealed class VolumeFusionPretext : ITrainingTask<VolumeFusionBatch>, IPretext
{
    private const int ValidationPatches = 32;
    private const int ValidationBatch = 2;
    private const int Examples = 6;
    private const float UnitHu = 1000;

    // Chance is 0 for the first (always the commonest level), and about one over the number of levels for the second.
    private const double LeastBeyondCommonest = 0.1;
    private const double LeastDice = 0.35;

    private readonly VolumeFusionPretextConfig config;
    private readonly ResUNet network;
    private readonly PlainPatches patches;
    private readonly VolumeFusionBatch[] heldBack;

    /// <param name="config">Settings.</param>
    /// <param name="studies">Studies to learn from and held-back ones.</param>
    /// <param name="seed">Root of the run.</param>
    public VolumeFusionPretext(VolumeFusionPretextConfig config, PretrainStudies studies, Seed seed)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(studies);
        this.config = config;
        network = new(config.Network, seed.Derive("weights"), config.Trainer.Precision);
        patches = new(studies.Learnt, config.Patch, config.Sampler);
        Labels = [.. Enumerable.Range(0, config.Fusion.Levels + 1).Select(k => string.Create(CultureInfo.InvariantCulture, $"share_{(double)k / config.Fusion.Levels:0.##}"))];
        using var judged = new PlainPatches(studies.HeldBack, config.Patch, config.Sampler with { RandomShare = 0 });
        heldBack = [.. Enumerable.Range(0, ValidationPatches).Chunk(ValidationBatch).Select(pair => Batch([.. pair.Select(i => Fuse(judged, seed.Derive("validation").Derive(i), isAugmented: false))]))];
    }

    /// <inheritdoc cref="IPretext.Network"/>
    public nn.Module Network => network;

    /// <inheritdoc/>
    public string Method => "volumefusion";

    /// <inheritdoc/>
    public IReadOnlyList<string> Labels { get; }

    /// <inheritdoc/>
    public IReadOnlyList<LearningGoal> Goals { get; } =
    [
        new("beyond_commonest", "share of voxels told right beyond those of always answering the commonest level", LeastBeyondCommonest),
        new("mean_dice", "mean Dice over the levels", LeastDice),
    ];

    /// <inheritdoc/>
    public TrainingResult Train(Trainer trainer, Seed seed, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        return trainer.Fit(this, seed, stop);
    }

    /// <inheritdoc/>
    public VolumeFusionBatch Prepare(Seed seed, long step) =>
        Batch([.. Enumerable.Range(0, config.Trainer.BatchSize).Select(sample => Fuse(patches, seed.Derive(sample), isAugmented: true))]);

    /// <summary>Soft Dice over all levels (per sample, smooth 1e-5, as 1 - Dice) plus cross-entropy, 1 : 1 as in nnssl; the publication halves both.</summary>
    public TrainingLoss Loss(VolumeFusionBatch batch, Device device)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var (logits, levels) = Answer(batch, device);
        var dice = Losses.MulticlassDice(logits, levels);
        var entropy = nn.functional.cross_entropy(logits, levels.squeeze(1));
        return new(dice + entropy, [("dice", dice), ("cross_entropy", entropy)]);
    }

    /// <summary>
    /// On fused patches of held-back patients, not augmented: share of voxels whose level is told right; the same beyond always answering the commonest level, 0 for that and
    /// 1 for no error; Dice of each level over all voxels, and their mean, which is the score.
    /// </summary>
    public IReadOnlyDictionary<string, double> Validate(Device device)
    {
        using var _ = no_grad();
        var classes = config.Fusion.Levels + 1;
        var (hit, told, there) = (new long[classes], new long[classes], new long[classes]);
        foreach (var batch in heldBack)
        {
            var answers = Told(batch, device);
            for (var v = 0; v < answers.Length; v++)
            {
                told[answers[v]]++;
                there[batch.Levels[v]]++;
                if (answers[v] == batch.Levels[v]) hit[answers[v]]++;
            }
        }

        var (all, commonest) = ((double)there.Sum(), (double)there.Max());
        var dice = Enumerable.Range(0, classes).Select(k => told[k] + there[k] > 0 ? 2.0 * hit[k] / (told[k] + there[k]) : double.NaN).ToArray();
        var measures = new Dictionary<string, double>
        {
            ["accuracy"] = hit.Sum() / all,
            ["accuracy_of_commonest"] = commonest / all,
            ["beyond_commonest"] = commonest < all ? (hit.Sum() - commonest) / (all - commonest) : double.NaN,
            ["mean_dice"] = dice.Where(double.IsFinite).Average(),
        };
        for (var k = 0; k < classes; k++) measures["dice_" + Labels[k]] = dice[k];
        measures["score"] = measures["mean_dice"];
        return measures;
    }

    /// <inheritdoc/>
    public PretextExamples Show(Device device)
    {
        using var _ = no_grad();

        // The second window, soft tissue in the paper's order, through the middle.
        var (n, area, voxels) = (config.Patch, config.Patch * config.Patch, config.Patch * config.Patch * config.Patch);
        var channels = config.Windows.Windows.Length;
        var channel = Math.Min(1, channels - 1);
        var middle = n / 2 * area;
        var rows = new List<ExampleRow>();
        foreach (var batch in heldBack.Take(Examples / ValidationBatch))
        {
            var answers = Told(batch, device);
            for (var sample = 0; sample < answers.Length / voxels; sample++)
            {
                rows.Add(new($"patch {rows.Count + 1}", n,
                [
                    batch.Windows.AsSpan((sample * channels + channel) * voxels + middle, area).ToArray(),
                    [.. Enumerable.Range(0, area).Select(v => (float)batch.Levels[sample * voxels + middle + v])],
                    [.. Enumerable.Range(0, area).Select(v => (float)answers[sample * voxels + middle + v])],
                ]));
            }
        }

        var window = config.Windows.Windows[channel];
        var (low, high) = config.Windows.Scale == WindowScale.ZeroOne ? (0.0, 1.0) : (-1.0, 1.0);
        return new(
            string.Create(CultureInfo.InvariantCulture, $"Two patches of patients that are never trained on, mixed ({window.Low:0} to {window.High:0} HU); the share of the second in each voxel, black for none and white for all; and the share that the network tells. A network that has learnt nothing tells one share everywhere."),
            [new("fused patch", low, high), new("share, truth", 0, config.Fusion.Levels), new("share, answer", 0, config.Fusion.Levels)], rows);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        network.Dispose();
        patches.Dispose();
    }

    /// <summary>Draws two crops and a map, and mixes them.</summary>
    internal FusedPatch Fuse(PlainPatches from, Seed seed, bool isAugmented)
    {
        var spatial = isAugmented ? config.Fusion.Spatial : null;
        var (one, other) = (seed.Derive("foreground"), seed.Derive("background"));
        var places = config.Fusion.Pairing == FusionPairing.SameVolume ? from.CutTwo(one, other, spatial) : (First: from.Cut(one, spatial), Second: from.Cut(other, spatial));
        float[] Seen(float[] hu, Seed own) => Prepared(hu, isAugmented ? IntensityAugmentation.Draw(config.Fusion.Intensity, own.Derive("intensity").Random()) : IntensityAugmentation.None);
        var (foreground, background) = (Seen(places.First, one), Seen(places.Second, other));
        var levels = FusionMap.Draw(config.Fusion, config.Patch, seed.Derive("map").Random());
        var fused = Mix(foreground, background, levels, config.Fusion.Levels);
        return new(foreground, background, config.Fusion.FuseDomain == FuseDomain.Windows ? fused : Windowed(fused), levels);
    }

    /// <summary>a·foreground + (1 - a)·background with a = level / K, the same for every channel; at level 0 the background itself, at K the foreground.</summary>
    internal static float[] Mix(float[] foreground, float[] background, byte[] levels, int most)
    {
        var fused = new float[foreground.Length];
        for (var i = 0; i < fused.Length; i++)
        {
            var level = levels[i % levels.Length];
            var share = (float)level / most;
            fused[i] = level == 0 ? background[i] : level == most ? foreground[i] : share * foreground[i] + (1 - share) * background[i];
        }

        return fused;
    }

    /// <summary>A crop as it is mixed: windows or HU, its values changed.</summary>
    private float[] Prepared(float[] hu, IntensityAugmentation intensity)
    {
        var size = Size3.Cube(config.Patch);
        if (config.Fusion.FuseDomain == FuseDomain.Windows)
        {
            var channels = Windowed(hu);
            intensity.Apply(channels, size);
            return channels;
        }

        if (intensity == IntensityAugmentation.None) return hu;
        for (var i = 0; i < hu.Length; i++) hu[i] /= UnitHu;
        intensity.Apply(hu, size);
        for (var i = 0; i < hu.Length; i++) hu[i] *= UnitHu;
        return hu;
    }

    private float[] Windowed(float[] hu)
    {
        var channels = new float[config.Windows.Windows.Length * hu.Length];
        config.Windows.Apply(hu, channels);
        return channels;
    }

    private static VolumeFusionBatch Batch(IReadOnlyList<FusedPatch> fused) => new([.. fused.SelectMany(f => f.Fused)], [.. fused.SelectMany(f => f.Levels)]);

    /// <summary>Logits [B, K + 1, n, n, n] and true levels [B, 1, n, n, n].</summary>
    private (Tensor Logits, Tensor Levels) Answer(VolumeFusionBatch batch, Device device)
    {
        long n = config.Patch;
        var samples = batch.Levels.Length / (n * n * n);
        var seen = OwnMemory.Of(batch.Windows, [samples, config.Windows.Windows.Length, n, n, n], device);
        var levels = tensor(batch.Levels, [samples, 1, n, n, n]).to(device).to(int64);
        return (network.forward(seen), levels);
    }

    /// <summary>The level that the network tells for each voxel.</summary>
    private byte[] Told(VolumeFusionBatch batch, Device device)
    {
        using var scope = NewDisposeScope();
        return [.. Answer(batch, device).Logits.argmax(1).cpu().contiguous().data<long>().ToArray().Select(k => (byte)k)];
    }
}
