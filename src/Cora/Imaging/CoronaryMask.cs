namespace Cora.Imaging;

/// <summary>
/// Reads a coronary artery mask as segmenters leave it: a file of 0 and 1, a label volume whose header names its labels (TotalSegmentator), or a folder
/// that holds coronary_arteries.nii.gz.
/// </summary>
public static class CoronaryMask
{
    private const string Remedy = "Say which labels are coronary arteries with --artery-labels, for example 1 or 1-3.";
    private static readonly string[] FilesOfAFolder = ["coronary_arteries.nii.gz", "arteries.nii.gz", "coronary_arteries.nii", "arteries.nii"];

    /// <summary>The arteries as 0 and 1 on the mask's own grid.</summary>
    /// <param name="path">A label file, or a segmenter's folder.</param>
    /// <param name="labels">The arteries' labels; null finds them out: by name, or the only label there is.</param>
    /// <exception cref="CoraException">There is no artery in it, or it cannot be told which labels are arteries.</exception>
    public static Volume<byte> Read(string path, IReadOnlyCollection<int>? labels = null)
    {
        var file = Directory.Exists(path) ? FileOf(path) : path;
        var volume = VolumeFile.Read<ushort>(file);
        var chosen = labels is { Count: > 0 } ? labels.ToHashSet() : Chosen(file, volume);
        var mask = volume.Select(v => (byte)(chosen.Contains(v) ? 1 : 0));
        return mask.Voxels.ContainsAnyExcept((byte)0)
            ? mask
            : throw new CoraException($"{file}: the artery mask is empty.", "The segmenter found no artery: check its input, or take the mask away to import the scan without one.");
    }

    private static string FileOf(string folder) =>
        FilesOfAFolder.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists)
        ?? throw new CoraException($"{folder} holds no {FilesOfAFolder[0]}.", "Give the folder that the segmenter wrote, or a mask file.");

    private static HashSet<int> Chosen(string file, Volume<ushort> volume)
    {
        if (LabelNames.In(file) is { Count: > 0 } names)
        {
            var named = names.Where(n => n.Name.Contains("coronary_arter", StringComparison.OrdinalIgnoreCase)).Select(n => n.Key).ToHashSet();
            return named.Count > 0 ? named : throw new CoraException($"{file}: the file names its labels, and none of them is coronary_arteries.", Remedy);
        }

        var present = new bool[ushort.MaxValue + 1];
        foreach (var voxel in volume.Voxels) present[voxel] = true;
        int[] ids = [.. Enumerable.Range(1, ushort.MaxValue).Where(i => present[i])];

        // A lone label other than 1 is how 8-bit tools write masks (255).
        return ids.Length <= 1
            ? [.. ids]
            : throw new CoraException($"{file} holds labels {string.Join(", ", ids.Take(12))}{(ids.Length > 12 ? ", …" : "")} without names; it cannot be told which are coronary arteries.", Remedy);
    }
}
