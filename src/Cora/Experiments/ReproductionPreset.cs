using System.Collections.Immutable;
using Cora.Phantom;
using Cora.Training;

namespace Cora.Experiments;

/// <summary>The highest learning rate of each pretraining method. 0 keeps the harness's. How each was chosen: decisions 0015, 0016.</summary>
public sealed record MethodRates : ISettings
{
    /// <summary>CORA.</summary>
    public double Cora { get; init; }

    /// <summary>Masked autoencoder.</summary>
    public double Mae { get; init; }

    /// <summary>VolumeFusion.</summary>
    public double Volumefusion { get; init; }

    /// <summary>VoCo.</summary>
    public double Voco { get; init; }

    /// <summary>The rate of a method; 0 = the harness's.</summary>
    public double Of(PretrainMethod method) => method switch
    {
        PretrainMethod.Cora => Cora, PretrainMethod.Mae => Mae, PretrainMethod.Volumefusion => Volumefusion, _ => Voco,
    };

    /// <inheritdoc/>
    public IEnumerable<Problem> Check()
    {
        foreach (var method in Enum.GetValues<PretrainMethod>())
            if (!(Of(method) >= 0)) yield return new(method.ToString(), Of(method), "0 (the harness's) or more");
    }
}

/// <summary>Who says how VoCo's weights are changed.</summary>
public enum VoCoTrainer
{
    /// <summary>The harness of every method, with VoCo's rate.</summary>
    Harness,

    /// <summary>VoCo's authors, in as many steps as every method has: AdamW at 1e-4 with a decay of 0.01, a warm-up over a fiftieth of the steps (their 5 000 of 250 000), a cosine, no clipping (decision 0016).</summary>
    Authors,
}

/// <summary>VoCo's place in the harness. It cuts a volume into many crops, so patch and batch of the harness become smaller crops of fewer volumes with as many voxels.</summary>
public sealed record VoCoShape : ISettings
{
    /// <summary>Voxels a side of a crop; 0 = the harness's patch.</summary>
    public int Patch { get; init; }

    /// <summary>Volumes a step; 0 = the harness's batch.</summary>
    public int Volumes { get; init; }

    /// <summary>Who says how its weights are changed.</summary>
    public VoCoTrainer Trainer { get; init; }

    /// <summary>The training of VoCo within a harness.</summary>
    public TrainerConfig Of(TrainerConfig harness)
    {
        const int AuthorsStepsAWarmupStep = 50;
        ArgumentNullException.ThrowIfNull(harness);
        var own = Volumes > 0 ? harness with { BatchSize = Volumes } : harness;
        return Trainer == VoCoTrainer.Harness ? own : own with
        {
            Optimizer = OptimizerKind.Adamw, LearningRate = 1e-4, WeightDecay = 0.01, WarmupSteps = harness.Steps / AuthorsStepsAWarmupStep, Schedule = ScheduleKind.Cosine, ClipNorm = 0,
        };
    }

    /// <inheritdoc/>
    public IEnumerable<Problem> Check()
    {
        if (Patch < 0) yield return new("patch", Patch, "0 or more");
        if (Volumes < 0) yield return new("volumes", Volumes, "0 or more");
    }
}

/// <summary>
/// The clinical tasks of a reproduction. Weights, seed, network and windows are set by the plan, alike for every starting point; a task that names a cohort of its own
/// (the paper's arteries are ImageCAS, not the hospital's) is trained and tested there.
/// </summary>
public sealed record ReproductionTasks : ISettings
{
    /// <summary>Plaque characterisation, all weights trained.</summary>
    public FinetuneExperiment Plaque { get; init; } = new();

    /// <summary>Plaque characterisation by a linear probe of frozen features.</summary>
    public FinetuneExperiment PlaqueProbe { get; init; } = new();

    /// <summary>Plaque characterisation with the paper's head.</summary>
    public FinetuneExperiment PlaquePaper { get; init; } = new();

    /// <summary>Plaque characterisation, pooled within the arteries.</summary>
    public FinetuneExperiment PlaqueArteries { get; init; } = new();

    /// <summary>Stenosis detection.</summary>
    public FinetuneExperiment Stenosis { get; init; } = new();

    /// <summary>Artery segmentation.</summary>
    public FinetuneExperiment Arteries { get; init; } = new();

    /// <summary>MACE risk.</summary>
    public FinetuneExperiment Mace { get; init; } = new();

    /// <summary>The tasks by their words, in the order of the paper.</summary>
    public static IReadOnlyList<string> Words { get; } = ["plaque", "plaque_probe", "plaque_paper", "plaque_arteries", "stenosis", "arteries", "mace"];

