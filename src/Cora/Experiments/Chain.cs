using System.Diagnostics;
using System.Globalization;
using Cora.Cohorts;

namespace Cora.Experiments;

/// <summary>What a step may cost; guesses from the work it does and the pace of this machine, told before anything begins.</summary>
/// <param name="Seconds">Time.</param>
/// <param name="DiskBytes">What it leaves on the disk.</param>
/// <param name="MemoryBytes">What it needs at its highest.</param>
public readonly record struct StepForecast(double Seconds, long DiskBytes = 0, long MemoryBytes = 0);

/// <summary>One step of a chain: what it makes, what it needs, whether that is there already, and how to make it.</summary>
/// <param name="Name">Its name, also in steps.csv.</param>
/// <param name="Group">Which part of the work it belongs to.</param>
/// <param name="Makes">What lies on the disk afterwards.</param>
/// <param name="Needs">Names of steps without whose outcome it cannot be done.</param>
/// <param name="Forecast">What it may cost.</param>
/// <param name="IsDone">Whether its outcome is there, whole and of the same settings.</param>
/// <param name="Run">Makes the outcome; called again after an interruption it goes on.</param>
public sealed record ChainStep(
    string Name, string Group, string Makes, IReadOnlyList<string> Needs, Func<StepForecast> Forecast, Func<bool> IsDone, Action<IProgress<RunEvent>?, CancellationToken> Run);

/// <summary>A step that did not succeed.</summary>
/// <param name="Step">Its name.</param>
/// <param name="Cause">What happened.</param>
/// <param name="Remedy">What to do.</param>
public sealed record StepFailure(string Step, string Cause, string Remedy);

/// <summary>
/// Steps that follow one another through files. A finished step is not repeated; one that fails is named and the others go on, but for those that need it.
/// </summary>
/// <param name="steps">The steps in an order in which each comes after what it needs.</param>
/// <param name="folder">Where steps.csv and failures.csv are kept.</param>
/// <param name="clock">Measures what steps cost.</param>
public sealed class Chain(IReadOnlyList<ChainStep> steps, string folder, TimeProvider clock)
{
    private static readonly string[] Columns = ["step", "group", "makes", "state", "seconds", "peak_memory_mb", "cause", "remedy"];

    private readonly string table = Path.Combine(folder, "steps.csv");
    private readonly string failures = Path.Combine(folder, "failures.csv");

    /// <summary>The steps.</summary>
    public IReadOnlyList<ChainStep> Steps => steps;

    /// <summary>What would be done, one line a step, with what it may cost.</summary>
    public IEnumerable<string> Forecast()
    {
        var states = steps.Select(step => (Step: step, IsDone: step.IsDone(), Cost: step.Forecast())).ToList();
        foreach (var (index, (step, isDone, cost)) in states.Index())
            yield return Line(index, step, isDone ? "done already" : $"about {Duration(cost.Seconds)}");
        var left = states.Where(s => !s.IsDone).Select(s => s.Cost).ToArray();
        yield return $"in all about {Duration(left.Sum(c => c.Seconds))} at this machine's pace, {Size(left.Sum(c => c.DiskBytes))} of disk, {Size(left.Select(c => c.MemoryBytes).DefaultIfEmpty().Max())} of memory at the highest";
    }

    /// <summary>Does what is not done. Stops between steps, and within them as they allow.</summary>
    /// <returns>The steps that failed or were left out because of one that did.</returns>
    /// <exception cref="OperationCanceledException">It was stopped; the same call goes on.</exception>
    /// <exception cref="CoraException">Memory or disk ran out (exit code 5): no other step would fare better.</exception>
    public IReadOnlyList<StepFailure> Run(IProgress<RunEvent>? progress, CancellationToken stop)
    {
        var costs = new Costs(table);
        var failed = new List<StepFailure>();
        foreach (var (index, step) in steps.Index())
        {
            stop.ThrowIfCancellationRequested();
            if (step.IsDone())
            {
                progress?.Report(new Note(Line(index, step, "done already")));
                costs.Note(step, "done");
                continue;
            }

            if (step.Needs.FirstOrDefault(n => failed.Any(f => f.Step == n)) is { } missing)
            {
                failed.Add(new(step.Name, $"It needs the step {missing}, which failed.", $"Mend {missing}, then run the same command again."));
                progress?.Report(new Note(Line(index, step, $"left out, since {missing} failed"), IsWarning: true));
                costs.Note(step, "skipped", failed[^1]);
            }
            else
            {
                progress?.Report(new Note(Line(index, step, "begins")));
                if (Try(step, costs, progress, stop) is { } failure) failed.Add(failure);
            }

            costs.Write(steps);
        }

        costs.Write(steps);
        if (failed.Count == 0) File.Delete(failures);
        else Table.Write(failures, ["case", "cause", "remedy"], failed.Select(f => new object?[] { f.Step, f.Cause, f.Remedy }));
        return failed;
    }

