using System.Text.Json;
using Cora.Experiments;
using Cora.Imaging;
using Cora.Phantom;
using Cora.Pretraining;
using Cora.Synthesis;

namespace Cora.Tests.Experiments;

public sealed class SynthesisPreviewTests
{
    [Fact]
    public void A_preview_holds_what_made_it_and_the_recipe_repeats_the_patch()
    {
        using var folder = new TemporaryFolder();
        var stop = TestContext.Current.CancellationToken;
        var cohort = PhantomCohort.Write(new() { Cases = 6, Sites = 2, Size = 32, Seed = 3 }, folder["cohort"], null, 2, false, stop);
        var experiment = new PretrainExperiment { Data = new() { Patch = 24 }, Lesion = new() { Prob = 1, Blend = LesionBlend.Psf } };

        var summary = SynthesisPreview.Write(experiment, cohort, null, 14, folder["out"], TimeProvider.System, null, stop);

        Assert.Equal(14, summary.Patches);
        Assert.Equal(14, Directory.GetDirectories(folder["out"]).Length);
        Assert.All(["contact-sheet-1.png", "contact-sheet-2.png", "own-and-synthetic.png"], f => Assert.True(new FileInfo(folder["out/" + f]).Length > 10_000, f));
        var recipe = JsonSerializer.Deserialize<PatchRecipe>(File.ReadAllText(folder["out/patch-007/recipe.json"]), PatchRecipe.Json)!;
        using var open = OpenStudies.Open(cohort, [cohort.Cases.Single(c => c.CaseId == recipe.CaseId)], null, null, withHearts: false, stop);
        var again = new PatchEngine([open.Studies[0].Study], 24, experiment.Sampler, experiment.Lesion, experiment.Augmentation, experiment.Noise).Make(recipe);
        Assert.Equal(VolumeFile.Read<byte>(folder["out/patch-007/mask.nii.gz"]).Voxels.ToArray(), again.Types);
        Assert.Equal(VolumeFile.Read<short>(folder["out/patch-007/after.nii.gz"]).Voxels.ToArray(), again.Hu.Select(v => (short)MathF.Round(v)));
        Assert.Equal(VolumeFile.Read<float>(folder["out/patch-007/window-4.nii.gz"]).Voxels[0], HuWindow.Paper[3].Apply(again.Hu[0]), 1e-6f);
    }

    [Fact]
    public void Before_insertion_lies_where_the_patient_has_it()
    {
        using var folder = new TemporaryFolder();
        var stop = TestContext.Current.CancellationToken;
        var cohort = PhantomCohort.Write(new() { Cases = 4, Sites = 1, Size = 32, Seed = 8 }, folder["cohort"], null, 2, false, stop);
        SynthesisPreview.Write(new() { Data = new() { Patch = 16 } }, cohort, cohort.Cases[0].CaseId, 3, folder["out"], TimeProvider.System, null, stop);

        var scan = VolumeFile.Read<short>(cohort.PathOf(cohort.Cases[0].Image));
        foreach (var patch in Directory.GetDirectories(folder["out"]))
        {
            var before = VolumeFile.Read<short>(Path.Combine(patch, "before.nii.gz"));
            var sampled = Resample.Linear(scan, before.Geometry, Beyond.Border);
            var apart = 0;
            for (var i = 0; i < sampled.Voxels.Length; i++) apart = Math.Max(apart, Math.Abs(sampled.Voxels[i] - before.Voxels[i]));
            Assert.InRange(apart, 0, 2);          // single precision in NIfTI's affine, and whole HU
        }
    }
}
