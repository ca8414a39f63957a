using Cora.Cohorts;
using Cora.Evaluation;
using Cora.Experiments;
using Cora.Imaging;
using Cora.Phantom;
using Cora.Tasks;

namespace Cora.Tests.Analysis;

public sealed class HeartFindingTests
{
    [Fact]
    public void A_coarse_voxel_is_the_mean_of_what_it_covers_along_the_patients_axes()
    {
        // Index x runs to the patient's right: the coarse grid along LPS sees the rows the other way round.
        var grid = new Geometry(new(4, 2, 2), new(1, 1, 1), new(3, 0, 0), Mat3.FromColumns(new(-1, 0, 0), new(0, 1, 0), new(0, 0, 1)));
        short[] row = [0, 100, 200, 400];
        var coarse = CoarseGrid.Of(new Volume<short>(grid, [.. row, .. row, .. row, .. row]), 2);

        Assert.Equal((new Size3(2, 1, 1), "LPS"), (coarse.Geometry.Size, coarse.Geometry.Orientation));
        Assert.Equal(new Vec3(0.5, 0.5, 0.5), coarse.Geometry.Origin);
        Assert.Equal([300, 50], coarse.Voxels.ToArray().Select(v => (int)v));
    }

    [Fact]
    public void Boxes_are_compared_in_millimetres_whatever_the_grids()
    {
        var coarse = Geometry.Isotropic(Size3.Cube(20), 2);
        var fine = Geometry.Isotropic(Size3.Cube(40), 1, new(-0.5, -0.5, -0.5));          // the same box of space

        var score = HeartScore.Of(Block(coarse, 5, 10), Block(fine, 10, 22));          // -1..39 mm: 9..29 against 9..31

        Assert.Equal(20.0 * 20 * 20 / (22 * 22 * 22), score.BoxOverlap, 9);
        Assert.Equal(2, score.BoxErrorMm, 9);
        Assert.Equal(2.0 * 1000 / (1000 + 1331), score.Dice, 9);
        Assert.Equal((0.0, double.PositiveInfinity), (HeartScore.Of(new(coarse, new byte[8000]), Block(fine, 10, 20)).BoxOverlap, HeartScore.Of(new(coarse, new byte[8000]), Block(fine, 10, 20)).BoxErrorMm));
    }

    [Fact]
    public void What_is_no_adults_heart_is_not_used()
    {
        Assert.Null(HeartLocaliser.Judge(700, new(130, 110, 115), 0.95));
        Assert.Contains("volume is 90 mL", HeartLocaliser.Judge(90, new(60, 60, 60), 0.95));
        Assert.Contains("300 mm wide", HeartLocaliser.Judge(900, new(300, 110, 115), 0.95));
        Assert.Contains("mean probability", HeartLocaliser.Judge(900, new(130, 110, 115), 0.6));
    }

    [Fact]
    public void Patches_of_hearts_are_a_pure_function_of_the_seed_and_keep_mask_and_scan_together()
    {
        var phantom = PhantomPatient.Draw(new() { Cases = 1, Sites = 1, Size = 48, SpacingMm = 4, FieldMm = 110, Seed = 3 }, Split.Train, 0, 0).Render();
        var patches = new HeartPatches(new() { CutChance = 0, NoiseHu = 0, ContrastGain = new(1, 1) }, 40);
        HeartCase[] cases = [HeartCase.Of(phantom.Image, phantom.Heart, 4)];

        var (first, again) = (patches.Draw(cases, 2, Seed.Root(5)), patches.Draw(cases, 2, Seed.Root(5)));

        Assert.Equal(first.Hu, again.Hu);
        Assert.Equal(first.Mask, again.Mask);
        var inside = first.Hu.Where((_, i) => first.Mask[i] == 1).Average();
        var outside = first.Hu.Where((_, i) => first.Mask[i] == 0).Average();
        Assert.True(first.Mask.Sum() > 2000 && inside > 0 && outside < -100, $"{first.Mask.Sum()} voxels of {inside} HU, {outside} HU outside");
    }

