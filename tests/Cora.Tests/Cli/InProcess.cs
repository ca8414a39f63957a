using Cora.Cli;

namespace Cora.Tests.Cli;

/// <summary>Runs a command line within the test's process and keeps what it said.</summary>
internal static class InProcess
{
    public static (ExitCode Code, string Output, string Error) Run(params string[] args)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var code = CommandLine.Run(args, output, error, TestContext.Current.CancellationToken);
        return (code, output.ToString(), error.ToString());
    }
}
