namespace Cora.Experiments;

/// <summary>
/// A run on disk: settings, provenance, checkpoints, measures, figures. While one is open no other process may write to it.
/// </summary>
/// <remarks>The same settings continue what is there; other settings are refused, since a run is one experiment.</remarks>
public sealed class RunFolder : IDisposable
{
    /// <summary>Settings that a run may change between two sittings, since no result depends on them.</summary>
    private static readonly string[] Free = ["threads", "trainer.workers", "trainer.checkpoint_every"];

    // What --overwrite takes away. Vectors of texts (embeddings/) stay: they depend on the text model and its words alone, and cost the most.
    private static readonly string[] Contents =
        ["experiment.toml", "provenance.json", "metrics.csv", "validation.csv", "scorecard.json", "transfer.json", "plans.json", "dataset_fingerprint.json", "splits_final.json", "report.html", "learning.json", "examples", "checkpoints", "tensorboard", "predictions", "explanations", "folds", "variants", "figures"];

    private readonly TimeProvider clock;
    private readonly FileStream hold;
    private Provenance? provenance;

    private RunFolder(string folder, TimeProvider clock, FileStream hold)
    {
        Folder = folder;
        this.clock = clock;
        this.hold = hold;
        provenance = Provenance.Read(ProvenancePath);
    }

    /// <summary>The run's folder.</summary>
    public string Folder { get; }

    /// <summary>Resolved settings, defaults included.</summary>
    public string ExperimentPath => ExperimentPathOf(Folder);

    /// <summary>What made the numbers.</summary>
    public string ProvenancePath => Path.Combine(Folder, "provenance.json");

    /// <summary>Measures of each logged step.</summary>
    public string MetricsPath => Path.Combine(Folder, "metrics.csv");

    /// <summary>Folder of a checkpoint, <c>last</c> or <c>best</c>.</summary>
    public string CheckpointPath(string name) => Path.Combine(Folder, "checkpoints", name);

    /// <summary>Folder of the figures.</summary>
    public string FiguresPath => Path.Combine(Folder, "figures");

    /// <summary>What is known of the run so far; null before its first beginning.</summary>
    public Provenance? Provenance => provenance;

    /// <summary>Whether everything that was asked of the run is done.</summary>
    public bool IsFinished => provenance?.End is not null;

    /// <summary>Where a run keeps its settings.</summary>
    public static string ExperimentPathOf(string folder) => Path.Combine(folder, "experiment.toml");

    /// <summary>Opens a run for writing, new or begun earlier with the same settings.</summary>
    /// <exception cref="CoraException">
    /// The folder holds another experiment, or no run at all; another process writes it (exit code 2); it cannot be written (exit code 5).
    /// </exception>
    public static RunFolder Open<T>(string folder, T settings, bool overwrite, TimeProvider clock) where T : ISettings, new()
    {
        var full = Path.GetFullPath(folder);
        var isRun = File.Exists(ExperimentPathOf(full));
        if (!isRun && Directory.Exists(full) && Directory.EnumerateFileSystemEntries(full).Any(entry => !Path.GetFileName(entry).StartsWith('.')))
            throw new CoraException($"{folder} holds other files and no run.", "Choose an empty or new --out folder.", ExitCode.Usage);

        var run = new RunFolder(full, clock, Hold(folder));
        try
        {
            if (isRun && overwrite) run.Clear();
            else if (isRun) Refuse(folder, ExperimentFile.Load<T>(ExperimentPathOf(full)), settings);
            if (!isRun || overwrite) Atomically.WriteText(run.ExperimentPath, ExperimentFile.Write(settings, comments: true));
            return run;
        }
        catch
        {
            run.Dispose();
            throw;
        }
    }

    /// <summary>Notes that work begins, and on which machine.</summary>
    /// <exception cref="CoraException">The cohort is not the one that the run began with (exit code 3).</exception>
    public void Begin(Provenance facts)
    {
        ArgumentNullException.ThrowIfNull(facts);
        if (provenance?.CohortHash is { } before && facts.CohortHash is { } now && before != now)
        {
            throw new CoraException(
                $"Cohort {facts.Cohort} has changed since this run began: its content hash was {before}, now {now}.",
                "Put the cohort back as it was, or begin anew with --overwrite.");
        }

        provenance = ((provenance ?? facts) with { Device = facts.Device, Threads = facts.Threads }).Begun(clock.GetUtcNow());
        provenance.Write(ProvenancePath);
    }

    /// <summary>Notes that everything asked for is done.</summary>
    public void Finish() => End("finished");

    /// <summary>Notes that work stopped before its end: <c>interrupted</c> or <c>failed</c>.</summary>
    public void Stop(string outcome) => End(outcome);

    /// <inheritdoc/>
    public void Dispose() => hold.Dispose();

    private void End(string outcome)
    {
        if (provenance is null) throw new InvalidOperationException("The run was never begun.");
        provenance = provenance.Ended(clock.GetUtcNow(), outcome);
        provenance.Write(ProvenancePath);
    }

    private static FileStream Hold(string folder)
    {
        var path = Path.Combine(folder, ".lock");
        try
        {
            Directory.CreateDirectory(folder);

            // The system lets go of the lock when the process ends, however it ends.
            return new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (IOException problem) when (File.Exists(path))
        {
            throw new CoraException($"Another process is writing to {folder}.", "Wait for it to end, or choose another --out folder.", ExitCode.Usage, problem);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new CoraException($"{folder} cannot be written: {problem.Message}", "Choose an --out folder that you may write to.", ExitCode.Resources, problem);
        }
    }

    private static void Refuse<T>(string folder, T there, T asked) where T : ISettings
    {
        var differences = ExperimentFile.Differences(there, asked).Where(d => !Free.Contains(d.Key)).ToList();
        if (differences.Count == 0) return;
        var lines = differences.Select(d => $"  {d.Key} = {d.First} there, {d.Second} now");
        throw new CoraException(
            $"{folder} holds a run with other settings:\n{string.Join('\n', lines)}",
            "Choose another --out folder, give the same settings to continue, or --overwrite to begin anew.", ExitCode.Usage);
    }

    private void Clear()
    {
        provenance = null;
        try
        {
            foreach (var path in Contents.Select(name => Path.Combine(Folder, name)))
            {
                if (Directory.Exists(path)) Directory.Delete(path, recursive: true);
                else File.Delete(path);
            }
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new CoraException($"{Folder} cannot be cleared: {problem.Message}", "Delete the folder by hand, or choose another --out folder.", ExitCode.Resources, problem);
        }
    }
}
