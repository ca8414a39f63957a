namespace Cora.Reporting;

/// <summary>One comparison that speaks for or against a claim of the paper.</summary>
/// <param name="Claim">The claim, in short.</param>
/// <param name="Task">The task.</param>
/// <param name="Where">Split and target.</param>
/// <param name="Measure">What is compared.</param>
/// <param name="Difference">What the claim says is above zero.</param>
/// <param name="Low">2.5th percentile over the resampled cases.</param>
/// <param name="High">97.5th percentile.</param>
/// <param name="Trainings">Trainings behind each side.</param>
/// <param name="Caution">Why the comparison must not count; null when it may.</param>
internal sealed record Comparison(string Claim, string Task, string Where, string Measure, double Difference, double Low, double High, string Trainings, string? Caution)
{
    /// <summary>The verdict by the interval alone.</summary>
    public string Verdict => Caution is not null ? "not comparable" : double.IsNaN(Low) || double.IsNaN(High) ? "not defined" : Low > 0 ? "holds" : High < 0 ? "does not hold" : "undecided";

    /// <summary>The verdict, with what speaks against counting it.</summary>
    public string Judgement => Caution is null ? Verdict : $"{Verdict}: {Caution}";

    /// <summary>The columns of a table of comparisons.</summary>
    public static string[] Columns { get; } = ["claim", "task", "where", "measure", "difference", "low", "high", "trainings", "verdict", "caution"];

    /// <summary>The row under <see cref="Columns"/>.</summary>
    public object?[] Fields => [Claim, Task, Where, Measure, ScoreTable.Number(Difference), ScoreTable.Number(Low), ScoreTable.Number(High), Trainings, Verdict, Caution];

    /// <summary>Number and interval in words.</summary>
    public string Said => double.IsNaN(Low) ? Telling.Number(Difference, "+0.000;-0.000") : $"{Signed(Difference)} ({Signed(Low)} to {Signed(High)})";

    /// <summary>Task, place and measure in words.</summary>
    public string Row => $"{Claims.TaskName(Task)}, {Telling.Small(Where)}, {Measure}";

    private static string Signed(double value) => Telling.Number(value, "+0.000;-0.000;0.000");
}
