using Cora.Cohorts;
using Cora.Evaluation;
using Cora.Imaging;
using Cora.Reporting;
using Cora.Tasks;

namespace Cora.Experiments;

/// <summary>What a scan's probability map found, at the chosen threshold and at all.</summary>
/// <param name="Row">The case.</param>
/// <param name="Split">The word under which it is reported.</param>
/// <param name="Threshold">The chosen threshold; 0 = not chosen yet.</param>
/// <param name="Match">Lesions and pieces at that threshold.</param>
/// <param name="Outcomes">Each of them, with what is known of it.</param>
/// <param name="Counts">Counts at <see cref="StenosisConfig.Thresholds"/>.</param>
/// <param name="PredictedVoxels">Predicted voxels at each of these thresholds.</param>
/// <param name="LesionVoxels">Voxels of the lesions.</param>
/// <param name="Others">The same for other ways of taking pieces.</param>
/// <param name="ByRule">Counts at the chosen threshold under each match rule.</param>
internal sealed record StenosisCase(
    CaseRow Row, string Split, double Threshold, LesionCounts Match, IReadOnlyList<LesionOutcome> Outcomes, LesionCounts[] Counts, long[] PredictedVoxels, long LesionVoxels, IReadOnlyDictionary<(int Connectivity, int MinPredicted), LesionCounts[]> Others,
    IReadOnlyDictionary<MatchRule, LesionCounts> ByRule)
{
    private static readonly int[] SmallPieces = [0, 11];

    /// <summary>Predicted voxels over lesion voxels at a threshold, over several cases together.</summary>
    public static double VolumeRatio(IReadOnlyList<StenosisCase> cases, int threshold) => cases.Sum(c => c.PredictedVoxels[threshold]) / (double)Math.Max(1, cases.Sum(c => c.LesionVoxels));

    public static StenosisCase Of(
        CaseRow row, string split, Volume<float> probability, Volume<byte> reference, Volume<ushort> labels, IEnumerable<LesionRow> known, double threshold, StenosisConfig config)
    {
        var others = (from connectivity in new[] { Connectivity.TwentySix, Connectivity.Six }
                      from small in SmallPieces
                      select ((Connectivity: (int)connectivity, small), StenosisDetection.CountsAt(probability, reference, StenosisConfig.Thresholds, config with { Connectivity = connectivity, MinPredictedVoxels = small })))
            .ToDictionary(o => o.Item1, o => o.Item2);
        var counts = others.TryGetValue(((int)config.Connectivity, config.MinPredictedVoxels), out var same) ? same : StenosisDetection.CountsAt(probability, reference, StenosisConfig.Thresholds, config);
        var match = StenosisDetection.MatchAt(probability, reference, threshold, config);
        return new(
            row, split, threshold, match.Counts, StenosisDetection.Outcomes(match, probability, labels, known), counts, [.. StenosisConfig.Thresholds.Select(t => Above(probability, t))], match.Reference.Sizes.Sum(), others,
            Enum.GetValues<MatchRule>().ToDictionary(r => r, r => StenosisDetection.MatchAt(probability, reference, threshold, config with { Rule = r }).Counts));
    }

    private static long Above(Volume<float> probability, double threshold)
    {
        var count = 0L;
        foreach (var p in probability.Voxels) count += p > threshold ? 1 : 0;
        return count;
    }
}

/// <summary>Tables and estimates of stenosis detection; counts are pooled over scans, intervals resample patients.</summary>
internal static class StenosisCard
{
    public static void WriteTables(FinetuneWork work, IReadOnlyList<StenosisCase> results)
    {
        foreach (var split in results.GroupBy(r => r.Split))
        {
            string PathOf(string more) => Path.Combine(work.Run.Folder, "predictions", $"stenosis-{split.Key}{more}.csv");
            Table.Write(PathOf(""), ["case_id", "site", "split", "kind", "lesion", "composition", "stenosis_percent", "stenosis_grade", "voxels", "is_matched", "overlap_voxels", "probability"],
                split.SelectMany(c => c.Outcomes.Select(o => new object?[]
                {
                    c.Row.CaseId, c.Row.Site, split.Key, o.IsReference ? "reference" : "predicted", o.Lesion, o.Known is null ? null : CohortFiles.WordOf(o.Known.Composition), o.Known?.StenosisPercent,
                    o.Known?.StenosisGrade, o.Voxels, o.IsMatched, o.OverlapVoxels, o.Probability,
                })));
            Table.Write(PathOf("-cases"), ["case_id", "site", "split", "lesions", "predicted", "matched_lesions", "matched_predictions"],
                split.Select(c => new object?[] { c.Row.CaseId, c.Row.Site, split.Key, c.Match.Reference, c.Match.Predicted, c.Match.MatchedReference, c.Match.MatchedPredicted }));

            // How much is predicted stands beside what is found: a map that marks everything finds everything (decision 0013).
            StenosisCase[] tested = [.. split];
            double[] ratios = [.. StenosisConfig.Thresholds.Select((_, i) => StenosisCase.VolumeRatio(tested, i))];
            Table.Write(PathOf("-froc"), ["threshold", "recall", "false_positives_a_volume", DetectionPoints.VolumeColumn],
                StenosisConfig.Thresholds.Select((t, i) => (t, Sum: Pool(split.Select(c => c.Counts[i])), Ratio: ratios[i])).Select(p => new object?[] { p.t, Scorecard.Number(p.Sum.Recall), (p.Sum.Predicted - p.Sum.MatchedPredicted) / (double)split.Count(), p.Ratio }));
            Table.Write(PathOf("-sensitivity"), ["threshold", "connectivity", "min_predicted_voxels", "precision", "recall", "f1", DetectionPoints.VolumeColumn],
                from way in split.First().Others.Keys
                from t in Enumerable.Range(0, StenosisConfig.Thresholds.Length)
                let sum = Pool(split.Select(c => c.Others[way][t]))
                select new object?[] { StenosisConfig.Thresholds[t], way.Connectivity, way.MinPredicted, Scorecard.Number(sum.Precision), Scorecard.Number(sum.Recall), Scorecard.Number(sum.F1), ratios[t] });
        }
    }

