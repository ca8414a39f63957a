using Cora.Imaging;
using Cora.Inference;
using Cora.Language;
using Cora.Networks;
using Cora.Synthesis;
using Cora.Tasks;
using Cora.Training;

namespace Cora.Experiments;

/// <summary>What is learnt from labels. The words are those of <c>--task</c>.</summary>
public enum FinetuneTask
{
    /// <summary>Which kinds of plaque a scan holds.</summary>
    Plaque,

    /// <summary>Where stenoses are.</summary>
    Stenosis,

    /// <summary>Which voxels are coronary artery.</summary>
    Arteries,

    /// <summary>How likely a major adverse cardiac event within 30 days is.</summary>
    Mace,

    /// <summary>Where the heart lies, on a coarse grid.</summary>
    Heart,
}

/// <summary>How intervals are made.</summary>
public sealed record StatisticsConfig : ISettings
{
    /// <summary>Bootstrap resamples behind each interval (the paper's 500).</summary>
    public int Resamples { get; init; } = Evaluation.Resamples.Standard;

    /// <inheritdoc/>
    public IEnumerable<Problem> Check()
    {
        if (Resamples is not (>= 2 and <= 100_000)) yield return new("resamples", Resamples, "2 to 100 000");
    }
}

/// <summary>One fine-tuning, whole: the tree of an experiment file. The paper gives no rates; defaults are those of ALGORITHMS 0.3.</summary>
public sealed record FinetuneExperiment : ISettings
{
    /// <summary>Name of the experiment, for reports.</summary>
    public string Name { get; init; } = "finetune";

    /// <summary>What is learnt.</summary>
    public FinetuneTask Task { get; init; } = FinetuneTask.Plaque;

    /// <summary>Folder of the cohort, relative to where the command is called.</summary>
    public string? Cohort { get; init; }

    /// <summary>A pretraining run whose encoder is taken over; nothing begins from scratch.</summary>
    public string? Weights { get; init; }

    /// <summary>Number of labelled training cases, a nested series: the first of one shuffled order. 0 = all.</summary>
    public int Cases { get; init; }

    /// <summary>Root of all chance.</summary>
    public long Seed { get; init; } = 2026;

    /// <summary>Where torch computes: auto, cpu, cuda, cuda:N or mps.</summary>
    public string Device { get; init; } = "auto";

    /// <summary>Threads that torch computes with; 0 takes every core.</summary>
    public int Threads { get; init; }

    /// <summary>Plaque characterisation.</summary>
    public PlaqueConfig Plaque { get; init; } = new();

    /// <summary>Stenosis detection.</summary>
    public StenosisConfig Stenosis { get; init; } = new();

    /// <summary>Artery segmentation.</summary>
    public ArteriesConfig Arteries { get; init; } = new();

    /// <summary>MACE risk.</summary>
    public MaceConfig Mace { get; init; } = new();

    /// <summary>The heart localiser.</summary>
    public HeartConfig Heart { get; init; } = new();

    /// <summary>The frozen text encoder of MACE risk.</summary>
    public TextConfig Text { get; init; } = new();

    /// <summary>Patches of stenosis detection and artery segmentation.</summary>
    public PatchConfig Data { get; init; } = new();

    /// <summary>How these patches are turned, zoomed and flipped.</summary>
    public AugmentationConfig Augmentation { get; init; } = new();

    /// <summary>Tversky and focal loss of stenosis detection.</summary>
    public LossConfig Loss { get; init; } = new();

    /// <summary>How the trained network is led over scans.</summary>
    public SlidingWindowConfig Inference { get; init; } = new();

    /// <summary>HU windows; those of the weights are taken where weights are given.</summary>
    public WindowsConfig Windows { get; init; } = new();

    /// <summary>The network; that of the weights is taken where weights are given.</summary>
    public ResUNetConfig Network { get; init; } = new();

    /// <summary>Steps, batches, optimizer, checkpoints.</summary>
    public TrainerConfig Trainer { get; init; } = new() { Steps = 20_000, Optimizer = OptimizerKind.Adamw, LearningRate = 1e-4, WeightDecay = 1e-2, Schedule = ScheduleKind.Cosine, ValidateEvery = 500 };

    /// <summary>How intervals are made.</summary>
    public StatisticsConfig Statistics { get; init; } = new();

    /// <summary>Whether a frozen encoder sees every scan once, and what it sees is kept: a linear probe, or MACE risk without training of the encoder.</summary>
    public bool SeesScansOnce => Task == FinetuneTask.Plaque ? Plaque.Mode == FinetuneMode.LinearProbe : Task == FinetuneTask.Mace && Mace.Mode == FinetuneMode.Frozen;

    /// <inheritdoc/>
    public IEnumerable<Problem> Check()
    {
        if (Cases < 0) yield return new("cases", Cases, "0 or more");
        if (Threads is not (>= 0 and <= 1024)) yield return new("threads", Threads, "0 to 1024");
    }
}
