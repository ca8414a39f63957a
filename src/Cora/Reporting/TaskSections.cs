using System.Globalization;
using Cora.Cohorts;

namespace Cora.Reporting;

/// <summary>The four clinical tasks: Fig. 2 to 5, S4, S5, and what the paper does not show.</summary>
internal static class TaskSections
{
    private static readonly (string Task, string Heading, string Words)[] Heads =
    [
        ("plaque_paper", "The paper's head", "Global average of the last stage, then a linear layer, as the paper prints it. An average dilutes a plaque that fills a few of many cells."),
        ("plaque", "The strongest answer", "The strongest answer of every stage, which carries a small plaque through where an average dilutes it, then a linear layer."),
        ("plaque_arteries", "Pooled within the arteries", "Pooled within the artery mask alone, which a segmenter must find first: how much of the difficulty is to know where to look."),
        ("plaque_probe", "Linear probe", "A linear layer on features that the task has not shaped: what pretraining alone has put into them."),
    ];

    public static void Plaque(ReproductionPage report)
    {
        var tasks = report.Tasks;
        if (!Begin(report, "Plaque characterisation (Fig. 2, S4, S5)", Claims.PlaqueHeads[0], Claims.PlaqueHeads.Skip(1))) return;
        var first = Heads.First(h => h.Task == Claims.PlaqueOf(tasks));
        report.Page.Paragraph($"{first.Heading}: {first.Words} {Trained(report, first.Task)} Every starting point has the same head.");
        report.Page.Paragraph("A rule learns nothing: a method that does not surpass 'maximum HU' may have found the brightest spot and no more, and 'oracle with the artery mask' shows what it is worth to know where the arteries are.");
        Add(report, first.Task, tasks[first.Task], "Fig. 2 and S4");
        foreach (var (task, heading, words) in Heads)
        {
            if (task == first.Task || !tasks.TryGetValue(task, out var other)) continue;
            report.Page.Heading(heading).Paragraph($"{words} {Trained(report, task)}");
            Tables(report, task, other);
            report.Figure(Named(other.Figures[0], task));
            foreach (var figure in other.Figures.Skip(1)) Figures.Write(Named(figure, task), report.FiguresFolder);
            report.Page.Paragraph($"Precision-recall, calibration, decision curves and strata of this head: figures/{task}-*.");
        }

        GradCamSection.Add(report);
    }

    /// <summary>What a head's runs have trained, by their own word.</summary>
    public static string Trained(ReproductionPage report, string task) => RunCard.Read(report.Files.RunsOf(task)[0].Runs[0]).Mode switch
    {
        "full" => "All weights are trained.",
        "frozen" => "The pretrained weights are kept as they are, and the head alone is trained, where the paper trains all.",
        "linear_probe" => "The pretrained weights are kept as they are, and the linear layer alone is solved for, where the paper trains all.",
        _ => "",
    };

    public static void Stenosis(ReproductionPage report)
    {
        if (!Begin(report, "Stenosis detection (Fig. 3)", "stenosis", [])) return;
        report.Page.Paragraph("Encoder and decoder are transferred where a method has them. A lesion counts as found when a predicted piece overlaps it enough (the paper: by more than 10 voxels). The threshold is chosen on cases that are not scored.");
        Examples(report);
        Add(report, "stenosis", report.Tasks["stenosis"], "Fig. 3");
    }

    /// <summary>Fig. 3a: what is to be found, in pictures of the cohort's own test cases.</summary>
    private static void Examples(ReproductionPage report)
    {
        if ((report.Cohort is { } cohort ? StenosisSheet.Choose(cohort) : []) is not { Count: > 0 } examples)
        {
            report.Lacks("Pictures of stenoses (Fig. 3a): no test case of the cohort has a scan, a lesion mask and a lesion in lesions.csv of which both tell.");
            return;
        }

        var path = Path.Combine(report.FiguresFolder, "stenosis-examples.png");
        StenosisSheet.Of(report.Cohort!, examples).Save(path);
        report.Page.Picture(path, $"Stenoses to be found (Fig. 3a). {string.Join(". ", examples.Select(StenosisSheet.Words))}. Each row: an axial slice, its frame magnified, and the lesion outlined there. Blue: non-calcified, red: calcified, as in the paper. Shown is the stenosis of the highest grade of each kind.");
        if (examples.Count == 1) report.Lacks($"The other picture of Fig. 3a: no test case has a {(examples[0].Lesion.Composition == Composition.Calcified ? "non-calcified" : "calcified")} stenosis that can be shown.");
    }

