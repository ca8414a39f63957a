using System.Globalization;
using System.Text.Json;
using Cora.Cohorts;

namespace Cora.Reporting;

/// <summary>A step of a reproduction, as steps.csv has it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Group">Steps of one kind share a group.</param>
/// <param name="Makes">What it leaves.</param>
/// <param name="State">done, failed, waiting or skipped.</param>
/// <param name="Seconds">How long it took; null when it has not run.</param>
/// <param name="PeakMemoryMb">The most memory that the process had held by its end, in any step; null when not known.</param>
/// <param name="Cause">Why it failed or was skipped.</param>
/// <param name="Remedy">What to do about it.</param>
internal sealed record ReproductionStep(string Name, string Group, string Makes, string State, double? Seconds, double? PeakMemoryMb, string Cause, string Remedy);

/// <summary>The files that <c>cora reproduce</c> leaves, as far as a report reads them. Any part but reproduction.json may be absent.</summary>
internal sealed class ReproductionFolder
{
    private static readonly string[] KnownStarts = ["cora", "scratch", "mae", "volumefusion", "voco"];
    private readonly JsonElement plan;

    /// <exception cref="CoraException">The folder holds no reproduction, or a damaged one.</exception>
    public ReproductionFolder(string path)
    {
        Path = path;
        var card = In("reproduction.json");
        if (!File.Exists(card)) throw new CoraException($"{path} holds no reproduction.", "Give the --out folder of `cora reproduce`.");
        plan = Parse(card);
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>Name of the preset.</summary>
    public string Name => Word("name") ?? "without a name";

    /// <summary>What the preset is for.</summary>
    public string Purpose => Word("purpose") ?? "";

    /// <summary>What must be said of the data wherever results are shown; null for patients.</summary>
    public string? Caveat => Word("caveat");

    /// <summary>Whether the cases are digital phantoms.</summary>
    public bool IsPhantom => plan.TryGetProperty("is_phantom", out var v) ? v.ValueKind == JsonValueKind.True : Caveat is not null;

    /// <summary>The planned seeds; empty when not told.</summary>
    public IReadOnlyList<string> Seeds => Listed("seeds");

    /// <summary>The planned tasks and those found on disk.</summary>
    public IReadOnlyList<string> Tasks => [.. Listed("tasks").Union(Folders(In("finetune")).Where(t => !t.StartsWith("arteries-", StringComparison.Ordinal)))];

    /// <summary>The pretraining methods, planned and found, in the paper's order.</summary>
    public IReadOnlyList<string> Methods => [.. Listed("methods").Union(Folders(In("pretrain"))).OrderBy(Rank)];

    /// <summary>The settings of the plan, as JSON; null when there are none.</summary>
    public string? Settings => plan.TryGetProperty("settings", out var v) ? JsonSerializer.Serialize(v, CohortDescription.Json) : null;

    /// <summary>The cohort's folder; null when it is not there.</summary>
    public string? CohortFolder
    {
        get
        {
            var word = Word("cohort") ?? "cohort";
            var place = word == "cohort" ? In("cohort") : word;
            return File.Exists(System.IO.Path.Combine(place, "cases.csv")) ? place : null;
        }
    }

    /// <summary>The steps; empty when there is no table of them.</summary>
    public IReadOnlyList<ReproductionStep> Steps
    {
        get
        {
            if (!File.Exists(In("steps.csv"))) return [];
            var table = Table.Read(In("steps.csv"));
            double? Number(string[] row, string column) => double.TryParse(table.Field(row, column), CultureInfo.InvariantCulture, out var v) ? v : null;
            return [.. table.Rows.Select(r => new ReproductionStep(
                table.Field(r, "step"), table.Field(r, "group"), table.Field(r, "makes"), table.Field(r, "state"), Number(r, "seconds"), Number(r, "peak_memory_mb"), table.Field(r, "cause"), table.Field(r, "remedy")))];
        }
    }

    /// <summary>Full path of something in the folder.</summary>
    public string In(params ReadOnlySpan<string> parts) => System.IO.Path.Combine([Path, .. parts]);

    /// <summary>Path of something in the folder, as a reader is told it.</summary>
    public string Told(string path) => System.IO.Path.GetRelativePath(Path, path).Replace('\\', '/');

    /// <summary>The finished trainings of a task by starting point, in the paper's order.</summary>
    public IReadOnlyList<MethodRuns> RunsOf(string task) =>
        [.. Folders(In("finetune", task)).OrderBy(Rank).Select(start => new MethodRuns(NameOf(start), [.. Runs(In("finetune", task, start)).Where(RunCard.IsOne)])).Where(m => m.Runs.Count > 0)];

    /// <summary>Trainings of a task that are planned or begun and have no scorecard.</summary>
    public IReadOnlyList<string> Unfinished(string task) => [.. Folders(In("finetune", task)).OrderBy(Rank).SelectMany(start => Runs(In("finetune", task, start))).Where(run => !RunCard.IsOne(run)).Select(Told)];

    /// <summary>Artery trainings with other numbers of cases.</summary>
    public IReadOnlyList<string> ArterySeries => [.. Folders(In("finetune")).Where(t => t.StartsWith("arteries-", StringComparison.Ordinal))];

    /// <summary>The rules that stand beside classifiers.</summary>
    public IReadOnlyList<MethodRuns> Rules => [.. new[] { ("maximum_hu", "maximum HU"), ("artery_oracle", "oracle with the artery mask") }
        .Where(r => RunCard.IsOne(In("rules", r.Item1))).Select(r => new MethodRuns(r.Item2, [In("rules", r.Item1)]) { IsRule = true })];

    /// <summary>A JSON file of the folder; null when it is not there.</summary>
    public static JsonElement? Read(string path) => File.Exists(path) ? Parse(path) : null;

    /// <summary>A starting point as readers know it.</summary>
    public static string NameOf(string start) => start switch { "cora" => "CORA", "scratch" => "from scratch", "mae" => "MAE", "volumefusion" => "VolumeFusion", "voco" => "VoCo", _ => start };

    private static int Rank(string start) => Array.IndexOf(KnownStarts, start) is >= 0 and var rank ? rank : KnownStarts.Length;

    private static IEnumerable<string> Folders(string place) =>
        Directory.Exists(place) ? Directory.EnumerateDirectories(place).Select(d => System.IO.Path.GetFileName(d)).Where(d => !d.StartsWith('.')).Order(StringComparer.Ordinal) : [];

    private static IEnumerable<string> Runs(string place) => Folders(place).Where(d => d.StartsWith("seed-", StringComparison.Ordinal))
        .OrderBy(d => int.TryParse(d[5..], CultureInfo.InvariantCulture, out var n) ? n : int.MaxValue).Select(d => System.IO.Path.Combine(place, d));

    private string? Word(string name) => plan.TryGetProperty(name, out var v) && v.ValueKind == JsonValueKind.String ? v.GetString() : null;

    private IReadOnlyList<string> Listed(string name) => plan.TryGetProperty(name, out var v) && v.ValueKind == JsonValueKind.Array ? [.. v.EnumerateArray().Select(e => e.ToString())] : [];

    private static JsonElement Parse(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllText(path));
            return document.RootElement.Clone();
        }
        catch (JsonException problem)
        {
            throw new CoraException($"{path} is damaged: {problem.Message}", "Run the same `cora reproduce` again.", inner: problem);
        }
    }
}
