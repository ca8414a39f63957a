using System.Text.RegularExpressions;

namespace Cora.Radiology;

/// <summary>What a sentence does with a finding that it names.</summary>
internal enum Assertion
{
    Asserted,
    Denied,
    Doubtful,

    /// <summary>A part is denied, it lies elsewhere, in the past, in a plan or in the family: it says nothing.</summary>
    Unsaid,
}

/// <summary>Decides what a sentence does with a finding: denial, doubt, history, plans and other organs, by the cues of the rules.</summary>
internal sealed class ReportAssertion(ReportRules rules, string sentence)
{
    private readonly Match[] noDenial = [.. rules.NoDenial.Matches(sentence).Concat(rules.Doubt.Matches(sentence)).Concat(rules.NotAssessable.Matches(sentence))];
    private readonly Match[] behind = [.. rules.DenialBehind.Matches(sentence).AsEnumerable()];

    /// <summary>Whether the sentence names an exception: what it denies otherwise is not denied of the patient.</summary>
    public bool HasException { get; } = rules.Except.IsMatch(sentence);

    public Assertion Of(ReportMention mention, Match found)
    {
        var (start, end) = (found.Index, found.Index + found.Length);
        var clause = ClauseAround(start, end);
        if (rules.Family.IsMatch(sentence) || rules.Plan.IsMatch(sentence)) return Assertion.Unsaid;
        if (!mention.PastCounts && rules.Past.IsMatch(sentence)) return Assertion.Unsaid;
        if (rules.Elsewhere.IsMatch(clause) && !rules.Coronary.IsMatch(clause)) return Assertion.Unsaid;
        if (mention.NotNear?.IsMatch(clause) == true) return Assertion.Unsaid;
        if (rules.Doubt.IsMatch(clause) || (!mention.PastCounts && rules.NotAssessable.IsMatch(clause))) return Assertion.Doubtful;
        if (DenialBefore(start) is { } cue)
            return rules.PartOnly.IsMatch(sentence[cue..end]) || rules.PartBehind.IsMatch(sentence[end..]) ? Assertion.Unsaid : Assertion.Denied;
        return IsDeniedBehind(end) ? Assertion.Denied : Assertion.Asserted;
    }

    /// <summary>The words between commas, colons and words like "but", round a place.</summary>
    public string ClauseAround(int start, int end)
    {
        var from = sentence.LastIndexOfAny([',', ':'], Math.Max(0, start - 1), Math.Max(0, start)) + 1;
        var to = sentence.IndexOfAny([',', ':'], end) is var at and >= 0 ? at : sentence.Length;
        foreach (Match stop in rules.Ends.Matches(sentence))
        {
            if (stop.Index + stop.Length <= start) from = Math.Max(from, stop.Index);
            else if (stop.Index >= end) to = Math.Min(to, stop.Index);
        }

        return sentence[from..to];
    }

    /// <summary>Where the nearest cue begins that denies what stands at a place; null when none does.</summary>
    private int? DenialBefore(int start)
    {
        foreach (var cue in rules.DenialBefore.Matches(sentence).Reverse())
        {
            var after = cue.Index + cue.Length;
            if (after > start || noDenial.Concat(behind).Any(n => n.Index <= cue.Index && after <= n.Index + n.Length)) continue;
            var between = sentence[after..start];
            if (Words(between) > rules.Reach || rules.Ends.IsMatch(between)) continue;

            // A comma ends a denial, except within a list that ends with "or" or "nor".
            if (between.IndexOfAny([';', ':']) >= 0 || (between.Contains(',', StringComparison.Ordinal) && !IsList(after, start))) continue;
            return cue.Index;
        }

        return null;
    }

    private bool IsDeniedBehind(int end)
    {
        foreach (var cue in behind)
        {
            if (cue.Index < end || noDenial.Any(n => n.Index <= cue.Index && cue.Index < n.Index + n.Length)) continue;
            var between = sentence[end..cue.Index];
            if (Words(between) <= rules.Reach && between.IndexOfAny([',', ';', ':']) < 0 && !rules.Ends.IsMatch(between)) return true;
        }

        return false;
    }

    private bool IsList(int from, int start) => Regex.IsMatch(sentence[from..], @"^[^;:.]*\b(?:n?or)\b", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant) && Words(sentence[from..start]) <= rules.Reach;

    private static int Words(string text) => text.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries).Length;
}
