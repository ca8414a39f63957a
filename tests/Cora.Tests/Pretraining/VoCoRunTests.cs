using System.Text.Json;
using Cora.Cohorts;
using Cora.Evaluation;
using Cora.Experiments;
using Cora.Phantom;
using Cora.Pretraining;
using Cora.Training;

namespace Cora.Tests.Pretraining;

public sealed class VoCoRunTests
{
    [Fact]
    public void Ten_steps_and_ten_more_are_twenty_steps_whatever_the_workers()
    {
        using var folder = new TemporaryFolder();
        Phantoms(folder["cohort"]);
        Assert.True(Run(Experiment(folder["cohort"]), folder["whole"]));

        var threeWorkers = Experiment(folder["cohort"]) with { Trainer = Experiment("").Trainer with { Workers = 3 } };
        using (var stop = new CancellationTokenSource())
            Assert.False(PretrainRun.Go(threeWorkers, folder["parts"], false, TimeProvider.System, new On(e => { if (e is StepDone { Step: >= 10 }) stop.Cancel(); }), stop.Token));
        Assert.Equal(10, Checkpoint.ReadState(folder["parts/checkpoints/last"]).Step);
        Assert.True(Run(threeWorkers, folder["parts"]));

        Assert.Equal(Checkpoint.WeightsHash(folder["whole/checkpoints/last"]), Checkpoint.WeightsHash(folder["parts/checkpoints/last"]));
        Assert.Equal(File.ReadAllText(folder["whole/validation.csv"]), File.ReadAllText(folder["parts/validation.csv"]));
        Assert.True(PretextExamples.AreIn(folder["whole/examples"]));
    }

    [Theory]
    [InlineData(VoCoForm.Tpami, "step,loss,together,apart,regularity,between,", true)]
    [InlineData(VoCoForm.Cvpr, "step,loss,together,apart,regularity,", true)]
    [InlineData(VoCoForm.Nnssl, "step,loss,together,apart,regularity,", false)]
    public void Each_published_form_trains_an_encoder_and_no_decoder(VoCoForm form, string columns, bool hasTeacher)
    {
        using var folder = new TemporaryFolder();
        Phantoms(folder["cohort"]);
        var experiment = Experiment(folder["cohort"]);

        Run(experiment with { Voco = experiment.Voco with { Form = form }, Trainer = experiment.Trainer with { Steps = 2 } }, folder["run"]);

        Assert.StartsWith(columns, File.ReadLines(folder["run/metrics.csv"]).First(), StringComparison.Ordinal);
        var names = Safetensors.Open(folder["run/checkpoints/last/model.safetensors"]).Entries.Keys;
        Assert.Contains(names, n => n.StartsWith("encoder.", StringComparison.Ordinal));
        Assert.DoesNotContain(names, n => n.StartsWith("decoder.", StringComparison.Ordinal));
        Assert.Equal(hasTeacher, names.Any(n => n.StartsWith("teacher.", StringComparison.Ordinal)));
        Assert.Equal("voco", Checkpoint.ReadState(folder["run/checkpoints/last"]).Model.Method);
    }

    [Theory]
    [InlineData(VoCoForm.Tpami)]
    [InlineData(VoCoForm.Cvpr)]
    [InlineData(VoCoForm.Nnssl)]
    public void One_batch_can_be_learnt_by_heart(VoCoForm form)
    {
        using var folder = new TemporaryFolder();
        var cohort = Phantoms(folder["cohort"]);
        using var studies = PretrainStudies.Open(cohort, cohort.Of(Split.Train), new(1.7, 1.7, 1.7), stop: TestContext.Current.CancellationToken);
        var experiment = Experiment(folder["cohort"]);
        var trainer = experiment.Trainer with { LearningRate = 3e-3, Schedule = ScheduleKind.Constant };
        using var task = new VoCoPretext(
            new(8, new(1.7, 1.7, 1.7), experiment.Voco with { Form = form, Grid = [3, 3, 1], Projector = 32, Dropout = 0 }, Cora.Synthesis.PatchBorder.Shift, trainer, new(), experiment.Network), studies, Seed.Root(1));
        using var optimizer = Optimizers.Create(trainer, task.Network);
        var batch = task.Prepare(Seed.Root(2), 0);
        var losses = new List<(double Together, double Apart)>();
        for (var step = 0; step < 150; step++)
        {
            using var scope = TorchSharp.torch.NewDisposeScope();
            task.Network.zero_grad();
            var loss = task.Loss(batch, TorchSharp.torch.CPU);
            loss.Total.backward();
            optimizer.Step(trainer.LearningRate, step);
            task.AfterStep(step);
            losses.Add((loss.Parts[0].Value.item<float>(), loss.Parts[1].Value.item<float>()));
        }

        var dullest = Enumerable.Range(0, 100).Min(c => batch.Overlaps.Chunk(18).Average(volume => CostOfOneAnswer(volume, c / 100.0, form)));
        Assert.True(losses[^1].Together + losses[^1].Apart < dullest / 2, $"{losses[0]} became {losses[^1]}; one answer for all pairs costs {dullest}");
    }

