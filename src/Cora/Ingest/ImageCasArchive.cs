using System.Globalization;
using System.Text.RegularExpressions;
using Cora.Cohorts;

namespace Cora.Ingest;

/// <summary>How the cases of ImageCAS are split.</summary>
public enum ImageCasSplit
{
    /// <summary>As the paper: 60 test and 40 validation cases, nested lists of 50 to 800 training cases; the rest unused.</summary>
    Paper,

    /// <summary>The workbook that comes with the data.</summary>
    Official,

    /// <summary>No split.</summary>
    None,
}

/// <summary>
/// ImageCAS as distributed: <c>N.img.nii.gz</c> and <c>N.label.nii.gz</c> in folders of two hundred (any folders will do). Folders that end in (1) are the
/// duplicates of a first release; a number that stands twice must hold the same voxels.
/// </summary>
public static partial class ImageCasArchive
{
    private const string Reason = "files do not match";

    /// <summary>Looks through names; nothing is opened but the workbook.</summary>
    /// <param name="folder">The folder that the archives were unpacked into.</param>
    /// <param name="split">How cases are split.</param>
    /// <param name="workbook">Split workbook (xlsx or csv); needed for the official split.</param>
    /// <param name="column">Column of the workbook: Split-1 to Split-4.</param>
    /// <param name="mapByRowOrder">Whether row k of the workbook means case k, where its ids are other numbers than the files'.</param>
    /// <exception cref="CoraException">No case is there, or the split cannot be made.</exception>
    public static Archive Find(string folder, ImageCasSplit split, string workbook = "", string column = "Split-1", bool mapByRowOrder = false)
    {
        if (split == ImageCasSplit.Official && workbook.Length == 0)
            throw new CoraException("The official split needs its workbook.", "Give imageCAS_data_split.xlsx with --split-file, or take --split paper.", ExitCode.Usage);
        if (!Directory.Exists(folder)) throw new CoraException($"There is no folder {folder}.", "Check the path.");
        var (images, labels) = (new SortedDictionary<int, List<string>>(), new SortedDictionary<int, List<string>>());
        var packed = 0;
        foreach (var path in Directory.EnumerateFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true }).Order(StringComparer.Ordinal))
        {
            if (FileName().Match(Path.GetFileName(path)) is { Success: true } name)
            {
                var list = name.Groups["kind"].ValueSpan is "img" ? images : labels;
                var number = int.Parse(name.Groups["number"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);
                if (!list.TryAdd(number, [path])) list[number].Add(path);
            }
            else if (PackedName().IsMatch(path)) packed++;
        }

        var warnings = new List<string>();
        if (packed > 0) warnings.Add($"{folder} holds {packed} parts of packed archives (.change2zip, .z01 …), which are not read: rename .change2zip to .zip, join the parts (zip -s 0) and unpack them.");
        int[] numbers = [.. images.Keys.Union(labels.Keys).Order()];
        if (numbers.Length == 0) throw new CoraException($"{folder} holds no <number>.img.nii.gz.", string.Join(' ', warnings.Append("Give the folder that the archives of ImageCAS were unpacked into.")));
        if (images.Values.Concat(labels.Values).Any(l => l.Count > 1)) warnings.Add("Some numbers stand in several folders; their voxels are compared, and the first (a folder without \"(1)\" before one with it) is taken.");
        var missing = Enumerable.Range(1, numbers[^1]).Except(numbers).ToArray();
        if (missing.Length > 0) warnings.Add($"{missing.Length} numbers below {numbers[^1]} are not there: {string.Join(", ", missing.Take(8))}{(missing.Length > 8 ? ", …" : "")}.");

        var cases = numbers.Select(n => CaseOf(n, Ordered(images, n), Ordered(labels, n))).ToArray();
        var splits = split switch
        {
            ImageCasSplit.Paper => ImageCasSplits.Paper(numbers),
            ImageCasSplit.Official => ImageCasSplits.Official(workbook, column, numbers, mapByRowOrder, warnings),
            _ => new(new Dictionary<int, Split>(), new Dictionary<string, string>()),
        };
        return new("imagecas", [.. cases.Zip(numbers, (c, n) => c with { Split = splits.Of.GetValueOrDefault(n) })], warnings) { Lists = splits.Lists };
    }

    /// <summary>The pseudonym of a number.</summary>
    internal static string IdOf(int number) => string.Create(CultureInfo.InvariantCulture, $"imagecas_{number:0000}");

    private static FoundCase CaseOf(int number, List<string> images, List<string> labels)
    {
        var found = new FoundCase { CaseId = IdOf(number), PatientId = IdOf(number), Site = "imagecas", Image = images.FirstOrDefault() ?? "", Arteries = labels.FirstOrDefault(), Copies = [.. images.Skip(1)] };
        if (images.Count == 0) return found with { Refused = new(Reason, $"{labels[0]} has no scan {number}.img.nii.gz.", "Unpack all parts of its archive again.") };
        return labels.Count == 0 ? found with { Refused = new(Reason, $"{images[0]} has no mask {number}.label.nii.gz.", "Unpack all parts of its archive again.") } : found;
    }

    private static List<string> Ordered(SortedDictionary<int, List<string>> files, int number) =>
        files.TryGetValue(number, out var paths) ? [.. paths.OrderBy(p => Path.GetDirectoryName(p)!.EndsWith("(1)", StringComparison.Ordinal)).ThenBy(p => p, StringComparer.Ordinal)] : [];

    [GeneratedRegex(@"^(?<number>[0-9]{1,6})\.(?<kind>img|label)\.nii(\.gz)?$")]
    private static partial Regex FileName();

    [GeneratedRegex(@"\.(change2zip|z[0-9]{2})$")]
    private static partial Regex PackedName();
}
