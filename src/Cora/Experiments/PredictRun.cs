using System.Text.Json;
using Cora.Cohorts;
using Cora.Imaging;
using Cora.Reporting;

namespace Cora.Experiments;

/// <summary>What came of predicting a cohort.</summary>
/// <param name="Done">Cases that are predicted.</param>
/// <param name="Failed">Cases that could not be; failures.csv says why.</param>
/// <param name="Summary">What predict.json says.</param>
public sealed record PredictOutcome(int Done, int Failed, PredictSummary Summary);

/// <summary>predict.json: which model, and what to keep in mind.</summary>
public sealed record PredictSummary(string Task, IReadOnlyList<string> WeightsSha256, bool PhantomOnly, int Cases, IReadOnlyList<ScanSummary> Scans, string Notice);

/// <summary>What was predicted of one scan.</summary>
public sealed record ScanSummary(string Case, IReadOnlyDictionary<string, double>? Probabilities, string? Mask, IReadOnlyList<PredictedLesion>? Lesions);

/// <summary>
/// Leads a fine-tuned model over scans: probabilities into predictions.csv, artery masks into arteries/, numbered lesions into stenoses/ and lesions.csv. A mask that
/// lies there is not made again. Where the output folder is the cohort itself and it has no artery masks, they become part of it, so that pretraining can use it.
/// </summary>
public sealed class PredictRun(TrainedModel model, string folder, IProgress<RunEvent>? progress, CancellationToken stop)
{
    private static readonly string[] LesionHeader = ["case_id", "lesion", "voxels", "volume_mm3", "x_mm", "y_mm", "z_mm", "probability"];

    private string Notice => Sheet.Notice + (model.Model.PhantomOnly ? " This model has seen digital phantoms only, no patient." : "");

    private string? MaskFolder => model.Task switch { FinetuneTask.Arteries => "arteries", FinetuneTask.Stenosis => "stenoses", _ => null };

    /// <summary>Predicts one scan.</summary>
    /// <param name="image">The scan, in HU.</param>
    /// <param name="heart">A heart mask on any grid; null looks at the whole scan.</param>
    /// <param name="arteries">An artery mask on any grid, for classifiers that look within it.</param>
    public PredictOutcome One(string image, string? heart, string? arteries)
    {
        var name = Path.GetFileName(image);
        var id = name[..(name.IndexOf('.', StringComparison.Ordinal) is > 0 and var dot ? dot : name.Length)];
        var scan = Predict(id, image, heart, arteries, null, null);
        return Finish([scan], [], new Dictionary<string, CaseRow>());
    }

