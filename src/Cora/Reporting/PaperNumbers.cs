using System.Globalization;

namespace Cora.Reporting;

/// <summary>A number that the paper prints, and where.</summary>
/// <param name="Section">Where it stands in the paper.</param>
/// <param name="Task">The task that it belongs to here.</param>
/// <param name="Split">The split; empty where the paper names none.</param>
/// <param name="Target">What was predicted; empty where there is one target.</param>
/// <param name="Measure">Key of the measure.</param>
/// <param name="Method">The method as series are called here.</param>
/// <param name="Value">The number.</param>
/// <param name="Low">Lower end of its 95 % interval; null where none is printed.</param>
/// <param name="High">Upper end.</param>
internal sealed record PaperNumber(string Section, string Task, string Split, string Target, string Measure, string Method, double Value, double? Low = null, double? High = null)
{
    /// <summary>The number in words, as printed.</summary>
    public string Words => Value.ToString("0.00#", CultureInfo.InvariantCulture) + (Low is { } low ? string.Create(CultureInfo.InvariantCulture, $" ({low:0.00#} to {High:0.00#})") : "");
}

/// <summary>
/// The numbers of the paper's text (Hao et al., "CORA"). Of the external areas of the peers the text lists two values a method "for non-calcified and calcified plaque";
/// the first is read as calcified, since that is the order of CORA's own values, the easier target inside, and what the abstract's largest gain is made of.
/// Statements that the paper's own numbers do not bear out ("below 0.70", "up to 29 %") are not listed.
/// </summary>
internal static class PaperNumbers
{
    private const string Plaque = "Results, plaque characterisation", Stenosis = "Results, stenosis detection", Arteries = "Results, artery segmentation", Mace = "Results, MACE";
    private const string Inside = "internal_test", Outside = "external_test", Calcified = "calcified_plaque", Soft = "non_calcified_plaque";

    public const string Reading = "External areas of MAE, VolumeFusion and VoCo stand in the text in an order that contradicts the rest of the paper; the first value is read as calcified, the second as non-calcified.";

