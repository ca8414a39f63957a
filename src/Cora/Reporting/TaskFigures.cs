using System.Globalization;
using Cora.Evaluation;

namespace Cora.Reporting;

/// <summary>The figures and scores of one task, for one method or several, made of the runs' files alone.</summary>
/// <param name="Task">plaque, stenosis, arteries or mace.</param>
/// <param name="Figures">Its figures.</param>
/// <param name="Cells">Every measure of every method.</param>
/// <param name="Cards">The runs.</param>
/// <param name="Note">What must be known of the choice of runs; null when there is nothing.</param>
public sealed record TaskFigures(string Task, IReadOnlyList<IFigure> Figures, IReadOnlyList<ScoreCell> Cells, IReadOnlyList<RunCard> Cards, string? Note)
{
    /// <summary>Rules that stand beside the methods; of classification alone.</summary>
    public IReadOnlyList<RuleScores> Rules { get; init; } = [];

    private const int PaperCases = 100;

    /// <summary>Reads the runs and makes what they allow.</summary>
    /// <param name="methods">Methods and their runs, all of one task.</param>
    /// <param name="resamples">Resamples behind every interval.</param>
    /// <exception cref="CoraException">Runs differ in task, splits or test cases, or a table is missing or damaged; what differs is named.</exception>
    public static TaskFigures Of(IReadOnlyList<MethodRuns> methods, int resamples = Resamples.Standard)
    {
        ArgumentNullException.ThrowIfNull(methods);
        var given = methods.Where(m => m.IsRule).ToArray();
        methods = [.. methods.Where(m => !m.IsRule)];
        if (methods.Count == 0) throw new CoraException("Rules alone are given, and no method.", "Give at least one fine-tuned run.", ExitCode.Usage);
        var cards = RunCard.ReadAll(methods);
        var task = cards[0].Task;
        var byRun = cards.DistinctBy(c => c.Folder).ToDictionary(c => c.Folder);
        var (chosen, note) = OfOneSize(methods, run => byRun[run].Cases);
        var series = MethodSeries.Of(chosen, task);
        var seed = Seed.Root(byRun[series[0].Runs[0]].Seed);
        switch (task)
        {
            case "plaque" or "mace":
                var cells = ClassificationCell.ReadAll(series, resamples, seed);
                var rules = RuleScores.ReadAll(given, cells);
                var shown = task == "mace" ? cells.Select(OfFigure5).ToArray() : cells;
                return new(task, Classification(shown, rules, task, resamples, seed), [.. cells], cards, note) { Rules = rules };
            case "stenosis":
                var found = DetectionCell.ReadAll(series, resamples, seed);
                return new(task, Detection(series, found), found, cards, note);
            case "arteries":
                var scored = SegmentationCell.ReadAll(series, resamples, seed);
                IFigure bars = BarFigure.Of(scored, "arteries-scores", "Artery segmentation", "Overlap (Dice), overlap of centre lines (clDice) and mean distance of the surfaces: means over the cases.", 2,
                    new(["dice", "cldice"], "overlap"), new(["mean_surface_distance_voxels"], "voxels", false), new(["mean_surface_distance_mm", "hausdorff95_mm"], "mm", false));
                var efficiency = DataEfficiencyFigure.Of(methods, cards, resamples);
                return new(task, efficiency is null ? [bars] : [bars, efficiency], scored, cards, note);
            default:
                throw new CoraException($"{cards[0].Folder} is of task {task}, expected plaque, stenosis, arteries or mace.", "Make the report with the version of this program that made the run.");
        }
    }

    /// <summary>Measures of artery segmentation against the number of training cases (Fig. 4b); null with fewer than two numbers.</summary>
    /// <exception cref="CoraException">Runs were tested on different cases, or a table is missing or damaged.</exception>
    public static IFigure? DataEfficiency(IReadOnlyList<MethodRuns> methods, int resamples = Resamples.Standard)
    {
        ArgumentNullException.ThrowIfNull(methods);
        return DataEfficiencyFigure.Of(methods, RunCard.ReadAll(methods), resamples);
    }

    /// <summary>
    /// Of several methods with variants, those of Fig. 5: the first method's, clinical data alone, and of the others the image alone. The rest would hide them; it stands in the tables.
    /// </summary>
    private static ClassificationCell OfFigure5(ClassificationCell cell)
    {
        var first = cell.Series[0].Runs;
        var isShown = cell.Series.Select(s => s.Runs == first || s.Stem == "mace-image" || s.Name == MethodSeries.ClinicalAlone).ToArray();
        if (isShown.All(s => s) || isShown.Count(s => s) < 2) return cell;
        IReadOnlyList<T> Shown<T>(IEnumerable<T> all) => [.. all.Where((_, i) => isShown[i])];
        return cell with { Series = Shown(cell.Series), Predictions = Shown(cell.Predictions), Rows = [.. cell.Rows.Select(row => row with { Values = Shown(row.Values) })] };
    }

