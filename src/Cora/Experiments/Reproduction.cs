using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Cora.Cohorts;
using Cora.Evaluation;
using Cora.Imaging;
using Cora.Phantom;
using Cora.Reporting;

namespace Cora.Experiments;

/// <summary>
/// The paper from one command: a cohort, the lesion engine, the pretraining, response maps, figures and one report. Steps meet through files;
/// a finished step is not repeated, and an interrupted one goes on.
/// </summary>
public sealed class Reproduction
{
    /// <summary>What is not made yet, said in the output and the report.</summary>
    public const string ToCome =
        "Still to come in later versions: the peers (MAE, VolumeFusion, VoCo), plaque characterisation, stenosis detection, artery segmentation, MACE risk, and with them Tables 1 to S3 and Fig. 2 to 5.";

    private static readonly JsonSerializerOptions Json = new(CohortDescription.Json) { Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) } };
    private static readonly Split[] TestSplits = [Split.InternalTest, Split.ExternalTest];

    private readonly ReproductionPreset preset;
    private readonly string folder;
    private readonly string cohortFolder;
    private readonly TimeProvider clock;
    private readonly PretrainExperiment pretraining;

    /// <param name="preset">Sizes.</param>
    /// <param name="folder">Where everything is written.</param>
    /// <param name="cohort">A cohort's folder; null makes the preset's phantoms.</param>
    /// <param name="device">Where torch computes.</param>
    /// <param name="threads">Threads; 0 takes every core.</param>
    /// <param name="clock">For provenance.</param>
    /// <exception cref="CoraException">The preset needs a cohort and none is given; or the folder holds another reproduction.</exception>
    public Reproduction(ReproductionPreset preset, string folder, string? cohort, string device, int threads, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(preset);
        if (cohort is null && preset.Phantom is null)
            throw new CoraException($"The preset {preset.Name} works on a cohort of your own.", "Give --cohort COHORT, or choose --preset smoke.", ExitCode.Usage);
        (this.preset, this.folder, this.clock) = (preset, folder, clock);
        cohortFolder = cohort ?? Path.Combine(folder, "cohort");
        pretraining = preset.Pretraining with { Cohort = cohortFolder, Device = device, Threads = threads };
        RefuseOther(cohort);
    }

    private string PreviewFolder => Path.Combine(folder, "synthesis");

    private string RunPath => Path.Combine(folder, "pretrain-cora");

    private string ResponsesFolder => Path.Combine(folder, "responses");

    private string ReportPath => Path.Combine(folder, "report.html");

    /// <summary>The steps.</summary>
    public Chain Steps()
    {
        List<ChainStep> steps = [];
        if (preset.Phantom is { } phantom && cohortFolder == Path.Combine(folder, "cohort"))
        {
            steps.Add(new("phantom", string.Create(CultureInfo.InvariantCulture, $"cohort/, {phantom.Cases} digital patients of {phantom.Sites} sites"), 0.08 * phantom.Cases, () => File.Exists(Path.Combine(cohortFolder, "cohort.json")),
                (progress, stop) => PhantomCohort.Write(phantom, cohortFolder, progress, pretraining.Threads, false, stop)));
        }

        steps.Add(new("lesion engine", string.Create(CultureInfo.InvariantCulture, $"synthesis/, {preset.PreviewPatches} patches and contact sheets"), 3, () => Directory.Exists(PreviewFolder),
            (progress, stop) => SynthesisPreview.Write(pretraining, Cohort.Load(cohortFolder), null, preset.PreviewPatches, PreviewFolder, clock, progress, stop)));
        steps.Add(new("pretraining", string.Create(CultureInfo.InvariantCulture, $"pretrain-cora/, {pretraining.Trainer.Steps} steps"), preset.SecondsAStep * pretraining.Trainer.Steps, IsPretrained, Pretrain));
        steps.Add(new("response maps", string.Create(CultureInfo.InvariantCulture, $"responses/, {preset.ResponseCases} cases of each test split"), 2 * preset.ResponseCases * 5, () => File.Exists(Path.Combine(ResponsesFolder, "responses.csv")), Respond));
        steps.Add(new("report", "report.html and the figures behind it", 5, () => File.Exists(ReportPath), (_, _) => ReproductionReport.Write(folder)));
        return new(steps);
    }

    private bool IsPretrained() => File.Exists(Path.Combine(RunPath, "learning.json"));

    private void Pretrain(IProgress<RunEvent>? progress, CancellationToken stop)
    {
        if (!PretrainRun.Go(pretraining, RunPath, overwrite: false, clock, progress, stop)) throw new OperationCanceledException(stop);
    }

    private void Respond(IProgress<RunEvent>? progress, CancellationToken stop)
    {
        var cohort = Cohort.Load(cohortFolder);
        var cases = TestSplits.SelectMany(split => cohort.Of(split).Take(preset.ResponseCases)).ToArray();
        if (cases.Length == 0) progress?.Report(new Note("The cohort has no test cases: no response map is made.", IsWarning: true));
        var rows = new List<IReadOnlyList<object?>>();
        foreach (var row in cases)
        {
            stop.ThrowIfCancellationRequested();
            var place = Path.Combine(ResponsesFolder, row.CaseId);
            if (!File.Exists(Path.Combine(place, "response.json")))
            {
                using var explain = new ExplainRun(new(RunPath, cohort.PathOf(row.Image), pretraining.Device, pretraining.Threads));
                explain.Write(place, progress, stop);
            }

            rows.Add(ResponseMeasures.Of(cohort, row, Path.Combine(place, "response.nii.gz")));
        }

        Table.Write(Path.Combine(ResponsesFolder, "responses.csv"), ResponseMeasures.Columns, rows);
    }

    /// <summary>Keeps a folder to one reproduction, and tells the report what is in it.</summary>
    private void RefuseOther(string? cohort)
    {
        var path = Path.Combine(folder, "reproduction.json");
        var isPhantom = cohort is null || Cohort.Load(cohort).Description.IsPhantom;
        var text = JsonSerializer.Serialize(new
        {
            preset.Name, preset.Purpose, Cohort = cohort ?? "cohort", IsPhantom = isPhantom, Caveat = isPhantom ? PhantomCohort.Caveat : null, ToCome,
            Settings = new { preset.Phantom, Pretraining = preset.Pretraining with { Cohort = null }, preset.PreviewPatches, preset.ResponseCases },
        }, Json) + "\n";
        if (!File.Exists(path))
        {
            if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
                throw new CoraException($"{folder} holds other files and no reproduction.", "Choose an empty or new --out folder.", ExitCode.Usage);
            pending = () => Atomically.WriteText(path, text);
            return;
        }

        if (File.ReadAllText(path) != text)
            throw new CoraException($"{folder} holds a reproduction of another preset, cohort or version.", "Choose another --out folder.", ExitCode.Usage);
    }

    private Action? pending;

    /// <summary>Does what is not done.</summary>
    /// <exception cref="OperationCanceledException">It was stopped; the same call goes on.</exception>
    public void Run(IProgress<RunEvent>? progress, CancellationToken stop)
    {
        pending?.Invoke();
        Steps().Run(progress, stop);
        progress?.Report(new Note(ToCome));
    }
}

