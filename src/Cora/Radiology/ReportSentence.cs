using System.Text;
using System.Text.RegularExpressions;

namespace Cora.Radiology;

/// <summary>A sentence of a report, the section it stands in, and the vessel whose heading it stands under (<c>LAD: …</c>).</summary>
internal sealed partial record ReportSentence(string Section, string Text, IReadOnlyList<string> HeadingVessels)
{
    private const int WrappedLine = 60;

    /// <summary>Sentences in order. Lines that were wrapped are joined; headings are taken off.</summary>
    public static IEnumerable<ReportSentence> Of(string report, ReportRules rules)
    {
        var section = "body";
        foreach (var paragraph in Paragraphs(Plain(report)))
        {
            IReadOnlyList<string> vessels = [];
            foreach (var piece in SentenceEnd().Split(paragraph))
            {
                var text = piece.Trim();
                while (rules.Heading.Match(text) is { Success: true } heading && rules.Headings.TryGetValue(heading.Groups["heading"].Value.ToLowerInvariant(), out var next))
                {
                    (section, vessels) = (next, []);
                    text = text[heading.Length..].Trim();
                }

                if (text.Length == 0) continue;
                if (rules.VesselHeading.IsMatch(text)) vessels = VesselsIn(text[..(text.IndexOf(':', StringComparison.Ordinal) + 1)], rules);
                yield return new(section, text, vessels);
            }
        }
    }

    /// <summary>The vessels that a piece of text names.</summary>
    public static IReadOnlyList<string> VesselsIn(string text, ReportRules rules) => [.. rules.Vessels.Where(v => v.Words.IsMatch(text)).Select(v => v.Name)];

    /// <summary>One kind of hyphen, space and line end; no trade marks.</summary>
    private static string Plain(string report)
    {
        var plain = new StringBuilder(report.Length);
        foreach (var c in report.ReplaceLineEndings("\n"))
        {
            if (c is '\u2010' or '\u2011' or '\u2012' or '\u2013' or '\u2014' or '\u2212') plain.Append('-');
            else if (c is '\u00A0' or '\u2009' or '\u202F' or '\t') plain.Append(' ');
            else if (c is not ('\u2122' or '\u00AE')) plain.Append(c);
        }

        return plain.ToString();
    }

    private static IEnumerable<string> Paragraphs(string report)
    {
        var paragraph = "";
        var last = "";
        foreach (var line in report.Split('\n').Select(l => l.Trim()))
        {
            var isWrapped = last.Length > 0 && line.Length > 0 && !last.EndsWith('.') && !last.EndsWith(':') && !last.EndsWith(';') && !Bullet().IsMatch(line)
                && (last.Length >= WrappedLine || char.IsAsciiLetterLower(line[0]) || char.IsAsciiDigit(line[0]) || line[0] == '(');
            if (!isWrapped && paragraph.Length > 0)
            {
                yield return paragraph;
                paragraph = "";
            }

            paragraph = paragraph.Length == 0 ? line : paragraph + " " + line;
            last = line;
        }

        if (paragraph.Length > 0) yield return paragraph;
    }

    /// <summary>Behind . ! ? or ; and a space, unless the stop belongs to an abbreviation.</summary>
    [GeneratedRegex(@"(?<=[.!?;])(?<!\b(?:approx|ca|e\.g|i\.e|vs|dr|fig|incl|prox|dist|max|min|resp|no|nr)\.)\s+", RegexOptions.IgnoreCase)]
    private static partial Regex SentenceEnd();

    [GeneratedRegex(@"^(?:[-*•]|[0-9]+[.)])\s")]
    private static partial Regex Bullet();
}
