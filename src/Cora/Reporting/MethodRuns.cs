using ScottPlot;

namespace Cora.Reporting;

/// <summary>A method and its trainings: one run, or one a seed or a number of training cases.</summary>
/// <param name="Name">Its name, as figures and tables show it.</param>
/// <param name="Runs">Folders of fine-tuned runs.</param>
public sealed record MethodRuns(string Name, IReadOnlyList<string> Runs)
{
    /// <summary>Whether it is a rule that learnt nothing: it orders cases, its numbers are no probabilities, and no method is tested against it.</summary>
    public bool IsRule { get; init; }
}

/// <summary>A line of figures: a method, or one variant of it.</summary>
/// <param name="Name">As the legend has it.</param>
/// <param name="Colour">The same wherever the method is shown.</param>
/// <param name="Runs">Folders of its trainings.</param>
/// <param name="Stem">What its prediction tables are called, before the split.</param>
public sealed record MethodSeries(string Name, Color Colour, IReadOnlyList<string> Runs, string Stem)
{
    private static readonly string[] Order = ["cora", "scratch", "mae", "volumefusion", "voco"];
    private static readonly string[] Known = ["#C8102E", "#6B7280", "#0072B2", "#009E73", "#E69F00"];    // red and grey as in the paper, the rest of Okabe and Ito
    private static readonly string[] Others = ["#CC79A7", "#56B4E9", "#7A4B00", "#332288", "#117733"];

    // Most to least that a model is told: the first of a list is what others are tested against.
    private static readonly string[] Variants = ["multimodal", "image", "clinical"];

    /// <summary>The prediction table of a training and split; it need not be there.</summary>
    public static string Table(string run, string stem, string split) => Path.Combine(run, "predictions", $"{stem}-{split}.csv");

    /// <summary>One series a method, CORA first, then the baseline, MAE, VolumeFusion, VoCo, and others as they were given; of a MACE task one a variant.</summary>
    /// <exception cref="CoraException">A MACE run has no prediction table.</exception>
    public static IReadOnlyList<MethodSeries> Of(IReadOnlyList<MethodRuns> methods, string task)
    {
        ArgumentNullException.ThrowIfNull(methods);
        var ordered = methods.OrderBy(m => Rank(m.Name)).ToArray();
        var unknown = ordered.Where(m => Rank(m.Name) == Order.Length).Select(m => m.Name).ToList();
        Color ColourOf(string name) => new(Rank(name) is var r && r < Known.Length ? Known[r] : Others[unknown.IndexOf(name) % Others.Length]);
        if (task != "mace") return [.. ordered.Select(m => new MethodSeries(m.Name, ColourOf(m.Name), m.Runs, task))];
        return [.. ordered.SelectMany(m => VariantsOf(m, ColourOf(m.Name), ordered.Length == 1))];
    }

    private static int Rank(string name)
    {
        var plain = new string([.. name.ToLowerInvariant().Where(char.IsLetterOrDigit)]);
        var rank = Array.FindIndex(Order, o => plain.StartsWith(o, StringComparison.Ordinal));
        if (rank < 0) rank = Array.FindIndex(Order, o => plain.Contains(o, StringComparison.Ordinal));
        return rank < 0 ? Order.Length : rank;
    }

    private static IEnumerable<MethodSeries> VariantsOf(MethodRuns method, Color colour, bool isAlone)
    {
        var there = Variants.Where(v => method.Runs.Any(r => Directory.Exists(Path.Combine(r, "predictions")) && Directory.EnumerateFiles(Path.Combine(r, "predictions"), $"mace-{v}-*.csv").Any())).ToArray();
        if (there.Length == 0) throw new CoraException($"{method.Runs[0]} has no predictions/mace-VARIANT-SPLIT.csv.", "Let the run finish; it predicts the test cases at its end.");
        return there.Select(v => new MethodSeries(
            isAlone ? v : $"{method.Name} ({v})",
            v switch { "multimodal" => colour, "image" when there.Contains("multimodal") => colour.Lighten(0.45), "image" => colour, _ => colour.Darken(0.55) }, method.Runs, $"mace-{v}"));
    }
}
