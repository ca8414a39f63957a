using System.CommandLine;
using Cora.Reporting;

namespace Cora.Cli;

/// <summary><c>cora report DIR</c>: figures and report again from the files; torch is not touched.</summary>
internal static class ReportVerb
{
    public static Verb Create()
    {
        var folder = new Argument<string>("DIR") { Description = "Folder of a run, or of `cora reproduce`." };
        var verb = new Verb("report", "Makes the figures and the report of a run again from its files.", "cora report runs/smoke\nwrites runs/smoke/report.html and the figures beside it")
        {
            Arguments = { folder },
            Work = call =>
            {
                var place = call.Value(folder);
                call.Terminal.Out.WriteLine(ReproductionReport.IsOne(place) ? ReproductionReport.Write(place) : RunReport.Write(place));
                return ExitCode.Done;
            },
        };
        return verb;
    }
}