    public static readonly IReadOnlyList<PaperNumber> All =
    [
        new(Plaque, "plaque", Inside, Calcified, "auroc", "CORA", 0.94, 0.92, 0.96), new(Plaque, "plaque", Inside, Calcified, "auroc", "from scratch", 0.74, 0.70, 0.78),
        new(Plaque, "plaque", Inside, Soft, "auroc", "CORA", 0.79, 0.75, 0.83), new(Plaque, "plaque", Inside, Soft, "auroc", "from scratch", 0.65, 0.60, 0.70),
        new(Plaque, "plaque", Outside, Calcified, "auroc", "CORA", 0.93, 0.91, 0.94), new(Plaque, "plaque", Outside, Calcified, "auroc", "MAE", 0.71, 0.68, 0.73),
        new(Plaque, "plaque", Outside, Calcified, "auroc", "VolumeFusion", 0.72, 0.70, 0.74), new(Plaque, "plaque", Outside, Calcified, "auroc", "VoCo", 0.72, 0.70, 0.74),
        new(Plaque, "plaque", Outside, Soft, "auroc", "CORA", 0.71, 0.69, 0.73), new(Plaque, "plaque", Outside, Soft, "auroc", "MAE", 0.58, 0.56, 0.60),
        new(Plaque, "plaque", Outside, Soft, "auroc", "VolumeFusion", 0.59, 0.57, 0.62), new(Plaque, "plaque", Outside, Soft, "auroc", "VoCo", 0.61, 0.59, 0.63),
        new(Stenosis, "stenosis", "", "", "precision", "CORA", 0.694), new(Stenosis, "stenosis", "", "", "precision", "from scratch", 0.560),
        new(Stenosis, "stenosis", "", "", "recall", "CORA", 0.675), new(Stenosis, "stenosis", "", "", "recall", "from scratch", 0.538),
        new(Stenosis, "stenosis", "", "", "f1", "CORA", 0.684), new(Stenosis, "stenosis", "", "", "f1", "from scratch", 0.549), new(Stenosis, "stenosis", "", "", "f1", "MAE", 0.575),
        new(Stenosis, "stenosis", "", "", "f1", "VolumeFusion", 0.550), new(Stenosis, "stenosis", "", "", "f1", "VoCo", 0.612),
        new(Arteries, "arteries", "", "", "dice", "CORA", 0.654), new(Arteries, "arteries", "", "", "dice", "from scratch", 0.629),
        new(Arteries, "arteries", "", "", "cldice", "CORA", 0.681), new(Arteries, "arteries", "", "", "cldice", "from scratch", 0.651),
        new(Arteries, "arteries", "", "", "mean_surface_distance_voxels", "CORA", 22.664), new(Arteries, "arteries", "", "", "mean_surface_distance_voxels", "from scratch", 27.264),
        new(Mace, "mace", Inside, "mace_30d", "auroc", "CORA (multimodal)", 0.75, 0.67, 0.82), new(Mace, "mace", Inside, "mace_30d", "auroc", "CORA (image)", 0.74, 0.65, 0.81),
        new(Mace, "mace", Inside, "mace_30d", "auroc", "from scratch (image)", 0.64), new(Mace, "mace", Inside, "mace_30d", "auroc", "MAE (image)", 0.62),
        new(Mace, "mace", Inside, "mace_30d", "auroc", "VolumeFusion (image)", 0.622), new(Mace, "mace", Inside, "mace_30d", "auroc", "VoCo (image)", 0.67),
        new(Mace, "mace", Outside, "mace_30d", "auroc", "CORA (multimodal)", 0.756, 0.722, 0.789), new(Mace, "mace", Outside, "mace_30d", "auroc", "CORA (image)", 0.68, 0.64, 0.72),
        new(Mace, "mace", Outside, "mace_30d", "auroc", "from scratch (image)", 0.59), new(Mace, "mace", Outside, "mace_30d", "auroc", "MAE (image)", 0.59),
        new(Mace, "mace", Outside, "mace_30d", "auroc", "VolumeFusion (image)", 0.57), new(Mace, "mace", Outside, "mace_30d", "auroc", "VoCo (image)", 0.59),
    ];

    /// <summary>The paper's numbers with ours beside them, one row each; where the paper names no split, ours of every split.</summary>
    public static IEnumerable<IReadOnlyList<string>> Beside(IReadOnlyDictionary<string, TaskFigures> tasks) => All.Select(n =>
    {
        var cells = tasks.TryGetValue(n.Task == "plaque" ? Claims.PlaqueOf(tasks) ?? "plaque" : n.Task, out var figures) ? figures.Cells.Where(c => (n.Split.Length == 0 || c.Split == n.Split) && (n.Target.Length == 0 || c.Target == n.Target)).ToArray() : [];
        var ours = cells.SelectMany(c => c.Rows.Where(r => r.Key == n.Measure).SelectMany(r => r.Values).Where(v => v.Series.Name == n.Method)
            .Select(v => (n.Split.Length == 0 && cells.Length > 1 ? Telling.Split(c.Split) + ": " : "") + Telling.Interval(v.Estimate, n.Value > 1 ? "0.0" : "0.000"))).ToArray();
        var what = string.Join(", ", new[] { n.Split.Length > 0 ? Telling.Split(n.Split) : "", n.Task == "plaque" ? Telling.Plain(n.Target) : "" }.Where(w => w.Length > 0));
        return (IReadOnlyList<string>)[$"{n.Section}: {(what.Length > 0 ? what + ", " : "")}{MeasureName(n.Measure)}", n.Method, n.Words, ours.Length > 0 ? string.Join("; ", ours) : "not made here"];
    });

    private static string MeasureName(string key) => key switch
    {
        "auroc" => "AUROC", "f1" => "F1", "dice" => "Dice", "cldice" => "clDice", "mean_surface_distance_voxels" => "mean surface distance (voxels)", _ => Telling.Plain(key),
    };
}
