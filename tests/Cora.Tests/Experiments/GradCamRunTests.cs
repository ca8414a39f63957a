using System.Text.Json;
using Cora.Experiments;
using Cora.Imaging;
using Cora.Phantom;
using Cora.Training;

namespace Cora.Tests.Experiments;

public sealed class GradCamRunTests
{
    [Fact]
    public void Every_target_gets_a_map_on_the_scans_own_grid_whatever_that_is()
    {
        using var folder = new TemporaryFolder();
        var stop = TestContext.Current.CancellationToken;
        var cohort = PhantomCohort.Write(new() { Cases = 48, Sites = 2, Size = 32, Seed = 4 }, folder["cohort"], null, 2, false, stop);
        var experiment = new FinetuneExperiment
        {
            Cohort = folder["cohort"], Device = "cpu", Threads = 2, Network = new() { Channels = [4, 8], Blocks = [1, 1] }, Statistics = new() { Resamples = 5 },
            Trainer = new() { Steps = 2, BatchSize = 2, Optimizer = OptimizerKind.Adamw, LearningRate = 1e-3, LogEvery = 1, ValidateEvery = 2, CheckpointEvery = 2 },
        };
        FinetuneRun.Go(experiment, folder["run"], false, TimeProvider.System, null, stop);

        // Another spacing, other axes, sides that no halving divides.
        var scan = VolumeFile.Read<short>(cohort.PathOf(cohort.Cases[0].Image));
        Nifti.Write(folder["scan.nii.gz"], Reorient.To(Resample.ToSpacing(scan, new(1.9, 2.1, 2.3)), "ASR"));
        var grid = VolumeFile.ReadGeometry(folder["scan.nii.gz"]);

        using var explain = new GradCamRun(new(folder["run"], folder["scan.nii.gz"], "cpu", 2));
        var summary = explain.Write(folder["maps"], stage: null, stop);

        Assert.Equal(1, summary.Stage);
        Assert.All(summary.Targets, t =>
        {
            Assert.InRange(t.Probability, 0, 1);
            var map = VolumeFile.Read<float>(folder["maps/" + t.Map]);
            Assert.True(map.Geometry.Matches(grid));
            Assert.InRange(map.Voxels.ToArray().Max(), 0, 1);
            Assert.True(new FileInfo(folder["maps/" + t.Panels]).Length > 5_000);
        });
        using var json = JsonDocument.Parse(File.ReadAllText(folder["maps/gradcam.json"]));
        Assert.Contains("not a medical device", json.RootElement.GetProperty("notice").GetString(), StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, Assert.Throws<CoraException>(() => explain.Write(folder["none"], stage: 2, stop)).Code);
        Assert.False(Directory.Exists(folder["none"]));
    }
}