    public static void Arteries(ReproductionPage report)
    {
        if (!Begin(report, "Artery segmentation (Fig. 4)", "arteries", [])) return;
        var made = report.Tasks["arteries"];
        report.Page.Paragraph("The pretrained encoder with a new decoder, Dice loss. Smaller distances are better, larger overlaps are better.");
        Add(report, "arteries", made, "Fig. 4a");
        if (report.Files.ArterySeries.Count == 0) return;
        var methods = report.Files.RunsOf("arteries");
        var all = report.Files.ArterySeries.SelectMany(report.Files.RunsOf).Concat(methods).GroupBy(m => m.Name).Select(g => new MethodRuns(g.Key, [.. g.SelectMany(m => m.Runs)])).ToArray();
        if (TaskFigures.DataEfficiency(all) is { } efficiency) report.Figure(Titled(efficiency, "Fig. 4b"));
        else report.Lacks("Data efficiency (Fig. 4b): two numbers of training cases at least must be finished.");
    }

    public static void Mace(ReproductionPage report)
    {
        if (!Begin(report, "MACE prediction (Fig. 5)", "mace", [])) return;
        var events = report.Tasks["mace"].Cells.GroupBy(c => c.Split).Select(g => $"{Telling.Split(g.Key).ToLowerInvariant()} {g.First().Counted} of {g.First().Cases.ToString(CultureInfo.InvariantCulture)}");
        report.Page.Paragraph($"Image, clinical data, and both (multimodal). As in the paper, figures show every starting point by its image alone and CORA also with clinical data; the tables hold all. What knows no image does not depend on the starting point: where its predictions are the same for all, it is one model, shown and tested once. The rules know nothing of events: they rank by calcium. Events are few ({string.Join("; ", events)}): intervals are wide, and small differences mean nothing.");
        Add(report, "mace", report.Tasks["mace"], "Fig. 5");
    }

    private static bool Begin(ReproductionPage report, string heading, string task, IEnumerable<string> others)
    {
        foreach (var name in others.Prepend(task).Where(t => report.Files.Tasks.Contains(t)))
        {
            if (!report.Tasks.ContainsKey(name)) report.Lacks($"finetune/{name}: no training is finished.");
            foreach (var run in report.Files.Unfinished(name)) report.Lacks($"{run} is not finished.");
        }

        if (!others.Prepend(task).Any(report.Tasks.ContainsKey))
        {
            if (!report.Files.Tasks.Contains(task)) report.Lacks($"finetune/{task}: no training is there.");
            return false;
        }

        report.Page.Section(heading);
        return true;
    }

    private static void Add(ReproductionPage report, string task, TaskFigures made, string figureName)
    {
        if (made.Note is { } note) report.Page.Callout(note, isGood: false);
        Tables(report, task, made);
        foreach (var figure in made.Figures) report.Figure(Titled(Named(figure, task), figureName.Length > 0 && ReferenceEquals(figure, made.Figures[0]) ? figureName.Split(" and ")[0] : figure.Name.EndsWith("-threshold", StringComparison.Ordinal) && figureName.EndsWith("S4", StringComparison.Ordinal) ? "S4" : ""));
    }

    private static void Tables(ReproductionPage report, string task, TaskFigures made)
    {
        var methods = made.Cells[0].Rows[0].Values.Count;
        report.Page.Paragraph("Each measure with its 95 % interval over resampled cases; ± is the standard deviation over trainings with different seeds, where there are several."
            + (methods > 1 ? " p: paired bootstrap z test against the first row, Holm-corrected over the methods; * below 0.05, ** below 0.01, *** below 0.001. Rules are not tested." : "")
            + $" All numbers stand in figures/{task}-scores.csv, each training's in figures/{task}-trainings.csv.");
        ScoreTable.Add(report.Page, made.Cells, made.Rules);
        FinetuneReport.WriteTables(made, report.FiguresFolder, task + "-");
    }

    /// <summary>The figure under the task's own name: several heads of one task share a folder.</summary>
    private static IFigure Named(IFigure figure, string task)
    {
        var own = task.Split('_')[0];
        return task == own || figure is not DrawnFigure drawn ? figure : drawn with { Name = task + (figure.Name.StartsWith(own, StringComparison.Ordinal) ? figure.Name[own.Length..] : "-" + figure.Name) };
    }

    private static IFigure Titled(IFigure figure, string number) => number.Length > 0 && figure is DrawnFigure drawn ? drawn with { Title = $"{drawn.Title} ({number})" } : figure;
}
