using System.Globalization;
using System.Text.Json;

namespace Cora.Reporting;

/// <summary>One card a pretrained network and a starting point of each task: what it is, of which data, with which settings, how good, and where its limits are.</summary>
internal static class ModelCards
{
    private static readonly (string Key, string Label)[] Settings =
        [("steps", "steps"), ("batch_size", "batch"), ("optimizer", "optimizer"), ("learning_rate", "learning rate"), ("schedule", "schedule"), ("channels", "channels"), ("blocks", "blocks"), ("patch", "patch (voxels)"), ("spacing_mm", "spacing (mm)")];

    // A linear probe makes no steps, and whole scans are no patches.
    private static readonly string[] OfSteps = ["steps", "batch_size", "optimizer", "learning_rate", "schedule", "patch"];

    public static void Add(ReproductionPage report)
    {
        var files = report.Files;
        var trained = (from task in files.Tasks where report.Tasks.ContainsKey(task) from method in files.RunsOf(task) select (Task: task, Method: method)).ToArray();
        var pretrained = files.Methods.Where(m => File.Exists(files.In("pretrain", m, "learning.json"))).ToArray();
        if (trained.Length == 0 && pretrained.Length == 0) return;
        var page = report.Page.Section("Model cards");
        page.Paragraph("One card for each pretrained network, and one for each starting point of each task, over all its trainings.");
        foreach (var method in pretrained) page.Folded($"{ReproductionFolder.NameOf(method)}, pretrained", p => p.Table($"Model card: {ReproductionFolder.NameOf(method)}, pretrained", ["fact", "value"], Pretrained(report, method)), isPrinted: true);
        foreach (var (task, method) in trained) page.Folded($"{TaskName(task)}, {method.Name}", p => p.Table($"Model card: {TaskName(task)}, {method.Name}", ["fact", "value"], Trained(report, task, method)));
    }

    private static IEnumerable<IReadOnlyList<string>> Pretrained(ReproductionPage report, string method)
    {
        var run = report.Files.In("pretrain", method);
        var learning = ReproductionFolder.Read(Path.Combine(run, "learning.json"))!.Value;
        yield return ["what it is", "a 3D residual U-Net with multi-window input, pretrained without labels of plaques; a beginning for fine-tuning, no diagnostic model"];
        yield return ["meant for", "research on transfer; not for use on patients"];
        yield return ["data", Data(report, run)];
        yield return ["settings", Told(run, isProbe: false)];
        yield return ["measures", learning.TryGetProperty("verdict", out var verdict) ? verdict.GetString() ?? "" : "not recorded"];
        yield return ["weights", report.Files.Told(Path.Combine(run, "checkpoints", "last"))];
        yield return ["limits", Limits(report)];
    }

    private static IEnumerable<IReadOnlyList<string>> Trained(ReproductionPage report, string task, MethodRuns method)
    {
        var made = report.Tasks[task];
        var card = made.Cards.First(c => c.Folder == method.Runs[0]);
        yield return ["what it is", Purpose(card.Task)];
        yield return ["meant for", "research on methods; not for use on patients"];
        yield return ["began from", card.Weights is null ? "random weights" : report.Files.Told(Path.IsPathRooted(card.Weights) ? card.Weights : Path.GetFullPath(card.Weights))];
        yield return ["data", Data(report, method.Runs[0]) + (card.Cases is { } cases ? string.Create(CultureInfo.InvariantCulture, $"; {cases} training cases") : "")];
        yield return ["trainings", string.Join(", ", method.Runs.Select(report.Files.Told))];
        yield return ["settings", (card.IsLinearProbe ? "linear probe: the layer is solved for, no steps; " : "") + Told(method.Runs[0], card.IsLinearProbe)];
        foreach (var cell in made.Cells)
        {
            var values = cell.Rows.Where(r => !r.Key.StartsWith("recall_", StringComparison.Ordinal))
                .SelectMany(r => r.Values.Where(v => v.Series.Name == method.Name || v.Series.Name.StartsWith(method.Name + " (", StringComparison.Ordinal)).Select(v => $"{r.Name}{Variant(v.Series.Name, method.Name)} {Telling.Interval(v.Estimate)}"));
            yield return [cell.Heading, $"{string.Join("; ", values)} ({cell.Cases.ToString(CultureInfo.InvariantCulture)} cases, {cell.Counted})"];
        }

        yield return ["limits", Limits(report)];
    }

    private static string Variant(string series, string method) => series.Length > method.Length ? series[method.Length..] : "";

    private static string Data(ReproductionPage report, string run)
    {
        var hash = ReproductionFolder.Read(Path.Combine(run, "provenance.json")) is { } p && p.TryGetProperty("cohort_hash", out var h) && h.ValueKind == JsonValueKind.String ? $", content {h.GetString()![..Math.Min(12, h.GetString()!.Length)]}…" : "";
        return (report.Files.IsPhantom ? "digital phantoms only, no patient" : "the given cohort") + hash;
    }

    private static string Limits(ReproductionPage report) =>
        "Not validated for any clinical use; one cohort; sizes of this preset. " + (report.Files.IsPhantom ? "It has never seen a patient, and nothing follows for patients. " : "") + "Probabilities are as trained: see calibration.";

    /// <summary>A few settings of a run, as they stand in its experiment.toml.</summary>
    private static string Told(string run, bool isProbe)
    {
        var path = Path.Combine(run, "experiment.toml");
        if (!File.Exists(path)) return "not recorded";
        var lines = File.ReadAllLines(path).Select(l => l.Split('=', 2)).Where(l => l.Length == 2).Select(l => (Key: l[0].Trim(), Value: l[1].Split(" #")[0].Trim().Trim('"'))).ToArray();
        var told = Settings.Where(s => !isProbe || !OfSteps.Contains(s.Key)).Select(s => (s.Label, Value: lines.FirstOrDefault(l => l.Key == s.Key).Value)).Where(s => s.Value is not null).Select(s => $"{s.Label} {s.Value}");
        return string.Join(", ", told.Append("the rest in experiment.toml"));
    }

    private static string TaskName(string task) => task switch
    {
        "plaque" => "Plaque, the strongest answer", "plaque_probe" => "Plaque, linear probe", "plaque_paper" => "Plaque, the paper's head", "plaque_arteries" => "Plaque, pooled within the arteries",
        "stenosis" => "Stenosis detection", "arteries" => "Artery segmentation", "mace" => "MACE prediction", _ => Telling.Plain(task),
    };

    private static string Purpose(string task) => task switch
    {
        "plaque" => "says with which probability a scan holds calcified and non-calcified coronary plaque", "stenosis" => "marks stenosed places of the coronary arteries", "arteries" => "marks the coronary arteries",
        _ => "says with which probability a major adverse cardiac event follows within 30 days",
    };
}
