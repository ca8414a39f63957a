using System.CommandLine;
using System.Globalization;
using Cora.Experiments;
using Cora.Phantom;

namespace Cora.Cli;

/// <summary><c>cora phantom</c>: a digital CCTA cohort with truth.</summary>
internal static class PhantomVerb
{
    public static Verb Create()
    {
        var standard = new PhantomConfig();
        var settings = new SettingsOptions();
        settings.Direct("--cases", "cases", "N", "Number of cases, one a patient.", standard.Cases);
        settings.Direct("--sites", "sites", "N", "Number of hospitals, 1 to 6; the first is internal, the others scan with other contrast, noise and kernels.", standard.Sites);
        settings.Direct(CommonOptions.Seed(standard.Seed), "seed");
        settings.Direct("--size", "size", "N", "Voxels a side.", standard.Size);
        settings.Direct("--spacing-mm", "spacing_mm", "MM", "Voxel spacing in millimetres; 0 keeps the tier's field of view at any size.", standard.SpacingMm);
        settings.Direct("--tier", "tier", "prominent|subtle", "How visible the disease is.", SettingsWord(standard.Tier));
        var output = CommonOptions.Out("Folder of the new cohort.");
        var dicom = new Option<bool>("--dicom") { Description = "Also write each scan as DICOM slices, dicom/CASE, as a hospital's archive would hold it." };
        var threads = CommonOptions.Threads();
        var overwrite = CommonOptions.Overwrite();
        var dryRun = CommonOptions.DryRun();
        var listening = new Listening();
        var verb = new Verb("phantom", "Makes a digital CCTA cohort: hearts with coronary trees, plaques, stenoses, clinical table, reports and outcomes, all known. Same seed, same bytes.",
            "cora phantom --out cohorts/phantom --cases 60 --sites 3 --seed 1\nwrites cohorts/phantom with cohort.json, cases.csv, clinical.csv, lesions.csv, images, masks and reports")
        {
            Work = call => Make(call, settings.Load<PhantomConfig>(call), call.Value(output)!, call.Value(dicom), call.Value(threads), call.Value(overwrite), call.Value(dryRun), listening),
        };
        foreach (var option in (IEnumerable<Option>)[output, dicom, .. settings.All, threads, overwrite, dryRun, .. listening.All]) verb.Add(option);
        return verb;
    }

    private static ExitCode Make(Call call, PhantomConfig config, string folder, bool asDicomToo, int threads, bool overwrite, bool dryRun, Listening listening)
    {
        var voxels = (long)config.Size * config.Size * config.Size;
        if (dryRun)
        {
            call.Say(string.Create(CultureInfo.InvariantCulture,
                $"would write {config.Cases} cases of {config.Size} x {config.Size} x {config.Size} voxels at {config.UsedSpacingMm:0.###} mm to {folder}, up to {config.Cases * voxels * 3 / 1e6:0} MB"));
            call.Terminal.Out.Write(ExperimentFile.Write(config, comments: true));
            return ExitCode.Done;
        }

        using var progress = listening.For(call);
        var cohort = PhantomCohort.Write(config, folder, progress, threads, overwrite, call.Terminal.Stop);
        if (asDicomToo) PhantomDicom.Write(cohort, progress, call.Terminal.Stop);
        return ExitCode.Done;
    }

    private static string SettingsWord(PhantomTier tier) => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(tier.ToString());
}
