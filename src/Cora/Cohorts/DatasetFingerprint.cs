using Cora.Imaging;

namespace Cora.Cohorts;

/// <summary>HU of the labelled voxels of all training cases, pooled; the number of voxels is null where a file does not tell. The deviation is that of the population.</summary>
public sealed record ForegroundIntensity(long? Voxels, double Mean, double Median, double Std, double Min, double Max, double Percentile005, double Percentile995)
{
    /// <summary>The normalisation of the nnU-Net family that these numbers mean.</summary>
    public CtNormalization Normalization => new() { LowHu = Percentile005, HighHu = Percentile995, MeanHu = Mean, StdHu = Std };
}

/// <summary>One training case of a fingerprint.</summary>
public sealed record FingerprintCase(string CaseId, Size3 Size, Vec3 SpacingMm);

/// <summary>
/// What nnU-Net measures of its training cases before it plans (ALGORITHMS 4.4): sizes, spacings, and the HU of the labelled voxels. Where nnU-Net samples
/// foreground voxels and crops to those that are not 0, every labelled voxel is counted here and nothing is cropped.
/// </summary>
public sealed record DatasetFingerprint(IReadOnlyList<FingerprintCase> Cases, ForegroundIntensity Foreground)
{
    // nnU-Net's threshold for both spacing and voxels.
    private const double Anisotropy = 3;
    private const double FinePercentile = 10;
    private const double LeastExcessMm = 1e-5;
    private const int SliceVoxels = 1 << 20;

    /// <summary>Measures cases in table order. One case is in memory at a time, of uncompressed files a few slices.</summary>
    /// <param name="cohort">The cohort.</param>
    /// <param name="cases">The training cases; each has an artery mask.</param>
    /// <param name="progress">Told after every case.</param>
    /// <param name="stop">Stops between cases.</param>
    /// <exception cref="CoraException">There is no case, a mask is missing or lies on another grid, or no voxel is labelled; the case is named.</exception>
    public static DatasetFingerprint Of(Cohort cohort, IReadOnlyCollection<CaseRow> cases, IProgress<RunEvent>? progress = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(cohort);
        ArgumentNullException.ThrowIfNull(cases);
        if (cases.Count == 0) throw new CoraException("There is no training case to take a fingerprint of.", "Give a cohort with labelled cases of split train.");
        var histogram = new HuHistogram();
        var measured = new List<FingerprintCase>();
        foreach (var row in cases)
        {
            stop.ThrowIfCancellationRequested();
            measured.Add(Measure(cohort, row, histogram));
            progress?.Report(new Progressed("fingerprint", measured.Count, cases.Count, "cases"));
        }

        if (histogram.Count == 0) throw new CoraException($"None of the {cases.Count} training cases has a labelled voxel.", "Mark the arteries, or choose other cases.");
        return new(measured, histogram.Statistics());
    }

    /// <summary>
    /// The spacing to resample to, x, y, z in millimetres: the median of each axis; where the coarsest axis is more than three times as coarse as the others
    /// and has less than a third of their voxels, its 10th percentile, but nothing finer than the others.
    /// </summary>
    public Vec3 TargetSpacingMm()
    {
        double[] spacing = [.. Enumerable.Range(0, 3).Select(axis => Percentile(c => c.SpacingMm[axis], 50))];
        double[] size = [.. Enumerable.Range(0, 3).Select(axis => Percentile(c => c.Size[axis], 50))];

        // Of equal ones NumPy takes the first in z, y, x order.
        var worst = Enumerable.Range(0, 3).Reverse().MaxBy(axis => spacing[axis]);
        int[] others = [.. Enumerable.Range(0, 3).Where(axis => axis != worst)];
        var coarsest = others.Max(axis => spacing[axis]);
        if (spacing[worst] > Anisotropy * coarsest && size[worst] * Anisotropy < others.Min(axis => size[axis]))
        {
            var fine = Percentile(c => c.SpacingMm[worst], FinePercentile);
            spacing[worst] = fine < coarsest ? coarsest + LeastExcessMm : fine;
        }

        return new(spacing[0], spacing[1], spacing[2]);
    }

    /// <summary>The median size of the cases once they have a spacing, x, y, z.</summary>
    public Size3 MedianSizeAt(Vec3 spacingMm)
    {
        int Median(int axis) => (int)Math.Round(Percentile(c => Math.Round(c.Size[axis] * c.SpacingMm[axis] / spacingMm[axis], MidpointRounding.ToEven), 50), MidpointRounding.ToEven);
        return new(Median(0), Median(1), Median(2));
    }

    private double Percentile(Func<FingerprintCase, double> of, double percent)
    {
        double[] values = [.. Cases.Select(of).Order()];
        var position = percent / 100 * (values.Length - 1);
        var low = (int)Math.Floor(position);
        return values[low] + (position - low) * (values[Math.Min(low + 1, values.Length - 1)] - values[low]);
    }

    private static FingerprintCase Measure(Cohort cohort, CaseRow row, HuHistogram histogram)
    {
        if (row.Arteries is null) throw new CoraException($"Case {row.CaseId} has no artery mask.", "Leave it out of the training cases, or mark its arteries.");
        using var image = VolumeFile.Open<short>(cohort.PathOf(row.Image));
        using var mask = VolumeFile.Open<byte>(cohort.PathOf(row.Arteries));
        if (!mask.Geometry.Matches(image.Geometry))
            throw new CoraException($"Case {row.CaseId}: {row.Arteries} lies on another grid ({mask.Geometry}) than the image {row.Image} ({image.Geometry}).", "Give masks on the image's own grid.");
        var size = image.Geometry.Size;
        var slices = Math.Clamp(SliceVoxels / (size.X * size.Y), 1, size.Z);
        var (hu, labels) = (new short[slices * size.X * size.Y], new byte[slices * size.X * size.Y]);
        for (var z = 0; z < size.Z; z += slices)
        {
            var box = new Box3(0, 0, z, new(size.X, size.Y, Math.Min(slices, size.Z - z)));
            var count = (int)box.Size.Count;
            image.CopyBox(box, hu);
            mask.CopyBox(box, labels);
            histogram.Add(hu.AsSpan(0, count), labels.AsSpan(0, count));
        }

        return new(row.CaseId, size, image.Geometry.Spacing);
    }
}
