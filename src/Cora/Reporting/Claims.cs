using System.Globalization;
using Cora.Evaluation;
using ScottPlot;

namespace Cora.Reporting;

/// <summary>One comparison that speaks for or against a claim of the paper.</summary>
/// <param name="Claim">The claim, in short.</param>
/// <param name="Task">The task.</param>
/// <param name="Where">Split and target.</param>
/// <param name="Measure">What is compared.</param>
/// <param name="Difference">What the claim says is above zero.</param>
/// <param name="Low">2.5th percentile over the resampled cases.</param>
/// <param name="High">97.5th percentile.</param>
/// <param name="Trainings">Trainings behind each side.</param>
/// <param name="Caution">Why the comparison must not count; null when it may.</param>
internal sealed record Comparison(string Claim, string Task, string Where, string Measure, double Difference, double Low, double High, string Trainings, string? Caution)
{
    /// <summary>The verdict by the interval alone.</summary>
    public string Verdict => Caution is not null ? "not comparable" : double.IsNaN(Low) || double.IsNaN(High) ? "not defined" : Low > 0 ? "holds" : High < 0 ? "does not hold" : "undecided";

    /// <summary>The verdict, with what speaks against counting it.</summary>
    public string Judgement => Caution is null ? Verdict : $"{Verdict}: {Caution}";
}

/// <summary>The paper's claims as comparisons of this reproduction's own runs: paired differences on the same cases, means over trainings.</summary>
internal static class Claims
{
    private const string Cora = "CORA";
    private const string Baseline = "from scratch";
    private static readonly string[] Peers = [Baseline, "MAE", "VolumeFusion", "VoCo"];
    private static readonly string[] Overlaps = ["dice", "cldice"];
    private static readonly string[] Verdicts = ["holds", "undecided", "does not hold", "not comparable", "not defined"];

    // The one measure by which each task is judged: the paper's first.
    private static readonly (string Task, string Measure, string Suffix)[] Judged = [("plaque", "auroc", ""), ("stenosis", "f1", ""), ("arteries", "dice", ""), ("mace", "auroc", " (image)")];

    // All weights trained comes first; where it was not run, the head that stands nearest to it.
    public static readonly IReadOnlyList<string> PlaqueHeads = ["plaque", "plaque_paper", "plaque_arteries", "plaque_probe"];

    /// <summary>What the paper claims, in its order and in our words.</summary>
    public static readonly IReadOnlyList<(string Claim, string Paper)> All =
    [
        ("CORA over scratch", "CORA does better than training from scratch in every task (Results)."),
        ("CORA over MAE", "CORA does better than MAE in every task (Results)."),
        ("CORA over VolumeFusion", "CORA does better than VolumeFusion in every task (Results)."),
        ("CORA over VoCo", "CORA does better than VoCo in every task (Results)."),
        ("Larger gain on external sites", "CORA's advantage is larger on the external cohort (Results: plaque characterisation, MACE)."),
        ("Cross-task gain in segmentation", "Pretraining on plaques also helps artery segmentation (Results: Fig. 4)."),
        ("Multimodal over image", "Clinical data beside the image predict MACE better than the image alone (Results: Fig. 5)."),
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
            if (Ran(task, tasks) is { } ran) made.AddRange(External(ran, suffix, tasks[ran], notLearnt));
        if (tasks.TryGetValue("arteries", out var arteries))
            made.AddRange(from cell in arteries.Cells from measure in Overlaps let c = Pair(All[5].Claim, "arteries", cell, measure, Cora, Baseline, notLearnt) where c is not null select c);
        if (tasks.TryGetValue("mace", out var mace))
            made.AddRange(mace.Cells.Select(cell => Pair(All[6].Claim, "mace", cell, "auroc", Named(Cora, " (multimodal)", cell), Named(Cora, " (image)", cell), notLearnt)).OfType<Comparison>());
        return made;
    }

