using Cora.Evaluation;

namespace Cora.Reporting;

/// <summary>A measure of one method, tested against the first.</summary>
/// <param name="Series">The method.</param>
/// <param name="Measure">Its value a training and over the resamples.</param>
/// <param name="Estimate">The mean over the trainings with its interval.</param>
/// <param name="AgainstFirst">The first method minus this one; null for the first, and where there are too few cases for an interval.</param>
/// <param name="HolmP">The test's p, corrected over the methods of this measure; NaN for the first and where there is no test.</param>
public sealed record MethodValue(MethodSeries Series, SeedMeasure Measure, Estimate Estimate, PairedDifference? AgainstFirst, double HolmP)
{
    /// <summary>Stars as in the paper's figures: * below 0.05, ** below 0.01, *** below 0.001.</summary>
    public string Stars => HolmP switch { < 0.001 => "***", < 0.01 => "**", < 0.05 => "*", _ => "" };
}

/// <summary>A measure of every method on the same cases.</summary>
/// <param name="Key">Its name in files.</param>
/// <param name="Name">Its name for readers.</param>
/// <param name="Values">The methods, in figure order.</param>
public sealed record MeasureRow(string Key, string Name, IReadOnlyList<MethodValue> Values)
{
    /// <summary>Measures every training of every method on the same resamples.</summary>
    /// <param name="key">Name in files.</param>
    /// <param name="name">Name for readers.</param>
    /// <param name="whyUndefined">Why the measure may be NaN.</param>
    /// <param name="series">The methods.</param>
    /// <param name="trainingsOf">The measure of each training of a method.</param>
    /// <param name="resamples">The resamples.</param>
    /// <param name="tooFew">Why there are no intervals and no tests; null where there are.</param>
    public static MeasureRow Of(
        string key, string name, string whyUndefined, IReadOnlyList<MethodSeries> series, Func<int, IReadOnlyList<Func<ReadOnlySpan<int>, double>>> trainingsOf, Resamples resamples,
        string? tooFew = null)
    {
        ArgumentNullException.ThrowIfNull(series);
        ArgumentNullException.ThrowIfNull(trainingsOf);
        var measures = series.Select((_, m) => SeedMeasure.Of(trainingsOf(m), resamples)).ToArray();
        if (tooFew is not null) return new(key, name, [.. series.Select((s, m) => new MethodValue(s, measures[m], measures[m].Estimated(resamples, whyUndefined).WithoutInterval(tooFew), null, double.NaN))]);
        var tests = measures.Skip(1).Select(m => PairedDifference.Of(measures[0], m)).ToArray();
        var adjusted = Holm.Adjust([.. tests.Select(t => t.PValue)]);
        return new(key, name, [.. series.Select((s, m) => new MethodValue(
            s, measures[m], measures[m].Estimated(resamples, whyUndefined), m == 0 ? null : tests[m - 1], m == 0 ? double.NaN : adjusted[m - 1]))]);
    }
}

/// <summary>One panel's worth of scores: a split and target, its cases, and measures of every method on them.</summary>
/// <param name="Split">The split's word.</param>
/// <param name="Target">What was predicted; empty when the task has one target.</param>
/// <param name="Cases">Number of cases.</param>
/// <param name="Counted">What the cases hold, in words.</param>
/// <param name="Resamples">The resamples that all measures share.</param>
/// <param name="Rows">The measures.</param>
public record ScoreCell(string Split, string Target, int Cases, string Counted, Resamples Resamples, IReadOnlyList<MeasureRow> Rows)
{
    /// <summary>For a heading: split and target in words.</summary>
    public string Heading => Target.Length == 0 ? Telling.Split(Split) : $"{Telling.Split(Split)}: {Telling.Plain(Target)}";

    /// <summary>The row of a measure.</summary>
    public MeasureRow this[string key] => Rows.First(r => r.Key == key);
}