    [Fact]
    public void A_run_that_learnt_nothing_says_so()
    {
        using var folder = new TemporaryFolder();
        Phantoms(folder["cohort"]);
        var experiment = Experiment(folder["cohort"]);

        Run(experiment with { Trainer = experiment.Trainer with { Steps = 2, LearningRate = 1e-9 } }, folder["run"]);

        using var verdict = JsonDocument.Parse(File.ReadAllText(folder["run/learning.json"]));
        Assert.False(verdict.RootElement.GetProperty("has_learnt").GetBoolean());
    }

    [Fact]
    public void Bad_settings_are_all_told_at_once()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["e.toml"], "method = \"voco\"\n[data]\nspacing_mm = [0.5]\n[voco]\ngrid = [1, 1, 1]\nrandom_crops = 0\nprojector = 1\ndropout = 1.0\nnorm = \"layer\"\nflip = 2.0\n");

        var problem = Assert.Throws<CoraException>(() => ExperimentFile.Load<PretrainExperiment>(folder["e.toml"]));

        Assert.All(["voco.grid", "voco.random_crops", "voco.projector", "voco.dropout", "voco.norm", "voco.flip"], name => Assert.Contains(name, problem.Message, StringComparison.Ordinal));
        Assert.Equal(ExitCode.Usage, problem.Code);
    }

    [Theory]
    [InlineData(1.0, true)]
    [InlineData(0.0, true)]
    [InlineData(0.75, false)]
    [InlineData(0.25, false)]
    public void A_coarser_spacing_is_a_multiple_of_the_datas(double spacingMm, bool isFine)
    {
        var problems = new PretrainExperiment { Method = PretrainMethod.Voco, Voco = new() { SpacingMm = spacingMm } }.Check().Where(p => p.Name == "voco.spacing_mm");

        Assert.Equal(isFine, !problems.Any());
    }

    [Fact]
    public void A_step_of_the_papers_size_sees_as_many_voxels_as_CORAs()
    {
        var experiment = ExperimentFile.Load<PretrainExperiment>(Path.Combine(Architecture.HouseRulesTests.Root(), "experiments/pretrain-voco.toml"));
        var cora = ExperimentFile.Load<PretrainExperiment>(Path.Combine(Architecture.HouseRulesTests.Root(), "experiments/pretrain-cora.toml"));

        Assert.Equal(VoxelsAStep(cora), VoxelsAStep(experiment));
        Assert.Equal(cora.Trainer.Steps, experiment.Trainer.Steps);
        Assert.Equal(cora.Network.Describe(), experiment.Network.Describe());
    }

    /// <summary>What it costs to say the same of every pair, by the formulae of the loss.</summary>
    private static double CostOfOneAnswer(float[] overlaps, double answer, VoCoForm form) =>
        overlaps.Sum(y => y * -Math.Log(1 - Math.Abs(y - answer))) / overlaps.Sum() + (form == VoCoForm.Tpami ? -Math.Log(1 - answer) : answer * answer);

    private static long VoxelsAStep(PretrainExperiment experiment) => experiment.PatchesAStep * experiment.Data.Patch * experiment.Data.Patch * experiment.Data.Patch;

    private static bool Run(PretrainExperiment experiment, string folder) => PretrainRun.Go(experiment, folder, false, TimeProvider.System, null, TestContext.Current.CancellationToken);

    private static PretrainExperiment Experiment(string cohort) => new()
    {
        Method = PretrainMethod.Voco, Cohort = cohort, Device = "cpu", Threads = 2, Network = new() { Channels = [4, 8], Blocks = [1, 1] },
        Data = new() { SpacingMm = [1.7], Patch = 8, Splits = ["pretrain", "train"] }, Voco = new() { Grid = [2, 2, 1], Projector = 16, Dropout = 0.2 },
        Trainer = new() { Steps = 20, BatchSize = 2, Optimizer = OptimizerKind.Adamw, LearningRate = 1e-3, LogEvery = 1, ValidateEvery = 10, CheckpointEvery = 7 },
    };

    private static Cohort Phantoms(string folder) =>
        PhantomCohort.Write(new() { Cases = 8, Sites = 2, Size = 32, Seed = 4 }, folder, null, 2, false, TestContext.Current.CancellationToken);

    private sealed class On(Action<RunEvent> tell) : IProgress<RunEvent>
    {
        public void Report(RunEvent value) => tell(value);
    }
}
