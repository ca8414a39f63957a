using System.Globalization;
using Cora.Evaluation;
using ScottPlot;

namespace Cora.Reporting;

/// <summary>What each method learnt of its own task.</summary>
internal static class PretrainingSection
{
    private const int SheetRows = 6;

    /// <summary>Methods whose pretraining ended without having learnt its own task, as readers know them.</summary>
    public static IReadOnlySet<string> NotLearnt(ReproductionFolder files) =>
        files.Methods.Where(m => Learning(files, m) is { } l && l.TryGetProperty("has_learnt", out var v) && v.ValueKind == System.Text.Json.JsonValueKind.False).Select(ReproductionFolder.NameOf).ToHashSet();

    public static void Add(ReproductionPage report)
    {
        var files = report.Files;
        if (files.Methods.Count == 0)
        {
            report.Lacks("Pretraining: pretrain/METHOD.");
            return;
        }

        var page = report.Page.Section("Pretraining");
        page.Paragraph("A baseline that did not learn its own task is no baseline: each method is first judged by its own measures on patients held back, and one that failed is marked wherever it is compared. Each measure stands with its goal; 'narrowly' is said where it passes the goal by less than a tenth of the goal's distance from the untrained network's value (from 0 where that was not measured), which another seed could turn round.");
        page.Table("What each method learnt of its own pretext task", ["method", "verdict", "loss, first to last"], files.Methods.Select(m => (IReadOnlyList<string>)[ReproductionFolder.NameOf(m), Verdict(files, m), Losses(files, m)]));
        var curves = Curves(files);
        if (curves is not null) report.Figure(curves);
        foreach (var method in files.Methods)
        {
            var run = files.In("pretrain", method);
            if (Learning(files, method) is null) report.Lacks($"pretrain/{method} is not finished.");
            if (File.Exists(Path.Combine(run, "experiment.toml")) && File.Exists(Path.Combine(run, "metrics.csv"))) RunReport.Write(run);
            var examples = Path.Combine(run, "examples");
            if (!PretextExamples.AreIn(examples)) continue;
            var shown = PretextExamples.Read(examples);
            var few = shown with { Rows = [.. shown.Rows.Take(SheetRows)] };
            page.Heading($"{ReproductionFolder.NameOf(method)}: its task, and its answers");
            CohortSection.Add(report, ExampleSheet.Write(few, Path.Combine(run, "figures"), "pretext-examples-short.png"), $"pretext-{method}", shown.Caption);
        }
    }

    private static System.Text.Json.JsonElement? Learning(ReproductionFolder files, string method) => ReproductionFolder.Read(files.In("pretrain", method, "learning.json"));

    private static string Verdict(ReproductionFolder files, string method)
    {
        if (Learning(files, method) is not { } learning) return "not finished: what is shown is as far as it has come";
        var verdict = learning.TryGetProperty("verdict", out var v) ? v.GetString() ?? "" : "";
        if (!learning.TryGetProperty("has_learnt", out var has) || has.ValueKind != System.Text.Json.JsonValueKind.True) return "NOT CONVERGED: " + verdict;
        if (!learning.TryGetProperty("goals", out var goals) || goals.ValueKind != System.Text.Json.JsonValueKind.Array) return $"Goals reached, by how much is not recorded: {verdict}";
        return (goals.EnumerateArray().Any(g => g.TryGetProperty("is_narrow", out var narrow) && narrow.ValueKind == System.Text.Json.JsonValueKind.True) ? "Converged, but narrowly: " : "Converged: ") + verdict;
    }

    private static string Losses(ReproductionFolder files, string method)
    {
        if (Learning(files, method) is not { } learning || !learning.TryGetProperty("first_loss", out var first) || !learning.TryGetProperty("last_loss", out var last)) return "";
        return string.Create(CultureInfo.InvariantCulture, $"{first.GetDouble():0.###} to {last.GetDouble():0.###}");
    }

    /// <summary>Loss and held-back measures over the steps, a row of panels a method.</summary>
    private static DrawnFigure? Curves(ReproductionFolder files)
    {
        var runs = files.Methods.Select(m => (Method: m, Metrics: files.In("pretrain", m, "metrics.csv"), Validation: files.In("pretrain", m, "validation.csv"))).Where(r => File.Exists(r.Metrics))
            .Select(r => (Name: ReproductionFolder.NameOf(r.Method), Metrics: new StepTable(r.Metrics), Validation: File.Exists(r.Validation) ? new StepTable(r.Validation) : null)).Where(r => r.Metrics.Column("step").Length > 0).ToArray();
        if (runs.Length == 0) return null;
        var panels = new List<Action<Plot>>();
        foreach (var (i, run) in runs.Index())
        {
            panels.Add(plot => DrawLoss(plot, $"{Telling.Letter(2 * i)}   {run.Name}: loss", run.Metrics));
            panels.Add(plot => MeasurePanel.Draw(plot, $"{Telling.Letter(2 * i + 1)}   {run.Name}: held-back patients", run.Validation, MeasurePanel.Main(run.Validation)));
        }

        var told = runs.Select(r => $"{r.Name}: loss {Telling.Number(r.Metrics.Column("loss")[0], "0.###")} at first, {Telling.Number(r.Metrics.Column("loss")[^1], "0.###")} at last"
            + (r.Validation is { } v ? "; " + string.Join(", ", v.Measures.Select(m => $"{Telling.Plain(m)} {Telling.Number(v.Column(m).LastOrDefault(double.NaN), "0.###")}")) : "") + ".");
        return new(
            "pretraining-curves", "Pretraining of every method", $"Loss over the steps, and what is measured on held-back patients. {string.Join(" ", told)} Losses of different methods are different quantities and cannot be compared.",
            new(["method", "step", "quantity", "value"], [.. from r in runs from t in new[] { r.Metrics, r.Validation } where t is not null from m in t.Measures from p in t.Column("step").Zip(t.Column(m)) select (IReadOnlyList<object?>)[r.Name, p.First, m, ScoreTable.Number(p.Second)]]),
            new(2, 410, 300, panels))
        {
            Summary = "Left: the loss over the steps. Right: what is measured on patients held back. Losses of different methods are different quantities and cannot be compared; the measures and their goals stand in the table above.",
        };
    }

    private static void DrawLoss(Plot plot, string title, StepTable metrics)
    {
        PanelParts.Title(plot, title);
        var loss = metrics.Column("loss");
        var line = plot.Add.ScatterLine(metrics.Column("step"), loss, Figures.Series[0]);
        line.LineWidth = 2;
        var (low, high) = (loss.Where(double.IsFinite).DefaultIfEmpty(0).Min(), loss.Where(double.IsFinite).DefaultIfEmpty(1).Max());
        plot.Axes.SetLimitsY(Math.Min(0, low * 1.05), high > 0 ? high * 1.08 : 0.05);
        plot.XLabel("step");
        plot.YLabel("loss");
    }
}
