using Cora.Evaluation;
using Cora.Imaging;
using Cora.Networks;
using Cora.Synthesis;
using Cora.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Cora.Pretraining;

/// <summary>How a convolutional network is kept from seeing the hidden blocks.</summary>
public enum MaeForm
{
    /// <summary>They are filled, and the whole U-Net sees the patch (nnssl's "MAE").</summary>
    Dense,

    /// <summary>The encoder computes visible places alone (Spark3D, Wald et al. 2025, after Tian et al. 2023).</summary>
    Sparse,
}

/// <summary>What hidden blocks are filled with in the dense form.</summary>
public enum MaeFill
{
    /// <summary>The channel's mean over the data set.</summary>
    ChannelMean,

    /// <summary>0, which in a window means "below it".</summary>
    Zero,

    /// <summary>One value a channel that is learnt; it begins at the mean.</summary>
    LearnedToken,
}

/// <summary>What is to be reconstructed.</summary>
public enum MaeTarget
{
    /// <summary>The windows that the network sees.</summary>
    Windows,

    /// <summary>HU between the lowest and the highest end of the windows, one channel.</summary>
    Hu,
}

/// <summary>
/// Masked autoencoding (reference 39 of the paper, which names no settings). Sources: He et al. 2022 for images; for three dimensions and convolutions
/// nnssl (MIC-DKFZ), BaseMAETrainer and SparkTrainer, whose values stand as "source".
/// </summary>
public sealed record MaeConfig : ISettings
{
    /// <summary>Form. Source: both are published, the OpenMind checkpoints called MAE are dense; ours: dense.</summary>
    public MaeForm Form { get; init; } = MaeForm.Dense;

    /// <summary>Voxels a side of a block that is hidden or visible as a whole. Source: 16 (10 blocks a side of 160); ours: 16 (6 of 96). The patch must be a multiple.</summary>
    public int Block { get; init; } = 16;

    /// <summary>Share of blocks that is hidden, rounded down. Source: 0.75 (0.3 to 0.9 tried there); ours: 0.75, of 216 blocks 162.</summary>
    public double Ratio { get; init; } = 0.75;

    /// <summary>What fills hidden blocks in the dense form. Source: 0 after z-scoring, which is the mean; ours: the channel's mean, since 0 in a window looks like lung.</summary>
    public MaeFill Fill { get; init; } = MaeFill.ChannelMean;

    /// <summary>What is reconstructed, standardised by constants of the data set. Source: the z-scored input; ours: the four windows, the network's input.</summary>
    public MaeTarget Target { get; init; } = MaeTarget.Windows;

    /// <summary>Sparse form: whether the input is masked as well as each convolution's output. Source: false, so that hidden voxels reach visible borders; ours: true, stricter.</summary>
    public bool MaskInput { get; init; } = true;

    /// <summary>How patches are turned. Source and ours: rotation and scale with chance 0.2 each, up to 30 degrees and 0.7 to 1.4, mirrors 0.5; no change of intensity.</summary>
    public SpatialConfig Spatial { get; init; } = new();

    /// <inheritdoc/>
    public IEnumerable<Problem> Check()
    {
        if (Block < 1) yield return new("block", Block, "1 voxel or more");
        if (Ratio is not (> 0 and < 1)) yield return new("ratio", Ratio, "between 0 and 1");
    }

    /// <summary>What does not fit the patch and the network, with full names.</summary>
    public IEnumerable<Problem> CheckAgainst(int patch, ResUNetConfig network)
    {
        ArgumentNullException.ThrowIfNull(network);
        if (Check().Any() || network.Check().Any()) yield break;
        var perSide = patch / Block;
        if (patch % Block != 0 || perSide < 2) yield return new("mae.block", Block, $"a divisor of data.patch ({patch}) that leaves two blocks a side or more");
        else if (HiddenBlocks.CountOf(Ratio, perSide * perSide * perSide) == 0) yield return new("mae.ratio", Ratio, $"enough to hide one of the {perSide * perSide * perSide} blocks");
        else if (Form == MaeForm.Sparse && Block % network.Divisor != 0) yield return new("mae.block", Block, $"a multiple of {network.Divisor} for the sparse form, so that each stage of the encoder has whole blocks");
    }
}

