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

    private const string Clinical = "mace-clinical";

    /// <summary>The series of the model that knows no image, where all methods have the same.</summary>
    public const string ClinicalAlone = "clinical data alone";

    /// <summary>The same where the methods' models differ.</summary>
    public static string ClinicalOf(string method) => $"{ClinicalAlone}, beside {method}";

    // Most to least that a model is told: the first of a list is what others are tested against.
    private static readonly string[] Variants = ["multimodal", "image", "clinical"];

    /// <summary>The prediction table of a training and split; it need not be there.</summary>
    public static string Table(string run, string stem, string split) => Path.Combine(run, "predictions", $"{stem}-{split}.csv");

    /// <summary>One series a method, CORA first, then the baseline, MAE, VolumeFusion, VoCo, and others as they were given; of a MACE task one a variant,
    /// clinical data alone last.</summary>
    /// <exception cref="CoraException">A MACE run has no prediction table.</exception>
    public static IReadOnlyList<MethodSeries> Of(IReadOnlyList<MethodRuns> methods, string task)
    {
        ArgumentNullException.ThrowIfNull(methods);
        var ordered = methods.OrderBy(m => Rank(m.Name)).ToArray();
        var unknown = ordered.Where(m => Rank(m.Name) == Order.Length).Select(m => m.Name).ToList();
        Color ColourOf(string name) => new(Rank(name) is var r && r < Known.Length ? Known[r] : Others[unknown.IndexOf(name) % Others.Length]);
        if (task != "mace") return [.. ordered.Select(m => new MethodSeries(m.Name, ColourOf(m.Name), m.Runs, task))];
        var all = ordered.SelectMany(m => VariantsOf(m, ColourOf(m.Name), ordered.Length == 1)).ToArray();
        return ordered.Length == 1 ? all : [.. all.Where(s => s.Stem != Clinical), .. WithoutImage(ordered, [.. all.Where(s => s.Stem == Clinical)])];
    }

    /// <summary>
    /// What knows no image does not depend on where a network began: methods with the same predictions have one model in common, which is shown and tested once.
    /// </summary>
    private static IEnumerable<MethodSeries> WithoutImage(MethodRuns[] methods, IReadOnlyList<MethodSeries> clinical)
    {
        var models = clinical.Select(s => s.Runs.Select(PredictionsOf).ToHashSet()).ToArray();
        // Most trainings first: a method with fewer seeds has some of the same models.
        var kept = new List<int>();
        foreach (var i in Enumerable.Range(0, models.Length).OrderByDescending(i => models[i].Count))
            if (!kept.Any(k => models[i].IsSubsetOf(models[k]))) kept.Add(i);
        return kept.Order().Select(i => clinical[i] with { Name = kept.Count == 1 ? ClinicalAlone : ClinicalOf(methods.First(m => m.Runs == clinical[i].Runs).Name) });
    }

    /// <summary>All that the clinical model of a run says of test cases, to tell models apart.</summary>
    private static string PredictionsOf(string run) => !Directory.Exists(Path.Combine(run, "predictions")) ? run
        : string.Join('\n', Directory.EnumerateFiles(Path.Combine(run, "predictions"), $"{Clinical}-*.csv").Order(StringComparer.Ordinal).Select(f => Path.GetFileName(f) + "\n" + File.ReadAllText(f)));

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
