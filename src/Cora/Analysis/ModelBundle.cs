using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;

namespace Cora.Analysis;

/// <summary>
/// A model bundle, <c>.cora</c>: one zip of safetensors, settings, thresholds and a model card. Opening it checks everything before any weight is used: the zip may
/// come from anywhere. Its models are laid into a temporary folder as run folders, which is deleted at the end.
/// </summary>
public sealed class ModelBundle : IDisposable
{
    /// <summary>How bundles end.</summary>
    public const string Extension = ".cora";

    private const string ManifestFile = "manifest.json";
    private const int MostMembers = 64;
    private const long LargestManifest = 1 << 20;
    private static readonly string[] CardFiles = ["card.md", "card.json"];
    private static readonly string[] ModelFiles = ["experiment.toml", "scorecard.json", "checkpoints/last/checkpoint.json", "checkpoints/last/model.safetensors"];
    private readonly DirectoryInfo unpacked;

    private ModelBundle(string path, string sha256, BundleManifest manifest, DirectoryInfo unpacked)
    {
        (Path, Sha256, Manifest, this.unpacked) = (path, sha256, manifest, unpacked);
    }

    /// <summary>The bundle that comes with the program, trained on digital phantoms only; it may be missing in a build of one's own.</summary>
    public static string ShippedPath { get; } = System.IO.Path.Combine(AppContext.BaseDirectory, "models", "phantom" + Extension);

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Hash of the whole file, in hex: names the bundle in reports.</summary>
    public string Sha256 { get; }

    /// <summary>What it holds.</summary>
    public BundleManifest Manifest { get; }

    /// <summary>The model card in Markdown.</summary>
    public string Card => File.ReadAllText(System.IO.Path.Combine(unpacked.FullName, CardFiles[0]));

