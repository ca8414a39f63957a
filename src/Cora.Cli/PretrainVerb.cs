using System.CommandLine;
using System.Globalization;
using Cora.Experiments;
using Cora.Reporting;

namespace Cora.Cli;

/// <summary><c>cora pretrain</c>: self-supervised pretraining.</summary>
internal static class PretrainVerb
{
    public static Verb Create()
    {
        var standard = new PretrainExperiment();
        var settings = new SettingsOptions();
        settings.Direct("--method", "method", "cora|mae|volumefusion|voco", "How the network is pretrained: cora, mae, volumefusion or voco.", "cora");
        settings.Direct("--cohort", "cohort", "COHORT", "Folder of the cohort to learn from.", "");
        settings.Direct(CommonOptions.Seed(standard.Seed), "seed");
        settings.Direct(CommonOptions.Device(), "device");
        settings.Direct(CommonOptions.Threads(), "threads");
        var output = CommonOptions.Out("Folder of the run.");
        var resume = new Option<bool>("--resume") { Description = "Go on with an interrupted run. The same command without it does so too; with it, a run must be there." };
        var overwrite = CommonOptions.Overwrite();
        var dryRun = CommonOptions.DryRun();
        var listening = new Listening();
        var verb = new Verb("pretrain", "Pretrains a network without labels. With the method cora it learns to find synthetic plaques that are painted onto the arteries of the cohort's scans; the other methods are its peers. Stopped at any time, the same command goes on and ends with the same weights.",
            "cora pretrain --method cora --cohort cohorts/phantom --out runs/cora --config experiments/phantom/pretrain-cora.toml\nwrites runs/cora with checkpoints, metrics.csv, validation.csv and learning.json")
        {
            Work = call => Run(call, settings.Load<PretrainExperiment>(call), call.Value(output)!, call.Value(resume), call.Value(overwrite), call.Value(dryRun), listening),
        };
        foreach (var option in (IEnumerable<Option>)[output, .. settings.All, resume, overwrite, dryRun, .. listening.All]) verb.Add(option);
        return verb;
    }

    private static ExitCode Run(Call call, PretrainExperiment experiment, string folder, bool resume, bool overwrite, bool dryRun, Listening listening)
    {
        if (resume && !File.Exists(RunFolder.ExperimentPathOf(folder)))
            throw new CoraException($"There is no run to resume in {folder}.", "Leave --resume out to start one.", ExitCode.Usage);
        if (dryRun)
        {
            call.Say(string.Create(CultureInfo.InvariantCulture,
                $"would train {experiment.Trainer.Steps} steps of {experiment.PatchesAStep} patches of {experiment.Data.Patch}^3 voxels into {folder}; one forward pass of a patch is {experiment.MethodNetwork.ConvolutionOperations(experiment.Data.Patch) / 1e9:0.#} GFLOP of convolutions"));
            call.Terminal.Out.Write(ExperimentFile.Write(experiment, comments: true));
            return ExitCode.Done;
        }

        using var progress = listening.For(call);
        if (!PretrainRun.Go(experiment, folder, overwrite, TimeProvider.System, progress, call.Terminal.Stop)) return ExitCode.Interrupted;
        progress.Report(new Note($"report · {RunReport.Write(folder)}"));
        return ExitCode.Done;
    }
}
