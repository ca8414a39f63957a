namespace Cora.Reporting;

/// <summary>Which of the paper's claims hold in this reproduction, and the paper's own numbers.</summary>
internal static class ClaimsSection
{
    private static readonly string[] OfPhantoms =
    [
        "Phantom plaques do not come from the lesion engine, but both share the idea of a bright or dark spot at a vessel: a success says that the pipeline works and that the mechanism can act, and nothing about patients.",
        "What is found depends on how prominent the phantoms' plaques are (settings of the cohort); a finding on one tier need not hold on the other.",
        "Non-calcified plaque is close to chance for every method at small sizes; even an oracle that knows the arteries finds it only in part.",
        "External sites differ in contrast, noise and kernel, not in anatomy; the heart is compact and not to scale.",
        "Patch, network, loss and order of lesions were explored on phantoms for CORA; every method then had three trials of its learning rate and no more.",
        "Each method is pretrained once: the spread over seeds is of fine-tuning alone.",
    ];

    public static void Add(ReproductionPage report)
    {
        var page = report.Page;
        var notLearnt = PretrainingSection.NotLearnt(report.Files);
        var comparisons = Claims.Of(report.Tasks, notLearnt);
        page.Paragraph("A synthesis engine puts artificial calcified and soft plaques on the coronary arteries of unlabelled scans, and a 3D residual U-Net learns to find them. Its weights then start four clinical tasks, beside a start from scratch and from three other ways to pretrain, all on the same data with the same effort.");
        if (comparisons.Count == 0)
        {
            page.Paragraph("No two starting points have been compared yet; which claims of the paper hold here cannot be said.");
            report.Lacks("The claims: two starting points of one task at least must be finished.");
        }
        else
        {
            page.Paragraph("Which of the paper's claims hold here, by the 95 % interval of the paired difference on the same test cases: holds = wholly above zero, does not hold = wholly below zero, undecided = neither. Intervals stand alone, without correction for their number: of twenty true ties one is expected to be decided wrongly. They resample the test cases only, not the training; the tables of each task show the spread over trainings and corrected p values.");
            page.Table("The paper's claims in this reproduction", ["claim", "the paper", "here"], Claims.All.Select(c => (IReadOnlyList<string>)[c.Claim, c.Paper, Claims.Summary(comparisons.Where(x => x.Claim == c.Claim))]));
            report.Figure(ClaimsFigure.Of(comparisons));
            page.Folded("Every comparison in numbers", p => p.Table("Paired differences; above zero is what the claim says", ["claim", "task", "where", "measure", "difference (95 % interval)", "trainings", "verdict"],
                comparisons.Select(c => (IReadOnlyList<string>)[c.Claim, Claims.TaskName(c.Task), c.Where, c.Measure, c.Said, c.Trainings, c.Judgement])));
            AddHeads(report, Claims.ByHead(report.Tasks, notLearnt));
        }

        if (report.Files.IsPhantom) page.Heading("What phantoms cannot tell").List(OfPhantoms);
    }

    /// <summary>The claims about plaque once more, by every head that was run: a verdict that one head gives may be the head's.</summary>
    private static void AddHeads(ReproductionPage report, IReadOnlyList<Comparison> comparisons)
    {
        if (comparisons.Count == 0) return;
        var page = report.Page;
        string[] claims = [.. comparisons.Select(c => c.Claim).Distinct()];
        page.Paragraph($"For plaque characterisation the claims above are judged by one head, {Claims.TaskName(comparisons[0].Task)}. By every head that was run, over both kinds of plaque and all test sets:");
        page.Table("Plaque characterisation by head", ["head", .. claims], comparisons.GroupBy(c => c.Task).Select(head => (IReadOnlyList<string>)
            [Claims.TaskName(head.Key), .. claims.Select(claim => Claims.Summary(head.Where(c => c.Claim == claim)))]));
        Cohorts.Table.Write(Path.Combine(report.FiguresFolder, "claims-by-head.csv"), Comparison.Columns, comparisons.Select(c => c.Fields));
        page.Folded("Every head in numbers", p => p.Table("Paired differences of AUROC; above zero is what the claim says", ["head", "claim", "where", "difference (95 % interval)", "verdict"],
            comparisons.Select(c => (IReadOnlyList<string>)[Claims.TaskName(c.Task), c.Claim, c.Where, c.Said, c.Judgement])));
    }

    public static void AddPaper(ReproductionPage report)
    {
        var page = report.Page;
        page.Section("The paper's own numbers beside these");
        page.Callout("The data differ: the paper's are 12,801 scans of patients of nine hospitals, " + (report.Files.IsPhantom ? "these are digital phantoms" : "these are another cohort") + ". Whether the peers' weights were trained anew there, and with which settings, the paper does not say. The columns must not be read as a contest; only the order of methods within a column means something.", isGood: false);
        page.Paragraph(PaperNumbers.Reading);
        if (Claims.PlaqueOf(report.Tasks) is { } head) page.Paragraph($"For plaque characterisation ours are those of {Claims.TaskName(head)}. {TaskSections.Trained(report, head)}");
        var rows = PaperNumbers.Beside(report.Tasks).ToArray();
        page.Table("Numbers of the paper's text with ours (95 % interval); ours are means over trainings", ["number", "method", "paper", "here"], rows);
        Cohorts.Table.Write(Path.Combine(report.FiguresFolder, "paper-numbers.csv"), ["number", "method", "paper", "here"], rows);
    }
}
