using Cora.Imaging;

namespace Cora.Tests.Imaging;

public sealed class CtNoiseTests
{
    public static TheoryData<string> Tables => Fixture.Names("f", "ct_noise");

    [Theory]
    [MemberData(nameof(Tables))]
    public void Mean_and_deviation_are_those_of_the_exact_distribution(string name)
    {
        var fixture = Fixture.Case(name);
        var mu = fixture.GetProperty("params").GetProperty("mu_water_per_mm").GetDouble();
        var table = Fixture.Array(fixture.GetProperty("expect").GetProperty("table"));
        var noise = new CtNoise(new() { MuWater = mu, SigmaE = 0 });
        const int draws = 60_000;
        for (var row = 0; row < table.Shape[0]; row++)
        {
            double Column(int c) => table.Values[row * table.Shape[1] + c];
            var (hu, counts, mean, deviation) = (Column(0), Column(1), Column(5), Column(6));
            var values = new float[draws];
            Array.Fill(values, (float)hu);

            noise.Apply(values, Seed.Root(row));

            var got = values.Average(v => (double)v);
            var gotDeviation = Math.Sqrt(values.Average(v => (v - got) * (v - got)));
            Assert.Equal(counts, noise.ExpectedCounts(hu), counts * 1e-9);

            // Five standard errors of the mean, 4 % of the deviation: what the reference tables allow.
            Assert.True(Math.Abs(got - mean) < 5 * deviation / Math.Sqrt(draws) + 0.02, $"{hu} HU: mean {got} instead of {mean}");
            // Below half a photon the deviation hangs on the few voxels with two or more, too few to measure it.
            if (counts > 0.5) Assert.True(Math.Abs(gotDeviation / deviation - 1) < 0.04, $"{hu} HU: deviation {gotDeviation} instead of {deviation}");
        }
    }

    [Fact]
    public void Electronic_noise_in_HU_adds_its_variance()
    {
        var values = new float[60_000];
        new CtNoise(new() { SigmaEDomain = ElectronicNoiseDomain.Hu, SigmaE = 20 }).Apply(values, Seed.Root(1));
        var mean = values.Average(v => (double)v);

        // 5.8 HU of photons at water, see the table in the paper's values; together sqrt(5.84² + 20²). Two percent is four standard errors.
        Assert.Equal(1, Math.Sqrt(values.Average(v => (v - mean) * (v - mean))) / Math.Sqrt(5.84 * 5.84 + 400), 0.02);
    }

    [Fact]
    public void The_rest_of_a_row_gets_the_same_noise_as_a_whole_row()
    {
        var (whole, part) = (new float[64], new float[37]);
        var noise = new CtNoise(new());
        noise.Apply(whole, Seed.Root(9));
        noise.Apply(part, Seed.Root(9));

        Assert.Equal(whole[..37], part);
    }

    [Fact]
    public void NaN_stays_NaN()
    {
        var values = new[] { 0f, float.NaN, 100f };
        new CtNoise(new()).Apply(values, Seed.Root(1));

        Assert.True(float.IsNaN(values[1]) && float.IsFinite(values[0]) && float.IsFinite(values[2]));
    }
}
