using System.Globalization;
using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace Cora.Imaging;

/// <summary>Names of labels that a NIfTI file carries in a header extension: TotalSegmentator's XML, elements Label with a Key and the name.</summary>
internal static class LabelNames
{
    /// <summary>Number and name of each label, in file order; empty where the file names none or is no NIfTI.</summary>
    public static IReadOnlyList<(int Key, string Name)> In(string path)
    {
        if (VolumeFile.Layout(path).Nifti is not { } header) return [];
        foreach (var extension in header.Extensions)
            if (NamesIn(extension.Content) is { Count: > 0 } names) return names;
        return [];
    }

    private static List<(int Key, string Name)> NamesIn(ReadOnlyMemory<byte> content)
    {
        var names = new List<(int Key, string Name)>();
        var text = Encoding.UTF8.GetString(content.Span).TrimEnd('\0', ' ', '\n');
        if (!text.Contains("<Label", StringComparison.Ordinal)) return names;
        try
        {
            // Written by others: no entities, no outside references.
            using var reader = XmlReader.Create(new StringReader(text), new() { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null });
            foreach (var label in XDocument.Load(reader).Descendants("Label"))
                if (int.TryParse(label.Attribute("Key")?.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var key)) names.Add((key, label.Value.Trim()));
        }
        catch (XmlException)
        {
            // An extension of another kind: the file has no names, which the caller deals with.
            names.Clear();
        }

        return names;
    }
}