/// <summary>What masked autoencoding needs besides data; the network has as many outputs as <see cref="Outputs"/> says.</summary>
public sealed record MaePretextConfig(int Patch, TrainerConfig Trainer, SamplerConfig Sampler, WindowsConfig Windows, ResUNetConfig Network, MaeConfig Mae)
{
    /// <summary>Outputs of the network: one a target channel.</summary>
    public static int Outputs(MaeConfig mae, WindowsConfig windows) => mae?.Target == MaeTarget.Windows ? windows.Windows.Length : 1;
}

/// <summary>A batch: HU [B, 1, n, n, n] and visible blocks [B, 1, g, g, g], x fastest.</summary>
public sealed record MaeBatch(float[] Hu, float[] Visible);

/// <summary>Masked autoencoding: three quarters of a patch are hidden, and the network paints them from the rest (reference 39).</summary>
public sealed class MaePretext : ITrainingTask<MaeBatch>, IPretext
{
    private const int ValidationPatches = 32;
    private const int ValidationBatch = 2;
    private const int Examples = 6;
    private const string Token = "mask_token";

    // Far from nothing and far from what is reached: a network that answers the mean has 0, one that continues its surroundings some tenths.
    private const double LeastExplained = 0.2;
    private const double LeastBeyondPatch = 0.05;

    private static readonly Scalar One = 1.ToScalar();

    private readonly MaePretextConfig config;
    private readonly nn.Module network;
    private readonly WindowChannels windows;
    private readonly PlainPatches patches;
    private readonly ChannelConstants seenConstants;
    private readonly ChannelConstants targetConstants;
    private readonly MaeBatch[] heldBack;
    private readonly int blocks;
    private readonly (Scalar Low, Scalar High) span;

    /// <param name="config">Settings.</param>
    /// <param name="studies">Studies to learn from and held-back ones.</param>
    /// <param name="seed">Root of the run.</param>
    public MaePretext(MaePretextConfig config, PretrainStudies studies, Seed seed)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(studies);
        this.config = config;
        blocks = config.Patch / config.Mae.Block;
        var (low, high) = config.Windows.Scale == WindowScale.ZeroOne ? (0.0, 1.0) : (-1.0, 1.0);
        windows = new(config.Windows.Windows, low, high);
        var (lowestHu, highestHu) = (config.Windows.Windows.Min(w => w.Low), config.Windows.Windows.Max(w => w.High));
        span = (lowestHu.ToScalar(), highestHu.ToScalar());
        patches = new(studies.Learnt, config.Patch, config.Sampler);
        seenConstants = ChannelConstants.Of(patches, Windowed, high - low, seed.Derive("constants"));
        targetConstants = config.Mae.Target == MaeTarget.Windows ? seenConstants
            : ChannelConstants.Of(patches, hu => [.. hu.Select(v => Math.Clamp(v, lowestHu, highestHu))], highestHu - lowestHu, seed.Derive("constants"));
        network = config.Mae.Form == MaeForm.Dense
            ? new ResUNet(config.Network, seed.Derive("weights"), config.Trainer.Precision)
            : new SparkUNet(config.Network, seed.Derive("weights"), config.Mae.MaskInput, config.Trainer.Precision);
        if (config.Mae is { Form: MaeForm.Dense, Fill: MaeFill.LearnedToken }) network.register_parameter(Token, new(tensor(seenConstants.Mean)));
        Labels = config.Mae.Target == MaeTarget.Hu ? ["hu"] : [.. config.Windows.Windows.Select((_, i) => $"window_{i + 1}")];

