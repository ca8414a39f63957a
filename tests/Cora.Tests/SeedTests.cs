namespace Cora.Tests;

public sealed class SeedTests
{
    [Fact]
    public void The_same_path_gives_the_same_numbers() =>
        Assert.Equal(Seed.Root(7).Derive("pretrain").Derive(41207).Random().NextBits(), Seed.Root(7).Derive("pretrain").Derive(41207).Random().NextBits());
}