    /// <summary>The experiment of a task.</summary>
    public FinetuneExperiment Of(string word) => word switch
    {
        "plaque" => Plaque with { Task = FinetuneTask.Plaque },
        "plaque_probe" => PlaqueProbe with { Task = FinetuneTask.Plaque },
        "plaque_paper" => PlaquePaper with { Task = FinetuneTask.Plaque },
        "plaque_arteries" => PlaqueArteries with { Task = FinetuneTask.Plaque },
        "stenosis" => Stenosis with { Task = FinetuneTask.Stenosis },
        "arteries" => Arteries with { Task = FinetuneTask.Arteries },
        "mace" => Mace with { Task = FinetuneTask.Mace },
        _ => throw new ArgumentException($"There is no task {word}.", nameof(word)),
    };

    /// <inheritdoc/>
    public IEnumerable<Problem> Check() => [];
}

/// <summary>How much of the paper's work is done at once: a TOML file that can be copied and changed. Those that come with the program stand in experiments/reproduce.</summary>
public sealed record ReproductionPreset : ISettings
{
    /// <summary>The word on the command line.</summary>
    public string Name { get; init; } = "mine";

    /// <summary>What it is for, and what it cannot show.</summary>
    public string Purpose { get; init; } = "";

    /// <summary>Whether a digital cohort is made where none is given.</summary>
    public bool MakesPhantom { get; init; } = true;

    /// <summary>The digital cohort.</summary>
    public PhantomConfig Phantom { get; init; } = new();

    /// <summary>Pretraining methods, the first of which the others are compared with.</summary>
    public ImmutableArray<string> Methods { get; init; } = ["cora", "mae", "volumefusion", "voco"];

    /// <summary>The pretraining, one harness for every method: data, patches, windows, network, steps; and each method's own settings.</summary>
    public PretrainExperiment Pretrain { get; init; } = new();

    /// <summary>The highest learning rate of each method.</summary>
    public MethodRates Rates { get; init; } = new();

    /// <summary>Crops, volumes and optimizer of VoCo's steps.</summary>
    public VoCoShape Voco { get; init; } = new();

    /// <summary>Clinical tasks that are trained, from random weights and from each method's.</summary>
    public ImmutableArray<string> Run { get; init; } = [.. ReproductionTasks.Words];

    /// <summary>Settings of the clinical tasks.</summary>
    public ReproductionTasks Tasks { get; init; } = new();

    /// <summary>Root seeds of the clinical trainings; each starting point is trained with each. A linear probe of given weights is solved and not drawn: it takes the first only, and all on random weights.</summary>
    public ImmutableArray<long> Seeds { get; init; } = [1, 2, 3];

    /// <summary>Training cases of the data-efficiency series (Fig. 4b; the paper's 50 to 800); empty = none.</summary>
    public ImmutableArray<int> ArteryCases { get; init; } = [];

    /// <summary>Starting points of that series.</summary>
    public ImmutableArray<string> ArteryStarts { get; init; } = ["cora", "scratch"];

    /// <summary>Seeds of that series; within a seed the smaller sets of cases are part of the larger ones.</summary>
    public ImmutableArray<long> ArterySeeds { get; init; } = [1, 2, 3];

    /// <summary>Patches in the preview of the lesion engine.</summary>
    public int PreviewPatches { get; init; } = 24;

    /// <summary>Test cases, of each test split, that get a response map.</summary>
    public int ResponseCases { get; init; } = 3;

    /// <summary>The presets that come with the program.</summary>
    public static IReadOnlyList<string> Names { get; } = ["smoke", "laptop", "laptop-subtle", "paper", "paper-literal"];

    /// <summary>Starting points: random weights, called scratch, and the methods.</summary>
    public IEnumerable<string> Starts => Methods.Take(1).Append(Scratch).Concat(Methods.Skip(1));

    /// <summary>The word of random weights.</summary>
    public const string Scratch = "scratch";

    /// <summary>A preset by its name or its file.</summary>
    /// <exception cref="CoraException">There is no such preset, or its settings do not fit (exit code 2).</exception>
    public static ReproductionPreset Load(string nameOrPath, IReadOnlyList<string>? overrides = null)
    {
        ArgumentNullException.ThrowIfNull(nameOrPath);
        if (!Names.Contains(nameOrPath))
        {
            return File.Exists(nameOrPath)
                ? ExperimentFile.Load<ReproductionPreset>(nameOrPath, overrides)
                : throw new CoraException($"There is no preset {nameOrPath}, and no such file.", $"Give one of {string.Join(", ", Names)}, or a TOML file like those in experiments/reproduce.", ExitCode.Usage);
        }

        return ExperimentFile.Parse<ReproductionPreset>(TextOf(nameOrPath), $"preset {nameOrPath}", overrides);
    }

