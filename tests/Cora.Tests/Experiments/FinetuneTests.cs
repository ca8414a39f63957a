using System.Text.Json;
using Cora.Cohorts;
using Cora.Evaluation;
using Cora.Experiments;
using Cora.Networks;
using Cora.Phantom;
using Cora.Tasks;
using Cora.Training;

namespace Cora.Tests.Experiments;

public sealed class FinetuneTests
{
    private static readonly ResUNetConfig Network = new() { Channels = [4, 8], Blocks = [1, 1] };

    [Fact]
    public void A_fine_tuning_from_pretrained_weights_predicts_and_scores_the_test_cases()
    {
        using var folder = new TemporaryFolder();
        var cohort = Phantoms(folder["cohort"]);
        Pretrain(folder["cohort"], folder["pretrained"]);
        var said = new Said();

        Assert.True(FinetuneRun.Go(Experiment(folder["cohort"]) with { Weights = folder["pretrained"] }, folder["run"], false, TimeProvider.System, said, TestContext.Current.CancellationToken));

        Assert.Contains(said.Notes, n => n.Contains("tensors taken", StringComparison.Ordinal) && n.Contains("head.weight", StringComparison.Ordinal));
        var table = PredictionTable.Read(folder["run/predictions/plaque-internal_test.csv"]);
        Assert.Equal(PlaqueClassification.Targets.Order(), table.Targets.Select(t => t.Target).Order());
        Assert.All(table.Targets, t => Assert.Equal(cohort.Of(Split.InternalTest).Count, t.Cases.Count));
        using var card = JsonDocument.Parse(File.ReadAllText(folder["run/scorecard.json"]));
        var calcified = card.RootElement.GetProperty("splits").GetProperty("internal_test").GetProperty("calcified_plaque");
        var scores = table.Targets.Single(t => t.Target == "calcified_plaque").Cases;
        if (scores.HasBothClasses) Assert.Equal(Roc.Area(scores.Scores, scores.Truth), calcified.GetProperty("auroc").GetProperty("value").GetDouble(), 1e-12);
        Assert.True(card.RootElement.GetProperty("phantom_only").GetBoolean());
    }

    [Fact]
    public void A_fine_tuning_that_was_stopped_ends_with_the_same_weights_and_the_same_predictions()
    {
        using var folder = new TemporaryFolder();
        Phantoms(folder["cohort"]);
        FinetuneRun.Go(Experiment(folder["cohort"]), folder["whole"], false, TimeProvider.System, null, TestContext.Current.CancellationToken);

        using (var stop = new CancellationTokenSource())
        {
            var isFinished = FinetuneRun.Go(Experiment(folder["cohort"]), folder["parts"], false, TimeProvider.System, new On(e => { if (e is StepDone { Step: >= 3 }) stop.Cancel(); }), stop.Token);
            Assert.False(isFinished);
        }

        Assert.True(FinetuneRun.Go(Experiment(folder["cohort"]), folder["parts"], false, TimeProvider.System, null, TestContext.Current.CancellationToken));

        Assert.Equal(Checkpoint.WeightsHash(folder["whole/checkpoints/last"]), Checkpoint.WeightsHash(folder["parts/checkpoints/last"]));
        Assert.Equal(File.ReadAllText(folder["whole/predictions/plaque-external_test.csv"]), File.ReadAllText(folder["parts/predictions/plaque-external_test.csv"]));
    }

    [Fact]
    public void A_frozen_encoder_keeps_its_weights_and_the_head_learns()
    {
        using var folder = new TemporaryFolder();
        Phantoms(folder["cohort"]);
        Pretrain(folder["cohort"], folder["pretrained"]);
        var experiment = Experiment(folder["cohort"]) with { Weights = folder["pretrained"], Plaque = new() { Mode = FinetuneMode.Frozen } };
        FinetuneRun.Go(experiment, folder["run"], false, TimeProvider.System, null, TestContext.Current.CancellationToken);

        using var before = new EncoderClassifier(Network, new(), 2, Seed.Root(0));
        using var after = new EncoderClassifier(Network, new(), 2, Seed.Root(0));
        Checkpoint.Transfer(folder["pretrained/checkpoints/last"], before, "encoder.");
        Checkpoint.LoadWeights(folder["run/checkpoints/last"], after);
        var (first, last) = (before.state_dict(), after.state_dict());
        Assert.All(first.Keys.Where(k => k.StartsWith("encoder.", StringComparison.Ordinal)), k => Assert.True(first[k].equal(last[k]).all().item<bool>(), k));
        Assert.False(first["head.weight"].equal(last["head.weight"]).all().item<bool>());
    }

    [Fact]
    public void Training_cases_are_a_nested_series_and_no_patient_chooses_and_learns()
    {
        using var folder = new TemporaryFolder();
        Phantoms(folder["cohort"]);
        var problem = Assert.Throws<CoraException>(() => FinetuneRun.Go(Experiment(folder["cohort"]) with { Cases = 500 }, folder["run"], false, TimeProvider.System, null, TestContext.Current.CancellationToken));
        Assert.Equal(ExitCode.Usage, problem.Code);
        Assert.False(Directory.Exists(folder["run/checkpoints"]));
    }

    private static FinetuneExperiment Experiment(string cohort) => new()
    {
        Cohort = cohort, Device = "cpu", Threads = 2, Network = Network, Statistics = new() { Resamples = 20 },
        Trainer = new() { Steps = 6, BatchSize = 2, Optimizer = OptimizerKind.Adamw, LearningRate = 1e-3, LogEvery = 1, ValidateEvery = 3, CheckpointEvery = 2 },
    };

    private static Cohort Phantoms(string folder) =>
        PhantomCohort.Write(new() { Cases = 48, Sites = 2, Size = 32, Seed = 4 }, folder, null, 2, false, TestContext.Current.CancellationToken);

    private static void Pretrain(string cohort, string folder) => PretrainRun.Go(
        new()
        {
            Cohort = cohort, Device = "cpu", Threads = 2, Network = Network, Data = new() { SpacingMm = [1.7], Patch = 16 },
            Trainer = new() { Steps = 2, BatchSize = 2, LogEvery = 1, ValidateEvery = 2, CheckpointEvery = 2, LearningRate = 1e-3 },
        }, folder, false, TimeProvider.System, null, TestContext.Current.CancellationToken);

    private sealed class Said : IProgress<RunEvent>
    {
        public List<string> Notes { get; } = [];

        public void Report(RunEvent value)
        {
            if (value is Note note) Notes.Add(note.Text);
        }
    }

    private sealed class On(Action<RunEvent> tell) : IProgress<RunEvent>
    {
        public void Report(RunEvent value) => tell(value);
    }
}
