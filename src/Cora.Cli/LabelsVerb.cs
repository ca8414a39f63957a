using System.CommandLine;
using System.Globalization;
using Cora.Cohorts;
using Cora.Ingest;
using Cora.Radiology;

namespace Cora.Cli;

/// <summary><c>cora labels COHORT|REPORT</c>: labels from radiology reports, each with the sentence that made it.</summary>
internal static class LabelsVerb
{
    public static Verb Create()
    {
        var place = new Argument<string?>("COHORT|REPORT") { Description = "A cohort whose cases have reports, or one text file, which is only shown.", Arity = ArgumentArity.ZeroOrOne };
        var rules = new Option<string?>("--rules") { Description = "Rules in place of those that the program ships.", HelpName = "FILE.toml" };
        var print = new Option<bool>("--print-rules") { Description = "Print the rules, as a file to edit." };
        var overwrite = new Option<bool>("--overwrite") { Description = "Labels that stand in cases.csv give way to the reports; else only empty fields are filled." };
        var dryRun = CommonOptions.DryRun();
        var json = CommonOptions.Json("what was found");
        var listening = new Listening();
        var verb = new Verb("labels",
            "Reads calcified and non-calcified plaque, stenosis, CAD-RADS, stents and bypass grafts from reports by rules. What a report does not say, doubts or contradicts stays empty. Fills cases.csv and writes labels.csv with the sentences.",
            "cora labels cohorts/archive --dry-run\ncalcified_plaque      212 yes, 98 no, 11 in doubt, 3 contradictory, 40 not stated")
        {
            Arguments = { place },
            Options = { rules, print, overwrite, dryRun, json },
            Work = call =>
            {
                var used = call.Value(rules) is { } path ? ReportRules.Load(path) : ReportRules.Standard;
                if (call.Value(print))
                {
                    call.Terminal.Out.Write(used.Text);
                    return ExitCode.Done;
                }

                var what = call.Asked.GetValue(place) ?? throw new CoraException("There is nothing to read.", "Give a cohort's folder or a report, or --print-rules.", ExitCode.Usage);
                using var progress = listening.For(call);
                return Directory.Exists(what)
                    ? OfCohort(call, CohortLabels.Fill(Cohort.Load(what), used, call.Value(overwrite), call.Value(dryRun), progress, call.Terminal.Stop), call.Value(json), call.Value(dryRun))
                    : OfReport(call, what, used, call.Value(json));
            },
        };
        foreach (var option in listening.All) verb.Add(option);
        return verb;
    }

    private static ExitCode OfCohort(Call call, LabelOutcome outcome, bool asJson, bool dryRun)
    {
        if (asJson)
        {
            Json.Write(call.Terminal.Out, outcome);
            return ExitCode.Done;
        }

        foreach (var t in outcome.Tallies)
            call.Terminal.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{t.Label,-21} {t.Ones} yes, {t.Zeros} no, {t.InDoubt} in doubt, {t.Contradictory} contradictory, {t.NotStated} not stated"));
        call.Terminal.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{outcome.Reports} reports; {outcome.Filled} fields of cases.csv {(dryRun ? "would be" : "were")} written, {outcome.Kept} differ and are kept{(outcome.Kept > 0 ? " (--overwrite takes the reports')" : "")}"));
        return ExitCode.Done;
    }

    private static ExitCode OfReport(Call call, string path, ReportRules rules, bool asJson)
    {
        if (!File.Exists(path)) throw new CoraException($"There is no cohort and no report {path}.", "Check the path.");
        var labels = new ReportLabeller(rules).Read(File.ReadAllText(path));
        if (asJson)
        {
            Json.Write(call.Terminal.Out, labels);
            return ExitCode.Done;
        }

        foreach (var label in labels.Labels)
        {
            call.Terminal.Out.WriteLine($"{label.Name,-21} {label.Value ?? "-",-3} {CohortLabels.WordOf(label.Status).Replace('_', ' ')}");
            foreach (var e in label.Evidence) call.Terminal.Out.WriteLine($"    {e.Finding} {e.How} ({(e.Vessels.Count > 0 ? string.Join(' ', e.Vessels) + ", " : "")}{e.Section}): {e.Sentence}");
        }

        return ExitCode.Done;
    }
}
