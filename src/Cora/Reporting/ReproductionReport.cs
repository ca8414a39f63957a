namespace Cora.Reporting;

/// <summary>The one report of a reproduction, made of the files in its folder, in the paper's order. What is not there is named, not missed. No torch is needed.</summary>
public static class ReproductionReport
{
    /// <summary>Whether a folder holds a reproduction.</summary>
    public static bool IsOne(string folder) => File.Exists(Path.Combine(folder, "reproduction.json"));

    /// <summary>Writes figures/ and report.html.</summary>
    /// <returns>The page's path.</returns>
    /// <exception cref="CoraException">The folder holds no reproduction, or a damaged one.</exception>
    public static string Write(string folder)
    {
        var report = new ReproductionPage(new(folder));
        report.Fill();
        var path = Path.Combine(folder, "report.html");
        report.Page.Save(path);
        return path;
    }
}

/// <summary>The page as it is filled, section by section.</summary>
internal sealed class ReproductionPage
{
    private const string Research = "This is research software. It is no medical device, and nothing here may guide the care of a patient.";
    private readonly List<string> gaps = [];

    public ReproductionPage(ReproductionFolder files)
    {
        Files = files;
        Page = new($"CORA reproduced: {files.Name}", files.Purpose.Length > 0 ? $"Preset {files.Name}: {files.Purpose}." : $"Preset {files.Name}.");
    }

    public ReproductionFolder Files { get; }

    public HtmlPage Page { get; }

    /// <summary>What the runs of each task allow, by the task's name.</summary>
    public Dictionary<string, TaskFigures> Tasks { get; } = [];

    /// <summary>The cohort; null when it is not there or its tables cannot be read.</summary>
    public Cohorts.Cohort? Cohort { get; private set; }

    public string FiguresFolder => Files.In("figures");

    /// <summary>Makes everything in the paper's order.</summary>
    public void Fill()
    {
        ReadTasks();
        ReadCohort();
        Page.Section("In short").Callout(Research, isGood: false);
        if (Files.Caveat is { } caveat) Page.Callout(caveat, isGood: false);
        Part("the claims", () => ClaimsSection.Add(this));
        Part("the cohort", () => CohortSection.Add(this));
        Part("the lesion engine", () => CohortSection.AddEngine(this));
        Part("pretraining", () => PretrainingSection.Add(this));
        Part("the response maps", () => ResponseSection.Add(this));
        Part("plaque characterisation", () => TaskSections.Plaque(this));
        Part("stenosis detection", () => TaskSections.Stenosis(this));
        Part("artery segmentation", () => TaskSections.Arteries(this));
        Part("MACE prediction", () => TaskSections.Mace(this));
        Part("the paper's numbers", () => ClaimsSection.AddPaper(this));
        Part("the costs", () => ClosingSections.Costs(this));
        Part("the model cards", () => ModelCards.Add(this));
        Part("the checklists", () => ReportingItems.Add(this));
        Part("settings and provenance", () => ClosingSections.Provenance(this));
        if (gaps.Count > 0) Page.Section("What is missing").Paragraph("These parts were not there when the report was made; `cora report` makes it again when they are.").List(gaps);
    }

    /// <summary>Writes a figure's files and puts it on the page.</summary>
    public void Figure(IFigure figure) => Page.Figure(figure, Figures.Write(figure, FiguresFolder));

    /// <summary>Names a part that is not there.</summary>
    public void Lacks(string what) => gaps.Add(what);

    /// <summary>Adds a part; one that is damaged says so on the page and keeps no other from being shown.</summary>
    private void Part(string name, Action add)
    {
        try
        {
            add();
        }
        catch (CoraException problem)
        {
            Page.Callout($"Of {name} the rest cannot be shown: {problem.Message}", isGood: false);
            Lacks($"The rest of {name}: {problem.Message}");
        }
    }

    private void ReadCohort()
    {
        if (Files.CohortFolder is not { } place)
        {
            Lacks("The cohort: flow chart (Fig. S1) and Table 1.");
            return;
        }

        try
        {
            Cohort = Cohorts.Cohort.Load(place);
        }
        catch (CoraException problem)
        {
            Lacks($"The cohort cannot be read: {problem.Message}");
        }
    }

    private void ReadTasks()
    {
        foreach (var task in Files.Tasks)
        {
            var runs = Files.RunsOf(task);
            if (runs.Count == 0) continue;
            try
            {
                Tasks[task] = TaskFigures.Of(task is "stenosis" or "arteries" ? runs : [.. runs, .. Files.Rules]);
            }
            catch (CoraException problem)
            {
                Lacks($"finetune/{task} cannot be compared: {problem.Message}");
            }
        }
    }
}
