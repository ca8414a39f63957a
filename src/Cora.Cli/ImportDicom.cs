using System.CommandLine;
using System.Globalization;
using Cora.Cohorts;
using Cora.Ingest;

namespace Cora.Cli;

/// <summary><c>cora import dicom</c>: a hospital's archive, de-identified.</summary>
internal static class ImportDicom
{
    public static Verb Create()
    {
        var standard = new DicomImportConfig();
        var settings = new SettingsOptions();
        settings.Direct("--site", "site", "NAME", "Pseudonym of the hospital; made of its name and the salt when not given.", standard.Site);
        settings.Direct("--dates", "dates", "drop|shift", "What becomes of the study's date: it stays behind, or is moved by up to a year, by the same days for all studies of a patient.", "drop");
        settings.Direct("--min-coverage-mm", "min_coverage_mm", "MM", "Series that cover less along the patient are left.", standard.MinCoverageMm);
        settings.Direct("--max-thickness-mm", "max_thickness_mm", "MM", "Series of thicker slices are left.", standard.MaxThicknessMm);
        var source = new Argument<string>("SOURCE") { Description = "A folder tree of DICOM files and zip archives, or one zip archive; it is only read." };
        var output = CommonOptions.Out("Folder of the new cohort.");
        var salt = new Option<string?>("--salt-file") { Description = "Secret of the pseudonyms (16 bytes or more), made when it is not there; COHORT.salt beside the cohort when not given. Keep it: the same file gives the same names.", HelpName = "FILE" };
        var key = new Option<string?>("--key-file") { Description = "Also write which case is which patient, study and folder. This table names patients: keep it where only you can read it.", HelpName = "CSV" };
        var shard = new Option<string>("--shard") { Description = "Do the i-th of n shares of the studies, so that n machines share the work; the one that finishes last writes the tables.", HelpName = "i/n", DefaultValueFactory = _ => "1/1" };
        var threads = CommonOptions.Threads();
        var overwrite = CommonOptions.Overwrite();
        var json = CommonOptions.Json("the counts");
        var listening = new Listening();
        var verb = new Verb("dicom", "CT studies of a DICOM archive: of each study the series fit for CCTA becomes a case; pixels that may name a patient are refused, and nothing leaves the headers but what docs/dicom.md lists.",
            "cora import dicom /archive --out cohorts/archive --dates shift --key-file keys/archive.csv\ncohorts/archive: 790 cases, 22 studies or files left (failures.csv), 790 studies read now")
        {
            Arguments = { source },
            Work = call =>
            {
                var config = settings.Load<DicomImportConfig>(call);
                var folder = call.Value(output)!;
                var places = new DicomImportPlaces(call.Value(source), folder, call.Value(salt) ?? Path.TrimEndingDirectorySeparator(folder) + ".salt", call.Value(key));
                using var progress = listening.For(call);
                var outcome = DicomImport.Run(places, config, Shard.Parse(call.Value(shard)!), call.Value(threads), call.Value(overwrite), progress, call.Terminal.Stop);
                return Tell(call, folder, outcome, call.Value(json));
            },
        };
        foreach (var option in (IEnumerable<Option>)[output, salt, key, .. settings.All, shard, threads, overwrite, json, .. listening.All]) verb.Add(option);
        return verb;
    }

    private static ExitCode Tell(Call call, string folder, DicomImportOutcome outcome, bool asJson)
    {
        if (asJson) Json.Write(call.Terminal.Out, outcome);
        else
        {
            call.Terminal.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{folder}: {outcome.Done} cases, {outcome.Failed} studies or files left, {outcome.Worked} studies read now, {outcome.Others} files that are not DICOM{(outcome.Missing > 0 ? $"; {outcome.Missing} shards are still to be done" : "")}"));
        }

        if (outcome.Failed == 0) return ExitCode.Done;
        call.Say(outcome.Missing > 0
            ? "failures.csv is written by the shard that finishes last."
            : $"{Path.Combine(folder, "failures.csv")} names each study or file that was left, the cause and what to do; mended ones are taken when the command is run again. --key-file tells which they are.");
        return ExitCode.PartlyFailed;
    }
}
