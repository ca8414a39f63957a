using Cora.Imaging;

namespace Cora.Ingest;

/// <summary>What becomes of a study's date.</summary>
public enum StudyDates
{
    /// <summary>It does not leave the archive.</summary>
    Drop,

    /// <summary>It is moved by up to a year, by the same number of days for all studies of a patient, so that intervals stay.</summary>
    Shift,
}

/// <summary>How studies of a DICOM archive become cases.</summary>
public sealed record DicomImportConfig : ISettings
{
    /// <summary>Pseudonym of the hospital; empty makes one of the institution's name and the salt.</summary>
    public string Site { get; init; } = "";

    /// <summary>What becomes of a study's date: drop or shift.</summary>
    public StudyDates Dates { get; init; } = StudyDates.Drop;

    /// <summary>What voxels outside of the scanned circle become: air (-1024 HU) or keep.</summary>
    public PaddingHu Padding { get; init; } = PaddingHu.Air;

    /// <summary>Whether a series scanned with a tilted gantry is straightened by resampling; otherwise it is refused.</summary>
    public bool StraightenTilt { get; init; } = true;

    /// <summary>Series that cover less along the patient, in millimetres, are no scan of a heart.</summary>
    public double MinCoverageMm { get; init; } = 50;

    /// <summary>Series of thicker slices, in millimetres, show no plaque.</summary>
    public double MaxThicknessMm { get; init; } = 3;

    /// <summary>Whether a series whose header says nothing of contrast is refused.</summary>
    public bool RequireContrastTag { get; init; }

    /// <inheritdoc/>
    public IEnumerable<Problem> Check()
    {
        if (Site.Length > 32 || Site.Any(c => !(char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))) yield return new("site", Site, "up to 32 letters, digits, - and _");
        if (MinCoverageMm is not (>= 0 and <= 500)) yield return new("min_coverage_mm", MinCoverageMm, "0 to 500 mm");
        if (MaxThicknessMm is not (> 0 and <= 20)) yield return new("max_thickness_mm", MaxThicknessMm, "above 0, up to 20 mm");
    }
}
