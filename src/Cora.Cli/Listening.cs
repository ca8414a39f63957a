using System.CommandLine;

namespace Cora.Cli;

/// <summary>--quiet and --no-progress, and the listener they make.</summary>
internal sealed class Listening
{
    private readonly Option<bool> quiet = CommonOptions.Quiet();
    private readonly Option<bool> plain = CommonOptions.NoProgress();

    public IEnumerable<Option> All => [quiet, plain];

    /// <summary>A listener for the call; it writes to standard error.</summary>
    public ProgressLine For(Call call) => ProgressLine.For(call.Terminal, call.Value(quiet), call.Value(plain));
}
