using System.Runtime.InteropServices;

namespace Cora.Cli;

/// <summary>What a command says, and with which code it ends, when it cannot do its work.</summary>
internal static class Failures
{
    private const int NoSpaceLeftOnUnix = 28;
    private const int DiskFullOnWindows = unchecked((int)0x80070070);

    /// <summary>Writes the problem and its remedy to <paramref name="error"/>; a defect of ours with its trace.</summary>
    public static ExitCode Tell(Exception problem, TextWriter error)
    {
        var (message, remedy, code) = Describe(problem);
        error.WriteLine(message);
        error.WriteLine(remedy);
        return code;
    }

    private static (string Message, string Remedy, ExitCode Code) Describe(Exception problem) => problem switch
    {
        CoraException known => (known.Message, known.Remedy, known.Code),
        OperationCanceledException => ("Interrupted. What was finished is kept.", "Run the same command again to go on.", ExitCode.Interrupted),
        AggregateException several when several.InnerExceptions.Count > 0 && several.InnerExceptions.All(p => Describe(p).Code != ExitCode.Defect) =>
            Describe(several.InnerExceptions[0]),
        OutOfMemoryException or InsufficientMemoryException => OutOfMemory(problem),
        ExternalException when problem.Message.Contains("allocate memory", StringComparison.OrdinalIgnoreCase) => OutOfMemory(problem),
        ExternalException when problem.Message.Contains("out of memory", StringComparison.OrdinalIgnoreCase) => OutOfMemory(problem),
        IOException io when io.HResult is NoSpaceLeftOnUnix or DiskFullOnWindows =>
            ($"The disk is full: {io.Message}", "Free disk space, or choose another --out folder.", ExitCode.Resources),
        UnauthorizedAccessException =>
            (problem.Message, "Choose another --out folder, or ask for the right to read and write there.", ExitCode.Resources),
        _ => (problem.ToString(), "This is a defect of the program. Please report it with the lines above; they hold no patient data.", ExitCode.Defect),
    };

    private static (string Message, string Remedy, ExitCode Code) OutOfMemory(Exception problem) =>
        ($"Out of memory: {problem.Message.Split('\n')[0]}", "Use a smaller patch or batch (--set trainer.batch_size=2), or a machine with more memory.", ExitCode.Resources);
}
