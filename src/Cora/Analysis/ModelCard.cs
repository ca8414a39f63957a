using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Cora.Analysis;

/// <summary>One measured number of a model, with its interval where there is one.</summary>
public sealed record CardMeasure(string Split, string Measure, double Value, double? Low, double? High);

/// <summary>What the card says of one model.</summary>
public sealed record CardModel(BundledModel Model, string Purpose, int? TrainingCases, IReadOnlyList<CardMeasure> Measured);

/// <summary>card.json and card.md: what a bundle is for, what its models have seen, what was measured, and where not to use it.</summary>
public sealed record ModelCard(string Name, string? Description, string Version, bool PhantomOnly, BundlePreprocessing Preprocessing, IReadOnlyList<CardModel> Models, IReadOnlyList<string> Limits, string Notice)
{
    /// <summary>The measures that the card shows; scorecards hold many more.</summary>
    private static readonly string[] Told =
        ["dice", "cldice", "mean_surface_distance_mm", "auroc", "precision", "recall", "f1", "box_overlap", "box_error_mm"];

    /// <summary>The card of a bundle.</summary>
    internal static ModelCard Of(BundleManifest manifest, string? description, IReadOnlyDictionary<BundleRole, JsonNode?> scorecards) => new(
        manifest.Name, description, manifest.Version, manifest.PhantomOnly, manifest.Preprocessing,
        [.. manifest.Models.Select(m => new CardModel(m, PurposeOf(m.Role), scorecards[m.Role]?["cases"]?.GetValue<int>(), MeasuredOf(scorecards[m.Role])))],
        LimitsOf(manifest), manifest.Notice);

    /// <summary>The card as JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, BundleManifest.Json) + "\n";

    /// <summary>The card as Markdown.</summary>
    public string ToMarkdown()
    {
        var text = new StringBuilder();
        void Line(FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
        Line($"# {Name}\n");
        Line($"**{Notice}**\n");
        if (Description is not null) Line($"{Description}\n");
        Line($"Made by cora {Version}. Scans are clipped to {Preprocessing.ClipHu[0]}..{Preprocessing.ClipHu[1]} HU and resampled ({Preprocessing.Interpolation}) to {string.Join(" x ", Preprocessing.SpacingMm)} mm; {Preprocessing.HeartMarginMm} mm are kept round the heart.\n");
        Line($"## Models\n");
        Line($"| role | what it does | parameters | spacing (mm) | patch | input | threshold | learnt from |\n|---|---|---|---|---|---|---|---|");
        foreach (var (model, purpose, cases, _) in Models)
        {
            var seen = model.PhantomOnly ? "digital phantoms only" : "see its makers";
            Line($"| {BundleManifest.WordOf(model.Role)} | {purpose} | {model.Parameters} | {string.Join(" x ", model.SpacingMm)} | {(model.Patch == 0 ? "whole scan" : model.Patch)} | {InputOf(model)} | {(model.Threshold is { } t ? t : "-")} | {(cases is null ? seen : FormattableString.Invariant($"{cases} cases, {seen}"))} |");
        }

        Line($"\n## Measured\n");
        Line($"On the test cases of the cohort that each was trained on, with 95 % intervals.\n");
        Line($"| role | split | measure | value |\n|---|---|---|---|");
        foreach (var model in Models)
        {
            foreach (var m in model.Measured) Line($"| {BundleManifest.WordOf(model.Model.Role)} | {m.Split} | {m.Measure} | {m.Value:0.###}{(m.Low is null || m.High is null ? "" : FormattableString.Invariant($" ({m.Low:0.###} to {m.High:0.###})"))} |");
        }

        Line($"\n## Limits\n");
        foreach (var limit in Limits) Line($"- {limit}");
        return text.ToString();
    }

    private static string InputOf(BundledModel model) => model.WindowsHu.Count == 0 ? "normalised CT" : string.Join(", ", model.WindowsHu.Select(w => FormattableString.Invariant($"{w[0]}..{w[1]}"))) + " HU";

    private static string PurposeOf(BundleRole role) => role switch
    {
        BundleRole.Heart => "finds the heart's box in a whole scan",
        BundleRole.Arteries => "marks coronary arteries",
        BundleRole.Response => "abnormality response before fine-tuning",
        BundleRole.Plaque => "probability of calcified and of non-calcified plaque in the scan",
        _ => "marks candidates of stenoses",
    };

    private static string[] LimitsOf(BundleManifest manifest) =>
    [
        "Research software, not a medical device; nothing that these models say may guide the care of a patient.",
        .. manifest.PhantomOnly
            ? (string[])["No scan of a patient was ever seen. The phantoms are drawn from ellipsoids and tubes; numbers on them say nothing about patients, and probabilities are calibrated for none.", "Vessels, plaques and noise of real scans look otherwise: expect missed arteries and marks on veins, bone and metal."]
            : [],
        "Contrast-enhanced CT of the heart only; other scans give answers that mean nothing.",
    ];

    /// <summary>Every object of the splits with a value, by the way that leads to it.</summary>
    private static CardMeasure[] MeasuredOf(JsonNode? scorecard)
    {
        var found = new List<CardMeasure>();
        if (scorecard?["splits"] is JsonObject splits) foreach (var (split, node) in splits) Walk(split, "", node, found);
        return [.. found];
    }

    private static void Walk(string split, string way, JsonNode? node, List<CardMeasure> found)
    {
        if (node is not JsonObject parts) return;
        var name = way.Split('.')[^1];
        if (parts["value"] is JsonValue value && value.TryGetValue<double>(out var number))
        {
            if (Told.Contains(name)) found.Add(new(split, way, number, NumberOf(parts["low"]), NumberOf(parts["high"])));
            return;
        }

        foreach (var (key, part) in parts) Walk(split, way.Length == 0 || way is "measures" ? key : $"{way}.{key}", part, found);
    }

    private static double? NumberOf(JsonNode? node) => node is JsonValue value && value.TryGetValue<double>(out var number) ? number : null;
}
