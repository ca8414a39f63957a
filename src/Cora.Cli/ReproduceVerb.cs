using System.CommandLine;
using Cora.Experiments;

namespace Cora.Cli;

/// <summary><c>cora reproduce</c>: the paper from one command.</summary>
internal static class ReproduceVerb
{
    public static Verb Create()
    {
        var purposes = string.Join(" ", ReproductionPreset.Names.Select(n => $"{n}: {ReproductionPreset.Load(n).Purpose}."));
        var preset = new Option<string>("--preset") { Description = $"How much is done, by name or as a TOML file of your own. {purposes}", HelpName = string.Join('|', ReproductionPreset.Names) + "|FILE", DefaultValueFactory = _ => "smoke" };
        var output = CommonOptions.Out("Folder of everything that is made.");
        output.Required = false;                       // --print needs none
        var cohort = new Option<string?>("--cohort") { Description = "A cohort of your own in place of the digital one.", HelpName = "COHORT" };
        var set = CommonOptions.Set();
        var print = new Option<bool>("--print") { Description = "Prints the preset's file, to copy and change, and does nothing else." };
        var device = CommonOptions.Device();
        var threads = CommonOptions.Threads();
        var dryRun = CommonOptions.DryRun();
        var listening = new Listening();
        var verb = new Verb("reproduce", "Makes the paper's tables and figures from one command: cohort, lesion engine, pretraining by CORA, MAE, VolumeFusion and VoCo, the four clinical tasks from each of them and from scratch, statistics, figures and one report. Stopped at any time, the same command goes on; a step that fails is named and the others go on.",
            "cora reproduce --preset smoke --out runs/smoke\nwrites runs/smoke/report.html")
        {
            Work = call =>
            {
                if (call.Value(print))
                {
                    call.Terminal.Out.Write(ReproductionPreset.Names.Contains(call.Value(preset)!) ? ReproductionPreset.TextOf(call.Value(preset)!) : ExperimentFile.Write(ReproductionPreset.Load(call.Value(preset)!), comments: true));
                    return ExitCode.Done;
                }

                var chosen = ReproductionPreset.Load(call.Value(preset)!, call.Value(set));
                var folder = call.Value(output) ?? throw new CoraException("No folder is given.", "Give --out DIR.", ExitCode.Usage);
                var reproduction = new Reproduction(chosen, folder, call.Value(cohort), call.Value(device)!, call.Value(threads), TimeProvider.System);
                if (call.Value(dryRun))
                {
                    foreach (var line in reproduction.Plan().Forecast()) call.Terminal.Out.WriteLine(line);
                    return ExitCode.Done;
                }

                using var progress = listening.For(call);
                var failed = reproduction.Go(progress, call.Terminal.Stop);
                call.Terminal.Out.WriteLine(Path.Combine(folder, "report.html"));
                if (failed.Count == 0) return ExitCode.Done;
                call.Say($"{failed.Count} steps failed or were left out: {string.Join("; ", failed.Select(f => f.Step))}. {Path.Combine(folder, "failures.csv")} names causes and remedies; the same command tries them again.");
                return ExitCode.PartlyFailed;
            },
        };
        foreach (var option in (IEnumerable<Option>)[preset, output, cohort, set, print, device, threads, dryRun, .. listening.All]) verb.Add(option);
        return verb;
    }
}
