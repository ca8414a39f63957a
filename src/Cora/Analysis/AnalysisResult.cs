namespace Cora.Analysis;

/// <summary>Which bundle answered.</summary>
public sealed record UsedBundle(string Name, string Sha256, bool PhantomOnly);

/// <summary>What is known of the scan: no name, since file names may hold a patient's.</summary>
/// <param name="Sha256">A hash, to tell scans apart.</param>
/// <param name="HashOf">Of what: of the <c>file</c>, or, of a DICOM series, of its <c>voxels</c> (HU as 16-bit little-endian numbers, x fastest).</param>
/// <param name="Shape">Voxels along x, y, z.</param>
/// <param name="SpacingMm">Millimetres along x, y, z.</param>
/// <param name="Orientation">Where the axes run, as nibabel writes it.</param>
/// <param name="Series">Of DICOM, the series that was read and why; null otherwise.</param>
/// <param name="LeftSeries">The study's other series, and why they were left.</param>
public sealed record AnalyzedScan(string Sha256, string HashOf, IReadOnlyList<int> Shape, IReadOnlyList<double> SpacingMm, string Orientation, string? Series, IReadOnlyList<string> LeftSeries);

/// <summary>Where the heart lies.</summary>
/// <param name="Origin"><c>localiser</c>, <c>given</c>, or <c>none</c>: the whole scan was looked at.</param>
/// <param name="Mask">Its file.</param>
/// <param name="VolumeMl">Its volume.</param>
/// <param name="ExtentMm">Extent along left, back, head.</param>
/// <param name="BoxFirstVoxel">First voxel x, y, z of the box that was looked at, on the scan's grid.</param>
/// <param name="BoxSize">Its voxels.</param>
/// <param name="Reason">Why there is none.</param>
public sealed record AnalyzedHeart(string Origin, string? Mask, double? VolumeMl, IReadOnlyList<double>? ExtentMm, IReadOnlyList<int> BoxFirstVoxel, IReadOnlyList<int> BoxSize, string? Reason);

/// <summary>The arteries.</summary>
/// <param name="Mask">1 = artery, on the scan's grid; null with a reason.</param>
/// <param name="VolumeMm3">Volume of the pieces that are told.</param>
/// <param name="Pieces">How many.</param>
/// <param name="DroppedPieces">Crumbs left away.</param>
/// <param name="Warning">Why it may be no coronary tree; null when nothing speaks against it.</param>
/// <param name="Reason">Why there is no mask.</param>
public sealed record AnalyzedArteries(string? Mask, double? VolumeMm3, int? Pieces, int? DroppedPieces, string? Warning, string? Reason);

/// <summary>The abnormality response of the pretrained network.</summary>
public sealed record AnalyzedResponse(string? Map, double? Highest, long? VoxelsAboveHalf, double? HighestInArteries, string? Reason);

/// <summary>What the classifier says of one kind of plaque.</summary>
/// <param name="Target"><c>calcified_plaque</c> or <c>non_calcified_plaque</c>.</param>
/// <param name="Probability">0 to 1; calibrated for nobody but the cases it was trained on.</param>
/// <param name="GradCam">Where it looked, 0 to 1 on the scan's grid; null with a reason.</param>
/// <param name="Reason">Why there is no map.</param>
public sealed record AnalyzedPlaque(string Target, double Probability, string? GradCam, string? Reason);

/// <summary>A place that the detector marks.</summary>
/// <param name="Candidate">Its number in the mask.</param>
/// <param name="Vessel">The vessel that it touches or lies nearest to within 2 mm.</param>
/// <param name="VolumeMm3">Volume.</param>
/// <param name="CentreMm">Centre of gravity, LPS millimetres.</param>
/// <param name="Probability">The highest within.</param>
public sealed record StenosisCandidate(int Candidate, string Vessel, double VolumeMm3, IReadOnlyList<double> CentreMm, double Probability);

/// <summary>The candidates of stenoses.</summary>
/// <param name="Mask">One number a candidate, on the scan's grid.</param>
/// <param name="Threshold">Probability above which a voxel was marked.</param>
/// <param name="Candidates">Those at an artery.</param>
/// <param name="OffArteries">Marks that touch no artery and were left away.</param>
/// <param name="Reason">Why there are none.</param>
public sealed record AnalyzedStenoses(string? Mask, double? Threshold, IReadOnlyList<StenosisCandidate> Candidates, int? OffArteries, string? Reason);

/// <summary>One row of the vessel-wise table.</summary>
public sealed record AnalyzedVessel(string Vessel, double VolumeMm3, double CentreLineMm, double MeanHu, double? HighestResponse, int? Candidates, double? HighestProbability);

/// <summary>result.json: everything an analysis found. The schema is docs/analysis.schema.json.</summary>
public sealed record AnalysisResult
{
    /// <summary>Version of this layout.</summary>
    public int FormatVersion { get; init; } = 1;

    /// <summary>Program version.</summary>
    public required string Version { get; init; }

    /// <summary>What to keep in mind, first of all that this is no medical device.</summary>
    public required string Notice { get; init; }

    /// <summary>The bundle.</summary>
    public required UsedBundle Bundle { get; init; }

    /// <summary>The scan.</summary>
    public required AnalyzedScan Scan { get; init; }

    /// <summary>Whether the scan was refused and the analysis forced.</summary>
    public required bool Forced { get; init; }

    /// <summary>The checks.</summary>
    public required IReadOnlyList<QualityCheck> Quality { get; init; }

    /// <summary>The heart.</summary>
    public required AnalyzedHeart Heart { get; init; }

    /// <summary>The arteries.</summary>
    public required AnalyzedArteries Arteries { get; init; }

    /// <summary>The abnormality response.</summary>
    public required AnalyzedResponse Response { get; init; }

    /// <summary>Kinds of plaque; empty where the bundle has no classifier.</summary>
    public required IReadOnlyList<AnalyzedPlaque> Plaque { get; init; }

    /// <summary>Candidates of stenoses.</summary>
    public required AnalyzedStenoses Stenosis { get; init; }

    /// <summary>The vessel-wise table.</summary>
    public required IReadOnlyList<AnalyzedVessel> Vessels { get; init; }
}
