using Cora.Cohorts;
using Cora.Evaluation;
using Cora.Imaging;
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

    public static bool Go(FinetuneWork work) => work.Experiment.Arteries.Recipe == ArteryRecipe.Nnunet ? GoAsNnUNet(work) : GoAsPaper(work);

    private static bool GoAsPaper(FinetuneWork work)
    {
        var config = work.Experiment.Arteries;
        var (learnt, held) = FinetuneCases.Of(work.Experiment, work.Cohort, row => row.Arteries is not null);
        var tested = FinetuneWork.Tested.SelectMany(s => work.Cohort.Of(s)).Where(row => row.Arteries is not null).ToArray();
        using var volumes = Open(work, learnt, held, tested, work.SpacingMm);
        work.Begin();
        using var task = new VoxelLearning(
            work.Experiment.Trainer, new(work.Experiment.Data, work.Experiment.Augmentation), work.Network, work.Windows, learnt.Select(c => volumes[c.CaseId]), held.Select(c => volumes[c.CaseId]),
            (logits, mask) => new TrainingLoss(LossOf(logits, mask, config), []), work.Seed);
        Tell(work, learnt, held, tested);
        var model = work.Describe("arteries", ["coronary artery"], volumes[learnt[0].CaseId].Image.Geometry.Spacing, work.Experiment.Data.Patch);
        if (!work.Train(task, work.Run.Folder, model, work.Seed, config.Transfer)) return false;
        Score(work, Predict(work, volumes, task.Network, work.Windows, tested), learnt.Length, held.Length, new { config.Loss, config.Threshold, config.KeepPieces, config.Transfer });
        return true;
    }

    private static bool GoAsNnUNet(FinetuneWork work)
    {
        var (experiment, config) = (work.Experiment, work.Experiment.Arteries);
        if (work.Start is not null)
            throw new CoraException("arteries.recipe = nnunet sees one channel of normalised CT and begins from scratch; weights are given.", "Leave --weights out, or take arteries.recipe = paper.", ExitCode.Usage);
        var (learnt, held, tested, folds) = NnUNetPlan.CasesOf(work);
        var plan = NnUNetPlan.Of(work, learnt);
        using var volumes = Open(work, learnt, held, tested, plan.Plans.MedianSpacingMm);
        work.Begin();
        plan.Write(work.Run.Folder);
        NnUNetPlan.WriteFolds(work.Run.Folder, folds);
        using var task = new NnUNetLearning(
            config.Nnunet, experiment.Trainer, plan.Network, plan.Normalization, plan.Loss, experiment.Data.Patch, learnt.Select(c => volumes[c.CaseId]), held.Select(c => volumes[c.CaseId]), work.Seed);
        Tell(work, learnt, held, tested);
        var departures = NnUNetPlan.Departures(experiment);
        if (departures.Count > 0) work.Progress?.Report(new Note($"The settings leave nnU-Net's recipe: {string.Join("; ", departures)}.", IsWarning: true));
        var model = work.Describe("arteries", ["background", "coronary artery"], plan.Plans.MedianSpacingMm!.Value, experiment.Data.Patch, plan);
        if (!work.Train(task, work.Run.Folder, model, work.Seed, [])) return false;
        var scores = Predict(work, volumes, task.Network, new NormalizedChannel(plan.Normalization), tested);
        Score(work, scores, learnt.Length, held.Length, new
        {
            Recipe = "nnunet", config.Nnunet.Fold, plan.Loss.BatchDice, plan.Normalization, config.Threshold, config.KeepPieces, Departures = departures,
        });
        return true;
    }

    private static LabelledVolumes Open(FinetuneWork work, CaseRow[] learnt, CaseRow[] held, CaseRow[] tested, Vec3? spacingMm)
    {
        var volumes = LabelledVolumes.Open(work.Cohort, [.. learnt.Concat(held).Concat(tested).DistinctBy(c => c.CaseId)], SourceOf(work), spacingMm, work.Progress, work.Stop);
        try
        {
            Refuse(learnt.Where(c => volumes[c.CaseId].Mask!.Count == 0));
            return volumes;
        }
        catch
        {
            volumes.Dispose();
            throw;
        }
    }

    private static void Tell(FinetuneWork work, CaseRow[] learnt, CaseRow[] held, CaseRow[] tested) =>
        work.Progress?.Report(new Note($"{learnt.Length} cases are learnt from, {held.Length} choose the best weights, {tested.Length} are tested."));

    private static void Score(FinetuneWork work, List<(CaseRow Row, SegmentationScore All, SegmentationScore Trees)> scores, int learnt, int held, object details)
    {
        foreach (var split in scores.GroupBy(s => s.Row.Split))
        {
            var word = CohortFiles.WordOf(split.Key);
            Table.Write(Path.Combine(work.Run.Folder, "predictions", $"arteries-{word}.csv"), ["case_id", "site", "split", .. Measures.Select(m => m.Name)],
                split.Select(s => new object?[] { s.Row.CaseId, s.Row.Site, word }.Concat(Measures.Select(m => (object?)Scorecard.Number(m.Of(s.All))))));
        }

        Scorecard.Write(work, learnt, held, scores.GroupBy(s => CohortFiles.WordOf(s.Row.Split)).ToDictionary(s => s.Key, s => (object)new
        {
            Cases = s.Count(), Measures = Estimates(work, [.. s.Select(c => c.All)]), LargestTwoPieces = Estimates(work, [.. s.Select(c => c.Trees)]),
        }), details);
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

    private static List<(CaseRow Row, SegmentationScore All, SegmentationScore Trees)> Predict(
        FinetuneWork work, LabelledVolumes volumes, torch.nn.Module network, IInputChannels channels, CaseRow[] tested)
    {
        var prediction = new VoxelPrediction([(torch.nn.Module<torch.Tensor, torch.Tensor>)network], channels, work.Experiment.Data.Patch, work.Experiment.Inference, work.Device);
        return prediction.Scores(work, tested, volumes, (row, probability) =>
        {
            var reference = volumes[row.CaseId].Mask!.ToVolume(probability.Geometry);
            var mask = ArterySegmentation.MaskOf(probability, work.Experiment.Arteries);
            return (row, SegmentationScore.Of(row.CaseId, mask, reference), SegmentationScore.Of(row.CaseId, ArterySegmentation.Largest(mask, ArterySegmentation.Trees), reference));
        });
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
