using Cora.Tests;
using Cora.Tests.Reporting;

namespace Cora.Journeys;

/// <summary>The report of a reproduction that has more than a small one can have: several heads, seeds, an imported cohort.</summary>
public sealed class ReportJourney : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_report_opens_by_day_and_by_night_without_error_missing_picture_or_barrier_and_prints_uncut()
    {
        Assert.SkipUnless(Reader.IsHere, Reader.Missing);
        folder.Reproduction("out", seeds: 1, cases: 12, heads: false);
        folder.Imported("out/cohort");

        await Reader.Opens(CoraProcess.Done("report", folder["out"]).Trim(), pictures: 20);
    }
}
