namespace Cora.Journeys;

public sealed class StartJourney
{
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
