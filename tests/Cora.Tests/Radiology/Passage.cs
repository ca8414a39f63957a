using Cora.Radiology;

namespace Cora.Tests.Radiology;

/// <summary>A hand-written passage and the labels that a reader gives it (README.md beside it).</summary>
internal sealed record Passage(int Id, bool IsHeldBack, IReadOnlyDictionary<string, string> Labels, string Text)
{
    public static IReadOnlyList<Passage> All()
    {
        var lines = File.ReadAllLines(Path.Combine(Architecture.HouseRulesTests.Root(), "tests/Cora.Tests/Radiology/sentences.tsv"));
        var header = lines[0].Split('\t');
        return [.. lines.Skip(1).Select(l => l.Split('\t')).Select(f => new Passage(
            int.Parse(f[0]), f[1] == "held_back", Enumerable.Range(2, 6).ToDictionary(i => header[i], i => f[i]), f[8]))];
    }
}

/// <summary>Counts of one label over passages or reports: what the rules say against what a reader says.</summary>
internal sealed record LabelScore(string Label, int TrueOnes, int FalseOnes, int MissedOnes, int TrueZeros, int FalseZeros, int MissedZeros)
{
    /// <summary>Of the values that the rules gave (0 or 1), the share that the reader gave too.</summary>
    public double Precision => (double)(TrueOnes + TrueZeros) / (TrueOnes + TrueZeros + FalseOnes + FalseZeros);

    /// <summary>Of the values that the reader gave, the share that the rules gave too.</summary>
    public double Recall => (double)(TrueOnes + TrueZeros) / (TrueOnes + TrueZeros + MissedOnes + MissedZeros);

    public static LabelScore Of(string label, IEnumerable<(string? Rules, string? Reader)> pairs)
    {
        var all = pairs.Select(p => (Rules: string.IsNullOrEmpty(p.Rules) ? null : p.Rules, Reader: string.IsNullOrEmpty(p.Reader) ? null : p.Reader)).ToArray();
        int Count(Func<string?, string?, bool> which) => all.Count(p => which(p.Rules, p.Reader));
        return new(
            label, Count((rules, reader) => rules is not (null or "0") && rules == reader), Count((rules, reader) => rules is not (null or "0") && rules != reader),
            Count((rules, reader) => reader is not (null or "0") && rules != reader), Count((rules, reader) => rules == "0" && reader == "0"),
            Count((rules, reader) => rules == "0" && reader != "0"), Count((rules, reader) => reader == "0" && rules != "0"));
    }

    /// <summary>The category without letter, as the passages have it.</summary>
    public static string? Value(ReportLabels labels, string label) => label == "cad_rads" ? labels[label].Value?[..1] : labels[label].Value;
}
