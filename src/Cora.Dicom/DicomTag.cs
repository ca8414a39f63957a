using System.Globalization;

namespace Cora.Dicom;

/// <summary>The name of an element: group and number within it (PS3.5 section 7.1).</summary>
public readonly record struct DicomTag(ushort Group, ushort Element) : IComparable<DicomTag>
{
    /// <summary>Group and element as one number, as lists of the standard print them: 0x00100010.</summary>
    public uint Value => ((uint)Group << 16) | Element;

    /// <summary>Whether a manufacturer gave it: its group is odd.</summary>
    public bool IsPrivate => (Group & 1) == 1;

    /// <summary>The tag of a number such as 0x00100010.</summary>
    public static DicomTag Of(uint value) => new((ushort)(value >> 16), (ushort)value);

    /// <inheritdoc/>
    public int CompareTo(DicomTag other) => Value.CompareTo(other.Value);

    /// <summary>Order of the numbers.</summary>
    public static bool operator <(DicomTag a, DicomTag b) => a.Value < b.Value;

    /// <summary>Order of the numbers.</summary>
    public static bool operator >(DicomTag a, DicomTag b) => a.Value > b.Value;

    /// <summary>Order of the numbers.</summary>
    public static bool operator <=(DicomTag a, DicomTag b) => a.Value <= b.Value;

    /// <summary>Order of the numbers.</summary>
    public static bool operator >=(DicomTag a, DicomTag b) => a.Value >= b.Value;

    /// <summary>As the standard prints it: (0010,0010).</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"({Group:X4},{Element:X4})");
}
