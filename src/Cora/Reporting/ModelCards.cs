using System.Globalization;
using System.Text.Json;

namespace Cora.Reporting;

/// <summary>One card a pretrained network and a starting point of each task: what it is, of which data, with which settings, how good, and where its limits are.</summary>
internal static class ModelCards
{
    private static readonly (string Name, string Label)[] Training =
        [("trainer.steps", "steps"), ("trainer.batch_size", "batch"), ("trainer.optimizer", "optimizer"), ("trainer.learning_rate", "learning rate"), ("trainer.schedule", "schedule")];

    private static readonly (string Name, string Label)[] Network = [("network.channels", "channels"), ("network.blocks", "blocks")];

    // The others read whole scans, whatever the size of a patch in their settings.
    private static readonly string[] Patchwise = ["stenosis", "arteries"];

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
        yield return ["settings", string.Join(", ", Told(report, run, run, isProbe: false, isPatchwise: true))];
        if (RunSettings.Of(run)?["seed"] is { } seed) yield return ["seed", seed];
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
        if (TransferWords.Of(method.Runs[0]) is { } taken) yield return ["taken over", taken + "; tensor by tensor in transfer.json"];
        yield return ["data", Data(report, method.Runs[0]) + (card.Cases is { } cases ? string.Create(CultureInfo.InvariantCulture, $"; {cases} training cases") : "")];
        yield return ["trainings", string.Join(", ", method.Runs.Select(report.Files.Told))];
        yield return ["seeds", string.Join(", ", made.Cards.Where(c => method.Runs.Contains(c.Folder)).Select(c => c.Seed.ToString(CultureInfo.InvariantCulture)))];
        yield return ["settings", (card.IsLinearProbe ? "linear probe: the layer is solved for, no steps; " : "") + string.Join(", ", Told(report, card.Folder, WeightsOf(report, card), card.IsLinearProbe, Patchwise.Contains(card.Task)))];
        foreach (var cell in made.Cells)
        {
            var values = cell.Rows.Where(r => !r.Key.StartsWith("recall_", StringComparison.Ordinal))
                .SelectMany(r => r.Values.Where(v => IsOf(v.Series.Name, method.Name)).Select(v => $"{r.Name}{Variant(v.Series.Name, method.Name)} {Telling.Interval(v.Estimate)}"));
            yield return [cell.Heading, $"{string.Join("; ", values)} ({cell.Cases.ToString(CultureInfo.InvariantCulture)} cases, {cell.Counted})"];
        }

        yield return ["limits", Limits(report)];
    }

    /// <summary>Whether a series is a method's; what knows clinical data alone is every method's, where one model stands for all.</summary>
    private static bool IsOf(string series, string method) =>
        series == method || series == MethodSeries.ClinicalAlone || series.StartsWith(method + " (", StringComparison.Ordinal) || series == MethodSeries.ClinicalOf(method);

    private static string Variant(string series, string method) =>
        series.StartsWith(MethodSeries.ClinicalAlone, StringComparison.Ordinal) ? $" ({MethodSeries.ClinicalAlone})" : series.Length > method.Length ? series[method.Length..] : "";

    private static string Data(ReproductionPage report, string run)
    {
        var hash = ReproductionFolder.Read(Path.Combine(run, "provenance.json")) is { } p && p.TryGetProperty("cohort_hash", out var h) && h.ValueKind == JsonValueKind.String ? $", content {h.GetString()![..Math.Min(12, h.GetString()!.Length)]}…" : "";
        return (report.Files.IsPhantom ? "digital phantoms only, no patient" : "the given cohort") + hash;
    }

    private static string Limits(ReproductionPage report) =>
        "Not validated for any clinical use; one cohort; sizes of this preset. " + (report.Files.IsPhantom ? "It has never seen a patient, and nothing follows for patients. " : "") + "Probabilities are as trained: see calibration.";

    /// <summary>The run whose network and spacing a fine-tuning took over; itself from scratch, or where that run is not there.</summary>
    private static string WeightsOf(ReproductionPage report, RunCard card)
    {
        if (card.Weights is null) return card.Folder;
        string[] places = [card.Weights, report.Files.In("pretrain", Path.GetFileName(Path.TrimEndingDirectorySeparator(card.Weights)))];
        return places.FirstOrDefault(p => RunSettings.Of(p) is not null) ?? card.Folder;
    }

    /// <summary>A few settings of a run. Where weights are given, network and spacing are theirs, whatever the run's own settings say.</summary>
    private static IEnumerable<string> Told(ReproductionPage report, string run, string weights, bool isProbe, bool isPatchwise)
    {
        if (RunSettings.Of(run) is not { } own) return ["not recorded"];
        var given = RunSettings.Of(weights) ?? own;
        string? Said(string label, string? value) => value is null ? null : $"{label} {value}";
        // A linear probe makes no steps.
        var training = isProbe ? [] : Training.Select(s => Said(s.Label, own[s.Name]));
        // nnU-Net's recipe plans its network and spacing itself.
        var isPlanned = own["task"] == "arteries" && own["arteries.recipe"] == "nnunet";
        var network = isPlanned ? [] : Network.Select(s => Said(s.Label, given[s.Name])).Append(Said("spacing (mm)", given["data.spacing_mm"] ?? GridOf(report, run)));
        var patch = isPatchwise ? Said("patch (voxels)", own["data.patch"]) : own["data.heart_crop"] is null ? null : "whole scans";
        return [.. training.Concat(network).Append(patch).OfType<string>(), "the rest in experiment.toml"];
    }

    /// <summary>Spacing of the cohort that a run has seen; null where that is another than the report's, or its cases share none.</summary>
    private static string? GridOf(ReproductionPage report, string run)
    {
        if (report.Cohort?.Description is not { SpacingMm: { } mm, ContentHash: { } content }) return null;
        var seen = ReproductionFolder.Read(Path.Combine(run, "provenance.json")) is { } p && p.TryGetProperty("cohort_hash", out var h) ? h.ToString() : null;
        return seen == content ? "of the cohort, " + string.Join(" x ", mm.Select(v => v.ToString(CultureInfo.InvariantCulture))) : null;
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
