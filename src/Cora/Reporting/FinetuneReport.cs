using System.Globalization;

namespace Cora.Reporting;

/// <summary>The report of a fine-tuned run, and of several methods side by side, made of their files alone. No torch is needed.</summary>
public static class FinetuneReport
{
    private const string Research = "This is research software. It is no medical device, and nothing here may guide the care of a patient.";
    private const string PhantomOnly = "This model has seen digital phantoms only, and no patient: its numbers say that the program works, not how well it would do in patients.";

    /// <summary>Writes figures and report.html of one run.</summary>
    /// <returns>The page's path.</returns>
    /// <exception cref="CoraException">The run is not finished, or a table is damaged.</exception>
    public static string Write(string run)
    {
        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(run)));
        var made = TaskFigures.Of([new(name, [run])]);
        var card = made.Cards[0];
        var page = new HtmlPage($"{Heading(made.Task)}: {name}", card.Weights is null ? "A network trained from random weights." : $"A network fine-tuned from {card.Weights}.");
        page.Section("Results").Callout(Research, isGood: false);
        if (card.IsPhantomOnly) page.Callout(PhantomOnly, isGood: false);
        AddResults(page, made, run);
        page.Section("How it was made");
        RunReport.AddProvenance(page, run);
        var settings = Path.Combine(run, "experiment.toml");
        if (File.Exists(settings)) page.Folded("Every setting (experiment.toml; can be run again as it is)", File.ReadAllText(settings));
        return Saved(page, run);
    }

    /// <summary>Writes figures, tables and report.html of several methods on the same test cases.</summary>
    /// <returns>The page's path.</returns>
    /// <exception cref="CoraException">Runs differ in task, splits or test cases; what differs is named.</exception>
    public static string Compare(IReadOnlyList<MethodRuns> methods, string folder)
    {
        ArgumentNullException.ThrowIfNull(methods);
        var made = TaskFigures.Of(methods);
        var page = new HtmlPage($"{Heading(made.Task)}: {string.Join(", ", methods.Select(m => m.Name))}", "Methods side by side on the same test cases.");
        page.Section("Results").Callout(Research, isGood: false);
        if (made.Cards.Any(c => c.IsPhantomOnly)) page.Callout(made.Cards.All(c => c.IsPhantomOnly) ? PhantomOnly.Replace("This model has", "These models have", StringComparison.Ordinal).Replace("its numbers", "their numbers", StringComparison.Ordinal) : "Some of these models have seen digital phantoms only; the table of runs names them.", isGood: false);
        if (made.Note is { } note) page.Callout(note, isGood: false);
        AddResults(page, made, folder);
        page.Section("Runs").Table("Every training that is shown", ["run", "method", "begun from", "training cases", "phantoms only", "seed"], methods.Where(m => !m.IsRule).SelectMany(m => m.Runs.Select(r => (m.Name, Card: made.Cards.First(c => c.Folder == r)))).Select(r => (IReadOnlyList<string>)
        [
            r.Card.Folder, r.Name, r.Card.Weights ?? "random weights", r.Card.Cases?.ToString(CultureInfo.InvariantCulture) ?? "not recorded", r.Card.IsPhantomOnly ? "yes" : "no", r.Card.Seed.ToString(CultureInfo.InvariantCulture),
        ]));
        return Saved(page, folder);
    }

    private static void AddResults(HtmlPage page, TaskFigures made, string folder)
    {
        page.Paragraph("Each measure with its 95 % interval over resampled cases; ± is the standard deviation over trainings with different seeds, where there are several. "
            + (made.Cells[0].Rows[0].Values.Count > 1 ? "p: paired bootstrap z test against the first row, Holm-corrected over the methods; * below 0.05, ** below 0.01, *** below 0.001. " : "") + "All numbers stand in figures/scores.csv, each training's in figures/trainings.csv.");
        ScoreTable.Add(page, made.Cells, made.Rules);
        page.Section("Figures");
        var figures = Path.Combine(folder, "figures");
        foreach (var figure in made.Figures) page.Figure(figure, Figures.Write(figure, figures));
        WriteTables(made, figures, "");
    }

    /// <summary>Writes scores.csv and trainings.csv, with a word before their names where several tasks share a folder.</summary>
    internal static void WriteTables(TaskFigures made, string folder, string before)
    {
        var (scores, trainings) = (ScoreTable.Of(made.Cells), ScoreTable.Trainings(made.Cells));
        Cohorts.Table.Write(Path.Combine(folder, before + "scores.csv"), scores.Header, scores.Rows.Concat(ScoreTable.Of(made.Rules, made.Cells)));
        Cohorts.Table.Write(Path.Combine(folder, before + "trainings.csv"), trainings.Header, trainings.Rows);
    }

    private static string Saved(HtmlPage page, string folder)
    {
        var path = Path.Combine(folder, "report.html");
        page.Save(path);
        return path;
    }

    private static string Heading(string task) => task switch { "plaque" => "Plaque characterisation", "stenosis" => "Stenosis detection", "arteries" => "Artery segmentation", _ => "MACE within 30 days" };
}
