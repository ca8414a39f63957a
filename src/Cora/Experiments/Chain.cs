using System.Globalization;

namespace Cora.Experiments;

/// <summary>One step of a chain: what it makes, whether that is there already, and how to make it.</summary>
/// <param name="Name">A word, for progress lines.</param>
/// <param name="Makes">What lies on the disk afterwards.</param>
/// <param name="ForecastSeconds">How long it may take on two cores; a guess, told before anything begins.</param>
/// <param name="IsDone">Whether its outcome is there, whole and of the same settings.</param>
/// <param name="Run">Makes the outcome; called again after an interruption it goes on.</param>
public sealed record ChainStep(string Name, string Makes, double ForecastSeconds, Func<bool> IsDone, Action<IProgress<RunEvent>?, CancellationToken> Run);

/// <summary>Steps that follow one another through files. A finished step is not repeated.</summary>
public sealed class Chain(IReadOnlyList<ChainStep> steps)
{
    /// <summary>What would be done, one line a step, with the time it may take.</summary>
    public IEnumerable<string> Forecast()
    {
        var states = steps.Select(step => (Step: step, IsDone: step.IsDone())).ToList();
        foreach (var (index, (step, isDone)) in states.Index())
            yield return Line(index, step, isDone ? "done already" : $"about {Duration(step.ForecastSeconds)}");
        yield return $"in all about {Duration(states.Where(s => !s.IsDone).Sum(s => s.Step.ForecastSeconds))} on two idle cores";
    }

    /// <summary>Does what is not done. Stops between steps, and within them as they allow.</summary>
    /// <exception cref="OperationCanceledException">It was stopped; the same call goes on.</exception>
    public void Run(IProgress<RunEvent>? progress, CancellationToken stop)
    {
        foreach (var (index, step) in steps.Index())
        {
            stop.ThrowIfCancellationRequested();
            if (step.IsDone())
            {
                progress?.Report(new Note(Line(index, step, "done already")));
                continue;
            }

            progress?.Report(new Note(Line(index, step, "begins")));
            step.Run(progress, stop);
        }
    }

    private string Line(int index, ChainStep step, string state) =>
        string.Create(CultureInfo.InvariantCulture, $"step {index + 1} of {steps.Count} · {step.Name} · {state} · {step.Makes}");

    private static string Duration(double seconds) =>
        seconds < 90 ? string.Create(CultureInfo.InvariantCulture, $"{seconds:0} s")
        : seconds < 5400 ? string.Create(CultureInfo.InvariantCulture, $"{seconds / 60:0} min")
        : string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600:0} h");
}
