namespace Cora.Dicom;

/// <summary>
/// The representations of tags in files that do not store them: the registry of PS3.6, as lines of a representation and its tags in tags.txt.
/// Tags that are not in it are kept as bytes, which a writer puts back as they were.
/// </summary>
internal static class DicomDictionary
{
    private static readonly Dictionary<uint, DicomVr> Known = Load();

    /// <summary>The representation of a tag in an implicit file; UN when it is not known here.</summary>
    public static DicomVr Of(DicomTag tag)
    {
        if (Known.TryGetValue(tag.Value, out var vr)) return vr;
        if (tag.Element == 0) return DicomVr.UL;
        if (tag.IsPrivate) return tag.Element is >= 0x10 and <= 0xFF ? DicomVr.LO : DicomVr.UN;
        return (tag.Group & 0xFF00) == 0x6000 && tag.Element == 0x3000 ? DicomVr.OW : DicomVr.UN;
    }

    /// <summary>Whether a number of the tag is signed when the pixels are: padding values, smallest and largest pixel.</summary>
    public static bool FollowsPixels(DicomTag tag) => tag.Value is >= 0x00280104 and <= 0x00280111 or 0x00280120 or 0x00280121;

    private static Dictionary<uint, DicomVr> Load()
    {
        using var stream = typeof(DicomDictionary).Assembly.GetManifestResourceStream("Cora.Dicom.tags.txt")!;
        using var reader = new StreamReader(stream);
        var result = new Dictionary<uint, DicomVr>();
        while (reader.ReadLine() is { } line)
        {
            var vr = DicomVrs.Of((byte)line[0], (byte)line[1]);
            for (var at = 3; at + 8 <= line.Length; at += 9) result.Add(Convert.ToUInt32(line.Substring(at, 8), 16), vr);
        }

        return result;
    }
}
