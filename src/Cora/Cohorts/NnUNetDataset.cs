using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Cora.Imaging;

namespace Cora.Cohorts;

/// <summary>A folder <c>nnUNet_raw/Dataset###_Name</c> that was read (ALGORITHMS 4.1): one CT channel, labels above 0 taken as artery.</summary>
/// <param name="Folder">The folder.</param>
/// <param name="Cases">Training cases (split train, with mask), then test cases (split internal_test, without); paths are relative to the folder. Every case is a patient of its own, since the layout knows none.</param>
/// <param name="Warnings">What is allowed but probably not meant.</param>
public sealed partial record NnUNetDataset(string Folder, IReadOnlyList<CaseRow> Cases, IReadOnlyList<string> Warnings)
{
    private const string Remedy = "See documentation/dataset_format.md of nnU-Net for the layout, and mend the dataset.";
    private const int ProblemsTold = 20;

    /// <summary>Three digits of the folder's name.</summary>
    public int Number => int.Parse(FolderName().Match(Path.GetFileName(Folder)).Groups["number"].Value, CultureInfo.InvariantCulture);

    /// <summary>What follows them.</summary>
    public string Name => FolderName().Match(Path.GetFileName(Folder)).Groups["name"].Value;

    /// <summary>The cases as a cohort; nothing is copied.</summary>
    public Cohort AsCohort() => new(Folder, new() { Name = Path.GetFileName(Folder), MadeBy = "nnunet", ArteryOrigin = "truth" }, Cases, [], []);

    /// <summary>Reads dataset.json and every header.</summary>
    /// <exception cref="CoraException">The layout is not kept; all problems are told at once, each with its file.</exception>
    public static NnUNetDataset Read(string folder)
    {
        var (dataset, problems, ofCases, miscounted) = Parse(folder);
        problems.AddRange(ofCases.Select(p => p.Problem));
        CaseRow[] cases = [.. dataset.Cases.Where(c => c.Arteries is null || IsOneGrid(dataset.Folder, c.Image, c.Arteries, problems))];
        if (miscounted is not null) problems.Add(miscounted);
        return problems.Count == 0 ? dataset with { Cases = cases } : throw Refused(folder, problems);
    }

    /// <summary>Reads dataset.json and the names of files, and no header: what is wrong with single cases is told by case, so that the others can be used.</summary>
    /// <exception cref="CoraException">The folder or dataset.json cannot be kept to.</exception>
    internal static (NnUNetDataset Dataset, IReadOnlyList<(string CaseId, string Problem)> Problems) Look(string folder)
    {
        var (dataset, problems, ofCases, miscounted) = Parse(folder);
        if (problems.Count > 0) throw Refused(folder, problems);
        return (miscounted is null ? dataset : dataset with { Warnings = [.. dataset.Warnings, miscounted] }, ofCases);
    }

