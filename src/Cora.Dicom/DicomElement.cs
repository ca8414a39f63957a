using System.Collections.Immutable;

namespace Cora.Dicom;

/// <summary>One element of a data set: bytes, a sequence of data sets, or the fragments of compressed pixels.</summary>
public sealed class DicomElement
{
    /// <summary>An element of bytes (little-endian).</summary>
    public DicomElement(DicomTag tag, DicomVr vr, DicomData data)
    {
        ArgumentNullException.ThrowIfNull(data);
        (Tag, Vr, Data) = (tag, vr, data);
    }

    /// <summary>A sequence.</summary>
    public DicomElement(DicomTag tag, IEnumerable<DicomDataset> items) => (Tag, Vr, Items) = (tag, DicomVr.SQ, [.. items]);

    /// <summary>Compressed pixels: the first fragment is the basic offset table, which may be empty.</summary>
    public DicomElement(DicomTag tag, DicomVr vr, IEnumerable<DicomData> fragments) => (Tag, Vr, Fragments) = (tag, vr, [.. fragments]);

    /// <summary>The element's name.</summary>
    public DicomTag Tag { get; }

    /// <summary>What the bytes mean.</summary>
    public DicomVr Vr { get; }

    /// <summary>The bytes; null for sequences and fragments.</summary>
    public DicomData? Data { get; }

    /// <summary>The items of a sequence; null otherwise.</summary>
    public ImmutableArray<DicomDataset>? Items { get; }

    /// <summary>The fragments of compressed pixels, offset table first; null otherwise.</summary>
    public ImmutableArray<DicomData>? Fragments { get; }

    /// <summary>The length that the file gave when fewer bytes were there; null when all were.</summary>
    public long? DeclaredLength { get; internal init; }

    /// <summary>The tag and the representation; no value, since messages show it.</summary>
    public override string ToString() => $"{Tag} {(Vr == DicomVr.None ? "??" : Vr)}";
}
