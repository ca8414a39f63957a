using System.Globalization;

namespace Cora.Evaluation;

/// <summary>Cases sorted into groups by one variable, such as site, sex or age.</summary>
/// <param name="Variable">Name of the variable.</param>
/// <param name="Levels">Names of the groups, in the order of a table.</param>
/// <param name="LevelOf">Per case: position of its group in <paramref name="Levels"/>.</param>
public sealed record Grouping(string Variable, IReadOnlyList<string> Levels, IReadOnlyList<int> LevelOf)
{
    /// <summary>The group of cases whose value is empty or NaN; it is the last.</summary>
    public const string NotRecorded = "not recorded";

    /// <summary>One group a word, in alphabetical order.</summary>
    public static Grouping ByWord(string variable, IReadOnlyList<string> words)
    {
        ArgumentNullException.ThrowIfNull(words);
        var levels = words.Where(w => w.Length > 0).Distinct().Order(StringComparer.Ordinal).ToList();
        return Of(variable, levels, words.Select(w => w.Length > 0 ? levels.IndexOf(w) : levels.Count));
    }

    /// <summary>Groups of a number: below the first edge, from edge to edge (lower end included), from the last edge on. Groups without a case are not listed.</summary>
    /// <param name="variable">Name of the variable.</param>
    /// <param name="values">One number a case; NaN = not recorded.</param>
    /// <param name="edges">Rising numbers.</param>
    public static Grouping ByEdges(string variable, IReadOnlyList<double> values, IReadOnlyList<double> edges)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentNullException.ThrowIfNull(edges);
        if (edges.Count == 0 || edges.Zip(edges.Skip(1)).Any(e => !(e.First < e.Second))) throw new ArgumentException("Edges rise.", nameof(edges));
        var levels = new List<string> { Say($"below {edges[0]}") };
        for (var i = 1; i < edges.Count; i++) levels.Add(Say($"{edges[i - 1]} to below {edges[i]}"));
        levels.Add(Say($"{edges[^1]} and above"));
        return Of(variable, levels, values.Select(v => double.IsNaN(v) ? levels.Count : edges.Count(e => v >= e)));

        static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
    }

    private static Grouping Of(string variable, List<string> levels, IEnumerable<int> levelOf)
    {
        var wanted = levelOf.ToArray();
        string[] all = [.. levels, NotRecorded];
        var used = wanted.Distinct().Order().ToList();
        return new(variable, [.. used.Select(level => all[level])], Array.ConvertAll(wanted, level => used.IndexOf(level)));
    }
}

/// <summary>The score of one group of cases.</summary>
/// <param name="Variable">What the cases were grouped by.</param>
/// <param name="Level">The group.</param>
/// <param name="Score">The measures of its cases alone, with intervals of its own resamples.</param>
public sealed record Stratum(string Variable, string Level, ClassificationScore Score);

/// <summary>Tables of scores by site, sex, age group and the like.</summary>
public static class Strata
{
    /// <summary>Scores each group alone, in the order of the groups. What a group does not define is NaN with its reason.</summary>
    /// <param name="cases">All cases.</param>
    /// <param name="grouping">Which case belongs to which group.</param>
    /// <param name="threshold">A case is called positive when its score is at or above it.</param>
    /// <param name="draw">Draws the resamples of a group from its cases and a seed of its own, for example <see cref="Resamples.DrawStratified"/> with a count.</param>
    /// <param name="seed">Root of the draws.</param>
    /// <exception cref="ArgumentException">The grouping is of another number of cases.</exception>
    public static IReadOnlyList<Stratum> Of(ScoredCases cases, Grouping grouping, double threshold, Func<ScoredCases, Seed, Resamples> draw, Seed seed)
    {
        ArgumentNullException.ThrowIfNull(cases);
        ArgumentNullException.ThrowIfNull(grouping);
        ArgumentNullException.ThrowIfNull(draw);
        if (grouping.LevelOf.Count != cases.Count) throw new ArgumentException($"A grouping of {grouping.LevelOf.Count} cases for {cases.Count} cases.", nameof(grouping));
        var table = new List<Stratum>();
        for (var level = 0; level < grouping.Levels.Count; level++)
        {
            var members = Enumerable.Range(0, cases.Count).Where(i => grouping.LevelOf[i] == level).ToArray();
            var group = cases.Subset(members);
            var name = grouping.Levels[level];
            table.Add(new(grouping.Variable, name, ClassificationScore.Of(group, threshold, draw(group, seed.Derive(grouping.Variable).Derive(name)))));
        }

        return table;
    }
}
