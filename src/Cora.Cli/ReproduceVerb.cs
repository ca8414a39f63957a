using System.CommandLine;
using Cora.Experiments;

namespace Cora.Cli;

/// <summary><c>cora reproduce</c>: the paper from one command.</summary>
internal static class ReproduceVerb
{
    public static Verb Create()
    {
        var words = ReproductionPreset.All.Select(p => p.Name).ToArray();
        var preset = new Option<string>("--preset") { Description = $"How much is done. {string.Join(" ", ReproductionPreset.All.Select(p => $"{p.Name}: {p.Purpose}."))}", HelpName = string.Join('|', words), DefaultValueFactory = _ => "smoke" };
        preset.AcceptOnlyFromAmong(words);
        var output = CommonOptions.Out("Folder of everything that is made.");
        var cohort = new Option<string?>("--cohort") { Description = "A cohort of your own in place of the digital one.", HelpName = "COHORT" };
        var device = CommonOptions.Device();
        var threads = CommonOptions.Threads();
        var dryRun = CommonOptions.DryRun();
        var listening = new Listening();
        var verb = new Verb("reproduce", $"Makes the paper's results from one command: cohort, lesion engine, pretraining, response maps, figures and one report. Stopped at any time, the same command goes on. {Reproduction.ToCome}",
            "cora reproduce --preset smoke --out runs/smoke\nwrites runs/smoke/report.html")
        {
            Work = call =>
            {
                var chosen = ReproductionPreset.All.Single(p => p.Name == call.Value(preset));
                var folder = call.Value(output)!;
                var reproduction = new Reproduction(chosen, folder, call.Value(cohort), call.Value(device)!, call.Value(threads), TimeProvider.System);
                if (call.Value(dryRun))
                {
                    foreach (var line in reproduction.Steps().Forecast()) call.Terminal.Out.WriteLine(line);
                    return ExitCode.Done;
                }

                using var progress = listening.For(call);
                reproduction.Run(progress, call.Terminal.Stop);
                call.Terminal.Out.WriteLine(Path.Combine(folder, "report.html"));
                return ExitCode.Done;
            },
        };
        foreach (var option in (IEnumerable<Option>)[preset, output, cohort, device, threads, dryRun, .. listening.All]) verb.Add(option);
        return verb;
    }
}
