namespace Cora.Cli;

/// <summary>Where a command speaks: results to <paramref name="Out"/>, everything else to <paramref name="Error"/>.</summary>
/// <param name="Out">Standard output.</param>
/// <param name="Error">Standard error.</param>
/// <param name="IsLive">Whether a line on standard error can be painted over, so that progress may be one living line.</param>
/// <param name="Clock">The time.</param>
/// <param name="Stop">Cancelled by Ctrl-C or SIGTERM.</param>
internal sealed record Terminal(TextWriter Out, TextWriter Error, bool IsLive, TimeProvider Clock, CancellationToken Stop)
{
    /// <summary>The terminal of this process.</summary>
    public static Terminal OfTheProcess(CancellationToken stop) =>
        new(Console.Out, Console.Error, !Console.IsErrorRedirected, TimeProvider.System, stop);
}
