using System.Globalization;

namespace Cora.Cli;

/// <summary>
/// Tells of progress on standard error: one living line on a terminal, otherwise a plain line now and then. Notes are
/// lines of their own.
/// </summary>
internal sealed class ProgressLine(TextWriter to, bool isLive, bool isQuiet, TimeProvider clock) : IProgress<RunEvent>, IDisposable
{
    private static readonly TimeSpan Repaint = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Now = TimeSpan.FromSeconds(10);
    private readonly Lock turn = new();
    private string activity = "";
    private long began;
    private long told;
    private int painted;

    /// <summary>A listener that heeds --quiet and --no-progress.</summary>
    public static ProgressLine For(Terminal terminal, bool isQuiet, bool isPlain) => new(terminal.Error, terminal.IsLive && !isPlain, isQuiet, terminal.Clock);

    /// <inheritdoc/>
    public void Report(RunEvent value)
    {
        lock (turn)
        {
            switch (value)
            {
                case Note note when note.IsWarning || !isQuiet:
                    Line(note.IsWarning ? $"warning: {note.Text}" : note.Text);
                    break;
                case Progressed progressed when !isQuiet:
                    Tell(progressed.Activity, Describe(progressed), progressed.Done >= progressed.Total);
                    break;
                case StepDone step when !isQuiet:
                    Tell("train", Describe(step), step.Step >= step.Steps);
                    break;
                case Validated validated when !isQuiet:
                    Line(string.Create(CultureInfo.InvariantCulture, $"step {validated.Step} · validation · {Measures(validated)}"));
                    break;
                case CheckpointSaved saved when !isQuiet && !isLive:
                    Line(string.Create(CultureInfo.InvariantCulture, $"step {saved.Step} · checkpoint written"));
                    break;
            }
        }
    }

    /// <summary>Ends the living line.</summary>
    public void Dispose()
    {
        lock (turn)
        {
            if (painted > 0) to.WriteLine();
            painted = 0;
        }
    }

    private void Tell(string what, string line, bool isLast)
    {
        var time = clock.GetTimestamp();
        if (what != activity)
        {
            (activity, began, told) = (what, time, 0);
        }

        if (!isLast && told != 0 && clock.GetElapsedTime(told, time) < (isLive ? Repaint : Now)) return;
        told = time;
        if (isLast) activity = "";          // the next work of the same name has a pace of its own
        if (!isLive)
        {
            to.WriteLine(line);
            return;
        }

        to.Write('\r' + line.PadRight(painted));
        painted = line.Length;
        if (isLast) Dispose();
    }

    private void Line(string line)
    {
        if (painted > 0) to.Write('\r' + new string(' ', painted) + '\r');
        painted = 0;
        to.WriteLine(line);
    }

    private string Describe(Progressed p)
    {
        var seconds = p.Activity == activity ? clock.GetElapsedTime(began).TotalSeconds : 0;
        var rate = seconds > 0.5 && p.Done > 0 ? string.Create(CultureInfo.InvariantCulture, $" · {p.Done / seconds:0.0} {p.Unit}/s") : "";
        var left = seconds > 0.5 && p.Done > 0 && p.Done < p.Total ? $" · {Duration(seconds / p.Done * (p.Total - p.Done))} left" : "";
        return string.Create(CultureInfo.InvariantCulture, $"{p.Activity} · {p.Done} of {p.Total} {p.Unit}{rate}{left}");
    }

    private static string Describe(StepDone s) => string.Create(
        CultureInfo.InvariantCulture,
        $"step {s.Step} of {s.Steps} · loss {s.Loss:0.0000} · {s.PatchesPerSecond:0.0} patches/s · waited for data {100 * s.DataWaitShare:0} % · {Duration(s.SecondsLeft)} left");

    private static string Measures(Validated v) =>
        string.Join(" · ", v.Measures.Select(m => string.Create(CultureInfo.InvariantCulture, $"{m.Key.Replace('_', ' ')} {m.Value:0.000}")));

    /// <summary>Seconds in words that can be read at a glance.</summary>
    internal static string Duration(double seconds) =>
        !double.IsFinite(seconds) ? "unknown time"
        : seconds < 90 ? string.Create(CultureInfo.InvariantCulture, $"{seconds:0} s")
        : seconds < 5400 ? string.Create(CultureInfo.InvariantCulture, $"{seconds / 60:0} min")
        : string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600:0.0} h");
}
