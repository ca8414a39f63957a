using System.Globalization;
using System.Text.Json;
using Cora.Cohorts;
using Cora.Evaluation;
using Cora.Networks;
using Cora.Pretraining;
using Cora.Training;
using TorchSharp;

namespace Cora.Experiments;

/// <summary>What a pretraining has learnt, in learning.json: the last measures and whether they are worth anything.</summary>
public sealed record LearningVerdict(bool HasLearnt, string Verdict, double FirstLoss, double LastLoss, IReadOnlyDictionary<string, double> Measures, IReadOnlyList<LearningOutcome>? Goals = null);

/// <summary>Runs a pretraining experiment into a run folder; called again it goes on, and does nothing when it is finished.</summary>
public static class PretrainRun
{
    // Of the loss at the first log row; losses that begin below zero (Dice terms) must fall as far.
    private const double LeastFall = 0.05;

    /// <summary>Runs or continues.</summary>
    /// <returns>Whether the run is finished; false when it was asked to stop and left a checkpoint.</returns>
    /// <exception cref="CoraException">Cohort, settings, checkpoint or disk do not allow it.</exception>
    public static bool Go(PretrainExperiment experiment, string folder, bool overwrite, TimeProvider clock, IProgress<RunEvent>? progress, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(experiment);
        if (experiment.Cohort is null) throw new CoraException("No cohort is given.", "Give --cohort FOLDER, or cohort = \"FOLDER\" in the experiment file.", ExitCode.Usage);
        var cohort = Cohorts.Cohort.Load(experiment.Cohort);
        var device = Computer.Choose(experiment.Device);
        var threads = Computer.UseThreads(experiment.Threads);
        using var run = RunFolder.Open(folder, experiment, overwrite, clock);
        if (run.IsFinished)
        {
            progress?.Report(new Note($"{folder} is finished; --overwrite repeats it."));
            return true;
        }

        var cases = CasesOf(experiment, cohort, progress);
        using var studies = PretrainStudies.Open(cohort, cases, experiment.Data.Spacing, progress, withHearts: experiment.Method == PretrainMethod.Voco, stop);
        run.Begin(new Provenance
        {
            Device = Computer.NameOf(device),
            Threads = threads,
            Seeds = new Dictionary<string, long> { ["root"] = experiment.Seed },
            Cohort = experiment.Cohort,
            CohortHash = cohort.Description.ContentHash,
        });
        var seed = Cora.Seed.Root(experiment.Seed).Derive("pretrain");
        using var task = Create(experiment, studies, seed);
        task.Network.to(device);
        var result = task.Train(new Trainer(experiment.Trainer, folder, Describe(experiment, task, cohort), device, progress), seed, stop);
        if (result.IsInterrupted)
        {
            run.Stop("interrupted");
            return false;
        }

        LostScalar.Again(() => task.Show(device)).Write(Path.Combine(folder, "examples"));
        Judge(folder, task.Goals, progress);
        run.Finish();
        return true;
    }

    /// <summary>The cases of the asked splits. An archive that was imported and never split has no test patients yet: it is taken whole.</summary>
    private static CaseRow[] CasesOf(PretrainExperiment experiment, Cohort cohort, IProgress<RunEvent>? progress)
    {
        if (cohort.Cases.Count > 0 && cohort.Cases.All(c => c.Split == Split.None))
        {
            progress?.Report(new Note($"No case of {cohort.Folder} has a split: all {cohort.Cases.Count} are pretrained on. Patients that are to be tested later belong into a split of their own (column split of cases.csv) first.", IsWarning: true));
            return [.. cohort.Cases];
        }

        var splits = experiment.Data.Splits.ToHashSet();
        return [.. cohort.Cases.Where(c => splits.Contains(CohortFiles.WordOf(c.Split)))];
    }

