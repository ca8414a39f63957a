using Cora.Cohorts;
using Cora.Evaluation;
using Cora.Imaging;
using Cora.Networks;
using Cora.Tasks;
using Cora.Training;

namespace Cora.Experiments;

/// <summary>Stenosis detection as a run: Fig. 3. With folds, each internal case is tested by the one network that has not seen its patient, and external cases by all together.</summary>
internal static class FinetuneStenosis
{
    /// <summary>The word of the pooled out-of-fold cases in file names and the scorecard.</summary>
    public const string CrossValidation = "cross_validation";

    public static bool Go(FinetuneWork work)
    {
        var config = work.Experiment.Stenosis;
        var cases = work.Cohort.Cases.Where(c => c.Split is not (Split.None or Split.Pretrain) && IsLabelled(work, c)).ToArray();
        var plan = config.Folds > 0 ? InFolds(work, cases) : [Single(work)];
        using var volumes = LabelledVolumes.Open(work.Cohort, cases, SourceOf(work), work.SpacingMm, work.Progress, work.Stop);
        work.Begin();
        var spacing = volumes[plan[0].Learnt[0].CaseId].Image.Geometry.Spacing;
        var model = work.Describe("stenosis", ["stenosis"], spacing, work.Experiment.Data.Patch);
        var results = new List<StenosisCase>();
        var thresholds = new List<double>();
        var tasks = new List<VoxelLearning>();
        try
        {
            foreach (var part in plan)
            {
                var task = TaskOf(work, volumes, part);
                tasks.Add(task);
                work.Progress?.Report(new Note($"{part.Name}{part.Learnt.Length} cases are learnt from, {part.Held.Length} choose weights and threshold, {part.Tested.Length} are tested."));
                if (!work.Train(task, part.Folder, model, part.Seed, config.Transfer)) return false;
                var (threshold, tested) = Test(work, volumes, [task], part.Held, part.Tested, part.Split);
                thresholds.Add(threshold);
                results.AddRange(tested);
            }

            if (config.Folds > 0)
            {
                var others = cases.Where(c => c.Split == Split.ExternalTest).ToArray();
                results.AddRange(Predict(work, volumes, tasks, others, thresholds.Average(), null));
            }
        }
        finally
        {
            tasks.ForEach(t => t.Dispose());
        }

        StenosisCard.WriteTables(work, results);
        Scorecard.Write(work, (int)Math.Round(plan.Average(p => p.Learnt.Length)), (int)Math.Round(plan.Average(p => p.Held.Length)), StenosisCard.Of(work, results), new
        {
            Thresholds = thresholds, ThresholdChosen = config.Threshold > 0 ? "by the settings" : "highest F1 on the cases that chose the weights", config.Folds, config.MaxVolumeRatio, config.MinOverlap, config.MinPredictedVoxels,
            Connectivity = (int)config.Connectivity, config.Rule, config.MinGrade,
        });
        return true;
    }

    /// <summary>Which masks stenosis detection learns from.</summary>
    public static LabelSource SourceOf(FinetuneWork work) => new(
        "stenoses", row => row.Stenoses, row => work.Experiment.Stenosis.IsMeant(work.Cohort, row), work.Experiment.Data.HeartCrop, work.Experiment.Data.HeartMarginMm);

    private static bool IsLabelled(FinetuneWork work, CaseRow row)
    {
        var config = work.Experiment.Stenosis;
        if (row.Stenoses is null) return false;
        return !config.OnlyWithLesions || work.Cohort.LesionsOf(row).Any(l => l.StenosisGrade is null || l.StenosisGrade >= config.MinGrade);
    }

    private static Part Single(FinetuneWork work)
    {
        var (learnt, held) = FinetuneCases.Of(work.Experiment, work.Cohort, row => IsLabelled(work, row));
        var tested = work.Cohort.Of(Split.InternalTest, Split.ExternalTest).Where(row => IsLabelled(work, row)).ToArray();
        return new("", work.Run.Folder, work.Seed, learnt, held, tested, null);
    }

