using System.Text.Json;
using Cora.Cohorts;
using Cora.Evaluation;
using Cora.Imaging;
using Cora.Networks;
using Cora.Tasks;
using Cora.Training;
using TorchSharp;

namespace Cora.Experiments;

/// <summary>Runs a fine-tuning into a run folder: training, predictions of the test cases, scorecard. Called again it goes on.</summary>
public static class FinetuneRun
{
    private const double HeldShare = 0.1;
    private const int FewestHeld = 8;
    private static readonly Split[] Tested = [Split.Validation, Split.InternalTest, Split.ExternalTest];

    /// <summary>Runs or continues.</summary>
    /// <returns>Whether the run is finished; false when it was asked to stop and left a checkpoint.</returns>
    /// <exception cref="CoraException">Cohort, labels, weights, settings or disk do not allow it.</exception>
    public static bool Go(FinetuneExperiment experiment, string folder, bool overwrite, TimeProvider clock, IProgress<RunEvent>? progress, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(experiment);
        if (experiment.Cohort is null) throw new CoraException("No cohort is given.", "Give --cohort FOLDER, or cohort = \"FOLDER\" in the experiment file.", ExitCode.Usage);
        var cohort = Cohorts.Cohort.Load(experiment.Cohort);
        var start = StartOf(experiment);
        var device = Computer.Choose(experiment.Device);
        var threads = Computer.UseThreads(experiment.Threads);
        using var run = RunFolder.Open(folder, experiment, overwrite, clock);
        if (run.IsFinished)
        {
            progress?.Report(new Note($"{folder} is finished; --overwrite repeats it."));
            return true;
        }

        var (learnt, held) = CasesOf(experiment, cohort);
        var tested = Tested.SelectMany(s => cohort.Of(s)).Where(IsLabelled).ToArray();
        using var volumes = WholeVolumes.Open(cohort, learnt.Concat(held).Concat(tested).DistinctBy(c => c.CaseId), start is null ? null : Spacing(start), progress, stop);
        run.Begin(new Provenance
        {
            Device = Computer.NameOf(device),
            Threads = threads,
            Seeds = new Dictionary<string, long> { ["root"] = experiment.Seed },
            Cohort = experiment.Cohort,
            CohortHash = cohort.Description.ContentHash,
        });
        var seed = Cora.Seed.Root(experiment.Seed).Derive("finetune");
        var network = start?.Network ?? experiment.Network;
        var windows = start is null
            ? new WindowChannels(experiment.Windows.Windows, experiment.Windows.Scale == WindowScale.ZeroOne ? 0 : -1)
            : new WindowChannels(start.WindowsHu.Select(w => new HuWindow((float)w[0], (float)w[1])), start.WindowRange[0], start.WindowRange[1]);
        using var task = new PlaqueClassification(experiment.Plaque, experiment.Trainer, network, windows, volumes, learnt, held, seed);
        if (experiment.Weights is { } weights)
        {
            var report = Checkpoint.Transfer(CheckpointOf(weights), task.Network, "encoder.");
            progress?.Report(new Note($"From {weights} ({start!.Method}): {report}; new: {string.Join(", ", report.New)}."));
        }

        task.Network.to(device);
        progress?.Report(new Note($"{learnt.Length} cases are learnt from, {held.Length} choose the best weights, {tested.Length} are tested."));
        var spacing = start is null ? volumes.GridOf(learnt[0].CaseId).Spacing : Spacing(start);
        var result = new Trainer(experiment.Trainer, folder, Describe(experiment, cohort, network, windows, spacing), device, progress).Fit(task, seed, stop);
        if (result.IsInterrupted)
        {
            run.Stop("interrupted");
            return false;
        }

        var best = run.CheckpointPath("best");
        Checkpoint.LoadWeights(Checkpoint.Exists(best) ? best : run.CheckpointPath("last"), task.Network);
        Predict(task, tested, folder, device, progress, stop);
        Score(folder, experiment, cohort.Description.IsPhantom, held.Length);
        run.Finish();
        return true;
    }

    private static bool IsLabelled(CaseRow row) => PlaqueClassification.LabelsOf(row).Any(l => l is not null);

    private static string CheckpointOf(string run) => Path.Combine(run, "checkpoints", "last");

    private static ModelDescription? StartOf(FinetuneExperiment experiment) => experiment.Weights is { } weights ? Checkpoint.ReadState(CheckpointOf(weights)).Model : null;

    private static Vec3 Spacing(ModelDescription model) => new(model.SpacingMm[0], model.SpacingMm[1], model.SpacingMm[2]);

