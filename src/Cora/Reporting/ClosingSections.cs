using System.Globalization;
using System.Text.Json;
using Cora.Cohorts;

namespace Cora.Reporting;

/// <summary>What it cost, how it was made, and with which settings.</summary>
internal static class ClosingSections
{
    public static void Costs(ReproductionPage report)
    {
        var steps = report.Files.Steps;
        if (steps.Count == 0)
        {
            report.Lacks("Costs: steps.csv.");
            return;
        }

        var page = report.Page.Section("Costs");
        page.Paragraph("Time by kind of step. Times are of the machine that is named under provenance, with whatever else it did at the time; what a step had done when its process was killed is not in them. "
            + (steps.Max(s => s.PeakMemoryMb) is { } most ? $"The most memory that the process has held at any time is {Memory(most)}: steps share a process, so what one of them needs alone is not known. " : "")
            + "Energy is left out: no meter was read, and an estimate from time alone would be a guess.");
        page.Table("Steps by kind", ["kind", "steps", "done", "time", "longest step"], steps.GroupBy(Kind).Select(g => Row(g.Key.Length > 0 ? g.Key : "other", [.. g])).Append(Row("all", steps)));
        page.Folded("Every step", p => p.Table("Steps", ["step", "makes", "state", "time", "most memory the process has held until then"], steps.Select(s => (IReadOnlyList<string>)[s.Name, s.Makes, s.State, Time(s.Seconds), Memory(s.PeakMemoryMb)])));
        var failed = steps.Where(s => s.State is "failed" or "skipped").ToArray();
        if (failed.Length > 0) page.Table("Steps that failed, and those that needed them", ["step", "state", "cause", "what to do"], failed.Select(s => (IReadOnlyList<string>)[s.Name, s.State, s.Cause, s.Remedy]));
        foreach (var s in failed) report.Lacks($"Step {s.Name} {(s.State == "failed" ? "failed" : "was skipped")}{(s.Cause.Length > 0 ? ": " + s.Cause : "")}.");
        var waiting = steps.Count(s => s.State == "waiting");
        if (waiting > 0) report.Lacks(string.Create(CultureInfo.InvariantCulture, $"{waiting} of {steps.Count} steps have not begun; the same `cora reproduce` goes on."));
        Table.Write(Path.Combine(report.FiguresFolder, "costs.csv"), ["kind", "steps", "done", "seconds", "longest_seconds"],
            steps.GroupBy(Kind).Select(g => new object?[] { g.Key, g.Count(), g.Count(s => s.State == "done"), g.Sum(s => s.Seconds), g.Max(s => s.Seconds) }));
    }

    public static void Provenance(ReproductionPage report)
    {
        var files = report.Files;
        var page = report.Page.Section("Settings and provenance");
        var runs = Runs(files).Select(r => ReproductionFolder.Read(Path.Combine(r, "provenance.json"))).OfType<JsonElement>().ToArray();
        if (runs.Length == 0)
        {
            page.Paragraph("No run with a provenance is there yet.");
            report.Lacks("Provenance: no run has begun.");
        }
        else
        {
            string All(Func<JsonElement, string?> of) => string.Join("; ", runs.Select(of).OfType<string>().Distinct().Take(6)) is { Length: > 0 } text ? text : "not recorded";
            static string? Word(JsonElement e, string name) => e.TryGetProperty(name, out var v) && v.ValueKind is not JsonValueKind.Null ? v.ToString() : null;
            var dirty = runs.Any(r => r.TryGetProperty("dirty", out var d) && d.ValueKind == JsonValueKind.True);
            page.Table("Provenance of all trainings together; each has its own provenance.json", ["fact", "value"],
            [
                ["trainings", runs.Length.ToString(CultureInfo.InvariantCulture)],
                ["program", "CORA " + All(r => Word(r, "version"))], ["commit", All(r => Word(r, "commit")) + (dirty ? " (with changes that were not committed, in some at least)" : "")],
                ["device", All(r => Word(r, "device"))], ["threads", All(r => Word(r, "threads"))],
                ["machine", All(r => r.TryGetProperty("sessions", out var s) && s.ValueKind == JsonValueKind.Array && s.GetArrayLength() > 0 ? $"{Word(s[0], "platform")}, .NET {Word(s[0], "dotnet")}" : null)],
                ["packages", All(r => r.TryGetProperty("packages", out var p) && p.ValueKind == JsonValueKind.Object ? string.Join(", ", p.EnumerateObject().Select(x => $"{x.Name} {x.Value}")) : null)],
                ["cohort content (SHA-256)", All(r => Word(r, "cohort_hash"))],
                ["first training begun", runs.Select(r => Word(r, "start")).OfType<string>().Order(StringComparer.Ordinal).FirstOrDefault() ?? "not recorded"],
                ["last training ended", runs.Select(r => Word(r, "end")).OfType<string>().Order(StringComparer.Ordinal).LastOrDefault() ?? "not recorded"],
                ["seeds of fine-tuning", files.Seeds.Count > 0 ? string.Join(", ", files.Seeds) : "not recorded"],
            ]);
        }

        var preset = files.In("preset.toml");
        if (File.Exists(preset)) page.Folded("Every setting of this reproduction (preset.toml; can be given again as --preset FILE)", File.ReadAllText(preset));
        else if (files.Settings is { } settings) page.Folded("Every setting of this reproduction (reproduction.json)", settings);
        else report.Lacks("The settings: preset.toml.");
        page.Paragraph("Each training's own settings lie in its experiment.toml and can be run again as they are.");
    }

    /// <summary>A step's group, and of a fine-tuning also its task.</summary>
    private static string Kind(ReproductionStep step) => step.Makes.Split('/') is ["finetune", { Length: > 0 } task, ..] ? $"fine-tuning, {Telling.Plain(task)}" : step.Group;

    /// <summary>Folders of all trainings.</summary>
    internal static IEnumerable<string> Runs(ReproductionFolder files) =>
        [.. files.Methods.Select(m => files.In("pretrain", m)), .. files.Tasks.Concat(files.ArterySeries).SelectMany(files.RunsOf).SelectMany(m => m.Runs)];

    /// <summary>Seconds in words.</summary>
    internal static string Time(double? seconds) => seconds switch
    {
        null => "", < 1 => "below 1 s", < 120 => string.Create(CultureInfo.InvariantCulture, $"{seconds:0} s"), < 7200 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 60:0.0} min"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600:0.0} h"),
    };

    private static string Memory(double? mb) => mb is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{mb:0} MB");

    private static IReadOnlyList<string> Row(string kind, IReadOnlyList<ReproductionStep> steps) =>
    [
        kind, steps.Count.ToString(CultureInfo.InvariantCulture), steps.Count(s => s.State == "done").ToString(CultureInfo.InvariantCulture), Time(steps.Any(s => s.Seconds is not null) ? steps.Sum(s => s.Seconds ?? 0) : null),
        Time(steps.Max(s => s.Seconds)),
    ];
}
