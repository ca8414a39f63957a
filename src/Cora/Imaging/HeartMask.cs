using System.Globalization;

namespace Cora.Imaging;

/// <summary>
/// Reads a heart mask as segmenters leave it: a file of 0 and 1, a label volume of TotalSegmentator (versions 1 and 2, heart chambers), or
/// its folder with one file a structure. Label names in the file come first; a bare number 51 means another organ in version 1.
/// </summary>
public static class HeartMask
{
    private const string ExtensionRemedy = "Say which labels are the heart with --heart-labels, for example 51, or 44-48.";
    private const double LeastMillilitres = 200;
    private const double MostMillilitres = 2000;
    private static readonly int[] Chambers = [1, 2, 3, 4, 5];
    private static readonly int[] VersionOneParts = [44, 45, 46, 47, 48];
    private const int VersionTwoHeart = 51;

    /// <summary>The heart as 0 and 1 on the mask's own grid: its largest piece (26-connected).</summary>
    /// <param name="path">A label file, or a folder that holds heart.nii.gz or heart_*.nii.gz.</param>
    /// <param name="labels">The heart's labels; null finds them out.</param>
    /// <exception cref="CoraException">There is no heart in it, or it cannot be told which label is the heart.</exception>
    public static Volume<byte> Read(string path, IReadOnlyCollection<int>? labels = null)
    {
        var mask = Directory.Exists(path) ? OfFolder(path) : OfFile(path, labels);
        if (!mask.Voxels.ContainsAnyExcept((byte)0))
            throw new CoraException($"{path}: the heart mask is empty.", "The segmenter found no heart: check its input, or go without the heart crop.");
        return ConnectedComponents.LargestOf(mask);
    }

    /// <summary>Reads labels like <c>51</c> or <c>44-48,51</c>.</summary>
    /// <exception cref="CoraException">It is no such list (exit code 2).</exception>
    public static int[] ParseLabels(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var labels = new List<int>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var ends = part.Split('-');
            if (ends.Length > 2 || !ends.All(e => int.TryParse(e, NumberStyles.None, CultureInfo.InvariantCulture, out _)))
                throw new CoraException($"\"{text}\" is no list of labels.", "Write numbers and ranges, for example 51 or 44-48.", ExitCode.Usage);
            var (low, high) = (int.Parse(ends[0], CultureInfo.InvariantCulture), int.Parse(ends[^1], CultureInfo.InvariantCulture));
            if (low < 1 || high < low || high > ushort.MaxValue)
                throw new CoraException($"\"{text}\" holds the range {part}, expected 1 to {ushort.MaxValue}, rising.", "Write numbers and ranges, for example 51 or 44-48.", ExitCode.Usage);
            labels.AddRange(Enumerable.Range(low, high - low + 1));
        }

        return [.. labels];
    }

    private static Volume<byte> OfFolder(string folder)
    {
        var whole = Path.Combine(folder, "heart.nii.gz");
        if (File.Exists(whole)) return VolumeFile.Read<byte>(whole);
        var parts = Directory.GetFiles(folder, "heart_*.nii.gz").Order(StringComparer.Ordinal).ToArray();
        if (parts.Length == 0) throw new CoraException($"{folder} holds neither heart.nii.gz nor heart_*.nii.gz.", "Give the folder that the segmenter wrote, or a mask file.");
        var first = VolumeFile.Read<byte>(parts[0]);
        var union = first.Voxels.ToArray();
        foreach (var part in parts[1..])
        {
            var next = VolumeFile.Read<byte>(part);
            if (!next.Geometry.Matches(first.Geometry)) throw new CoraException($"{part} lies on another grid ({next.Geometry}) than {parts[0]} ({first.Geometry}).", "Give parts of one segmentation.");
            for (var i = 0; i < union.Length; i++) union[i] |= next.Voxels[i];
        }

        return new(first.Geometry, union);
    }

    private static Volume<byte> OfFile(string path, IReadOnlyCollection<int>? asked)
    {
        var volume = VolumeFile.Read<ushort>(path);
        var present = new bool[ushort.MaxValue + 1];
        foreach (var voxel in volume.Voxels) present[voxel] = true;
        var ids = Enumerable.Range(1, ushort.MaxValue).Where(i => present[i]).ToArray();
        var chosen = (asked ?? Choose(path, volume, ids)).ToHashSet();
        return volume.Select(v => (byte)(chosen.Contains(v) ? 1 : 0));
    }

    private static int[] Choose(string path, Volume<ushort> volume, int[] ids)
    {
        // Names first, even of a lone 1: with names it may be the spleen.
        if (LabelNames.In(path) is { Count: > 0 } names) return Named(path, names);
        if (ids is [] or [1]) return [1];
        if (ids.All(i => i <= 7) && Chambers.All(ids.Contains)) return Chambers;

        // Either numbering has organs at the other's numbers: only the size of what they mean tells them apart.
        var isVersionTwo = IsHeartSized(volume, [VersionTwoHeart]);
        var isVersionOne = VersionOneParts.All(ids.Contains) && IsHeartSized(volume, VersionOneParts);
        if (isVersionTwo == isVersionOne)
        {
            throw new CoraException(
                $"{path} holds labels {string.Join(", ", ids.Take(12))}{(ids.Length > 12 ? ", …" : "")} without names; it cannot be told which are the heart.", ExtensionRemedy);
        }

        return isVersionTwo ? [VersionTwoHeart] : VersionOneParts;
    }

    private static int[] Named(string path, IReadOnlyList<(int Key, string Name)> names)
    {
        if (names.FirstOrDefault(n => n.Name == "heart") is { Key: > 0 } whole) return [whole.Key];
        int[] parts = [.. names.Where(n => n.Name.StartsWith("heart_", StringComparison.Ordinal)).Select(n => n.Key)];
        return parts.Length > 0
            ? parts
            : throw new CoraException($"{path}: the file names its labels ({string.Join(", ", names.Take(6).Select(n => n.Name))}{(names.Count > 6 ? ", …" : "")}), and none of them is the heart.", ExtensionRemedy);
    }

    private static bool IsHeartSized(Volume<ushort> volume, int[] labels)
    {
        var count = 0L;
        foreach (var voxel in volume.Voxels)
            if (labels.Contains(voxel)) count++;
        return count * volume.Geometry.VoxelMm3 / 1000 is >= LeastMillilitres and <= MostMillilitres;
    }
}
