using System.Globalization;
using System.Text.RegularExpressions;

namespace Cora.Radiology;

/// <summary>Reads labels from the free text of a radiology report, by rules. Each label comes with the sentences that made it.</summary>
public sealed class ReportLabeller(ReportRules rules)
{
    private static readonly string[] WithoutDisease = ["calcified_plaque", "non_calcified_plaque", "stenosis"];

    /// <summary>The labels of a report.</summary>
    /// <param name="report">Free text, any line ends.</param>
    /// <exception cref="CoraException">A pattern of the rules takes too long on this text.</exception>
    public ReportLabels Read(string report)
    {
        ArgumentNullException.ThrowIfNull(report);
        try
        {
            var evidence = new List<ReportEvidence>();
            var accounts = new Dictionary<string, HashSet<string>>();
            foreach (var sentence in ReportSentence.Of(report, rules))
            {
                Mentions(sentence, evidence, accounts);
                if (sentence.Section is "body" or "findings" or "impression") Numbers(sentence, evidence);
            }

            return new([.. ReportLabels.Presences.Select(label => Decide(label, evidence, accounts)), Worst(evidence), Category(evidence)]);
        }
        catch (RegexMatchTimeoutException problem)
        {
            throw new CoraException("A pattern of the rules takes longer than twenty seconds on a report.", "Simplify the patterns that were added.", inner: problem);
        }
    }

    private void Mentions(ReportSentence sentence, List<ReportEvidence> evidence, Dictionary<string, HashSet<string>> accounts)
    {
        var assertion = new ReportAssertion(rules, sentence.Text);
        foreach (var mention in rules.Mentions.Where(m => m.Sections.Contains(sentence.Section)))
        {
            foreach (Match found in mention.Pattern.Matches(sentence.Text))
            {
                var how = assertion.Of(mention, found);
                var vessels = VesselsOf(sentence, assertion, mention, found);
                var (ones, zeros) = how switch
                {
                    Assertion.Asserted => (mention.AssertedOne, mention.AssertedZero),
                    Assertion.Denied => (mention.DeniedOne, mention.DeniedZero),
                    _ => ((IReadOnlyList<string>)[], (IReadOnlyList<string>)[]),
                };
                foreach (var label in ones) Add(label, "1");
                foreach (var label in zeros.Where(_ => how == Assertion.Asserted || !assertion.HasException)) Add(label, "0");
                if (how == Assertion.Doubtful) foreach (var label in mention.AssertedOne.Concat(mention.AssertedZero).Concat(mention.DeniedZero).Distinct()) Add(label, null);
                if (how == Assertion.Asserted) Account(mention, vessels, accounts);
                if (how == Assertion.Asserted && mention.AssertedOne.Contains("stenosis") && GradeOf(sentence.Text, found) is { } grade)
                    evidence.Add(new("stenosis_grade", grade.ToString(CultureInfo.InvariantCulture), mention.Name, "asserted", vessels, sentence.Section, sentence.Text));

                void Add(string label, string? says) => evidence.Add(new(
                    label, says, mention.Name, how switch { Assertion.Asserted => "asserted", Assertion.Denied => "denied", _ => "doubtful" }, vessels, sentence.Section, sentence.Text));
            }
        }
    }

    /// <summary>The vessels of the finding's clause, else of its sentence, else of the heading; none for what is said of the whole tree.</summary>
    private IReadOnlyList<string> VesselsOf(ReportSentence sentence, ReportAssertion assertion, ReportMention mention, Match found)
    {
        if (rules.Whole.IsMatch(sentence.Text)) return [];
        if (ReportSentence.VesselsIn(assertion.ClauseAround(found.Index, found.Index + found.Length), rules) is { Count: > 0 } own) return own;
        if (ReportSentence.VesselsIn(sentence.Text, rules) is { Count: > 0 } named) return named;
        return mention.AlwaysWhole ? [] : sentence.HeadingVessels;
    }

    /// <summary>A vessel whose plaque is named by kind is accounted for, as far as the other kind goes.</summary>
    private static void Account(ReportMention mention, IReadOnlyList<string> vessels, Dictionary<string, HashSet<string>> accounts)
    {
        string[] kinds = ["calcified_plaque", "non_calcified_plaque"];
        if (!kinds.Any(mention.AssertedOne.Contains)) return;
        foreach (var kind in kinds.Except(mention.AssertedOne))
        {
            if (!accounts.TryGetValue(kind, out var known)) accounts[kind] = known = [];
            known.UnionWith(vessels);
        }
    }

