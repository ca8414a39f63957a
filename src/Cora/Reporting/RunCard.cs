using System.Text.Json;

namespace Cora.Reporting;

/// <summary>What a fine-tuned run says of itself: the keys of scorecard.json and provenance.json that reports need.</summary>
/// <param name="Folder">The run.</param>
/// <param name="Task">plaque, stenosis, arteries or mace.</param>
/// <param name="Weights">The pretraining run that it began from; null from scratch.</param>
/// <param name="Cases">Training cases; null when not recorded.</param>
/// <param name="IsPhantomOnly">Whether it has seen no patient.</param>
/// <param name="Seed">Root of its chance.</param>
public sealed record RunCard(string Folder, string Task, string? Weights, int? Cases, bool IsPhantomOnly, long Seed)
{
    /// <summary>How much of a classifier's network was learnt: full, frozen or linear_probe; empty where the task has no such choice or the run does not say.</summary>
    public string Mode { get; private init; } = "";

    /// <summary>Whether nothing but a linear layer was solved for.</summary>
    public bool IsLinearProbe => Mode == "linear_probe";

    /// <summary>The root seed when none is recorded.</summary>
    public const long StandardSeed = 2026;

    /// <summary>Whether a folder holds a fine-tuned run that has been scored.</summary>
    public static bool IsOne(string run) => File.Exists(PathOf(run));

    /// <summary>Reads a run's card.</summary>
    /// <exception cref="CoraException">There is none, or it names no task.</exception>
    public static RunCard Read(string run)
    {
        if (!IsOne(run)) throw new CoraException($"{run} has no scorecard.json: it is no fine-tuned run, or one that is not finished.", "Give the --out folder of a finished `cora finetune`.");
        var card = Parse(PathOf(run));
        var task = card.TryGetProperty("task", out var t) && t.ValueKind == JsonValueKind.String ? t.GetString()! : throw new CoraException($"{PathOf(run)} names no task.", "Finish the run again with --overwrite.");
        var provenance = Path.Combine(run, "provenance.json");
        return new(
            run, task,
            card.TryGetProperty("weights", out var w) && w.ValueKind == JsonValueKind.String ? w.GetString() : null,
            card.TryGetProperty("cases", out var c) && c.ValueKind == JsonValueKind.Number ? c.GetInt32() : null,
            card.TryGetProperty("phantom_only", out var p) && p.ValueKind == JsonValueKind.True,
            SeedOf(card, provenance))
        {
            Mode = card.TryGetProperty("details", out var details) && details.ValueKind == JsonValueKind.Object && details.TryGetProperty("mode", out var mode)
                // Cards of version 0.1 tell the mode as a number, which says nothing; their settings have the word.
                ? mode.ValueKind == JsonValueKind.String ? mode.GetString()! : RunSettings.Of(run)?[task + ".mode"] ?? "" : "",
        };
    }

    /// <summary>The root of a run's chance: by its provenance, else by its card.</summary>
    private static long SeedOf(JsonElement card, string provenance) =>
        File.Exists(provenance) && Parse(provenance).TryGetProperty("seeds", out var seeds) && seeds.ValueKind == JsonValueKind.Object && seeds.TryGetProperty("root", out var root) && root.TryGetInt64(out var seed) ? seed
        : card.TryGetProperty("seed", out var own) && own.ValueKind == JsonValueKind.Number && own.TryGetInt64(out var told) ? told
        : StandardSeed;

    /// <summary>The cards of all runs, which must be of one task.</summary>
    /// <exception cref="CoraException">Runs are of different tasks; each is named.</exception>
    public static IReadOnlyList<RunCard> ReadAll(IEnumerable<MethodRuns> methods)
    {
        ArgumentNullException.ThrowIfNull(methods);
        var cards = methods.SelectMany(m => m.Runs).Select(Read).ToArray();
        if (cards.Select(c => c.Task).Distinct().Count() > 1)
        {
            throw new CoraException(
                $"The runs are not of one task: {string.Join(", ", cards.Select(c => $"{c.Folder} is {c.Task}"))}.", "Compare runs of one task; make a report of each task.", ExitCode.Usage);
        }

        return cards;
    }

    private static string PathOf(string run) => Path.Combine(run, "scorecard.json");

    private static JsonElement Parse(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllText(path));
            return document.RootElement.Clone();
        }
        catch (JsonException problem)
        {
            throw new CoraException($"{path} is damaged: {problem.Message}", "Finish the run again with --overwrite.", inner: problem);
        }
    }
}
