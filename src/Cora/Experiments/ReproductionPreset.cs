using Cora.Networks;
using Cora.Phantom;
using Cora.Training;

namespace Cora.Experiments;

/// <summary>How much of the paper's work is done at once: the sizes behind <c>cora reproduce --preset</c>.</summary>
public sealed record ReproductionPreset
{
    /// <summary>The word on the command line.</summary>
    public required string Name { get; init; }

    /// <summary>What it is for, and what it cannot show.</summary>
    public required string Purpose { get; init; }

    /// <summary>The digital cohort; null when the cohort is given.</summary>
    public PhantomConfig? Phantom { get; init; }

    /// <summary>The pretraining. Its cohort is set when it runs.</summary>
    public required PretrainExperiment Pretraining { get; init; }

    /// <summary>Patches in the preview of the lesion engine.</summary>
    public int PreviewPatches { get; init; } = 24;

    /// <summary>Test cases, of each test split, that get a response map.</summary>
    public int ResponseCases { get; init; } = 3;

    /// <summary>Seconds that a training step may take on two idle cores; for the forecast.</summary>
    public double SecondsAStep { get; init; }

    /// <summary>The presets, written out by hand.</summary>
    public static IReadOnlyList<ReproductionPreset> All { get; } = [Smoke, Laptop, Paper];

    /// <summary>A few minutes: shows that everything works together, and proves nothing about methods.</summary>
    private static ReproductionPreset Smoke => new()
    {
        Name = "smoke",
        Purpose = "some minutes: everything works together on a small digital cohort; it says nothing about which method is better",
        Phantom = new() { Cases = 64, Sites = 4, Seed = 2026 },
        Pretraining = Small with { Name = "smoke-pretrain-cora", Trainer = Small.Trainer with { Steps = 1600, ValidateEvery = 160, CheckpointEvery = 160, LogEvery = 20 } },
        SecondsAStep = 0.12,
    };

    /// <summary>The phantom benchmark of a laptop.</summary>
    private static ReproductionPreset Laptop => new()
    {
        Name = "laptop",
        Purpose = "a larger digital cohort and a longer pretraining, some tens of minutes",
        Phantom = new() { Cases = 376, Sites = 6, Seed = 2026 },
        Pretraining = Small with { Name = "laptop-pretrain-cora" },
        ResponseCases = 12,
        SecondsAStep = 0.12,
    };

    /// <summary>The paper's settings, for a real archive and a GPU.</summary>
    private static ReproductionPreset Paper => new()
    {
        Name = "paper",
        Purpose = "the paper's network and patches on a cohort of your own (--cohort); needs a GPU and days",
        Pretraining = new() { Name = "paper-pretrain-cora" },
        ResponseCases = 8,
        SecondsAStep = 1,
    };

    /// <summary>The settings that let soft lesions be learnt by a small network (docs/decisions/0011).</summary>
    private static PretrainExperiment Small => new()
    {
        Seed = 1,
        Data = new() { SpacingMm = [0.85], Patch = 24, Splits = ["pretrain", "train"] },
        Sampler = new() { RandomShare = 0.1 },
        Lesion = new() { Count = new(1, 1), Mix = 0.4, Prob = 0.9, Curriculum = 0.4 },
        Network = new() { Channels = [8, 16, 32, 64], Blocks = [1, 1, 1, 1], OutputBias = -2 },
        Loss = new() { Smooth = 1, EmptyWeight = 0.1, FocalReduction = FocalReduction.Positives },
        Trainer = new()
        {
            Steps = 2400, BatchSize = 6, Optimizer = OptimizerKind.Adamw, LearningRate = 2e-3, Schedule = ScheduleKind.OneCycle,
            WeightDecay = 1e-4, ClipNorm = 5, CheckpointEvery = 200, ValidateEvery = 200, LogEvery = 20,
        },
    };
}
