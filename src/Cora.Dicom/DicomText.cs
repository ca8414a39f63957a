using System.Text;

namespace Cora.Dicom;

/// <summary>How the letters of a data set are coded: SpecificCharacterSet with code extensions (PS3.3 C.12.1.1.2, PS3.5 section 6.1).</summary>
internal sealed class DicomText
{
    private const byte Escape = 0x1B;

    /// <summary>What an escape sequence chooses: which half of the code table, which encoding, and whether two bytes make a letter there.</summary>
    private sealed record Switch(byte[] Bytes, bool IsUpper, Encoding Encoding, bool IsDouble = false);

    private static readonly Encoding Latin1 = Encoding.Latin1;

    private static readonly Dictionary<string, int> CodePages = new()
    {
        ["6"] = 28591, ["100"] = 28591, ["101"] = 28592, ["109"] = 28593, ["110"] = 28594, ["144"] = 28595, ["127"] = 28596, ["126"] = 28597,
        ["138"] = 28598, ["148"] = 28599, ["203"] = 28605, ["13"] = 932, ["166"] = 874, ["192"] = 65001,
        ["87"] = 51932, ["159"] = 20932, ["149"] = 51949, ["58"] = 936,
    };

    private static readonly Switch[] Switches =
    [
        new([0x28, 0x42], false, Latin1), new([0x28, 0x4A], false, CodePage(932)),
        new([0x2D, 0x41], true, Latin1), new([0x2D, 0x42], true, CodePage(28592)), new([0x2D, 0x43], true, CodePage(28593)), new([0x2D, 0x44], true, CodePage(28594)),
        new([0x2D, 0x4C], true, CodePage(28595)), new([0x2D, 0x47], true, CodePage(28596)), new([0x2D, 0x46], true, CodePage(28597)),
        new([0x2D, 0x48], true, CodePage(28598)), new([0x2D, 0x4D], true, CodePage(28599)), new([0x2D, 0x62], true, CodePage(28605)),
        new([0x29, 0x49], true, CodePage(932)), new([0x2D, 0x54], true, CodePage(874)),
        new([0x24, 0x42], false, CodePage(51932), IsDouble: true), new([0x24, 0x28, 0x44], false, CodePage(20932), IsDouble: true),
        new([0x24, 0x29, 0x43], true, CodePage(51949)), new([0x24, 0x29, 0x41], true, CodePage(936)),
    ];

    private readonly Encoding encoding;
    private readonly bool hasExtensions;

    private DicomText(Encoding encoding, bool hasExtensions) => (this.encoding, this.hasExtensions) = (encoding, hasExtensions);

    /// <summary>The default repertoire; bytes beyond it are read as Latin-1 rather than lost.</summary>
    public static DicomText Ascii { get; } = new(Latin1, hasExtensions: false);

    /// <summary>The letters of a value of SpecificCharacterSet; unknown terms are read as Latin-1.</summary>
    public static DicomText Of(string specificCharacterSet)
    {
        var terms = specificCharacterSet.Split('\\').Select(t => t.Trim(' ', '\0').ToUpperInvariant().Replace('-', '_')).ToArray();
        var first = terms[0] switch
        {
            "GB18030" => CodePage(54936),
            "GBK" => CodePage(936),
            var term => CodePages.TryGetValue(term[(term.LastIndexOfAny([' ', '_']) + 1)..], out var page) ? CodePage(page) : Latin1,
        };
        return new(first, terms.Length > 1 || terms[0].StartsWith("ISO 2022", StringComparison.Ordinal));
    }

    /// <summary>The text of a value.</summary>
    public string Decode(ReadOnlySpan<byte> bytes) => hasExtensions && bytes.Contains(Escape) ? DecodeParts(bytes) : encoding.GetString(bytes);

    /// <summary>The bytes of a value, padded to an even number.</summary>
    public byte[] Encode(string text, DicomVr vr)
    {
        var coded = (vr.HasLetters() ? encoding : Latin1).GetBytes(text);
        return coded.Length % 2 == 0 ? coded : [.. coded, vr == DicomVr.UI ? (byte)0 : (byte)' '];
    }

    /// <summary>Cuts at escape sequences and at the letters that end their effect, and decodes each part by what is chosen there.</summary>
    private string DecodeParts(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        var (lower, upper, isDouble) = (Latin1, encoding, false);
        for (var i = 0; i < bytes.Length;)
        {
            if (bytes[i] == Escape)
            {
                var rest = bytes[(i + 1)..];
                Switch? chosen = null;
                foreach (var candidate in Switches)
                    if (rest.StartsWith(candidate.Bytes)) chosen = candidate;
                if (chosen is null)
                {
                    i++;                          // an unknown escape: the letter is dropped, the rest is read as it comes
                    continue;
                }

                if (chosen.IsUpper) upper = chosen.Encoding;
                else (lower, isDouble) = (chosen.Encoding, chosen.IsDouble);
                i += 1 + chosen.Bytes.Length;
                continue;
            }

            var isEnd = !isDouble && bytes[i] is (byte)'\\' or (byte)'^' or (byte)'=' or (byte)'\r' or (byte)'\n' or (byte)'\t' or 0x0C;
            if (isEnd)
            {
                text.Append((char)bytes[i++]);
                (lower, upper, isDouble) = (Latin1, encoding, false);
                continue;
            }

            var end = EndOfPart(bytes, i, isDouble);
            var part = bytes[i..end];
            text.Append(isDouble && part[0] < 0x80 ? DecodeDouble(part, lower) : (part[0] < 0x80 ? lower : upper).GetString(part));
            i = end;
        }

        return text.ToString();
    }

    private static int EndOfPart(ReadOnlySpan<byte> bytes, int start, bool isDouble)
    {
        var isUpper = bytes[start] >= 0x80;
        var end = start + 1;
        while (end < bytes.Length && bytes[end] != Escape && bytes[end] >= 0x80 == isUpper
               && (isDouble || bytes[end] is not ((byte)'\\' or (byte)'^' or (byte)'=' or (byte)'\r' or (byte)'\n' or (byte)'\t' or 0x0C)))
        {
            end++;
        }

        return end;
    }

    /// <summary>Seven-bit pairs as the eight-bit encodings have them: both high bits set, for JIS X 0212 in code page 20932 the first only.</summary>
    private static string DecodeDouble(ReadOnlySpan<byte> part, Encoding encoding)
    {
        var pairs = part.ToArray();
        for (var i = 0; i < pairs.Length; i++)
            if (encoding.CodePage != 20932 || i % 2 == 0) pairs[i] |= 0x80;
        return encoding.GetString(pairs);
    }

    private static Encoding CodePage(int page) => CodePagesEncodingProvider.Instance.GetEncoding(page) ?? Encoding.GetEncoding(page);
}
