using System.Text.Json;
using Cora.Cohorts;
using Cora.Evaluation;
using Cora.Experiments;
using Cora.Imaging;
using Cora.Networks;
using Cora.Phantom;
using Cora.Tasks;
using Cora.Tests.Architecture;
using Cora.Training;

namespace Cora.Tests.Experiments;

public sealed class FinetuneNnUNetTests(FinetuneNnUNetTests.Shared shared) : IClassFixture<FinetuneNnUNetTests.Shared>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void A_run_writes_its_plans_measures_its_fold_and_predicts_any_scan()
    {
        using var folder = new TemporaryFolder();
        var cohort = Cohort.Load(shared.Cohort);
        var said = new List<RunEvent>();

        Assert.True(FinetuneRun.Go(Experiment(shared.Cohort, fold: 1), folder["run"], false, TimeProvider.System, new On(said.Add), Token));

        var plans = PlansFile.Read(folder["run/plans.json"]);
        var configuration = plans.Configurations[Plans.FullResolution];
        Assert.Equal((Size3.Cube(16), 2), (configuration.PatchSize, configuration.BatchSize));
        Assert.Equal([4, 8, 16], configuration.Network!.Features);
        var labelled = cohort.Of(Split.Train, Split.Validation);
        var folds = NnUNetSplits.Read(folder["run/splits_final.json"], labelled);
        Assert.Equal(labelled.Count, folds.Sum(f => f.Validation.Count));
        var fingerprint = DatasetFingerprint.Of(cohort, [.. labelled.Where(c => folds[1].Train.Contains(c.CaseId))], null, Token);
        Assert.Equal(fingerprint.Foreground with { Voxels = null }, plans.Foreground);

        var model = Checkpoint.ReadState(folder["run/checkpoints/last"]).Model;
        Assert.Equal(fingerprint.Foreground.Normalization, model.Normalization);
        Assert.Equal((1, 2, true), (model.Network.InChannels, model.Network.OutChannels, model.Network.DeepSupervision));

        var held = Table.Read(folder["run/predictions/arteries-validation.csv"]);
        Assert.Equal(folds[1].Validation.Order(), held.Rows.Select(r => held.Field(r, "case_id")).Order());
        Assert.True(File.Exists(folder["run/predictions/arteries-internal_test.csv"]));
        using var card = JsonDocument.Parse(File.ReadAllText(folder["run/scorecard.json"]));
        Assert.Contains(card.RootElement.GetProperty("details").GetProperty("departures").EnumerateArray(), d => d.GetString()!.Contains("instead of 250000", StringComparison.Ordinal));
        Assert.Contains(said.OfType<Note>(), n => n.IsWarning && n.Text.Contains("without mirrors", StringComparison.Ordinal));

        // The trained run and the scorecard speak of the same network.
        var row = cohort.Of(Split.InternalTest)[0];
        using var trained = new TrainedModel(folder["run"], "cpu", 1);
        var mask = trained.Predict(VolumeFile.Read<short>(cohort.PathOf(row.Image)), HeartMask.Read(cohort.PathOf(row.Heart!)), null, null, Token).Mask!;
        Assert.Equal(VolumeFile.ReadGeometry(cohort.PathOf(row.Image)), mask.Geometry);
        var table = Table.Read(folder["run/predictions/arteries-internal_test.csv"]);
        var dice = SegmentationScore.Of(row.CaseId, mask.Select(v => (byte)v), VolumeFile.Read<byte>(cohort.PathOf(row.Arteries!))).Dice;
        Assert.Equal(dice, double.Parse(table.Field(table.Rows.Single(r => table.Field(r, "case_id") == row.CaseId), "dice"), System.Globalization.CultureInfo.InvariantCulture), 1e-9);
    }

    [Fact]
    public void A_run_that_was_stopped_ends_with_the_same_weights()
    {
        using var folder = new TemporaryFolder();
        FinetuneRun.Go(Experiment(shared.Cohort), folder["whole"], false, TimeProvider.System, null, Token);

        using (var stop = new CancellationTokenSource())
        {
            Assert.False(FinetuneRun.Go(Experiment(shared.Cohort), folder["parts"], false, TimeProvider.System, new On(e => { if (e is StepDone { Step: >= 3 }) stop.Cancel(); }), stop.Token));
        }

        Assert.True(FinetuneRun.Go(Experiment(shared.Cohort), folder["parts"], false, TimeProvider.System, null, Token));

        Assert.Equal(Checkpoint.WeightsHash(folder["whole/checkpoints/last"]), Checkpoint.WeightsHash(folder["parts/checkpoints/last"]));
    }

    [Fact]
    public void Patches_hold_normalised_values_and_the_last_of_two_shows_arteries()
    {
        var size = new Size3(24, 24, 24);
        var labels = new ushort[size.Count];
        labels[(12 * 24 + 12) * 24 + 12] = 1;
        var image = new Volume<short>(Geometry.Isotropic(size, 0.5), [.. labels.Select((l, i) => (short)(l > 0 ? 700 : i % 2 * 100))]);
        var volume = new LabelledVolume(new() { CaseId = "c", PatientId = "p", Image = "" }, image, Box3.Whole(size), SparseMask.Of(labels, size, _ => true));
        var still = new NnUNetConfig
        {
            Spatial = new() { Rotation = 0, Scale = 0, Mirror = 0 },
            Intensity = new() { Noise = 0, Blur = 0, Brightness = 0, Contrast = 0, LowResolution = 0, InvertedGamma = 0, Gamma = 0 },
        };
        using var task = new NnUNetLearning(still, new() { BatchSize = 2 }, Network with { InChannels = 1, OutChannels = 2 }, new() { LowHu = 50, HighHu = 500, MeanHu = 200, StdHu = 50 }, new(), 8, [volume], [volume], Seed.Root(1));

        for (var step = 0; step < 20; step++)
        {
            var batch = task.Prepare(Seed.Root(step), step);
            Assert.Equal(1, batch.Classes.AsSpan(512).Count(1L));
            Assert.Equal(1, batch.Classes.AsSpan(512)[(4 * 8 + 4) * 8 + 4]);
            Assert.Equal(6f, batch.Values[512 + (4 * 8 + 4) * 8 + 4], 1e-5f);          // clipped to 500: (500 - 200) / 50
            Assert.Equal([-3f, -2f, 6f], batch.Values.AsSpan(512).ToArray().Distinct().Order());
            Assert.Equal(batch.Values, task.Prepare(Seed.Root(step), step).Values);
        }
    }

    [Fact]
    public void The_recipe_learns_to_mark_bright_vessels_among_bright_balls()
    {
        // Tubes along z through the whole scan are vessels; balls of the same HU are not.
        using var folder = new TemporaryFolder();
        var size = new Size3(32, 32, 32);
        var random = Seed.Root(11).Random();
        LabelledVolume Scan(int number)
        {
            var (tubeX, tubeY, ballX, ballY) = (random.Integer(6, 12), random.Integer(6, 25), random.Integer(20, 26), random.Integer(6, 25));
            var labels = new ushort[size.Count];
            var hu = new short[size.Count];
            for (var i = 0; i < hu.Length; i++)
            {
                var (x, y, z) = (i % 32, i / 32 % 32, i / 1024);
                labels[i] = (ushort)((x - tubeX) * (x - tubeX) + (y - tubeY) * (y - tubeY) <= 6 ? 1 : 0);
                var isBall = (x - ballX) * (x - ballX) + (y - ballY) * (y - ballY) + (z - 16) * (z - 16) <= 16;
                hu[i] = (short)(random.Normal(0, 30) + (labels[i] > 0 || isBall ? 350 : 50));
            }

            return new(new() { CaseId = $"{number}", PatientId = $"{number}", Image = "" }, new Volume<short>(Geometry.Isotropic(size, 0.5), hu), Box3.Whole(size), SparseMask.Of(labels, size, _ => true));
        }

        var trainer = new TrainerConfig { Steps = 80, BatchSize = 2, LearningRate = 0.05, Momentum = 0.9, LogEvery = 40, CheckpointEvery = 1000, ValidateEvery = 40 };
        var network = Network with { InChannels = 1, OutChannels = 2, DeepSupervision = true };
        using var task = new NnUNetLearning(
            new(), trainer, network, new() { LowHu = 260, HighHu = 440, MeanHu = 350, StdHu = 30 }, new(), 16, [.. Enumerable.Range(0, 4).Select(Scan)], [.. Enumerable.Range(4, 2).Select(Scan)], Seed.Root(1));
        var model = new ModelDescription { Method = "arteries", Network = network, SpacingMm = [0.5, 0.5, 0.5], Patch = 16, WindowsHu = [], WindowRange = [], Labels = [] };

        var result = new Trainer(trainer, folder["run"], model, TorchSharp.torch.CPU).Fit(task, Seed.Root(2), Token);

        Assert.True(result.BestScore > 0.6, $"Dice {result.BestScore}");
    }

    [Fact]
    public void A_cohort_of_several_spacings_is_told_the_planned_one()
    {
        using var folder = new TemporaryFolder();
        var cohort = Phantoms(folder["cohort"]);
        var row = cohort.Of(Split.Train)[0];
        foreach (var path in new[] { row.Image, row.Arteries! })
        {
            var volume = VolumeFile.Read<short>(cohort.PathOf(path));
            Nifti.Write(cohort.PathOf(path), new Volume<short>(new(volume.Geometry.Size, new(1, 1, 1), volume.Geometry.Origin, volume.Geometry.Direction), volume.Voxels.ToArray()));
        }

        var refused = Assert.Throws<CoraException>(() => FinetuneRun.Go(Experiment(folder["cohort"]), folder["run"], false, TimeProvider.System, null, Token));

        Assert.Contains("other voxels than the planned ones", refused.Message);
        Assert.Contains("cora preprocess --spacing-mm", refused.Remedy);
    }

    [Fact]
    public void Weights_and_folds_that_cannot_be_are_refused()
    {
        using var folder = new TemporaryFolder();
        FinetuneRun.Go(Experiment(shared.Cohort), folder["run"], false, TimeProvider.System, null, Token);

        var experiment = Experiment(shared.Cohort) with { Weights = folder["run"] };
        Assert.Contains("begins from scratch", Assert.Throws<CoraException>(() => FinetuneRun.Go(experiment, folder["a"], false, TimeProvider.System, null, Token)).Message);
        Assert.Contains("folds 0 to 4", Assert.Throws<CoraException>(() => FinetuneRun.Go(Experiment(shared.Cohort, fold: 7), folder["c"], false, TimeProvider.System, null, Token)).Message);
    }

    [Fact]
    public void Weights_that_see_one_channel_are_spread_over_the_windows()
    {
        using var folder = new TemporaryFolder();
        var wide = Experiment(shared.Cohort) with { Network = Network with { Channels = [6, 8, 16] }, Trainer = Experiment("").Trainer with { Steps = 2 } };
        FinetuneRun.Go(wide, folder["nnunet"], false, TimeProvider.System, null, Token);

        Assert.True(FinetuneRun.Go(wide with { Arteries = new() { Transfer = ["encoder", "decoder"] }, Weights = folder["nnunet"] }, folder["run"], false, TimeProvider.System, null, Token));

        using var transfer = JsonDocument.Parse(File.ReadAllText(folder["run/transfer.json"]));
        var training = transfer.RootElement.GetProperty("trainings").EnumerateArray().Single();
        Assert.Contains("repeated over the windows", training.GetProperty("notes").EnumerateArray().Single().GetString(), StringComparison.Ordinal);
        Assert.Equal(4, Checkpoint.ReadState(folder["run/checkpoints/last"]).Model.Network.InChannels);
    }

    [Fact]
    public void The_full_recipe_leaves_nothing_of_the_training()
    {
        var full = ExperimentFile.Load<FinetuneExperiment>(Path.Combine(HouseRulesTests.Root(), "experiments/arteries-nnunet.toml"));
        var phantom = ExperimentFile.Load<FinetuneExperiment>(Path.Combine(HouseRulesTests.Root(), "experiments/phantom/arteries-nnunet.toml"));

        Assert.Empty(NnUNetPlan.Departures(full));
        Assert.Equal(["600 steps instead of 250000", "the cohort's own splits instead of a fold"], NnUNetPlan.Departures(phantom));
    }

    private static readonly ResUNetConfig Network = new() { Channels = [4, 8, 16], Blocks = [1, 1, 1] };

    private static FinetuneExperiment Experiment(string cohort, int fold = -1) => new()
    {
        Task = FinetuneTask.Arteries, Cohort = cohort, Device = "cpu", Threads = 2, Network = Network, Statistics = new() { Resamples = 20 }, Data = new() { Patch = 16 },
        Arteries = new() { Recipe = ArteryRecipe.Nnunet, Nnunet = new() { Fold = fold } },
        Trainer = new() { Steps = 6, BatchSize = 2, LogEvery = 1, ValidateEvery = 3, CheckpointEvery = 2 },
    };

    private static Cohort Phantoms(string folder) => PhantomCohort.Write(new() { Cases = 24, Sites = 2, Size = 32, Seed = 4 }, folder, null, 2, false, TestContext.Current.CancellationToken);

    /// <summary>One cohort for the tests that only read it.</summary>
    public sealed class Shared : IDisposable
    {
        private readonly TemporaryFolder folder = new();

        public Shared() => Phantoms(Cohort);

        public string Cohort => folder["cohort"];

        public void Dispose() => folder.Dispose();
    }

    private sealed class On(Action<RunEvent> tell) : IProgress<RunEvent>
    {
        public void Report(RunEvent value) => tell(value);
    }
}
