using Cora.Imaging;

namespace Cora.Cohorts;

/// <summary>What became of a case, kept beside the store so that a shard that starts again knows it.</summary>
/// <param name="Row">The case's row in the new cohort; null when it failed.</param>
/// <param name="Cause">Why it failed.</param>
/// <param name="Remedy">What to do about it.</param>
/// <param name="Box">First voxel and size of the heart's box on the resampled grid, six numbers, to lay predictions back.</param>
/// <param name="Heart">Where the box comes from: <c>mask</c>, <c>localiser</c>, or <c>none</c> where the localiser's find was not used and the whole scan was kept.</param>
/// <param name="Warning">Why the whole scan was kept.</param>
internal sealed record PreprocessReceipt(CaseRow? Row, string? Cause = null, string? Remedy = null, int[]? Box = null, string? Heart = null, string? Warning = null);

/// <summary>A heart that was looked for.</summary>
/// <param name="Mask">0 and 1 on any grid; null where none was found that can be relied on.</param>
/// <param name="Refusal">Why there is none.</param>
public sealed record LocatedHeart(Volume<byte>? Mask, string? Refusal);

/// <summary>Finds hearts in scans that have no mask.</summary>
/// <param name="Name">What it is, for cohort.json: name and hash of the model.</param>
/// <param name="Find">Looks at a scan in HU; called from several threads at once.</param>
public sealed record HeartFinder(string Name, Func<Volume<short>, LocatedHeart> Find);

/// <summary>Resamples and crops one case.</summary>
internal sealed class PreprocessCase(Cohort cohort, PreprocessConfig config, string folder, HeartFinder? finder = null)
{
    private const short Air = -1024;

    /// <summary>Bytes a voxel that are held at once: the scan, its clipped rows and its copy on the new grid.</summary>
    public const int BytesAVoxel = 8;

    /// <summary>
    /// The grid of a case in the new cohort, with the box that is kept; only headers and the heart mask are read. Where the heart must be looked for, that is done
    /// in <paramref name="scan"/>, and without it the whole scan is planned for, the most that can come of it.
    /// </summary>
    public (Geometry Resampled, Box3 Kept, Volume<byte>? Heart, string? Refusal) PlanOf(CaseRow row, Volume<short>? scan = null)
    {
        var grid = VolumeFile.ReadGeometry(cohort.PathOf(row.Image));
        var spacing = config.Spacing ?? grid.Spacing;
        var resampled = config.Axes == ResampleAxes.Patient ? grid.AlongPatientAxes(spacing) : config.Spacing is null ? grid : grid.WithSpacing(spacing);
        if (!config.HeartCrop) return (resampled, Box3.Whole(resampled.Size), null, null);
        if (row.Heart is null && finder is not null)
        {
            var located = scan is null ? new(null, null) : finder.Find(scan);
            return (resampled, located.Mask is null ? Box3.Whole(resampled.Size) : HeartCrop.BoxOn(located.Mask, resampled, config.HeartMarginMm), located.Mask, located.Refusal);
        }

        if (row.Heart is null)
            throw new CoraException($"Case {row.CaseId} has no heart mask.", "Give --heart-model BUNDLE to have the heart looked for, name a mask in column heart of cases.csv, or leave the heart crop out.");
        var heart = HeartMask.Read(cohort.PathOf(row.Heart!), config.HeartLabels.Length > 0 ? HeartMask.ParseLabels(config.HeartLabels) : null);
        return (resampled, HeartCrop.BoxOn(heart, resampled, config.HeartMarginMm), heart, null);
    }

    /// <summary>Writes the case's files into the new cohort.</summary>
    /// <exception cref="CoraException">A file is refused, a mask lies on another grid or is lost at this spacing.</exception>
    public PreprocessReceipt Write(CaseRow row)
    {
        var scan = VolumeFile.Read<short>(cohort.PathOf(row.Image));
        var (resampled, kept, heart, refusal) = PlanOf(row, scan);
        var image = Cut(Resampled(Clipped(scan), resampled.Crop(kept.Within(resampled.Size))), resampled, kept, Air);
        if (heart is not null && config.HeartMode == HeartCropMode.BoxAndMask) image = Masked(image, heart);
        var written = row with
        {
            Image = $"images/{row.CaseId}.nii",
            Arteries = Labels<byte>(row, row.Arteries, "arteries", scan.Geometry, resampled, kept, mustSurvive: true),
            Plaques = Labels<byte>(row, row.Plaques, "plaques", scan.Geometry, resampled, kept),
            Stenoses = Labels<ushort>(row, row.Stenoses, "stenoses", scan.Geometry, resampled, kept),
            Heart = HeartOf(row, heart, image.Geometry),
            Report = Copied(row),
        };
        Nifti.Write(PathOf(written.Image), image, new() { Compression = System.IO.Compression.CompressionLevel.NoCompression });
        return new(
            written, Box: config.HeartCrop ? [kept.X, kept.Y, kept.Z, kept.Size.X, kept.Size.Y, kept.Size.Z] : null,
            Heart: !config.HeartCrop ? null : row.Heart is not null ? "mask" : heart is not null ? "localiser" : "none", Warning: refusal);
    }

