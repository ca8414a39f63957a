using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Cora.Imaging;

namespace Cora.Ingest;

/// <summary>Reads one case of an archive, holds its files against each other, and writes them into the cohort.</summary>
internal sealed partial class ImportCase(ImportConfig config, string folder)
{
    private readonly int[]? arteryLabels = config.ArteryLabels.Length > 0 ? HeartMask.ParseLabels(config.ArteryLabels) : null;
    private readonly int[]? heartLabels = config.HeartLabels.Length > 0 ? HeartMask.ParseLabels(config.HeartLabels) : null;

    /// <summary>Bytes a voxel that are held at once: the scan, a label volume as read, its mask.</summary>
    public const int BytesAVoxel = 6;

    /// <summary>Writes the case's files; the image last, so that a case without one is no case.</summary>
    public ImportReceipt Write(FoundCase found)
    {
        if (found.Refused is { } known) return new(null, Refused: known);
        var reason = "image unusable";
        try
        {
            var image = Image(found.Image);
            var hash = Hash(image);
            reason = "stands twice with other voxels";
            foreach (var copy in found.Copies) Same(found, copy, hash);
            reason = "artery mask unusable";
            var arteries = found.Arteries is { } a ? Mask(CoronaryMask.Read(a, arteryLabels), a, found, image.Geometry, "arteries", mustSurvive: true) : null;
            reason = "heart mask unusable";
            var heart = found.Heart is { } h ? Mask(HeartMask.Read(h, heartLabels), h, found, image.Geometry, "heart", mustSurvive: true, mayMove: true) : null;
            reason = "plaque labels unusable";
            var plaques = found.Plaques is { } p ? Mask(Plaques(p), p, found, image.Geometry, "plaques") : null;
            reason = "stenosis labels unusable";
            var stenoses = found.Stenoses is { } s ? Mask(VolumeFile.Read<ushort>(s), s, found, image.Geometry, "stenoses") : null;
            reason = "report unusable";
            var report = found.Report is { } r ? Report(r, found.CaseId) : null;
            var to = $"images/{found.CaseId}.nii.gz";
            Nifti.Write(Path.Combine(folder, to), image);
            return new(
                new() { CaseId = found.CaseId, PatientId = found.PatientId, Image = to, Arteries = arteries, Heart = heart, Plaques = plaques, Stenoses = stenoses, Report = report }, Hash: hash);
        }
        catch (CoraException problem) when (problem.Code == ExitCode.Input)
        {
            // A bad case does not stop the archive; a full disk does.
            return new(null, Refused: new(reason, problem.Message, problem.Remedy));
        }
    }

    private Volume<short> Image(string path)
    {
        var scan = VolumeFile.Read<short>(path);
        if (config.HuOffset != 0) scan = scan.Select(v => (short)Math.Clamp(v + config.HuOffset, short.MinValue, short.MaxValue));
        if (!config.HuCheck) return scan;
        var (low, high) = (short.MaxValue, short.MinValue);
        foreach (var v in scan.Voxels) (low, high) = (short.Min(low, v), short.Max(high, v));
        if (low < 0 && high > 0) return scan;
        throw new CoraException(
            string.Create(CultureInfo.InvariantCulture, $"{path}: values run from {low} to {high}; HU of a chest run from about -1000 (air) to well above 0 (contrast, bone)."),
            "Where air is stored as 0, say --hu-offset -1024; where the values are right as they are, --set hu_check=false. A scan that was scaled to grey values is lost for HU.");
    }

    /// <summary>SHA-256, in hex, of grid and voxels: the same scan in another file, packed or not, has the same.</summary>
    private static string Hash(Volume<short> image)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var g = image.Geometry;
        hash.AppendData(System.Text.Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{g.Size.X} {g.Size.Y} {g.Size.Z} {g.Spacing.X:0.####} {g.Spacing.Y:0.####} {g.Spacing.Z:0.####}\n")));
        hash.AppendData(MemoryMarshal.AsBytes(image.Voxels));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private void Same(FoundCase found, string copy, string hash)
    {
        if (Hash(Image(copy)) != hash)
            throw new CoraException($"{found.Image} and {copy} claim to be the same scan and hold other voxels.", "Find out which is right and take the other away.");
    }

    private string? Mask<T>(Volume<T> mask, string from, FoundCase found, Geometry grid, string room, bool mustSurvive = false, bool mayMove = false) where T : unmanaged
    {
        var onGrid = mask.Geometry.Matches(grid, config.GridToleranceMm) ? new Volume<T>(grid, mask.Voxels.ToArray())
            : mayMove || config.ResampleMasks ? Resample.Nearest(mask, grid)
            : throw new CoraException(
                $"{from} lies on another grid ({mask.Geometry}) than {found.Image} ({grid}).",
                "Check that they belong together. Where they do, --resample-masks moves masks onto the image's grid, and --grid-tolerance-mm lets small differences of headers pass.");
        if (mustSurvive && !onGrid.Voxels.ContainsAnyExcept(default(T)))
            throw new CoraException($"{from} has no voxel within {found.Image}.", "Check that mask and scan belong together.");
        var to = $"{room}/{found.CaseId}.nii.gz";
        Nifti.Write(Path.Combine(folder, to), onGrid);
        return to;
    }

    private static Volume<byte> Plaques(string path)
    {
        var labels = VolumeFile.Read<byte>(path);
        return labels.Voxels.IndexOfAnyExceptInRange((byte)0, (byte)2) is var at and >= 0
            ? throw new CoraException($"{path} holds the label {labels.Voxels[at]}, expected 1 (calcified) and 2 (non-calcified) only.", "Renumber the labels.")
            : labels;
    }

    /// <summary>A report as it is. One that still names its patient is not taken: what stands in a cohort is shown, printed and logged.</summary>
    private string Report(string path, string id)
    {
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new CoraException($"{path} cannot be read: {problem.Message}", "Check the file and its permissions.", inner: problem);
        }

        if (Identifier().Match(text) is { Success: true, Index: var at })
        {
            throw new CoraException(
                string.Create(CultureInfo.InvariantCulture, $"{path}: line {text.AsSpan(0, at).Count('\n') + 1} looks like a field with the name, number or birth date of a patient."),
                "De-identify the reports first; this check finds labelled fields only and is no de-identification.");
        }

        var to = $"reports/{id}.txt";
        Atomically.WriteText(Path.Combine(folder, to), text);
        return to;
    }

    [GeneratedRegex(@"\b(?:patient(?:'s)?[ \t]+(?:name|id)|MRN|medical[ \t]+record[ \t]+(?:number|no)|date[ \t]+of[ \t]+birth|DOB|accession[ \t]+(?:number|no|#)|SSN)\b\.?[ \t]*[:#=][ \t]*\S", RegexOptions.IgnoreCase)]
    private static partial Regex Identifier();
}
