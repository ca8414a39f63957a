using Cora.Cohorts;
using Cora.Experiments;
using Cora.Imaging;
using Cora.Phantom;
using Cora.Reporting;
using SkiaSharp;

namespace Cora.Tests.Reporting;

/// <summary>Pictures of a small phantom cohort with what is known of it outlined: response maps, Grad-CAM, stenoses.</summary>
public sealed class PicturesOfTheTruthTests
{
    [Fact]
    public void Response_maps_are_made_of_the_first_cases_of_each_split_that_hold_a_plaque()
    {
        using var folder = new TemporaryFolder();
        var cohort = Phantoms(folder["cohort"]);

        var chosen = ResponseCases.Of(cohort, 2);

        foreach (var split in new[] { Split.InternalTest, Split.ExternalTest })
            Assert.Equal(cohort.Of(split).Where(c => c.CalcifiedPlaque == true || c.NonCalcifiedPlaque == true).Take(2), chosen.Where(c => c.Split == split));
        Assert.Contains(cohort.Of(Split.InternalTest, Split.ExternalTest), c => c.CalcifiedPlaque == false && c.NonCalcifiedPlaque == false);          // there was something to leave out
    }

    [Fact]
    public void Where_labels_are_unknown_the_mask_tells_and_where_there_is_neither_the_first_cases_are_taken()
    {
        using var folder = new TemporaryFolder();
        var cohort = Phantoms(folder["cohort"]);
        var expected = ResponseCases.Of(cohort, 2).Select(c => c.CaseId).ToArray();

        Rewrite(cohort, row => row with { CalcifiedPlaque = null, NonCalcifiedPlaque = null });
        Assert.Equal(expected, ResponseCases.Of(Cohort.Load(folder["cohort"]), 2).Select(c => c.CaseId));

        Rewrite(cohort, row => row with { CalcifiedPlaque = null, NonCalcifiedPlaque = null, Plaques = null });
        Assert.Equal(cohort.Of(Split.InternalTest).Take(2).Concat(cohort.Of(Split.ExternalTest).Take(2)).Select(c => c.CaseId), ResponseCases.Of(Cohort.Load(folder["cohort"]), 2).Select(c => c.CaseId));
    }

    [Fact]
    public void The_middle_of_the_largest_plaque_is_a_voxel_of_it()
    {
        var grid = Geometry.Isotropic(new(8, 8, 4), 1);
        var plaques = new byte[grid.Size.Count];
        int At(int x, int y, int z) => (z * 8 + y) * 8 + x;
        foreach (var x in Enumerable.Range(1, 5)) plaques[At(x, 2, 1)] = 1;
        plaques[At(6, 6, 3)] = 2;
        var masks = new KnownMasks(null, new(grid, plaques)).On(grid);

        Assert.Equal(new Vec3(3, 2, 1), masks.MiddleOfPlaque());
        Assert.Equal(new Vec3(6, 6, 3), masks.MiddleOfPlaque(2));
        Assert.Null(new KnownMasks(null, new(grid, new byte[plaques.Length])).MiddleOfPlaque());
    }

    [Fact]
    public void A_response_sheet_outlines_what_is_known()
    {
        using var folder = new TemporaryFolder();
        var cohort = Phantoms(folder["cohort"]);
        var row = cohort.Of(Split.InternalTest).First(c => c.CalcifiedPlaque == true);
        var scan = VolumeFile.Read<short>(cohort.PathOf(row.Image));
        var response = scan.Select(_ => 0f);

        ResponseSheet.Of("A test", "", scan, response).Save(folder["plain.png"]);
        ResponseSheet.Of("A test", "", scan, response, truth: KnownMasks.Of(cohort, row)).Save(folder["known.png"]);

        Assert.False(Has(folder["plain.png"], Palette.Calcified));
        Assert.True(Has(folder["known.png"], Palette.Calcified));
        Assert.True(Has(folder["known.png"], Palette.Artery));
        Assert.Throws<ArgumentException>(() => ResponseSheet.Of("A test", "", scan, response, truth: new(Crop.To(KnownMasks.Of(cohort, row).Arteries!, new(1, 0, 0, scan.Geometry.Size)), null)));
    }