    private static IReadOnlyList<IFigure> Classification(IReadOnlyList<ClassificationCell> cells, IReadOnlyList<RuleScores> rules, string task, int resamples, Seed seed)
    {
        var isMace = task == "mace";
        return
        [
            CurveFigure.Roc(cells, task + "-roc", isMace ? "MACE prediction: ROC curves" : "Plaque characterisation: ROC curves", rules),
            CurveFigure.PrecisionRecall(cells, task + "-precision-recall", "Precision and recall"),
            BarFigure.Of([.. cells], task + "-threshold", "At probability 0.5", "Accuracy, sensitivity, specificity and F1 when a case is called positive from probability 0.5 on.", cells[0].Series.Count > 3 ? 1 : 2,
                new BarFigure.Group([.. CaseMeasure.AtThreshold.Select(m => m.Key)], "share")),
            CalibrationFigure.Of(cells, task + "-calibration"),
            DecisionFigure.Of(cells, task + "-decision"),
            ForestFigure.Of(cells, task + "-strata", resamples, seed),
        ];
    }

    private static IReadOnlyList<IFigure> Detection(IReadOnlyList<MethodSeries> series, IReadOnlyList<ScoreCell> cells)
    {
        string[] kinds = [.. cells.SelectMany(c => c.Rows).Select(r => r.Key).Where(k => k.StartsWith("recall_", StringComparison.Ordinal)).Distinct()];
        bool IsGrade(string key) => key.StartsWith("recall_grade_", StringComparison.Ordinal);
        IFigure?[] figures =
        [
            LesionCensusFigure.Of(series, cells),
            BarFigure.Of(cells, "stenosis-scores", "Stenosis detection", "Precision, recall and F1 of lesions, counted over all volumes before ratios are taken; the cases are resampled, each with all its lesions.", 2, new BarFigure.Group(DetectionCell.Measures, "share")),
            BarFigure.Of(cells, "stenosis-recall-by-kind", "Recall by composition and grade", "Share of the reference lesions that are found, by composition and by CAD-RADS grade; n lesions.", 2,
                new BarFigure.Group([.. kinds.Where(k => !IsGrade(k))], "recall"), new BarFigure.Group([.. kinds.Where(IsGrade)], "recall")),
            FrocFigure.Of(series, cells),
            FrocFigure.Sensitivity(series, cells),
        ];
        return [.. figures.OfType<IFigure>()];
    }

    /// <summary>
    /// Trainings that can be averaged: where a method has several numbers of training cases, those of one number that every method has, the paper's 100 or else
    /// the largest.
    /// </summary>
    private static (IReadOnlyList<MethodRuns> Methods, string? Note) OfOneSize(IReadOnlyList<MethodRuns> methods, Func<string, int?> casesOf)
    {
        var sizes = methods.Select(m => m.Runs.Select(casesOf).Distinct().ToArray()).ToArray();
        if (sizes.All(s => s.Length == 1))
        {
            var different = sizes.Select(s => s[0]).Distinct().Count() > 1;
            return (methods, different ? $"The methods were trained with different numbers of cases: {string.Join(", ", methods.Select((m, i) => $"{m.Name} {sizes[i][0]?.ToString(CultureInfo.InvariantCulture) ?? "not recorded"}"))}." : null);
        }

        var common = sizes.Aggregate(sizes[0].AsEnumerable(), (a, b) => a.Intersect(b)).OfType<int>().Order().ToArray();
        if (common.Length == 0)
        {
            throw new CoraException(
                $"No number of training cases is common to all methods: {string.Join("; ", methods.Select((m, i) => $"{m.Name} has {string.Join(", ", sizes[i].Select(n => n?.ToString(CultureInfo.InvariantCulture) ?? "not recorded"))}"))}.",
                "Give every method a run with one same number of training cases.", ExitCode.Usage);
        }

        var size = common.Contains(PaperCases) ? PaperCases : common[^1];
        return ([.. methods.Select(m => m with { Runs = [.. m.Runs.Where(r => casesOf(r) == size)] })],
            string.Create(CultureInfo.InvariantCulture, $"Scores are of the runs with {size} training cases; runs with other numbers stand in the data efficiency figure alone."));
    }
}
