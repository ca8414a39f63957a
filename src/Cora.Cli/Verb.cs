using System.CommandLine;

namespace Cora.Cli;

/// <summary>One verb of the program: what it is for, its options, one worked example, and what it does.</summary>
internal sealed class Verb(string name, string purpose, string example) : Command(name, purpose)
{
    /// <summary>A command that can be copied, and below it what comes of it.</summary>
    public string Example { get; } = example;

    /// <summary>Does the work. Problems that a user can mend are <see cref="CoraException"/>s.</summary>
    public required Func<Call, ExitCode> Work { get; init; }
}

/// <summary>One call of a verb: what was asked for, and where to answer.</summary>
internal sealed record Call(ParseResult Asked, Terminal Terminal)
{
    public T? Value<T>(Option<T> option) => Asked.GetValue(option);

    public T Value<T>(Argument<T> argument) => Asked.GetRequiredValue(argument);

    /// <summary>Whether the option stands on the command line, rather than having its default.</summary>
    public bool IsGiven(Option option) => Asked.GetResult(option) is { Implicit: false };

    /// <summary>A fact on standard error.</summary>
    public void Say(string line) => Terminal.Error.WriteLine(line);
}