        using var judged = new PlainPatches(studies.HeldBack, config.Patch, config.Sampler with { RandomShare = 0 });
        heldBack = [.. Enumerable.Range(0, ValidationPatches).Chunk(ValidationBatch).Select(pair => Cut(judged, seed.Derive("validation"), pair, spatial: null))];
    }

    /// <inheritdoc cref="IPretext.Network"/>
    public nn.Module Network => network;

    /// <inheritdoc/>
    public string Method => "mae";

    /// <inheritdoc/>
    public IReadOnlyList<string> Labels { get; }

    /// <inheritdoc/>
    public IReadOnlyList<LearningGoal> Goals { get; } =
    [
        new("explained_variance", "share of the variance of hidden voxels that is explained, 0 for the channel's mean", LeastExplained),
        new("explained_beyond_patch", "the same against the mean of what is visible in the patch", LeastBeyondPatch),
    ];

    /// <inheritdoc/>
    public TrainingResult Train(Trainer trainer, Seed seed, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        return trainer.Fit(this, seed, stop);
    }

    /// <inheritdoc/>
    public MaeBatch Prepare(Seed seed, long step) => Cut(patches, seed, [.. Enumerable.Range(0, config.Trainer.BatchSize)], config.Mae.Spatial);

    /// <inheritdoc/>
    public TrainingLoss Loss(MaeBatch batch, Device device)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var guess = Guess(batch, device);
        return new(Losses.HiddenSquaredError(guess.Answer, guess.Target, guess.Hidden), []);
    }

    /// <summary>
    /// Of the hidden voxels of patches of held-back patients: the share of their variance about the data set's channel means that is explained (all channels,
    /// standardised, and each window by itself), which is the score; and the same against the mean of what is visible in the patch.
    /// </summary>
    public IReadOnlyDictionary<string, double> Validate(Device device)
    {
        using var _ = no_grad();
        var channels = Labels.Count;
        var (missed, aboutMean, aboutPatch) = (new double[channels], new double[channels], new double[channels]);
        foreach (var batch in heldBack)
        {
            using var scope = NewDisposeScope();
            var guess = Guess(batch, device);
            var visible = One - guess.Hidden;
            var patchMean = (guess.Target * visible).sum([2, 3, 4], keepdim: true) / visible.sum([2, 3, 4], keepdim: true);
            Add(missed, guess.Answer - guess.Target, guess.Hidden);
            Add(aboutMean, guess.Target, guess.Hidden);
            Add(aboutPatch, guess.Target - patchMean, guess.Hidden);
        }

        static double Explained(double error, double of) => of > 0 ? 1 - error / of : double.NaN;
        var measures = new Dictionary<string, double>
        {
            ["explained_variance"] = Explained(missed.Sum(), aboutMean.Sum()),
            ["explained_beyond_patch"] = Explained(missed.Sum(), aboutPatch.Sum()),
        };
        if (channels > 1)
        {
            for (var c = 0; c < channels; c++) measures["explained_" + Labels[c]] = Explained(missed[c], aboutMean[c]);
        }

        measures["score"] = measures["explained_variance"];
        return measures;
    }

    /// <inheritdoc/>
    public PretextExamples Show(Device device)
    {
        using var _ = no_grad();

        // Of windows the second, soft tissue in the paper's order: there arteries, muscle and fat are all seen.
        var channel = Math.Min(1, Labels.Count - 1);
        var (n, area) = (config.Patch, config.Patch * config.Patch);
        var scale = (Mean: targetConstants.Mean[channel], Deviation: targetConstants.Deviation[channel]);
        var rows = new List<ExampleRow>();
        foreach (var batch in heldBack)
        {
            using var scope = NewDisposeScope();
            var guess = Guess(batch, device);
            float[] Values(Tensor of, int sample) => of[sample, Math.Min(channel, (int)of.shape[1] - 1), n / 2].cpu().contiguous().data<float>().ToArray();
            for (var sample = 0; sample < guess.Hidden.shape[0] && rows.Count < Examples; sample++)
            {
                var (truth, answer, hidden) = (Values(guess.Target, sample), Values(guess.Answer, sample), Values(guess.Hidden, sample));
                float[] Picture(Func<int, float> at) => [.. Enumerable.Range(0, area).Select(v => at(v) * scale.Deviation + scale.Mean)];
                rows.Add(new($"patch {rows.Count + 1}", n, [Picture(v => hidden[v] > 0 ? 0 : truth[v]), Picture(v => hidden[v] > 0 ? answer[v] : truth[v]), Picture(v => truth[v])]));
            }
        }

        var (low, high) = config.Mae.Target == MaeTarget.Hu ? (-200.0, 800.0) : config.Windows.Scale == WindowScale.ZeroOne ? (0.0, 1.0) : (-1.0, 1.0);
        var what = config.Mae.Target == MaeTarget.Hu ? "HU" : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"window {config.Windows.Windows[channel].Low:0} to {config.Windows.Windows[channel].High:0} HU");
        return new(
            $"Patches of patients that are never trained on, {what}: with {100 * config.Mae.Ratio:0} % of the blocks hidden (shown at the data set's mean), the hidden blocks as the network paints them among the visible ones, and the truth. A network that has learnt nothing paints every hidden block alike.",
            [new("hidden blocks", low, high), new("reconstruction", low, high), new("truth", low, high)], rows);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        network.Dispose();
        patches.Dispose();
    }

    private MaeBatch Cut(PlainPatches from, Seed seed, int[] samples, SpatialConfig? spatial)
    {
        var (voxels, grid) = (config.Patch * config.Patch * config.Patch, blocks * blocks * blocks);
        var batch = new MaeBatch(new float[samples.Length * voxels], new float[samples.Length * grid]);
        foreach (var (i, sample) in samples.Index())
        {
            var own = seed.Derive(sample);
            from.Cut(own, spatial).CopyTo(batch.Hu, i * voxels);
            HiddenBlocks.Draw(blocks, config.Mae.Ratio, own.Derive("blocks").Random()).CopyTo(batch.Visible, i * grid);
        }

        return batch;
    }

    /// <summary>What the network paints and what was there, both standardised [B, K, n, n, n], and where it could not see [B, 1, n, n, n].</summary>
    private (Tensor Answer, Tensor Target, Tensor Hidden) Guess(MaeBatch batch, Device device)
    {
        long n = config.Patch;
        var hu = tensor(batch.Hu, [batch.Hu.Length / (n * n * n), 1, n, n, n]).to(device);
        var seenBlocks = tensor(batch.Visible, [hu.shape[0], 1, blocks, blocks, blocks]).to(device);
        var seen = windows.Of(hu);                                          // [B, C, n, n, n]
        var visible = BlockMask.Enlarged(seenBlocks, n);                    // [B, 1, n, n, n]
        var hidden = One - visible;
        var target = config.Mae.Target == MaeTarget.Windows ? seen : hu.clamp(span.Low, span.High);
        target = (target - AChannel(targetConstants.Mean, device)) / AChannel(targetConstants.Deviation, device);
        var answer = network switch
        {
            SparkUNet sparse => sparse.forward(seen, seenBlocks),
            _ => ((ResUNet)network).forward((seen * visible).add(FillOf(device) * hidden, One)),
        };
        return (answer, target, hidden);
    }

    private Tensor FillOf(Device device) => config.Mae.Fill switch
    {
        MaeFill.ChannelMean => AChannel(seenConstants.Mean, device),
        MaeFill.LearnedToken => network.get_parameter(Token)!.view(1, -1, 1, 1, 1),
        _ => AChannel(new float[seenConstants.Mean.Length], device),
    };

    private float[] Windowed(float[] hu)
    {
        var channels = new float[config.Windows.Windows.Length * hu.Length];
        config.Windows.Apply(hu, channels);
        return channels;
    }

    private static Tensor AChannel(float[] values, Device device) => tensor(values, [1, values.Length, 1, 1, 1]).to(device);

    /// <summary>Adds the sum of squares over hidden voxels, channel by channel.</summary>
    private static void Add(double[] sums, Tensor difference, Tensor hidden)
    {
        var found = (difference * difference * hidden).sum([0, 2, 3, 4]).cpu().data<float>().ToArray();
        for (var c = 0; c < sums.Length; c++) sums[c] += found[c];
    }
}