    /// <summary>Opens a bundle and checks it whole.</summary>
    /// <exception cref="CoraException">It is no bundle, of another layout, damaged, or holds something that it should not.</exception>
    public static ModelBundle Open(string path)
    {
        var folder = Directory.CreateTempSubdirectory("cora-bundle-");
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            var sha256 = Convert.ToHexStringLower(SHA256.HashData(stream));
            stream.Position = 0;
            using var zip = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true);
            var manifest = Check(path, zip, stream.Length);
            foreach (var member in manifest.Members) Unpack(path, zip, member, folder.FullName);
            return new(path, sha256, manifest, folder);
        }
        catch (Exception problem)
        {
            folder.Delete(recursive: true);
            throw problem switch
            {
                CoraException => problem,
                InvalidDataException => Refuse(path, $"it is no zip ({problem.Message})", problem),
                IOException or UnauthorizedAccessException => new CoraException($"{path} cannot be read: {problem.Message}", "Check the path and its permissions.", inner: problem),
                _ => new InvalidOperationException($"{path} could not be opened.", problem),
            };
        }
    }

    /// <summary>The model of a role as its manifest tells it; null when the bundle has none.</summary>
    public BundledModel? Find(BundleRole role) => Manifest.Models.FirstOrDefault(m => m.Role == role);

    /// <summary>The run folder of a role's model, for as long as the bundle is open.</summary>
    /// <exception cref="CoraException">The bundle has no such model.</exception>
    public string RunOf(BundleRole role) => Find(role) is null
        ? throw new CoraException($"{Path} holds no {BundleManifest.WordOf(role)} model.", "Take another bundle, or make one with it: `cora bundle`.")
        : System.IO.Path.Combine(unpacked.FullName, BundleManifest.FolderOf(role));

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Directory.Exists(unpacked.FullName)) unpacked.Delete(recursive: true);
    }

    /// <summary>Whether a member may stand in a bundle with these models; what is not known is refused, since nobody would look at it.</summary>
    internal static bool IsKnown(string member, IEnumerable<BundleRole> roles) =>
        CardFiles.Contains(member) || roles.Any(role => ModelFiles.Any(file => member == $"{BundleManifest.FolderOf(role)}/{file}"));

    private static BundleManifest Check(string path, ZipArchive zip, long fileLength)
    {
        var entries = zip.Entries;
        if (entries.Count > MostMembers) throw Refuse(path, $"it has {entries.Count} members, more than {MostMembers}");
        if (entries.GroupBy(e => e.FullName).FirstOrDefault(g => g.Count() > 1) is { } twice) throw Refuse(path, $"it holds {Shown(twice.Key)} twice");

        // Members are stored as they are, so that none can swell, and together they are no longer than the file.
        if (entries.FirstOrDefault(e => e.CompressedLength != e.Length) is { } packed) throw Refuse(path, $"its member {Shown(packed.FullName)} is packed; a bundle stores its members as they are");
        if (entries.Sum(e => e.Length) is var total && total > fileLength) throw Refuse(path, $"its members claim {total} bytes, the file has {fileLength}");
        var first = zip.GetEntry(ManifestFile) ?? throw Refuse(path, "it has no manifest.json");
        if (first.Length > LargestManifest) throw Refuse(path, $"its manifest has {first.Length} bytes");
        var manifest = Parse(path, Read(path, first));
        Judge(path, manifest);
        var known = manifest.Members.ToDictionary(m => m.Path);
        foreach (var entry in entries.Where(e => e.FullName != ManifestFile))
        {
            if (!known.TryGetValue(entry.FullName, out var member)) throw Refuse(path, $"it holds {Shown(entry.FullName)}, which its manifest does not name");
            if (member.Bytes != entry.Length) throw Refuse(path, $"its member {member.Path} has {entry.Length} bytes, expected {member.Bytes}");
        }

        return manifest;
    }

    private static BundleManifest Parse(string path, byte[] json)
    {
        try
        {
            return JsonSerializer.Deserialize<BundleManifest>(json, BundleManifest.Json) ?? throw new JsonException("it holds null");
        }
        catch (JsonException problem)
        {
            throw Refuse(path, $"its manifest cannot be read: {problem.Message}", problem);
        }
    }

    private static void Judge(string path, BundleManifest manifest)
    {
        if (manifest.Format != BundleManifest.FormatWord) throw Refuse(path, $"its manifest says {Shown(manifest.Format)}, expected {BundleManifest.FormatWord}");
        if (manifest.FormatVersion != 1) throw new CoraException($"{path} is of layout {manifest.FormatVersion}, this program reads 1.", "Use the program version that wrote it, or a newer one.");
        if (manifest.Models is null or { Count: 0 } || manifest.Members is null || manifest.Preprocessing is null) throw Refuse(path, "its manifest names no model, or no members");
        if (manifest.Models.GroupBy(m => m.Role).FirstOrDefault(g => g.Count() > 1) is { } twice) throw Refuse(path, $"it has two {BundleManifest.WordOf(twice.Key)} models");
        if (manifest.Members.GroupBy(m => m.Path).FirstOrDefault(g => g.Count() > 1) is { } again) throw Refuse(path, $"its manifest names {Shown(again.Key)} twice");
        if (manifest.Members.FirstOrDefault(m => !IsKnown(m.Path, manifest.Models.Select(r => r.Role))) is { } strange) throw Refuse(path, $"its manifest names {Shown(strange.Path)}, which no bundle has");
        foreach (var role in manifest.Models)
        {
            var weights = manifest.Members.FirstOrDefault(m => m.Path == $"{BundleManifest.FolderOf(role.Role)}/checkpoints/last/model.safetensors");
            if (weights?.Sha256 != role.WeightsSha256) throw Refuse(path, $"the weights of its {BundleManifest.WordOf(role.Role)} model are not those that its manifest names");
        }
    }

    private static void Unpack(string path, ZipArchive zip, BundleMember member, string folder)
    {
        var entry = zip.GetEntry(member.Path) ?? throw Refuse(path, $"its member {member.Path} is missing");
        var content = Read(path, entry);
        if (Convert.ToHexStringLower(SHA256.HashData(content)) != member.Sha256) throw Refuse(path, $"its member {member.Path} is not what its manifest says (another hash)");

        // The names are those of IsKnown, so none leads out of the folder.
        var to = System.IO.Path.Combine(folder, member.Path);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(to)!);
        File.WriteAllBytes(to, content);
    }

    /// <summary>A member's bytes: exactly as many as it claims, whatever its stream would give.</summary>
    private static byte[] Read(string path, ZipArchiveEntry entry)
    {
        var content = new byte[entry.Length];
        using var stream = entry.Open();
        if (stream.ReadAtLeast(content, content.Length, throwOnEndOfStream: false) != content.Length || stream.ReadByte() >= 0)
            throw Refuse(path, $"its member {Shown(entry.FullName)} does not have the {entry.Length} bytes that it claims");
        return content;
    }

    /// <summary>A name from outside, fit for a terminal.</summary>
    private static string Shown(string? name) => $"\"{string.Concat((name ?? "").Take(80).Select(c => char.IsControl(c) ? '?' : c))}\"";

    private static CoraException Refuse(string path, string why, Exception? inner = null) =>
        new($"{path} is no usable model bundle: {why}.", "Take the file again from where it comes from, or make it anew with `cora bundle`.", inner: inner);
}