    private static (NnUNetDataset Dataset, List<string> Problems, List<(string CaseId, string Problem)> OfCases, string? Miscounted) Parse(string folder)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (!FolderName().IsMatch(Path.GetFileName(full))) throw new CoraException($"{folder} is not named as nnU-Net names datasets, expected Dataset001_Name.", Remedy);
        var path = Path.Combine(full, "dataset.json");
        var json = PlansFile.ReadObject(path, Remedy);
        var (problems, warnings, ofCases) = (new List<string>(), new List<string>(), new List<(string CaseId, string Problem)>());
        var ending = json["file_ending"]?.GetValue<string>() ?? "";
        if (ending.Length == 0) problems.Add($"{path}: file_ending is missing, expected for example \".nii.gz\"");
        CheckChannels(path, json, problems, warnings);
        CheckLabels(path, json, problems, warnings);
        var cases = ending.Length == 0 ? [] : CasesOf(full, ending, ofCases);
        var training = ending.Length == 0 ? 0 : cases.Count(c => c.Split == Split.Train);
        if (ending.Length > 0 && training + ofCases.Count == 0) problems.Add($"{Path.Combine(full, "imagesTr")} holds no *_0000{ending}");
        var miscounted = json["numTraining"] is { } number && number.GetValue<int>() is var told && told != training ? $"{path}: numTraining is {told}, imagesTr and labelsTr hold {training} cases" : null;
        return (new(full, cases, warnings), problems, ofCases, miscounted);
    }

    private static CoraException Refused(string folder, List<string> problems) =>
        new($"{folder} has {problems.Count} problems:\n  {string.Join("\n  ", problems.Take(ProblemsTold))}", Remedy);

    [GeneratedRegex("^Dataset(?<number>[0-9]{3})_(?<name>.+)$")]
    internal static partial Regex FolderName();

    private static void CheckChannels(string path, JsonObject json, List<string> problems, List<string> warnings)
    {
        // "modality" is what version 1 called them.
        if ((json["channel_names"] ?? json["modality"]) is not JsonObject { Count: 1 } channels || channels["0"] is not JsonValue channel)
        {
            problems.Add($"{path}: channel_names holds other than one channel \"0\"; a CT is one");
            return;
        }

        var name = channel.ToString();
        if (!name.Equals("CT", StringComparison.OrdinalIgnoreCase))
            warnings.Add($"{path}: the channel is named \"{name}\"; nnU-Net normalises \"CT\" by the training foreground, and every name that it does not know by each image's own mean and deviation. It is taken as CT here.");
    }

    private static void CheckLabels(string path, JsonObject json, List<string> problems, List<string> warnings)
    {
        if (json["labels"] is not JsonObject labels)
        {
            problems.Add($"{path}: labels is missing, expected {{ \"background\": 0, \"coronary\": 1 }}");
            return;
        }

        if (labels.Any(l => l.Value is not JsonValue value || !value.TryGetValue<int>(out _)))
        {
            problems.Add($"{path}: a label is no whole number; regions are not read");
            return;
        }

        int[] numbers = [.. labels.Select(l => l.Value!.GetValue<int>()).Order()];
        if (!numbers.SequenceEqual(Enumerable.Range(0, numbers.Length))) problems.Add($"{path}: labels are {string.Join(", ", numbers)}, expected 0, 1 … without a gap");
        else if (numbers.Length < 2) problems.Add($"{path}: there is no label besides background");
        else if (numbers.Length > 2) warnings.Add($"{path}: labels 1 to {numbers[^1]} are all taken as artery.");
    }

    private static List<CaseRow> CasesOf(string folder, string ending, List<(string CaseId, string Problem)> problems)
    {
        var cases = new List<CaseRow>();
        var labels = FilesOf(folder, "labelsTr", ending).ToHashSet();
        foreach (var id in IdsOf(folder, "imagesTr", ending, problems))
        {
            var (image, label) = ($"imagesTr/{id}_0000{ending}", $"labelsTr/{id}{ending}");
            if (labels.Remove(id)) cases.Add(new() { CaseId = id, PatientId = id, Split = Split.Train, Image = image, Arteries = label });
            else problems.Add((id, $"{image} has no label, expected {label}"));
        }

        problems.AddRange(labels.Order(StringComparer.Ordinal).Select(id => (id, $"labelsTr/{id}{ending} has no image, expected imagesTr/{id}_0000{ending}")));
        foreach (var id in IdsOf(folder, "imagesTs", ending, problems))
        {
            if (cases.RemoveAll(c => c.CaseId == id) > 0) problems.Add((id, $"case {id} stands in imagesTr and in imagesTs"));
            else cases.Add(new() { CaseId = id, PatientId = id, Split = Split.InternalTest, Image = $"imagesTs/{id}_0000{ending}" });
        }

        return cases;
    }

    /// <summary>Ids of images; a second channel is a problem.</summary>
    private static List<string> IdsOf(string folder, string room, string ending, List<(string CaseId, string Problem)> problems)
    {
        var ids = new List<string>();
        foreach (var stem in FilesOf(folder, room, ending))
        {
            if (stem.EndsWith("_0000", StringComparison.Ordinal)) ids.Add(stem[..^5]);
            else problems.Add((stem, $"{room}/{stem}{ending}: expected the name of a case and _0000, the only channel"));
        }

        return ids;
    }

    private static IEnumerable<string> FilesOf(string folder, string room, string ending)
    {
        var path = Path.Combine(folder, room);
        return !Directory.Exists(path) ? [] : Directory.EnumerateFiles(path).Select(f => Path.GetFileName(f)!).Where(f => !f.StartsWith('.') && f.EndsWith(ending, StringComparison.Ordinal))
            .Select(f => f[..^ending.Length]).Order(StringComparer.Ordinal);
    }

    private static bool IsOneGrid(string folder, string image, string label, List<string> problems)
    {
        try
        {
            var (scan, mask) = (VolumeFile.ReadGeometry(Path.Combine(folder, image)), VolumeFile.ReadGeometry(Path.Combine(folder, label)));
            if (mask.Matches(scan)) return true;
            problems.Add($"{label} lies on another grid ({mask}) than {image} ({scan})");
        }
        catch (CoraException problem)
        {
            problems.Add($"{problem.Message}");
        }

        return false;
    }
}