    /// <summary>The task of each method.</summary>
    private static IPretext Create(PretrainExperiment experiment, PretrainStudies studies, Seed seed) => experiment.Method switch
    {
        PretrainMethod.Cora => new CoraPretext(
            new(experiment.Data.Patch, experiment.Trainer, experiment.Sampler, experiment.Lesion, experiment.Augmentation, experiment.Noise,
                experiment.Windows, experiment.Network, experiment.Loss),
            studies, seed),
        PretrainMethod.Mae => new MaePretext(
            new(experiment.Data.Patch, experiment.Trainer, experiment.Sampler, experiment.Windows, experiment.MethodNetwork, experiment.Mae), studies, seed),
        PretrainMethod.Volumefusion => new VolumeFusionPretext(
            new(experiment.Data.Patch, experiment.Trainer, experiment.Sampler, experiment.Windows, experiment.MethodNetwork, experiment.VolumeFusion), studies, seed),
        _ => new VoCoPretext(
            new(experiment.Data.Patch, experiment.Data.Spacing, experiment.Voco, experiment.Sampler.Border, experiment.Trainer, experiment.Windows, experiment.Network), studies, seed),
    };

    private static ModelDescription Describe(PretrainExperiment experiment, IPretext task, Cohort cohort)
    {
        var spacing = experiment.Data.Spacing;
        return new()
        {
            Method = task.Method,
            Network = experiment.MethodNetwork,
            SpacingMm = [spacing.X, spacing.Y, spacing.Z],
            Patch = experiment.Data.Patch,
            WindowsHu = [.. experiment.Windows.Windows.Select(w => new double[] { w.Low, w.High })],
            WindowRange = experiment.Windows.Scale == Imaging.WindowScale.ZeroOne ? [0, 1] : [-1, 1],
            Labels = task.Labels,
            DataHash = cohort.Description.ContentHash,
            PhantomOnly = cohort.Description.IsPhantom,
            Seed = experiment.Seed,
        };
    }

    /// <summary>A pretraining that learnt nothing is noticed and said.</summary>
    private static void Judge(string folder, IReadOnlyList<LearningGoal> goals, IProgress<RunEvent>? progress)
    {
        var metrics = Table.Read(Path.Combine(folder, "metrics.csv"));
        var validation = Table.Read(Path.Combine(folder, "validation.csv"));
        var losses = metrics.Rows.Select(r => double.Parse(metrics.Field(r, "loss"), CultureInfo.InvariantCulture)).ToArray();
        var last = validation.Rows[^1];
        var measures = validation.Header.Skip(1).Select(h => (h, Text: validation.Field(last, h))).Where(m => m.Text.Length > 0)
            .ToDictionary(m => m.h, m => double.Parse(m.Text, CultureInfo.InvariantCulture));
        var problems = new List<string>();
        if (losses.Length > 1 && !(losses[^1] < losses[0] - LeastFall * Math.Abs(losses[0]))) problems.Add(string.Create(CultureInfo.InvariantCulture, $"the loss did not fall ({losses[0]:0.###} to {losses[^1]:0.###})"));
        var judged = goals.Where(g => measures.ContainsKey(g.Measure)).Select(g => (Goal: g, Value: measures[g.Measure])).ToArray();
        problems.AddRange(judged.Where(j => !j.Goal.IsMet(j.Value)).Select(j => j.Goal.Told(j.Value)));
        var verdict = problems.Count == 0 ? $"the pretext task was learnt: {string.Join(", ", judged.Select(j => j.Goal.Told(j.Value)))}" : "little or nothing was learnt: " + string.Join("; ", problems);
        var outcomes = judged.Select(j => new LearningOutcome(j.Goal.Measure, j.Value, j.Goal.Least, j.Goal.IsError, j.Goal.Untrained, j.Goal.IsNarrow(j.Value))).ToArray();
        if (problems.Count > 0) progress?.Report(new Note($"{verdict}. More steps or another learning rate may help; do not build on these weights.", IsWarning: true));
        Atomically.WriteText(
            Path.Combine(folder, "learning.json"),
            JsonSerializer.Serialize(new LearningVerdict(problems.Count == 0, verdict, losses[0], losses[^1], measures, outcomes), CohortDescription.Json) + "\n");
    }
}
