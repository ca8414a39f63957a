using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cora.Cohorts;

/// <summary>cohort.json: what the cohort is and how it was made.</summary>
public sealed record CohortDescription
{
    /// <summary>Version of this layout.</summary>
    public int FormatVersion { get; init; } = 1;

    /// <summary>Name of the cohort.</summary>
    public required string Name { get; init; }

    /// <summary>How it was made: <c>phantom</c>, <c>import</c>, <c>preprocess</c>.</summary>
    public required string MadeBy { get; init; }

    /// <summary>Whether the cases are digital phantoms and no patients; kept by everything that is made of the cohort.</summary>
    public bool IsPhantom { get; init; }

    /// <summary>Voxel spacing x, y, z in millimetres where all cases share one; null otherwise.</summary>
    public IReadOnlyList<double>? SpacingMm { get; init; }

    /// <summary>Meaning of mask values, by folder name, for example plaques: 1 = calcified.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> Labels { get; init; } = StandardLabels;

    /// <summary>Where the artery masks come from: <c>truth</c>, <c>segmenter:…</c>, or null when there are none.</summary>
    public string? ArteryOrigin { get; init; }

    /// <summary>Where the heart masks come from.</summary>
    public string? HeartOrigin { get; init; }

    /// <summary>Where the plaque labels of cases.csv come from, for example <c>reports:…</c>; null when their maker did not say.</summary>
    public string? LabelOrigin { get; init; }

    /// <summary>Program version that wrote the cohort.</summary>
    public string Version { get; init; } = typeof(CohortDescription).Assembly.GetName().Version?.ToString(3) ?? "";

    /// <summary>SHA-256 over the tables and every file they name, in table order; see <see cref="CohortFiles.ContentHash"/>.</summary>
    public string? ContentHash { get; init; }

    /// <summary>Settings with which the cohort was made, as far as its maker wants to tell.</summary>
    public JsonElement? Settings { get; init; }

    /// <summary>Meaning of the mask values in the standard layout.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> StandardLabels { get; } =
        new Dictionary<string, IReadOnlyDictionary<string, string>>
        {
            ["arteries"] = new Dictionary<string, string> { ["1"] = "coronary artery" },
            ["heart"] = new Dictionary<string, string> { ["1"] = "heart" },
            ["plaques"] = new Dictionary<string, string> { ["1"] = "calcified", ["2"] = "non-calcified" },
            ["stenoses"] = new Dictionary<string, string> { ["n"] = "lesion n of lesions.csv" },
        };

    /// <summary>JSON as all files of a cohort and a run have it: snake_case, indented, words for choices.</summary>
    public static JsonSerializerOptions Json { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        NewLine = "\n",
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };
}