    [Fact]
    public void A_report_shows_both_test_sets_and_all_methods_on_the_same_cases()
    {
        using var folder = new TemporaryFolder();
        folder.Reproduction("out", seeds: 1, heads: false, starts: 3);
        Directory.Delete(folder["out/cohort"], recursive: true);
        Directory.Delete(folder["out/responses"], recursive: true);
        Directory.Delete(folder["out/finetune/plaque/cora/seed-1/explanations"], recursive: true);
        var cohort = Phantoms(folder["out/cohort"]);
        var rows = ResponseCases.Of(cohort, 3).Select(row =>
        {
            var map = VolumeFile.Read<short>(cohort.PathOf(row.Image)).Select(hu => hu > 600 ? 0.9f : 0.1f);
            Directory.CreateDirectory(folder[$"out/responses/{row.CaseId}"]);
            Nifti.Write(folder[$"out/responses/{row.CaseId}/response.nii.gz"], map);
            return ResponseMeasures.Of(cohort, row, folder[$"out/responses/{row.CaseId}/response.nii.gz"]);
        }).ToArray();
        Table.Write(folder["out/responses/responses.csv"], ResponseMeasures.Columns, rows);
        var looked = new[] { Split.InternalTest, Split.ExternalTest }.Select(split => cohort.Of(split).First(c => c.CalcifiedPlaque == true)).ToArray();
        foreach (var start in new[] { "cora", "scratch", "mae" })
        {
            foreach (var row in looked)
            {
                var place = Directory.CreateDirectory(folder[$"out/finetune/plaque/{start}/seed-1/explanations/{row.CaseId}"]).FullName;
                File.WriteAllBytes(Path.Combine(place, "gradcam-calcified_plaque.png"), [0]);
                GradCamMap.Write(Path.Combine(place, "gradcam-calcified_plaque.nii.gz"), VolumeFile.Read<short>(cohort.PathOf(row.Image)).Select(hu => hu / 1000f));
            }
        }

        var page = File.ReadAllText(ReproductionReport.Write(folder["out"]));

        Assert.Contains("What the pretrained network says of test scans that hold plaques of their own", page, StringComparison.Ordinal);
        Assert.Equal(4, Directory.GetFiles(folder["out/figures"], "response-*.png").Length);
        Assert.All(ResponseCases.Of(cohort, 2), c => Assert.Contains($"Case {c.CaseId}, {Telling.Split(CohortFiles.WordOf(c.Split)).ToLowerInvariant()}: the scan in three planes", page, StringComparison.Ordinal));
        Assert.Equal(2, Directory.GetFiles(folder["out/figures"], "gradcam-*.png").Length);
        Assert.All(looked, c => Assert.Contains($"in case {c.CaseId} ({Telling.Split(CohortFiles.WordOf(c.Split)).ToLowerInvariant()}), from left to right: the scan, CORA, from scratch, MAE.", page, StringComparison.Ordinal));
        Assert.Contains("Stenoses to be found (Fig. 3a). Non-calcified stenosis, CAD-RADS grade", page, StringComparison.Ordinal);
        Assert.True(File.Exists(folder["out/figures/stenosis-examples.png"]));
    }

    [Fact]
    public void Examples_of_stenoses_are_the_most_severe_of_each_kind_among_test_cases()
    {
        using var folder = new TemporaryFolder();
        var cohort = Phantoms(folder["cohort"]);

        var examples = StenosisSheet.Choose(cohort);

        Assert.Equal([Composition.NonCalcified, Composition.Calcified], examples.Select(e => e.Lesion.Composition));
        foreach (var example in examples)
        {
            var others = cohort.Of(Split.InternalTest, Split.ExternalTest).SelectMany(cohort.LesionsOf).Where(l => l.Composition == example.Lesion.Composition);
            Assert.Equal(others.Max(l => l.StenosisGrade), example.Lesion.StenosisGrade);
            Assert.Equal(VolumeFile.Read<ushort>(cohort.PathOf(example.Row.Stenoses!)).Voxels.Count((ushort)example.Lesion.Lesion), example.Mask.Voxels.Count((byte)1));
        }

        StenosisSheet.Of(cohort, examples).Save(folder["examples.png"]);
        Assert.True(Has(folder["examples.png"], Palette.Soft));
        Assert.True(Has(folder["examples.png"], new(0xF0, 0x3E, 0x3E)));
    }

    [Fact]
    public void Without_scans_or_masks_there_is_no_example_of_a_stenosis()
    {
        using var folder = new TemporaryFolder();
        var cohort = Phantoms(folder["cohort"]);
        Rewrite(cohort, row => row with { Stenoses = null });

        Assert.Empty(StenosisSheet.Choose(Cohort.Load(folder["cohort"])));
    }

    private static Cohort Phantoms(string folder) => PhantomCohort.Write(
        new() { Cases = 40, Sites = 3, Size = 40, Seed = 8, Split = new() { Pretrain = 0, Train = 4, Validation = 0, InternalTest = 18, ExternalTest = 18 } }, folder, null, 2, false, TestContext.Current.CancellationToken);

    /// <summary>Writes the cohort's cases.csv anew.</summary>
    private static void Rewrite(Cohort cohort, Func<CaseRow, CaseRow> change) => Table.Write(
        Path.Combine(cohort.Folder, "cases.csv"), ["case_id", "patient_id", "site", "split", "image", "arteries", "heart", "plaques", "stenoses", "report", "calcified_plaque", "non_calcified_plaque", "mace_30d"],
        cohort.Cases.Select(change).Select(c => new object?[] { c.CaseId, c.PatientId, c.Site, CohortFiles.WordOf(c.Split), c.Image, c.Arteries, c.Heart, c.Plaques, c.Stenoses, c.Report, c.CalcifiedPlaque, c.NonCalcifiedPlaque, c.Mace30d }));

    private static bool Has(string png, SKColor colour)
    {
        using var bitmap = SKBitmap.Decode(png);
        return bitmap.Pixels.Count(p => p == colour) > 60;          // more than a legend's box
    }
}
