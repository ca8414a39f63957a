using System.Globalization;
using System.Text.Json;
using Cora.Cohorts;
using Cora.Phantom;
using Cora.Reporting;
using Cora.Tasks;

namespace Cora.Experiments;

/// <summary>
/// The paper from one command, as a plan of steps: a cohort, the lesion engine, every pretraining, response maps, every clinical task from every starting point
/// with every seed, figures and one report. Steps meet through files; a finished step is not repeated, an interrupted one goes on.
/// </summary>
public sealed class Reproduction
{
    private readonly ReproductionPreset preset;
    private readonly string folder;
    private readonly string cohortFolder;
    private readonly bool makesPhantom;
    private readonly string device;
    private readonly int threads;
    private readonly TimeProvider clock;
    private readonly ReproductionForecast forecast;
    private readonly FrozenFeatures features;

    /// <param name="preset">Sizes and settings.</param>
    /// <param name="folder">Where everything is written.</param>
    /// <param name="cohort">A cohort's folder; null makes the preset's phantoms.</param>
    /// <param name="device">Where torch computes.</param>
    /// <param name="threads">Threads; 0 takes every core.</param>
    /// <param name="clock">For provenance and costs.</param>
    /// <exception cref="CoraException">The preset needs a cohort and none is given; or the folder holds other files, or another reproduction.</exception>
    public Reproduction(ReproductionPreset preset, string folder, string? cohort, string device, int threads, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(preset);
        if (cohort is null && !preset.MakesPhantom)
            throw new CoraException($"The preset {preset.Name} works on a cohort of your own.", "Give --cohort COHORT, or choose --preset smoke.", ExitCode.Usage);
        (this.preset, this.folder, this.device, this.threads, this.clock) = (preset, folder, device, threads, clock);
        makesPhantom = cohort is null;
        cohortFolder = cohort ?? Path.Combine(folder, "cohort");
        forecast = new(preset, cohort, device, threads);
        features = new([.. preset.Run.Select(preset.Tasks.Of).Where(t => t.SeesScansOnce).Select(t => t.Task == FinetuneTask.Mace ? t.Mace.Head : t.Plaque.Head).Distinct()]);
        foreach (var (_, own) in preset.OwnCohorts) _ = Cohort.Load(own);      // what is missing is said now, and not after days of pretraining
        RefuseOther(cohort);
    }

    private string ReportPath => Path.Combine(folder, "report.html");

    /// <summary>Does what is not done.</summary>
    /// <returns>The steps that failed; the report is made of the others.</returns>
    /// <exception cref="OperationCanceledException">It was stopped; the same call goes on.</exception>
    public IReadOnlyList<StepFailure> Go(IProgress<RunEvent>? progress, CancellationToken stop)
    {
        Claim();
        var failed = Plan().Run(progress, stop);

        // The report tells of failed steps too, so it stands outside of them and is made anew each time.
        progress?.Report(new Note($"report · {ReportPath}"));
        ReproductionReport.Write(folder);
        return failed;
    }

