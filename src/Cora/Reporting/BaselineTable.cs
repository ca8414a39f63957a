using System.Globalization;
using Cora.Cohorts;

namespace Cora.Reporting;

/// <summary>A row of Table 1: a characteristic in each group, and how far the test groups lie from training.</summary>
/// <param name="Name">The characteristic.</param>
/// <param name="Cells">Of each group: mean ± SD or n (%).</param>
/// <param name="Internal">Standardised difference of internal test from training; null where it is not defined.</param>
/// <param name="External">The same of external test.</param>
internal sealed record BaselineRow(string Name, IReadOnlyList<string> Cells, double? Internal, double? External);

/// <summary>
/// Demographic, clinical and imaging characteristics of the groups: Table 1 of the paper. Shares are of all cases of a group, as there; what is not recorded has rows of its own.
/// </summary>
internal sealed class BaselineTable
{
    /// <summary>Above this a difference is commonly called an imbalance (Austin 2009).</summary>
    public const double Imbalance = 0.1;

    private static readonly (string Name, Split[] Splits)[] Groups = [("Training", [Split.Train, Split.Validation]), ("Internal test", [Split.InternalTest]), ("External test", [Split.ExternalTest])];
    private readonly Cohort cohort;
    private readonly CaseRow[][] groups;
    private readonly List<BaselineRow> rows = [];

    public BaselineTable(Cohort cohort)
    {
        this.cohort = cohort;
        groups = [.. Groups.Select(g => cohort.Of(g.Splits).ToArray())];
        foreach (var variable in ClinicalVariable.Table1) Add(variable);
        Add("Non-calcified plaque present", c => c.NonCalcifiedPlaque);
        Add("Calcified plaque present", c => c.CalcifiedPlaque);
        Add("MACE within 30 days", c => c.Mace30d);
    }

    /// <summary>Whether there is anybody to describe.</summary>
    public bool IsEmpty => groups.All(g => g.Length == 0);

    public IReadOnlyList<BaselineRow> Rows => rows;

    public IReadOnlyList<string> Header => ["characteristic", .. Groups.Select((g, i) => string.Create(CultureInfo.InvariantCulture, $"{g.Name} (n = {groups[i].Length})")), "SMD internal", "SMD external"];

    /// <summary>Rows that differ by more than <see cref="Imbalance"/> between training and a test group.</summary>
    public IEnumerable<BaselineRow> Imbalanced => rows.Where(r => Math.Abs(r.Internal ?? 0) > Imbalance || Math.Abs(r.External ?? 0) > Imbalance);

    public IEnumerable<IReadOnlyList<string>> Words => rows.Select(r => (IReadOnlyList<string>)[r.Name, .. r.Cells, Said(r.Internal), Said(r.External)]);

    public FigureData Data => new(
        ["characteristic", "training", "internal_test", "external_test", "standardised_difference_internal", "standardised_difference_external"],
        [.. rows.Select(r => (IReadOnlyList<object?>)[r.Name, .. r.Cells, r.Internal, r.External])]);

    /// <summary>Difference of two means in units of the root mean square of their standard deviations; null where there is no spread or nobody.</summary>
    public static double? OfMeans(IReadOnlyList<double> one, IReadOnlyList<double> other)
    {
        if (one.Count < 2 || other.Count < 2) return null;
        var spread = Math.Sqrt((Variance(one) + Variance(other)) / 2);
        return spread > 0 ? (other.Average() - one.Average()) / spread : null;
    }

    /// <summary>Difference of two shares in units of the root mean square of their binomial deviations; null where both are 0 or 1, or nobody is there.</summary>
    public static double? OfShares(int one, int ofOne, int other, int ofOther)
    {
        if (ofOne == 0 || ofOther == 0) return null;
        var (p, q) = ((double)one / ofOne, (double)other / ofOther);
        var spread = Math.Sqrt((p * (1 - p) + q * (1 - q)) / 2);
        return spread > 0 ? (q - p) / spread : null;
    }

    private void Add(ClinicalVariable variable)
    {
        var values = groups.Select(g => g.Select(c => cohort.ClinicalOf(c) is { } row ? variable.Get(row) : null).ToArray()).ToArray();
        var name = Label(variable);
        if (variable.Type == "number")
        {
            var numbers = values.Select(g => g.OfType<double>().ToArray()).ToArray();
            rows.Add(new(name, [.. numbers.Select(Spread)], OfMeans(numbers[0], numbers[1]), OfMeans(numbers[0], numbers[2])));
        }
        else if (variable.Type == "boolean") AddShare(name, values, v => v is true);
        else if (variable.Name == "sex") AddShare("Female sex", values, v => v is "female");
        else foreach (var code in variable.Codes) AddShare($"{name}: {code}", values, v => v is string s && s == code);
        AddMissing(name, values);
    }

    private void Add(string name, Func<CaseRow, bool?> of)
    {
        var values = groups.Select(g => g.Select(c => (object?)of(c)).ToArray()).ToArray();
        AddShare(name, values, v => v is true);
        AddMissing(name, values);
    }

    private void AddShare(string name, object?[][] values, Func<object?, bool> isSo)
    {
        var counts = values.Select(g => (Yes: g.Count(isSo), Known: g.Count(v => v is not null))).ToArray();
        double? Against(int group) => OfShares(counts[0].Yes, counts[0].Known, counts[group].Yes, counts[group].Known);
        rows.Add(new(name + ", n (%)", [.. counts.Select((c, i) => Share(c.Yes, values[i].Length))], Against(1), Against(2)));
    }

    private void AddMissing(string name, object?[][] values)
    {
        if (values.Any(g => g.Any(v => v is null)))
            rows.Add(new($"{Plain(name)}: not recorded, n (%)", [.. values.Select(g => Share(g.Count(v => v is null), g.Length))], null, null));
    }

    private static string Spread(double[] values) => values.Length == 0 ? "–"
        : string.Create(CultureInfo.InvariantCulture, $"{values.Average():0.0} ± {(values.Length > 1 ? Math.Sqrt(Variance(values)).ToString("0.0", CultureInfo.InvariantCulture) : "–")}");

    /// <summary>A characteristic's name without what its cells hold.</summary>
    internal static string Plain(string name) => name.Replace(", mean ± SD", "", StringComparison.Ordinal).Replace(", n (%)", "", StringComparison.Ordinal);

    private static string Share(int count, int of) => of == 0 ? "–" : string.Create(CultureInfo.InvariantCulture, $"{count} ({100.0 * count / of:0.0} %)");

    private static string Said(double? difference) => difference?.ToString("0.00", CultureInfo.InvariantCulture) ?? "";

    private static double Variance(IReadOnlyList<double> values)
    {
        var mean = values.Average();
        return values.Sum(v => (v - mean) * (v - mean)) / (values.Count - 1);
    }

    private static string Label(ClinicalVariable variable) => variable.Name switch
    {
        "age" => "Age (years), mean ± SD", "bmi" => "BMI (kg/m²), mean ± SD", "systolic_bp" => "Systolic BP (mmHg), mean ± SD", "diastolic_bp" => "Diastolic BP (mmHg), mean ± SD",
        "tobacco_use" => "Tobacco use", "hypertension" => "Hypertension within 1 year", "diabetes" => "Diabetes mellitus", "total_cholesterol" => "Total cholesterol (mg/dL), mean ± SD",
        "ldl_cholesterol" => "LDL cholesterol (mg/dL), mean ± SD", "hdl_cholesterol" => "HDL cholesterol (mg/dL), mean ± SD", _ => Telling.Capital(variable.Name).Replace('_', ' '),
    };
}
