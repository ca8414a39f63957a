using System.CommandLine;
using System.Globalization;
using Cora.Evaluation;

namespace Cora.Cli;

/// <summary>What was found for one target, and against which other model.</summary>
internal sealed record EvaluatedTarget(
    TargetPredictions Predictions, Resamples Resamples, ClassificationScore Score, Calibration Calibration, IReadOnlyList<Stratum> Strata, EvaluatedPair? Against);

/// <summary>The other model on the same cases, and how the two differ.</summary>
internal sealed record EvaluatedPair(Estimate Auroc, AreaComparison Comparison);

/// <summary><c>cora evaluate classification</c>: AUROC and the rest of one table of probabilities, or of two on the same patients.</summary>
internal static class EvaluateClassification
{
    private sealed record Asked(double? Threshold, string? ThresholdFrom, int Resamples, bool IsStratified, long Seed, string? Indices, StrataAsked[] By);

    public static Verb Create()
    {
        var table = new Option<string>("--table")
        {
            Description = "Predictions: columns case_id, truth (0 or 1), probability (0 to 1) and optionally target; one row a case and target.", HelpName = "CSV", Required = true,
        };
        var against = new Option<string?>("--against") { Description = "Predictions of another model for the same cases; differences are --table minus --against.", HelpName = "CSV" };
        var threshold = new Option<double>("--threshold")
        {
            Description = "Probability from which on a case is called positive.", HelpName = "P", DefaultValueFactory = _ => 0.5,
            Validators = { result => Refuse(!(result.GetValueOrDefault<double>() is >= 0 and <= 1), result, "--threshold needs a probability, 0 to 1.") },
        };
        var thresholdFrom = new Option<string?>("--threshold-from")
        {
            Description = "Predictions for validation cases: each target's threshold is the one with the largest sensitivity + specificity there (Youden).", HelpName = "CSV",
        };
        var resamples = new Option<int>("--resamples")
        {
            Description = "Bootstrap resamples of the patients behind each 95 % interval.", HelpName = "N", DefaultValueFactory = _ => Resamples.Standard,
            Validators = { result => Refuse(result.GetValueOrDefault<int>() < 2, result, "--resamples needs 2 or more.") },
        };
        var stratified = new Option<bool>("--stratified") { Description = "Resample positives and negatives apart, so that every resample has as many of each." };
        var seed = CommonOptions.Seed(0);
        var indices = new Option<string?>("--bootstrap-indices")
        {
            Description = "Use these resamples instead of drawing: whole numbers in [resamples, cases], positions in table order from 0 (of each target, if there are several).",
            HelpName = "FILE.npy",
        };
        var by = new Option<string[]>("--by")
        {
            Description = "Also score the groups of a column alone, for example --by site or, a number cut at edges, --by age:50,60,70; may be repeated. Groups draw their own resamples.",
            HelpName = "COLUMN[:EDGES]", DefaultValueFactory = _ => [],
        };
        var curves = new Option<bool>("--curves") { Description = "With --json, also ROC, precision-recall and decision curve with their bands." };
        var json = CommonOptions.Json("every measure with its interval");
        return new("classification", "Measures probabilities against the truth: AUROC, average precision, measures at a threshold, calibration, each with a bootstrap interval; with --against, paired tests.",
            "cora evaluate classification --table cora.csv --against scratch.csv\n  difference                  0.077  (0.030 to 0.125)  z 3.07, p 0.0021; by counting p < 0.004; DeLong z 3.06, p 0.0022")
        {
            Options = { table, against, threshold, thresholdFrom, resamples, stratified, seed, indices, by, curves, json },
            Work = call =>
            {
                if (call.IsGiven(threshold) && call.IsGiven(thresholdFrom)) throw Wrong("--threshold and --threshold-from exclude each other.", "Give one of the two.");
                if (call.Value(curves) && !call.Value(json)) throw Wrong("--curves adds to the JSON document.", "Add --json.");
                if (call.IsGiven(indices) && (call.IsGiven(resamples) || call.IsGiven(stratified))) call.Say("--bootstrap-indices gives the resamples; --resamples and --stratified do not change them.");
                var asked = new Asked(
                    call.Value(thresholdFrom) is null ? call.Value(threshold) : null, call.Value(thresholdFrom), call.Value(resamples), call.Value(stratified), call.Value(seed),
                    call.Value(indices), [.. call.Value(by)!.Select(StrataAsked.Parse)]);
                var found = Evaluate(call.Value(table)!, call.Value(against), asked);
                if (call.Value(json)) Json.Write(call.Terminal.Out, EvaluateClassificationJson.Document(found, asked.Seed, asked.IsStratified, call.Value(curves)));
                else EvaluateClassificationText.Write(call.Terminal.Out, found);
                return ExitCode.Done;
            },
        };
    }

