using Cora.Cohorts;

namespace Cora.Tests.Cli;

public sealed class PhantomVerbTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_dry_run_writes_nothing_and_prints_the_settings_it_would_take()
    {
        var (code, output, error) = InProcess.Run("phantom", "--out", folder["c"], "--cases", "7", "--tier", "subtle", "--set", "cases=9", "--dry-run");

        Assert.Equal(ExitCode.Done, code);
        Assert.Contains("cases = 7\n", output, StringComparison.Ordinal);
        Assert.Contains("tier = \"subtle\"\n", output, StringComparison.Ordinal);
        Assert.Contains("would write 7 cases of 64 x 64 x 64 voxels at 1 mm", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder["c"]));
    }

    [Fact]
    public void Everything_wrong_is_told_at_once_and_nothing_is_written()
    {
        var (code, output, error) = InProcess.Run("phantom", "--out", folder["c"], "--cases", "0", "--sites", "9", "--tier", "square", "--set", "sizes=5");

        Assert.Equal(ExitCode.Usage, code);
        Assert.Empty(output);
        Assert.Contains("command line: cases = 0, expected 1", error, StringComparison.Ordinal);
        Assert.Contains("command line: sites = 9, expected 1 to 6", error, StringComparison.Ordinal);
        Assert.Contains("command line: tier = square, expected subtle or prominent", error, StringComparison.Ordinal);
        Assert.Contains("command line: sizes = 5, no such setting; did you mean ", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder["c"]));
    }

    [Fact]
    public void A_cohort_is_made_and_can_be_loaded()
    {
        var (code, output, error) = InProcess.Run("phantom", "--out", folder["c"], "--cases", "3", "--sites", "2", "--size", "32", "--seed", "5", "--threads", "1");

        Assert.Equal(ExitCode.Done, code);
        Assert.Empty(output);
        Assert.Contains("phantom · 3 of 3 cases", error, StringComparison.Ordinal);
        Assert.Equal(3, Cohort.Load(folder["c"]).Cases.Count);
    }
}
