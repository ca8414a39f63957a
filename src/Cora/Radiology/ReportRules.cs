using System.Reflection;
using System.Text.RegularExpressions;
using Tomlyn.Model;

namespace Cora.Radiology;

/// <summary>A kind of finding that is looked for in reports, and which labels its assertion or denial sets.</summary>
/// <param name="Name">What it is called in labels.csv.</param>
/// <param name="Pattern">Where it stands in a sentence.</param>
/// <param name="AssertedOne">Labels that are 1 when it is asserted.</param>
/// <param name="AssertedZero">Labels that are 0 when it is asserted.</param>
/// <param name="DeniedZero">Labels that are 0 when it is denied.</param>
/// <param name="DeniedOne">Labels that are 1 even when it is denied: no in-stent restenosis needs a stent.</param>
/// <param name="NotNear">Words that make it another thing within the same clause.</param>
/// <param name="Sections">Sections in which it counts.</param>
/// <param name="PastCounts">Whether what was is still there: stents and grafts stay, plaque is asked for today.</param>
/// <param name="AlwaysWhole">Whether a denial under the heading of one vessel is meant for the patient.</param>
public sealed record ReportMention(
    string Name, Regex Pattern, IReadOnlyList<string> AssertedOne, IReadOnlyList<string> AssertedZero, IReadOnlyList<string> DeniedZero, IReadOnlyList<string> DeniedOne,
    Regex? NotNear, IReadOnlyList<string> Sections, bool PastCounts, bool AlwaysWhole);

/// <summary>The rules by which labels are read from reports: one TOML file that people can read and change (report-rules.toml of the program by default).</summary>
public sealed class ReportRules
{
    private const string Remedy = "Begin with the rules that the program ships (`cora labels --print-rules`) and change these.";
    private const RegexOptions Options = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant;
    // Wall time: a machine with other work to do may stand still for a second.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly string[] Standardly = ["body", "findings", "impression"];

    private readonly TomlTable root;
    private readonly string source;

    private ReportRules(string text, string source)
    {
        this.source = source;
        Text = text;
        root = TomlFile.Parse(text, source);
        var headings = Table("sections").SelectMany(s => Strings(s.Value, $"sections.{s.Key}").Select(word => (Word: word, Section: s.Key))).ToArray();
        Headings = headings.ToDictionary(h => h.Word.ToLowerInvariant(), h => h.Section);
        Heading = Compile($@"^\W*(?<heading>{Alternatives(headings.Select(h => h.Word))})\s*(?::|$)", "sections");
        var cues = Table("cues");
        Reach = cues.TryGetValue("reach", out var reach) && reach is long words and > 0 ? (int)words : throw Wrong("cues.reach", "a number of words");
        (DenialBefore, DenialBehind, NoDenial) = (Words(cues, "denial_before"), Words(cues, "denial_behind"), Words(cues, "no_denial"));
        (Ends, PartOnly, Except) = (Words(cues, "ends"), Words(cues, "part_only"), Words(cues, "except"));
        PartBehind = Compile(Text1(cues, "part_behind"), "cues.part_behind");
        (Doubt, NotAssessable) = (Words(cues, "doubt"), Words(cues, "not_assessable"));
        (Past, Plan, Family) = (Words(cues, "past"), Words(cues, "plan"), Words(cues, "family"));
        (Coronary, Elsewhere) = (Words(Table("places"), "coronary"), Words(Table("places"), "elsewhere"));
        Vessels = [.. Table("vessels").Select(v => (v.Key, Compile(WordPattern(Strings(v.Value, $"vessels.{v.Key}")), $"vessels.{v.Key}")))];
        VesselHeading = Compile($@"^\W*(?:the )?(?:{Alternatives(Table("vessels").SelectMany(v => Strings(v.Value, v.Key)))})(?: artery)?(?:\s*\([^)]*\))?\s*:", "vessels");
        Whole = Words(Table("whole"), "words");
        Accounted = [.. List(Table("whole"), "accounted")];
        Mentions = [.. (root.TryGetValue("mention", out var list) && list is TomlTableArray mentions ? mentions : throw Wrong("mention", "tables [[mention]]")).Select(MentionOf)];
        var numbers = Table("numbers");
        (CalciumScore, CadRads) = (Number(numbers, "calcium_score"), Number(numbers, "cad_rads"));
        (PercentRange, Percent, PercentBelow) = (Number(numbers, "percent_range"), Number(numbers, "percent"), Number(numbers, "percent_below"));
        Grades = [.. Table("grades").Select(g => (Compile(WordPattern([g.Key]), $"grades.{g.Key}"), g.Value is long grade and >= 0 and <= 5 ? (int)grade : throw Wrong($"grades.{g.Key}", "0 to 5")))];
    }