    public static IReadOnlyDictionary<string, object> Of(FinetuneWork work, IReadOnlyList<StenosisCase> results) =>
        results.GroupBy(r => r.Split).OrderBy(s => s.Key, StringComparer.Ordinal).ToDictionary(s => s.Key, s => (object)Score(work, [.. s]));

    private static object Score(FinetuneWork work, StenosisCase[] cases)
    {
        var patients = cases.GroupBy(c => c.Row.PatientId).Select(p => p.ToArray()).ToArray();
        var resamples = Resamples.Draw(patients.Length, work.Experiment.Statistics.Resamples, Seed.Root(work.Experiment.Seed).Derive("bootstrap"));
        Estimate Interval(Func<StenosisCase, LesionCounts> of, Func<LesionCounts, double> ratio, string why)
        {
            var counts = patients.Select(p => Pool(p.Select(of))).ToArray();
            return Bootstrap.Of(chosen =>
            {
                var sum = default(LesionCounts);
                foreach (var i in chosen) sum += counts[i];
                return ratio(sum);
            }, resamples, why);
        }

        Dictionary<string, object> RecallBy(Func<LesionOutcome, string> groupOf) => cases.SelectMany(c => c.Outcomes).Where(o => o.IsReference).Select(groupOf).Distinct().Order(StringComparer.Ordinal).ToDictionary(g => g, g =>
        {
            LesionCounts Within(StenosisCase c)
            {
                var mine = c.Outcomes.Where(o => o.IsReference && groupOf(o) == g).ToArray();
                return new(mine.Length, 0, mine.Count(o => o.IsMatched), 0);
            }

            var pooled = Pool(cases.Select(Within));
            return (object)new { Lesions = pooled.Reference, Found = pooled.MatchedReference, Recall = Scorecard.Of(Interval(Within, c => c.Recall, "there is no such lesion")) };
        });

        var config = work.Experiment.Stenosis;
        var total = Pool(cases.Select(c => c.Match));
        return new
        {
            Cases = cases.Length,
            Patients = patients.Length,
            Thresholds = cases.Select(c => c.Threshold).Distinct().Order().ToArray(),
            PredictedVoxelsALesionVoxel = Scorecard.Number(cases.SelectMany(c => c.Outcomes).Where(o => !o.IsReference).Sum(o => o.Voxels) / (double)Math.Max(1, cases.Sum(c => c.LesionVoxels))),
            Lesions = total.Reference,
            total.Predicted,
            MatchedLesions = total.MatchedReference,
            MatchedPredictions = total.MatchedPredicted,
            Precision = Scorecard.Of(Interval(c => c.Match, c => c.Precision, "nothing was predicted")),
            Recall = Scorecard.Of(Interval(c => c.Match, c => c.Recall, "there is no lesion")),
            F1 = Scorecard.Of(Interval(c => c.Match, c => c.F1, "there is neither lesion nor prediction")),
            RecallByComposition = RecallBy(o => o.Known is null ? "unknown" : CohortFiles.WordOf(o.Known.Composition)),
            RecallByGrade = RecallBy(o => o.Known?.StenosisGrade?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "unknown"),
            LesionsTooSmallToMatch = cases.SelectMany(c => c.Outcomes).Count(o => o.IsReference && o.Voxels <= config.MinOverlap),
            PiecesTooSmallToMatch = cases.SelectMany(c => c.Outcomes).Count(o => !o.IsReference && o.Voxels <= config.MinOverlap),
            ByRule = Enum.GetValues<MatchRule>().ToDictionary(r => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(r.ToString()), r =>
            {
                var sum = Pool(cases.Select(c => c.ByRule[r]));
                return new { Precision = Scorecard.Number(sum.Precision), Recall = Scorecard.Number(sum.Recall), F1 = Scorecard.Number(sum.F1) };
            }),
        };
    }

    private static LesionCounts Pool(IEnumerable<LesionCounts> counts) => counts.Aggregate(default(LesionCounts), (a, b) => a + b);
}