    /// <summary>
    /// Labelled training cases, and those that choose the weights: the validation split, or where it is too small a tenth of the training patients. Test
    /// cases choose nothing.
    /// </summary>
    private static (CaseRow[] Learnt, CaseRow[] Held) CasesOf(FinetuneExperiment experiment, Cohort cohort)
    {
        var labelled = cohort.Of(Split.Train).Where(IsLabelled).ToArray();
        var order = Cora.Seed.Root(experiment.Seed).Derive("cases").Random();
        var shuffled = labelled.OrderBy(c => c.CaseId, StringComparer.Ordinal).Select(c => (Case: c, Key: order.Uniform(0, 1))).OrderBy(c => c.Key).Select(c => c.Case).ToArray();
        if (experiment.Cases > shuffled.Length)
            throw new CoraException($"{experiment.Cases} training cases are asked for, the cohort has {shuffled.Length} with labels.", "Ask for fewer --cases, or label more.", ExitCode.Usage);
        if (experiment.Cases > 0) shuffled = shuffled[..experiment.Cases];
        var held = cohort.Of(Split.Validation).Where(IsLabelled).ToArray();
        if (held.Length < FewestHeld)
        {
            var patients = shuffled.Select(c => c.PatientId).Distinct().ToArray();
            var kept = patients[^Math.Min(patients.Length - 1, Math.Max(1, (int)(HeldShare * patients.Length)))..].ToHashSet();
            held = [.. held, .. shuffled.Where(c => kept.Contains(c.PatientId))];
            shuffled = [.. shuffled.Where(c => !kept.Contains(c.PatientId))];
        }

        foreach (var (i, target) in PlaqueClassification.Targets.Index())
        {
            var known = shuffled.Select(c => PlaqueClassification.LabelsOf(c)[i]).OfType<bool>().ToArray();
            if (known.Distinct().Count() < 2)
            {
                throw new CoraException(
                    $"The training cases hold {known.Count(k => k)} with and {known.Count(k => !k)} without {target}: both are needed to learn to tell them apart.",
                    "Label more training cases of split train, or ask for more --cases.");
            }
        }

        return (shuffled, held);
    }

    private static ModelDescription Describe(FinetuneExperiment experiment, Cohort cohort, ResUNetConfig network, WindowChannels windows, Vec3 spacing) => new()
    {
        Method = "plaque",
        Network = network,
        Head = experiment.Plaque.Head,
        SpacingMm = [spacing.X, spacing.Y, spacing.Z],
        Patch = 0,
        WindowsHu = [.. windows.Windows.Select(w => new double[] { w.Low, w.High })],
        WindowRange = experiment.Windows.Scale == WindowScale.ZeroOne ? [0, 1] : [-1, 1],
        Labels = PlaqueClassification.Targets,
        DataHash = cohort.Description.ContentHash,
        PhantomOnly = cohort.Description.IsPhantom,
        Seed = experiment.Seed,
    };

    private static void Predict(PlaqueClassification task, CaseRow[] tested, string folder, torch.Device device, IProgress<RunEvent>? progress, CancellationToken stop)
    {
        var rows = new List<PlaqueRow>();
        foreach (var (i, row) in tested.Index())
        {
            stop.ThrowIfCancellationRequested();
            rows.AddRange(task.Predict(row, device));
            progress?.Report(new Progressed("predicting", i + 1, tested.Length, "cases"));
        }

        foreach (var split in rows.Where(r => r.Truth is not null).GroupBy(r => r.Split))
        {
            Table.Write(Path.Combine(folder, "predictions", $"plaque-{CohortFiles.WordOf(split.Key)}.csv"), ["case_id", "site", "split", "target", "truth", "probability"],
                split.Select(r => new object?[] { r.CaseId, r.Site, CohortFiles.WordOf(r.Split), r.Target, r.Truth, r.Probability }));
        }
    }

    /// <summary>Every estimate with its interval, from the prediction tables as anybody could read them.</summary>
    private static void Score(string folder, FinetuneExperiment experiment, bool isPhantom, int held)
    {
        const double threshold = 0.5;
        var splits = new SortedDictionary<string, object>(StringComparer.Ordinal);
        foreach (var path in Directory.EnumerateFiles(Path.Combine(folder, "predictions"), "plaque-*.csv"))
        {
            var targets = new SortedDictionary<string, object>(StringComparer.Ordinal);
            foreach (var target in PredictionTable.Read(path).Targets)
            {
                if (!target.Cases.HasBothClasses)
                {
                    targets[target.Target] = new { Cases = target.Cases.Count, target.Cases.Positives, Auroc = (double?)null, Reason = "the cases are of one kind alone" };
                    continue;
                }

                var resamples = Resamples.Draw(target.Cases, experiment.Statistics.Resamples, Cora.Seed.Root(experiment.Seed).Derive("bootstrap").Derive(target.Target));
                var score = ClassificationScore.Of(target.Cases, threshold, resamples);
                targets[target.Target] = new
                {
                    score.Cases, score.Positives, score.Threshold, Auroc = Interval(score.Auroc), AveragePrecision = Interval(score.AveragePrecision), Accuracy = Interval(score.Accuracy),
                    Sensitivity = Interval(score.Sensitivity), Specificity = Interval(score.Specificity), F1 = Interval(score.F1),
                };
            }

            splits[Path.GetFileNameWithoutExtension(path)["plaque-".Length..]] = targets;
        }

        Atomically.WriteText(Path.Combine(folder, "scorecard.json"), JsonSerializer.Serialize(new
        {
            Task = "plaque", experiment.Weights, Resamples = experiment.Statistics.Resamples, CasesThatChoseTheWeights = held, PhantomOnly = isPhantom, Splits = splits,
        }, CohortDescription.Json) + "\n");
    }

    private static object Interval(Estimate e) => new
    {
        Value = Number(e.Value), Low = Number(e.Low), High = Number(e.High), e.Reason,
    };

    private static double? Number(double value) => double.IsFinite(value) ? value : null;
}
