namespace Cora.Cohorts;

/// <summary>What a lesion is made of (lesions.csv).</summary>
public enum Composition
{
    /// <summary>Calcified plaque only.</summary>
    Calcified,

    /// <summary>Non-calcified plaque only.</summary>
    NonCalcified,

    /// <summary>Both.</summary>
    Mixed,
}

/// <summary>One row of lesions.csv: a numbered lesion of a case's stenosis map.</summary>
/// <param name="CaseId">The case.</param>
/// <param name="Lesion">The label of the lesion in <c>stenoses/CASE.nii.gz</c>, 1 or more.</param>
/// <param name="Composition">What it is made of.</param>
/// <param name="StenosisPercent">Diameter stenosis in percent, 0 to 100; null = unknown.</param>
/// <param name="StenosisGrade">0 none, 1 below 25 %, 2 25-49, 3 50-69, 4 70-99, 5 occluded (bins of CAD-RADS 2.0, given to a lesion); null = unknown.</param>
public sealed record LesionRow(string CaseId, int Lesion, Composition Composition, double? StenosisPercent, int? StenosisGrade)
{
    /// <summary>The grade of a diameter stenosis in percent.</summary>
    public static int GradeOf(double percent) => percent switch { <= 0 => 0, < 25 => 1, < 50 => 2, < 70 => 3, < 100 => 4, _ => 5 };
}
