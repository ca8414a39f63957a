using System.CommandLine;
using Cora.Analysis;

namespace Cora.Cli;

/// <summary><c>cora weights</c>: public weights of the same shape become a run that <c>--weights</c> takes.</summary>
internal static class WeightsVerb
{
    public static Verb Create()
    {
        var settings = new SettingsOptions();
        var file = new Argument<string>("FILE.safetensors") { Description = "State dict of a residual U-Net of the nnU-Net family (nnU-Net ResEnc, nnssl ResEnc-L). docs/model-bundle.md says how to write one from a PyTorch checkpoint." };
        settings.Direct("--decoder", "decoder", "", "Take the decoder's finest levels too, not the encoder alone.", false);
        settings.Direct(new Option<double[]>("--spacing-mm")
        {
            Description = "Voxel spacing at which the network is to see scans, in millimetres, one number or three.", HelpName = "MM", DefaultValueFactory = _ => [0.5], AllowMultipleArgumentsPerToken = true, Arity = new(1, 3),
        }, "spacing_mm");
        var output = CommonOptions.Out("Folder of the run, to be given to `cora finetune --weights`.");
        var seed = CommonOptions.Seed(2026);
        var overwrite = CommonOptions.Overwrite();
        var json = CommonOptions.Json("where every tensor came from");
        var verb = new Verb("weights", "Takes over public weights of the same shape (network.form = resenc): names every tensor that was taken, is new, or was not used. A kernel for one input channel is repeated over the windows and divided.",
            "cora weights resencl-openmind-mae.safetensors --out runs/mae-public\nruns/mae-public: 92 tensors taken (1 of them repeated over input channels), 20 new, 341 of the file unused")
        {
            Arguments = { file },
            Work = call =>
            {
                var folder = call.Value(output)!;
                if (Directory.Exists(folder) && !call.Value(overwrite)) throw new CoraException($"{folder} is there already.", "Choose another --out folder, or --overwrite.", ExitCode.Usage);
                var report = PublicWeights.Import(call.Value(file), settings.Load<PublicWeightsConfig>(call), folder, Seed.Root(call.Value(seed)).Derive("weights"));
                if (call.Value(json)) Json.Write(call.Terminal.Out, report);
                else call.Terminal.Out.WriteLine($"{folder}: {report}. Every name stands in {Path.Combine(folder, "mapping.json")}.");
                return ExitCode.Done;
            },
        };
        foreach (var option in (IEnumerable<Option>)[output, .. settings.All, seed, overwrite, json]) verb.Add(option);
        return verb;
    }
}
