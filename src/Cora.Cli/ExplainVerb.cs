using System.CommandLine;
using System.Globalization;
using Cora.Experiments;

namespace Cora.Cli;

/// <summary><c>cora explain</c>: where a pretrained network sees plaque-like abnormality, before any fine-tuning (Fig. S3 of the paper).</summary>
internal static class ExplainVerb
{
    public static Verb Create()
    {
        var run = new Option<string>("--run") { Description = "Folder of a pretraining run, or of `finetune --task plaque`.", HelpName = "RUN", Required = true };
        var image = new Option<string>("--image") { Description = "The scan: NIfTI, NRRD or MetaImage in HU, on any grid.", HelpName = "FILE", Required = true };
        var output = CommonOptions.Out("Folder of the map.");
        var device = CommonOptions.Device();
        var threads = CommonOptions.Threads();
        var mirrors = new Option<bool>("--mirrors") { Description = "Average over the eight mirror images of each tile: eight times the work." };
        var stage = new Option<int?>("--stage") { Description = "Of a classifier: the encoder's stage that Grad-CAM looks at, 0 the finest; the last when not given, as in the paper.", HelpName = "N" };
        var arteries = new Option<string?>("--arteries") { Description = "Artery mask of the scan, for a classifier that looks within the arteries alone.", HelpName = "FILE" };
        var dryRun = CommonOptions.DryRun();
        var json = CommonOptions.Json("what was written and found");
        var listening = new Listening();
        var verb = new Verb("explain", "Writes where a network looks, as NIfTI on the scan's own grid and as pictures: the abnormality response of a pretrained network, a probability for each voxel; Grad-CAM for each target of a fine-tuned classifier. Research software, not a medical device: the raw map is over-sensitive on purpose.",
            "cora explain --run runs/cora --image cohorts/phantom/images/p0001.nii.gz --out maps/p0001\nwrites maps/p0001/response.nii.gz, response.png and response.json")
        {
            Options = { run, image, output, device, threads, mirrors, stage, arteries, dryRun, json },
            Work = call => Explain(
                call, new(call.Value(run)!, call.Value(image)!, call.Value(device)!, call.Value(threads), call.Value(mirrors), call.Value(arteries)), call.Value(output)!, call.Value(stage), call.Value(dryRun), call.Value(json), listening),
        };
        foreach (var option in listening.All) verb.Add(option);
        return verb;
    }

    private static ExitCode Explain(Call call, ExplainRequest request, string folder, int? stage, bool dryRun, bool asJson, Listening listening)
    {
        if (GradCamRun.Explains(request.Run)) return GradCam(call, request, folder, stage, dryRun, asJson);
        using var explain = new ExplainRun(request);
        if (dryRun)
        {
            call.Terminal.Out.WriteLine($"would write {folder}: {explain.Forecast()}");
            return ExitCode.Done;
        }

        using var progress = listening.For(call);
        var summary = explain.Write(folder, progress, call.Terminal.Stop);
        if (asJson) Json.Write(call.Terminal.Out, summary);
        else call.Terminal.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Path.Combine(folder, summary.Response)}: {summary.VoxelsAboveHalf} of {summary.Voxels} voxels above 0.5, highest {summary.Highest:0.###}. {summary.Notice}"));
        return ExitCode.Done;
    }

    private static ExitCode GradCam(Call call, ExplainRequest request, string folder, int? stage, bool dryRun, bool asJson)
    {
        using var explain = new GradCamRun(request);
        if (dryRun)
        {
            call.Terminal.Out.WriteLine($"would write {folder}: a Grad-CAM map and a picture for every target");
            return ExitCode.Done;
        }

        var summary = explain.Write(folder, stage, call.Terminal.Stop);
        if (asJson) Json.Write(call.Terminal.Out, summary);
        else foreach (var t in summary.Targets) call.Terminal.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{t.Target}: probability {t.Probability:0.000}, {Path.Combine(folder, t.Map)}"));
        if (!asJson) call.Terminal.Out.WriteLine(summary.Notice);
        return ExitCode.Done;
    }
}
