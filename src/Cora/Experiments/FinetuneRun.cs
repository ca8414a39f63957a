using Cora.Cohorts;
using Cora.Tasks;

namespace Cora.Experiments;

/// <summary>Runs a fine-tuning into a run folder: training, predictions of the test cases, scorecard. Called again it goes on.</summary>
public static class FinetuneRun
{
    /// <summary>Runs or continues.</summary>
    /// <param name="experiment">Settings.</param>
    /// <param name="folder">The run's folder.</param>
    /// <param name="overwrite">Whether a finished run is repeated.</param>
    /// <param name="clock">For the provenance.</param>
    /// <param name="progress">Told what happens.</param>
    /// <param name="stop">Asks to stop at the next step.</param>
    /// <param name="features">Shared by runs of one process that may have the same frozen encoder; null = the run's own.</param>
    /// <returns>Whether the run is finished; false when it was asked to stop and left a checkpoint.</returns>
    /// <exception cref="CoraException">Cohort, labels, weights, settings or disk do not allow it.</exception>
    public static bool Go(FinetuneExperiment experiment, string folder, bool overwrite, TimeProvider clock, IProgress<RunEvent>? progress, CancellationToken stop, FrozenFeatures? features = null)
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

        var work = new FinetuneWork(experiment, cohort, run, device, threads, progress, stop) { Features = features ?? new() };
        var isDone = experiment.Task switch
        {
            FinetuneTask.Plaque => FinetunePlaque.Go(work),
            FinetuneTask.Stenosis => FinetuneStenosis.Go(work),
            FinetuneTask.Arteries => FinetuneArteries.Go(work),
            FinetuneTask.Heart => FinetuneHeart.Go(work),
            _ => FinetuneMace.Go(work),
        };
        if (!isDone)
        {
            run.Stop("interrupted");
            return false;
        }

        WriteStrata(cohort, Path.Combine(folder, "predictions"));
        run.Finish();
        return true;
    }

    /// <summary>Site, sex and age of the cases that can be predicted, for estimates by group.</summary>
    private static void WriteStrata(Cohort cohort, string folder) => Table.Write(
        Path.Combine(folder, "strata.csv"), ["case_id", "site", "sex", "age"],
        cohort.Cases.Where(c => c.Split is not (Split.None or Split.Pretrain)).Select(c => new object?[] { c.CaseId, c.Site, cohort.ClinicalOf(c)?.Sex, cohort.ClinicalOf(c)?.Age }));
}
