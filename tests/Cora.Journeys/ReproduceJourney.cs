using System.Globalization;
using System.Text.Json;

namespace Cora.Journeys;

/// <summary>The whole paper from one command, small: killed on the way, taken up again, and looked at as a user would.</summary>
public sealed class ReproduceJourney
{
    private static readonly string[] Starts = ["cora", "scratch", "mae", "volumefusion", "voco"];
    private static readonly string[] Tasks = ["plaque_probe", "stenosis", "arteries", "mace"];

    private static readonly string[] Figures =
    [
        "flow-chart", "claims", "pretraining-curves", "plaque_probe-roc", "plaque_probe-precision-recall", "plaque_probe-threshold", "plaque_probe-calibration", "plaque_probe-decision", "plaque_probe-strata",
        "stenosis-lesions", "stenosis-scores", "stenosis-recall-by-kind", "stenosis-froc", "stenosis-sensitivity", "arteries-scores", "mace-roc", "mace-calibration", "mace-decision", "mace-strata",
    ];

    private static readonly string[] Sheets = ["real-and-synthetic", "training-patches", "pretext-cora", "pretext-mae", "pretext-volumefusion", "pretext-voco", "response-1", "gradcam-1", "stenosis-examples"];

    [Fact]
    public async Task The_smoke_preset_survives_a_kill_and_leaves_every_table_and_figure_in_a_report_that_opens()
    {
        using var folder = new JourneyFolder();
        var place = folder["smoke"];
        string[] command = ["reproduce", "--preset", "smoke", "--out", place, "--no-progress"];

        // kill -9 in the middle of the second pretraining.
        using (var killed = CoraProcess.StartUntil(() => File.Exists(Path.Combine(place, "pretrain", "mae", "metrics.csv")), command)) killed.Kill();
        Assert.False(File.Exists(Path.Combine(place, "report.html")));
        var before = JourneyFolder.Hashes(Path.Combine(place, "pretrain", "cora", "checkpoints"));

        var said = CoraProcess.Done(command);

        Assert.Equal(Path.Combine(place, "report.html"), said.Trim());
        Assert.Equal(before, JourneyFolder.Hashes(Path.Combine(place, "pretrain", "cora", "checkpoints")));      // no step runs twice
        Assert.False(File.Exists(Path.Combine(place, "failures.csv")));
        foreach (var start in Starts)
        {
            Assert.All(Tasks, task => Assert.True(File.Exists(Path.Combine(place, "finetune", task, start, "seed-1", "scorecard.json")), $"{task} from {start}"));
            Assert.InRange(Auroc(place, start), 0, 1);
        }

        // The same data, the same steps: the curves of all methods have as many rows.
        var rows = Starts.Where(s => s != "scratch").Select(m => File.ReadLines(Path.Combine(place, "pretrain", m, "metrics.csv")).Count()).Distinct();
        Assert.Single(rows);
        Assert.All(["maximum_hu", "artery_oracle"], rule => Assert.True(File.Exists(Path.Combine(place, "rules", rule, "predictions", "plaque-external_test.csv")) && File.Exists(Path.Combine(place, "rules", rule, "predictions", "mace-external_test.csv"))));

        Assert.All(Figures, figure => Assert.All([".svg", ".png", ".csv"], end => Assert.True(new FileInfo(Path.Combine(place, "figures", figure + end)).Length > 0, figure + end)));
        Assert.All(Sheets, sheet => Assert.True(new FileInfo(Path.Combine(place, "figures", sheet + ".png")).Length > 5_000, sheet));

        // Nothing is left to do, and doing it changes nothing but the report's own making.
        var made = JourneyFolder.Hashes(Path.Combine(place, "finetune"));
        CoraProcess.Done(command);
        Assert.Equal(made.Where(f => !f.Key.Contains("figures", StringComparison.Ordinal)), JourneyFolder.Hashes(Path.Combine(place, "finetune")).Where(f => !f.Key.Contains("figures", StringComparison.Ordinal)));

        // Without a browser all of the above is still tested; the other journey of a report says that it is skipped.
        if (Reader.IsHere) await Reader.Opens(Path.Combine(place, "report.html"), pictures: 30);
    }

    private static double Auroc(string place, string start)
    {
        using var card = JsonDocument.Parse(File.ReadAllText(Path.Combine(place, "finetune", "plaque_probe", start, "seed-1", "scorecard.json")));
        var value = card.RootElement.GetProperty("splits").GetProperty("internal_test").GetProperty("calcified_plaque").GetProperty("auroc").GetProperty("value");
        return value.ValueKind == JsonValueKind.Number ? value.GetDouble() : throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"the AUROC of {start} is not defined"));
    }
}
