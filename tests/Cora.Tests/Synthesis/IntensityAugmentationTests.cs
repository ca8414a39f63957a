using Cora.Imaging;
using Cora.Synthesis;

namespace Cora.Tests.Synthesis;

public sealed class IntensityAugmentationTests
{
    private static readonly Size3 Size = new(20, 18, 16);

    [Fact]
    public void The_draws_have_the_chances_and_ranges_of_the_list()
    {
        const int draws = 20_000;
        var random = Seed.Root(1).Random();
        var drawn = Enumerable.Range(0, draws).Select(_ => IntensityAugmentation.Draw(new(), random)).ToArray();

        // Chances within four standard deviations of a binomial share; blur and low resolution meet one channel in half of their draws.
        Near(0.1, drawn.Count(d => d.Noise is not null));
        Near(0.1, drawn.Count(d => d.BlurVoxels is not null));
        Near(0.15, drawn.Count(d => d.Brightness is not null));
        Near(0.15, drawn.Count(d => d.Contrast is not null));
        Near(0.125, drawn.Count(d => d.LowResolution is not null));
        Near(0.1, drawn.Count(d => d.InvertedGamma is not null));
        Near(0.3, drawn.Count(d => d.Gamma is not null));
        var gammas = drawn.Select(d => d.Gamma).OfType<double>().ToArray();
        Assert.All(gammas, g => Assert.InRange(g, 0.7, 1.5));
        Assert.InRange(gammas.Count(g => g < 1) / (double)gammas.Length, 0.5 - 4 * 0.5 / Math.Sqrt(gammas.Length), 0.5 + 4 * 0.5 / Math.Sqrt(gammas.Length));
        Assert.All(drawn.Select(d => d.LowResolution).OfType<double>(), z => Assert.InRange(z, 0.5, 1));
        Assert.All(drawn.Select(d => d.Noise).OfType<(ulong, double Deviation)>(), n => Assert.InRange(n.Deviation, 0, 0.1));

        void Near(double chance, int count) => Assert.InRange((double)count / draws, chance - 4 * Math.Sqrt(chance * (1 - chance) / draws), chance + 4 * Math.Sqrt(chance * (1 - chance) / draws));
    }

    [Fact]
    public void A_chance_of_zero_leaves_a_step_out_and_shifts_no_other()
    {
        for (var i = 0; i < 50; i++)
        {
            var all = IntensityAugmentation.Draw(new(), Seed.Root(i).Random());
            var without = IntensityAugmentation.Draw(new() { Noise = 0, Gamma = 0 }, Seed.Root(i).Random());
            Assert.Equal(all with { Noise = null, Gamma = null }, without);
        }
    }

    [Fact]
    public void Nothing_drawn_changes_nothing_and_the_same_draw_gives_the_same_values()
    {
        var patch = Patch();
        var untouched = patch.ToArray();
        IntensityAugmentation.None.Apply(untouched, Size);
        Assert.Equal(patch, untouched);

        var everything = new IntensityAugmentation { Noise = (5, 0.1), BlurVoxels = new(0.7, 0.8, 0.9), Brightness = 1.2, Contrast = 0.8, LowResolution = 0.6, InvertedGamma = 1.3, Gamma = 0.8 };
        Assert.Equal(Applied(everything, patch), Applied(everything, patch));
        Assert.NotEqual(patch, Applied(everything, patch));
    }

    [Fact]
    public void Channels_share_what_was_drawn()
    {
        var patch = Patch();
        var everything = new IntensityAugmentation { Noise = (5, 0.1), BlurVoxels = new(0.7, 0.8, 0.9), Contrast = 0.8, LowResolution = 0.6, Gamma = 0.8 };
        float[] both = [.. patch, .. patch];
        everything.Apply(both, Size);

        Assert.Equal(both.AsSpan(0, patch.Length).ToArray(), both.AsSpan(patch.Length).ToArray());
        Assert.Equal(Applied(everything, patch), both.AsSpan(0, patch.Length).ToArray());
        Assert.Throws<ArgumentException>(() => everything.Apply(new float[patch.Length + 1], Size));
    }

    [Fact]
    public void Noise_is_white_and_as_strong_as_drawn()
    {
        var flat = new float[Size.Count];
        var noise = Applied(new() { Noise = (9, 0.08) }, flat);

        // 5760 voxels: the deviation is known to one part in a hundred, the mean to 0.001, the correlation to 0.013.
        Assert.Equal(0, noise.Average(), 4 * 0.08 / Math.Sqrt(noise.Length));
        Assert.Equal(0.08, Math.Sqrt(noise.Average(v => v * v)), 0.004);
        Assert.Equal(0, noise.Zip(noise.Skip(1)).Average(p => p.First * p.Second) / (0.08 * 0.08), 0.06);
    }