    /// <summary>Predicts every case of a cohort.</summary>
    /// <param name="cohort">The cohort.</param>
    /// <param name="overwrite">Makes masks again that lie there.</param>
    /// <exception cref="CoraException">The output folder is the cohort and it has masks of its own already.</exception>
    public PredictOutcome All(Cohort cohort, bool overwrite)
    {
        ArgumentNullException.ThrowIfNull(cohort);
        var isInPlace = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)) == cohort.Folder;
        if (isInPlace) RefuseUnlessBare(cohort);
        var texts = model.Encode(cohort, progress, stop);
        var (scans, failures) = (new List<ScanSummary>(), new List<object?[]>());
        foreach (var (i, row) in cohort.Cases.Index())
        {
            stop.ThrowIfCancellationRequested();
            try
            {
                scans.Add(Predict(row.CaseId, cohort.PathOf(row.Image), row.Heart is null ? null : cohort.PathOf(row.Heart), row.Arteries is null ? null : cohort.PathOf(row.Arteries), texts?[row.CaseId], overwrite ? null : Existing(row.CaseId)));
            }
            catch (CoraException problem) when (problem.Code == ExitCode.Input)
            {
                failures.Add([row.CaseId, problem.Message, problem.Remedy]);          // a bad case does not stop the archive
            }

            progress?.Report(new Progressed("predicting", i + 1, cohort.Cases.Count, "cases"));
        }

        var outcome = Finish(scans, failures, cohort.Cases.ToDictionary(c => c.CaseId));
        if (isInPlace) Adopt(cohort, scans);
        return outcome;
    }

    private void RefuseUnlessBare(Cohort cohort)
    {
        if (model.Task != FinetuneTask.Arteries)
            throw new CoraException($"--out {folder} is the cohort itself; only artery masks are written into a cohort.", "Choose another --out folder.", ExitCode.Usage);
        if (cohort.Cases.Count(c => c.Arteries is not null) is > 0 and var marked)
            throw new CoraException($"{marked} cases of {folder} have artery masks already.", "Choose another --out folder; masks that are there are never replaced.", ExitCode.Usage);
    }

    private string? Existing(string caseId)
    {
        // The lesions' table is made of the maps, so only artery masks can be taken as they are.
        var path = model.Task == FinetuneTask.Arteries ? Path.Combine(folder, MaskFolder!, caseId + ".nii.gz") : null;
        return File.Exists(path) ? path : null;
    }

    private ScanSummary Predict(string id, string image, string? heart, string? arteries, float[]? text, string? existing)
    {
        if (existing is not null) return new(id, null, $"{MaskFolder}/{id}.nii.gz", null);
        var answer = model.Predict(VolumeFile.Read<short>(image), heart is null ? null : HeartMask.Read(heart), arteries is null || model.Model.Head is null ? null : VolumeFile.Read<byte>(arteries), text, stop);
        if (answer.Mask is null) return new(id, answer.Probabilities, null, null);
        var path = $"{MaskFolder}/{id}.nii.gz";
        var highest = answer.Lesions.Count;
        if (highest > byte.MaxValue) Nifti.Write(Path.Combine(folder, path), answer.Mask);
        else Nifti.Write(Path.Combine(folder, path), answer.Mask.Select(v => (byte)v));
        return new(id, null, path, model.Task == FinetuneTask.Stenosis ? answer.Lesions : null);
    }

    private PredictOutcome Finish(List<ScanSummary> scans, List<object?[]> failures, IReadOnlyDictionary<string, CaseRow> rows)
    {
        var prefix = model.Task == FinetuneTask.Arteries ? "arteries-" : "";
        if (MaskFolder is null) WriteProbabilities(scans, rows);
        if (model.Task == FinetuneTask.Stenosis)
        {
            Table.Write(Path.Combine(folder, "lesions.csv"), LesionHeader, scans.SelectMany(s => s.Lesions!.Select(l => new object?[]
            {
                s.Case, l.Lesion, l.Voxels, l.VolumeMm3, l.CentreMm.X, l.CentreMm.Y, l.CentreMm.Z, l.Probability,
            })));
        }

        var summary = new PredictSummary(JsonNamingPolicy.SnakeCaseLower.ConvertName(model.Task.ToString()), model.WeightsSha256, model.Model.PhantomOnly, scans.Count, scans, Notice);
        Atomically.WriteText(Path.Combine(folder, prefix + "predict.json"), JsonSerializer.Serialize(summary, CohortDescription.Json) + "\n");
        var failed = Path.Combine(folder, "failures.csv");
        if (failures.Count > 0) Table.Write(failed, ["case", "cause", "remedy"], failures);
        else if (File.Exists(failed)) File.Delete(failed);
        return new(scans.Count, failures.Count, summary);
    }

    private void WriteProbabilities(List<ScanSummary> scans, IReadOnlyDictionary<string, CaseRow> rows) => Table.Write(
        Path.Combine(folder, "predictions.csv"), ["case_id", "site", "split", "target", "truth", "probability"],
        scans.SelectMany(s => s.Probabilities!.Select(p =>
        {
            var row = rows.GetValueOrDefault(s.Case);
            bool? truth = p.Key switch { "calcified_plaque" => row?.CalcifiedPlaque, "non_calcified_plaque" => row?.NonCalcifiedPlaque, "mace_30d" => row?.Mace30d, _ => null };
            return new object?[] { s.Case, row?.Site, row is null ? null : CohortFiles.WordOf(row.Split), p.Key, truth, p.Value };
        })));

    /// <summary>The cohort with the masks in its table; cohort.json says where they come from.</summary>
    private void Adopt(Cohort cohort, List<ScanSummary> scans)
    {
        var masks = scans.ToDictionary(s => s.Case, s => s.Mask);
        var rows = cohort.Cases.Select(c => c with { Arteries = masks.GetValueOrDefault(c.CaseId) }).ToArray();
        var origin = $"segmenter:{model.WeightsSha256[0][..12]}{(model.Model.PhantomOnly ? " (trained on digital phantoms only)" : "")}";
        CohortFiles.Write(cohort.Folder, cohort.Description with { ArteryOrigin = origin }, rows, [.. cohort.Clinical], [.. cohort.Lesions]);
    }
}
