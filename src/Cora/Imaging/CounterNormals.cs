using System.Runtime.Intrinsics;

namespace Cora.Imaging;

/// <summary>
/// Normal deviates by position: the deviate of an index depends on the key and the index alone, so rows and threads may come in any order.
/// Two rounds of a 32-bit mixer (xorshift and multiply) on the counter, then Box and Muller.
/// </summary>
internal readonly struct CounterNormals
{
    private readonly uint keyA, keyB, keyC, keyD;

    public CounterNormals(Seed key)
    {
        var (first, second) = (Seed.Mix(key.Value + 0x9E3779B97F4A7C15UL), Seed.Mix(key.Value + 0xD1B54A32D192ED03UL));
        (keyA, keyB, keyC, keyD) = ((uint)first, (uint)(first >> 32), (uint)second, (uint)(second >> 32));
    }

    /// <summary>Two independent standard normals for each of the 16 indices from <paramref name="start"/> on.</summary>
    public (Vector512<float> First, Vector512<float> Second) Pair(uint start)
    {
        var index = Vector512.Create(start) + Vector512<uint>.Indices;
        var u = Uniform(Mix(Mix(index + Vector512.Create(keyA)) + Vector512.Create(keyB)));
        var v = Uniform(Mix(Mix(index + Vector512.Create(keyC)) ^ Vector512.Create(keyD)));
        var radius = Vector512.Sqrt(Vector512.Create(-2f) * Vector512.Log(u));
        var (sin, cos) = Vector512.SinCos(v * MathF.Tau);
        return (radius * cos, radius * sin);
    }

    /// <summary>One uniform in (0, 1) for an index, for code that is not vectorised; apart from the bits of <see cref="Pair"/>.</summary>
    public float UniformAt(uint index)
    {
        var h = Scalar(Scalar(index ^ keyC) + keyA);
        return ((h >> 8) + 0.5f) * (1f / (1 << 24));

        static uint Scalar(uint x)
        {
            x = (x ^ (x >> 16)) * 0x7FEB352Du;
            x = (x ^ (x >> 15)) * 0x846CA68Bu;
            return x ^ (x >> 16);
        }
    }

    /// <summary>24 bits, centred in their cell, so that neither 0 nor 1 comes out.</summary>
    private static Vector512<float> Uniform(Vector512<uint> bits) =>
        (Vector512.ConvertToSingle((bits >>> 8).AsInt32()) + Vector512.Create(0.5f)) * (1f / (1 << 24));

    private static Vector512<uint> Mix(Vector512<uint> x)
    {
        x = (x ^ (x >>> 16)) * 0x7FEB352Du;
        x = (x ^ (x >>> 15)) * 0x846CA68Bu;
        return x ^ (x >>> 16);
    }
}
