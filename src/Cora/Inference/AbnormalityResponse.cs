using Cora.Imaging;

namespace Cora.Inference;

/// <summary>
/// The response of a network to a scan of any grid: the scan is brought to the spacing that the network was trained at, and the answer back to
/// the scan's own voxels. Along the scan's own axes; nothing is turned.
/// </summary>
public static class AbnormalityResponse
{
    private const double SpacingToleranceMm = 1e-3;
    private const short LowestHu = -1024;
    private const short HighestHu = 3071;

    /// <summary>The grid that the network sees: the scan's own when its spacing fits, else the same box at the trained spacing.</summary>
    public static Geometry GridFor(Geometry scan, Vec3 trainedSpacingMm)
    {
        ArgumentNullException.ThrowIfNull(scan);
        return (scan.Spacing - trainedSpacingMm).Length <= SpacingToleranceMm ? scan : scan.WithSpacing(trainedSpacingMm);
    }

    /// <summary>Probability of each voxel, on the scan's own grid.</summary>
    /// <param name="scan">HU.</param>
    /// <param name="trainedSpacingMm">Spacing x, y, z that the network was trained at.</param>
    /// <param name="window">The network, led over volumes.</param>
    /// <param name="threads">Threads for resampling.</param>
    /// <param name="progress">Told after every batch of tiles.</param>
    /// <param name="stop">Stops between batches.</param>
    /// <exception cref="CoraException">It does not fit in memory (exit code 5).</exception>
    public static Volume<float> Of(Volume<short> scan, Vec3 trainedSpacingMm, SlidingWindow window, int threads, IProgress<RunEvent>? progress, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(scan);
        ArgumentNullException.ThrowIfNull(window);
        var seen = GridFor(scan.Geometry, trainedSpacingMm);

        // Padding values far below air would bleed into the tissue beside them (ALGORITHMS 8, item 43).
        var clipped = scan.Select(v => short.Clamp(v, LowestHu, HighestHu));
        if (ReferenceEquals(seen, scan.Geometry)) return window.Probabilities(clipped, progress, stop);
        var probabilities = window.Probabilities(Resample.Linear(clipped, seen, Beyond.Border, default, threads), progress, stop);
        return Resample.Linear(probabilities, scan.Geometry, Beyond.Border, default, threads);
    }
}
