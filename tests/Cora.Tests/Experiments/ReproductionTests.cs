using Cora.Cohorts;
using Cora.Experiments;
using Cora.Tasks;

namespace Cora.Tests.Experiments;

public sealed class ReproductionTests
{
    [Fact]
    public void A_reproduction_that_was_stopped_goes_on_and_repeats_nothing()
    {
        using var folder = new TemporaryFolder();
        using var stop = new CancellationTokenSource();

        // Stopped in the middle of the pretraining, when the third step is told.
        Assert.ThrowsAny<OperationCanceledException>(() => Tiny(folder["out"]).Go(new On<StepDone>(e => { if (e.Step >= 3) stop.Cancel(); }), stop.Token));
        Assert.True(File.Exists(folder["out/cohort/cohort.json"]));
        Assert.False(File.Exists(folder["out/report.html"]));
        var made = File.GetLastWriteTimeUtc(folder["out/synthesis/contact-sheet-1.png"]);

        Assert.Empty(Tiny(folder["out"]).Go(null, TestContext.Current.CancellationToken));

        Assert.Equal(made, File.GetLastWriteTimeUtc(folder["out/synthesis/contact-sheet-1.png"]));
        Assert.All(Tiny(folder["out"]).Plan().Forecast().SkipLast(1), line => Assert.Contains("done already", line, StringComparison.Ordinal));
        var page = File.ReadAllText(folder["out/report.html"]);
        Assert.Contains("not a medical device", page, StringComparison.Ordinal);
        Assert.Contains("nothing about patients", page, StringComparison.Ordinal);
        Assert.DoesNotContain("http://", page.Replace("http://www.w3.org", "", StringComparison.Ordinal), StringComparison.Ordinal);
        var steps = Table.Read(folder["out/steps.csv"]);
        Assert.All(steps.Rows, row => Assert.Equal("done", steps.Field(row, "state")));
        Assert.All(["cora", "scratch"], start => Assert.True(File.Exists(folder[$"out/finetune/plaque_probe/{start}/seed-1/scorecard.json"])));
    }

    [Fact]
    public void A_step_that_fails_is_named_and_the_others_are_done()
    {
        using var folder = new TemporaryFolder();
        var begun = Tiny(folder["out"]);
        Directory.CreateDirectory(folder["out/pretrain/cora"]);
        File.WriteAllText(folder["out/pretrain/cora/notes.txt"], "somebody's own");

        var failed = begun.Go(null, TestContext.Current.CancellationToken);

        Assert.Equal(["pretraining cora", "response maps", "plaque_probe from cora, seed 1"], failed.Select(f => f.Step));
        Assert.Contains("holds other files", failed[0].Cause, StringComparison.Ordinal);
        Assert.Contains("pretraining cora", failed[1].Cause, StringComparison.Ordinal);
        Assert.Equal(3, Table.Read(folder["out/failures.csv"]).Rows.Count);
        Assert.True(File.Exists(folder["out/finetune/plaque_probe/scratch/seed-1/scorecard.json"]));
        Assert.True(File.Exists(folder["out/report.html"]));

        // Once it is mended, the same command does what was left.
        Directory.Delete(folder["out/pretrain/cora"], recursive: true);
        Assert.Empty(Tiny(folder["out"]).Go(null, TestContext.Current.CancellationToken));
        Assert.False(File.Exists(folder["out/failures.csv"]));
    }

