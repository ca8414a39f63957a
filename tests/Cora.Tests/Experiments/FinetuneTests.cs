using System.Text.Json;
using Cora.Cohorts;
using Cora.Evaluation;
using Cora.Experiments;
using Cora.Imaging;
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
        Assert.Equal("full", card.RootElement.GetProperty("details").GetProperty("mode").GetString());
        foreach (var split in new[] { Split.InternalTest, Split.ExternalTest })
        {
            var first = cohort.Of(split).FirstOrDefault(c => c.CalcifiedPlaque == true);
            if (first is null) continue;
            Assert.True(new FileInfo(folder[$"run/explanations/{first.CaseId}/gradcam-calcified_plaque.png"]).Length > 5_000);
            var map = VolumeFile.Read<byte>(folder[$"run/explanations/{first.CaseId}/gradcam-calcified_plaque.nii.gz"]);
            Assert.True(map.Geometry.Matches(VolumeFile.ReadGeometry(cohort.PathOf(first.Image))));
        }
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
    public void Heads_that_share_one_pass_of_the_encoder_answer_as_each_alone()
    {
        using var folder = new TemporaryFolder();
        Phantoms(folder["cohort"]);
        Pretrain(folder["cohort"], folder["pretrained"]);
        PoolingConfig[] heads = [new() { Pool = Pooling.Maximum, Stages = PooledStages.All }, new(), new() { Within = PooledPlace.Arteries, Stages = PooledStages.All }];
        var shared = new FrozenFeatures(heads);
        var computed = new List<int>();

        foreach (var (i, head) in heads.Index())
        {
            var experiment = Experiment(folder["cohort"]) with { Weights = folder["pretrained"], Plaque = new() { Mode = FinetuneMode.LinearProbe, Head = head, GradCamCases = 0 } };
            FinetuneRun.Go(experiment, folder[$"alone-{i}"], false, TimeProvider.System, null, TestContext.Current.CancellationToken);
            FinetuneRun.Go(experiment, folder[$"shared-{i}"], false, TimeProvider.System, null, TestContext.Current.CancellationToken, shared);
            computed.Add(shared.Passes);
        }

        foreach (var (i, _) in heads.Index())
        {
            Assert.Equal(File.ReadAllText(folder[$"alone-{i}/predictions/plaque-external_test.csv"]), File.ReadAllText(folder[$"shared-{i}/predictions/plaque-external_test.csv"]));
            Assert.Equal(Checkpoint.WeightsHash(folder[$"alone-{i}/checkpoints/last"]), Checkpoint.WeightsHash(folder[$"shared-{i}/checkpoints/last"]));
        }

        Assert.True(computed[0] > 0);
        Assert.All(computed, passes => Assert.Equal(computed[0], passes));           // the first head's runs have seen every scan for the others
    }

    [Fact]
    public void A_linear_probe_is_solved_on_frozen_features_and_needs_no_chance()
    {
        using var folder = new TemporaryFolder();
        Phantoms(folder["cohort"]);
        Pretrain(folder["cohort"], folder["pretrained"]);
        var experiment = Experiment(folder["cohort"]) with { Weights = folder["pretrained"], Plaque = new() { Mode = FinetuneMode.LinearProbe, Head = new() { Pool = Pooling.Maximum, Stages = PooledStages.All } } };

        Assert.True(FinetuneRun.Go(experiment, folder["one"], false, TimeProvider.System, null, TestContext.Current.CancellationToken));
        Assert.True(FinetuneRun.Go(experiment with { Trainer = experiment.Trainer with { LearningRate = 0.1, Steps = 3 } }, folder["two"], false, TimeProvider.System, null, TestContext.Current.CancellationToken));

        Assert.Equal(File.ReadAllText(folder["one/predictions/plaque-external_test.csv"]), File.ReadAllText(folder["two/predictions/plaque-external_test.csv"]));
        Assert.False(File.Exists(folder["one/metrics.csv"]));
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

    [Fact]
    public void Stenosis_detection_takes_the_decoder_over_and_tells_every_lesion()
    {
        using var folder = new TemporaryFolder();
        var cohort = Phantoms(folder["cohort"]);
        Pretrain(folder["cohort"], folder["pretrained"]);
        var said = new Said();
        var experiment = Experiment(folder["cohort"]) with
        {
            Task = FinetuneTask.Stenosis, Weights = folder["pretrained"], Data = new() { Patch = 16 }, Stenosis = new() { MinOverlap = 1 },
        };

        Assert.True(FinetuneRun.Go(experiment, folder["run"], false, TimeProvider.System, said, TestContext.Current.CancellationToken));

        Assert.Contains(said.Notes, n => n.Contains("new: head.", StringComparison.Ordinal) && !n.Contains("decoder.", StringComparison.Ordinal));
        var cases = Table.Read(folder["run/predictions/stenosis-external_test-cases.csv"]);
        var expected = cohort.Of(Split.ExternalTest).Where(c => cohort.LesionsOf(c).Any(l => l.StenosisGrade >= 2)).Select(c => c.CaseId);
        Assert.Equal(expected, cases.Rows.Select(r => cases.Field(r, "case_id")));
        var lesions = Table.Read(folder["run/predictions/stenosis-external_test.csv"]);
        var reference = lesions.Rows.Where(r => lesions.Field(r, "kind") == "reference").ToArray();
        Assert.Equal(cases.Rows.Sum(r => int.Parse(cases.Field(r, "lesions"), System.Globalization.CultureInfo.InvariantCulture)), reference.Length);
        Assert.All(reference, r => Assert.True(int.Parse(lesions.Field(r, "stenosis_grade"), System.Globalization.CultureInfo.InvariantCulture) >= 2));
        using var card = JsonDocument.Parse(File.ReadAllText(folder["run/scorecard.json"]));
        var external = card.RootElement.GetProperty("splits").GetProperty("external_test");
        Assert.Equal(reference.Length, external.GetProperty("lesions").GetInt32());
        Assert.Equal(reference.Length, external.GetProperty("recall_by_grade").EnumerateObject().Sum(g => g.Value.GetProperty("lesions").GetInt32()));
        Assert.Equal(10, card.RootElement.GetProperty("details").GetProperty("max_volume_ratio").GetDouble());
        var froc = Table.Read(folder["run/predictions/stenosis-external_test-froc.csv"]);
        var ratios = froc.Rows.Select(r => double.Parse(froc.Field(r, "predicted_voxels_a_lesion_voxel"), System.Globalization.CultureInfo.InvariantCulture)).ToArray();
        Assert.Equal(ratios.OrderDescending(), ratios);                // a higher threshold predicts less
        var chosen = external.GetProperty("thresholds")[0].GetDouble();
        var voxels = reference.Sum(r => double.Parse(lesions.Field(r, "voxels"), System.Globalization.CultureInfo.InvariantCulture));
        var predicted = lesions.Rows.Where(r => lesions.Field(r, "kind") == "predicted").Sum(r => double.Parse(lesions.Field(r, "voxels"), System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(predicted / voxels, ratios[StenosisConfig.Thresholds.IndexOf(chosen)], 1e-9);
    }

    [Fact]
    public void Weights_without_a_decoder_leave_a_new_one_and_the_run_says_so_of_every_part()
    {
        using var folder = new TemporaryFolder();
        Phantoms(folder["cohort"]);
        Pretrain(folder["cohort"], folder["voco"], PretrainMethod.Voco);
        var experiment = Experiment(folder["cohort"]) with { Task = FinetuneTask.Stenosis, Weights = folder["voco"], Data = new() { Patch = 16 }, Stenosis = new() { Folds = 2 } };

        Assert.True(FinetuneRun.Go(experiment, folder["run"], false, TimeProvider.System, null, TestContext.Current.CancellationToken));

        using var transfer = JsonDocument.Parse(File.ReadAllText(folder["run/transfer.json"]));
        Assert.Equal("voco", transfer.RootElement.GetProperty("method").GetString());
        Assert.Equal(Checkpoint.WeightsHash(folder["voco/checkpoints/last"]), transfer.RootElement.GetProperty("weights_hash").GetString());
        var trainings = transfer.RootElement.GetProperty("trainings").EnumerateArray().ToArray();
        Assert.Equal(["folds/1", "folds/2"], trainings.Select(t => t.GetProperty("training").GetString()));
        var parts = trainings[0].GetProperty("parts").EnumerateArray().ToDictionary(p => p.GetProperty("part").GetString()!);

        // The encoder: two blocks of two convolutions and one shortcut, each with scale and shift of its norm. The decoder: one transposed convolution with a bias, one convolution with a norm.
        int Count(string part, string fate) => parts[part].GetProperty(fate).GetArrayLength();
        Assert.Equal((15, 0, 0), (Count("encoder", "taken"), Count("encoder", "new"), Count("encoder", "unused")));
        Assert.Equal((0, 5, 0), (Count("decoder", "taken"), Count("decoder", "new"), Count("decoder", "unused")));
        Assert.Equal((0, 2, 0), (Count("head", "taken"), Count("head", "new"), Count("head", "unused")));
        Assert.Equal((6, 6), (Count("projector", "unused"), Count("teacher", "unused")));
        Assert.Contains("the decoder begins anew", trainings[0].GetProperty("notes").EnumerateArray().Single().GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void In_a_cross_validation_each_case_is_tested_once_by_a_network_that_has_not_seen_it()
    {
        using var folder = new TemporaryFolder();
        var cohort = Phantoms(folder["cohort"]);
        var experiment = Experiment(folder["cohort"]) with { Task = FinetuneTask.Stenosis, Data = new() { Patch = 16 }, Stenosis = new() { Folds = 2 } };

        Assert.True(FinetuneRun.Go(experiment, folder["run"], false, TimeProvider.System, null, TestContext.Current.CancellationToken));

        var tested = Table.Read(folder["run/predictions/stenosis-cross_validation-cases.csv"]);
        var inside = cohort.Of(Split.Train, Split.Validation, Split.InternalTest).Where(c => cohort.LesionsOf(c).Any(l => l.StenosisGrade >= 2)).Select(c => c.CaseId);
        Assert.Equal(inside.Order(), tested.Rows.Select(r => tested.Field(r, "case_id")).Order());
        Assert.True(File.Exists(folder["run/predictions/stenosis-external_test-cases.csv"]));
        Assert.NotEqual(Checkpoint.WeightsHash(folder["run/folds/1/checkpoints/last"]), Checkpoint.WeightsHash(folder["run/folds/2/checkpoints/last"]));
    }

    [Fact]
    public void Artery_segmentation_takes_the_encoder_alone_and_measures_every_test_case()
    {
        using var folder = new TemporaryFolder();
        var cohort = Phantoms(folder["cohort"]);
        Pretrain(folder["cohort"], folder["pretrained"]);
        var said = new Said();
        var experiment = Experiment(folder["cohort"]) with { Task = FinetuneTask.Arteries, Weights = folder["pretrained"], Data = new() { Patch = 16 } };

        Assert.True(FinetuneRun.Go(experiment, folder["run"], false, TimeProvider.System, said, TestContext.Current.CancellationToken));

        Assert.Contains(said.Notes, n => n.Contains("new: ", StringComparison.Ordinal) && n.Contains("decoder.", StringComparison.Ordinal));
        var table = Table.Read(folder["run/predictions/arteries-internal_test.csv"]);
        Assert.Equal(cohort.Of(Split.InternalTest).Select(c => c.CaseId), table.Rows.Select(r => table.Field(r, "case_id")));
        var mean = table.Rows.Average(r => double.Parse(table.Field(r, "dice"), System.Globalization.CultureInfo.InvariantCulture));
        using var card = JsonDocument.Parse(File.ReadAllText(folder["run/scorecard.json"]));
        Assert.Equal(mean, card.RootElement.GetProperty("splits").GetProperty("internal_test").GetProperty("measures").GetProperty("dice").GetProperty("value").GetDouble(), 1e-9);
    }

    [Fact]
    public void Risk_that_is_learnt_twice_has_the_same_bits_wherever_arrays_lie()
    {
        using var folder = new TemporaryFolder();
        Phantoms(folder["cohort"], events: 0.4);
        Pretrain(folder["cohort"], folder["pretrained"]);
        var experiment = Experiment(folder["cohort"]) with
        {
            Task = FinetuneTask.Mace, Weights = folder["pretrained"], Mace = new() { Mode = FinetuneMode.Frozen, Hidden = 8, Projected = 4, Head = new() { Pool = Pooling.Maximum, Stages = PooledStages.All } },
            Trainer = Experiment("").Trainer with { Steps = 40, BatchSize = 7, CheckpointEvery = 40, ValidateEvery = 40 },
        };
        string[] Trained(string run)
        {
            FinetuneRun.Go(experiment, folder[run], false, TimeProvider.System, null, TestContext.Current.CancellationToken);
            return [.. new[] { "image", "clinical", "multimodal" }.Select(variant => Checkpoint.WeightsHash(folder[$"{run}/variants/{variant}/checkpoints/last"]))];
        }

        var first = Trained("one");

        // Small arrays of odd lengths move what comes after them by 8 or 16 bytes.
        for (var i = 0; i < 3; i++)
        {
            var moved = Enumerable.Range(0, 101).Select(n => new byte[n]).ToArray();
            Assert.Equal(first, Trained($"again-{i}"));
            GC.KeepAlive(moved);
        }
    }

    [Fact]
    public void A_run_of_several_networks_that_is_overwritten_keeps_nothing_of_them()
    {
        using var folder = new TemporaryFolder();
        Phantoms(folder["cohort"], events: 0.4);
        var first = Experiment(folder["cohort"]) with { Task = FinetuneTask.Mace, Mace = new() { Variants = [RiskVariant.Clinical], Hidden = 8, Projected = 4 } };
        var second = first with { Seed = 99 };
        FinetuneRun.Go(first, folder["run"], false, TimeProvider.System, null, TestContext.Current.CancellationToken);
        FinetuneRun.Go(second, folder["fresh"], false, TimeProvider.System, null, TestContext.Current.CancellationToken);

        FinetuneRun.Go(second, folder["run"], true, TimeProvider.System, null, TestContext.Current.CancellationToken);

        Assert.Equal(File.ReadAllText(folder["fresh/predictions/mace-clinical-external_test.csv"]), File.ReadAllText(folder["run/predictions/mace-clinical-external_test.csv"]));
    }

    [Theory]
    [InlineData(FinetuneMode.Frozen)]
    [InlineData(FinetuneMode.Full)]
    public void Risk_is_learnt_from_scans_from_texts_and_from_both_and_compared_on_the_same_patients(FinetuneMode mode)
    {
        using var folder = new TemporaryFolder();
        var cohort = Phantoms(folder["cohort"], events: 0.4);
        Pretrain(folder["cohort"], folder["pretrained"]);
        var experiment = Experiment(folder["cohort"]) with { Task = FinetuneTask.Mace, Weights = folder["pretrained"], Mace = new() { Mode = mode, Hidden = 8, Projected = 4 } };

        Assert.True(FinetuneRun.Go(experiment, folder["run"], false, TimeProvider.System, null, TestContext.Current.CancellationToken));

        using var transfer = JsonDocument.Parse(File.ReadAllText(folder["run/transfer.json"]));
        Assert.Equal(
            [("variants/image", true), ("variants/clinical", false), ("variants/multimodal", true)],
            transfer.RootElement.GetProperty("trainings").EnumerateArray().Select(t => (t.GetProperty("training").GetString(), t.GetProperty("parts").EnumerateArray().Any(p => p.GetProperty("taken").GetArrayLength() > 0))));
        foreach (var variant in new[] { "image", "clinical", "multimodal" })
        {
            var table = PredictionTable.Read(folder[$"run/predictions/mace-{variant}-external_test.csv"]).Targets.Single();
            Assert.Equal(cohort.Of(Split.ExternalTest).Count, table.Cases.Count);
        }

        using var card = JsonDocument.Parse(File.ReadAllText(folder["run/scorecard.json"]));
        var encoder = card.RootElement.GetProperty("details").GetProperty("text_encoder");
        Assert.Equal("clinical features", encoder.GetProperty("name").GetString());
        Assert.False(card.RootElement.GetProperty("details").GetProperty("text_encoder_is_language_model").GetBoolean());
        Assert.Equal(2, card.RootElement.GetProperty("splits").GetProperty("external_test").GetProperty("comparisons").GetArrayLength());

        using var model = new TrainedModel(folder["run"], "cpu", 2);
        var again = new PredictRun(model, folder["out"], null, TestContext.Current.CancellationToken).All(cohort, overwrite: false).Summary.Scans.ToDictionary(s => s.Case, s => s.Probabilities!["mace_30d"]);
        var expected = PredictionTable.Read(folder["run/predictions/mace-multimodal-external_test.csv"]).Targets.Single().Cases;
        Assert.All(cohort.Of(Split.ExternalTest).Index(), c => Assert.Equal(expected.Scores[c.Index], again[c.Item.CaseId], 1e-6));
    }

    [Fact]
    public void A_language_model_is_needed_once_and_its_vectors_serve_the_next_run_without_it()
    {
        using var folder = new TemporaryFolder();
        Language.TextEncoderTests.QwenFolder(folder["model"]);
        Phantoms(folder["cohort"], events: 0.4);
        var experiment = Experiment(folder["cohort"]) with
        {
            Task = FinetuneTask.Mace, Mace = new() { Variants = [RiskVariant.Clinical], Hidden = 8, Projected = 4 },
            Text = new() { Encoder = Cora.Language.TextEncoderKind.Qwen, Model = folder["model"], Cache = folder["cache"] },
        };
        Assert.True(FinetuneRun.Go(experiment, folder["one"], false, TimeProvider.System, null, TestContext.Current.CancellationToken));
        Directory.Delete(folder["model"], recursive: true);

        Assert.True(FinetuneRun.Go(experiment, folder["two"], false, TimeProvider.System, null, TestContext.Current.CancellationToken));

        Assert.Equal(File.ReadAllText(folder["one/predictions/mace-clinical-external_test.csv"]), File.ReadAllText(folder["two/predictions/mace-clinical-external_test.csv"]));
        var problem = Assert.Throws<CoraException>(() => FinetuneRun.Go(experiment with { Text = experiment.Text with { Cache = folder["empty"] } }, folder["three"], false, TimeProvider.System, null, TestContext.Current.CancellationToken));
        Assert.Contains("no model folder", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Masks_on_another_grid_are_all_named_before_anything_is_trained()
    {
        using var folder = new TemporaryFolder();
        var cohort = Phantoms(folder["cohort"]);
        foreach (var row in cohort.Of(Split.Train).Take(2))
        {
            var mask = VolumeFile.Read<byte>(cohort.PathOf(row.Arteries!));
            Nifti.Write(cohort.PathOf(row.Arteries!), Crop.To(mask, new(1, 0, 0, mask.Geometry.Size)));
        }

        var problem = Assert.Throws<CoraException>(() => FinetuneRun.Go(
            Experiment(folder["cohort"]) with { Task = FinetuneTask.Arteries, Data = new() { Patch = 16 } }, folder["run"], false, TimeProvider.System, null, TestContext.Current.CancellationToken));

        Assert.All(cohort.Of(Split.Train).Take(2), c => Assert.Contains(c.CaseId, problem.Message, StringComparison.Ordinal));
        Assert.Equal(ExitCode.Input, problem.Code);
    }

    private static FinetuneExperiment Experiment(string cohort) => new()
    {
        Cohort = cohort, Device = "cpu", Threads = 2, Network = Network, Statistics = new() { Resamples = 20 },
        Trainer = new() { Steps = 6, BatchSize = 2, Optimizer = OptimizerKind.Adamw, LearningRate = 1e-3, LogEvery = 1, ValidateEvery = 3, CheckpointEvery = 2 },
    };

    private static Cohort Phantoms(string folder, double events = 0.086) =>
        PhantomCohort.Write(new() { Cases = 48, Sites = 2, Size = 32, Seed = 4, InternalEventRate = events, ExternalEventRate = events }, folder, null, 2, false, TestContext.Current.CancellationToken);

    private static void Pretrain(string cohort, string folder, PretrainMethod method = PretrainMethod.Cora) => PretrainRun.Go(
        new()
        {
            Method = method, Voco = new() { Grid = [2, 2, 1], RandomCrops = 1, Projector = 8 },
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