    private static Part[] InFolds(FinetuneWork work, CaseRow[] cases)
    {
        var folds = FinetuneCases.Folds([.. cases.Where(c => c.Split != Split.ExternalTest)], work.Experiment.Stenosis.Folds, Seed.Root(work.Experiment.Seed).Derive("folds"));
        return [.. folds.Select((tested, k) =>
        {
            var others = FinetuneCases.Shuffled(folds.Where((_, i) => i != k).SelectMany(f => f), Seed.Root(work.Experiment.Seed).Derive("cases").Derive(k));
            var (learnt, held) = FinetuneCases.HoldBack(others);
            if (work.Experiment.Cases > learnt.Length)
                throw new CoraException($"{work.Experiment.Cases} training cases are asked for, a fold has {learnt.Length}.", "Ask for fewer --cases, or label more.", ExitCode.Usage);
            if (work.Experiment.Cases > 0) learnt = learnt[..work.Experiment.Cases];
            return new Part($"Fold {k + 1} of {folds.Length}: ", Path.Combine(work.Run.Folder, "folds", $"{k + 1}"), work.Seed.Derive("fold").Derive(k), learnt, held, tested, CrossValidation);
        })];
    }

    private static VoxelLearning TaskOf(FinetuneWork work, LabelledVolumes volumes, Part part) => new(
        work.Experiment.Trainer, new(work.Experiment.Data, work.Experiment.Augmentation), work.Network, work.Windows, part.Learnt.Select(c => volumes[c.CaseId]), part.Held.Select(c => volumes[c.CaseId]),
        (logits, mask) =>
        {
            var loss = Losses.Cora(logits, mask, work.Experiment.Loss);
            return new TrainingLoss(loss.Total, [("tversky", loss.Tversky), ("focal", loss.Focal)]);
        },
        part.Seed);

    private static (double Threshold, IEnumerable<StenosisCase> Tested) Test(FinetuneWork work, LabelledVolumes volumes, IReadOnlyList<VoxelLearning> tasks, CaseRow[] held, CaseRow[] tested, string? split)
    {
        var threshold = work.Experiment.Stenosis.Threshold;
        var choosing = Predict(work, volumes, tasks, held, threshold, Chosen);
        if (threshold == 0)
        {
            var pooled = Enumerable.Range(0, StenosisConfig.Thresholds.Length).Select(t => choosing.Aggregate(default(LesionCounts), (sum, c) => sum + c.Counts[t])).ToArray();
            threshold = StenosisDetection.BestThreshold(StenosisConfig.Thresholds, pooled, [.. pooled.Select((_, t) => StenosisCase.VolumeRatio(choosing, t))], work.Experiment.Stenosis);
        }

        return (threshold, Predict(work, volumes, tasks, tested, threshold, split));
    }

    private const string Chosen = "validation";

    private static List<StenosisCase> Predict(FinetuneWork work, LabelledVolumes volumes, IReadOnlyList<VoxelLearning> tasks, CaseRow[] cases, double threshold, string? split)
    {
        var prediction = new VoxelPrediction(tasks.Select(t => (TorchSharp.torch.nn.Module<TorchSharp.torch.Tensor, TorchSharp.torch.Tensor>)t.Network), work.Windows, work.Experiment.Data.Patch, work.Experiment.Inference, work.Device);
        return prediction.Scores(work, cases, volumes, (row, probability) =>
        {
            var labels = VolumeFile.Read<ushort>(work.Cohort.PathOf(row.Stenoses!));
            return StenosisCase.Of(
                row, split ?? CohortFiles.WordOf(row.Split), probability, volumes[row.CaseId].Mask!.ToVolume(probability.Geometry), labels, work.Cohort.LesionsOf(row), threshold, work.Experiment.Stenosis);
        });
    }

    /// <summary>One training: who learns, who chooses, who is tested, under which word.</summary>
    private sealed record Part(string Name, string Folder, Seed Seed, CaseRow[] Learnt, CaseRow[] Held, CaseRow[] Tested, string? Split);
}
