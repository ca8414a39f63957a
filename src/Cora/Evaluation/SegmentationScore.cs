using Cora.Imaging;

namespace Cora.Evaluation;

/// <summary>How a predicted mask meets its reference.</summary>
/// <param name="Case">Pseudonym of the case.</param>
/// <param name="Dice">Overlap; both empty counts as 1.</param>
/// <param name="ClDice">Overlap of the centre lines; both empty counts as 1.</param>
/// <param name="InVoxels">Surface distances counted in voxels.</param>
/// <param name="InMm">Surface distances in millimetres.</param>
public sealed record SegmentationScore(string Case, double Dice, CenterlineDice ClDice, SurfaceDistances InVoxels, SurfaceDistances InMm)
{
    /// <summary>Scores two masks on one grid.</summary>
    public static SegmentationScore Of(string caseId, Volume<byte> prediction, Volume<byte> reference)
    {
        ArgumentNullException.ThrowIfNull(reference);
        return new(
            caseId, Overlap.Dice(prediction, reference), CenterlineDice.Of(prediction, reference),
            SurfaceDistances.Between(prediction, reference, new(1, 1, 1)), SurfaceDistances.Between(prediction, reference, reference.Geometry.Spacing));
    }
}

/// <summary>Pairs of mask files that are measured against each other.</summary>
public static class MaskPairs
{
    private static readonly string[] Endings = [".nii.gz", ".nii", ".nrrd", ".nhdr", ".mha", ".mhd"];

    /// <summary>Two files make one pair; two folders make a pair of every name that both have.</summary>
    /// <exception cref="CoraException">Something is missing, or the folders do not hold the same names; every name is told.</exception>
    public static IReadOnlyList<(string Case, string Prediction, string Reference)> Of(string prediction, string reference)
    {
        if (!Directory.Exists(prediction) && !Directory.Exists(reference)) return [(CaseOf(reference), prediction, reference)];
        if (!Directory.Exists(prediction) || !Directory.Exists(reference))
            throw new CoraException($"{prediction} and {reference} are not of one kind, expected two files or two folders.", "Give two files, or two folders with files of equal names.", ExitCode.Usage);
        var (predictions, references) = (FilesOf(prediction), FilesOf(reference));
        var problems = predictions.Keys.Except(references.Keys).Order(StringComparer.Ordinal).Select(c => $"{c} has no reference")
            .Concat(references.Keys.Except(predictions.Keys).Order(StringComparer.Ordinal).Select(c => $"{c} has no prediction")).ToArray();
        if (problems.Length > 0 || references.Count == 0)
            throw new CoraException($"{prediction} and {reference} do not hold the same cases: {(problems.Length > 0 ? string.Join("; ", problems) : "there is no volume")}.", "Name the files alike, and leave out what is not to be measured.");
        return [.. references.OrderBy(r => r.Key, StringComparer.Ordinal).Select(r => (r.Key, predictions[r.Key], r.Value))];
    }

    /// <summary>Reads both masks of a pair.</summary>
    /// <exception cref="CoraException">A value is neither 0 nor 1, or the grids differ; both files are named.</exception>
    public static (Volume<byte> Prediction, Volume<byte> Reference) Read(string prediction, string reference)
    {
        var (p, g) = (ReadMask(prediction), ReadMask(reference));
        if (!p.Geometry.Matches(g.Geometry))
            throw new CoraException($"{prediction} lies on another grid ({p.Geometry}) than {reference} ({g.Geometry}).", "Bring the prediction onto the reference's grid: `cora preprocess VOLUME --labels` resamples one.");
        return (p, g);
    }

    private static Volume<byte> ReadMask(string path)
    {
        var mask = VolumeFile.Read<byte>(path);
        if (mask.Voxels.IndexOfAnyExceptInRange((byte)0, (byte)1) is >= 0 and var at)
            throw new CoraException($"{path}: a voxel has the value {mask.Voxels[at]}, expected a mask of 0 and 1.", "Write one mask a file, with 1 for what is meant.");
        return mask;
    }

    private static Dictionary<string, string> FilesOf(string folder) =>
        Directory.EnumerateFiles(folder).Where(f => Endings.Any(e => f.EndsWith(e, StringComparison.OrdinalIgnoreCase))).ToDictionary(CaseOf);

    private static string CaseOf(string path)
    {
        var name = Path.GetFileName(path);
        return Endings.FirstOrDefault(e => name.EndsWith(e, StringComparison.OrdinalIgnoreCase)) is { } ending ? name[..^ending.Length] : name;
    }
}
