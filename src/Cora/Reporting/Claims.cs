using System.Globalization;
using Cora.Evaluation;

namespace Cora.Reporting;

/// <summary>The paper's claims as comparisons of this reproduction's own runs: paired differences on the same cases, means over trainings.</summary>
internal static class Claims
{
    private const string Cora = "CORA";
    private const string Baseline = "from scratch";
    private static readonly string[] Peers = [Baseline, "MAE", "VolumeFusion", "VoCo"];
    private static readonly string[] MaceBelowScratch = ["MAE", "VolumeFusion"];
    private static readonly string[] Overlaps = ["dice", "cldice"];
    private static readonly string[] Verdicts = ["holds", "undecided", "does not hold", "not comparable", "not defined"];

    // The one measure by which each task is judged: the paper's first.
    private static readonly (string Task, string Measure, string Suffix)[] Judged = [("plaque", "auroc", ""), ("stenosis", "f1", ""), ("arteries", "dice", ""), ("mace", "auroc", " (image)")];

    // The paper's own head comes first; where it was not run, the head that stands nearest to it.
    public static readonly IReadOnlyList<string> PlaqueHeads = ["plaque_paper", "plaque", "plaque_arteries", "plaque_probe"];

    /// <summary>What the paper claims, in its order and in our words.</summary>
    public static readonly IReadOnlyList<(string Claim, string Paper)> All =
    [
        ("CORA over scratch", "CORA does better than training from scratch in every task (Results)."),
        ("CORA over MAE", "CORA does better than MAE in every task (Results)."),
        ("CORA over VolumeFusion", "CORA does better than VolumeFusion in every task (Results)."),
        ("CORA over VoCo", "CORA does better than VoCo in every task (Results)."),
        ("Larger gain on external sites", "CORA's advantage, and what clinical data add to it, is larger on the external cohort (Results: plaque characterisation, MACE)."),
        ("Cross-task gain in segmentation", "Pretraining on plaques also helps artery segmentation (Results: Fig. 4)."),
        ("Multimodal over image", "Clinical data beside the image predict MACE better than the image alone (Results: Fig. 5)."),
        ("Scratch over MAE and VolumeFusion", "On internal patients, MAE and VolumeFusion predict MACE worse than training from scratch (Results: MACE)."),
    ];

    /// <summary>Every comparison that the tasks allow.</summary>
    /// <param name="tasks">The tasks by name; those that are not there are left out.</param>
    /// <param name="notLearnt">Methods whose pretraining did not learn its own task.</param>
    public static IReadOnlyList<Comparison> Of(IReadOnlyDictionary<string, TaskFigures> tasks, IReadOnlySet<string> notLearnt)
    {
        var made = new List<Comparison>();
        foreach (var other in Peers)
        {
            var claim = Over(other);
            foreach (var (task, measure, suffix) in Judged)
            {
                if (Ran(task, tasks) is not { } ran) continue;
                made.AddRange(tasks[ran].Cells.Select(cell => Pair(claim, ran, cell, measure, Named(Cora, suffix, cell), Named(other, suffix, cell), notLearnt)).OfType<Comparison>());
            }
        }

        foreach (var (task, suffix) in new[] { ("plaque", ""), ("mace", " (image)"), ("mace", " (multimodal)") })
            if (Ran(task, tasks) is { } ran) made.AddRange(External(ran, Cora + suffix, Baseline + suffix, suffix, tasks[ran], notLearnt));
        if (tasks.TryGetValue("arteries", out var arteries))
            made.AddRange(arteries.Cells.SelectMany(cell => OfArteries(cell, notLearnt)));
        if (tasks.TryGetValue("mace", out var mace)) made.AddRange(OfMace(mace, notLearnt));
        return made;
    }

    /// <summary>The paper's three measures: overlap, overlap of centre lines, and the distance of the surfaces, which is to be smaller.</summary>
    private static IEnumerable<Comparison> OfArteries(ScoreCell cell, IReadOnlySet<string> notLearnt)
    {
        var overlaps = Overlaps.Select(measure => Pair(All[5].Claim, "arteries", cell, measure, Cora, Baseline, notLearnt)).OfType<Comparison>();
        var distance = Pair(All[5].Claim, "arteries", cell, "mean_surface_distance_voxels", Baseline, Cora, notLearnt);
        return distance is null ? overlaps : overlaps.Append(distance with { Measure = Telling.Small(distance.Measure) + ", smaller by" });
    }

    private static IEnumerable<Comparison> OfMace(TaskFigures mace, IReadOnlySet<string> notLearnt)
    {
        const string Image = " (image)", Multimodal = " (multimodal)";
        var clinical = External("mace", Cora + Multimodal, Cora + Image, " (multimodal less image)", mace, notLearnt);
        var joined = mace.Cells.Select(cell => Pair(All[6].Claim, "mace", cell, "auroc", Named(Cora, Multimodal, cell), Named(Cora, Image, cell), notLearnt));
        var below = from other in MaceBelowScratch from cell in mace.Cells where cell.Split == "internal_test"
                    let pair = Pair(All[7].Claim, "mace", cell, "auroc", Named(Baseline, Image, cell), Named(other, Image, cell), notLearnt)
                    where pair is not null select pair with { Where = $"{pair.Where}, less {other}" };
        return [.. clinical, .. joined.OfType<Comparison>(), .. below];
    }

