using System.Globalization;
using Cora.Evaluation;

namespace Cora.Reporting;

/// <summary>How numbers, splits and tests are put into words, alike in every caption and table.</summary>
internal static class Telling
{
    public const string Tests = "Stars: paired bootstrap z test against the first method, Holm-corrected over the methods of a panel and measure; * p < 0.05, ** p < 0.01, *** p < 0.001.";

    /// <summary>Words with a small first letter; those that begin with an abbreviation are not for it.</summary>
    public static string Small(string words) => words.Length == 0 ? "" : char.ToLowerInvariant(words[0]) + words[1..];

    /// <summary>Words with a capital first letter.</summary>
    public static string Capital(string words) => words.Length == 0 ? "" : char.ToUpperInvariant(words[0]) + words[1..];

    public static string Number(double value, string format = "0.00") => double.IsNaN(value) ? "not defined" : value.ToString(format, CultureInfo.InvariantCulture);

    public static string Interval(Estimate e, string format = "0.00") =>
        double.IsNaN(e.Value) ? $"not defined ({e.Reason})"
        : double.IsNaN(e.Low) ? $"{Number(e.Value, format)} ({e.Reason ?? "no interval"})"
        // An interval without width would look like certainty.
        : e.Low == e.High ? $"{Number(e.Value, format)} (the same in every resample)"
        : $"{Number(e.Value, format)} ({Number(e.Low, format)} to {Number(e.High, format)})";

    /// <summary>What the marks of <see cref="Brief"/> mean.</summary>
    public const string Marks = "† too few cases of a kind for an interval; ‡ the same in every resample.";

    /// <summary>As <see cref="Interval"/> for the fields of a table: a mark stands for why there is no interval.</summary>
    public static string Brief(Estimate e, string format) =>
        double.IsNaN(e.Value) ? "not defined" : double.IsNaN(e.Low) ? Number(e.Value, format) + " †" : e.Low == e.High ? Number(e.Value, format) + " ‡" : Interval(e, format);

    /// <summary>Why so few cases have no interval; null where there are enough of each kind.</summary>
    public static string? TooFew(params ReadOnlySpan<(int Count, string Kind)> kinds)
    {
        var isEnough = true;
        var counts = new List<string>();
        foreach (var (count, kind) in kinds)
        {
            isEnough &= count >= Estimate.LeastForInterval;
            counts.Add(string.Create(CultureInfo.InvariantCulture, $"{count} {kind}"));
        }

        return isEnough ? null : "too few for an interval: " + string.Join(", ", counts);
    }

    /// <summary>Why cases with so few positives or negatives have no interval; null where there are enough.</summary>
    public static string? TooFew(ScoredCases cases) => TooFew((cases.Positives, "positive"), (cases.Count - cases.Positives, "negative"));

    public static string P(double p) => double.IsNaN(p) ? "not tested" : p < 0.001 ? "p < 0.001" : "p = " + p.ToString(p < 0.1 ? "0.000" : "0.00", CultureInfo.InvariantCulture);

    public static string Plain(string word) => word.Replace("non_calcified", "non-calcified", StringComparison.Ordinal).Replace("mace_30d", "MACE within 30 days", StringComparison.Ordinal)
        .Replace("mace", "MACE", StringComparison.Ordinal).Replace('_', ' ');

    public static string Split(string split) => split switch
    {
        "internal_test" => "Internal test", "external_test" => "External test", "cross_validation" => "Cross-validation", "validation" => "Validation", _ => Plain(split),
    };

    public static string Letter(int panel) => ((char)('a' + panel)).ToString();

    /// <summary>How the intervals were made, and of how many trainings.</summary>
    public static string Intervals(IReadOnlyList<ScoreCell> cells)
    {
        var resamples = cells.Select(c => c.Resamples.Count).DefaultIfEmpty(0).Max();
        var redrawn = cells.Sum(c => c.Resamples.Redrawn);
        var text = string.Create(CultureInfo.InvariantCulture, $"Intervals are 95 % percentile intervals of {resamples} bootstrap resamples of the cases");
        if (redrawn > 0) text += string.Create(CultureInfo.InvariantCulture, $" ({redrawn} draws with one class alone were drawn again)");
        return $"{text}; {Seeds(cells.SelectMany(c => c.Rows).SelectMany(r => r.Values).Select(v => (v.Series.Name, v.Measure.Seeds.Count)))}.";
    }

    public static string Seeds(IEnumerable<(string Name, int Count)> methods)
    {
        var counts = methods.Distinct().ToArray();
        if (counts.All(c => c.Count == 1)) return "one training a method";
        return counts.Select(c => c.Count).Distinct().Count() == 1
            ? string.Create(CultureInfo.InvariantCulture, $"means over {counts[0].Count} trainings a method")
            : "means over the trainings (" + string.Join(", ", counts.Select(c => string.Create(CultureInfo.InvariantCulture, $"{c.Name} {c.Count}"))) + ")";
    }

    /// <summary>A measure of every method in words, with p where there is a test.</summary>
    public static string Values(MeasureRow row, string format = "0.00") => string.Join("; ", row.Values.Select(v =>
        $"{v.Series.Name} {Interval(v.Estimate, format)}" + (v.AgainstFirst is null || double.IsNaN(v.HolmP) ? "" : $", {P(v.HolmP)}")));

    public static string Held(ScoreCell cell) => string.Create(CultureInfo.InvariantCulture, $"{cell.Heading} ({cell.Cases} cases, {cell.Counted})");

    /// <summary>A warning where only the cases that chose the weights are there.</summary>
    public static string Caution(IReadOnlyList<ScoreCell> cells) =>
        cells.Any(c => c.Split == "validation") ? " The validation cases chose the weights: these numbers flatter." : "";
}
