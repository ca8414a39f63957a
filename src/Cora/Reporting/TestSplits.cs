namespace Cora.Reporting;

/// <summary>Which splits of a task can be shown: those that every training of every method has predicted.</summary>
internal static class TestSplits
{
    private static readonly string[] Tested = ["internal_test", "external_test", "cross_validation"];

    /// <summary>The test splits; only when there is none at all, the validation split.</summary>
    /// <exception cref="CoraException">Some runs have a split that others lack, or there is no table at all; everything is named.</exception>
    public static IReadOnlyList<string> Of(IReadOnlyList<MethodSeries> series, string suffix = "")
    {
        bool Has(MethodSeries s, string run, string split) => File.Exists(MethodSeries.Table(run, s.Stem, split + suffix));
        var there = Tested.Where(split => series.Any(s => s.Runs.Any(run => Has(s, run, split)))).ToArray();
        if (there.Length == 0 && series.Any(s => s.Runs.Any(run => Has(s, run, "validation")))) there = ["validation"];
        if (there.Length == 0)
            throw new CoraException($"{series[0].Runs[0]} has no predictions/{series[0].Stem}-SPLIT{suffix}.csv.", "Let the run finish; it predicts the test cases at its end.");
        var missing = (from split in there from s in series from run in s.Runs where !Has(s, run, split) select MethodSeries.Table(run, s.Stem, split + suffix)).Distinct().ToArray();
        if (missing.Length > 0)
            throw new CoraException($"The runs have not predicted the same splits; missing: {string.Join(", ", missing)}.", "Compare runs of one cohort, all finished.", ExitCode.Usage);
        return there;
    }
}
