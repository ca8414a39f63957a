using System.Globalization;
using System.Text.Json;
using Cora.Evaluation;

namespace Cora.Reporting;

/// <summary>The report of a run, made of its files alone: figures/ and report.html. No torch is needed.</summary>
public static class RunReport
{
    /// <summary>Writes figures and report of a run.</summary>
    /// <returns>The page's path.</returns>
    /// <exception cref="CoraException">The folder holds no run, or one that has not logged a step yet.</exception>
    public static string Write(string run)
    {
        if (!File.Exists(Path.Combine(run, "experiment.toml")))
            throw new CoraException($"{run} holds no run.", "Give the --out folder of a training or of `cora reproduce`.");
        if (RunCard.IsOne(run)) return FinetuneReport.Write(run);
        var page = new HtmlPage($"Pretraining: {Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(run)))}", "A network that learns from coronary CT without labels, by a task that it is set.");
        Describe(page, run);
        var path = Path.Combine(run, "report.html");
        page.Save(path);
        return path;
    }

    /// <summary>Adds the run's sections to a page, and writes its figures.</summary>
    internal static void Describe(HtmlPage page, string run)
    {
        page.Section("What was learnt");
        Verdict(page, run);
        page.Section("Figures");
        foreach (var figure in FiguresOf(run)) page.Figure(figure, Figures.Write(figure, Path.Combine(run, "figures")));
        var examples = Path.Combine(run, "examples");
        if (PretextExamples.AreIn(examples)) page.Picture(ExampleSheet.Write(PretextExamples.Read(examples), Path.Combine(run, "figures")), PretextExamples.Read(examples).Caption);
        page.Section("How it was made");
        AddProvenance(page, run);
        page.Folded("Every setting (experiment.toml; can be run again as it is)", File.ReadAllText(Path.Combine(run, "experiment.toml")));
    }

    /// <summary>The figures that the run's files allow.</summary>
    private static IEnumerable<IFigure> FiguresOf(string run)
    {
        if (!File.Exists(Path.Combine(run, "metrics.csv")))
            throw new CoraException($"{run} has no metrics.csv: no step was logged yet.", "Wait for the run's first logged step, and make the report again.");
        yield return new LossFigure(run);
        if (File.Exists(Path.Combine(run, "validation.csv"))) yield return ValidationFigure.IsDetection(run) ? new DetectionFigure(run) : new ValidationFigure(run);
    }

    private static void Verdict(HtmlPage page, string run)
    {
        if (Read(run, "learning.json") is not { } learning)
        {
            page.Callout("The run is not finished; what follows is as far as it has come.", isGood: false);
            return;
        }

        var hasLearnt = learning.GetProperty("has_learnt").GetBoolean();
        var verdict = learning.GetProperty("verdict").GetString()!;
        page.Callout(Telling.Capital(verdict) + ".", hasLearnt);
        page.Table(
            "At the last validation, on patients held back", ["measure", "value"],
            learning.GetProperty("measures").EnumerateObject().Where(m => m.Name != "score").Select(m => new[] { m.Name.Replace('_', ' '), m.Value.GetDouble().ToString("0.000", CultureInfo.InvariantCulture) }));
    }

    /// <summary>Adds what is known of how a run was made.</summary>
    internal static void AddProvenance(HtmlPage page, string run)
    {
        if (Read(run, "provenance.json") is not { } facts) return;
        string Fact(string name) => facts.TryGetProperty(name, out var v) && v.ValueKind != JsonValueKind.Null ? v.ToString() : "not recorded";
        var dirty = facts.TryGetProperty("dirty", out var d) && d.ValueKind == JsonValueKind.True ? ", with changes that were not committed" : "";
        page.Table("Provenance", [], new[]
        {
            new[] { "program", $"CORA {Fact("version")}" }, ["commit", Fact("commit") + dirty], ["device", $"{Fact("device")}, {Fact("threads")} threads"],
            ["cohort", Fact("cohort")], ["cohort content (SHA-256)", Fact("cohort_hash")], ["begun", Fact("start")], ["ended", Fact("end")],
            ["sittings", facts.TryGetProperty("sessions", out var s) ? s.GetArrayLength().ToString(CultureInfo.InvariantCulture) : "not recorded"],
        });
    }

    private static JsonElement? Read(string run, string file)
    {
        var path = Path.Combine(run, file);
        if (!File.Exists(path)) return null;
        using var document = JsonDocument.Parse(File.ReadAllText(path));
        return document.RootElement.Clone();
    }
}
