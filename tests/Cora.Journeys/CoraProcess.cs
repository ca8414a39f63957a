using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Cora.Journeys;

/// <summary>What a finished process said, and its exit code.</summary>
internal sealed record Said(int Code, string Output, string Error)
{
    /// <summary>Both streams, for the message of a failed assertion.</summary>
    public string All => $"exit code {Code}\n{Output}\n{Error}";
}

/// <summary>The built program, run as a user runs it.</summary>
internal sealed partial class CoraProcess : IDisposable
{
    private const int Sigterm = 15;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(20);
    private readonly Process process;
    private readonly StringBuilder output = new();
    private readonly StringBuilder error = new();

    private CoraProcess(string[] args)
    {
        process = new()
        {
            StartInfo = new("dotnet", [Path.Combine(AppContext.BaseDirectory, "Cora.Cli.dll"), .. args]) { RedirectStandardOutput = true, RedirectStandardError = true },
        };
        process.OutputDataReceived += (_, line) => Keep(output, line.Data);
        process.ErrorDataReceived += (_, line) => Keep(error, line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>Runs a command line to its end.</summary>
    public static Said Run(params string[] args)
    {
        using var cora = new CoraProcess(args);
        return cora.Wait();
    }

    /// <summary>Runs a command line that has to succeed.</summary>
    public static string Done(params string[] args)
    {
        var said = Run(args);
        Assert.True(said.Code == 0, said.All);
        return said.Output;
    }

    /// <summary>Starts a command line and comes back as soon as <paramref name="seen"/> holds.</summary>
    public static CoraProcess StartUntil(Func<bool> seen, params string[] args)
    {
        var cora = new CoraProcess(args);
        var watch = Stopwatch.StartNew();
        while (!seen() && !cora.process.HasExited && watch.Elapsed < Patience) cora.process.WaitForExit(20);
        Assert.False(cora.process.HasExited, "the command ended before what was waited for");
        return cora;
    }

    public Said Terminate()
    {
        Assert.Equal(0, Signal(process.Id, Sigterm));
        return Wait();
    }

    /// <summary>kill -9: nothing of the program runs after it.</summary>
    public void Kill()
    {
        process.Kill();
        Wait();
    }

    public void Dispose() => process.Dispose();

    private Said Wait()
    {
        if (!process.WaitForExit(Patience))
        {
            process.Kill();
            Assert.Fail($"cora did not end within {Patience}");
        }

        process.WaitForExit();
        lock (output) lock (error) return new(process.ExitCode, output.ToString(), error.ToString());
    }

    private static void Keep(StringBuilder to, string? line)
    {
        if (line is null) return;
        lock (to) to.Append(line).Append('\n');
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Signal(int process, int signal);
}
