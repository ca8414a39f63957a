using System.Runtime.Intrinsics;

namespace Cora.Imaging;

/// <summary>
/// Beer-Lambert noise: mu = mu_w (1 + HU/1000), N = Poisson(I0 exp(-mu L)) + electronic noise, at least 1 count, and back to HU. The clamp at one count
/// keeps photon starvation finite: nothing above 1878 HU can come out with the defaults (plus noise in HU, where that domain is chosen).
/// </summary>
public sealed class CtNoise(NoiseConfig config)
{
    /// <summary>
    /// Below this mean the Poisson distribution is inverted exactly; above it a normal quantile with the second-order term of Cornish and Fisher,
    /// rounded to whole counts, has the right mean, variance and skewness.
    /// </summary>
    private const float ExactBelow = 16;

    /// <summary>Expected counts at an HU.</summary>
    public double ExpectedCounts(double hu) => config.Photons * Math.Exp(-config.MuWater * (1 + hu / 1000) * config.PathMm);

    /// <summary>Adds noise in place. A pure function of the values and the key, whatever the thread.</summary>
    /// <param name="hu">HU values; NaN stays NaN.</param>
    /// <param name="key">Where the noise comes from.</param>
    public void Apply(Span<float> hu, Seed key)
    {
        var normals = new CounterNormals(key);
        var whole = hu.Length - hu.Length % Vector512<float>.Count;
        for (var i = 0; i < whole; i += Vector512<float>.Count)
        {
            var block = hu.Slice(i, Vector512<float>.Count);
            Noisy(Vector512.Create<float>(block), normals, (uint)i).CopyTo(block);
        }

        if (whole == hu.Length) return;
        Span<float> rest = stackalloc float[Vector512<float>.Count];
        rest.Clear();
        hu[whole..].CopyTo(rest);
        Noisy(Vector512.Create<float>(rest), normals, (uint)whole).CopyTo(rest);
        rest[..(hu.Length - whole)].CopyTo(hu[whole..]);
    }

    private Vector512<float> Noisy(Vector512<float> hu, CounterNormals normals, uint start)
    {
        var muPath = (float)(config.MuWater * config.PathMm);
        var mean = Vector512.Exp(hu * (-muPath / 1000) + Vector512.Create(MathF.Log((float)config.Photons) - muPath));
        var (z, electronic) = normals.Pair(start);
        var counts = Vector512.Floor(mean + Vector512.Sqrt(mean) * z + (z * z - Vector512<float>.One) * (1f / 6) + Vector512.Create(0.5f));
        if (Vector512.LessThanAny(mean, Vector512.Create(ExactBelow))) counts = WithExact(counts, mean, normals, start);
        electronic *= (float)config.SigmaE;
        if (config.SigmaEDomain == ElectronicNoiseDomain.Counts) counts += electronic;
        var transmitted = Vector512.Log(Vector512.Max(counts, Vector512<float>.One) * (float)(1 / config.Photons));
        var result = transmitted * (-1000 / muPath) - Vector512.Create(1000f);
        if (config.SigmaEDomain == ElectronicNoiseDomain.Hu) result += electronic;
        return Vector512.ConditionalSelect(Vector512.Equals(hu, hu), result, hu);
    }

    private static Vector512<float> WithExact(Vector512<float> counts, Vector512<float> mean, CounterNormals normals, uint start)
    {
        for (var lane = 0; lane < Vector512<float>.Count; lane++)
        {
            var m = mean.GetElement(lane);
            if (m < ExactBelow) counts = counts.WithElement(lane, Inverse(normals.UniformAt(start + (uint)lane), m));
        }

        return counts;
    }

    /// <summary>The smallest count whose cumulative probability exceeds u.</summary>
    private static int Inverse(double u, double mean)
    {
        var probability = Math.Exp(-mean);
        var count = 0;
        for (var sum = probability; sum < u && count < 200; sum += probability) probability *= mean / ++count;
        return count;
    }
}
