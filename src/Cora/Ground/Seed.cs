namespace Cora;

/// <summary>A point in the tree of chance. Same path, same numbers, whatever the thread, order or restart.</summary>
public readonly record struct Seed(ulong Value)
{
    /// <summary>The root of one experiment.</summary>
    public static Seed Root(long experiment) => new(Mix((ulong)experiment ^ 0x43_4F_52_41_53_45_45_44));

    /// <summary>The branch for a purpose, for example <c>"pretrain"</c>.</summary>
    public Seed Derive(string purpose)
    {
        ArgumentNullException.ThrowIfNull(purpose);
        var hash = 14695981039346656037UL;                            // FNV-1a over UTF-16 units
        foreach (var c in purpose) hash = (hash ^ c) * 1099511628211UL;
        return new(Mix(Mix(Value) ^ hash));
    }

    /// <summary>The branch for an index, for example a step or a case.</summary>
    public Seed Derive(long index) => new(Mix(Mix(Value + 0x9E3779B97F4A7C15UL) ^ Mix((ulong)index + 0xD1B54A32D192ED03UL)));

    /// <summary>A generator that starts here.</summary>
    public Rng Random() => new(Value);

    /// <summary>The finaliser of SplitMix64 (Steele, Lea, Flood 2014): a bijection that spreads every bit.</summary>
    internal static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }
}