    /// <summary>Reads and resamples the case and throws it away: what it costs.</summary>
    public void Rehearse(CaseRow row)
    {
        var scan = VolumeFile.Read<short>(cohort.PathOf(row.Image));
        var (resampled, kept, _, _) = PlanOf(row, scan);
        _ = Resampled(Clipped(scan), resampled.Crop(kept.Within(resampled.Size)));
    }

    private string PathOf(string relative) => Path.Combine(folder, relative);

    private Volume<short> Clipped(Volume<short> scan)
    {
        var (low, high) = (config.ClipHu[0], config.ClipHu[1]);
        return scan.Select(v => short.Clamp(v, low, high));
    }

    /// <summary>On the scan's own grid nothing is interpolated; elsewhere the border is repeated, within half a voxel, when axes are kept.</summary>
    private Volume<short> Resampled(Volume<short> scan, Geometry target) =>
        Resample.Linear(scan, target, config.Axes == ResampleAxes.Keep ? Beyond.Border : Beyond.FillOutsideCentres, Air);

    /// <summary>Lays the part inside of the scan into the box that is kept, which may reach outside.</summary>
    private static Volume<T> Cut<T>(Volume<T> part, Geometry resampled, Box3 kept, T fill) where T : unmanaged
    {
        var inside = kept.Within(resampled.Size);
        return inside == kept ? part : Crop.To(part, new(kept.X - inside.X, kept.Y - inside.Y, kept.Z - inside.Z, kept.Size), fill);
    }

    private Volume<short> Masked(Volume<short> image, Volume<byte> heart)
    {
        var near = MaskMargin.Grown(Resample.Nearest(heart, image.Geometry), config.HeartMarginMm);
        var hu = image.Voxels.ToArray();
        for (var i = 0; i < hu.Length; i++) if (near.Voxels[i] == 0) hu[i] = Air;
        return new(image.Geometry, hu);
    }

    private string? Labels<T>(CaseRow row, string? path, string room, Geometry scan, Geometry resampled, Box3 kept, bool mustSurvive = false) where T : unmanaged
    {
        if (path is null) return null;
        var labels = VolumeFile.Read<T>(cohort.PathOf(path));
        if (!labels.Geometry.Matches(scan))
            throw new CoraException($"Case {row.CaseId}: {path} lies on another grid ({labels.Geometry}) than the image {row.Image} ({scan}).", "Give masks on the image's own grid.");
        var target = resampled.Crop(kept.Within(resampled.Size));
        var moved = Cut(Resample.Nearest(labels, target, config.Axes == ResampleAxes.Keep ? Beyond.Border : Beyond.FillOutsideCentres), resampled, kept, default);
        if (mustSurvive && !moved.Voxels.ContainsAnyExcept(default(T)))
        {
            throw new CoraException(
                $"Case {row.CaseId}: {path} has no voxel left {(labels.Voxels.ContainsAnyExcept(default(T)) ? "in the box and at the spacing asked for" : "since it is empty")}.",
                "Check that mask and scan belong together, choose a finer spacing, or segment the case again.");
        }

        var to = $"{room}/{row.CaseId}.nii.gz";
        Nifti.Write(PathOf(to), moved);
        return to;
    }

    private string? HeartOf(CaseRow row, Volume<byte>? heart, Geometry grid)
    {
        if (row.Heart is null && heart is null) return null;
        heart ??= HeartMask.Read(cohort.PathOf(row.Heart!), config.HeartLabels.Length > 0 ? HeartMask.ParseLabels(config.HeartLabels) : null);
        var to = $"heart/{row.CaseId}.nii.gz";
        Nifti.Write(PathOf(to), Resample.Nearest(heart, grid));
        return to;
    }

    private string? Copied(CaseRow row)
    {
        if (row.Report is null) return null;
        var to = $"reports/{row.CaseId}.txt";
        Atomically.WriteFile(PathOf(to), stream =>
        {
            using var from = File.OpenRead(cohort.PathOf(row.Report));
            from.CopyTo(stream);
        });
        return to;
    }
}
