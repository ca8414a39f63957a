using System.Text.Json.Nodes;
using Cora.Cohorts;
using Cora.Imaging;

namespace Cora.Tests.Cohorts;

public sealed class NnUNetTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void A_written_dataset_is_read_with_the_same_voxels_and_geometry()
    {
        using var folder = new TemporaryFolder();
        var cohort = Cohort(folder, 6);

        var written = NnUNetLayout.Write(cohort, folder["nnUNet_raw"], 7, "Coronaries", null, Token);
        var dataset = NnUNetDataset.Read(written);

        Assert.Equal(folder["nnUNet_raw/Dataset007_Coronaries"], written);
        Assert.Equal((7, "Coronaries"), (dataset.Number, dataset.Name));
        Assert.Empty(dataset.Warnings);
        Assert.Equal(["c0", "c1", "c2", "c3"], dataset.Cases.Where(c => c.Split == Split.Train).Select(c => c.CaseId));
        Assert.Equal(["c5"], dataset.Cases.Where(c => c.Split == Split.InternalTest).Select(c => c.CaseId));
        Assert.True(File.Exists(Path.Combine(written, "imagesTr/c0_0000.nii.gz")));
        Assert.True(File.Exists(Path.Combine(written, "labelsTs/c5.nii.gz")));
        var again = dataset.AsCohort();
        foreach (var row in again.Of(Split.Train))
        {
            var (image, before) = (VolumeFile.Read<short>(again.PathOf(row.Image)), VolumeFile.Read<short>(cohort.PathOf(cohort.Cases.Single(c => c.CaseId == row.CaseId).Image)));
            Assert.Equal(before.Voxels.ToArray(), image.Voxels.ToArray());
            Assert.True(before.Geometry.Matches(image.Geometry));
            Assert.Equal(image.Geometry, VolumeFile.ReadGeometry(again.PathOf(row.Arteries!)));
            Assert.Equal(1, VolumeFile.Read<byte>(again.PathOf(row.Arteries!)).Voxels.ToArray().Max());
        }
    }

    [Fact]
    public void Problems_of_a_dataset_are_told_at_once_and_by_file()
    {
        using var folder = new TemporaryFolder();
        var dataset = NnUNetLayout.Write(Cohort(folder, 6), folder["raw"], 1, "A", null, Token);
        File.Delete(Path.Combine(dataset, "labelsTr/c0.nii.gz"));
        File.Delete(Path.Combine(dataset, "imagesTr/c1_0000.nii.gz"));
        Nifti.Write(Path.Combine(dataset, "labelsTr/c2.nii.gz"), new Volume<byte>(Geometry.Isotropic(new(8, 8, 7), 0.5), new byte[8 * 8 * 7]));
        Nifti.Write(Path.Combine(dataset, "imagesTr/c3_0001.nii.gz"), new Volume<byte>(Geometry.Isotropic(new(8, 8, 7), 0.5), new byte[8 * 8 * 7]));
        File.WriteAllText(Path.Combine(dataset, "dataset.json"), """{ "channel_names": { "0": "CT" }, "labels": { "background": 0, "coronary": 2 }, "numTraining": 9, "file_ending": ".nii.gz" }""");

        var refused = Assert.Throws<CoraException>(() => NnUNetDataset.Read(dataset)).Message;

        foreach (var part in new[]
        {
            "imagesTr/c0_0000.nii.gz has no label", "labelsTr/c1.nii.gz has no image", "labelsTr/c2.nii.gz lies on another grid", "imagesTr/c3_0001.nii.gz: expected",
            "labels are 0, 2", "numTraining is 9",
        }) Assert.Contains(part, refused);
    }

    [Fact]
    public void A_channel_that_is_not_named_CT_is_warned_of()
    {
        using var folder = new TemporaryFolder();
        var dataset = NnUNetLayout.Write(Cohort(folder, 6), folder["raw"], 1, "A", null, Token);
        var path = Path.Combine(dataset, "dataset.json");
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"CT\"", "\"CCTA\""));

        Assert.Contains("\"CCTA\"", Assert.Single(NnUNetDataset.Read(dataset).Warnings));
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"CCTA\"", "\"ct\""));
        Assert.Empty(NnUNetDataset.Read(dataset).Warnings);
    }

    [Fact]
    public void Folds_hold_every_case_back_once_and_no_patient_on_both_sides()
    {
        // 23 cases of 12 patients: fold sizes by patient 3, 3, 2, 2, 2.
        CaseRow[] cases = [.. Enumerable.Range(0, 23).Select(i => new CaseRow { CaseId = $"c{i:00}", PatientId = $"p{i / 2:00}", Image = "" })];

        var folds = NnUNetSplits.Of(cases);

        Assert.Equal(5, folds.Count);
        Assert.Equal(cases.Select(c => c.CaseId), folds.SelectMany(f => f.Validation).Order(StringComparer.Ordinal));
        Assert.All(folds, f => Assert.Equal(23, f.Train.Concat(f.Validation).Distinct().Count()));
        Assert.All(folds, f => Assert.Empty(f.Train.Select(PatientOf).Intersect(f.Validation.Select(PatientOf))));
        Assert.Equal([3, 3, 2, 2, 2], folds.Select(f => f.Validation.Select(PatientOf).Distinct().Count()));
        Assert.Equal(folds.SelectMany(f => f.Validation), NnUNetSplits.Of([.. cases.Reverse()]).SelectMany(f => f.Validation));
        Assert.NotEqual(folds.SelectMany(f => f.Validation), NnUNetSplits.Of(cases, seed: 1).SelectMany(f => f.Validation));

        string PatientOf(string id) => cases.Single(c => c.CaseId == id).PatientId;
    }

    [Fact]
    public void Folds_of_a_file_are_taken_and_held_against_the_cases()
    {
        using var folder = new TemporaryFolder();
        CaseRow[] cases = [.. Enumerable.Range(0, 5).Select(i => new CaseRow { CaseId = $"c{i}", PatientId = $"p{i / 2}", Image = "" })];
        var path = folder["splits_final.json"];

        Assert.Throws<CoraException>(() => NnUNetSplits.ReadOrMake(path, cases));          // three patients, five folds
        File.WriteAllText(path, """[{ "train": ["c0", "c1", "c4"], "val": ["c2", "c3"] }]""");
        Assert.Equal(["c2", "c3"], Assert.Single(NnUNetSplits.ReadOrMake(path, cases)).Validation);
        File.WriteAllText(path, """[{ "train": ["c0"], "val": ["c9"] }]""");
        Assert.Contains("case c9", Assert.Throws<CoraException>(() => NnUNetSplits.ReadOrMake(path, cases)).Message);
        File.WriteAllText(path, """[{ "train": ["c0"], "val": ["c1"] }]""");
        Assert.Contains("patient of case c1", Assert.Throws<CoraException>(() => NnUNetSplits.ReadOrMake(path, cases)).Message);
        File.WriteAllText(path, """{ "train": [] }""");
        Assert.Contains("no list of folds", Assert.Throws<CoraException>(() => NnUNetSplits.ReadOrMake(path, cases)).Message);
    }

    [Fact]
    public void Folds_are_written_where_there_are_none()
    {
        using var folder = new TemporaryFolder();
        CaseRow[] cases = [.. Enumerable.Range(0, 7).Select(i => new CaseRow { CaseId = $"c{i}", PatientId = $"p{i}", Image = "" })];

        var made = NnUNetSplits.ReadOrMake(folder["s.json"], cases);
        var read = NnUNetSplits.ReadOrMake(folder["s.json"], cases);

        Assert.Equal(made.Select(f => string.Join(' ', f.Train) + " | " + string.Join(' ', f.Validation)), read.Select(f => string.Join(' ', f.Train) + " | " + string.Join(' ', f.Validation)));
    }

    [Fact]
    public void A_fingerprint_is_what_sorting_all_foreground_voxels_gives()
    {
        using var folder = new TemporaryFolder();
        var cohort = Cohort(folder, 6);
        var cases = cohort.Of(Split.Train);

        var foreground = DatasetFingerprint.Of(cohort, cases, null, Token).Foreground;

        double[] all = [.. cases.SelectMany(c =>
        {
            var (image, mask) = (VolumeFile.Read<short>(cohort.PathOf(c.Image)).Voxels.ToArray(), VolumeFile.Read<byte>(cohort.PathOf(c.Arteries!)).Voxels.ToArray());
            return image.Where((_, i) => mask[i] > 0).Select(v => (double)v);
        }).Order()];
        Assert.Equal(all.Length, foreground.Voxels);
        Assert.Equal(all.Average(), foreground.Mean, 1e-9);
        Assert.Equal(Math.Sqrt(all.Average(v => Math.Pow(v - all.Average(), 2))), foreground.Std, 1e-9);
        Assert.Equal((all[0], all[^1]), (foreground.Min, foreground.Max));
        Assert.Equal(NumPyPercentile(all, 0.5), foreground.Percentile005, 1e-9);
        Assert.Equal(NumPyPercentile(all, 50), foreground.Median, 1e-9);
        Assert.Equal(NumPyPercentile(all, 99.5), foreground.Percentile995, 1e-9);
        Assert.Equal(foreground, DatasetFingerprint.Of(cohort, [.. cases.Reverse()], null, Token).Foreground);
    }

    [Fact]
    public void A_histogram_of_known_values_gives_known_numbers()
    {
        // 0 … 200 once each, masked; unmasked values do not count.
        var histogram = new HuHistogram();
        histogram.Add([.. Enumerable.Range(0, 201).Select(v => (short)v), 3000, -1024], [.. Enumerable.Repeat((byte)1, 201), 0, 0]);

        var found = histogram.Statistics();

        Assert.Equal(new ForegroundIntensity(201, 100, 100, Math.Sqrt((201.0 * 201 - 1) / 12), 0, 200, 1, 199), found);
    }

    [Fact]
    public void The_coarsest_axis_takes_its_tenth_percentile_only_where_it_is_coarse_and_short()
    {
        // Slices of 5 mm beside pixels of 0.5 mm, 40 slices beside 512 pixels; spacings 4.0, 4.1 … 5.0: tenth percentile 4.1.
        FingerprintCase[] thick = [.. Enumerable.Range(0, 11).Select(i => new FingerprintCase($"{i}", new(512, 512, 40), new(0.5, 0.5, 4 + 0.1 * i)))];

        Assert.Equal(4.1, Of(thick).TargetSpacingMm().Z, 1e-12);
        Assert.Equal(0.5, Of(thick).TargetSpacingMm().X, 1e-12);
        Assert.Equal(4.5, Of([.. thick.Select(c => c with { Size = new(512, 512, 200) })]).TargetSpacingMm().Z, 1e-12);          // long: the median stays
        Assert.Equal(0.4, Of([.. Enumerable.Range(0, 3).Select(i => new FingerprintCase($"{i}", new(512, 512, 275), new(0.35, 0.35, 0.3 + 0.1 * i)))]).TargetSpacingMm().Z, 1e-12);

        // A tenth percentile finer than the pixels is not taken.
        FingerprintCase[] mixed = [.. thick.Select((c, i) => i < 3 ? c with { SpacingMm = new(0.5, 0.5, 0.4) } : c)];
        Assert.Equal(0.5 + 1e-5, Of(mixed).TargetSpacingMm().Z, 1e-12);
    }

    [Fact]
    public void Plans_are_read_as_they_were_written()
    {
        using var folder = new TemporaryFolder();
        FingerprintCase[] cases = [new("a", new(512, 500, 275), new(0.4, 0.4, 0.5)), new("b", new(512, 512, 300), new(0.4, 0.4, 0.5))];
        var fingerprint = new DatasetFingerprint(cases, new(9, 320, 310, 120, -50, 900, 2, 700));
        var network = new PlannedNetwork("Cora.Networks.ResUNet", [32, 64, 128, 256], [1, 3, 4, 4], [1, 1, 1], false);
        var plans = Plans.Of(fingerprint, "Dataset001_A", new(96, 96, 64), 2, network);

        PlansFile.Write(folder["plans.json"], plans);
        PlansFile.Write(folder["dataset_fingerprint.json"], fingerprint);
        var read = PlansFile.Read(folder["plans.json"]);
        var configuration = read.Configurations[Plans.FullResolution];

        Assert.Equal(("Dataset001_A", "coraPlans", new Vec3(0.4, 0.4, 0.5)), (read.DatasetName, read.PlansName, read.MedianSpacingMm));
        Assert.Equal(plans.Foreground! with { Voxels = null }, read.Foreground);
        Assert.Equal((2, new Size3(96, 96, 64), true), (configuration.BatchSize, configuration.PatchSize, configuration.BatchDice));
        Assert.Equal((new Size3(512, 506, 288), new Vec3(0.4, 0.4, 0.5)), (configuration.MedianSize, configuration.SpacingMm));
        Assert.Equal(["CTNormalization"], configuration.Normalization);
        Assert.Equal((network.ClassName, false), (configuration.Network!.ClassName, configuration.Network.HasConvolutionBias));
        Assert.Equal([.. network.Features, .. network.Blocks, .. network.DecoderConvolutions], [.. configuration.Network.Features, .. configuration.Network.Blocks, .. configuration.Network.DecoderConvolutions]);

        var json = JsonNode.Parse(File.ReadAllText(folder["plans.json"]))!["configurations"]!["3d_fullres"]!;
        Assert.Equal("[64,96,96]", json["patch_size"]!.ToJsonString());
        Assert.Equal("[[1,1,1],[2,2,2],[2,2,2],[2,2,2]]", json["architecture"]!["arch_kwargs"]!["strides"]!.ToJsonString());
        Assert.Equal("[[275,500,512],[300,512,512]]", JsonNode.Parse(File.ReadAllText(folder["dataset_fingerprint.json"]))!["shapes_after_crop"]!.ToJsonString());
    }

    [Fact]
    public void A_small_dataset_counts_Dice_by_sample() =>
        Assert.False(Plans.Of(Of([new("a", new(128, 128, 100), new(0.5, 0.5, 0.5))]), "D", Size3.Cube(96), 2, new("", [], [], [], false)).Configurations[Plans.FullResolution].BatchDice);

    [Fact]
    public void Plans_of_nnUNet_inherit_and_may_say_more_than_is_known()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["plans.json"], """
            { "dataset_name": "Dataset011_X", "something_new": [1], "configurations": {
                "2d": { "patch_size": [512, 448], "spacing": [0.4, 0.4], "batch_size": 12 },
                "3d_fullres": { "batch_size": 2, "patch_size": [64, 160, 128], "spacing": [0.5, 0.35, 0.35], "normalization_schemes": ["CTNormalization"], "batch_dice": true, "new_key": {},
                    "architecture": { "network_class_name": "PlainConvUNet", "arch_kwargs": { "features_per_stage": [32, 64], "n_conv_per_stage": [2, 2], "n_conv_per_stage_decoder": [2], "conv_bias": true } } },
                "big": { "inherits_from": "3d_fullres", "batch_size": 4 }, "bigger": { "inherits_from": "big", "patch_size": [96, 96, 96] } } }
            """);

        var read = PlansFile.Read(folder["plans.json"]);
        var bigger = read.Configurations["bigger"];

        Assert.Equal((4, Size3.Cube(96), true, new Vec3(0.35, 0.35, 0.5)), (bigger.BatchSize, bigger.PatchSize, bigger.BatchDice, bigger.SpacingMm));
        Assert.Equal(new Size3(128, 160, 64), read.Configurations["big"].PatchSize);
        Assert.Equal([2, 2], bigger.Network!.Blocks);
        Assert.Null(read.Configurations["2d"].PatchSize);
        Assert.Null(read.Foreground);
    }

    [Theory]
    [InlineData("""{ "dataset_name": "D", "configurations": { "a": { "inherits_from": "b" }, "b": { "inherits_from": "a" } } }""", "inherits from itself")]
    [InlineData("""{ "dataset_name": "D", "configurations": { "a": { "inherits_from": "z" } } }""", "configuration z is not there")]
    [InlineData("""{ "dataset_name": "D" }""", "has no configurations")]
    [InlineData("""{ "dataset_name": 3, "configurations": {} }""", "another kind than expected")]
    [InlineData("""[]""", "cannot be read")]
    public void Plans_that_are_none_are_refused(string text, string expected)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["plans.json"], text);

        Assert.Contains(expected, Assert.Throws<CoraException>(() => PlansFile.Read(folder["plans.json"])).Message);
    }

    private static double NumPyPercentile(double[] sorted, double percent)
    {
        var position = percent / 100 * (sorted.Length - 1);
        var low = (int)position;
        return low + 1 < sorted.Length ? sorted[low] * (1 - (position - low)) + sorted[low + 1] * (position - low) : sorted[low];
    }

    private static DatasetFingerprint Of(FingerprintCase[] cases) => new(cases, new(1, 0, 0, 1, 0, 0, 0, 0));

    /// <summary>Small cases on an oblique grid: four of split train or validation, one of pretrain, the last a test case.</summary>
    private static Cohort Cohort(TemporaryFolder folder, int count)
    {
        var random = Seed.Root(5).Random();
        var (s, c) = Math.SinCos(0.3);
        var grid = new Geometry(new(10, 9, 8), new(0.4, 0.4, 0.6), new(12, -34, 56), new(new(c, -s, 0), new(s, c, 0), new(0, 0, 1)));
        var rows = new List<CaseRow>();
        for (var i = 0; i < count; i++)
        {
            var hu = new short[grid.Size.Count];
            var mask = new byte[hu.Length];
            for (var v = 0; v < hu.Length; v++) (hu[v], mask[v]) = ((short)random.Integer(-200, 1200), (byte)(random.Chance(0.1) ? 1 : 0));
            Nifti.Write(folder[$"cohort/images/c{i}.nii"], new Volume<short>(grid, hu));
            Nifti.Write(folder[$"cohort/arteries/c{i}.nii.gz"], new Volume<byte>(grid, mask));
            rows.Add(new()
            {
                CaseId = $"c{i}", PatientId = $"p{i}", Image = $"images/c{i}.nii", Arteries = $"arteries/c{i}.nii.gz",
                Split = i == count - 1 ? Split.InternalTest : i == count - 2 ? Split.Pretrain : i == 0 ? Split.Validation : Split.Train,
            });
        }

        return CohortFiles.Write(folder["cohort"], new() { Name = "small", MadeBy = "test" }, rows, [], []);
    }
}
