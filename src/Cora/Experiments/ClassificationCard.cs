using Cora.Cohorts;
using Cora.Evaluation;

namespace Cora.Experiments;

/// <summary>Prediction tables of classifiers, and their scores made of these tables as anybody could read them.</summary>
internal static class ClassificationCard
{
    /// <summary>Writes one table a split, the cases whose truth is known.</summary>
    public static void WriteTables(FinetuneWork work, string prefix, IEnumerable<(string CaseId, string Site, Split Split, string Target, bool? Truth, double Probability)> rows)
    {
        foreach (var split in rows.Where(r => r.Truth is not null).GroupBy(r => r.Split))
        {
            Table.Write(PathOf(work, prefix, CohortFiles.WordOf(split.Key)), ["case_id", "site", "split", "target", "truth", "probability"],
                split.Select(r => new object?[] { r.CaseId, r.Site, CohortFiles.WordOf(r.Split), r.Target, r.Truth, r.Probability }));
        }
    }

    /// <summary>Estimates by split and target.</summary>
    public static IReadOnlyDictionary<string, object> Of(FinetuneWork work, string prefix, double threshold)
    {
        var splits = new SortedDictionary<string, object>(StringComparer.Ordinal);
        foreach (var word in FinetuneWork.Tested.Select(CohortFiles.WordOf).Where(w => File.Exists(PathOf(work, prefix, w))))
            splits[word] = PredictionTable.Read(PathOf(work, prefix, word)).Targets.ToDictionary(t => t.Target, t => Score(work, t.Target, t.Cases, threshold));
        return splits;
    }

    private static string PathOf(FinetuneWork work, string prefix, string split) => Path.Combine(work.Run.Folder, "predictions", $"{prefix}{split}.csv");

    private static object Score(FinetuneWork work, string target, ScoredCases cases, double threshold)
    {
        if (!cases.HasBothClasses) return new { Cases = cases.Count, cases.Positives, Auroc = (double?)null, Reason = "the cases are of one kind alone" };
        var resamples = Resamples.Draw(cases, work.Experiment.Statistics.Resamples, Seed.Root(work.Experiment.Seed).Derive("bootstrap").Derive(target));
        var score = ClassificationScore.Of(cases, threshold, resamples);
        return new
        {
            score.Cases, score.Positives, score.Threshold, ResamplesRedrawn = resamples.Redrawn, Auroc = Scorecard.Of(score.Auroc), AveragePrecision = Scorecard.Of(score.AveragePrecision),
            Accuracy = Scorecard.Of(score.Accuracy), Sensitivity = Scorecard.Of(score.Sensitivity), Specificity = Scorecard.Of(score.Specificity), F1 = Scorecard.Of(score.F1),
        };
    }
}
