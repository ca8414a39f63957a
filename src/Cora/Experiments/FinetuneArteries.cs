using Cora.Cohorts;
using Cora.Evaluation;
using Cora.Networks;
using Cora.Tasks;
using Cora.Training;
using TorchSharp;

namespace Cora.Experiments;

/// <summary>Artery segmentation as a run: Fig. 4.</summary>
internal static class FinetuneArteries
{
    private static readonly (string Name, Func<SegmentationScore, double> Of)[] Measures =
    [
        ("dice", s => s.Dice), ("cldice", s => s.ClDice.Value), ("mean_surface_distance_voxels", s => s.InVoxels.Mean), ("mean_surface_distance_mm", s => s.InMm.Mean), ("hausdorff95_mm", s => s.InMm.Hausdorff(95)),
    ];

    public static bool Go(FinetuneWork work)
    {
        var config = work.Experiment.Arteries;
        var (learnt, held) = FinetuneCases.Of(work.Experiment, work.Cohort, row => row.Arteries is not null);
        var tested = FinetuneWork.Tested.SelectMany(s => work.Cohort.Of(s)).Where(row => row.Arteries is not null).ToArray();
        using var volumes = LabelledVolumes.Open(work.Cohort, [.. learnt.Concat(held).Concat(tested).DistinctBy(c => c.CaseId)], SourceOf(work), work.SpacingMm, work.Progress, work.Stop);
        Refuse(learnt.Where(c => volumes[c.CaseId].Mask!.Count == 0));
        work.Begin();
        using var task = new VoxelLearning(
            work.Experiment.Trainer, new(work.Experiment.Data, work.Experiment.Augmentation), work.Network, work.Windows, learnt.Select(c => volumes[c.CaseId]), held.Select(c => volumes[c.CaseId]),
            (logits, mask) => new TrainingLoss(LossOf(logits, mask, config), []), work.Seed);
        work.Progress?.Report(new Note($"{learnt.Length} cases are learnt from, {held.Length} choose the best weights, {tested.Length} are tested."));
        var model = work.Describe("arteries", ["coronary artery"], volumes[learnt[0].CaseId].Image.Geometry.Spacing, work.Experiment.Data.Patch);
        if (!work.Train(task, work.Run.Folder, model, work.Seed, config.Transfer)) return false;

        var scores = Predict(work, volumes, task, tested);
        foreach (var split in scores.GroupBy(s => s.Row.Split))
        {
            var word = CohortFiles.WordOf(split.Key);
            Table.Write(Path.Combine(work.Run.Folder, "predictions", $"arteries-{word}.csv"), ["case_id", "site", "split", .. Measures.Select(m => m.Name)],
                split.Select(s => new object?[] { s.Row.CaseId, s.Row.Site, word }.Concat(Measures.Select(m => (object?)Scorecard.Number(m.Of(s.All))))));
        }

        Scorecard.Write(work, learnt.Length, held.Length, scores.GroupBy(s => CohortFiles.WordOf(s.Row.Split)).ToDictionary(s => s.Key, s => (object)new
        {
            Cases = s.Count(), Measures = Estimates(work, [.. s.Select(c => c.All)]), LargestTwoPieces = Estimates(work, [.. s.Select(c => c.Trees)]),
        }), new { config.Loss, config.Threshold, config.KeepPieces, config.Transfer });
        return true;
    }

    /// <summary>Which masks artery segmentation learns from.</summary>
    public static LabelSource SourceOf(FinetuneWork work) => new("arteries", row => row.Arteries, _ => _ => true, work.Experiment.Data.HeartCrop, work.Experiment.Data.HeartMarginMm);

    private static torch.Tensor LossOf(torch.Tensor logits, torch.Tensor mask, ArteriesConfig config) =>
        config.Loss == ArteryLoss.Dice ? Losses.Dice(logits, mask, config.Smooth) : Losses.DiceBce(logits, mask, config.Smooth);

    private static void Refuse(IEnumerable<CaseRow> empty)
    {
        var names = empty.Select(c => c.CaseId).ToArray();
        if (names.Length > 0) throw new CoraException($"The artery masks of {names.Length} training cases are empty: {string.Join(", ", names.Take(20))}.", "Leave these cases out of the split, or mark their arteries.");
    }

    private static List<(CaseRow Row, SegmentationScore All, SegmentationScore Trees)> Predict(FinetuneWork work, LabelledVolumes volumes, VoxelLearning task, CaseRow[] tested)
    {
        var prediction = new VoxelPrediction([(torch.nn.Module<torch.Tensor, torch.Tensor>)task.Network], work.Windows, work.Experiment.Data.Patch, work.Experiment.Inference, work.Device);
        var scores = new List<(CaseRow, SegmentationScore, SegmentationScore)>();
        foreach (var (i, row) in tested.Index())
        {
            work.Stop.ThrowIfCancellationRequested();
            var probability = prediction.Of(volumes[row.CaseId], work.Stop);
            var reference = volumes[row.CaseId].Mask!.ToVolume(probability.Geometry);
            var mask = ArterySegmentation.MaskOf(probability, work.Experiment.Arteries);
            scores.Add((row, SegmentationScore.Of(row.CaseId, mask, reference), SegmentationScore.Of(row.CaseId, ArterySegmentation.Largest(mask, ArterySegmentation.Trees), reference)));
            work.Progress?.Report(new Progressed("predicting", i + 1, tested.Length, "cases"));
        }

        return scores;
    }

    /// <summary>Means over the cases where a measure is defined, with how many are not.</summary>
    private static Dictionary<string, object> Estimates(FinetuneWork work, SegmentationScore[] scores)
    {
        var resamples = Resamples.Draw(scores.Length, work.Experiment.Statistics.Resamples, Seed.Root(work.Experiment.Seed).Derive("bootstrap"));
        return Measures.ToDictionary(m => m.Name, m =>
        {
            var values = scores.Select(m.Of).ToArray();
            var estimate = Bootstrap.Of(chosen =>
            {
                var (sum, count) = (0.0, 0);
                foreach (var i in chosen)
                {
                    if (!double.IsFinite(values[i])) continue;
                    sum += values[i];
                    count++;
                }

                return count == 0 ? double.NaN : sum / count;
            }, resamples, "it is defined for no case");
            return (object)new { Value = Scorecard.Number(estimate.Value), Low = Scorecard.Number(estimate.Low), High = Scorecard.Number(estimate.High), estimate.Reason, Undefined = values.Count(v => !double.IsFinite(v)) };
        });
    }
}