    /// <summary>The rules that the program ships.</summary>
    public static ReportRules Standard { get; } = new(ReadStandard(), "report-rules.toml");

    /// <summary>The file as it is written.</summary>
    public string Text { get; }

    internal Dictionary<string, string> Headings { get; }
    internal Regex Heading { get; }
    internal int Reach { get; }
    internal Regex DenialBefore { get; }
    internal Regex DenialBehind { get; }
    internal Regex NoDenial { get; }
    internal Regex Ends { get; }
    internal Regex PartOnly { get; }
    internal Regex PartBehind { get; }
    internal Regex Except { get; }
    internal Regex Doubt { get; }
    internal Regex NotAssessable { get; }
    internal Regex Past { get; }
    internal Regex Plan { get; }
    internal Regex Family { get; }
    internal Regex Coronary { get; }
    internal Regex Elsewhere { get; }
    internal IReadOnlyList<(string Name, Regex Words)> Vessels { get; }
    internal Regex VesselHeading { get; }
    internal Regex Whole { get; }
    internal IReadOnlyList<string> Accounted { get; }
    internal IReadOnlyList<ReportMention> Mentions { get; }
    internal Regex CalciumScore { get; }
    internal Regex CadRads { get; }
    internal Regex PercentRange { get; }
    internal Regex Percent { get; }
    internal Regex PercentBelow { get; }
    internal IReadOnlyList<(Regex Word, int Grade)> Grades { get; }

    /// <summary>Reads a file of rules.</summary>
    /// <exception cref="CoraException">It cannot be read, is no TOML, lacks something or holds a broken pattern (exit code 2).</exception>
    public static ReportRules Load(string path) => new(TomlFile.ReadText(path), path);

    private static string ReadStandard()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("report-rules.toml") ?? throw new InvalidOperationException("The rules are not in the assembly.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private ReportMention MentionOf(TomlTable table)
    {
        var name = Text1(table, "name");
        IReadOnlyList<string> Of(string key) => [.. List(table, key)];
        var unknown = Of("asserted_1").Concat(Of("asserted_0")).Concat(Of("denied_0")).Concat(Of("denied_1")).Except(ReportLabels.Presences).ToArray();
        if (unknown.Length > 0) throw Wrong($"mention {name}: label {unknown[0]}", string.Join(", ", ReportLabels.Presences));
        return new(
            name, Compile(Text1(table, "pattern"), name), Of("asserted_1"), Of("asserted_0"), Of("denied_0"), Of("denied_1"),
            Of("not_near") is { Count: > 0 } near ? Compile(WordPattern(near), name) : null,
            Of("sections") is { Count: > 0 } sections ? sections : Standardly,
            table.TryGetValue("past_counts", out var past) && past is true, table.TryGetValue("always_whole", out var whole) && whole is true);
    }

    private TomlTable Table(string key) => root.TryGetValue(key, out var value) && value is TomlTable table ? table : throw Wrong(key, "a table of this name");

    private Regex Words(TomlTable table, string key) =>
        Compile(WordPattern(List(table, key)), key);

    private IEnumerable<string> List(TomlTable table, string key) => table.TryGetValue(key, out var value) ? Strings(value, key) : [];

    private Regex Number(TomlTable table, string key) => Compile(Text1(table, key), $"numbers.{key}");

    private string Text1(TomlTable table, string key) => table.TryGetValue(key, out var value) && value is string text && text.Length > 0 ? text : throw Wrong(key, "text");

    private IEnumerable<string> Strings(object value, string key) =>
        value is TomlArray array && array.All(v => v is string) ? array.Cast<string>() : throw Wrong(key, "a list of words in quotes");

    private Regex Compile(string pattern, string key)
    {
        try
        {
            return new(pattern, Options, Patience);
        }
        catch (ArgumentException problem)
        {
            throw new CoraException($"{source}: {key} is no regular expression: {problem.Message}", Remedy, ExitCode.Usage, problem);
        }
    }

    /// <summary>Words that stand alone; without a word a pattern that matches nowhere.</summary>
    private static string WordPattern(IEnumerable<string> words) => Alternatives(words) is { Length: > 0 } any ? $@"(?<![\w-])(?:{any})(?!\w)" : "(?!)";

    private static string Alternatives(IEnumerable<string> words) => string.Join('|', words.OrderByDescending(w => w.Length).Select(Regex.Escape));

    private CoraException Wrong(string key, string expected) => new($"{source}: {key} is missing or wrong, expected {expected}.", Remedy, ExitCode.Usage);
}
