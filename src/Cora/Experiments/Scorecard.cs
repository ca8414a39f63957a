using System.Text.Json;
using Cora.Cohorts;
using Cora.Evaluation;

namespace Cora.Experiments;

/// <summary>Writes scorecard.json: every estimate with its interval.</summary>
internal static class Scorecard
{
    /// <summary>An estimate as the scorecard has it; undefined is null with its reason.</summary>
    public static object Of(Estimate estimate)
    {
        ArgumentNullException.ThrowIfNull(estimate);
        return new { Value = Number(estimate.Value), Low = Number(estimate.Low), High = Number(estimate.High), estimate.Reason };
    }

    /// <summary>A number, null where it is none.</summary>
    public static double? Number(double value) => double.IsFinite(value) ? value : null;

    /// <summary>Writes the file.</summary>
    /// <param name="work">The work that was done.</param>
    /// <param name="cases">Cases learnt from.</param>
    /// <param name="held">Cases that chose the weights.</param>
    /// <param name="splits">Estimates by split.</param>
    /// <param name="more">What else the task tells.</param>
    public static void Write(FinetuneWork work, int cases, int held, IReadOnlyDictionary<string, object> splits, object? more = null)
    {
        var experiment = work.Experiment;
        var card = new Dictionary<string, object?>
        {
            ["task"] = JsonNamingPolicy.SnakeCaseLower.ConvertName(experiment.Task.ToString()),
            ["weights"] = experiment.Weights,
            ["method"] = work.Start?.Method ?? "scratch",
            ["seed"] = experiment.Seed,
            ["cases"] = cases,
            ["cases_that_chose_the_weights"] = held,
            ["resamples"] = experiment.Statistics.Resamples,
            ["phantom_only"] = work.Cohort.Description.IsPhantom,
            ["notice"] = "Research software, not a medical device.",
            ["details"] = more,
            ["splits"] = splits,
        };
        Atomically.WriteText(Path.Combine(work.Run.Folder, "scorecard.json"), JsonSerializer.Serialize(card, CohortDescription.Json) + "\n");
    }
}
