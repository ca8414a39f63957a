using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Cora.Language;

/// <summary>How one clinical variable becomes numbers: standardised by a mean and a standard deviation, or one number a code.</summary>
public sealed record ClinicalFeature
{
    private ClinicalFeature(string name, double mean, double sd, ImmutableArray<string> codes) => (Name, Mean, Sd, Codes) = (name, mean, sd, codes);

    /// <summary>The training column of Table 1: its means and standard deviations, its codes.</summary>
    public static ImmutableArray<ClinicalFeature> Table1 { get; } =
    [
        Number("age", 63.1, 13.8), Coded("sex"), Coded("race"), Number("bmi", 29.0, 7.7), Number("systolic_bp", 127.8, 19.3), Number("diastolic_bp", 72.4, 12.8),
        Coded("tobacco_use"), Coded("hypertension"), Coded("diabetes"),
        Number("total_cholesterol", 170.0, 47.0), Number("ldl_cholesterol", 96.5, 43.8), Number("hdl_cholesterol", 49.7, 17.3),
    ];

    /// <summary>Column of clinical.csv.</summary>
    public string Name { get; }

    /// <summary>Mean of a number, in its unit.</summary>
    public double Mean { get; }

    /// <summary>Standard deviation of a number, in its unit.</summary>
    public double Sd { get; }

    /// <summary>Codes; empty for a number.</summary>
    public ImmutableArray<string> Codes { get; }

    /// <summary>Numbers in the vector: the value or one a code, then whether it is missing.</summary>
    public int Size => Math.Max(1, Codes.Length) + 1;

    /// <summary>A number, given as (value - mean) / sd.</summary>
    /// <exception cref="CoraException">The name is not of a demographic or clinical number of Table 1, or the standard deviation is not positive.</exception>
    public static ClinicalFeature Number(string name, double mean, double sd)
    {
        ClinicalPrompt.CheckName(name);
        if (ClinicalPrompt.CodesOf(name).Count > 0) throw new CoraException($"{name} is a code, not a number.", "Name it without mean and standard deviation.", ExitCode.Usage);
        if (!double.IsFinite(mean) || !double.IsFinite(sd) || sd <= 0)
            throw new CoraException(string.Create(CultureInfo.InvariantCulture, $"{name} has mean {mean} and standard deviation {sd}."), "Give finite numbers, the second above 0.", ExitCode.Usage);
        return new(name, mean, sd, []);
    }

    /// <summary>A code, given as one number for each that there is.</summary>
    /// <exception cref="CoraException">The name is not of a demographic or clinical code of Table 1.</exception>
    public static ClinicalFeature Coded(string name)
    {
        ClinicalPrompt.CheckName(name);
        var codes = ClinicalPrompt.CodesOf(name);
        if (codes.Count == 0) throw new CoraException($"{name} is a number, not a code.", "Give its mean and standard deviation.", ExitCode.Usage);
        return new(name, 0, 1, [.. codes]);
    }
}

/// <summary>The clinical variables as plain numbers, for runs without a language model. It knows no language and never pretends to.</summary>
/// <remarks>
/// A missing number stands at its mean (0 after standardising) and its indicator says that it is missing; a missing code has no 1 but in its
/// indicator. Texts are read back through the fixed form of <see cref="ClinicalPrompt"/>, so numbers have its one decimal.
/// </remarks>
public sealed class ClinicalFeatureEncoder : ITextEncoder
{
    private readonly ImmutableArray<ClinicalFeature> features;

    /// <param name="features">In the order of the vector; <see cref="ClinicalFeature.Table1"/> when not given.</param>
    /// <exception cref="ArgumentException">There is no feature, or one stands twice.</exception>
    public ClinicalFeatureEncoder(IEnumerable<ClinicalFeature>? features = null)
    {
        this.features = features is null ? ClinicalFeature.Table1 : [.. features];
        if (this.features.IsEmpty || this.features.Select(f => f.Name).Distinct().Count() != this.features.Length)
            throw new ArgumentException("Features are given once each, and at least one.", nameof(features));
        Dimension = this.features.Sum(f => f.Size);
        var definition = string.Join('\n', this.features.Select(f => string.Create(CultureInfo.InvariantCulture, $"{f.Name} {f.Mean:R} {f.Sd:R} {string.Join(',', f.Codes)}")));
        WeightsHash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(definition)));
    }

    /// <summary><c>clinical features</c>.</summary>
    public string Name => "clinical features";

    /// <summary>SHA-256 in hex of the features with their means, standard deviations and codes.</summary>
    public string WeightsHash { get; }

    /// <summary><c>none</c>: there are no tokens.</summary>
    public string Pooling => "none";

    /// <inheritdoc/>
    public int Dimension { get; }

    /// <summary>One vector a text of <see cref="ClinicalPrompt.Write"/>.</summary>
    /// <exception cref="CoraException">A text is not of that form.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public float[][] Encode(IReadOnlyList<string> texts, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        cancel.ThrowIfCancellationRequested();
        return [.. texts.Select(t => Encode(ClinicalPrompt.Read(t)))];
    }

    /// <summary>The vector of one patient's values.</summary>
    /// <exception cref="CoraException">A value is none of a variable's, a variable stands twice, or is not demographic or clinical.</exception>
    public float[] Encode(IEnumerable<ClinicalValue> values)
    {
        var given = ClinicalPrompt.ByName(values);
        var vector = new float[Dimension];
        var at = 0;
        foreach (var feature in features)
        {
            Fill(feature, given.GetValueOrDefault(feature.Name), vector.AsSpan(at, feature.Size));
            at += feature.Size;
        }

        return vector;
    }

    private static void Fill(ClinicalFeature feature, string? value, Span<float> part)
    {
        if (feature.Codes.IsEmpty)
        {
            if (value is not null && ClinicalPrompt.Number(feature.Name, value) is { } number) part[0] = (float)((number - feature.Mean) / feature.Sd);
            else part[^1] = 1;
            return;
        }

        var index = value is null ? part.Length - 1 : feature.Codes.IndexOf(value);
        part[index >= 0 ? index : throw ClinicalPrompt.NoSuchCode(feature.Name, value!, feature.Codes)] = 1;
    }
}
