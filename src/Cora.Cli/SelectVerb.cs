using System.CommandLine;
using Cora.Cohorts;
using Cora.Ingest;

namespace Cora.Cli;

/// <summary><c>cora select COHORT</c>: exclusion criteria, and the flow chart that they make.</summary>
internal static class SelectVerb
{
    public static Verb Create()
    {
        var place = new Argument<string>("COHORT") { Description = "A cohort's folder." };
        var criteria = new Option<string>("--criteria") { Description = "Exclusion criteria: steps with rules (docs/clinical-tables.md).", HelpName = "FILE.toml", Required = true };
        var dryRun = CommonOptions.DryRun();
        var json = CommonOptions.Json("the flow chart");
        return new("select",
            "Applies exclusion criteria. Excluded cases keep their files and lose their split, excluded.csv says why, and flowchart.json counts every step; other criteria take them in again.",
            "cora select cohorts/archive --criteria criteria.toml\nflow       Scans imported: 812 cases of 790 patients\n             - younger than 18 years: 4 cases of 4 patients")
        {
            Arguments = { place },
            Options = { criteria, dryRun, json },
            Work = call =>
            {
                var chart = Selection.Apply(Cohort.Load(call.Value(place)), call.Value(criteria)!, call.Value(dryRun), warning => call.Say("warning: " + warning));
                if (call.Value(json)) Json.Write(call.Terminal.Out, chart);
                else FlowChartText.Write(chart, call.Terminal.Out);
                return ExitCode.Done;
            },
        };
    }
}