    /// <summary>The file of a preset that comes with the program.</summary>
    public static string TextOf(string name)
    {
        using var stream = typeof(ReproductionPreset).Assembly.GetManifestResourceStream($"reproduce/{name}.toml")
            ?? throw new ArgumentException($"There is no preset {name}.", nameof(name));
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    /// <summary>The pretraining of a method. Everything but its rate and its own settings (of VoCo, which differs most: <see cref="VoCoShape"/>) is the harness's; a bias of the output belongs to CORA's sigmoid.</summary>
    public PretrainExperiment PretrainingOf(string method)
    {
        var word = Enum.GetValues<PretrainMethod>().First(m => SettingsTree.KeyOf(m.ToString()) == method);
        var rate = Rates.Of(word);
        var isVoco = word == PretrainMethod.Voco;
        var trainer = isVoco ? Voco.Of(Pretrain.Trainer) : Pretrain.Trainer;
        return Pretrain with
        {
            Data = isVoco && Voco.Patch > 0 ? Pretrain.Data with { Patch = Voco.Patch } : Pretrain.Data,
            Name = $"{Name}-pretrain-{method}",
            Method = word,
            Network = word == PretrainMethod.Cora ? Pretrain.Network : Pretrain.Network with { OutputBias = 0 },
            Trainer = rate > 0 ? trainer with { LearningRate = rate } : trainer,
        };
    }

    /// <summary>The training of a task; network and windows are those of the pretraining, from scratch too.</summary>
    public FinetuneExperiment TaskOf(string task, string start, long seed)
    {
        var settings = Tasks.Of(task);
        return settings with
        {
            Name = $"{Name}-{task}-{start}-{seed}",
            Seed = seed,
            Network = Pretrain.Network with { OutputBias = settings.Network.OutputBias },
            Windows = Pretrain.Windows,
        };
    }

    /// <summary>The cohorts that tasks name for themselves, by the task's word.</summary>
    public IEnumerable<(string Task, string Cohort)> OwnCohorts => Run.Union(ArteryCases.Length > 0 ? ["arteries"] : []).Select(task => (task, Cohort: Tasks.Of(task).Cohort ?? "")).Where(own => own.Cohort.Length > 0);

    /// <summary>The seeds that a task is trained with from a starting point. A linear probe is solved, not drawn: on given weights it takes the first; random weights are drawn anew with each.</summary>
    public IEnumerable<long> SeedsOf(string task, string start) =>
        start != Scratch && Tasks.Of(task) is { Task: FinetuneTask.Plaque, Plaque.Mode: Cora.Tasks.FinetuneMode.LinearProbe } ? Seeds.Take(1) : Seeds;

    /// <summary>Whether a training of the data-efficiency series is one of the task itself, and not made twice.</summary>
    public bool IsMainComparison(int cases, string start, long seed) => cases == Tasks.Arteries.Cases && Run.Contains("arteries") && Starts.Contains(start) && Seeds.Contains(seed);

    /// <inheritdoc/>
    public IEnumerable<Problem> Check()
    {
        var methods = Enum.GetValues<PretrainMethod>().Select(m => SettingsTree.KeyOf(m.ToString())).ToArray();
        string[] starts = [Scratch, .. methods];
        if (Name.Length == 0 || Name.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_'))) yield return new("name", Name, "letters, digits, - and _");
        if (Methods.IsDefaultOrEmpty || Methods.Any(m => !methods.Contains(m)) || Methods.Distinct().Count() < Methods.Length) yield return new("methods", Methods, $"some of {string.Join(", ", methods)}, each once");
        if (Run.IsDefault || Run.Any(t => !ReproductionTasks.Words.Contains(t)) || Run.Distinct().Count() < Run.Length) yield return new("run", Run, $"some of {string.Join(", ", ReproductionTasks.Words)}, each once");
        if (Seeds.IsDefaultOrEmpty || Seeds.Distinct().Count() < Seeds.Length) yield return new("seeds", Seeds, "one or more, each once");
        if (ArterySeeds.IsDefault || ArterySeeds.Distinct().Count() < ArterySeeds.Length) yield return new("artery_seeds", ArterySeeds, "seeds, each once");
        if (ArteryCases.Any(n => n < 2)) yield return new("artery_cases", ArteryCases, "numbers of training cases, 2 or more");
        if (ArteryStarts.Any(s => !starts.Contains(s))) yield return new("artery_starts", ArteryStarts, $"some of {string.Join(", ", starts)}");
        if (PreviewPatches < 1) yield return new("preview_patches", PreviewPatches, "1 or more");
        if (ResponseCases < 0) yield return new("response_cases", ResponseCases, "0 or more");
    }
}
