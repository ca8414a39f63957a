using System.CommandLine;
using System.Globalization;
using Cora.Experiments;
using Cora.Imaging;
using Cora.Inference;
using Cora.Networks;
using Cora.Training;
using TorchSharp;

namespace Cora.Cli;

/// <summary><c>cora explain</c>: where a pretrained network sees plaque-like abnormality, before any fine-tuning (Fig. S3 of the paper).</summary>
internal static class ExplainVerb
{
    private const double SpacingToleranceMm = 1e-3;

    public static Verb Create()
    {
        var run = new Option<string>("--run") { Description = "Folder of a pretraining run; its last checkpoint is used.", HelpName = "RUN", Required = true };
        var image = new Option<string>("--image") { Description = "The scan: NIfTI, NRRD or MetaImage in HU, with the voxel spacing that the run was trained at.", HelpName = "FILE", Required = true };
        var output = CommonOptions.Out("Folder of the map.");
        var device = CommonOptions.Device();
        var threads = CommonOptions.Threads();
        var mirrors = new Option<bool>("--mirrors") { Description = "Average over the eight mirror images of each tile: eight times the work." };
        var dryRun = CommonOptions.DryRun();
        var json = CommonOptions.Json("what was written and found");
        var listening = new Listening();
        var verb = new Verb("explain", "Writes the abnormality response of a pretrained network, a probability for each voxel, as NIfTI on the scan's own grid. Research software, not a medical device: the raw map is over-sensitive on purpose.",
            "cora explain --run runs/cora --image cohorts/phantom/images/p0001.nii.gz --out maps/p0001\nwrites maps/p0001/response.nii.gz and response.json")
        {
            Options = { run, image, output, device, threads, mirrors, dryRun, json },
            Work = call => Explain(call, call.Value(run)!, call.Value(image)!, call.Value(output)!, (call.Value(device)!, call.Value(threads), call.Value(mirrors), call.Value(dryRun), call.Value(json)), listening),
        };
        foreach (var option in listening.All) verb.Add(option);
        return verb;
    }

    private static ExitCode Explain(
        Call call, string run, string path, string folder, (string Device, int Threads, bool Mirrors, bool DryRun, bool Json) asked, Listening listening)
    {
        var checkpoint = Path.Combine(run, "checkpoints", "last");
        var model = Checkpoint.ReadState(checkpoint).Model;
        using var scan = VolumeFile.Open<short>(path);
        RefuseOtherSpacing(path, scan.Geometry, model);
        var device = Computer.Choose(asked.Device);
        Computer.UseThreads(asked.Threads);
        using var network = new ResUNet(model.Network, Seed.Root(0));
        Checkpoint.LoadWeights(checkpoint, network);
        network.to(device);
        var windows = new WindowChannels(model.WindowsHu.Select(w => new HuWindow((float)w[0], (float)w[1])), model.WindowRange[0], model.WindowRange[1]);
        using var progress = listening.For(call);
        var sliding = new SlidingWindow(network, windows, model.Patch, new() { Mirrors = asked.Mirrors }, device);
        if (asked.DryRun)
        {
            call.Say(sliding.Forecast(scan.Geometry.Size).ToString());
            return ExitCode.Done;
        }

        var response = sliding.Probabilities(scan, progress, call.Terminal.Stop);
        var summary = new
        {
            Response = "response.nii.gz",
            Method = model.Method,
            WeightsSha256 = Checkpoint.WeightsHash(checkpoint),
            PhantomOnly = model.PhantomOnly,
            Voxels = response.Voxels.Length,
            VoxelsAboveHalf = CountAbove(response.Voxels, 0.5f),
            Highest = Highest(response.Voxels),
            Notice = model.PhantomOnly
                ? "Research software, not a medical device. This model has seen digital phantoms only, no patient."
                : "Research software, not a medical device.",
        };
        Atomically.WriteFolder(folder, aside =>
        {
            Nifti.Write(Path.Combine(aside, summary.Response), response);
            using var text = new StringWriter(CultureInfo.InvariantCulture);
            Json.Write(text, summary);
            Atomically.WriteText(Path.Combine(aside, "response.json"), text.ToString());
        });
        if (asked.Json) Json.Write(call.Terminal.Out, summary);
        else call.Terminal.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Path.Combine(folder, summary.Response)}: {summary.VoxelsAboveHalf} of {summary.Voxels} voxels above 0.5, highest {summary.Highest:0.###}. {summary.Notice}"));
        return ExitCode.Done;
    }

    private static void RefuseOtherSpacing(string path, Geometry grid, ModelDescription model)
    {
        var trained = new Vec3(model.SpacingMm[0], model.SpacingMm[1], model.SpacingMm[2]);
        if ((grid.Spacing - trained).Length <= SpacingToleranceMm) return;
        throw new CoraException(
            $"{path} has voxels of {grid.Spacing} mm, the model was trained at {trained} mm; this version does not resample yet.",
            "Resample the scan to the model's spacing first.");
    }

    private static int CountAbove(ReadOnlySpan<float> voxels, float threshold)
    {
        var count = 0;
        foreach (var v in voxels) count += v > threshold ? 1 : 0;
        return count;
    }

    private static float Highest(ReadOnlySpan<float> voxels)
    {
        var highest = 0f;
        foreach (var v in voxels) highest = Math.Max(highest, v);
        return highest;
    }
}
