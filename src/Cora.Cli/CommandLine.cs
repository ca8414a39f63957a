using System.CommandLine;
using System.CommandLine.Help;
using System.Globalization;
using Cora.Experiments;

namespace Cora.Cli;

/// <summary>The program: finds the verb, has it do its work, and turns whatever happens into an exit code.</summary>
internal static class CommandLine
{
    /// <summary>Runs one command line and never throws. For tests, with writers in place of a terminal.</summary>
    public static ExitCode Run(string[] args, TextWriter output, TextWriter error, CancellationToken stop = default) =>
        Run(args, new Terminal(output, error, IsLive: false, TimeProvider.System, stop));

    /// <summary>Runs one command line and never throws. Numbers have a decimal point, whatever the machine's language.</summary>
    public static ExitCode Run(string[] args, Terminal terminal)
    {
        var ofTheMachine = CultureInfo.CurrentCulture;
        try
        {
            // The parser of options takes numbers as the current culture writes them: 0.5 would not be a number in German.
            CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;

            // Answered before anything is built or loaded: scripts ask this often.
            if (args is ["--version"])
            {
                terminal.Out.WriteLine($"cora {BuildInfo.Description}");
                return ExitCode.Done;
            }

            return Dispatch(args, terminal);
        }
        catch (Exception problem)
        {
            return Failures.Tell(problem, terminal.Error);
        }
        finally
        {
            CultureInfo.CurrentCulture = ofTheMachine;
        }
    }

    /// <summary>Every verb, in the order of the help.</summary>
    internal static RootCommand Build()
    {
        var root = new RootCommand("CORA: pathology-synthesis pretraining and analysis of coronary CT angiography. Research software, not a medical device.");
        root.Options.Clear();
        root.Directives.Clear();
        root.Add(new Option<bool>("--version") { Description = "Print version and commit." });
        root.Add(new HelpOption("--help", "-h") { Description = "Print purpose, options with defaults and units, and an example.", Recursive = true });
        foreach (var verb in Catalogue.Verbs()) root.Add(verb);
        return root;
    }

    private static ExitCode Dispatch(string[] args, Terminal terminal)
    {
        var root = Build();
        var parsed = root.Parse(args, new() { ResponseFileTokenReplacer = null });
        var command = parsed.CommandResult.Command;
        if (parsed.GetResult("--help") is { } help && !help.Tokens.Any() && parsed.Tokens.Any(t => t.Value is "--help" or "-h"))
        {
            HelpPage.Write(command, terminal.Out);
            return ExitCode.Done;
        }

        if (parsed.Errors.Count > 0) return Refuse(parsed, terminal.Error);
        if (command is Verb verb) return verb.Work(new(parsed, terminal));

        HelpPage.Write(command, terminal.Error);
        return ExitCode.Usage;
    }

    private static ExitCode Refuse(ParseResult parsed, TextWriter error)
    {
        var command = parsed.CommandResult.Command;
        foreach (var message in parsed.Errors.Select(e => e.Message).Distinct()) error.WriteLine(message);
        var words = command.Options.Select(o => o.Name).Concat(command.Subcommands.Select(c => c.Name)).ToList();
        var guesses = parsed.UnmatchedTokens.Select(token => Spelling.Nearest(token, words)).OfType<string>().Distinct().ToList();
        var name = HelpPage.NameOf(command);
        error.WriteLine(guesses.Count > 0 ? $"Did you mean {string.Join(", ", guesses)}? `{name} --help` lists all." : $"`{name} --help` shows what is possible, with an example.");
        return ExitCode.Usage;
    }
}
