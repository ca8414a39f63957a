namespace Cora.Cohorts;

/// <summary>What a case may be used for. A patient never stands in two splits.</summary>
public enum Split
{
    /// <summary>Not assigned.</summary>
    None,

    /// <summary>Unlabelled scans for self-supervised pretraining.</summary>
    Pretrain,

    /// <summary>Labelled training cases.</summary>
    Train,

    /// <summary>Cases on which settings and thresholds are chosen.</summary>
    Validation,

    /// <summary>Test cases of the training site.</summary>
    InternalTest,

    /// <summary>Test cases of other sites.</summary>
    ExternalTest,
}

/// <summary>One row of cases.csv. Paths are relative to the cohort's folder; null = not there.</summary>
public sealed record CaseRow
{
    /// <summary>Pseudonym of the case, unique in the cohort; also the stem of its files.</summary>
    public required string CaseId { get; init; }

    /// <summary>Pseudonym of the patient; several cases may share one.</summary>
    public required string PatientId { get; init; }

    /// <summary>Pseudonym of the hospital.</summary>
    public string Site { get; init; } = "";

    /// <summary>What the case may be used for.</summary>
    public Split Split { get; init; }

    /// <summary>CT volume in HU.</summary>
    public required string Image { get; init; }

    /// <summary>Coronary artery mask, 1 = artery.</summary>
    public string? Arteries { get; init; }

    /// <summary>Heart mask, 1 = heart.</summary>
    public string? Heart { get; init; }

    /// <summary>Plaque labels, 1 = calcified, 2 = non-calcified.</summary>
    public string? Plaques { get; init; }

    /// <summary>Stenosis labels, one number a lesion.</summary>
    public string? Stenoses { get; init; }

    /// <summary>De-identified radiology report.</summary>
    public string? Report { get; init; }

    /// <summary>Calcified plaque present; null = unknown.</summary>
    public bool? CalcifiedPlaque { get; init; }

    /// <summary>Non-calcified plaque present; null = unknown.</summary>
    public bool? NonCalcifiedPlaque { get; init; }

    /// <summary>Major adverse cardiac event within 30 days; null = unknown.</summary>
    public bool? Mace30d { get; init; }

    /// <summary>The files of this case, by column name, image first.</summary>
    public IEnumerable<(string Column, string Path)> Files()
    {
        yield return ("image", Image);
        if (Arteries is not null) yield return ("arteries", Arteries);
        if (Heart is not null) yield return ("heart", Heart);
        if (Plaques is not null) yield return ("plaques", Plaques);
        if (Stenoses is not null) yield return ("stenoses", Stenoses);
        if (Report is not null) yield return ("report", Report);
    }
}
