using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Cora.Imaging;
using Cora.Ingest;

namespace Cora.Analysis;

/// <summary>A scan as it was read: from a volume file, or as the series of a DICOM study that suits best.</summary>
/// <param name="Scan">HU.</param>
/// <param name="Facts">What result.json says of it.</param>
internal sealed record ScanSource(Volume<short> Scan, AnalyzedScan Facts)
{
    /// <summary>Reads it.</summary>
    /// <param name="path">A volume file; with <paramref name="isDicom"/> a folder, zip archive or file of DICOM.</param>
    /// <param name="isDicom">Whether it is DICOM.</param>
    /// <param name="stop">Stops between files.</param>
    /// <exception cref="CoraException">It cannot be read, or no series of it fits.</exception>
    public static ScanSource Read(string path, bool isDicom, CancellationToken stop)
    {
        if (isDicom) return OfDicom(path, stop);
        var scan = VolumeFile.Read<short>(path);
        using var stream = File.OpenRead(path);
        return new(scan, FactsOf(scan.Geometry, SHA256.HashData(stream), "file", null, []));
    }

    private static ScanSource OfDicom(string path, CancellationToken stop)
    {
        var found = DicomScan.Of(path, new(), stop);
        var scan = DicomSeries.Read(found.Stack, PaddingHu.Air, stop);
        string Told(DicomCandidate c) => string.Create(CultureInfo.InvariantCulture, $"series {c.Number}, {c.Slices} slices: {c.Excluded ?? string.Join(", ", c.Points)}");
        return new(scan, FactsOf(
            scan.Geometry, SHA256.HashData(MemoryMarshal.AsBytes(scan.Voxels)), "voxels", Told(found.Candidates.First(c => c.IsChosen)), [.. found.Candidates.Where(c => !c.IsChosen).Select(Told)]));
    }

    private static AnalyzedScan FactsOf(Geometry grid, byte[] hash, string hashOf, string? series, IReadOnlyList<string> left) => new(
        Convert.ToHexStringLower(hash), hashOf, [grid.Size.X, grid.Size.Y, grid.Size.Z], [grid.Spacing.X, grid.Spacing.Y, grid.Spacing.Z], grid.Orientation, series, left);
}
