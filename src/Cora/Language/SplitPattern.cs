using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.ML.Tokenizers;

namespace Cora.Language;

/// <summary>Splits text where a tokenizer's regular expression says, counting characters beyond the BMP as one letter, digit or sign.</summary>
/// <remarks>
/// .NET's expressions see two surrogates where those of the reference see one character with a category of its own. So the expression runs
/// over a shadow of the text in which each pair is one stand-in of the same category, and the ranges are mapped back.
/// </remarks>
internal sealed class SplitPattern : PreTokenizer
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Regex regex;

    /// <exception cref="ArgumentException">This is not a regular expression.</exception>
    public SplitPattern(string pattern) => regex = new(pattern, RegexOptions.Compiled | RegexOptions.CultureInvariant, Patience);

    /// <inheritdoc/>
    public override IEnumerable<(int Offset, int Length)> PreTokenize(ReadOnlySpan<char> text) => PreTokenize(text.ToString());

    /// <inheritdoc/>
    public override IEnumerable<(int Offset, int Length)> PreTokenize(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var (shadow, starts) = Shadow(text);
        var pieces = new List<(int, int)>();
        var done = 0;
        foreach (var match in regex.EnumerateMatches(shadow))
        {
            if (match.Length == 0) continue;
            Add(done, match.Index);                                // what the expression leaves out is a piece too
            Add(match.Index, done = match.Index + match.Length);
        }

        Add(done, shadow.Length);
        return pieces;

        void Add(int from, int to)
        {
            if (to > from) pieces.Add(starts is null ? (from, to - from) : (starts[from], starts[to] - starts[from]));
        }
    }

    /// <summary>The text as the expression shall see it, and where each of its characters starts in the text (null: at the same place).</summary>
    private static (string Text, int[]? Starts) Shadow(string text)
    {
        if (!text.Any(c => char.IsSurrogate(c) || c == 'ſ')) return (text, null);
        var shadow = new StringBuilder(text.Length);
        var starts = new List<int>(text.Length + 1);
        var at = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            starts.Add(at);
            at += rune.Utf16SequenceLength;

            // Folding case, Unicode takes the long s for an s; .NET does not, and the contraction 's is looked for without case.
            if (rune.Value == 'ſ') shadow.Append('s');
            else if (rune.IsBmp) shadow.Append((char)rune.Value);
            else shadow.Append(StandIn(Rune.GetUnicodeCategory(rune)));
        }

        starts.Add(at);
        return (shadow.ToString(), [.. starts]);
    }

    /// <summary>A character of the BMP of this category, outside ASCII so that no literal of an expression means it.</summary>
    private static char StandIn(UnicodeCategory category) => category switch
    {
        UnicodeCategory.UppercaseLetter => '\u0391',
        UnicodeCategory.LowercaseLetter => '\u03B1',
        UnicodeCategory.TitlecaseLetter => '\u01C5',
        UnicodeCategory.ModifierLetter => '\u02B0',
        UnicodeCategory.OtherLetter => '\u05D0',
        UnicodeCategory.NonSpacingMark => '\u0300',
        UnicodeCategory.SpacingCombiningMark => '\u0903',
        UnicodeCategory.EnclosingMark => '\u0488',
        UnicodeCategory.DecimalDigitNumber => '\u0660',
        UnicodeCategory.LetterNumber => '\u2160',
        UnicodeCategory.OtherNumber => '\u00B2',
        UnicodeCategory.ConnectorPunctuation => '\u203F',
        UnicodeCategory.DashPunctuation => '\u2013',
        UnicodeCategory.OpenPunctuation => '\u2045',
        UnicodeCategory.ClosePunctuation => '\u2046',
        UnicodeCategory.InitialQuotePunctuation => '\u00AB',
        UnicodeCategory.FinalQuotePunctuation => '\u00BB',
        UnicodeCategory.OtherPunctuation => '\u00A1',
        UnicodeCategory.MathSymbol => '\u00B1',
        UnicodeCategory.CurrencySymbol => '\u20AC',
        UnicodeCategory.ModifierSymbol => '\u00B4',
        UnicodeCategory.OtherSymbol => '\u00A9',
        UnicodeCategory.Format => '\u200B',
        UnicodeCategory.PrivateUse => '\uE000',
        _ => '\u0378',                                             // unassigned
    };
}