/// <summary>How a response map meets the truth of a case, where there is one (PHANTOM section 3.4).</summary>
internal static class ResponseMeasures
{
    public static IReadOnlyList<string> Columns { get; } =
    [
        "case_id", "site", "split", "calcified_voxels", "calcified_share_above_half", "calcified_auroc_in_arteries",
        "non_calcified_voxels", "non_calcified_share_above_half", "non_calcified_auroc_in_arteries", "other_voxels_above_half",
    ];

    /// <summary>Plaque voxels against all other voxels of artery or plaque; what is not defined stays empty.</summary>
    public static IReadOnlyList<object?> Of(Cohort cohort, CaseRow row, string responsePath)
    {
        var response = VolumeFile.Read<float>(responsePath);
        var plaques = row.Plaques is null ? null : VolumeFile.Read<byte>(cohort.PathOf(row.Plaques));
        var arteries = row.Arteries is null ? null : VolumeFile.Read<byte>(cohort.PathOf(row.Arteries));
        List<object?> measures = [row.CaseId, row.Site, CohortFiles.WordOf(row.Split)];
        foreach (byte label in new byte[] { 1, 2 })
        {
            if (plaques is null || arteries is null)
            {
                measures.AddRange([null, null, null]);
                continue;
            }

            var (scores, isPlaque) = (new List<double>(), new List<bool>());
            var (count, above) = (0, 0);
            for (var i = 0; i < response.Voxels.Length; i++)
            {
                var plaque = plaques.Voxels[i];
                if (plaque == label)
                {
                    count++;
                    if (response.Voxels[i] > 0.5f) above++;
                }

                // The other kind of plaque is neither right nor wrong here.
                if (plaque == label || (plaque == 0 && arteries.Voxels[i] > 0))
                {
                    scores.Add(response.Voxels[i]);
                    isPlaque.Add(plaque == label);
                }
            }

            measures.Add(count);
            measures.Add(count == 0 ? null : (double)above / count);
            measures.Add(count == 0 || isPlaque.All(p => p) ? null : Roc.Area([.. scores], [.. isPlaque]));
        }

        var others = 0;
        for (var i = 0; i < response.Voxels.Length; i++) if (response.Voxels[i] > 0.5f && (plaques is null || plaques.Voxels[i] == 0)) others++;
        measures.Add(others);
        return measures;
    }
}
