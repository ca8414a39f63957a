using System.Collections.Immutable;
using Cora.Cohorts;
using Cora.Imaging;
using Cora.Networks;
using Cora.Pretraining;
using Cora.Synthesis;
using Cora.Training;

namespace Cora.Experiments;

/// <summary>How a network is pretrained. The words are those of <c>--method</c>.</summary>
public enum PretrainMethod
{
    /// <summary>Finding synthetic plaques: the paper's method.</summary>
    Cora,

    /// <summary>Masked autoencoding: hidden blocks are painted from the rest.</summary>
    Mae,

    /// <summary>VolumeFusion: the share of one patch mixed into another is told for each voxel.</summary>
    Volumefusion,

    /// <summary>VoCo: which part of a volume a crop comes from.</summary>
    Voco,
}

/// <summary>Which volumes are learnt from, and how large a piece is seen at once.</summary>
public sealed record DataConfig : ISettings
{
    /// <summary>Voxel spacing in millimetres, one number or three (x, y, z). The paper prints 0.5 x 0.5 x 5; docs/decisions says why 0.5.</summary>
    public ImmutableArray<double> SpacingMm { get; init; } = [0.5];

    /// <summary>Voxels a side of a patch. The paper prints 64 and 96; Table S1 has 96.</summary>
    public int Patch { get; init; } = 96;

    /// <summary>Splits of the cohort that are learnt from. Test cases are left out by default; the paper pretrains on all.</summary>
    public ImmutableArray<string> Splits { get; init; } = ["pretrain"];

    /// <summary>The spacing along x, y, z in millimetres.</summary>
    public Vec3 Spacing => SpacingMm.Length == 1 ? new(SpacingMm[0], SpacingMm[0], SpacingMm[0]) : new(SpacingMm[0], SpacingMm[1], SpacingMm[2]);

    /// <inheritdoc/>
    public IEnumerable<Problem> Check()
    {
        if (SpacingMm.IsDefault || SpacingMm.Length is not (1 or 3) || SpacingMm.Any(s => !(s is > 0 and <= 10)))
            yield return new("spacing_mm", SpacingMm, "one number or three, above 0 and up to 10 mm");
        if (Patch is not (>= 8 and <= 512)) yield return new("patch", Patch, "8 to 512 voxels");
        var words = Enum.GetValues<Split>().Select(CohortFiles.WordOf).Where(w => w.Length > 0).ToList();
        if (Splits.IsDefaultOrEmpty || Splits.Any(s => !words.Contains(s))) yield return new("splits", Splits, $"some of {string.Join(", ", words)}");
    }
}

/// <summary>One pretraining, whole: the tree of an experiment file. Defaults are the paper's values where it gives them.</summary>
public sealed record PretrainExperiment : ISettings
{
    /// <summary>Name of the experiment, for reports.</summary>
    public string Name { get; init; } = "pretrain-cora";

    /// <summary>How the network is pretrained.</summary>
    public PretrainMethod Method { get; init; } = PretrainMethod.Cora;

    /// <summary>Folder of the cohort, relative to where the command is called.</summary>
    public string? Cohort { get; init; }

    /// <summary>Root of all chance.</summary>
    public long Seed { get; init; } = 2026;

    /// <summary>Where torch computes: auto, cpu, cuda, cuda:N or mps.</summary>
    public string Device { get; init; } = "auto";

    /// <summary>Threads that torch computes with; 0 takes every core.</summary>
    public int Threads { get; init; }

    /// <summary>Which volumes are learnt from, and how large a piece is seen at once.</summary>
    public DataConfig Data { get; init; } = new();

    /// <summary>Where patches are cut.</summary>
    public SamplerConfig Sampler { get; init; } = new();

    /// <summary>Which lesions are painted into them, and how.</summary>
    public LesionConfig Lesion { get; init; } = new();

    /// <summary>How patches are turned, zoomed and mirrored.</summary>
    public AugmentationConfig Augmentation { get; init; } = new();

    /// <summary>CT noise that is added.</summary>
    public NoiseConfig Noise { get; init; } = new();

    /// <summary>HU windows, the network's input channels.</summary>
    public WindowsConfig Windows { get; init; } = new();

    /// <summary>The network.</summary>
    public ResUNetConfig Network { get; init; } = new();

    /// <summary>The loss.</summary>
    public LossConfig Loss { get; init; } = new();

    /// <summary>Masked autoencoding; read with method = "mae" alone.</summary>
    public MaeConfig Mae { get; init; } = new();

    /// <summary>VolumeFusion; read with method = "volumefusion" alone.</summary>
    public VolumeFusionConfig VolumeFusion { get; init; } = new();

    /// <summary>VoCo's crops, projector and losses; of no meaning to other methods.</summary>
    public VoCoConfig Voco { get; init; } = new();

    /// <summary>Steps, batches, optimizer, checkpoints.</summary>
    public TrainerConfig Trainer { get; init; } = new();

    /// <summary>The network with as many outputs as the method needs; CORA's are those of the settings.</summary>
    public ResUNetConfig MethodNetwork => Method switch
    {
        PretrainMethod.Mae => Network with { OutChannels = MaePretextConfig.Outputs(Mae, Windows) },
        PretrainMethod.Volumefusion => Network with { OutChannels = VolumeFusion.Levels + 1 },
        _ => Network,
    };

    /// <summary>Crops that one step sees; <c>data.patch</c> is the side of each.</summary>
    public long PatchesAStep => (long)Trainer.BatchSize * Trainer.MicroBatches * (Method == PretrainMethod.Voco ? Voco.CropsAVolume : 1);

    /// <inheritdoc/>
    public IEnumerable<Problem> Check()
    {
        IEnumerable<Problem> own = Method switch
        {
            PretrainMethod.Mae => Mae.CheckAgainst(Data.Patch, Network),
            PretrainMethod.Volumefusion => VolumeFusion.CheckAgainst(Data.Patch),
            _ => [],
        };
        foreach (var problem in own) yield return problem;
        if (Method == PretrainMethod.Voco && !Voco.Check().Any() && !Data.Check().Any() && Voco.ShrinkOf(Data.Spacing) is null)
            yield return new("voco.spacing_mm", Voco.SpacingMm, $"0, or a multiple of data.spacing_mm ({Data.Spacing})");
        if (Threads is not (>= 0 and <= 1024)) yield return new("threads", Threads, "0 to 1024");
        if (!Network.Check().Any() && Data.Patch % Network.Divisor != 0) yield return new("data.patch", Data.Patch, $"a multiple of {Network.Divisor}, since the network halves it {Network.Channels.Length - 1} times");
        if (!Windows.Check().Any() && Network.InChannels != Windows.Windows.Length) yield return new("network.in_channels", Network.InChannels, $"{Windows.Windows.Length}, one a window");
    }
}
