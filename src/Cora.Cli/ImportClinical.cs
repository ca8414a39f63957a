using System.CommandLine;
using System.Globalization;
using Cora.Cohorts;
using Cora.Ingest;

namespace Cora.Cli;

/// <summary><c>cora import clinical</c>: a clinical table into a cohort that is there.</summary>
internal static class ImportClinical
{
    public static Verb Create()
    {
        var source = new Argument<string>("TABLE") { Description = "CSV with one row a case or patient." };
        var place = new Option<string>("--cohort") { Description = "The cohort whose clinical table, sites and labels are filled.", HelpName = "COHORT", Required = true };
        var dictionary = new Option<string>("--dictionary") { Description = "Data dictionary: which column is which variable, in which unit, with which codes (docs/clinical-tables.md).", HelpName = "FILE.toml", Required = true };
        var salt = new Option<string>("--salt-file") { Description = "The salt that the cohort's names were made with, where the table has the names before that.", HelpName = "FILE", DefaultValueFactory = _ => "" };
        var dryRun = CommonOptions.DryRun();
        var json = CommonOptions.Json("what was filled");
        return new("clinical", "Fills clinical.csv, sites and labels of a cohort from a table of yours. Units are said in the data dictionary and converted, never guessed; values that do not fit stay empty and are listed in clinical-failures.csv.",
            "cora import clinical patients.csv --cohort cohorts/archive --dictionary patients.toml\ncohorts/archive: 790 cases have a row, 22 have none, 140 rows are of others; 9012 values filled, 3 left out")
        {
            Arguments = { source },
            Options = { place, dictionary, salt, dryRun, json },
            Work = call =>
            {
                var cohort = call.Value(place)!;
                var outcome = ClinicalImport.Fill(Cohort.Load(cohort), call.Value(source), call.Value(dictionary)!, call.Value(salt)!, call.Value(dryRun));
                if (call.Value(json)) Json.Write(call.Terminal.Out, outcome);
                else
                {
                    call.Terminal.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
                        $"{cohort}: {outcome.Cases} cases have a row, {outcome.WithoutRow} have none, {outcome.UnknownRows} rows are of others; {outcome.Filled.Values.Sum()} values {(call.Value(dryRun) ? "would be filled" : "filled")}, {outcome.Failures.Count} left out"));
                }

                if (outcome.Failures.Count == 0) return ExitCode.Done;
                call.Say(call.Value(dryRun)
                    ? string.Join('\n', outcome.Failures.Take(20).Select(f => string.Create(CultureInfo.InvariantCulture, $"row {f.Row}: {f.Cause}")))
                    : $"{Path.Combine(cohort, ClinicalImport.FailuresFile)} names each value that was left out, the cause and what to do.");
                return ExitCode.PartlyFailed;
            },
        };
    }
}
