using System.CommandLine;
using System.Globalization;
using Cora.Experiments;

namespace Cora.Cli;

/// <summary><c>cora explain</c>: where a pretrained network sees plaque-like abnormality, before any fine-tuning (Fig. S3 of the paper).</summary>
internal static class ExplainVerb
{
    public static Verb Create()
    {
        var run = new Option<string>("--run") { Description = "Folder of a pretraining run; its last checkpoint is used.", HelpName = "RUN", Required = true };
        var image = new Option<string>("--image") { Description = "The scan: NIfTI, NRRD or MetaImage in HU, on any grid.", HelpName = "FILE", Required = true };
        var output = CommonOptions.Out("Folder of the map.");
        var device = CommonOptions.Device();
        var threads = CommonOptions.Threads();
        var mirrors = new Option<bool>("--mirrors") { Description = "Average over the eight mirror images of each tile: eight times the work." };
        var dryRun = CommonOptions.DryRun();
        var json = CommonOptions.Json("what was written and found");
        var listening = new Listening();
        var verb = new Verb("explain", "Writes the abnormality response of a pretrained network, a probability for each voxel, as NIfTI on the scan's own grid, with pictures. Research software, not a medical device: the raw map is over-sensitive on purpose.",
            "cora explain --run runs/cora --image cohorts/phantom/images/p0001.nii.gz --out maps/p0001\nwrites maps/p0001/response.nii.gz, response.png and response.json")
        {
            Options = { run, image, output, device, threads, mirrors, dryRun, json },
            Work = call => Explain(
                call, new(call.Value(run)!, call.Value(image)!, call.Value(device)!, call.Value(threads), call.Value(mirrors)), call.Value(output)!, call.Value(dryRun), call.Value(json), listening),
        };
        foreach (var option in listening.All) verb.Add(option);
        return verb;
    }

    private static ExitCode Explain(Call call, ExplainRequest request, string folder, bool dryRun, bool asJson, Listening listening)
    {
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
}
