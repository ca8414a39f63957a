using System.Globalization;
using System.Text.Json;
using Cora.Cohorts;
using Cora.Pretraining;
using Cora.Training;
using TorchSharp;

namespace Cora.Experiments;

/// <summary>What a pretraining has learnt, in learning.json: the last measures and whether they are worth anything.</summary>
public sealed record LearningVerdict(bool HasLearnt, string Verdict, double FirstLoss, double LastLoss, IReadOnlyDictionary<string, double> Measures);

/// <summary>Runs a pretraining experiment into a run folder; called again it goes on, and does nothing when it is finished.</summary>
public static class PretrainRun
{
    private const double LeastRecall = 0.1;
    private const double LeastFall = 0.95;

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

        var splits = experiment.Data.Splits.ToHashSet();
        var cases = cohort.Cases.Where(c => splits.Contains(CohortFiles.WordOf(c.Split))).ToArray();
        using var studies = PretrainStudies.Open(cohort, cases, experiment.Data.Spacing, progress, stop);
        run.Begin(new Provenance
        {
            Device = Computer.NameOf(device),
            Threads = threads,
            Seeds = new Dictionary<string, long> { ["root"] = experiment.Seed },
            Cohort = experiment.Cohort,
            CohortHash = cohort.Description.ContentHash,
        });
        var seed = Cora.Seed.Root(experiment.Seed).Derive("pretrain");
        using var task = new CoraPretext(
            new(experiment.Data.Patch, experiment.Trainer, experiment.Sampler, experiment.Lesion, experiment.Augmentation, experiment.Noise,
                experiment.Windows, experiment.Network, experiment.Loss),
            studies, seed);
        task.Network.to(device);
        var result = new Trainer(experiment.Trainer, folder, Describe(experiment, cohort), device, progress).Fit(task, seed, stop);
        if (result.IsInterrupted)
        {
            run.Stop("interrupted");
            return false;
        }

        Judge(folder, progress);
        run.Finish();
        return true;
    }

    private static ModelDescription Describe(PretrainExperiment experiment, Cohort cohort)
    {
        var spacing = experiment.Data.Spacing;
        return new()
        {
            Method = "cora",
            Network = experiment.Network,
            SpacingMm = [spacing.X, spacing.Y, spacing.Z],
            Patch = experiment.Data.Patch,
            WindowsHu = [.. experiment.Windows.Windows.Select(w => new double[] { w.Low, w.High })],
            WindowRange = experiment.Windows.Scale == Imaging.WindowScale.ZeroOne ? [0, 1] : [-1, 1],
            Labels = ["abnormality"],
            DataHash = cohort.Description.ContentHash,
            PhantomOnly = cohort.Description.IsPhantom,
            Seed = experiment.Seed,
        };
    }

    /// <summary>A pretraining that learnt nothing is noticed and said.</summary>
    private static void Judge(string folder, IProgress<RunEvent>? progress)
    {
        var metrics = Table.Read(Path.Combine(folder, "metrics.csv"));
        var validation = Table.Read(Path.Combine(folder, "validation.csv"));
        var losses = metrics.Rows.Select(r => double.Parse(metrics.Field(r, "loss"), CultureInfo.InvariantCulture)).ToArray();
        var last = validation.Rows[^1];
        var measures = validation.Header.Skip(1).Select(h => (h, Text: validation.Field(last, h))).Where(m => m.Text.Length > 0)
            .ToDictionary(m => m.h, m => double.Parse(m.Text, CultureInfo.InvariantCulture));
        var problems = new List<string>();
        if (losses.Length > 1 && losses[^1] > LeastFall * losses[0]) problems.Add(string.Create(CultureInfo.InvariantCulture, $"the loss did not fall ({losses[0]:0.###} to {losses[^1]:0.###})"));
        foreach (var type in new[] { "calcified", "soft" })
        {
            if (measures.TryGetValue("recall_" + type, out var recall) && recall < LeastRecall)
                problems.Add(string.Create(CultureInfo.InvariantCulture, $"{type} lesions are hardly found (recall {recall:0.##})"));
        }

        var verdict = problems.Count == 0 ? "lesions of both types are found and the loss fell" : "little or nothing was learnt: " + string.Join("; ", problems);
        if (problems.Count > 0) progress?.Report(new Note($"{verdict}. More steps or another learning rate may help; do not build on these weights.", IsWarning: true));
        Atomically.WriteText(
            Path.Combine(folder, "learning.json"),
            JsonSerializer.Serialize(new LearningVerdict(problems.Count == 0, verdict, losses[0], losses[^1], measures), CohortDescription.Json) + "\n");
    }
}
