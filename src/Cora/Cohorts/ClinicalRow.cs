namespace Cora.Cohorts;

/// <summary>One row of clinical.csv, Table 1 of the paper; null = not recorded.</summary>
public sealed record ClinicalRow
{
    /// <summary>The case.</summary>
    public required string CaseId { get; init; }

    /// <summary>Years.</summary>
    public double? Age { get; init; }

    /// <summary><c>female</c> or <c>male</c>.</summary>
    public string? Sex { get; init; }

    /// <summary><c>white</c>, <c>black</c>, <c>asian</c> or <c>other</c>.</summary>
    public string? Race { get; init; }

    /// <summary>kg/m².</summary>
    public double? Bmi { get; init; }

    /// <summary>mmHg.</summary>
    public double? SystolicBp { get; init; }

    /// <summary>mmHg.</summary>
    public double? DiastolicBp { get; init; }

    /// <summary><c>never</c>, <c>former</c> or <c>current</c>.</summary>
    public string? TobaccoUse { get; init; }

    /// <summary>Hypertension within a year.</summary>
    public bool? Hypertension { get; init; }

    /// <summary>Diabetes mellitus.</summary>
    public bool? Diabetes { get; init; }

    /// <summary>mg/dL.</summary>
    public double? TotalCholesterol { get; init; }

    /// <summary>mg/dL.</summary>
    public double? LdlCholesterol { get; init; }

    /// <summary>mg/dL.</summary>
    public double? HdlCholesterol { get; init; }
}
