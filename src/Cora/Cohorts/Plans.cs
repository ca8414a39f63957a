using System.Collections.Immutable;
using Cora.Imaging;

namespace Cora.Cohorts;

/// <summary>The network of a plan: features and blocks of each encoder stage, finest first.</summary>
/// <param name="ClassName">Class that builds it, as nnU-Net names it.</param>
/// <param name="Features">Features of each stage.</param>
/// <param name="Blocks">Residual blocks, or convolutions, of each encoder stage.</param>
/// <param name="DecoderConvolutions">Convolutions of each decoder stage.</param>
/// <param name="HasConvolutionBias">Whether convolutions before a norm have a bias.</param>
public sealed record PlannedNetwork(string ClassName, ImmutableArray<int> Features, ImmutableArray<int> Blocks, ImmutableArray<int> DecoderConvolutions, bool HasConvolutionBias);

/// <summary>One configuration of a plan, for example <c>3d_fullres</c>. What a file leaves out is null.</summary>
public sealed record PlanConfiguration
{
    /// <summary>Patches a batch.</summary>
    public int? BatchSize { get; init; }

    /// <summary>Patch, x, y, z.</summary>
    public Size3? PatchSize { get; init; }

    /// <summary>Spacing to resample to, x, y, z in millimetres.</summary>
    public Vec3? SpacingMm { get; init; }

    /// <summary>Median size of the cases at that spacing, x, y, z.</summary>
    public Size3? MedianSize { get; init; }

    /// <summary>Normalisation of each channel: <c>CTNormalization</c>.</summary>
    public ImmutableArray<string> Normalization { get; init; } = [];

    /// <summary>Whether Dice counts the batch at once.</summary>
    public bool? BatchDice { get; init; }

    /// <summary>The network.</summary>
    public PlannedNetwork? Network { get; init; }
}

/// <summary>A plans.json: spacing, normalisation and network that a fingerprint asks for, in the words of nnU-Net v2 (ALGORITHMS 4.2).</summary>
public sealed record Plans
{
    // nnU-Net makes a configuration of lower resolution, and then a batch-wise Dice, where a patch is less than this share of the median scan.
    private const double LowResolutionShare = 0.25;

    /// <summary>The full-resolution 3D configuration, the one that is planned here.</summary>
    public const string FullResolution = "3d_fullres";

    /// <summary>Name of the dataset: <c>Dataset001_Coronaries</c>.</summary>
    public required string DatasetName { get; init; }

    /// <summary>Name of the plans.</summary>
    public string PlansName { get; init; } = "coraPlans";

    /// <summary>Median spacing of the training cases, x, y, z in millimetres; null when a file does not say.</summary>
    public Vec3? MedianSpacingMm { get; init; }

    /// <summary>Median size of the training cases, x, y, z; null when a file does not say.</summary>
    public Size3? MedianSize { get; init; }

    /// <summary>HU of the labelled voxels of the first channel; null when a file does not say.</summary>
    public ForegroundIntensity? Foreground { get; init; }

    /// <summary>Configurations by name.</summary>
    public IReadOnlyDictionary<string, PlanConfiguration> Configurations { get; init; } = new Dictionary<string, PlanConfiguration>();

    /// <summary>Plans for a network that is given: patch, batch and topology are not searched for.</summary>
    /// <param name="fingerprint">What was measured.</param>
    /// <param name="datasetName">Name of the dataset.</param>
    /// <param name="patch">Patch that is trained with, x, y, z.</param>
    /// <param name="batchSize">Patches a batch.</param>
    /// <param name="network">The network.</param>
    /// <param name="spacingMm">Spacing that the cases already have; null plans the fingerprint's own.</param>
    public static Plans Of(DatasetFingerprint fingerprint, string datasetName, Size3 patch, int batchSize, PlannedNetwork network, Vec3? spacingMm = null)
    {
        ArgumentNullException.ThrowIfNull(fingerprint);
        var spacing = spacingMm ?? fingerprint.TargetSpacingMm();
        var size = fingerprint.MedianSizeAt(spacing);
        return new()
        {
            DatasetName = datasetName,
            MedianSpacingMm = spacing,
            MedianSize = size,
            Foreground = fingerprint.Foreground,
            Configurations = new Dictionary<string, PlanConfiguration>
            {
                [FullResolution] = new()
                {
                    BatchSize = batchSize,
                    PatchSize = patch,
                    SpacingMm = spacing,
                    MedianSize = size,
                    Normalization = ["CTNormalization"],
                    BatchDice = (double)patch.Count / size.Count < LowResolutionShare,
                    Network = network,
                },
            },
        };
    }
}
