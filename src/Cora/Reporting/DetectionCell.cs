using System.Globalization;
using Cora.Evaluation;

namespace Cora.Reporting;

/// <summary>Scores of lesion detection: precision, recall and F1 of pooled counts, and recall by kind of lesion, patients resampled.</summary>
internal static class DetectionCell
{
    public static readonly IReadOnlyList<string> Measures = ["precision", "recall", "f1"];
    private static readonly string[] SameReference = ["lesions"];

    /// <summary>A cell for every split.</summary>
    /// <exception cref="CoraException">The runs were not tested on the same cases and lesions.</exception>
    public static IReadOnlyList<ScoreCell> ReadAll(IReadOnlyList<MethodSeries> series, int resamples, Seed seed) =>
        [.. TestSplits.Of(series, "-cases").Select(split => Of(series, split, resamples, seed))];

    private static ScoreCell Of(IReadOnlyList<MethodSeries> series, string split, int count, Seed seed)
    {
        var tables = CaseTables.Read(series, split, "-cases", SameReference);
        var resamples = tables.Draw(count, seed, "stenosis");
        var counts = series.Select((s, m) => s.Runs.Select((_, t) => Counts(tables, m, t)).ToArray()).ToArray();
        var total = Sum(counts[0][0], [.. Enumerable.Range(0, tables.Cases.Count)]);
        MeasureRow Row(string key, string name, Func<LesionCounts, double> measure, string why) => MeasureRow.Of(
            key, name, why, series, m => [.. counts[m].Select(c => new Func<ReadOnlySpan<int>, double>(positions => measure(Sum(c, positions))))], resamples, Telling.TooFew((total.Reference, "lesions")));
        List<MeasureRow> rows =
        [
            Row("precision", "Precision", c => c.Precision, "nothing was predicted"), Row("recall", "Recall", c => c.Recall, "there is no lesion"),
            Row("f1", "F1", c => c.F1, "there is neither lesion nor prediction"),
        ];
        var lesions = series.Select(s => s.Runs.Select(run => LesionRecord.Read(MethodSeries.Table(run, s.Stem, split)).Where(l => l.IsReference).ToLookup(l => l.Case)).ToArray()).ToArray();
        rows.AddRange(Kinds(lesions[0][0].SelectMany(l => l)).Select(kind => MeasureRow.Of(
            kind.Key, kind.Name, "there is no such lesion", series, m => [.. lesions[m].Select(l => Recall(l, tables.Cases, kind.Is))], resamples, Telling.TooFew((lesions[0][0].SelectMany(l => l).Count(kind.Is), "lesions")))));
        return new(split, "", tables.Cases.Count, string.Create(CultureInfo.InvariantCulture, $"{total.Reference} lesions"), resamples, rows);
    }

    /// <summary>Kinds of lesions that are there, with their numbers: by composition, then by grade.</summary>
    private static IEnumerable<(string Key, string Name, Func<LesionRecord, bool> Is)> Kinds(IEnumerable<LesionRecord> reference)
    {
        var all = reference.ToArray();
        foreach (var composition in LesionRecord.Compositions)
        {
            var number = all.Count(l => l.Composition == composition);
            var word = composition.Length == 0 ? LesionRecord.NotRecorded : Telling.Plain(composition);
            if (number > 0) yield return ($"recall_{(composition.Length == 0 ? "not_recorded" : composition)}", string.Create(CultureInfo.InvariantCulture, $"{word}\nn = {number}"), l => l.Composition == composition);
        }

        foreach (var grade in all.Select(l => l.Grade).Distinct().OrderBy(g => g ?? int.MaxValue))
        {
            var number = all.Count(l => l.Grade == grade);
            yield return (
                string.Create(CultureInfo.InvariantCulture, $"recall_grade_{grade?.ToString(CultureInfo.InvariantCulture) ?? "not_recorded"}"),
                string.Create(CultureInfo.InvariantCulture, $"{(grade is { } g ? $"grade {g}" : LesionRecord.NotRecorded)}\nn = {number}"), l => l.Grade == grade);
        }
    }

    private static Func<ReadOnlySpan<int>, double> Recall(ILookup<string, LesionRecord> lesions, IReadOnlyList<string> cases, Func<LesionRecord, bool> isKind)
    {
        var there = cases.Select(id => lesions[id].Count(isKind)).ToArray();
        var found = cases.Select(id => lesions[id].Count(l => isKind(l) && l.IsMatched)).ToArray();
        return positions =>
        {
            var (all, hit) = (0, 0);
            foreach (var i in positions) (all, hit) = (all + there[i], hit + found[i]);
            return all == 0 ? double.NaN : (double)hit / all;
        };
    }

    private static LesionCounts[] Counts(CaseTables tables, int method, int training)
    {
        int[] Whole(string column) => Array.ConvertAll(tables.Column(method, training, column), v => (int)v);
        var (reference, predicted, found, right) = (Whole("lesions"), Whole("predicted"), Whole("matched_lesions"), Whole("matched_predictions"));
        return [.. reference.Select((r, i) => new LesionCounts(r, predicted[i], found[i], right[i]))];
    }

    private static LesionCounts Sum(LesionCounts[] counts, ReadOnlySpan<int> positions)
    {
        var sum = default(LesionCounts);
        foreach (var i in positions) sum += counts[i];
        return sum;
    }
}
