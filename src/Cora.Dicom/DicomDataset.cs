using System.Buffers.Binary;
using System.Globalization;

namespace Cora.Dicom;

/// <summary>Elements by tag, in the order of the file. Values are read as the representation says, whatever the file's byte order was.</summary>
public sealed class DicomDataset
{
    private readonly List<DicomElement> elements = [];
    private readonly Dictionary<DicomTag, int> places = [];

    /// <summary>The elements in order.</summary>
    public IReadOnlyList<DicomElement> Elements => elements;

    /// <summary>How letters are coded: the data set's own SpecificCharacterSet, or that of the one it lies in.</summary>
    internal DicomText Letters { get; set; } = DicomText.Ascii;

    /// <summary>The element, or null.</summary>
    public DicomElement? this[DicomTag tag] => places.TryGetValue(tag, out var place) ? elements[place] : null;

    /// <summary>Whether the element is there, empty or not.</summary>
    public bool Has(DicomTag tag) => places.ContainsKey(tag);

    /// <summary>Adds an element, or puts it in place of the one with its tag.</summary>
    public void Set(DicomElement element)
    {
        ArgumentNullException.ThrowIfNull(element);
        if (!places.TryAdd(element.Tag, elements.Count)) elements[places[element.Tag]] = element;
        else elements.Add(element);
        if (element.Tag == Tags.SpecificCharacterSet && element.Data is { Length: <= MostTextBytes } data) Letters = DicomText.Of(DicomText.Ascii.Decode(data.Read()));
    }

    /// <summary>Sets a text; letters beyond ASCII need SpecificCharacterSet ISO_IR 192 set first (it is written as UTF-8).</summary>
    public void Set(DicomTag tag, DicomVr vr, string text) => Set(new(tag, vr, new DicomData(Letters.Encode(text, vr))));

    /// <summary>Sets numbers of a binary representation, or as decimal text for DS and IS.</summary>
    public void Set(DicomTag tag, DicomVr vr, params double[] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (vr is DicomVr.DS or DicomVr.IS)
        {
            Set(tag, vr, string.Join('\\', values.Select(DecimalText)));
            return;
        }

        var unit = vr.UnitBytes();
        var bytes = new byte[unit * values.Length];
        for (var i = 0; i < values.Length; i++) DicomNumbers.Write(vr, bytes.AsSpan(i * unit, unit), values[i]);
        Set(new(tag, vr, new DicomData(bytes)));
    }

    /// <summary>The single text of an element, without padding; null when it is missing, empty or no text.</summary>
    public string? Text(DicomTag tag)
    {
        var values = Texts(tag);
        return values.Count > 0 && values[0].Length > 0 ? values[0] : null;
    }

    /// <summary>The texts of an element, without padding; none when it is missing, empty or no text.</summary>
    public IReadOnlyList<string> Texts(DicomTag tag)
    {
        if (this[tag] is not { Data: { Length: > 0 and <= MostTextBytes } data } element || !(element.Vr.IsText() || element.Vr == DicomVr.UN)) return [];
        var all = (element.Vr.HasLetters() ? Letters : DicomText.Ascii).Decode(data.Read());
        return element.Vr.IsMultiple() ? [.. all.Split('\\').Select(t => t.Trim(' ', '\0'))] : [all.TrimEnd(' ', '\0')];
    }

    /// <summary>The first number of an element, binary or text; null when it is missing, empty or no number.</summary>
    public double? Number(DicomTag tag) => Numbers(tag) is [var first, ..] && double.IsFinite(first) ? first : null;

    /// <summary>The first number as a whole one; null when it is missing or not whole.</summary>
    public int? Integer(DicomTag tag) => Number(tag) is { } number && number == Math.Floor(number) && Math.Abs(number) <= int.MaxValue ? (int)number : null;

    /// <summary>The numbers of an element, binary or text; NaN where a text is no number.</summary>
    public IReadOnlyList<double> Numbers(DicomTag tag)
    {
        if (this[tag] is not { Data: { Length: > 0 and <= MostTextBytes } data } element) return [];
        if (element.Vr.IsText())
        {
            return [.. Texts(tag).Select(t => double.TryParse(t, NumberStyles.Float, CultureInfo.InvariantCulture, out var v) ? v : double.NaN)];
        }

        return DicomNumbers.Read(element.Vr, data.Read());
    }

    /// <summary>The items of a sequence; none when it is missing.</summary>
    public IReadOnlyList<DicomDataset> Items(DicomTag tag) => this[tag]?.Items is { } items ? items : [];

    /// <summary>The first item of a sequence, or null.</summary>
    public DicomDataset? FirstItem(DicomTag tag) => Items(tag) is [var first, ..] ? first : null;

    /// <summary>Longer values are no texts or lists of numbers that anyone asks for by name.</summary>
    private const int MostTextBytes = 1 << 20;

    /// <summary>A decimal of at most 16 letters, as DS has it.</summary>
    private static string DecimalText(double value)
    {
        for (var digits = 17; digits > 5; digits--)
        {
            var text = value.ToString("G" + digits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
            if (text.Length <= 16) return text;
        }

        throw new ArgumentException($"{value} cannot be written as a decimal of 16 letters.", nameof(value));
    }
}

/// <summary>Binary numbers, little-endian.</summary>
internal static class DicomNumbers
{
    public static double[] Read(DicomVr vr, ReadOnlySpan<byte> bytes)
    {
        var unit = vr.UnitBytes();
        if (unit == 1) return [];
        var result = new double[bytes.Length / unit];
        for (var i = 0; i < result.Length; i++)
        {
            var part = bytes.Slice(i * unit, unit);
            result[i] = vr switch
            {
                DicomVr.SS => BinaryPrimitives.ReadInt16LittleEndian(part),
                DicomVr.US or DicomVr.OW or DicomVr.AT => BinaryPrimitives.ReadUInt16LittleEndian(part),
                DicomVr.SL => BinaryPrimitives.ReadInt32LittleEndian(part),
                DicomVr.UL or DicomVr.OL => BinaryPrimitives.ReadUInt32LittleEndian(part),
                DicomVr.SV => BinaryPrimitives.ReadInt64LittleEndian(part),
                DicomVr.UV or DicomVr.OV => BinaryPrimitives.ReadUInt64LittleEndian(part),
                DicomVr.FL or DicomVr.OF => BinaryPrimitives.ReadSingleLittleEndian(part),
                _ => BinaryPrimitives.ReadDoubleLittleEndian(part),
            };
        }

        return result;
    }

    public static void Write(DicomVr vr, Span<byte> to, double value)
    {
        switch (vr)
        {
            case DicomVr.SS: BinaryPrimitives.WriteInt16LittleEndian(to, checked((short)value)); break;
            case DicomVr.US: BinaryPrimitives.WriteUInt16LittleEndian(to, checked((ushort)value)); break;
            case DicomVr.SL: BinaryPrimitives.WriteInt32LittleEndian(to, checked((int)value)); break;
            case DicomVr.UL: BinaryPrimitives.WriteUInt32LittleEndian(to, checked((uint)value)); break;
            case DicomVr.FL: BinaryPrimitives.WriteSingleLittleEndian(to, (float)value); break;
            case DicomVr.FD: BinaryPrimitives.WriteDoubleLittleEndian(to, value); break;
            default: throw new ArgumentException($"{vr} holds no numbers that can be set.", nameof(vr));
        }
    }
}
