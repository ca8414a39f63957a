using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cora.Analysis;

/// <summary>What a model of a bundle is for.</summary>
public enum BundleRole
{
    /// <summary>Where the heart lies, on a coarse grid.</summary>
    Heart,

    /// <summary>Which voxels are coronary artery.</summary>
    Arteries,

    /// <summary>Abnormality response of a pretrained network, before any fine-tuning.</summary>
    Response,

    /// <summary>Which kinds of plaque the scan holds.</summary>
    Plaque,

    /// <summary>Where stenoses may be.</summary>
    Stenosis,
}

/// <summary>One file of a bundle.</summary>
/// <param name="Path">Its name within the zip.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Sha256">Hash of its content, in hex.</param>
public sealed record BundleMember(string Path, long Bytes, string Sha256);

/// <summary>One model of a bundle, told without opening its weights.</summary>
public sealed record BundledModel
{
    /// <summary>What it is for.</summary>
    public required BundleRole Role { get; init; }

    /// <summary>What was learnt, as its checkpoint says: <c>cora</c>, <c>arteries</c> …</summary>
    public required string Method { get; init; }

    /// <summary>Numbers in its weights.</summary>
    public required long Parameters { get; init; }

    /// <summary>The architecture in one line.</summary>
    public required string Network { get; init; }

    /// <summary>Spacing x, y, z in millimetres at which it sees volumes.</summary>
    public required IReadOnlyList<double> SpacingMm { get; init; }

    /// <summary>Patch side in voxels.</summary>
    public required int Patch { get; init; }

    /// <summary>Input windows as lowest and highest HU; empty where the input is one channel of normalised CT.</summary>
    public required IReadOnlyList<IReadOnlyList<double>> WindowsHu { get; init; }

    /// <summary>Meaning of the output channels.</summary>
    public required IReadOnlyList<string> Labels { get; init; }

    /// <summary>Probability above which a voxel or a scan counts; null where no threshold was chosen.</summary>
    public double? Threshold { get; init; }

    /// <summary>Whether it has seen digital phantoms only.</summary>
    public required bool PhantomOnly { get; init; }

    /// <summary>Hash of its weights.</summary>
    public required string WeightsSha256 { get; init; }
}

/// <summary>What is done to a scan before a model sees it.</summary>
/// <param name="SpacingMm">The spacing that all models but the heart's share, x, y, z.</param>
/// <param name="ClipHu">HU outside are clipped first.</param>
/// <param name="HeartMarginMm">Room that is kept round the heart on each side.</param>
/// <param name="Interpolation">How HU are interpolated.</param>
public sealed record BundlePreprocessing(IReadOnlyList<double> SpacingMm, IReadOnlyList<int> ClipHu, double HeartMarginMm, string Interpolation);

/// <summary>manifest.json: the first member of a bundle. Nothing that it does not name may be in the file.</summary>
public sealed record BundleManifest
{
    /// <summary>The word that tells a bundle from other zips.</summary>
    public const string FormatWord = "cora-bundle";

    /// <summary><see cref="FormatWord"/>.</summary>
    public string Format { get; init; } = FormatWord;

    /// <summary>Version of this layout.</summary>
    public int FormatVersion { get; init; } = 1;

    /// <summary>Name of the bundle.</summary>
    public required string Name { get; init; }

    /// <summary>Program version that made it.</summary>
    public required string Version { get; init; }

    /// <summary>Whether every model has seen digital phantoms only.</summary>
    public required bool PhantomOnly { get; init; }

    /// <summary>What is done to a scan.</summary>
    public required BundlePreprocessing Preprocessing { get; init; }

    /// <summary>The models, in the order of <see cref="BundleRole"/>.</summary>
    public required IReadOnlyList<BundledModel> Models { get; init; }

    /// <summary>Every other member.</summary>
    public required IReadOnlyList<BundleMember> Members { get; init; }

    /// <summary>What to keep in mind.</summary>
    public required string Notice { get; init; }

    /// <summary>JSON of a bundle's members: snake_case, enums as words, unknown keys refused.</summary>
    internal static JsonSerializerOptions Json { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        NewLine = "\n",
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
    };

    /// <summary>The folder of a role's model within the bundle.</summary>
    public static string FolderOf(BundleRole role) => "models/" + WordOf(role);

    /// <summary>A role as files and options write it.</summary>
    public static string WordOf(BundleRole role) => JsonNamingPolicy.SnakeCaseLower.ConvertName(role.ToString());
}