    /// <summary>CORA against each peer by every head of plaque characterisation that was run; nothing where there is but one.</summary>
    public static IReadOnlyList<Comparison> ByHead(IReadOnlyDictionary<string, TaskFigures> tasks, IReadOnlySet<string> notLearnt)
    {
        var heads = PlaqueHeads.Where(tasks.ContainsKey).ToArray();
        if (heads.Length < 2) return [];
        return [.. from head in heads from other in Peers from cell in tasks[head].Cells
                   let pair = Pair(Over(other), head, cell, "auroc", Cora, other, notLearnt) where pair is not null select pair];
    }

    /// <summary>The task that speaks for plaque characterisation: the paper's head, or else another that was run; null when there is none.</summary>
    public static string? PlaqueOf(IReadOnlyDictionary<string, TaskFigures> tasks) => PlaqueHeads.FirstOrDefault(tasks.ContainsKey);

    private static string Over(string other) => "CORA over " + (other == Baseline ? "scratch" : other);

    private static string? Ran(string task, IReadOnlyDictionary<string, TaskFigures> tasks) => task == "plaque" ? PlaqueOf(tasks) : tasks.ContainsKey(task) ? task : null;

    /// <summary>A claim's comparisons in words.</summary>
    public static string Summary(IEnumerable<Comparison> comparisons)
    {
        var all = comparisons.ToArray();
        if (all.Length == 0) return "not tried here";
        return string.Join(", ", Verdicts.Select(v => (Verdict: v, Count: all.Count(c => c.Verdict == v))).Where(v => v.Count > 0)
            .Select(v => string.Create(CultureInfo.InvariantCulture, $"{v.Verdict} in {v.Count} of {all.Length}")));
    }

    /// <summary>A task as readers know it.</summary>
    public static string TaskName(string task) => task switch { "plaque" => "plaque, the strongest answer", "plaque_probe" => "plaque, linear probe", "plaque_paper" => "plaque, the paper's head", "plaque_arteries" => "plaque, within the arteries", "stenosis" => "stenosis", "arteries" => "arteries", "mace" => "MACE", _ => Telling.Plain(task) };

    private static string Named(string method, string suffix, ScoreCell cell) => cell.Rows[0].Values.Any(v => v.Series.Name == method + suffix) || suffix.Length == 0 ? method + suffix : method;

    private static Comparison? Pair(string claim, string task, ScoreCell cell, string measure, string first, string second, IReadOnlySet<string> notLearnt)
    {
        if (first == second || Find(cell, measure, first) is not { } one || Find(cell, measure, second) is not { } other) return null;
        var d = PairedDifference.Of(one.Measure, other.Measure);
        // Too few cases for an interval of either are too few for one of the difference.
        var isDefined = double.IsFinite(one.Estimate.Low) && double.IsFinite(other.Estimate.Low);
        return new(claim, task, task == "mace" ? Telling.Split(cell.Split) : cell.Heading, cell[measure].Name, d.Difference, isDefined ? d.Low : double.NaN, isDefined ? d.High : double.NaN, Trainings(one, other), Caution(notLearnt, first, second));
    }

    /// <summary>How much larger a gain, of CORA over scratch or of clinical data, is outside than inside. The two sets hold different cases, so their resamples are paired at a distance: equal numbers of cases draw equal positions.</summary>
    private static IEnumerable<Comparison> External(string task, string first, string second, string told, TaskFigures figures, IReadOnlySet<string> notLearnt)
    {
        foreach (var inside in figures.Cells.Where(c => c.Split == "internal_test"))
        {
            if (figures.Cells.FirstOrDefault(c => c.Split == "external_test" && c.Target == inside.Target) is not { } outside) continue;
            var found = new[] { inside, outside }.Select(cell => (One: Find(cell, "auroc", first), Other: Find(cell, "auroc", second))).ToArray();
            if (found.Any(f => f.One is null || f.Other is null)) continue;
            var isDefined = found.All(f => double.IsFinite(f.One!.Estimate.Low) && double.IsFinite(f.Other!.Estimate.Low));
            var gains = found.Select(f => f.One!.Measure.Resampled.Zip(f.Other!.Measure.Resampled, (a, b) => a - b).ToArray()).ToArray();
            var count = Math.Min(gains[0].Length, gains[1].Length);
            double[] sorted = !isDefined ? [] : Estimate.Defined([.. Enumerable.Range(0, count).Select(b => gains[1][b] - gains[0][(b + count / 2) % count])]);
            var value = (found[1].One!.Measure.Mean - found[1].Other!.Measure.Mean) - (found[0].One!.Measure.Mean - found[0].Other!.Measure.Mean);
            var what = task == "mace" || inside.Target.Length == 0 ? "" : ": " + Telling.Plain(inside.Target);
            yield return new(All[4].Claim, task, $"External less internal{what}{told}", "gain in AUROC", value, Percentile.OfSorted(sorted, 2.5), Percentile.OfSorted(sorted, 97.5), Trainings(found[0].One!, found[0].Other!), Caution(notLearnt, Cora));
        }
    }

    private static MethodValue? Find(ScoreCell cell, string measure, string method) => cell.Rows.FirstOrDefault(r => r.Key == measure)?.Values.FirstOrDefault(v => v.Series.Name == method);

    private static string Trainings(MethodValue one, MethodValue other) => string.Create(CultureInfo.InvariantCulture, $"{one.Measure.Seeds.Count} against {other.Measure.Seeds.Count}");

    private static string? Caution(IReadOnlySet<string> notLearnt, params ReadOnlySpan<string> methods)
    {
        foreach (var method in methods)
        {
            var name = method.Split(" (")[0];
            if (notLearnt.Contains(name)) return $"{name} did not learn its own pretext task";
        }

        return null;
    }
}
