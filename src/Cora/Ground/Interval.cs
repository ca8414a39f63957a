using System.Globalization;

namespace Cora;

/// <summary>A closed interval, lowest and highest value included.</summary>
public readonly record struct Interval<T>(T Low, T High) where T : struct, IComparable<T>
{
    /// <summary>Whether <paramref name="value"/> lies within, ends included.</summary>
    public bool Contains(T value) => value.CompareTo(Low) >= 0 && value.CompareTo(High) <= 0;

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Low}..{High}");
}
