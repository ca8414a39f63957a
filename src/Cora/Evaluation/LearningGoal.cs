using System.Globalization;

namespace Cora.Evaluation;

/// <summary>A measure of the held-back data that a pretraining must reach before its weights are worth anything.</summary>
/// <param name="Measure">Its name in validation.csv.</param>
/// <param name="Meaning">What it is, in words.</param>
/// <param name="Least">The value that it must reach.</param>
public sealed record LearningGoal(string Measure, string Meaning, double Least)
{
    /// <summary>Whether smaller values are better; <see cref="Least"/> is then the most that it may be.</summary>
    public bool IsError { get; init; }

    /// <summary>Whether a value meets the goal; NaN does not.</summary>
    public bool IsMet(double value) => IsError ? value <= Least : value >= Least;

    /// <summary>The value of the same network untrained; null where it was not measured, and 0 stands for it.</summary>
    public double? Untrained { get; init; }

    /// <summary>Share of the way from untrained to the goal below which a pass is called narrow: a plain rule of ours, told wherever the word stands.</summary>
    public const double NarrowShare = 0.1;

    /// <summary>Whether a value meets the goal by less than <see cref="NarrowShare"/> of the goal's distance from the untrained value.</summary>
    public bool IsNarrow(double value) => IsMet(value) && Math.Abs(value - Least) < NarrowShare * Math.Abs(Least - (Untrained ?? 0));

    /// <summary>Value and goal in words.</summary>
    public string Told(double value) => string.Create(
        CultureInfo.InvariantCulture, $"{Meaning} {value:0.###} (goal {Least:0.###} or {(IsError ? "less" : "more")}{(Untrained is { } u ? $", untrained {u.ToString("0.###", CultureInfo.InvariantCulture)}" : "")}{(IsNarrow(value) ? ", narrowly reached" : "")})");
}

/// <summary>How a measure stands to its goal at the end of a pretraining, in learning.json.</summary>
/// <param name="Measure">The measure.</param>
/// <param name="Value">Its last value.</param>
/// <param name="Goal">The value to reach.</param>
/// <param name="IsError">Whether smaller is better.</param>
/// <param name="Untrained">The value of the untrained network; null where it was not measured.</param>
/// <param name="IsNarrow">Whether the goal was reached by a hair.</param>
public sealed record LearningOutcome(string Measure, double Value, double Goal, bool IsError, double? Untrained, bool IsNarrow);