    private StepFailure? Try(ChainStep step, Costs costs, IProgress<RunEvent>? progress, CancellationToken stop)
    {
        var began = clock.GetTimestamp();
        try
        {
            step.Run(progress, stop);
            costs.Add(step, "done", clock.GetElapsedTime(began).TotalSeconds);
            return null;
        }
        catch (Exception problem) when (problem is OperationCanceledException or CoraException { Code: ExitCode.Resources })
        {
            costs.Add(step, "waiting", clock.GetElapsedTime(began).TotalSeconds);
            costs.Write(steps);
            throw;
        }
#pragma warning disable CA1031 // A defect in one of a hundred steps must not cost the others; it is told in full.
        catch (Exception problem)
        {
            var failure = problem is CoraException known
                ? new StepFailure(step.Name, known.Message, known.Remedy)
                : new StepFailure(step.Name, $"A defect in the program: {problem.Message}", "Report it with the trace in the log; the other steps are not touched by it.");
            progress?.Report(new Note($"{step.Name} failed: {failure.Cause} {(problem is CoraException ? failure.Remedy : problem.ToString())}", IsWarning: true));
            costs.Add(step, "failed", clock.GetElapsedTime(began).TotalSeconds, failure);
            return failure;
        }
#pragma warning restore CA1031
    }

    private string Line(int index, ChainStep step, string state) =>
        string.Create(CultureInfo.InvariantCulture, $"step {index + 1} of {steps.Count} · {step.Name} · {state} · {step.Makes}");

    private static string Duration(double seconds) =>
        seconds < 90 ? string.Create(CultureInfo.InvariantCulture, $"{seconds:0} s")
        : seconds < 5400 ? string.Create(CultureInfo.InvariantCulture, $"{seconds / 60:0} min")
        : seconds < 48 * 3600 ? string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600:0} h")
        : string.Create(CultureInfo.InvariantCulture, $"{seconds / 86400:0} days");

    private static string Size(long bytes) =>
        bytes < 1_000_000_000 ? string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0} MB") : string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.0} GB");

    /// <summary>steps.csv: what each step has cost, over all sittings that came to an end of their own; what a killed process had done of a step is lost.</summary>
    private sealed class Costs
    {
        private readonly string path;
        private readonly Dictionary<string, (string State, double Seconds, double PeakMb, StepFailure? Failure)> rows = [];

        public Costs(string path)
        {
            this.path = path;
            if (!File.Exists(path)) return;
            var there = Table.Read(path);
            double Number(string text) => double.TryParse(text, CultureInfo.InvariantCulture, out var value) ? value : 0;
            foreach (var row in there.Rows)
                rows[there.Field(row, "step")] = (there.Field(row, "state"), Number(there.Field(row, "seconds")), Number(there.Field(row, "peak_memory_mb")), null);
        }

        public void Note(ChainStep step, string state, StepFailure? failure = null)
        {
            var (_, seconds, peak, _) = rows.GetValueOrDefault(step.Name);
            rows[step.Name] = (state, seconds, peak, failure);
        }

        public void Add(ChainStep step, string state, double seconds, StepFailure? failure = null)
        {
            // The highest of the process so far: an upper bound of the step's own.
            using var process = Process.GetCurrentProcess();
            var before = rows.GetValueOrDefault(step.Name);
            rows[step.Name] = (state, before.Seconds + seconds, Math.Max(before.PeakMb, process.PeakWorkingSet64 / 1e6), failure);
        }

        public void Write(IReadOnlyList<ChainStep> steps) => Table.Write(path, Columns, steps.Select(step =>
        {
            var (state, seconds, peak, failure) = rows.GetValueOrDefault(step.Name, ("waiting", 0, 0, null));
            return new object?[]
            {
                step.Name, step.Group, step.Makes, state, seconds > 0 ? Math.Round(seconds, 1) : null, peak > 0 ? Math.Round(peak) : null, failure?.Cause, failure?.Remedy,
            };
        }));
    }
}
