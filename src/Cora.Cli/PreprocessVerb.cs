using System.CommandLine;
using System.Globalization;
using Cora.Analysis;
using Cora.Cohorts;
using Cora.Imaging;

namespace Cora.Cli;

/// <summary><c>cora preprocess</c>: a resampled, cropped store that training reads; also one volume to another spacing.</summary>
internal static class PreprocessVerb
{
    public static Verb Create()
    {
        var standard = new PreprocessConfig();
        var settings = new SettingsOptions();
        var place = new Argument<string>("COHORT|VOLUME") { Description = "A cohort's folder, or one volume file." };
        var output = new Option<string>("--out") { Description = "Folder of the new cohort; for one volume the new file (.nii or .nii.gz).", HelpName = "DIR|FILE", Required = true };
        settings.Direct(new Option<double[]>("--spacing-mm")
        {
            Description = "New voxel spacing in millimetres, one number or three (x y z); 0 keeps each scan's own.", HelpName = "MM",
            DefaultValueFactory = _ => [.. standard.SpacingMm], AllowMultipleArgumentsPerToken = true, Arity = new(1, 3),
        }, "spacing_mm");
        settings.Direct("--heart-crop", "heart_crop", "", "Keep only the box round the heart mask and a margin.", standard.HeartCrop);
        settings.Direct("--heart-margin-mm", "heart_margin_mm", "MM", "Margin of the heart's box on each side.", standard.HeartMarginMm);
        settings.Direct("--heart-labels", "heart_labels", "LABELS", "Labels of the heart in the heart files, for example 51 or 44-48; found out when not given.", standard.HeartLabels);
        settings.Direct("--axes", "axes", "keep|patient", "Along which axes the new grid runs: the scan's own, or the patient's.", "keep");
        var heartModel = new Option<string?>("--heart-model") { Description = "Model bundle whose heart localiser looks for hearts that have no mask; without it the one that comes with the program. What it finds is judged by size, and where that is not an adult's heart the whole scan is kept, with a warning.", HelpName = "FILE.cora" };
        var labels = new Option<bool>("--labels") { Description = "Of one volume: it holds labels, so the nearest voxel is taken and nothing is interpolated." };
        var shard = new Option<string>("--shard") { Description = "Do every n-th case beginning with the i-th, so that n machines share the work; the one that finishes last writes the tables.", HelpName = "i/n", DefaultValueFactory = _ => "1/1" };
        var threads = CommonOptions.Threads();
        var overwrite = CommonOptions.Overwrite();
        var dryRun = CommonOptions.DryRun();
        var listening = new Listening();
        var verb = new Verb("preprocess",
            "Makes a cohort of the same cases at one voxel spacing, perhaps cropped to the heart, as uncompressed int16 files from which training reads patches. Stopped at any time, the same command goes on. Cases that cannot be used are listed in failures.csv (exit code 4).",
            "cora preprocess cohorts/archive --out cohorts/archive-05 --spacing-mm 0.5 --heart-crop\nwrites cohorts/archive-05 with the same tables, images as .nii and masks on the new grid")
        {
            Arguments = { place },
            Work = call =>
            {
                var config = settings.Load<PreprocessConfig>(call);
                using var progress = listening.For(call);
                return Directory.Exists(call.Value(place))
                    ? Store(call, config, (call.Value(place), call.Value(output)!, Shard.Parse(call.Value(shard)!), call.Value(threads), call.Value(overwrite), call.Value(dryRun)), call.Value(heartModel), progress)
                    : OneVolume(call, config, call.Value(place), call.Value(output)!, call.Value(labels), call.Value(threads), call.Value(dryRun), progress);
            },
        };
        foreach (var option in (IEnumerable<Option>)[output, .. settings.All, heartModel, labels, shard, threads, overwrite, dryRun, .. listening.All]) verb.Add(option);
        return verb;
    }

    private static ExitCode Store(
        Call call, PreprocessConfig config, (string Source, string Folder, Shard Shard, int Threads, bool Overwrite, bool DryRun) asked, string? heartModel, ProgressLine progress)
    {
        var cohort = Cohort.Load(asked.Source);
        using var hearts = config.HeartCrop && cohort.Cases.Any(c => c.Heart is null) ? BundledHearts.Open(heartModel) : null;
        if (asked.DryRun)
        {
            foreach (var warning in config.Warnings()) call.Say("warning: " + warning);
            call.Terminal.Out.WriteLine($"would write {asked.Folder}: {Preprocess.Forecast(cohort, config, asked.Threads, hearts?.Finder)}");
            return ExitCode.Done;
        }

        var outcome = Preprocess.Run(cohort, config, asked.Folder, asked.Shard, asked.Threads, asked.Overwrite, progress, hearts?.Finder, call.Terminal.Stop);
        call.Terminal.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{asked.Folder}: {outcome.Done} cases done, {outcome.Failed} failed, {outcome.Missing} left to other shards"));
        if (outcome.Failed == 0) return ExitCode.Done;
        call.Say($"{Path.Combine(asked.Folder, "failures.csv")} names each failed case, the cause and what to do; mended cases are taken when the command is run again.");
        return ExitCode.PartlyFailed;
    }

    private static ExitCode OneVolume(Call call, PreprocessConfig config, string path, string output, bool isLabels, int threads, bool dryRun, ProgressLine progress)
    {
        if (config.HeartCrop) throw new CoraException("--heart-crop needs a cohort, whose table names the heart masks.", "Make a cohort with `cora import nifti`, or leave --heart-crop out.", ExitCode.Usage);
        if (!output.EndsWith(".nii", StringComparison.Ordinal) && !output.EndsWith(".nii.gz", StringComparison.Ordinal))
            throw new CoraException($"--out {output} is no NIfTI name.", "For one volume give a file that ends with .nii or .nii.gz.", ExitCode.Usage);
        foreach (var warning in config.Warnings()) progress.Report(new Note(warning, IsWarning: true));
        var grid = VolumeFile.ReadGeometry(path);
        var spacing = config.Spacing ?? grid.Spacing;
        var target = config.Axes == ResampleAxes.Patient ? grid.AlongPatientAxes(spacing) : grid.WithSpacing(spacing);
        call.Terminal.Out.WriteLine($"{(dryRun ? "would write" : "writing")} {output}: {target}");
        if (dryRun) return ExitCode.Done;
        var beyond = config.Axes == ResampleAxes.Patient ? Beyond.FillOutsideCentres : Beyond.Border;
        var workers = threads > 0 ? threads : Environment.ProcessorCount;
        if (isLabels) Nifti.Write(output, Resample.Nearest(VolumeFile.Read<ushort>(path), target, beyond, threads: workers));
        else Nifti.Write(output, Resample.Linear(VolumeFile.Read<short>(path), target, beyond, config.ClipHu[0], workers));
        return ExitCode.Done;
    }
}
