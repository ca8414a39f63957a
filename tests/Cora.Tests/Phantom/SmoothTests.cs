using Cora.Imaging;
using Cora.Phantom;

namespace Cora.Tests.Phantom;

public sealed class SmoothTests
{
    private static readonly Size3 Size = new(19, 17, 15);

    [Fact]
    public void A_point_becomes_the_product_of_three_Gaussians()
    {
        var voxels = new float[Size.Count];
        voxels[(7 * 17 + 8) * 19 + 9] = 1000;
        new Smooth(Size).Gaussian(voxels, 0.9, 1.2, 0.6);

        double Weight(int d, double sigma)
        {
            var half = (int)Math.Ceiling(3.5 * sigma);
            return Math.Exp(-0.5 * d * d / (sigma * sigma)) / Enumerable.Range(-half, 2 * half + 1).Sum(k => Math.Exp(-0.5 * k * k / (sigma * sigma)));
        }

        foreach (var (x, y, z) in new[] { (0, 0, 0), (1, 0, 0), (0, -2, 0), (2, 1, -1), (-1, -1, 1) })
            Assert.Equal(1000 * Weight(x, 0.9) * Weight(y, 1.2) * Weight(z, 0.6), voxels[((7 + z) * 17 + 8 + y) * 19 + 9 + x], 0.01);
    }

    [Fact]
    public void A_constant_stays_and_an_axis_of_zero_is_left_alone()
    {
        var constant = Enumerable.Repeat(40f, (int)Size.Count).ToArray();
        new Smooth(Size).Gaussian(constant, 1.5, 1.5, 1.5);
        Assert.All(constant, v => Assert.Equal(40, v, 0.001));

        var ramp = Enumerable.Range(0, (int)Size.Count).Select(i => (float)(i % 19)).ToArray();
        var after = (float[])ramp.Clone();
        new Smooth(Size).Gaussian(after, 0, 2, 2);
        Assert.All(ramp.Zip(after), pair => Assert.Equal(pair.First, pair.Second, 0.001));
    }

    [Fact]
    public void White_noise_keeps_the_share_of_its_spread_that_the_gain_says()
    {
        var size = Size3.Cube(48);
        var rng = Seed.Root(2).Random();
        var voxels = Enumerable.Range(0, (int)size.Count).Select(_ => (float)rng.Normal()).ToArray();
        new Smooth(size).Gaussian(voxels, 0.7, 0.7, 0.7);

        // Repeated edges raise the spread of the outer voxels a little.
        var spread = Math.Sqrt(voxels.Average(v => (double)v * v));
        Assert.Equal(Math.Pow(Smooth.NoiseGain(0.7), 3), spread, 0.01);
    }
}
