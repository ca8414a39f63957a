using System.Text.Json;
using Cora.Cohorts;
using Cora.Evaluation;
using Cora.Experiments;
using Cora.Imaging;
using Cora.Networks;
using Cora.Phantom;
using Cora.Training;

namespace Cora.Tests.Experiments;

public sealed class PredictRunTests
{
    private static readonly ResUNetConfig Network = new() { Channels = [4, 8], Blocks = [1, 1] };

    [Fact]
    public void A_cohort_without_masks_gets_arteries_and_can_then_be_pretrained_on()
    {
        using var folder = new TemporaryFolder();
        Run(folder, FinetuneTask.Arteries);
        var bare = PhantomCohort.Write(new() { Cases = 6, Sites = 1, Size = 32, Seed = 9 }, folder["bare"], null, 2, false, TestContext.Current.CancellationToken);
        Strip(bare);
        using var model = new TrainedModel(folder["run"], "cpu", 2);

        var outcome = new PredictRun(model, folder["bare"], null, TestContext.Current.CancellationToken).All(Cohort.Load(folder["bare"]), overwrite: false);

        Assert.Equal((6, 0), (outcome.Done, outcome.Failed));
        var cohort = Cohort.Load(folder["bare"]);
        Assert.All(cohort.Cases, c => Assert.Equal($"arteries/{c.CaseId}.nii.gz", c.Arteries));
        Assert.StartsWith("segmenter:" + model.WeightsSha256[0][..12], cohort.Description.ArteryOrigin, StringComparison.Ordinal);
        Assert.True(VolumeFile.ReadGeometry(cohort.PathOf(cohort.Cases[0].Arteries!)).Matches(VolumeFile.ReadGeometry(cohort.PathOf(cohort.Cases[0].Image))));
        var again = Assert.Throws<CoraException>(() => new PredictRun(model, folder["bare"], null, TestContext.Current.CancellationToken).All(cohort, overwrite: false));
        Assert.Contains("6 cases", again.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_classifier_predicts_as_its_own_run_did_and_one_bad_case_does_not_stop_the_others()
    {
        using var folder = new TemporaryFolder();
        var cohort = Run(folder, FinetuneTask.Plaque);
        var expected = PredictionTable.Read(folder["run/predictions/plaque-external_test.csv"]).Targets.Single(t => t.Target == "calcified_plaque").Cases;
        var bad = cohort.Of(Split.Pretrain)[0];
        File.WriteAllBytes(cohort.PathOf(bad.Image), [1, 2, 3]);
        using var model = new TrainedModel(folder["run"], "cpu", 2);

        var outcome = new PredictRun(model, folder["out"], null, TestContext.Current.CancellationToken).All(cohort, overwrite: false);

        Assert.Equal((cohort.Cases.Count - 1, 1), (outcome.Done, outcome.Failed));
        Assert.Contains(bad.CaseId, File.ReadAllText(folder["out/failures.csv"]), StringComparison.Ordinal);
        var found = outcome.Summary.Scans.ToDictionary(s => s.Case, s => s.Probabilities!["calcified_plaque"]);
        Assert.Equal<double>(expected.Scores.ToArray().AsEnumerable(), [.. cohort.Of(Split.ExternalTest).Select(c => found[c.CaseId])]);
    }

    [Fact]
    public void A_detector_numbers_its_lesions_in_the_mask_and_in_the_table()
    {
        using var folder = new TemporaryFolder();
        var cohort = Run(folder, FinetuneTask.Stenosis);
        using var model = new TrainedModel(folder["run"], "cpu", 2);
        var row = cohort.Of(Split.ExternalTest)[0];

        var outcome = new PredictRun(model, folder["out"], null, TestContext.Current.CancellationToken).One(cohort.PathOf(row.Image), cohort.PathOf(row.Heart!), null);

        var scan = Assert.Single(outcome.Summary.Scans);
        var mask = VolumeFile.Read<ushort>(folder["out/" + scan.Mask]);
        Assert.Equal(scan.Lesions!.Count, mask.Voxels.ToArray().Where(v => v > 0).Distinct().Count());
        foreach (var lesion in scan.Lesions!)
        {
            var voxels = mask.Voxels.ToArray().Index().Where(v => v.Item == lesion.Lesion).Select(v => v.Index).ToArray();
            Assert.Equal(lesion.Voxels, voxels.Length);
            var size = mask.Geometry.Size;
            var middle = mask.Geometry.ToPatient(new(voxels.Average(v => v % size.X), voxels.Average(v => v / size.X % size.Y), voxels.Average(v => v / (size.X * size.Y))));
            Assert.True((middle - lesion.CentreMm).Length < 1e-6);
        }

        using var json = JsonDocument.Parse(File.ReadAllText(folder["out/predict.json"]));
        Assert.Equal("stenosis", json.RootElement.GetProperty("task").GetString());
    }

    private static Cohort Run(TemporaryFolder folder, FinetuneTask task)
    {
        var cohort = PhantomCohort.Write(new() { Cases = 48, Sites = 2, Size = 32, Seed = 4 }, folder["cohort"], null, 2, false, TestContext.Current.CancellationToken);
        var experiment = new FinetuneExperiment
        {
            Task = task, Cohort = folder["cohort"], Device = "cpu", Threads = 2, Network = Network, Statistics = new() { Resamples = 20 }, Data = new() { Patch = 16 }, Stenosis = new() { MinOverlap = 1 },
            Trainer = new() { Steps = 4, BatchSize = 2, Optimizer = OptimizerKind.Adamw, LearningRate = 1e-3, LogEvery = 1, ValidateEvery = 2, CheckpointEvery = 2 },
        };
        Assert.True(FinetuneRun.Go(experiment, folder["run"], false, TimeProvider.System, null, TestContext.Current.CancellationToken));
        return cohort;
    }

    private static void Strip(Cohort cohort)
    {
        Directory.Delete(cohort.PathOf("arteries"), recursive: true);
        CohortFiles.Write(cohort.Folder, cohort.Description with { ArteryOrigin = null }, [.. cohort.Cases.Select(c => c with { Arteries = null })], [.. cohort.Clinical], [.. cohort.Lesions]);
    }
}
