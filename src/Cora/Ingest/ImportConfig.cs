namespace Cora.Ingest;

/// <summary>How volumes of an archive are taken. Nothing of it is guessed: what differs from HU and from one grid has to be said.</summary>
public sealed record ImportConfig : ISettings
{
    /// <summary>Added to every voxel of every scan, for archives of stored values: -1024 where air is stored as 0.</summary>
    public int HuOffset { get; init; }

    /// <summary>Whether a scan without a voxel below 0 HU, or without one above, is refused as no HU.</summary>
    public bool HuCheck { get; init; } = true;

    /// <summary>Labels that are coronary arteries in the artery masks, for example 1 or 1-3; empty takes them by name, or the only one.</summary>
    public string ArteryLabels { get; init; } = "";

    /// <summary>Labels of the heart in the heart masks, for example 51 or 44-48; empty finds them out.</summary>
    public string HeartLabels { get; init; } = "";

    /// <summary>How far the corners of a mask's grid may lie from the image's, in millimetres, and still be taken as the same.</summary>
    public double GridToleranceMm { get; init; } = 1e-3;

    /// <summary>Whether artery, plaque and stenosis masks on another grid are moved onto the image's (nearest voxel) and not refused. Heart masks always are.</summary>
    public bool ResampleMasks { get; init; }

    /// <inheritdoc/>
    public IEnumerable<Problem> Check()
    {
        if (HuOffset is < -32768 or > 32767) yield return new("hu_offset", HuOffset, "-32768 to 32767");
        if (!(GridToleranceMm is >= 0 and <= 1)) yield return new("grid_tolerance_mm", GridToleranceMm, "0 to 1 mm");
    }
}