    [Fact]
    public void A_wide_phantom_has_air_round_its_body_and_the_same_patient_as_before_when_it_is_not_wide()
    {
        var narrow = new PhantomConfig { Cases = 1, Sites = 1, Size = 32, Seed = 3 };
        var same = PhantomPatient.Draw(narrow with { FieldMm = narrow.UsedFieldMm }, Split.Train, 0, 0).Render().Image;
        var wide = PhantomPatient.Draw(narrow with { Size = 48, SpacingMm = 5, FieldMm = 110 }, Split.Train, 0, 0).Render();

        Assert.Equal(PhantomPatient.Draw(narrow, Split.Train, 0, 0).Render().Image.Voxels.ToArray(), same.Voxels.ToArray());
        Assert.True(wide.Image[0, 0, 24] < -900, $"{wide.Image[0, 0, 24]} HU in the corner");
        Assert.InRange(wide.Heart.Voxels.ToArray().Sum(v => v) * 0.125, 250, 700);          // millilitres of a heart for a field of 110 mm
    }

    [Fact]
    public void Cases_without_a_mask_are_cropped_to_what_the_finder_finds_and_kept_whole_where_it_finds_none()
    {
        using var folder = new TemporaryFolder();
        var cohort = PhantomCohort.Write(new() { Cases = 4, Sites = 1, Size = 32, Seed = 4 }, folder["cohort"], null, 2, false, TestContext.Current.CancellationToken);
        var rows = cohort.Cases.ToArray();
        var truth = HeartMask.Read(cohort.PathOf(rows[1].Heart!));
        CohortFiles.Write(cohort.Folder, cohort.Description, [rows[0], rows[1] with { Heart = null }, rows[2] with { Heart = null }, .. rows[3..]], [.. cohort.Clinical], [.. cohort.Lesions]);
        cohort = Cohort.Load(folder["cohort"]);
        var seen = VolumeFile.Read<short>(cohort.PathOf(rows[1].Image));
        var finder = new HeartFinder("test", scan => scan.Voxels.SequenceEqual(seen.Voxels) ? new(truth, null) : new(null, "nothing there"));
        var config = new PreprocessConfig { SpacingMm = [0], HeartCrop = true, HeartMarginMm = 0 };

        var forecast = Preprocess.Forecast(cohort, config, 1, finder);
        var outcome = Preprocess.Run(cohort, config, folder["store"], Shard.Whole, 1, false, null, finder, TestContext.Current.CancellationToken);

        Assert.Matches(@"2 cases whose heart is yet to be found.*about \d+ (s|min|h)", forecast);
        Assert.Equal((4, 0), (outcome.Done, outcome.Failed));
        var store = Cohort.Load(folder["store"]);
        var expected = HeartCrop.BoxOn(truth, seen.Geometry, 0);
        Assert.Equal(expected.Size, VolumeFile.ReadGeometry(store.PathOf(store.Cases[1].Image)).Size);
        Assert.Equal(seen.Geometry.Size, VolumeFile.ReadGeometry(store.PathOf(store.Cases[2].Image)).Size);
        Assert.NotNull(store.Cases[1].Heart);
        Assert.Null(store.Cases[2].Heart);
        Assert.Equal("truth, localiser:test", store.Description.HeartOrigin);
        var lines = File.ReadAllLines(folder["store/preprocess.csv"]);
        Assert.EndsWith(",mask,", lines[1], StringComparison.Ordinal);
        Assert.EndsWith(",localiser,", lines[2], StringComparison.Ordinal);
        Assert.EndsWith(",none,nothing there", lines[3], StringComparison.Ordinal);
    }

    private static Volume<byte> Block(Geometry grid, int from, int count)
    {
        var voxels = new byte[grid.Size.Count];
        for (var z = from; z < from + count; z++)
            for (var y = from; y < from + count; y++)
                for (var x = from; x < from + count; x++) voxels[(z * grid.Size.Y + y) * grid.Size.X + x] = 1;
        return new(grid, voxels);
    }
}
