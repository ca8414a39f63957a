using System.CommandLine;

namespace Cora.Cli;

/// <summary>The options that several verbs share, with one meaning each. Every call makes a new one.</summary>
internal static class CommonOptions
{
    public static Option<string> Out(string what) => new("--out") { Description = what, HelpName = "DIR", Required = true };

    public static Option<string> Device() => new("--device")
    {
        Description = "Where torch computes: auto takes the first of cuda, mps and cpu that works.",
        HelpName = "auto|cpu|cuda[:N]|mps",
        DefaultValueFactory = _ => "auto",
    };

    public static Option<int> Threads() => new("--threads")
    {
        Description = "Threads that compute; 0 takes every core.",
        HelpName = "N",
        DefaultValueFactory = _ => 0,
        Validators = { result => Refuse(result.GetValueOrDefault<int>() < 0, result, "--threads needs a number of threads, 0 or more.") },
    };

    public static Option<long> Seed(long standard) => new("--seed")
    {
        Description = "Root of all chance: the same seed gives the same result.", HelpName = "N", DefaultValueFactory = _ => standard,
    };

    public static Option<string?> Config() => new("--config") { Description = "Experiment file (TOML). Without it the paper's values hold.", HelpName = "FILE.toml" };

    public static Option<string[]> Set() => new("--set")
    {
        Description = "One setting over the file's, for example --set trainer.steps=200; may be repeated. `cora settings` lists all.",
        HelpName = "KEY=VALUE",
        DefaultValueFactory = _ => [],
    };

    public static Option<bool> Overwrite() => new("--overwrite") { Description = "Repeat finished work, in place of what is there." };

    public static Option<bool> DryRun() => new("--dry-run") { Description = "Check everything, say what would be done and what it needs, write nothing." };

    public static Option<bool> Quiet() => new("--quiet") { Description = "No progress and no notes on standard error, only problems." };

    public static Option<bool> NoProgress() => new("--no-progress") { Description = "No living progress line, a plain line now and then. Implied when standard error is no terminal." };

    public static Option<bool> Json(string what) => new("--json") { Description = $"Print {what} as one JSON document on standard output." };

    private static void Refuse(bool wrong, System.CommandLine.Parsing.SymbolResult result, string message)
    {
        if (wrong) result.AddError(message);
    }
}
