using System.CommandLine;
using System.Globalization;
using Cora.Cohorts;

namespace Cora.Cli;

/// <summary><c>cora split COHORT</c>: who is learnt from and who is tested on, by patient and hospital.</summary>
internal static class SplitVerb
{
    public static Verb Create()
    {
        var standard = new SplitPlanConfig();
        var place = new Argument<string>("COHORT") { Description = "A cohort's folder." };
        var sites = new Option<string[]>("--internal") { Description = "A site that is learnt from; repeat it for several. All others become the external test. Without it every site is internal.", HelpName = "SITE", DefaultValueFactory = _ => [] };
        var test = new Option<double>("--test") { Description = "Share of the internal labelled patients that is tested on.", HelpName = "SHARE", DefaultValueFactory = _ => standard.Test };
        var validation = new Option<double>("--validation") { Description = "Share of them on which weights and thresholds are chosen.", HelpName = "SHARE", DefaultValueFactory = _ => standard.Validation };
        var seed = CommonOptions.Seed(standard.Seed);
        var overwrite = new Option<bool>("--overwrite") { Description = "Share out anew what has splits already." };
        var dryRun = CommonOptions.DryRun();
        var json = CommonOptions.Json("the number of cases and patients of every split");
        return new("split",
            "Gives every case a split, by patient: no patient stands in two. Patients without a label are for pretraining; of the others, those of internal sites are shared out by the seed, and those of other sites are the external test.",
            "cora split cohorts/archive --internal site-a\ntrain           1554 cases of 1540 patients at 1 site\ninternal_test    444 cases of 440 patients at 1 site")
        {
            Arguments = { place },
            Options = { sites, test, validation, seed, overwrite, dryRun, json },
            Work = call =>
            {
                var cohort = Cohort.Load(call.Value(place));
                var there = cohort.Cases.Count(c => c.Split != Split.None);
                if (there > 0 && !call.Value(overwrite))
                    throw new CoraException($"{there} of {cohort.Cases.Count} cases of {cohort.Folder} have a split already.", "Give --overwrite to share them out anew. Models that were trained on the old splits must then not be tested on the new ones.", ExitCode.Usage);
                var cases = SplitPlan.Of(cohort, new() { InternalSites = call.Value(sites)!, Test = call.Value(test), Validation = call.Value(validation), Seed = call.Value(seed) });
                var groups = FlowChart.GroupsOf(cases);
                var left = cases.Count(c => c.Split == Split.None) - ExcludedCase.Read(cohort.Folder).Count;
                if (left > 0) call.Say($"warning: {left} scans at internal sites belong to patients of the external test and have no split.");
                if (!call.Value(dryRun)) SplitPlan.Write(cohort, cases);
                if (call.Value(json)) Json.Write(call.Terminal.Out, groups);
                else
                {
                    foreach (var group in groups)
                        call.Terminal.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{group.Name,-14} {group.Cases,5} cases of {group.Patients} patients{(group.Sites == 0 ? "" : group.Sites == 1 ? " at 1 site" : $" at {group.Sites} sites")}"));
                }

                return ExitCode.Done;
            },
        };
    }
}
