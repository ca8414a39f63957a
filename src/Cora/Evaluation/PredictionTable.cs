using System.Globalization;

namespace Cora.Evaluation;

/// <summary>The predictions of one target, in table order.</summary>
/// <param name="Target">Name of what was predicted.</param>
/// <param name="CaseIds">Identifier of each case, each once.</param>
/// <param name="Cases">Truth and probability of each case.</param>
/// <param name="Columns">Further columns of the table: the text of each case.</param>
public sealed record TargetPredictions(string Target, IReadOnlyList<string> CaseIds, ScoredCases Cases, IReadOnlyDictionary<string, string[]> Columns)
{
    /// <summary>The same predictions with the cases at these positions.</summary>
    internal TargetPredictions Reordered(int[] positions) =>
        new(Target, [.. positions.Select(i => CaseIds[i])], Cases.Subset(positions), Columns.ToDictionary(c => c.Key, c => Array.ConvertAll(positions, i => c.Value[i])));
}

/// <summary>
/// A CSV file of probabilities with the truth: columns <c>case_id,truth,probability</c> and optionally <c>target</c>, one row a case and target.
/// </summary>
public sealed class PredictionTable
{
    /// <summary>The target's name when the table has no such column.</summary>
    public const string OnlyTarget = "target";

    private PredictionTable(string path, IReadOnlyList<TargetPredictions> targets)
    {
        Path = path;
        Targets = targets;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The targets, in the order in which the table first names them.</summary>
    public IReadOnlyList<TargetPredictions> Targets { get; }

    /// <summary>Reads a table and checks every field of it.</summary>
    /// <exception cref="CoraException">
    /// The file cannot be read; a column is missing or stands twice; a case stands twice; a truth is not 0 or 1; a probability is not a number from 0 to 1.
    /// All problems are told at once.
    /// </exception>
    public static PredictionTable Read(string path)
    {
        var problems = new TableProblems(path);
        var rows = PredictionRow.ReadAll(path, problems);
        problems.Refuse();
        if (rows.Count == 0) throw new CoraException($"{path}: the table has no row.", "One row a case is expected below the header.");
        return new(path, [.. rows.GroupBy(r => r.Target).Select(Predictions)]);
    }

    /// <summary>This table in the order of another, case by case, so that two models can be compared on the same patients.</summary>
    /// <exception cref="CoraException">The targets, the cases or their truths differ. All problems are told at once.</exception>
    public PredictionTable InOrderOf(PredictionTable other)
    {
        ArgumentNullException.ThrowIfNull(other);
        var problems = new TableProblems(Path);
        foreach (var target in Targets.Where(t => other.Targets.All(o => o.Target != t.Target))) problems.Say($"target {target.Target} is not in {other.Path}");
        var ordered = new List<TargetPredictions>();
        foreach (var wanted in other.Targets)
        {
            var own = Targets.FirstOrDefault(t => t.Target == wanted.Target);
            if (own is null) problems.Say($"target {wanted.Target} of {other.Path} is missing");
            else if (Positions(own, wanted, other.Path, problems) is { } positions) ordered.Add(own.Reordered(positions));
        }

        problems.Refuse();
        return new(Path, ordered);
    }

    private static int[]? Positions(TargetPredictions own, TargetPredictions wanted, string otherPath, TableProblems problems)
    {
        var before = problems.Count;
        var of = Targeted(own.Target);
        var places = own.CaseIds.Select((id, i) => (id, i)).ToDictionary(p => p.id, p => p.i);
        var expected = wanted.CaseIds.ToHashSet();
        foreach (var id in own.CaseIds.Where(id => !expected.Contains(id))) problems.Say($"case {id}{of} is not in {otherPath}");
        for (var i = 0; i < wanted.CaseIds.Count; i++)
        {
            if (!places.TryGetValue(wanted.CaseIds[i], out var place)) problems.Say($"case {wanted.CaseIds[i]}{of} of {otherPath} is missing");
            else if (own.Cases.Truth[place] != wanted.Cases.Truth[i])
                problems.Say($"case {wanted.CaseIds[i]}{of} has truth {(own.Cases.Truth[place] ? 1 : 0)}, in {otherPath} {(wanted.Cases.Truth[i] ? 1 : 0)}");
        }

        return problems.Count == before ? [.. wanted.CaseIds.Select(id => places[id])] : null;
    }

    private static TargetPredictions Predictions(IGrouping<string, PredictionRow> rows)
    {
        var all = rows.ToArray();
        var columns = all[0].Others.Keys.ToDictionary(name => name, name => Array.ConvertAll(all, r => r.Others[name]));
        return new(rows.Key, Array.ConvertAll(all, r => r.CaseId), ScoredCases.Of(Array.ConvertAll(all, r => r.Probability), Array.ConvertAll(all, r => r.Truth)), columns);
    }

    private static string Targeted(string target) => target == OnlyTarget ? "" : $" of target {target}";
}

/// <summary>What is wrong with a table, collected so that the user mends it once.</summary>
internal sealed class TableProblems(string path)
{
    private const int Told = 200;
    private readonly List<string> problems = [];

    public int Count => problems.Count;

    public void Say(string problem) => problems.Add(problem);

    public void Say(int line, string problem) => problems.Add(string.Create(CultureInfo.InvariantCulture, $"row {line}: {problem}"));

    /// <summary>Throws one exception with all problems, if there are any.</summary>
    public void Refuse()
    {
        if (problems.Count == 0) return;
        var rest = problems.Count > Told ? $"\n  … and {problems.Count - Told} more" : "";
        throw new CoraException(
            $"{path} has {problems.Count} problem{(problems.Count == 1 ? "" : "s")}:\n  {string.Join("\n  ", problems.Take(Told))}{rest}",
            "Mend the table and run the command again. Columns: case_id, truth (0 or 1), probability (0 to 1), optionally target; one row a case and target.");
    }
}