    private static List<EvaluatedTarget> Evaluate(string path, string? againstPath, Asked asked)
    {
        var table = PredictionTable.Read(path);
        var against = againstPath is null ? null : PredictionTable.Read(againstPath).InOrderOf(table);
        var validation = asked.ThresholdFrom is null ? null : PredictionTable.Read(asked.ThresholdFrom);
        return [.. table.Targets.Select((target, i) => Evaluate(target, against?.Targets[i], validation, asked))];
    }

    private static EvaluatedTarget Evaluate(TargetPredictions target, TargetPredictions? against, PredictionTable? validation, Asked asked)
    {
        var seed = Cora.Seed.Root(asked.Seed).Derive("bootstrap").Derive(target.Target);
        var resamples = asked.Indices is null ? Draw(target.Cases, seed) : Resamples.Read(asked.Indices, target.Cases.Count);
        var threshold = asked.Threshold ?? YoudenThreshold(validation!, target.Target);
        var strata = asked.By.SelectMany(by => Strata.Of(target.Cases, by.Group(target), threshold, Draw, seed.Derive("strata")));
        return new(
            target, resamples, ClassificationScore.Of(target.Cases, threshold, resamples), Calibration.Of(target.Cases, resamples), [.. strata],
            against is null ? null : new(ClassificationScore.Of(against.Cases, threshold, resamples).Auroc, AreaComparison.Of(target.Cases, against.Cases, resamples)));

        Resamples Draw(ScoredCases cases, Seed from) =>
            asked.IsStratified ? Resamples.DrawStratified(cases, asked.Resamples, from) : Resamples.Draw(cases, asked.Resamples, from);
    }

    private static double YoudenThreshold(PredictionTable validation, string target)
    {
        var same = validation.Targets.FirstOrDefault(t => t.Target == target)
            ?? throw new CoraException($"{validation.Path} has no target {target}.", "Give validation predictions of every target of --table.");
        return Roc.YoudenThreshold(same.Cases);
    }

    private static CoraException Wrong(string message, string remedy) => new(message, remedy, ExitCode.Usage);

    private static void Refuse(bool wrong, System.CommandLine.Parsing.SymbolResult result, string message)
    {
        if (wrong) result.AddError(message);
    }

    /// <summary>A column to group by, with the edges of a number.</summary>
    private sealed record StrataAsked(string Column, double[] Edges)
    {
        public static StrataAsked Parse(string text)
        {
            var parts = text.Split(':', 2);
            if (parts.Length == 1) return new(text, []);
            var edges = new List<double>();
            foreach (var word in parts[1].Split(','))
            {
                if (!double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out var edge) || !double.IsFinite(edge) || (edges.Count > 0 && edge <= edges[^1]))
                    throw Wrong($"--by {text}: edges are rising numbers with commas between.", "Write for example --by age:50,60,70.");
                edges.Add(edge);
            }

            return new(parts[0], [.. edges]);
        }

        public Grouping Group(TargetPredictions target)
        {
            if (!target.Columns.TryGetValue(Column, out var words))
                throw Wrong($"--by {Column}: the table has no such column.", target.Columns.Count == 0 ? "It has none beyond those that it needs." : $"It has {string.Join(", ", target.Columns.Keys)}.");
            if (Edges.Length == 0) return Grouping.ByWord(Column, words);
            var wrong = words.Where(w => w.Length > 0 && !double.TryParse(w, NumberStyles.Float, CultureInfo.InvariantCulture, out _)).Distinct().ToArray();
            if (wrong.Length > 0) throw new CoraException($"Column {Column} holds no numbers: {string.Join(", ", wrong)}.", $"Group by the words with --by {Column}, or mend the column.");
            return Grouping.ByEdges(Column, Array.ConvertAll(words, w => w.Length == 0 ? double.NaN : double.Parse(w, CultureInfo.InvariantCulture)), Edges);
        }
    }
}
