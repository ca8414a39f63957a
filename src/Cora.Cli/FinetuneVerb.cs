using System.CommandLine;
using System.Globalization;
using Cora.Experiments;
using Cora.Reporting;

namespace Cora.Cli;

/// <summary><c>cora finetune</c>: learning from labels, from a pretrained network or from scratch.</summary>
internal static class FinetuneVerb
{
    public static Verb Create()
    {
        var standard = new FinetuneExperiment();
        var settings = new SettingsOptions();
        settings.Direct("--task", "task", "plaque|stenosis|arteries|mace|heart", "What is learnt: which kinds of plaque a scan holds, where stenoses are, which voxels are coronary artery, how likely an event within 30 days is, or where the heart lies.", "plaque");
        settings.Direct("--cohort", "cohort", "COHORT", "Folder of the cohort; labels are columns of its cases.csv and the masks that it names.", "");
        settings.Direct("--weights", "weights", "RUN0", "A pretraining run whose weights are taken over (plaque, arteries and mace: the encoder; stenosis: encoder and decoder); without it training begins from scratch.", "");
        settings.Direct("--cases", "cases", "N", "Number of labelled training cases, the first of one shuffled order; 0 takes all.", standard.Cases);
        settings.Direct(CommonOptions.Seed(standard.Seed), "seed");
        settings.Direct(CommonOptions.Device(), "device");
        settings.Direct(CommonOptions.Threads(), "threads");
        var output = CommonOptions.Out("Folder of the run.");
        var overwrite = CommonOptions.Overwrite();
        var dryRun = CommonOptions.DryRun();
        var listening = new Listening();
        var verb = new Verb("finetune", "Learns a clinical task from labels, and predicts and scores the cohort's test cases. Stopped at any time, the same command goes on and ends with the same weights.",
            "cora finetune --task plaque --cohort cohorts/phantom --weights runs/cora --out runs/plaque --config experiments/phantom/plaque.toml\nwrites runs/plaque with checkpoints, predictions/plaque-internal_test.csv, scorecard.json and report.html")
        {
            Work = call =>
            {
                var experiment = settings.Load<FinetuneExperiment>(call);
                if (call.Value(dryRun))
                {
                    call.Say(string.Create(CultureInfo.InvariantCulture, $"would train {experiment.Trainer.Steps} steps of {experiment.Trainer.BatchSize * experiment.Trainer.MicroBatches} {(experiment.Task is FinetuneTask.Plaque or FinetuneTask.Mace ? "scans" : "patches")} into {call.Value(output)}"));
                    call.Terminal.Out.Write(ExperimentFile.Write(experiment, comments: true));
                    return ExitCode.Done;
                }

                using var progress = listening.For(call);
                if (!FinetuneRun.Go(experiment, call.Value(output)!, call.Value(overwrite), TimeProvider.System, progress, call.Terminal.Stop)) return ExitCode.Interrupted;
                if (experiment.Task != FinetuneTask.Heart) progress.Report(new Note($"report · {RunReport.Write(call.Value(output)!)}"));
                return ExitCode.Done;
            },
        };
        foreach (var option in (IEnumerable<Option>)[output, .. settings.All, overwrite, dryRun, .. listening.All]) verb.Add(option);
        return verb;
    }
}