    /// <summary>CORA against each peer by every head of plaque characterisation that was run; nothing where there is but one.</summary>
    public static IReadOnlyList<Comparison> ByHead(IReadOnlyDictionary<string, TaskFigures> tasks, IReadOnlySet<string> notLearnt)
    {
        var heads = PlaqueHeads.Where(tasks.ContainsKey).ToArray();
        if (heads.Length < 2) return [];
        return [.. from head in heads from other in Peers from cell in tasks[head].Cells
                   let pair = Pair(Over(other), head, cell, "auroc", Cora, other, notLearnt) where pair is not null select pair];
    }

    /// <summary>The task that speaks for plaque characterisation: with all weights trained, or else the head that was run; null when there is none.</summary>
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

    /// <summary>All comparisons as a forest of differences.</summary>
    public static IFigure Figure(IReadOnlyList<Comparison> comparisons)
    {
        var groups = All.Select(c => comparisons.Where(x => x.Claim == c.Claim).ToArray()).Where(g => g.Length > 0).ToArray();
        var lines = comparisons.Count + groups.Length;
        var told = groups.Select(g => $"{g[0].Claim}: " + string.Join("; ", g.Select(c => $"{Row(c)} {Said(c)}, {c.Verdict}")) + ".");
        return new DrawnFigure(
            "claims", "The paper's claims in this reproduction",
            $"Differences that a claim says are above zero, with 95 % intervals over resampled cases. {string.Join(" ", told)}",
            new(Columns, [.. comparisons.Select(Fields)]),
            new(1, 860, 90 + 17 * lines, [plot => Draw(plot, groups, lines)]))
        {
            Summary = "Each point is a paired difference on the same test cases (for external sites: a difference of differences), which the claim says lies to the right of zero. Green: the whole 95 % interval does; red: the whole interval lies to the left; grey: it spans zero, or must not count.",
        };
    }

    /// <summary>The columns of a table of comparisons.</summary>
    public static string[] Columns { get; } = ["claim", "task", "where", "measure", "difference", "low", "high", "trainings", "verdict", "caution"];

    /// <summary>A comparison's row under <see cref="Columns"/>.</summary>
    public static object?[] Fields(Comparison c) =>
        [c.Claim, c.Task, c.Where, c.Measure, ScoreTable.Number(c.Difference), ScoreTable.Number(c.Low), ScoreTable.Number(c.High), c.Trainings, c.Verdict, c.Caution];

    /// <summary>Number and interval in words.</summary>
    public static string Said(Comparison c) => double.IsNaN(c.Low) ? Telling.Number(c.Difference, "+0.000;-0.000") : $"{Telling.Number(c.Difference, "+0.000;-0.000;0.000")} ({Telling.Number(c.Low, "+0.000;-0.000;0.000")} to {Telling.Number(c.High, "+0.000;-0.000;0.000")})";

    /// <summary>A task as readers know it.</summary>
    public static string TaskName(string task) => task switch { "plaque" => "plaque", "plaque_probe" => "plaque, linear probe", "plaque_paper" => "plaque, the paper's head", "plaque_arteries" => "plaque, within the arteries", "stenosis" => "stenosis", "arteries" => "arteries", "mace" => "MACE", _ => Telling.Plain(task) };

    private static string Named(string method, string suffix, ScoreCell cell) => cell.Rows[0].Values.Any(v => v.Series.Name == method + suffix) || suffix.Length == 0 ? method + suffix : method;

    private static Comparison? Pair(string claim, string task, ScoreCell cell, string measure, string first, string second, IReadOnlySet<string> notLearnt)
    {
        if (first == second || Find(cell, measure, first) is not { } one || Find(cell, measure, second) is not { } other) return null;
        var d = PairedDifference.Of(one.Measure, other.Measure);
        return new(claim, task, task == "mace" ? Telling.Split(cell.Split) : cell.Heading, cell[measure].Name, d.Difference, d.Low, d.High, Trainings(one, other), Caution(notLearnt, first, second));
    }