    private ReportLabel Decide(string label, List<ReportEvidence> evidence, Dictionary<string, HashSet<string>> accounts)
    {
        var mine = evidence.Where(e => e.Label == label).ToArray();
        var ones = mine.Where(e => e.Says == "1").ToArray();
        var zeros = mine.Where(e => e.Says == "0").ToArray();
        var ofPatient = zeros.Where(e => e.Vessels.Count == 0).ToArray();
        var doubts = mine.Where(e => e.Says is null).ToArray();
        if (ones.Length > 0) return ofPatient.Length > 0 ? new(label, null, ReportStatus.Contradictory, [.. ones, .. ofPatient]) : new(label, "1", ReportStatus.Stated, [.. ones, .. doubts]);
        if (doubts.Length > 0) return new(label, null, ReportStatus.InDoubt, [.. doubts, .. zeros]);
        if (ofPatient.Length > 0) return new(label, "0", ReportStatus.Stated, [.. ofPatient]);
        var known = zeros.SelectMany(z => z.Vessels).Concat(accounts.GetValueOrDefault(label) ?? []).ToHashSet();
        return rules.Accounted.Count > 0 && zeros.Length > 0 && rules.Accounted.All(known.Contains)
            ? new(label, "0", ReportStatus.Stated, zeros)
            : new(label, null, ReportStatus.NotStated, zeros);
    }

    private void Numbers(ReportSentence sentence, List<ReportEvidence> evidence)
    {
        foreach (Match found in rules.CalciumScore.Matches(sentence.Text))
        {
            if (double.TryParse(found.Groups[1].Value, NumberStyles.Float | NumberStyles.AllowThousands, CultureInfo.InvariantCulture, out var score))
                Add("calcified_plaque", score > 0 ? "1" : "0", "calcium score");
        }

        foreach (Match found in rules.CadRads.Matches(sentence.Text))
        {
            var category = (found.Groups[1].Value + found.Groups[2].Value).ToUpperInvariant();
            Add("cad_rads", category, "CAD-RADS");
            if (category == "0") foreach (var label in WithoutDisease) Add(label, "0", "CAD-RADS");
            if (category[0] is >= '2' and <= '5') Add("stenosis", "1", "CAD-RADS");
            var modifiers = found.Groups[3].Value.ToUpperInvariant().Split('/', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (modifiers.Contains("S")) Add("stent", "1", "CAD-RADS");
            if (modifiers.Contains("G")) Add("bypass", "1", "CAD-RADS");
        }

        void Add(string label, string says, string finding) => evidence.Add(new(label, says, finding, "number", [], sentence.Section, sentence.Text));
    }

    /// <summary>Percent of the sentence, else the word before the finding, else the finding itself (occlusion); a range counts by its lower end, as the bins do.</summary>
    private int? GradeOf(string sentence, Match found)
    {
        if (rules.PercentRange.Match(sentence) is { Success: true } range && Percent(range) is { } low) return Grade(low);
        if (rules.PercentBelow.Match(sentence) is { Success: true } below && Percent(below) is { } limit) return Grade(Math.Max(1, limit - 1));
        if (rules.Percent.Match(sentence) is { Success: true } single && Percent(single) is { } percent) return Grade(percent);
        var from = found.Index;
        for (var words = 0; from > 0 && words < 4; words++) from = Math.Max(0, sentence.LastIndexOf(' ', Math.Max(0, from - 2)) + 1) is var at && at < from ? at : 0;
        var near = sentence[from..(found.Index + found.Length)];
        var grades = rules.Grades.Where(g => g.Word.IsMatch(near)).Select(g => g.Grade).ToArray();
        return grades.Length > 0 ? grades.Max() : null;

        static int? Percent(Match match) => int.TryParse(match.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value <= 100 ? value : null;

        static int Grade(int percent) => percent switch { <= 0 => 0, < 25 => 1, < 50 => 2, < 70 => 3, < 100 => 4, _ => 5 };
    }

    private static ReportLabel Worst(List<ReportEvidence> evidence)
    {
        var grades = evidence.Where(e => e.Label == "stenosis_grade").OrderByDescending(e => e.Says, StringComparer.Ordinal).ToArray();
        return new("stenosis_grade", grades.FirstOrDefault()?.Says, grades.Length > 0 ? ReportStatus.Stated : ReportStatus.NotStated, grades);
    }

    private static ReportLabel Category(List<ReportEvidence> evidence)
    {
        var told = evidence.Where(e => e.Label == "cad_rads").ToArray();
        var categories = told.Select(e => e.Says).Distinct().ToArray();
        return new("cad_rads", categories.Length == 1 ? categories[0] : null, categories.Length switch { 0 => ReportStatus.NotStated, 1 => ReportStatus.Stated, _ => ReportStatus.Contradictory }, told);
    }
}
