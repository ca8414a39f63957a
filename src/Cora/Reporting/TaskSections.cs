using System.Globalization;
using Cora.Cohorts;

namespace Cora.Reporting;

/// <summary>The four clinical tasks: Fig. 2 to 5, S4, S5, and what the paper does not show.</summary>
internal static class TaskSections
{
    private const int MapsShown = 6;

    private static readonly (string Task, string Heading, string Words)[] OtherHeads =
    [
        ("plaque_probe", "Linear probe", "The pretrained weights are kept as they are, and only a linear layer is trained: what the features hold before the task has shaped them."),
        ("plaque_paper", "The paper's head", "Global average of the last stage, then a linear layer, all weights trained: as the paper prints it. An average dilutes a plaque that fills a few of many cells."),
        ("plaque_arteries", "Pooled within the arteries", "As above, but looking within the artery mask alone, which a segmenter must find first: how much of the difficulty is to know where to look."),
    ];

    public static void Plaque(ReproductionPage report)
    {
        var tasks = report.Tasks;
        if (!Begin(report, "Plaque characterisation (Fig. 2, S4, S5)", "plaque", OtherHeads.Select(h => h.Task))) return;
        var first = Claims.PlaqueOf(tasks)!;
        if (OtherHeads.FirstOrDefault(h => h.Task == first) is { Task: not null } only) report.Page.Paragraph($"Training of all weights with pooling over every stage was not run here. {only.Heading}: {only.Words}");
        if (tasks.TryGetValue(first, out var made))
        {
            report.Page.Paragraph((first == "plaque" ? "All weights are trained; the strongest answer of every stage is pooled, alike for every starting point. " : "") + "A rule learns nothing: a method that does not surpass 'maximum HU' may have found the brightest spot and no more, and 'oracle with the artery mask' shows what it is worth to know where the arteries are.");
            Add(report, first, made, "Fig. 2 and S4");
        }

        foreach (var (task, heading, words) in OtherHeads)
        {
            if (task == first || !tasks.TryGetValue(task, out var other)) continue;
            report.Page.Heading(heading).Paragraph(words);
            Tables(report, task, other);
            report.Figure(Named(other.Figures[0], task));
            foreach (var figure in other.Figures.Skip(1)) Figures.Write(Named(figure, task), report.FiguresFolder);
            report.Page.Paragraph($"Precision-recall, calibration, decision curves and strata of this head: figures/{task}-*.");
        }

        GradCam(report);
    }

    public static void Stenosis(ReproductionPage report)
    {
        if (!Begin(report, "Stenosis detection (Fig. 3)", "stenosis", [])) return;
        report.Page.Paragraph("Encoder and decoder are transferred where a method has them. A lesion counts as found when a predicted piece overlaps it enough (the paper: by more than 10 voxels). The threshold is chosen on cases that are not scored.");
        Add(report, "stenosis", report.Tasks["stenosis"], "Fig. 3");
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
        report.Page.Paragraph($"Image, clinical data, and both (multimodal). As in the paper, figures show every starting point by its image alone and CORA also with clinical data; the tables hold all. The rules know nothing of events: they rank by calcium. Events are few ({string.Join("; ", events)}): intervals are wide, and small differences mean nothing.");
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

    /// <summary>Where the classifier looks: shares of its mass on arteries and plaque, and panels where a run has them.</summary>
    private static void GradCam(ReproductionPage report)
    {
        var runs = report.Files.RunsOf(Claims.PlaqueOf(report.Tasks) ?? "plaque").SelectMany(m => m.Runs.Select(r => (m.Name, Run: r))).ToArray();
        var rows = runs.SelectMany(r => Shares(r.Name, r.Run)).ToArray();
        var pictures = runs.SelectMany(r => Directory.EnumerateFiles(r.Run, "gradcam-*.png", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(p => (r.Name, Picture: p))).ToArray();
        if (rows.Length == 0 && pictures.Length == 0)
        {
            report.Lacks("Grad-CAM (Fig. 2e, S5): no run has predictions/gradcam-SPLIT.csv or gradcam-TARGET.png.");
            return;
        }

        report.Page.Heading("Where the classifier looks: Grad-CAM (Fig. 2e, S5)");
        if (rows.Length > 0)
        {
            report.Page.Paragraph("The paper shows pictures. Where the truth is known, the share of the map's mass on the arteries and on the plaque is measured; beside it stands the share of the scan that they fill, which a map that knows nothing would have. Means over cases and trainings.");
            report.Page.Table("Grad-CAM's mass", ["method", "split", "target", "stage", "cases and trainings", "mass on arteries", "arteries of scan", "mass on plaque", "plaque of scan"], rows
                .GroupBy(r => (r.Method, r.Split, r.Target, r.Stage)).Select(g => (IReadOnlyList<string>)
                [
                    g.Key.Method, Telling.Split(g.Key.Split), Telling.Plain(g.Key.Target), g.Key.Stage, g.Count().ToString(CultureInfo.InvariantCulture),
                    Percent(g.Select(r => r.OnArteries)), Percent(g.Select(r => r.Arteries)), Percent(g.Select(r => r.OnPlaque)), Percent(g.Select(r => r.Plaque)),
                ]));
        }

        foreach (var (i, (name, picture)) in pictures.Take(MapsShown).Index())
            CohortSection.Add(report, picture, string.Create(CultureInfo.InvariantCulture, $"gradcam-{i + 1}"), $"{name}: Grad-CAM for {Telling.Plain(Path.GetFileNameWithoutExtension(picture)["gradcam-".Length..])}, in three planes through its highest value and as projections ({report.Files.Told(picture)}).");
    }

    private static IEnumerable<MassRow> Shares(string method, string run)
    {
        var predictions = Path.Combine(run, "predictions");
        if (!Directory.Exists(predictions)) yield break;
        foreach (var path in Directory.EnumerateFiles(predictions, "gradcam-*.csv").Order(StringComparer.Ordinal))
        {
            var table = Table.Read(path);
            double Number(string[] row, string column) => CaseTables.Number(table.Field(row, column), path, "a row", column);
            foreach (var row in table.Rows)
            {
                yield return new(method, Path.GetFileNameWithoutExtension(path)["gradcam-".Length..], table.Field(row, "target"), table.Field(row, "stage"),
                    Number(row, "mass_on_arteries"), Number(row, "mass_on_plaque"), Number(row, "arteries_of_scan"), Number(row, "plaque_of_scan"));
            }
        }
    }

    private static string Percent(IEnumerable<double> shares)
    {
        var known = shares.Where(s => !double.IsNaN(s)).ToArray();
        return known.Length == 0 ? "no mass" : (100 * known.Average()).ToString("0.00", CultureInfo.InvariantCulture) + " %";
    }

    private sealed record MassRow(string Method, string Split, string Target, string Stage, double OnArteries, double OnPlaque, double Arteries, double Plaque);
}