    /// <summary>The steps.</summary>
    public Chain Plan()
    {
        List<ChainStep> steps = [];
        var seen = new HashSet<string>();                       // by which frozen encoder which cohort
        if (makesPhantom)
        {
            steps.Add(new("phantom", "cohort", string.Create(CultureInfo.InvariantCulture, $"cohort/, {preset.Phantom.Cases} digital patients of {preset.Phantom.Sites} sites"), [], forecast.Phantom,
                () => File.Exists(Path.Combine(cohortFolder, "cohort.json")), (progress, stop) => PhantomCohort.Write(preset.Phantom, cohortFolder, progress, threads, false, stop)));
        }

        string[] cohort = makesPhantom ? ["phantom"] : [];
        steps.Add(new("lesion engine", "synthesis", string.Create(CultureInfo.InvariantCulture, $"synthesis/, {preset.PreviewPatches} patches and contact sheets"), cohort, () => new(3, 20_000_000), () => Directory.Exists(In("synthesis")),
            (progress, stop) => SynthesisPreview.Write(PretrainingOf("cora"), Cohort.Load(cohortFolder), null, preset.PreviewPatches, In("synthesis"), clock, progress, stop)));
        steps.AddRange(preset.Methods.Select(method => Pretraining(method, cohort)));
        if (preset.Methods.Contains("cora") && preset.ResponseCases > 0)
        {
            steps.Add(new("response maps", "responses", string.Create(CultureInfo.InvariantCulture, $"responses/, {preset.ResponseCases} cases with plaque of each test split"), [NameOf("cora")], () => forecast.Predictions(2 * preset.ResponseCases),
                () => File.Exists(Path.Combine(In("responses"), "responses.csv")), Respond));
        }

        steps.Add(new("rules", "rules", "rules/, maximum HU and the oracle with the artery mask, the yardsticks of classification", cohort, () => new(0.05 * forecast.Cases), () => ClassificationRules.AreIn(In("rules")),
            (progress, stop) => ClassificationRules.Write(Cohort.Load(cohortFolder), In("rules"), progress, stop)));

        // By seed first: a reproduction that is stopped early has every method beside the others.
        foreach (var seed in preset.Seeds.Union(preset.ArterySeeds))
        {
            steps.AddRange(from task in preset.Run
                           from start in preset.Starts
                           where preset.SeedsOf(task, start).Contains(seed)
                           select Training(task, task, start, seed, 0, cohort, seen));
            steps.AddRange(from cases in preset.ArteryCases
                           where preset.ArterySeeds.Contains(seed)
                           from start in preset.ArteryStarts
                           where !preset.IsMainComparison(cases, start, seed)
                           select Training(string.Create(CultureInfo.InvariantCulture, $"arteries-{cases}"), "arteries", start, seed, cases, cohort, seen));
        }

        return new(steps, folder, clock);
    }

    private ChainStep Pretraining(string method, string[] cohort)
    {
        var experiment = PretrainingOf(method);
        var run = In("pretrain", method);
        return new(NameOf(method), "pretraining", string.Create(CultureInfo.InvariantCulture, $"pretrain/{method}/, {experiment.Trainer.Steps} steps"), cohort, () => forecast.Pretraining(experiment), () => IsFinished(run),
            (progress, stop) => StopOr(PretrainRun.Go(experiment, run, overwrite: false, clock, progress, stop), stop));
    }

    private ChainStep Training(string place, string task, string start, long seed, int cases, string[] cohort, HashSet<string> seen)
    {
        var run = In("finetune", place, start, string.Create(CultureInfo.InvariantCulture, $"seed-{seed}"));
        var weights = start == ReproductionPreset.Scratch ? null : In("pretrain", start);
        var settings = preset.TaskOf(task, start, seed);
        settings = settings with { Cohort = string.IsNullOrEmpty(settings.Cohort) ? cohortFolder : settings.Cohort, Device = device, Threads = threads, Weights = weights };
        var isSeen = settings.SeesScansOnce && !seen.Add($"{settings.Cohort} {(start == ReproductionPreset.Scratch ? string.Create(CultureInfo.InvariantCulture, $"{task} {seed}") : start)}");
        if (cases > 0) settings = settings with { Cases = cases, Name = string.Create(CultureInfo.InvariantCulture, $"{settings.Name}-{cases}-cases") };
        return new(string.Create(CultureInfo.InvariantCulture, $"{place} from {start}, seed {seed}"), "finetune", Path.GetRelativePath(folder, run) + "/", weights is null ? cohort : [NameOf(start)],
            () => forecast.Training(settings, isSeen), () => IsFinished(run), (progress, stop) => StopOr(FinetuneRun.Go(settings, run, overwrite: false, clock, progress, stop, features), stop));
    }