    [Fact]
    public void Other_settings_in_the_same_folder_are_refused_and_a_forecast_writes_nothing()
    {
        using var folder = new TemporaryFolder();
        _ = Tiny(folder["new"]).Plan().Forecast().ToArray();
        Assert.False(Directory.Exists(folder["new"]));
        Directory.CreateDirectory(folder["other"]);
        File.WriteAllText(folder["other/letter.txt"], "");
        Assert.Equal(ExitCode.Usage, Assert.Throws<CoraException>(() => Tiny(folder["other"])).Code);

        var paper = Assert.Throws<CoraException>(() => new Reproduction(ReproductionPreset.Load("paper"), folder["new"], null, "cpu", 2, TimeProvider.System));

        Assert.Equal(ExitCode.Usage, paper.Code);
        Assert.Contains("cohort of your own", paper.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_yardsticks_know_calcium_in_the_arteries_and_keep_their_order()
    {
        using var folder = new TemporaryFolder();
        Cora.Phantom.PhantomCohort.Write(new() { Cases = 60, Sites = 1, Size = 48, Seed = 11, Split = new() { Pretrain = 0, Train = 30, Validation = 0, InternalTest = 30, ExternalTest = 0 } }, folder["cohort"], null, 2, false, TestContext.Current.CancellationToken);

        ClassificationRules.Write(Cohort.Load(folder["cohort"]), folder["rules"], null, TestContext.Current.CancellationToken);

        double Area(string rule) => Cora.Evaluation.Roc.Area(Cora.Evaluation.PredictionTable.Read(folder[$"rules/{rule}/predictions/plaque-internal_test.csv"]).Targets.Single(t => t.Target == "calcified_plaque").Cases);
        Assert.InRange(Area("artery_oracle"), 0.85, 1);                   // calcium within an artery is the label
        Assert.InRange(Area("maximum_hu"), 0.2, 0.8);                     // other calcium is as bright
        Assert.True(ClassificationRules.AreIn(folder["rules"]));

        // Of events they know what they know of calcium: the same order of the same cases.
        var events = Cora.Evaluation.PredictionTable.Read(folder["rules/artery_oracle/predictions/mace-internal_test.csv"]).Targets.Single();
        var calcium = Cora.Evaluation.PredictionTable.Read(folder["rules/artery_oracle/predictions/plaque-internal_test.csv"]).Targets.Single(t => t.Target == "calcified_plaque");
        Assert.Equal("mace_30d", events.Target);
        Assert.Equal(calcium.CaseIds.Zip(calcium.Cases.Scores.ToArray()).Order(), events.CaseIds.Zip(events.Cases.Scores.ToArray()).Order());
    }

    [Theory]
    [MemberData(nameof(Presets))]
    public void A_shipped_preset_treats_every_method_alike(string name)
    {
        var preset = ReproductionPreset.Load(name);

        var experiments = preset.Methods.Select(preset.PretrainingOf).ToArray();

        string[] mayDiffer = ["name", "method", "trainer.learning_rate", "network.output_bias"];
        string[] authors = preset.Voco.Trainer == VoCoTrainer.Authors ? ["trainer.optimizer", "trainer.schedule", "trainer.warmup_steps", "trainer.weight_decay", "trainer.clip_norm"] : [];
        string[] vocoMayDiffer = [.. mayDiffer, "data.patch", "trainer.batch_size", .. authors];
        Assert.All(experiments, e => Assert.Subset((e.Method == PretrainMethod.Voco ? vocoMayDiffer : mayDiffer).ToHashSet(), ExperimentFile.Differences(experiments[0], e).Select(d => d.Key).ToHashSet()));
        var voxels = experiments.Select(e => (double)e.PatchesAStep * e.Data.Patch * e.Data.Patch * e.Data.Patch).ToArray();
        Assert.All(voxels, v => Assert.InRange(v / voxels[0], 0.9, 1.1));               // no method sees more of the scans in a step
        Assert.All(preset.Run, task => Assert.All(preset.Starts, start =>
            Assert.Equal(["name"], ExperimentFile.Differences(preset.TaskOf(task, "cora", 1), preset.TaskOf(task, start, 1)).Select(d => d.Key).Append("name").Distinct())));
        Assert.Equal("cora", preset.Methods[0]);
        Assert.Equal(name, preset.Name);

        // The whole tree can be written, read and written again.
        var text = ExperimentFile.Write(preset, comments: true);
        Assert.Equal(text, ExperimentFile.Write(ExperimentFile.Parse<ReproductionPreset>(text, name), comments: true));
    }

    [Fact]
    public void A_task_that_names_a_cohort_is_trained_and_tested_there()
    {
        using var folder = new TemporaryFolder();
        var split = new Cora.Phantom.SplitShares { Pretrain = 0, Train = 8, Validation = 2, InternalTest = 3, ExternalTest = 0 };
        Cora.Phantom.PhantomCohort.Write(new() { Cases = 13, Sites = 1, Size = 32, Seed = 77, Split = split }, folder["arteries"], null, 2, false, TestContext.Current.CancellationToken);
        var arteries = new FinetuneExperiment { Cohort = folder["arteries"], Data = new() { Patch = 16 }, Inference = new() { Patch = 16 }, Trainer = new() { Steps = 2, BatchSize = 2, Workers = 0, ValidateEvery = 2, CheckpointEvery = 2, LogEvery = 1 }, Statistics = new() { Resamples = 20 } };
        var preset = Preset with { Run = ["arteries"], ArteryCases = [4, 8], ArterySeeds = [1], Tasks = new() { Arteries = arteries with { Cases = 8 } }, ResponseCases = 0 };
        var reproduction = new Reproduction(preset, folder["out"], null, "cpu", 2, TimeProvider.System);

        Assert.Empty(reproduction.Go(null, TestContext.Current.CancellationToken));

        var tested = Table.Read(folder["out/finetune/arteries/cora/seed-1/predictions/arteries-internal_test.csv"]);
        Assert.Equal(Cohort.Load(folder["arteries"]).Of(Split.InternalTest).Select(c => c.CaseId).Order(), tested.Rows.Select(r => tested.Field(r, "case_id")).Distinct().Order());
        Assert.Contains(folder["arteries"], File.ReadAllText(folder["out/reproduction.json"]), StringComparison.Ordinal);
        Assert.True(Directory.Exists(folder["out/finetune/arteries-4"]));
        Assert.False(Directory.Exists(folder["out/finetune/arteries-8"]));                   // that is the comparison itself

        var missing = Assert.Throws<CoraException>(() => new Reproduction(preset with { Tasks = new() { Arteries = arteries with { Cohort = folder["nowhere"] } } }, folder["other"], null, "cpu", 2, TimeProvider.System));
        Assert.Contains("nowhere", missing.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string> Presets => [.. ReproductionPreset.Names];

    [Fact]
    public void A_preset_tells_all_its_problems_at_once()
    {
        var problem = Assert.Throws<CoraException>(() => ReproductionPreset.Load("smoke", ["methods=[\"cora\", \"moco\"]", "seeds=[]", "run=[\"plaque\", \"plaque\"]", "pretrain.trainer.steps=0", "tasks.stenosis.cases=-1"]));

        Assert.All(["moco", "seeds", "run", "pretrain.trainer.steps", "tasks.stenosis.cases"], word => Assert.Contains(word, problem.Message, StringComparison.Ordinal));
    }

    private static ReproductionPreset Preset => new()
    {
        Name = "tiny",
        Purpose = "for the tests",
        Phantom = new() { Cases = 40, Sites = 2, Size = 32, Seed = 5 },
        Methods = ["cora"],
        Pretrain = new()
        {
            Data = new() { SpacingMm = [1.7], Patch = 16, Splits = ["pretrain", "train"] },
            Network = new() { Channels = [4, 8], Blocks = [1, 1] },
            Trainer = new() { Steps = 6, BatchSize = 2, LogEvery = 1, ValidateEvery = 3, CheckpointEvery = 2, LearningRate = 1e-3 },
        },
        Run = ["plaque_probe"],
        Tasks = new() { PlaqueProbe = new() { Plaque = new() { Mode = FinetuneMode.LinearProbe, GradCamCases = 0 }, Statistics = new() { Resamples = 20 } } },
        Seeds = [1],
        PreviewPatches = 3,
        ResponseCases = 1,
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
