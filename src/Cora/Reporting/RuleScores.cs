using Cora.Evaluation;
using ScottPlot;

namespace Cora.Reporting;

/// <summary>A rule that learnt nothing, measured on the methods' own cases and resamples: a yardstick, not a competitor.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Colour">Its colour.</param>
/// <param name="Scores">What it says of each split and target that it has a word on.</param>
public sealed record RuleScores(string Name, Color Colour, IReadOnlyDictionary<(string Split, string Target), RuleScore> Scores)
{
    private static readonly string[] Colours = ["#1B2128", "#7A4B00", "#332288", "#117733"];

    /// <summary>What the rule says of a cell; null when it says nothing.</summary>
    public RuleScore? Of(ScoreCell cell)
    {
        ArgumentNullException.ThrowIfNull(cell);
        return Scores.GetValueOrDefault((cell.Split, cell.Target));
    }

    /// <summary>Reads the predictions of rules for the cells of the methods; a rule need not have them all.</summary>
    /// <exception cref="CoraException">A rule was applied to other cases than the methods were tested on.</exception>
    internal static IReadOnlyList<RuleScores> ReadAll(IReadOnlyList<MethodRuns> rules, IReadOnlyList<ClassificationCell> cells) => [.. rules.Select((rule, i) =>
        new RuleScores(rule.Name, new(Colours[i % Colours.Length]), cells.Select(cell => (cell, Score: Read(rule, cell))).Where(s => s.Score is not null).ToDictionary(s => (s.cell.Split, s.cell.Target), s => s.Score!)))];

    private static RuleScore? Read(MethodRuns rule, ClassificationCell cell)
    {
        var path = MethodSeries.Table(rule.Runs[0], cell.Series[0].Stem.Split('-')[0], cell.Split);      // a rule has no variants
        if (!File.Exists(path) || PredictionTable.Read(path).Targets.FirstOrDefault(t => t.Target == cell.Target) is not { } own) return null;
        var places = own.CaseIds.Index().ToDictionary(c => c.Item, c => c.Index);
        var missing = cell.First.CaseIds.Where(id => !places.ContainsKey(id)).ToArray();
        if (missing.Length == cell.Cases) return null;
        if (missing.Length > 0)
            throw new CoraException($"{path}: the rule {rule.Name} was not applied to {missing.Length} of the {cell.Cases} cases of {cell.Heading}, {missing[0]} for one.", "Apply the rule to the cohort that the methods were tested on.");
        var cases = own.Cases.Subset([.. cell.First.CaseIds.Select(id => places[id])]);
        if (!cases.Truth.SequenceEqual(cell.First.Cases.Truth))
            throw new CoraException($"{path}: the rule {rule.Name} has other truths of {cell.Heading} than the methods' tables.", "Apply the rule to the cohort that the methods were tested on.");
        Estimate Measured(CaseMeasure measure) => SeedMeasure.Of([measure.Of(cases, ClassificationCell.Threshold)], cell.Resamples).Estimated(cell.Resamples, measure.WhyUndefined) is var e && Telling.TooFew(cases) is { } few ? e.WithoutInterval(few) : e;
        return new(cases, Measured(CaseMeasure.Auroc), Measured(CaseMeasure.AveragePrecision));
    }
}

/// <summary>A rule's measures on a split and target.</summary>
/// <param name="Cases">Its scores, in the order of the cell's cases.</param>
/// <param name="Auroc">Area under its ROC curve.</param>
/// <param name="AveragePrecision">Its average precision.</param>
public sealed record RuleScore(ScoredCases Cases, Estimate Auroc, Estimate AveragePrecision);
