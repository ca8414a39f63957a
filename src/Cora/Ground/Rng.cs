using System.Numerics;

namespace Cora;

/// <summary>A small random generator, xoshiro256** (Blackman and Vigna 2018), made by <see cref="Seed.Random"/>. Not for several threads at once.</summary>
public sealed class Rng
{
    private ulong a, b, c, d;
    private double spareNormal = double.NaN;

    internal Rng(ulong seed)
    {
        a = Next(ref seed);
        b = Next(ref seed);
        c = Next(ref seed);
        d = Next(ref seed);

        static ulong Next(ref ulong state) => Seed.Mix(state += 0x9E3779B97F4A7C15UL);
    }

    /// <summary>64 random bits.</summary>
    public ulong NextBits()
    {
        var result = BitOperations.RotateLeft(b * 5, 7) * 9;
        var t = b << 17;
        c ^= a;
        d ^= b;
        b ^= c;
        a ^= d;
        c ^= t;
        d = BitOperations.RotateLeft(d, 45);
        return result;
    }

    /// <summary>Uniform in [0, 1), 53 bits.</summary>
    public double Uniform() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in [low, high).</summary>
    public double Uniform(double low, double high) => low + (high - low) * Uniform();

    /// <summary>Uniform in the interval.</summary>
    public double Uniform(Interval<double> interval) => Uniform(interval.Low, interval.High);

    /// <summary>A whole number in [low, high], both ends included, without bias.</summary>
    public int Integer(int low, int high)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(high, low);
        return (int)(low + (long)Below((ulong)((long)high - low + 1)));
    }

    /// <summary>A whole number in the interval, both ends included.</summary>
    public int Integer(Interval<int> interval) => Integer(interval.Low, interval.High);

    /// <summary>A whole number in [0, count), without bias.</summary>
    public long Index(long count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        return (long)Below((ulong)count);
    }

    /// <summary>True with the given probability.</summary>
    public bool Chance(double probability) => Uniform() < probability;

    /// <summary>Standard normal (Marsaglia's polar method).</summary>
    public double Normal()
    {
        if (!double.IsNaN(spareNormal))
        {
            var spare = spareNormal;
            spareNormal = double.NaN;
            return spare;
        }

        double u, v, s;
        do
        {
            u = 2 * Uniform() - 1;
            v = 2 * Uniform() - 1;
            s = u * u + v * v;
        }
        while (s is >= 1 or 0);

        var scale = Math.Sqrt(-2 * Math.Log(s) / s);
        spareNormal = v * scale;
        return u * scale;
    }

    /// <summary>Normal with the given mean and standard deviation.</summary>
    public double Normal(double mean, double standardDeviation) => mean + standardDeviation * Normal();

    /// <summary>Exponential with mean 1.</summary>
    public double Exponential() => -Math.Log(1 - Uniform());

    /// <summary>Gamma with the given shape and scale (Marsaglia and Tsang 2000).</summary>
    public double Gamma(double shape, double scale = 1)
    {
        if (shape < 1) return Gamma(shape + 1, scale) * Math.Pow(1 - Uniform(), 1 / shape);
        var d0 = shape - 1.0 / 3;
        var c0 = 1 / Math.Sqrt(9 * d0);
        while (true)
        {
            var x = Normal();
            var v = 1 + c0 * x;
            if (v <= 0) continue;
            v = v * v * v;
            if (Math.Log(1 - Uniform()) < 0.5 * x * x + d0 * (1 - v + Math.Log(v))) return d0 * v * scale;
        }
    }

    /// <summary>Beta with the given parameters.</summary>
    public double Beta(double alpha, double beta)
    {
        var x = Gamma(alpha);
        return x / (x + Gamma(beta));
    }

    /// <summary>Poisson with the given mean; exact below 30, a rounded normal with continuity correction above.</summary>
    public int Poisson(double mean)
    {
        if (mean <= 0) return 0;
        if (mean > 30) return (int)Math.Max(0, Math.Floor(Normal(mean, Math.Sqrt(mean)) + 0.5));
        var limit = Math.Exp(-mean);
        var count = 0;
        for (var product = 1 - Uniform(); product > limit; product *= 1 - Uniform()) count++;
        return count;
    }

    /// <summary>One of the items, each as likely.</summary>
    public T Pick<T>(IReadOnlyList<T> items)
    {
        ArgumentNullException.ThrowIfNull(items);
        return items[(int)Index(items.Count)];
    }

    /// <summary>An index drawn with probability proportional to its weight.</summary>
    public int Weighted(ReadOnlySpan<double> weights)
    {
        var total = 0.0;
        foreach (var w in weights) total += w;
        var target = Uniform() * total;
        for (var i = 0; i < weights.Length; i++)
        {
            target -= weights[i];
            if (target < 0) return i;
        }

        return weights.Length - 1;
    }

    /// <summary>Puts the items into random order (Fisher-Yates).</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (var i = items.Length - 1; i > 0; i--)
        {
            var j = (int)Index(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    private ulong Below(ulong count)
    {
        // Lemire's multiplication with rejection: no modulo bias.
        var high = Math.BigMul(NextBits(), count, out var low);
        if (low < count)
        {
            var threshold = (0UL - count) % count;
            while (low < threshold) high = Math.BigMul(NextBits(), count, out low);
        }

        return high;
    }
}
