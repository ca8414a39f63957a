using System.Text.Json;
using System.Text.Json.Serialization;
using Cora.Imaging;
using Cora.Networks;

namespace Cora.Training;

/// <summary>What a checkpoint says of its model: enough to use the weights without the run that made them.</summary>
public sealed record ModelDescription
{
    /// <summary>What was learnt: <c>cora</c>, <c>mae</c>, …</summary>
    public required string Method { get; init; }

    /// <summary>Whether a network of this method has a decoder; those that answer for a whole crop or scan have none.</summary>
    [JsonIgnore]
    public bool HasDecoder => Method is not ("voco" or "plaque" or "mace");

    /// <summary>The architecture.</summary>
    public required ResUNetConfig Network { get; init; }

    /// <summary>How a volume-level classifier pools; null for networks that answer by the voxel.</summary>
    public PoolingConfig? Head { get; init; }

    /// <summary>Spacing x, y, z in millimetres at which the model sees volumes.</summary>
    public required IReadOnlyList<double> SpacingMm { get; init; }

    /// <summary>Patch side in voxels.</summary>
    public required int Patch { get; init; }

    /// <summary>CT normalisation of the one input channel; null for models that see HU windows.</summary>
    public CtNormalization? Normalization { get; init; }

    /// <summary>HU windows of the input channels as lowest and highest HU; empty where the input is normalised.</summary>
    public required IReadOnlyList<IReadOnlyList<double>> WindowsHu { get; init; }

    /// <summary>Values that the ends of a window become.</summary>
    public required IReadOnlyList<double> WindowRange { get; init; }

    /// <summary>Meaning of the output channels, in order.</summary>
    public required IReadOnlyList<string> Labels { get; init; }

    /// <summary>Content hash of the cohort that was trained on.</summary>
    public string? DataHash { get; init; }

    /// <summary>Whether only phantoms were seen.</summary>
    public bool PhantomOnly { get; init; }

    /// <summary>Root seed of the run.</summary>
    public long Seed { get; init; }

    /// <summary>Program version.</summary>
    public string Version { get; init; } = typeof(ModelDescription).Assembly.GetName().Version?.ToString(3) ?? "";

    /// <summary>How HU become the channels that the model sees.</summary>
    public IInputChannels Input() => Normalization is { } normalization
        ? new NormalizedChannel(normalization)
        : new WindowChannels(WindowsHu.Select(w => new HuWindow((float)w[0], (float)w[1])), WindowRange[0], WindowRange[1]);

    /// <summary>JSON of checkpoints: snake_case, enums as words.</summary>
    internal static JsonSerializerOptions Json { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        NewLine = "\n",
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };
}
