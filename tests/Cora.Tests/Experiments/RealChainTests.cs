using Cora.Cohorts;
using Cora.Experiments;
using Cora.Imaging;

namespace Cora.Tests.Experiments;

/// <summary>The whole chain on real CT, where it is at hand: docs/real-data.md says in words what came of it.</summary>
public sealed class RealChainTests
{
    private static readonly Vec3[] Clicks = [new(127, 105, 25), new(146, 90, 26), new(97, 77, 20)];

    [Fact]
    public void A_heart_mask_on_a_larger_grid_crops_by_position_to_the_box_that_is_known()
    {
        var scan = VolumeFile.ReadGeometry(Fixture.SharedPath("data/real-ct/totalseg_aorta_cta_1p5mm.nii.gz"));
        var heart = HeartMask.Read(Fixture.SharedPath("data/real-ct/totalseg_heart_mask_larger_grid.nii.gz"));

        // The heart's box is known in voxels of the CT: (13,13,37) to (108,88,122).
        Assert.Equal(new Box3(13, 13, 37, new(96, 76, 86)), HeartCrop.BoxOn(heart, scan, marginMm: 0, multiple: 1));
    }

    [Fact]
    public void Real_scans_go_from_their_files_to_a_response_map_on_their_own_grid()
    {
        using var folder = new TemporaryFolder();
        var stop = TestContext.Current.CancellationToken;
        var scan = Fixture.SharedPath("data/real-ct/cmbcrc_heart_native.nii.gz");
        var cohort = CohortOf(scan, folder["cohort"]);

        Preprocess.Run(cohort, new() { SpacingMm = [1.0] }, folder["store"], Shard.Whole, 2, false, null, stop: stop);
        var store = Cohort.Load(folder["store"]);
        var experiment = new PretrainExperiment
        {
            Cohort = store.Folder, Threads = 2, Seed = 4,
            Data = new() { SpacingMm = [1.0], Patch = 16 },
            Lesion = new() { Prob = 1 },
            Network = new() { Channels = [4, 8], Blocks = [1, 1] },
            Trainer = new() { Steps = 6, BatchSize = 2, LogEvery = 3, ValidateEvery = 6, CheckpointEvery = 6, LearningRate = 1e-3 },
        };
        var preview = SynthesisPreview.Write(experiment, store, "real", 6, folder["preview"], TimeProvider.System, null, stop);
        Assert.Equal(0, preview.WithoutLesion);
        LesionsLieInVessels(store, folder["preview"]);

        Assert.True(PretrainRun.Go(experiment, folder["run"], false, TimeProvider.System, null, stop));
        using var explain = new ExplainRun(new(folder["run"], scan, "cpu", 2));
        explain.Write(folder["map"], null, stop);
        Assert.True(VolumeFile.ReadGeometry(folder["map/response.nii.gz"]).Matches(VolumeFile.ReadGeometry(scan)));
    }

    /// <summary>Every labelled voxel is within the grown artery mask: at most two voxels along each axis from an artery voxel, and a half for the turned grid.</summary>
    private static void LesionsLieInVessels(Cohort store, string preview)
    {
        var arteries = VolumeFile.Read<byte>(store.PathOf(store.Cases[0].Arteries!));
        var near = MaskMargin.Grown(arteries, 3.5);
        foreach (var patch in Directory.GetDirectories(preview))
        {
            var mask = VolumeFile.Read<byte>(Path.Combine(patch, "mask.nii.gz"));
            var there = Resample.Nearest(near, mask.Geometry);
            for (var i = 0; i < mask.Voxels.Length; i++) Assert.True(mask.Voxels[i] == 0 || there.Voxels[i] == 1, $"{patch}: a lesion away from the vessels");
        }
    }

    private static Cohort CohortOf(string scan, string folder)
    {
        var image = VolumeFile.Read<short>(scan);
        var grid = image.Geometry;
        var arteries = new byte[grid.Size.Count];
        foreach (var click in Clicks)
        {
            var near = new byte[grid.Size.Count];
            for (var i = 0; i < near.Length; i++)
            {
                var index = new Vec3(i % grid.Size.X, i / grid.Size.X % grid.Size.Y, i / (grid.Size.X * grid.Size.Y));
                near[i] = (byte)(image.Voxels[i] > 250 && ((index - click) * grid.Spacing).Length < 6 ? 1 : 0);
            }

            var pieces = ConnectedComponents.Of(near, grid.Size);
            var clicked = pieces.Labels[(((int)click.Z * grid.Size.Y) + (int)click.Y) * grid.Size.X + (int)click.X];
            for (var i = 0; i < near.Length; i++) if (pieces.Labels[i] == clicked) arteries[i] = 1;
        }

        Nifti.Write(Path.Combine(folder, "images/real.nii.gz"), image);
        Nifti.Write(Path.Combine(folder, "arteries/real.nii.gz"), new Volume<byte>(grid, arteries));
        var row = new CaseRow { CaseId = "real", PatientId = "real", Split = Split.Pretrain, Image = "images/real.nii.gz", Arteries = "arteries/real.nii.gz" };
        return CohortFiles.Write(folder, new() { Name = "real", MadeBy = "hand" }, [row], [], []);
    }
}
