namespace Cora.Phantom;

/// <summary>Settings of a digital CCTA cohort.</summary>
public sealed record PhantomConfig : ISettings
{
    /// <summary>Number of cases, one a patient.</summary>
    public int Cases { get; init; } = 60;

    /// <summary>Number of hospitals, 1 to 6; the first is internal, the others scan with other contrast, noise and kernels.</summary>
    public int Sites { get; init; } = 6;

    /// <summary>Seed of all chance; the same seed gives the same bytes.</summary>
    public long Seed { get; init; } = 2026;

    /// <summary>Voxels a side.</summary>
    public int Size { get; init; } = 64;

    /// <summary>Voxel spacing in millimetres; 0 keeps the tier's field of view (54.4 mm prominent, 64 mm subtle) at any size.</summary>
    public double SpacingMm { get; init; }

    /// <summary>
    /// Side of the cube that heart and chest are drawn for, in millimetres: an adult's heart has about 140. 0 = the volume's own extent, so that a compact heart
    /// fills it. In a volume wider than this, body wall, ribs and the air round the body show as well.
    /// </summary>
    public double FieldMm { get; init; }

    /// <summary>How visible the disease is: prominent or subtle.</summary>
    public PhantomTier Tier { get; init; } = PhantomTier.Prominent;

    /// <summary>Which shares of the cases go to which split.</summary>
    public SplitShares Split { get; init; } = new();

    /// <summary>Plaque prevalence among the patients of the internal hospital (Table 1, training set).</summary>
    public PlaquePopulation Internal { get; init; } = new();

    /// <summary>Plaque prevalence among the patients of the other hospitals (Table 1, external test).</summary>
    public PlaquePopulation External { get; init; } = new() { Calcified = 0.659, NonCalcified = 0.444, Both = 0.34 };

    /// <summary>Share of internal patients with an event within 30 days (Table 1); 0.3 makes an enriched cohort.</summary>
    public double InternalEventRate { get; init; } = 0.086;

    /// <summary>Share of external patients with an event within 30 days (Table 1).</summary>
    public double ExternalEventRate { get; init; } = 0.112;

    /// <summary>Share of laboratory values and measurements that are not recorded; Table 1 does not tell it.</summary>
    public double MissingShare { get; init; } = 0.06;

    /// <summary>Share of reports with one sentence that contradicts the others.</summary>
    public double ContradictoryReports { get; init; } = 0.025;

    /// <summary>Whether images and masks are compressed (.nii.gz) or plain (.nii).</summary>
    public bool Compress { get; init; } = true;

    /// <summary>Voxel spacing that is used, millimetres.</summary>
    public double UsedSpacingMm => SpacingMm > 0 ? SpacingMm : TierNumbers.Of(Tier).FieldMm / Size;

    /// <summary>Side of the cube that heart and chest are drawn for, millimetres.</summary>
    public double UsedFieldMm => FieldMm > 0 ? FieldMm : UsedSpacingMm * Size;

    /// <inheritdoc/>
    public IEnumerable<Problem> Check()
    {
        if (Cases is not (>= 1 and <= 1_000_000)) yield return new("cases", Cases, "1 to 1 000 000");
        if (Sites is not (>= 1 and <= 6)) yield return new("sites", Sites, "1 to 6");
        if (Size is not (>= 32 and <= 512)) yield return new("size", Size, "32 to 512 voxels");
        if (SpacingMm is not (0 or (>= 0.2 and <= 3))) yield return new("spacing_mm", SpacingMm, "0.2 to 3 mm, or 0 for the tier's field of view");
        else if (UsedSpacingMm * Size is < 40 or > 400) yield return new("spacing_mm", SpacingMm, "a field of view (size times spacing) of 40 to 400 mm");
        if (FieldMm is not (0 or (>= 40 and <= 400))) yield return new("field_mm", FieldMm, "40 to 400 mm, or 0 for the volume's extent");
        if (InternalEventRate is not (> 0 and < 1)) yield return new("internal_event_rate", InternalEventRate, "above 0 and below 1");
        if (ExternalEventRate is not (> 0 and < 1)) yield return new("external_event_rate", ExternalEventRate, "above 0 and below 1");
        if (MissingShare is not (>= 0 and < 1)) yield return new("missing_share", MissingShare, "0 to below 1");
        if (ContradictoryReports is not (>= 0 and <= 1)) yield return new("contradictory_reports", ContradictoryReports, "0 to 1");
    }
}
