using System.Diagnostics;

namespace Cora.Journeys;

public sealed class StartJourney
{
    [Fact]
    public void The_version_comes_at_once_since_torch_is_not_loaded()
    {
        CoraProcess.Done("--version");
        var watch = Stopwatch.StartNew();

        var output = CoraProcess.Done("--version");

        Assert.StartsWith("cora ", output, StringComparison.Ordinal);

        // 0.05 s on an idle core; a second leaves room for a busy machine and is still less than loading libtorch and all else.
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 1);
    }

    [Fact]
    public void The_doctor_finds_this_machine_well()
    {
        var said = CoraProcess.Run("doctor");

        Assert.True(said.Code == 0, said.All);
        Assert.Contains("ok       torch", said.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Wrong_usage_ends_with_2() => Assert.Equal(2, CoraProcess.Run("phantom", "--no-such-option").Code);
}
