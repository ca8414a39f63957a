using Cora.Cohorts;
using Cora.Evaluation;
using Cora.Imaging;
using Cora.Networks;
using Cora.Tasks;

namespace Cora.Experiments;

/// <summary>The heart localiser as a run: not in the paper, which has heart masks from elsewhere.</summary>
internal static class FinetuneHeart
{
    /// <summary>What its checkpoints call themselves.</summary>
    public const string Method = "heart";

    public static bool Go(FinetuneWork work)
    {
        if (work.Start is not null) throw new CoraException("The heart localiser learns on a coarse grid from scratch; weights are given.", "Leave --weights out.", ExitCode.Usage);
        var (config, experiment) = (work.Experiment.Heart, work.Experiment);
        var (learnt, held) = FinetuneCases.Of(experiment, work.Cohort, row => row.Heart is not null);
        var tested = FinetuneWork.Tested.SelectMany(s => work.Cohort.Of(s)).Where(row => row.Heart is not null).ToArray();
        if (experiment.Data.Patch % work.Network.Divisor != 0)
            throw new CoraException($"data.patch = {experiment.Data.Patch} is no multiple of {work.Network.Divisor}.", "Choose one that the network's halvings divide.", ExitCode.Usage);
        work.Begin();
        HeartCase[] Open(CaseRow[] rows, string what) => [.. rows.Select((row, i) =>
        {
            work.Stop.ThrowIfCancellationRequested();
            work.Progress?.Report(new Progressed(what, i + 1, rows.Length, "cases"));
            return HeartCase.Of(VolumeFile.Read<short>(work.Cohort.PathOf(row.Image)), HeartMask.Read(work.Cohort.PathOf(row.Heart!)), config.SpacingMm);
        })];
        using var task = new HeartLocalisation(config, experiment.Trainer, experiment.Data.Patch, work.Network, work.Windows, Open(learnt, "opening scans"), Open(held, "opening held scans"), work.Seed);
        work.Progress?.Report(new Note($"{learnt.Length} cases are learnt from, {held.Length} choose the best weights, {tested.Length} are tested."));
        var spacing = new Vec3(config.SpacingMm, config.SpacingMm, config.SpacingMm);
        if (!work.Train(task, work.Run.Folder, work.Describe(Method, ["heart"], spacing, experiment.Data.Patch), work.Seed, [])) return false;
        Score(work, (ResUNet)task.Network, tested, learnt.Length, held.Length);
        return true;
    }

    private static void Score(FinetuneWork work, ResUNet network, CaseRow[] tested, int learnt, int held)
    {
        var localiser = new HeartLocaliser(network, work.Windows, work.Experiment.Data.Patch, work.Experiment.Heart, work.Experiment.Inference, work.Device);
        var rows = tested.Select(row =>
        {
            var found = localiser.Find(VolumeFile.Read<short>(work.Cohort.PathOf(row.Image)), work.Stop);
            return (Row: row, Found: found, Score: HeartScore.Of(found.Mask, HeartMask.Read(work.Cohort.PathOf(row.Heart!))));
        }).ToArray();
        foreach (var split in rows.GroupBy(r => r.Row.Split))
        {
            var word = CohortFiles.WordOf(split.Key);
            Table.Write(Path.Combine(work.Run.Folder, "predictions", $"heart-{word}.csv"), ["case_id", "site", "split", "dice", "box_overlap", "box_error_mm", "volume_ml", "refusal"],
                split.Select(r => new object?[] { r.Row.CaseId, r.Row.Site, word, r.Score.Dice, r.Score.BoxOverlap, r.Score.BoxErrorMm, r.Found.VolumeMl, r.Found.Refusal }));
        }

        Scorecard.Write(work, learnt, held, rows.GroupBy(r => CohortFiles.WordOf(r.Row.Split)).ToDictionary(s => s.Key, s => (object)new
        {
            Cases = s.Count(),
            Measures = new Dictionary<string, object>
            {
                ["dice"] = Mean(work, [.. s.Select(r => r.Score.Dice)]), ["box_overlap"] = Mean(work, [.. s.Select(r => r.Score.BoxOverlap)]), ["box_error_mm"] = Mean(work, [.. s.Select(r => r.Score.BoxErrorMm)]),
            },
        }), new { work.Experiment.Heart.SpacingMm, work.Experiment.Heart.Threshold });
    }

    private static object Mean(FinetuneWork work, double[] values)
    {
        var resamples = Resamples.Draw(values.Length, work.Experiment.Statistics.Resamples, Seed.Root(work.Experiment.Seed).Derive("bootstrap"));
        return Scorecard.Of(Bootstrap.Of(chosen =>
        {
            var sum = 0.0;
            foreach (var i in chosen) sum += values[i];
            return sum / chosen.Length;
        }, resamples, "there is no case"));
    }
}