    [Fact]
    public void Blur_spreads_a_point_as_a_Gaussian_of_each_axis_and_keeps_the_sum()
    {
        var point = new float[17 * 17 * 17];
        point[(8 * 17 + 8) * 17 + 8] = 1;
        new IntensityAugmentation { BlurVoxels = new(0.6, 0.8, 1) }.Apply(point, Size3.Cube(17));

        Assert.Equal(1, point.Sum(v => (double)v), 1e-5);
        float At(int x, int y, int z) => point[((8 + z) * 17 + 8 + y) * 17 + 8 + x];

        // Ratios of neighbours are exp(-1 / (2 sigma^2)).
        Assert.Equal(Math.Exp(-0.5 / 0.36), At(1, 0, 0) / At(0, 0, 0), 1e-5);
        Assert.Equal(Math.Exp(-0.5 / 0.64), At(0, 1, 0) / At(0, 0, 0), 1e-5);
        Assert.Equal(Math.Exp(-0.5), At(0, 0, 1) / At(0, 0, 0), 1e-5);
        Assert.Equal(Math.Exp(-2), At(0, 0, -2) / At(0, 0, 0), 1e-5);
    }

    [Fact]
    public void Blur_leaves_a_constant_alone_up_to_the_border()
    {
        var flat = Enumerable.Repeat(3.5f, (int)Size.Count).ToArray();

        Assert.All(Applied(new() { BlurVoxels = new(1, 1, 1) }, flat), v => Assert.Equal(3.5f, v, 1e-5f));
    }

    [Fact]
    public void Brightness_multiplies() => Assert.Equal(Patch().Select(v => v * 1.25f), Applied(new() { Brightness = 1.25 }, Patch()));

    [Fact]
    public void Contrast_stretches_round_the_mean_and_keeps_the_range()
    {
        float[] patch = [-1, 0, 0, 1, 0, 0, 0, 0];

        Assert.Equal([-0.75f, 0, 0, 0.75f, 0, 0, 0, 0], Applied(new() { Contrast = 0.75 }, patch, Size3.Cube(2)));
        Assert.Equal(patch, Applied(new() { Contrast = 1.25 }, patch, Size3.Cube(2)));          // clamped to where it was
    }

    [Fact]
    public void Half_the_resolution_is_every_second_voxel_with_lines_between()
    {
        // Voxels 1, 3, 5, 7 stay (nearest to the centres of pairs), at positions 0.5, 2.5, 4.5, 6.5.
        var ramp = Enumerable.Range(0, 8).Select(v => (float)(v * v)).ToArray();
        var lower = Applied(new() { LowResolution = 0.5 }, [.. Enumerable.Range(0, 64).SelectMany(_ => ramp)], Size3.Cube(8));

        float[] expected = [1, 1 + 0.25f * 8, 1 + 0.75f * 8, 9 + 0.25f * 16, 9 + 0.75f * 16, 25 + 0.25f * 24, 25 + 0.75f * 24, 49];
        for (var i = 0; i < 8; i++) Assert.Equal(expected[i], lower[i + 8 * 27], 1e-5f);
    }

    [Fact]
    public void A_gamma_bends_between_lowest_and_highest_and_puts_mean_and_deviation_back()
    {
        var patch = Patch();
        foreach (var drawn in new IntensityAugmentation[] { new() { Gamma = 0.7 }, new() { Gamma = 1.5 }, new() { InvertedGamma = 1.4 } })
        {
            var bent = Applied(drawn, patch);
            Assert.Equal(patch.Average(), bent.Average(), 1e-5);
            Assert.Equal(Deviation(patch), Deviation(bent), 1e-5);
            var rising = patch.Zip(bent).OrderBy(v => v.First).Select(v => v.Second).ToArray();
            Assert.All(rising.Zip(rising.Skip(1)), v => Assert.True(v.Second >= v.First - 1e-6));          // float32 may make neighbours equal
        }

        // An exponent of 2 pulls a ramp down (its middle lies below the mean afterwards); on the negative it pushes it up.
        var ramp = Enumerable.Range(0, 27).Select(v => v / 26f).ToArray();
        Assert.True(Applied(new() { Gamma = 2 }, ramp, Size3.Cube(3))[13] < 0.5f);
        Assert.True(Applied(new() { InvertedGamma = 2 }, ramp, Size3.Cube(3))[13] > 0.5f);
        var flat = Enumerable.Repeat(2f, 27).ToArray();
        Assert.Equal(flat, Applied(new() { Gamma = 1.5 }, flat, Size3.Cube(3)));
    }

    [Fact]
    public void Settings_that_mean_nothing_are_told() =>
        Assert.Equal(["blur", "low_resolution_zoom", "gamma_exponent"], new IntensityConfig { Blur = 1.5, LowResolutionZoom = new(0.5, 2), GammaExponent = new(0, 1) }.Check().Select(p => p.Name));

    private static float[] Patch()
    {
        var random = Seed.Root(3).Random();
        return [.. Enumerable.Range(0, (int)Size.Count).Select(_ => (float)random.Normal(0.2, 1.1))];
    }

    private static float[] Applied(IntensityAugmentation drawn, float[] patch, Size3? size = null)
    {
        var changed = patch.ToArray();
        drawn.Apply(changed, size ?? Size);
        return changed;
    }

    private static double Deviation(float[] values) => Math.Sqrt(values.Average(v => Math.Pow(v - values.Average(), 2)));
}
