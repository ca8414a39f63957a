using Cora.Cohorts;
using Cora.Imaging;
using Cora.Phantom;

namespace Cora.Tests.Cohorts;

public sealed class PreprocessTests
{
    private static readonly PreprocessConfig ToOneMillimetre = new() { SpacingMm = [1.0] };

    [Fact]
    public void A_store_has_the_same_tables_on_another_grid_and_images_that_are_mapped()
    {
        using var folder = new TemporaryFolder();
        var cohort = Phantoms(folder["a"]);

        var outcome = Store(cohort, ToOneMillimetre, folder["b"], Shard.Whole);

        var store = Cohort.Load(folder["b"]);
        Assert.Equal(new(cohort.Cases.Count, 0, 0), outcome);
        Assert.Equal(cohort.Cases.Select(c => (c.CaseId, c.PatientId, c.Split, c.CalcifiedPlaque)), store.Cases.Select(c => (c.CaseId, c.PatientId, c.Split, c.CalcifiedPlaque)));
        Assert.Equal(cohort.Lesions, store.Lesions);
        Assert.True(store.Description.IsPhantom);
        Assert.Empty(CohortInspection.Of(store, true, null, TestContext.Current.CancellationToken).Problems);
        using var image = VolumeFile.Open<short>(store.PathOf(store.Cases[0].Image));
        Assert.True(image.IsMapped);
        Assert.Equal(new(1, 1, 1), image.Geometry.Spacing);
        var direct = Resample.ToSpacing(VolumeFile.Read<short>(cohort.PathOf(cohort.Cases[0].Image)), new(1, 1, 1));
        Assert.Equal(direct.Voxels.ToArray(), VolumeFile.Read<short>(store.PathOf(store.Cases[0].Image)).Voxels.ToArray());
    }

    [Fact]
    public void Shards_in_any_order_make_the_store_that_one_machine_makes()
    {
        using var folder = new TemporaryFolder();
        var cohort = Phantoms(folder["a"]);
        Store(cohort, ToOneMillimetre, folder["whole"], Shard.Whole);

        var first = Store(cohort, ToOneMillimetre, folder["b"], Shard.Parse("2/2"));
        Assert.Contains("not finished", Assert.Throws<CoraException>(() => Cohort.Load(folder["b"])).Message);
        Store(cohort, ToOneMillimetre, folder["b"], Shard.Parse("1/2"));

        Assert.Equal(cohort.Cases.Count / 2, first.Done);
        Assert.Equal(Cohort.Load(folder["whole"]).Description.ContentHash, Cohort.Load(folder["b"]).Description.ContentHash);
    }

    [Fact]
    public void What_is_done_is_not_done_again_and_a_mended_case_is_taken()
    {
        using var folder = new TemporaryFolder();
        var cohort = Phantoms(folder["a"]);
        var bad = cohort.PathOf(cohort.Cases[1].Arteries!);
        var good = File.ReadAllBytes(bad);
        var image = VolumeFile.Read<short>(cohort.PathOf(cohort.Cases[1].Image));
        Nifti.Write(bad, new Volume<byte>(image.Geometry, new byte[image.Geometry.Size.Count]));

        var first = Store(cohort, ToOneMillimetre, folder["b"], Shard.Whole);
        var kept = File.GetLastWriteTimeUtc(folder["b/images/" + cohort.Cases[0].CaseId + ".nii"]);
        Assert.Equal((cohort.Cases.Count - 1, 1), (first.Done, first.Failed));
        Assert.Contains("it is empty", File.ReadAllText(folder["b/failures.csv"]));
        Assert.Equal(cohort.Cases.Count - 1, Cohort.Load(folder["b"]).Cases.Count);

        File.WriteAllBytes(bad, good);
        Assert.Equal(0, Store(cohort, ToOneMillimetre, folder["b"], Shard.Whole).Failed);
        Assert.False(File.Exists(folder["b/failures.csv"]));
        Assert.Equal(kept, File.GetLastWriteTimeUtc(folder["b/images/" + cohort.Cases[0].CaseId + ".nii"]));
    }

    [Fact]
    public void A_heart_crop_keeps_every_voxel_at_its_place_and_says_where_the_box_was()
    {
        using var folder = new TemporaryFolder();
        var cohort = Phantoms(folder["a"]);
        Store(cohort, new() { SpacingMm = [0], HeartCrop = true, HeartMarginMm = 2 }, folder["b"], Shard.Whole);
        var store = Cohort.Load(folder["b"]);

        foreach (var (before, after) in cohort.Cases.Zip(store.Cases))
        {
            var whole = VolumeFile.Read<short>(cohort.PathOf(before.Image));
            var cut = VolumeFile.Read<short>(store.PathOf(after.Image));
            Assert.All([cut.Geometry.Size.X, cut.Geometry.Size.Y, cut.Geometry.Size.Z], side => Assert.Equal(0, side % 8));
            var middle = new Vec3(cut.Geometry.Size.X / 2, cut.Geometry.Size.Y / 2, cut.Geometry.Size.Z / 2);
            var there = whole.Geometry.ToIndex(cut.Geometry.ToPatient(middle));
            Assert.Equal(whole[(int)Math.Round(there.X), (int)Math.Round(there.Y), (int)Math.Round(there.Z)], cut[(int)middle.X, (int)middle.Y, (int)middle.Z]);
        }

        Assert.Equal(cohort.Cases.Count + 1, File.ReadAllLines(folder["b/preprocess.csv"]).Length);
    }

    [Fact]
    public void Other_settings_in_the_same_folder_are_refused()
    {
        using var folder = new TemporaryFolder();
        var cohort = Phantoms(folder["a"]);
        Store(cohort, ToOneMillimetre, folder["b"], Shard.Whole);

        Assert.Equal(ExitCode.Usage, Assert.Throws<CoraException>(() => Store(cohort, new() { SpacingMm = [2.0] }, folder["b"], Shard.Whole)).Code);
        Assert.Equal(ExitCode.Usage, Assert.Throws<CoraException>(() => Store(cohort, ToOneMillimetre, folder["a"], Shard.Whole)).Code);
        Assert.Equal(cohort.Cases.Count, Store(cohort, new() { SpacingMm = [2.0] }, folder["b"], Shard.Whole, overwrite: true).Done);
    }

    [Fact]
    public void Slices_of_five_millimetres_are_taken_as_printed_with_a_warning() =>
        Assert.Contains("28 slices", Assert.Single(new PreprocessConfig { SpacingMm = [0.5, 0.5, 5] }.Warnings()));

    [Theory]
    [InlineData("0/2")]
    [InlineData("3/2")]
    [InlineData("1")]
    [InlineData("a/b")]
    public void Shards_that_are_none_are_refused(string text) => Assert.Equal(ExitCode.Usage, Assert.Throws<CoraException>(() => Shard.Parse(text)).Code);

    private static PreprocessOutcome Store(Cohort cohort, PreprocessConfig config, string folder, Shard shard, bool overwrite = false) =>
        Preprocess.Run(cohort, config, folder, shard, threads: 2, overwrite, null, stop: TestContext.Current.CancellationToken);

    private static Cohort Phantoms(string folder) =>
        PhantomCohort.Write(new() { Cases = 4, Sites = 2, Size = 32, Seed = 3 }, folder, null, 2, false, TestContext.Current.CancellationToken);
}
