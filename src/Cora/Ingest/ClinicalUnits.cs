namespace Cora.Ingest;

/// <summary>Units that clinical numbers may come in, by the variable's own unit. A unit is always said, never guessed from the numbers.</summary>
internal static class ClinicalUnits
{
    /// <summary>mg/dL a mmol/L of cholesterol: its molar mass of 386.65 g/mol over ten, as laboratories round it. Triglycerides have another.</summary>
    public const double CholesterolMgPerDl = 38.67;

    /// <summary>mmHg a kPa: 1 mmHg is 133.322 Pa.</summary>
    public const double MmHgPerKilopascal = 1000 / 133.322;

    private const double DaysAYear = 365.25;

    /// <summary>kg/m² of 1 lb/in²: 0.45359237 kg over 0.0254² m².</summary>
    private const double KgPerM2OfLbPerIn2 = 0.45359237 / (0.0254 * 0.0254);

    private static readonly Dictionary<string, IReadOnlyDictionary<string, double>> Factors = new()
    {
        ["years"] = new Dictionary<string, double> { ["years"] = 1, ["months"] = 1.0 / 12, ["weeks"] = 7 / DaysAYear, ["days"] = 1 / DaysAYear },
        ["kg/m2"] = new Dictionary<string, double> { ["kg/m2"] = 1, ["lb/in2"] = KgPerM2OfLbPerIn2 },
        ["mmHg"] = new Dictionary<string, double> { ["mmHg"] = 1, ["kPa"] = MmHgPerKilopascal, ["cmHg"] = 10 },
        ["mg/dL"] = new Dictionary<string, double> { ["mg/dL"] = 1, ["mmol/L"] = CholesterolMgPerDl, ["g/L"] = 100, ["mg/L"] = 0.1 },
    };

    /// <summary>By what a number is multiplied to come into a variable's unit; null for a unit that is not known for it.</summary>
    public static double? Factor(string unit, string to) => Factors[to].TryGetValue(unit, out var factor) ? factor : null;

    /// <summary>The units that a variable may come in.</summary>
    public static IEnumerable<string> Of(string to) => Factors[to].Keys;
}