    /// <summary>How much larger CORA's gain over scratch is outside than inside. The two sets hold different cases, so their resamples are paired at a distance: equal numbers of cases draw equal positions.</summary>
    private static IEnumerable<Comparison> External(string task, string suffix, TaskFigures figures, IReadOnlySet<string> notLearnt)
    {
        foreach (var inside in figures.Cells.Where(c => c.Split == "internal_test"))
        {
            if (figures.Cells.FirstOrDefault(c => c.Split == "external_test" && c.Target == inside.Target) is not { } outside) continue;
            var found = new[] { inside, outside }.Select(cell => (One: Find(cell, "auroc", Cora + suffix), Other: Find(cell, "auroc", Baseline + suffix))).ToArray();
            if (found.Any(f => f.One is null || f.Other is null)) continue;
            var gains = found.Select(f => f.One!.Measure.Resampled.Zip(f.Other!.Measure.Resampled, (a, b) => a - b).ToArray()).ToArray();
            var count = Math.Min(gains[0].Length, gains[1].Length);
            var sorted = Estimate.Defined([.. Enumerable.Range(0, count).Select(b => gains[1][b] - gains[0][(b + count / 2) % count])]);
            var value = (found[1].One!.Measure.Mean - found[1].Other!.Measure.Mean) - (found[0].One!.Measure.Mean - found[0].Other!.Measure.Mean);
            var what = task == "mace" || inside.Target.Length == 0 ? "" : ": " + Telling.Plain(inside.Target);
            yield return new(All[4].Claim, task, $"External less internal{what}{suffix}", "gain in AUROC", value, Percentile.OfSorted(sorted, 2.5), Percentile.OfSorted(sorted, 97.5), Trainings(found[0].One!, found[0].Other!), Caution(notLearnt, Cora));
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

    private static string Row(Comparison c) => $"{TaskName(c.Task)}, {(c.Where.Length > 0 ? char.ToLowerInvariant(c.Where[0]) + c.Where[1..] : "")}, {c.Measure}";

    private static void Draw(Plot plot, Comparison[][] groups, int lines)
    {
        var labels = new List<(double, string)>();
        var shown = groups.SelectMany(g => g).SelectMany(c => new[] { c.Difference, c.Low, c.High }).Where(double.IsFinite).DefaultIfEmpty(0).ToArray();
        var reach = Math.Max(0.1, 1.06 * shown.Max(Math.Abs));
        PanelParts.Reference(plot, 0, -0.6, 0, lines - 0.4);
        double y = lines - 1;
        foreach (var group in groups)
        {
            var heading = plot.Add.Text(group[0].Claim, -reach, y);
            (heading.LabelFontSize, heading.LabelBold, heading.Alignment, heading.LabelFontColor, heading.LabelBackgroundColor) = (12, true, Alignment.MiddleLeft, new("#1B2128"), Colors.White);
            y--;
            foreach (var c in group)
            {
                labels.Add((y, Row(c)));
                var colour = new Color(c.Verdict switch { "holds" => "#0F7B4F", "does not hold" => "#B3261E", _ => "#6B7280" });
                if (!double.IsNaN(c.Low)) PanelParts.Segment(plot, c.Low, y, c.High, y, colour);
                if (double.IsFinite(c.Difference)) plot.Add.Marker(c.Difference, y, c.Caution is null ? MarkerShape.FilledSquare : MarkerShape.OpenSquare, 8, colour);
                y--;
            }
        }

        plot.Axes.SetLimits(-reach, reach, -0.7, lines - 0.3);
        plot.Axes.Left.TickGenerator = PanelParts.Ticks(labels.Select(l => (l.Item1, l.Item2)));
        plot.Axes.Left.MajorTickStyle.Length = 0;
        plot.Grid.YAxisStyle.IsVisible = false;
        plot.XLabel("difference (right of zero: as the paper claims)");
    }
}
