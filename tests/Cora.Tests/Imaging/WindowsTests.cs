using Cora.Imaging;

namespace Cora.Tests.Imaging;

public sealed class WindowsTests
{
    [Fact]
    public void The_four_windows_agree_with_the_reference()
    {
        var fixture = Fixture.Case("e/windows");
        var hu = Fixture.Array(fixture.GetProperty("inputs").GetProperty("hu")).ToSingles();
        var want = Fixture.Array(fixture.GetProperty("expect").GetProperty("channels")).Values;
        var got = new float[4 * hu.Length];

        new WindowsConfig().Apply(hu, got);

        for (var i = 0; i < want.Length; i++) Assert.True(Math.Abs(want[i] - got[i]) <= 1e-6, $"{i}: {got[i]} instead of {want[i]}");
    }

    [Theory]
    [InlineData(WindowSemantics.Range, 2 / 3.0)]
    [InlineData(WindowSemantics.LevelWidth, 1)]
    public void Sixty_HU_sits_within_the_fat_window_as_a_range_and_saturates_it_as_level_and_width(WindowSemantics semantics, double value)
    {
        var got = new float[4];
        new WindowsConfig { Semantics = semantics }.Apply([60f], got);

        Assert.Equal(value, got[0], 1e-5);
    }

    [Fact]
    public void A_window_without_width_is_told() => Assert.Equal("pairs", Assert.Single(new WindowsConfig { Pairs = [100, 100] }.Check()).Name);
}
