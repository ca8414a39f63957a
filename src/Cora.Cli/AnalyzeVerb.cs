using System.CommandLine;
using System.Globalization;
using Cora.Analysis;
using Cora.Imaging;
using Cora.Ingest;

namespace Cora.Cli;

/// <summary><c>cora analyze</c>: one scan to masks, maps, probabilities and a page to read.</summary>
internal static class AnalyzeVerb
{
    public static Verb Create()
    {
        var scan = new Argument<string>("SCAN") { Description = "One scan: NIfTI, NRRD or MetaImage in HU, or the folder, zip archive or file of a DICOM study, of which the series that suits a CCTA best is read." };
        var output = CommonOptions.Out("Folder of the answers, written whole or not at all.");
        var model = new Option<string?>("--model") { Description = "Model bundle; without it the one that comes with the program, which has seen digital phantoms only.", HelpName = "FILE.cora" };
        var heart = new Option<string?>("--heart") { Description = "Heart mask on any grid, in place of the bundle's own localiser.", HelpName = "FILE" };
        var force = new Option<bool>("--force") { Description = "Go on with a scan that the checks refuse. Every output says so." };
        var device = CommonOptions.Device();
        var threads = CommonOptions.Threads();
        var overwrite = CommonOptions.Overwrite();
        var dryRun = CommonOptions.DryRun();
        var json = CommonOptions.Json("everything that was found");
        var listening = new Listening();
        var verb = new Verb("analyze",
            "Reads one contrast-enhanced CT of the heart: checks that it is one (exit code 3 with the reasons if not), then arteries, abnormality response, plaque probabilities, candidates of stenoses and a table by vessel, as NIfTI on the scan's own grid, result.json, report.html and report.pdf. Research software, not a medical device.",
            "cora analyze scan.nii.gz --out analyses/scan\nwrites analyses/scan with report.html, report.pdf, result.json, masks and maps")
        {
            Arguments = { scan },
            Options = { output, model, heart, force, device, threads, overwrite, dryRun, json },
            Work = call =>
            {
                var (path, folder) = (call.Value(scan), call.Value(output)!);
                if (Directory.Exists(folder) && !call.Value(overwrite)) throw new CoraException($"{folder} is there already.", "Choose another --out folder, or --overwrite.", ExitCode.Usage);
                var isDicom = InspectDicom.IsOne(path);
                using var bundle = ModelBundle.Open(BundleOf(call.Value(model)));
                if (bundle.Manifest.PhantomOnly) call.Say($"{bundle.Manifest.Name}: these models have seen digital phantoms only, no patient.");
                if (call.Value(dryRun))
                {
                    call.Terminal.Out.WriteLine($"would analyse {(isDicom ? DicomSeries.GeometryOf(DicomScan.Of(path, new(), call.Terminal.Stop).Stack) : VolumeFile.ReadGeometry(path))} into {folder} with {string.Join(", ", bundle.Manifest.Models.Select(m => BundleManifest.WordOf(m.Role)))}");
                    return ExitCode.Done;
                }

                using var progress = listening.For(call);
                var result = new ScanAnalysis(bundle, new(path, isDicom, call.Value(heart), call.Value(force), call.Value(device)!, call.Value(threads)), progress, call.Terminal.Stop).Write(folder);
                if (call.Value(json)) Json.Write(call.Terminal.Out, result);
                else Print(call.Terminal.Out, folder, result);
                return ExitCode.Done;
            },
        };
        foreach (var option in listening.All) verb.Add(option);
        return verb;
    }

    /// <summary>The bundle that was asked for, or the one that comes with the program.</summary>
    internal static string BundleOf(string? asked) => asked ?? (File.Exists(ModelBundle.ShippedPath)
        ? ModelBundle.ShippedPath
        : throw new CoraException("This build has no model bundle of its own.", "Give one with --model FILE.cora; `cora bundle` makes it.", ExitCode.Usage));

    private static void Print(TextWriter to, string folder, AnalysisResult result)
    {
        string Number(double? value, string format = "0.00") => value is { } v ? v.ToString(format, CultureInfo.InvariantCulture) : "-";
        to.WriteLine(result.Notice);
        foreach (var check in result.Quality) to.WriteLine($"{check.State.ToString().ToLowerInvariant(),-8} {check.Check,-14} {check.Found}");
        to.WriteLine(result.Arteries.Reason ?? $"arteries  {Number(result.Arteries.VolumeMm3, "0")} mm3 in {result.Arteries.Pieces} pieces{(result.Arteries.Warning is { } warning ? $"; warning: {warning}" : "")}");
        foreach (var plaque in result.Plaque) to.WriteLine($"plaque    {plaque.Target} {Number(plaque.Probability)}");
        to.WriteLine($"stenoses  {(result.Stenosis.Reason is { } reason ? $"none: {reason}" : $"{result.Stenosis.Candidates.Count} candidates")}");
        to.WriteLine($"read {Path.Combine(folder, "report.html")}");
    }
}
