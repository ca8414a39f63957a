using Cora.Cohorts;
using Cora.Experiments;
using Cora.Reporting;

namespace Cora.Tests.Experiments;

public sealed class ReproductionTests
{
    [Fact]
    public void A_reproduction_that_was_stopped_goes_on_and_its_report_says_what_is_to_come()
    {
        using var folder = new TemporaryFolder();
        using var stop = new CancellationTokenSource();

        // Stopped in the middle of the pretraining, when the third step is told.
        Assert.ThrowsAny<OperationCanceledException>(() => Tiny(folder["out"]).Run(new On<StepDone>(e => { if (e.Step >= 3) stop.Cancel(); }), stop.Token));
        Assert.True(File.Exists(folder["out/cohort/cohort.json"]));
        Assert.False(File.Exists(folder["out/report.html"]));
        var made = File.GetLastWriteTimeUtc(folder["out/synthesis/contact-sheet-1.png"]);

        Tiny(folder["out"]).Run(null, TestContext.Current.CancellationToken);

        Assert.Equal(made, File.GetLastWriteTimeUtc(folder["out/synthesis/contact-sheet-1.png"]));
        var page = File.ReadAllText(folder["out/report.html"]);
        Assert.Contains("not a medical device", page, StringComparison.Ordinal);
        Assert.Contains("nothing about patients", page, StringComparison.Ordinal);
        Assert.Contains("Still to come", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        Assert.DoesNotContain("http://", page.Replace("http://www.w3.org", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.All(["pretraining-loss", "pretraining-detection"], f => Assert.All([".svg", ".png", ".csv"], end => Assert.True(File.Exists(folder[$"out/pretrain-cora/figures/{f}{end}"]))));
        Assert.Equal(4, Table.Read(folder["out/responses/responses.csv"]).Rows.Count);
        Assert.All(Tiny(folder["out"]).Steps().Forecast().SkipLast(1), line => Assert.Contains("done already", line, StringComparison.Ordinal));
    }

    [Fact]
    public void A_report_is_made_again_from_the_files_and_is_the_same()
    {
        using var folder = new TemporaryFolder();
        Tiny(folder["out"]).Run(null, TestContext.Current.CancellationToken);
        var first = File.ReadAllText(folder["out/report.html"]);

        ReproductionReport.Write(folder["out"]);

        Assert.Equal(first, File.ReadAllText(folder["out/report.html"]));
    }

    [Fact]
    public void Another_preset_in_the_same_folder_is_refused()
    {
        using var folder = new TemporaryFolder();
        Tiny(folder["out"]).Run(null, TestContext.Current.CancellationToken);

        var other = Preset with { ResponseCases = 1 };

        Assert.Equal(ExitCode.Usage, Assert.Throws<CoraException>(() => new Reproduction(other, folder["out"], null, "cpu", 2, TimeProvider.System)).Code);
        Assert.Equal(ExitCode.Usage, Assert.Throws<CoraException>(() => new Reproduction(ReproductionPreset.All.Single(p => p.Name == "paper"), folder["new"], null, "cpu", 2, TimeProvider.System)).Code);
    }

    [Fact]
    public void Every_preset_has_settings_that_pass_their_own_check() =>
        Assert.All(ReproductionPreset.All, p => Assert.Empty(ExperimentFile.Differences(p.Pretraining, ExperimentFile.Parse<PretrainExperiment>(ExperimentFile.Write(p.Pretraining, comments: true), p.Name))));

    private static ReproductionPreset Preset => new()
    {
        Name = "tiny",
        Purpose = "for the tests",
        Phantom = new() { Cases = 24, Sites = 2, Size = 32, Seed = 5 },
        Pretraining = new()
        {
            Data = new() { SpacingMm = [1.7], Patch = 16, Splits = ["pretrain", "train"] },
            Network = new() { Channels = [4, 8], Blocks = [1, 1] },
            Trainer = new() { Steps = 6, BatchSize = 2, LogEvery = 1, ValidateEvery = 3, CheckpointEvery = 2, LearningRate = 1e-3 },
        },
        PreviewPatches = 3,
        ResponseCases = 2,
    };

    private static Reproduction Tiny(string folder) => new(Preset, folder, null, "cpu", 2, TimeProvider.System);

    private sealed class On<T>(Action<T> tell) : IProgress<RunEvent> where T : RunEvent
    {
        public void Report(RunEvent value)
        {
            if (value is T told) tell(told);
        }
    }
}
