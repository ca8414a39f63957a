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
}
