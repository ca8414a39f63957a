using System.Security.Cryptography;
using System.Text;
using Cora.Cohorts;

namespace Cora.Ingest;

/// <summary>Where the files of loose volumes lie. Empty = look in the usual places: folders of that name, or files named CASE_arteries and so on beside the scan.</summary>
public sealed record NiftiPlaces
{
    /// <summary>Folder of the scans; empty takes <c>images</c> in the archive, or the archive itself.</summary>
    public string Images { get; init; } = "";

    /// <summary>Folder of artery masks.</summary>
    public string Arteries { get; init; } = "";

    /// <summary>Folder of heart masks: files, or a segmenter's folder a case.</summary>
    public string Heart { get; init; } = "";

    /// <summary>Folder of plaque labels.</summary>
    public string Plaques { get; init; } = "";

    /// <summary>Folder of stenosis labels.</summary>
    public string Stenoses { get; init; } = "";

    /// <summary>Folder of reports, CASE.txt.</summary>
    public string Reports { get; init; } = "";

    /// <summary>Table with case_id (a file name without its ending) and any of patient_id, site, split; empty = every case is a patient of its own.</summary>
    public string Table { get; init; } = "";

    /// <summary>Site of all cases that the table gives none.</summary>
    public string Site { get; init; } = "";

    /// <summary>Split of all cases that the table gives none.</summary>
    public Split Split { get; init; }

    /// <summary>File with a secret of 16 bytes or more: names become pseudonyms made with it, the same for the same name. Empty keeps the names.</summary>
    public string SaltFile { get; init; } = "";
}

/// <summary>A folder of volumes (NIfTI, NRRD, MetaImage), masks matched by name.</summary>
public static class NiftiArchive
{
    private const int LeastSaltBytes = 16;
    private static readonly string[] Kinds = ["arteries", "heart", "plaques", "stenoses"];

    /// <summary>Looks through names; nothing is opened but the table.</summary>
    /// <exception cref="CoraException">A folder is not there, the table is wrong, or the salt is too short.</exception>
    public static Archive Find(string folder, NiftiPlaces places)
    {
        ArgumentNullException.ThrowIfNull(places);
        var salt = SaltOf(places.SaltFile);
        var rooms = Kinds.ToDictionary(kind => kind, kind => Room(folder, kind, kind switch { "arteries" => places.Arteries, "heart" => places.Heart, "plaques" => places.Plaques, _ => places.Stenoses }));
        var reports = Room(folder, "reports", places.Reports);
        var images = places.Images.Length > 0 ? places.Images : Directory.Exists(Path.Combine(folder, "images")) ? Path.Combine(folder, "images") : folder;
        var masks = rooms.Values.OfType<string>().Select(r => Path.GetFullPath(r) + Path.DirectorySeparatorChar).ToArray();
        var scans = VolumeNames.Under(images).Where(path => !masks.Any(m => Path.GetFullPath(path).StartsWith(m, StringComparison.Ordinal))).ToList();
        var stems = scans.Select(s => VolumeNames.StemOf(s)!).ToHashSet();
        scans.RemoveAll(path => IsMaskOfAnother(VolumeNames.StemOf(path)!, stems));
        var rows = places.Table.Length > 0 ? NiftiTable.Read(places.Table, scans.Select(s => VolumeNames.StemOf(s)!)) : null;
        var cases = scans.Select(scan => CaseOf(scan, rooms, reports, places, rows, salt)).ToList();
        var warnings = new List<string>();
        if (salt is null) warnings.Add("Cases are named as their files are; where these names hold numbers or names of patients, give --salt-file and begin anew.");
        if (rows is null) warnings.Add("Every scan is taken as a patient of its own; where patients have several, name them with --table, or they may stand in two splits.");
        if (cases.Any(c => c.Report is not null)) warnings.Add("Reports are taken as they are, but for a search for labelled identifiers; they must be de-identified already.");
        return new("nifti", cases, warnings) { AreNamesSecret = salt is not null };
    }

