using System.Globalization;
using Cora.Cohorts;
using Cora.Evaluation;
using Cora.Imaging;
using Cora.Reporting;
using Cora.Tasks;

namespace Cora.Experiments;

/// <summary>
/// Which share of Grad-CAM's mass lies on arteries and on the plaque that is looked for, where the truth of both is known; beside it the share of the scan's voxels that
/// they fill, which is what a map that knows nothing would have. The paper shows pictures only (Fig. 2e, S5).
/// </summary>
internal static class GradCamMass
{
    private static readonly byte[] PlaqueLabels = [1, 2];          // in the order of the targets

    /// <summary>Measures each stage's maps on the first test cases that have the target, writes predictions/gradcam-SPLIT.csv and gives the means for the scorecard.</summary>
    public static IReadOnlyDictionary<string, object> Measure(FinetuneWork work, PlaqueClassification task, CaseRow[] tested)
    {
        var result = new SortedDictionary<string, object>(StringComparer.Ordinal);
        foreach (var split in tested.GroupBy(c => c.Split))
        {
            var rows = new List<Row>();
            foreach (var (target, name) in PlaqueClassification.Targets.Index())
            {
                var cases = split.Where(c => PlaqueClassification.LabelsOf(c)[target] == true && c.Arteries is not null && c.Plaques is not null).Take(work.Experiment.Plaque.GradCamCases).ToArray();
                foreach (var (i, row) in cases.Index())
                {
                    work.Stop.ThrowIfCancellationRequested();
                    rows.AddRange(Of(work, task, row, target, name, isShown: i == 0 && split.Key is Split.InternalTest or Split.ExternalTest));
                    work.Progress?.Report(new Progressed($"Grad-CAM of {name}", i + 1, cases.Length, "cases"));
                }
            }

            if (rows.Count == 0) continue;
            var word = CohortFiles.WordOf(split.Key);
            Table.Write(Path.Combine(work.Run.Folder, "predictions", $"gradcam-{word}.csv"), ["case_id", "target", "stage", "mass_on_arteries", "mass_on_plaque", "arteries_of_scan", "plaque_of_scan"],
                rows.Select(r => new object?[] { r.CaseId, r.Target, r.Stage, Scorecard.Number(r.OnArteries), Scorecard.Number(r.OnPlaque), r.Arteries, r.Plaque }));
            result[word] = rows.GroupBy(r => (r.Target, r.Stage)).Select(g => Mean(work, g.Key.Target, g.Key.Stage, [.. g])).ToArray();
        }

        return result;
    }

    private static IEnumerable<Row> Of(FinetuneWork work, PlaqueClassification task, CaseRow row, int target, string name, bool isShown)
    {
        var arteries = VolumeFile.Read<byte>(work.Cohort.PathOf(row.Arteries!));
        var plaques = VolumeFile.Read<byte>(work.Cohort.PathOf(row.Plaques!));
        var stages = task.Classifier.Config.Channels.Length;
        for (var stage = 0; stage < stages; stage++)
        {
            var map = task.Explain(row, target, stage, work.Device);
            if (isShown && stage == stages - 1) Show(work, task, row, target, name, map, new(arteries, plaques));
            var (all, onArteries, onPlaque, artery, plaque) = (0.0, 0.0, 0.0, 0L, 0L);
            for (var i = 0; i < map.Length; i++)
            {
                all += map[i];
                if (arteries.Voxels[i] != 0)
                {
                    onArteries += map[i];
                    artery++;
                }

                if (plaques.Voxels[i] != PlaqueLabels[target]) continue;
                onPlaque += map[i];
                plaque++;
            }

            // A map of nothing but zeros has no mass to share.
            yield return new(row.CaseId, name, stage, all > 0 ? onArteries / all : double.NaN, all > 0 ? onPlaque / all : double.NaN, (double)artery / map.Length, (double)plaque / map.Length);
        }
    }

    /// <summary>The map of the last stage, the paper's, as panels with the truth outlined, explanations/CASE/gradcam-TARGET.png, and as numbers, which a report lays beside those of other methods.</summary>
    private static void Show(FinetuneWork work, PlaqueClassification task, CaseRow row, int target, string name, float[] map, KnownMasks truth)
    {
        var stages = task.Classifier.Config.Channels.Length;
        var (low, range) = (map.Min(), map.Max() - map.Min());
        var scan = VolumeFile.Read<short>(work.Cohort.PathOf(row.Image));
        var shown = new Volume<float>(scan.Geometry, [.. map.Select(v => range > 0 ? (v - low) / range : 0)]);
        var folder = Path.Combine(work.Run.Folder, "explanations", row.CaseId);
        Directory.CreateDirectory(folder);
        ResponseSheet.Of(
            $"Grad-CAM: {name.Replace('_', ' ')}",
            string.Create(CultureInfo.InvariantCulture, $"Where the classifier looks for it; probability {task.Predict(row, work.Device)[target].Probability:0.00}, stage {stages} of {stages}. The case has it."),
            scan, shown, "relative weight", truth).Save(Path.Combine(folder, $"gradcam-{name}.png"));
        GradCamMap.Write(Path.Combine(folder, $"gradcam-{name}.nii.gz"), shown);
    }

    private static object Mean(FinetuneWork work, string target, int stage, Row[] rows)
    {
        var resamples = Resamples.Draw(rows.Length, work.Experiment.Statistics.Resamples, Seed.Root(work.Experiment.Seed).Derive("bootstrap"));
        object Share(Func<Row, double> of) => Scorecard.Of(Bootstrap.Of(chosen =>
        {
            var (sum, count) = (0.0, 0);
            foreach (var i in chosen)
            {
                if (double.IsNaN(of(rows[i]))) continue;
                sum += of(rows[i]);
                count++;
            }

            return count == 0 ? double.NaN : sum / count;
        }, resamples, "every map is zero"));
        return new
        {
            Target = target, Stage = stage, Cases = rows.Length, ZeroMaps = rows.Count(r => double.IsNaN(r.OnArteries)), MassOnArteries = Share(r => r.OnArteries), MassOnPlaque = Share(r => r.OnPlaque),
            ArteriesOfScan = rows.Average(r => r.Arteries), PlaqueOfScan = rows.Average(r => r.Plaque),
        };
    }

    private sealed record Row(string CaseId, string Target, int Stage, double OnArteries, double OnPlaque, double Arteries, double Plaque);
}
