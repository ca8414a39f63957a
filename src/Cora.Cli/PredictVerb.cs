using System.CommandLine;
using System.Globalization;
using Cora.Cohorts;
using Cora.Experiments;

namespace Cora.Cli;

/// <summary><c>cora predict</c>: a fine-tuned model's answers for scans.</summary>
internal static class PredictVerb
{
    public static Verb Create()
    {
        var run = new Option<string>("--run") { Description = "Folder of a finished `cora finetune`.", HelpName = "RUN", Required = true };
        var cohort = new Option<string?>("--cohort") { Description = "Every case of a cohort.", HelpName = "COHORT" };
        var image = new Option<string?>("--image") { Description = "One scan: NIfTI, NRRD or MetaImage in HU, on any grid.", HelpName = "FILE" };
        var heart = new Option<string?>("--heart") { Description = "Heart mask of the one scan: voxel models then look within its box alone, as they were trained.", HelpName = "FILE" };
        var arteries = new Option<string?>("--arteries") { Description = "Artery mask of the one scan, for a classifier that looks within the arteries alone.", HelpName = "FILE" };
        var output = CommonOptions.Out("Folder of the answers. For an artery model it may be the cohort itself when that has no artery masks: they become part of it.");
        var device = CommonOptions.Device();
        var threads = CommonOptions.Threads();
        var overwrite = CommonOptions.Overwrite();
        var dryRun = CommonOptions.DryRun();
        var json = CommonOptions.Json("what was predicted of every scan");
        var listening = new Listening();
        var verb = new Verb("predict", "Leads a fine-tuned model over scans: probabilities (plaque), artery masks, or numbered stenoses with a table, on each scan's own grid. Research software, not a medical device.",
            "cora predict --run runs/arteries --cohort cohorts/archive --out cohorts/archive\nwrites cohorts/archive/arteries and names the masks in its table, so that `cora pretrain` can use it")
        {
            Options = { run, cohort, image, heart, arteries, output, device, threads, overwrite, dryRun, json },
            Work = call =>
            {
                if (call.Value(cohort) is null == call.Value(image) is null) throw new CoraException("One of --cohort and --image is needed.", "Give a cohort's folder, or one scan.", ExitCode.Usage);
                if ((call.Value(heart) ?? call.Value(arteries)) is not null && call.Value(image) is null) throw new CoraException("--heart and --arteries belong to --image; a cohort's table names its own masks.", "Leave them out.", ExitCode.Usage);
                using var model = new TrainedModel(call.Value(run)!, call.Value(device)!, call.Value(threads));
                var cases = call.Value(cohort) is { } place ? Cohort.Load(place) : null;
                var folder = call.Value(output)!;
                if (call.Value(dryRun))
                {
                    call.Terminal.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"would predict {cases?.Cases.Count ?? 1} scans ({model.Task.ToString().ToLowerInvariant()}) into {folder}"));
                    return ExitCode.Done;
                }

                using var progress = listening.For(call);
                var predict = new PredictRun(model, folder, progress, call.Terminal.Stop);
                var outcome = cases is null ? predict.One(call.Value(image)!, call.Value(heart), call.Value(arteries)) : predict.All(cases, call.Value(overwrite));
                if (call.Value(json)) Json.Write(call.Terminal.Out, outcome.Summary);
                else Print(call.Terminal.Out, folder, outcome);
                if (outcome.Failed == 0) return ExitCode.Done;
                call.Say($"{Path.Combine(folder, "failures.csv")} names each failed case, the cause and what to do.");
                return ExitCode.PartlyFailed;
            },
        };
        foreach (var option in listening.All) verb.Add(option);
        return verb;
    }

    private static void Print(TextWriter to, string folder, PredictOutcome outcome)
    {
        foreach (var scan in outcome.Summary.Scans.Take(20))
        {
            var words = scan.Probabilities is { } p ? string.Join(", ", p.Select(v => string.Create(CultureInfo.InvariantCulture, $"{v.Key} {v.Value:0.000}")))
                : scan.Lesions is { } lesions ? string.Create(CultureInfo.InvariantCulture, $"{lesions.Count} stenoses, {scan.Mask}") : scan.Mask;
            to.WriteLine($"{scan.Case}: {words}");
        }

        if (outcome.Done > 20) to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"… and {outcome.Done - 20} more"));
        to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{folder}: {outcome.Done} scans predicted, {outcome.Failed} failed. {outcome.Summary.Notice}"));
    }
}
