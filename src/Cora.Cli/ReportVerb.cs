using System.CommandLine;
using Cora.Reporting;

namespace Cora.Cli;

/// <summary><c>cora report DIR</c>: figures and report again from the files; with <c>--compare</c>, methods side by side. Torch is not touched.</summary>
internal static class ReportVerb
{
    public static Verb Create()
    {
        var folder = new Argument<string?>("DIR") { Description = "Folder of a run, or of `cora reproduce`.", Arity = ArgumentArity.ZeroOrOne };
        var compare = new Option<string[]>("--compare")
        {
            Description = "A method and a fine-tuned run of it. Repeat it for every method, and with one NAME for several seeds or numbers of training cases.", HelpName = "NAME=RUN",
        };
        var output = new Option<string?>("--out") { Description = "Where the comparison is written; needed with --compare.", HelpName = "DIR" };
        return new("report", "Makes the figures and the report of a run again from its files, or compares fine-tuned runs of one task on the same test cases.",
            "cora report --compare CORA=runs/plaque-cora --compare scratch=runs/plaque-scratch --out comparison\nwrites comparison/report.html and the figures, scores and tests beside it")
        {
            Arguments = { folder },
            Options = { compare, output },
            Work = call =>
            {
                var (place, methods, target) = (call.Asked.GetValue(folder), call.Value(compare) ?? [], call.Value(output));
                if (place is null == (methods.Length == 0))
                    throw new CoraException(place is null ? "Neither a folder nor --compare is given." : "A folder and --compare are given together.", "Give DIR for one report, or --compare NAME=RUN several times with --out DIR.", ExitCode.Usage);
                if ((methods.Length > 0) != target is not null)
                    throw new CoraException(target is null ? "A comparison needs a folder to be written to." : "--out is for comparisons; the report of DIR is written there.", "Give --compare and --out together.", ExitCode.Usage);
                call.Terminal.Out.WriteLine(methods.Length > 0 ? FinetuneReport.Compare(Methods(methods), target!)
                    : ReproductionReport.IsOne(place!) ? ReproductionReport.Write(place!) : RunReport.Write(place!));
                return ExitCode.Done;
            },
        };
    }

    private static IReadOnlyList<MethodRuns> Methods(string[] given)
    {
        var pairs = given.Select(g => g.IndexOf('=', StringComparison.Ordinal) is > 0 and var at && at < g.Length - 1
            ? (Name: g[..at], Run: Path.TrimEndingDirectorySeparator(g[(at + 1)..]))
            : throw new CoraException($"--compare {g} is not NAME=RUN.", "Write for example --compare CORA=runs/plaque-cora.", ExitCode.Usage)).ToArray();
        if (pairs.GroupBy(p => Path.GetFullPath(p.Run)).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new CoraException($"{twice.First().Run} is given {twice.Count()} times.", "Give each run once.", ExitCode.Usage);
        return [.. pairs.GroupBy(p => p.Name).Select(g => new MethodRuns(g.Key, [.. g.Select(p => p.Run)]))];
    }
}