    private static string NameOf(string method) => $"pretraining {method}";

    private string In(params string[] path) => Path.Combine([folder, .. path]);

    private PretrainExperiment PretrainingOf(string method) => preset.PretrainingOf(method) with { Cohort = cohortFolder, Device = device, Threads = threads };

    private static bool IsFinished(string run) => Provenance.Read(Path.Combine(run, "provenance.json"))?.End is not null;

    private static void StopOr(bool isFinished, CancellationToken stop)
    {
        if (!isFinished) throw new OperationCanceledException(stop);
    }

    private void Respond(IProgress<RunEvent>? progress, CancellationToken stop)
    {
        var cohort = Cohort.Load(cohortFolder);
        var cases = ResponseCases.Of(cohort, preset.ResponseCases);
        if (cases.Length == 0) progress?.Report(new Note("The cohort has no test cases that hold a plaque: no response map is made.", IsWarning: true));
        var rows = new List<IReadOnlyList<object?>>();
        foreach (var row in cases)
        {
            stop.ThrowIfCancellationRequested();
            var place = Path.Combine(In("responses"), row.CaseId);
            if (!File.Exists(Path.Combine(place, "response.json")))
            {
                using var explain = new ExplainRun(new(In("pretrain", "cora"), cohort.PathOf(row.Image), device, threads));
                explain.Write(place, progress, stop);
            }

            rows.Add(ResponseMeasures.Of(cohort, row, Path.Combine(place, "response.nii.gz")));
        }

        Table.Write(Path.Combine(In("responses"), "responses.csv"), ResponseMeasures.Columns, rows);
    }

    private Action? claim;

    /// <summary>Makes the folder this reproduction's own; done when the first step begins, so that a forecast writes nothing.</summary>
    private void Claim() => claim?.Invoke();

    /// <summary>Keeps a folder to one reproduction, and tells the report what is in it.</summary>
    private void RefuseOther(string? cohort)
    {
        var path = In("reproduction.json");
        var given = cohort is null ? null : Cohort.Load(cohort).Description;
        var isPhantom = given?.IsPhantom ?? true;
        var settings = ExperimentFile.Write(preset);
        var text = JsonSerializer.Serialize(new
        {
            preset.Name, preset.Purpose, Cohort = cohort ?? "cohort", CohortHash = given?.ContentHash, IsPhantom = isPhantom, Caveat = isPhantom ? PhantomCohort.Caveat : null, Starts = preset.Starts, preset.Methods, preset.Seeds, Tasks = preset.Run, preset.ArteryCases,
            TaskCohorts = preset.OwnCohorts.ToDictionary(own => own.Task, own => own.Cohort) is { Count: > 0 } own ? own : null,
        }, CohortDescription.Json) + "\n";
        if (!File.Exists(path))
        {
            if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any(e => Path.GetFileName(e) != "preset.toml"))
                throw new CoraException($"{folder} holds other files and no reproduction.", "Choose an empty or new --out folder.", ExitCode.Usage);
            claim = () =>
            {
                Atomically.WriteText(In("preset.toml"), settings);
                Atomically.WriteText(path, text);
            };
            return;
        }

        var there = ExperimentFile.Load<ReproductionPreset>(In("preset.toml"));
        var differences = ExperimentFile.Differences(there, preset).ToArray();
        if (differences.Length > 0)
        {
            throw new CoraException(
                $"{folder} holds a reproduction with other settings:\n  {string.Join("\n  ", differences.Take(20).Select(d => $"{d.Key} = {d.First} there, {d.Second} now"))}", "Choose another --out folder, or give the same settings to go on.", ExitCode.Usage);
        }

        if (File.ReadAllText(path) != text) throw new CoraException($"{folder} holds a reproduction on another cohort, or the cohort was changed since.", "Choose another --out folder, or give the same --cohort with the same contents.", ExitCode.Usage);
    }
}
