using System.Diagnostics;
using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace Cora.Training;

/// <summary>metrics.csv, validation.csv and TensorBoard event files of a run, in step with its checkpoints.</summary>
internal sealed class RunLog : IDisposable
{
    private static readonly Scalar One = 1.ToScalar();

    private readonly string metricsPath;
    private readonly string validationPath;
    private readonly TorchSharp.Modules.SummaryWriter? board;
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private Tensor? sums;
    private long pendingSteps;
    private long patches;
    private TimeSpan waited;

    /// <param name="folder">The run's folder.</param>
    /// <param name="resumedStep">Steps done when the run was taken up; later rows are cut, since they will be written again.</param>
    public RunLog(string folder, long resumedStep)
    {
        Directory.CreateDirectory(folder);
        metricsPath = Path.Combine(folder, "metrics.csv");
        validationPath = Path.Combine(folder, "validation.csv");
        Cut(metricsPath, resumedStep);
        Cut(validationPath, resumedStep);
        board = utils.tensorboard.SummaryWriter(Path.Combine(folder, "tensorboard"));
    }

    /// <summary>Loss sums since the last row, for a checkpoint.</summary>
    public (IReadOnlyList<float> Sums, long Steps) Pending => (sums is null ? [] : sums.cpu().data<float>().ToArray(), pendingSteps);

    /// <summary>Puts back what a checkpoint had pending.</summary>
    public void Restore(IReadOnlyList<float> pending, long steps)
    {
        if (steps == 0) return;
        sums = tensor(pending.ToArray()).DetachFromDisposeScope();
        pendingSteps = steps;
    }

    /// <summary>Notes the losses of a step; nothing is read from the device yet.</summary>
    public void Add(Tensor losses, int patchCount, TimeSpan wait)
    {
        if (sums is null) sums = losses.detach().clone().DetachFromDisposeScope();
        else sums.add_(losses.detach(), One);
        pendingSteps++;
        patches += patchCount;
        waited += wait;
    }

    /// <summary>Writes a row and begins anew. Returns what the progress line needs.</summary>
    /// <exception cref="CoraException">A loss is not finite.</exception>
    public (double Loss, double PatchesPerSecond, double DataWaitShare) Row(long step, IReadOnlyList<string> names, double learningRate)
    {
        var values = sums!.cpu().data<float>().ToArray().Select(s => (double)s / pendingSteps).ToArray();
        if (values.Any(v => !double.IsFinite(v)))
        {
            throw new CoraException(
                $"The loss is not a finite number ({string.Join(", ", names.Zip(values, (n, v) => string.Create(CultureInfo.InvariantCulture, $"{n} {v}")))}) near step {step}.",
                "Lower trainer.learning_rate or trainer.clip_norm, or look for damaged volumes with `cora inspect`. The last checkpoint is intact.");
        }

        var seconds = Math.Max(clock.Elapsed.TotalSeconds, 1e-9);
        var (rate, share) = (patches / seconds, Math.Min(1, waited.TotalSeconds / seconds));
        Append(metricsPath, ["step", .. names, "learning_rate", "patches_per_second", "data_wait_share"], [step, .. values, learningRate, rate, share]);
        for (var i = 0; i < names.Count; i++) board?.add_scalar("train/" + names[i], (float)values[i], (int)step);
        board?.add_scalar("train/learning_rate", (float)learningRate, (int)step);
        board?.add_scalar("speed/patches_per_second", (float)rate, (int)step);
        sums.Dispose();
        sums = null;
        pendingSteps = patches = 0;
        waited = default;
        clock.Restart();
        return (values[0], rate, share);
    }

    /// <summary>Writes the measures of a validation.</summary>
    public void Validation(long step, IReadOnlyDictionary<string, double> measures)
    {
        Append(validationPath, ["step", .. measures.Keys], [step, .. measures.Values]);
        foreach (var (name, value) in measures.Where(m => double.IsFinite(m.Value))) board?.add_scalar("validation/" + name, (float)value, (int)step);
        clock.Restart();
        patches = 0;
        waited = default;
    }

    public void Dispose()
    {
        sums?.Dispose();
    }

    private static void Append(string path, IEnumerable<string> header, IEnumerable<double> values)
    {
        try
        {
            if (!File.Exists(path)) File.WriteAllText(path, string.Join(',', header) + "\n");
            var fields = values.Select(v => double.IsNaN(v) ? "" : v.ToString("R", CultureInfo.InvariantCulture));
            File.AppendAllText(path, string.Join(',', fields) + "\n");
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new CoraException($"{path} cannot be written: {problem.Message}", "Free disk space, or make the run folder writable, and run the command again.", ExitCode.Resources, problem);
        }
    }

    /// <summary>Drops rows after a step, and a last row that was cut in the middle.</summary>
    private static void Cut(string path, long step)
    {
        if (!File.Exists(path)) return;
        var text = File.ReadAllText(path);
        var lines = text.Split('\n');
        var whole = lines[..^1];                                       // what follows the last line end is empty or half a row
        var kept = whole.Where((line, i) => i == 0 || (long.TryParse(line.Split(',')[0], CultureInfo.InvariantCulture, out var s) && s <= step)).ToArray();
        if (step == 0 || kept.Length <= 1) File.Delete(path);
        else Atomically.WriteText(path, string.Join('\n', kept) + "\n");
    }
}
