using System.CommandLine;
using System.CommandLine.Help;
using System.Globalization;

namespace Cora.Cli;

/// <summary>The help of the program and of each verb: purpose, usage, options with defaults and units, one worked example.</summary>
internal static class HelpPage
{
    private const int Width = 110;

    public static void Write(Command command, TextWriter to)
    {
        Paragraph(to, command.Description ?? "");
        to.WriteLine();
        to.WriteLine($"Usage: {Usage(command)}");
        Section(to, command is RootCommand ? "Verbs" : "Objects", command.Subcommands.Select(c => (c.Name, c.Description ?? "")));
        Section(to, "Arguments", command.Arguments.Select(a => (Shown(a), a.Description ?? "")));
        Section(to, "Options", command.Options.Where(o => o is not HelpOption).Select(Row).Append(("-h, --help", "Print this help.")));
        to.WriteLine();
        to.WriteLine("Example:");
        foreach (var line in (command is Verb verb ? verb.Example : "./cora reproduce --preset smoke --out runs/smoke").Split('\n'))
            to.WriteLine($"  {line}");
        if (command is RootCommand) to.WriteLine("\n`cora VERB --help` tells more about a verb. Exit codes: " + ExitCodes());
    }

    /// <summary>What one types to reach a command: <c>cora evaluate classification</c>.</summary>
    public static string NameOf(Command command) =>
        command is RootCommand ? "cora" : $"{(command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? NameOf(parent) : "cora")} {command.Name}";

    private static string Usage(Command command)
    {
        if (command is RootCommand) return "cora VERB [OBJECT] [--option value ...]";
        if (command.Subcommands.Count > 0) return $"{NameOf(command)} {string.Join('|', command.Subcommands.Select(c => c.Name))} [options]";
        var required = command.Options.Where(o => o.Required).Select(o => $"{o.Name} {ValueName(o)}");
        return string.Join(' ', [NameOf(command), .. command.Arguments.Select(Shown), .. required, "[options]"]);
    }

    private static string Shown(Argument argument) => argument.Arity.MinimumNumberOfValues == 0 ? $"[{argument.Name}]" : argument.Name;

    private static (string, string) Row(Option option)
    {
        var name = string.Join(", ", option.Aliases.OrderBy(a => a.Length).Append(option.Name));
        return ($"{name} {ValueName(option)}".TrimEnd(), $"{option.Description}{Default(option)}");
    }

    private static string ValueName(Option option) => option.ValueType == typeof(bool) ? "" : option.HelpName ?? "VALUE";

    private static string Default(Option option)
    {
        if (option.Required) return " (required)";
        if (!option.HasDefaultValue || option.ValueType == typeof(bool)) return "";
        return Spelled(option.GetDefaultValue()) is { Length: > 0 } value ? $" (default: {value})" : "";
    }

    private static string ExitCodes() =>
        string.Join(", ", Enum.GetValues<ExitCode>().Select(code => string.Create(CultureInfo.InvariantCulture, $"{(int)code} {Words(code)}"))) + ".";

    private static string Words(ExitCode code) => code switch
    {
        ExitCode.Done => "done",
        ExitCode.Defect => "defect in the program",
        ExitCode.Usage => "wrong usage or configuration",
        ExitCode.Input => "an input is unusable",
        ExitCode.PartlyFailed => "some cases failed, the others are done (failures.csv)",
        ExitCode.Resources => "out of memory or disk",
        ExitCode.Interrupted => "interrupted, run the same command again",
        ExitCode.Verification => "a verification failed",
        _ => throw new ArgumentOutOfRangeException(nameof(code), code, "no such exit code"),
    };

    /// <summary>A default as a user would type it; several values stand side by side.</summary>
    private static string? Spelled(object? value) => value is System.Collections.IEnumerable several and not string
        ? string.Join(' ', several.Cast<object?>().Select(v => Convert.ToString(v, CultureInfo.InvariantCulture)))
        : Convert.ToString(value, CultureInfo.InvariantCulture);

    private static void Section(TextWriter to, string title, IEnumerable<(string Name, string Text)> rows)
    {
        var all = rows.ToList();
        if (all.Count == 0) return;
        to.WriteLine();
        to.WriteLine($"{title}:");
        var column = Math.Min(34, all.Max(r => r.Name.Length)) + 4;
        foreach (var (name, text) in all)
        {
            var lines = Wrap(text, Width - column).ToList();
            if (name.Length + 4 > column)
            {
                to.WriteLine($"  {name}");
            }
            else
            {
                to.WriteLine($"  {name.PadRight(column - 2)}{lines.FirstOrDefault()}".TrimEnd());
                lines = [.. lines.Skip(1)];
            }

            foreach (var line in lines) to.WriteLine(new string(' ', column) + line);
        }
    }

    private static void Paragraph(TextWriter to, string text)
    {
        foreach (var line in Wrap(text, Width)) to.WriteLine(line);
    }

    private static IEnumerable<string> Wrap(string text, int width)
    {
        var line = "";
        foreach (var word in text.Split(' '))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > width)
            {
                yield return line;
                line = "";
            }

            line = line.Length == 0 ? word : $"{line} {word}";
        }

        yield return line;
    }
}
