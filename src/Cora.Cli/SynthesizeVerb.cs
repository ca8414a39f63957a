using System.CommandLine;
using System.Globalization;
using Cora.Cohorts;
using Cora.Experiments;

namespace Cora.Cli;

/// <summary><c>cora synthesize</c>: a preview of the lesion engine.</summary>
internal static class SynthesizeVerb
{
    public static Verb Create()
    {
        var settings = new SettingsOptions();
        settings.Direct(CommonOptions.Seed(new PretrainExperiment().Seed), "seed");
        var place = new Argument<string>("COHORT") { Description = "Folder of a cohort whose cases have artery masks." };
        var output = CommonOptions.Out("Folder of the preview.");
        var count = new Option<int>("--count") { Description = "Number of patches.", HelpName = "N", DefaultValueFactory = _ => 12, Validators = { r => { if (r.GetValueOrDefault<int>() is not (>= 1 and <= 10_000)) r.AddError("--count needs 1 to 10000 patches."); } } };
        var caseId = new Option<string?>("--case") { Description = "Cut all patches from this case.", HelpName = "ID" };
        var json = CommonOptions.Json("the counts");
        var listening = new Listening();
        var verb = new Verb("synthesize", "Shows the lesion engine: patches before and after insertion, lesion masks and the network's windows (NIfTI), the recipe that repeats each (JSON), contact sheets (PNG). All settings of a pretraining are understood.",
            "cora synthesize cohorts/phantom --out previews/phantom --count 24 --set lesion.blend=psf\nwrites previews/phantom/patch-001 to patch-024, contact-sheet-1.png and contact-sheet-2.png")
        {
            Arguments = { place },
            Work = call =>
            {
                var experiment = settings.Load<PretrainExperiment>(call);
                using var progress = listening.For(call);
                var summary = SynthesisPreview.Write(
                    experiment, Cohort.Load(call.Value(place)), call.Value(caseId), call.Value(count), call.Value(output)!, TimeProvider.System, progress, call.Terminal.Stop);
                if (call.Value(json)) Json.Write(call.Terminal.Out, summary);
                else Print(call, summary, call.Value(output)!);
                return ExitCode.Done;
            },
        };
        foreach (var option in (IEnumerable<Option>)[output, count, caseId, .. settings.All, json, .. listening.All]) verb.Add(option);
        return verb;
    }

    private static void Print(Call call, SynthesisSummary summary, string folder)
    {
        var to = call.Terminal.Out;
        to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"patches           {summary.Patches}, {summary.WithoutLesion} without a lesion"));
        to.WriteLine($"lesions           {string.Join(", ", summary.Lesions.Select(l => string.Create(CultureInfo.InvariantCulture, $"{l.Key} {l.Value}")))}");
        if (summary.LabelledVoxels.Count == 3)
            to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"labelled voxels   {summary.LabelledVoxels[0]} to {summary.LabelledVoxels[2]} a patch, median {summary.LabelledVoxels[1]}"));
        to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"natural calcium   above 500 HU in the arteries of {100 * summary.NaturalCalciumShare:0} % of the patches, without label"));
        to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"rate              {summary.PatchesPerSecond:0.#} patches/s on one thread, files not counted"));
        to.WriteLine($"written           {folder}: {string.Join(", ", summary.Files.Where(f => f.EndsWith(".png", StringComparison.Ordinal)))} and {summary.Files.Count(f => f.EndsWith('/'))} patch folders");
    }
}