    /// <summary>A pseudonym: 16 hex digits of a keyed hash, the same for the same name and salt.</summary>
    internal static string Pseudonym(byte[] salt, string name) => "s" + Convert.ToHexStringLower(HMACSHA256.HashData(salt, Encoding.UTF8.GetBytes(name)))[..16];

    private static FoundCase CaseOf(
        string scan, Dictionary<string, string?> rooms, string? reports, NiftiPlaces places, IReadOnlyDictionary<string, NiftiTableRow>? rows, byte[]? salt)
    {
        var stem = VolumeNames.StemOf(scan)!;
        var row = rows?.GetValueOrDefault(stem);
        var found = new FoundCase
        {
            CaseId = Named(stem),
            PatientId = Named(row?.PatientId ?? stem),
            Site = row?.Site ?? places.Site,
            Split = row?.Split ?? places.Split,
            Image = scan,
        };
        try
        {
            var report = reports is null ? null : Path.Combine(reports, stem + ".txt");
            return found with
            {
                Arteries = MaskOf(scan, stem, "arteries", rooms["arteries"]), Heart = MaskOf(scan, stem, "heart", rooms["heart"]),
                Plaques = MaskOf(scan, stem, "plaques", rooms["plaques"]), Stenoses = MaskOf(scan, stem, "stenoses", rooms["stenoses"]),
                Report = File.Exists(report) ? report : null,
                Refused = rows is not null && row is null ? new("not in the table", $"{places.Table} has no row for this scan.", "Add the row, or take the scan away.") : null,
            };
        }
        catch (CoraException problem)
        {
            var cause = salt is null ? problem.Message : problem.Message.Replace(stem, "[image]", StringComparison.Ordinal);
            return found with { Refused = new("mask not clear", cause, problem.Remedy) };
        }

        string Named(string name) => salt is null ? VolumeNames.CaseIdOf(name) : Pseudonym(salt, name);
    }

    /// <summary>The mask of a scan: in the folder of masks CASE, CASE_arteries or a folder CASE; else CASE_arteries beside the scan.</summary>
    private static string? MaskOf(string scan, string stem, string kind, string? room)
    {
        var beside = Path.GetDirectoryName(scan)!;
        var found = new List<string>();
        if (room is not null)
        {
            found.AddRange(VolumeNames.Of(room, stem));
            found.AddRange(VolumeNames.Of(room, $"{stem}_{kind}"));
            if (Directory.Exists(Path.Combine(room, stem))) found.Add(Path.Combine(room, stem));
        }
        else found.AddRange(VolumeNames.Of(beside, $"{stem}_{kind}"));

        return found.Count < 2 ? found.SingleOrDefault()
            : throw new CoraException($"Scan {stem} has several masks of {kind}: {string.Join(", ", found.Select(f => Path.GetFileName(f)))}.", "Leave one of them in the folder.");
    }

    private static bool IsMaskOfAnother(string stem, HashSet<string> stems) =>
        Kinds.Any(kind => stem.EndsWith("_" + kind, StringComparison.Ordinal) && stems.Contains(stem[..^(kind.Length + 1)]));

    private static string? Room(string folder, string kind, string asked)
    {
        if (asked.Length > 0) return Directory.Exists(asked) ? asked : throw new CoraException($"There is no folder {asked} of {kind}.", "Check the path.");
        var usual = Path.Combine(folder, kind);
        return Directory.Exists(usual) ? usual : null;
    }

    internal static byte[]? SaltOf(string path)
    {
        if (path.Length == 0) return null;
        if (!File.Exists(path)) throw new CoraException($"There is no salt file {path}.", "Make one with 32 random bytes, keep it secret and keep it: the same file gives the same pseudonyms.", ExitCode.Usage);
        var salt = File.ReadAllBytes(path);
        return salt.Length >= LeastSaltBytes
            ? salt
            : throw new CoraException($"{path} holds {salt.Length} bytes, expected {LeastSaltBytes} or more.", "Make a salt of 32 random bytes; a short one can be guessed.", ExitCode.Usage);
    }
}
