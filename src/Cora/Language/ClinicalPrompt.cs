using System.Collections.Immutable;
using System.Globalization;

namespace Cora.Language;

/// <summary>One clinical variable of a patient as it stands in clinical.csv; null or empty = not recorded.</summary>
/// <param name="Name">Column, for example <c>systolic_bp</c>.</param>
/// <param name="Value">A number, a code (<c>female</c>, <c>former</c>), or 0 and 1.</param>
public readonly record struct ClinicalValue(string Name, string? Value)
{
    /// <summary>A number, a code, a yes or no, or nothing, in the words of clinical.csv. NaN is nothing.</summary>
    public static ClinicalValue Of(string name, object? value) => new(name, value switch
    {
        null or double.NaN or float.NaN => null,
        bool truth => truth ? "1" : "0",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString(),
    });
}

/// <summary>The text that the frozen encoder reads: the paper's prompt, then the demographic and clinical variables of Table 1 in its order.</summary>
/// <remarks>
/// The paper prints the prompt only; the sentences are ours (decision 0002). Each variable is always named, so that a missing one is told and
/// not left out. Numbers have at most one decimal. Imaging findings and the outcome stand in Table 1 as well and are never told.
/// </remarks>
public static class ClinicalPrompt
{
    /// <summary>The sentence that the paper prepends. Methods, "MACE risk stratification".</summary>
    public const string Prompt =
        "The following is a summary of the patient’s demographic and clinical information. Please focus on key risk factors for major adverse cardiovascular events.";

    /// <summary>What is written for a missing value.</summary>
    public const string NotRecorded = "not recorded";

    private static readonly ImmutableArray<Field> Fields =
    [
        new("age", "Age", "years"),
        new("sex", "Sex", "", ("female", "female"), ("male", "male")),
        new("race", "Race", "", ("white", "White"), ("black", "Black or African American"), ("asian", "Asian"), ("other", "other")),
        new("bmi", "BMI", "kg/m²"),
        new("systolic_bp", "Systolic blood pressure", "mmHg"),
        new("diastolic_bp", "Diastolic blood pressure", "mmHg"),
        new("tobacco_use", "Tobacco use", "", ("never", "never"), ("former", "former"), ("current", "current")),
        new("hypertension", "Hypertension within 1 year", "", ("0", "no"), ("1", "yes")),
        new("diabetes", "Diabetes mellitus", "", ("0", "no"), ("1", "yes")),
        new("total_cholesterol", "Total cholesterol", "mg/dL"),
        new("ldl_cholesterol", "LDL cholesterol", "mg/dL"),
        new("hdl_cholesterol", "HDL cholesterol", "mg/dL"),
    ];

    /// <summary>The variables that are told, in order, by their names in clinical.csv.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Fields.Select(f => f.Name)];

    /// <summary>The text of one patient. The order of the values does not matter; a variable that is not among them is not recorded.</summary>
    /// <exception cref="CoraException">A value is none of a variable's, a variable stands twice, or is not demographic or clinical.</exception>
    public static string Write(IEnumerable<ClinicalValue> values)
    {
        var given = ByName(values);
        return $"{Prompt} {string.Join(' ', Fields.Select(f => $"{f.Label}: {Word(f, given.GetValueOrDefault(f.Name))}."))}";
    }

    /// <summary>The values that a text of <see cref="Write"/> tells, in order, with null for what was not recorded.</summary>
    /// <exception cref="CoraException">The text is not one of ours.</exception>
    public static IReadOnlyList<ClinicalValue> Read(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var values = new List<ClinicalValue>();
        var at = text.StartsWith(Prompt, StringComparison.Ordinal) ? Prompt.Length : throw NotOurs(Prompt);
        for (var i = 0; i < Fields.Length; i++)
        {
            var start = $" {Fields[i].Label}: ";
            if (string.CompareOrdinal(text, at, start, 0, start.Length) != 0) throw NotOurs(start.Trim());
            at += start.Length;
            var end = i + 1 < Fields.Length ? text.IndexOf($". {Fields[i + 1].Label}: ", at, StringComparison.Ordinal) : text.Length - 1;
            if (end < at || text[end] != '.') throw NotOurs(start.Trim());
            values.Add(new(Fields[i].Name, Code(Fields[i], text[at..end])));
            at = end + 1;
        }

        return values;
    }

    /// <summary>Refuses what is not a demographic or clinical variable of Table 1.</summary>
    /// <exception cref="CoraException">It is not.</exception>
    internal static void CheckName(string name)
    {
        if (!Names.Contains(name))
        {
            throw new CoraException(
                $"'{name}' is not a demographic or clinical variable of Table 1; imaging findings and the outcome are never told to the encoder.",
                $"Leave it out. The variables are {string.Join(", ", Names)}.", ExitCode.Usage);
        }
    }

    /// <summary>The codes of a variable, in order; none for a number.</summary>
    internal static IReadOnlyList<string> CodesOf(string name) => [.. Fields.Single(f => f.Name == name).Words.Select(w => w.Code)];

    /// <summary>The values by name; empty ones are left out.</summary>
    /// <exception cref="CoraException">A variable stands twice, or is not demographic or clinical.</exception>
    internal static Dictionary<string, string> ByName(IEnumerable<ClinicalValue> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        var seen = new HashSet<string>();
        var given = new Dictionary<string, string>();
        foreach (var (name, value) in values)
        {
            CheckName(name);
            if (!seen.Add(name)) throw new CoraException($"The variable {name} stands twice.", "Give each variable once.");
            if (!string.IsNullOrWhiteSpace(value)) given.Add(name, value.Trim());
        }

        return given;
    }

    /// <summary>A recorded number; null for NaN.</summary>
    /// <exception cref="CoraException">This is not a number.</exception>
    internal static double? Number(string name, string value)
    {
        if (!double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) || double.IsInfinity(number))
            throw new CoraException($"{name} is '{value}', expected a number.", "Correct the table; an empty cell means not recorded.");
        return double.IsNaN(number) ? null : number;
    }

    /// <summary>The refusal of a word that is none of a variable's codes.</summary>
    internal static CoraException NoSuchCode(string name, string value, IEnumerable<string> codes) =>
        new($"{name} is '{value}', expected {string.Join(", ", codes)}.", "Correct the table; an empty cell means not recorded.");

    private static string Word(Field field, string? value)
    {
        if (value is null) return NotRecorded;
        if (field.Words.IsEmpty)
        {
            // One decimal is what is measured; more would only be more tokens.
            return Number(field.Name, value) is { } number ? string.Create(CultureInfo.InvariantCulture, $"{number:0.#} {field.Unit}") : NotRecorded;
        }

        foreach (var (code, word) in field.Words) if (code == value) return word;
        throw NoSuchCode(field.Name, value, field.Words.Select(w => w.Code));
    }

    private static string? Code(Field field, string word)
    {
        if (word == NotRecorded) return null;
        if (!field.Words.IsEmpty)
        {
            foreach (var (code, known) in field.Words) if (known == word) return code;
            throw NotOurs(field.Label);
        }

        var number = word.EndsWith($" {field.Unit}", StringComparison.Ordinal) ? word[..^(field.Unit.Length + 1)] : throw NotOurs(field.Label);
        return double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out _) ? number : throw NotOurs(field.Label);
    }

    private static CoraException NotOurs(string expected) =>
        new($"A text is not of the fixed form of the clinical prompt: '{expected}' was expected.", "Write texts with ClinicalPrompt, or take another encoder.");

    private sealed record Field(string Name, string Label, string Unit, params ImmutableArray<(string Code, string Word)> Words);
}
