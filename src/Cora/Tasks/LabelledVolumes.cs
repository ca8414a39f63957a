using Cora.Cohorts;
using Cora.Imaging;

namespace Cora.Tasks;

/// <summary>A scan with the mask that is to be learnt, and the box in which it is looked at.</summary>
/// <param name="Row">The case.</param>
/// <param name="Image">HU.</param>
/// <param name="Box">The heart with a margin, or the whole scan; within the scan.</param>
/// <param name="Mask">What is to be found; null where nobody has marked it.</param>
public sealed record LabelledVolume(CaseRow Row, IVoxels<short> Image, Box3 Box, SparseMask? Mask);

/// <summary>How labelled scans are opened.</summary>
/// <param name="What">What the masks show, for messages: <c>arteries</c>.</param>
/// <param name="PathOf">The mask of a case, relative to the cohort; null = not marked.</param>
/// <param name="IsMeant">Which labels of a case's map count.</param>
/// <param name="HeartCrop">Whether scans are looked at within the heart's box alone.</param>
/// <param name="HeartMarginMm">Millimetres round the heart.</param>
public sealed record LabelSource(string What, Func<CaseRow, string?> PathOf, Func<CaseRow, Func<ushort, bool>> IsMeant, bool HeartCrop, double HeartMarginMm);

/// <summary>Scans with masks, opened to cut patches from and to be predicted. Uncompressed images are mapped, packed ones are held in memory.</summary>
public sealed class LabelledVolumes : IDisposable
{
    private const double SpacingToleranceMm = 1e-3;
    private const int ProblemsTold = 20;
    private readonly List<VoxelFile<short>> files = [];
    private readonly Dictionary<string, LabelledVolume> volumes = [];

    private LabelledVolumes()
    {
    }

    /// <summary>Opens some cases.</summary>
    /// <param name="cohort">Their cohort.</param>
    /// <param name="cases">The cases.</param>
    /// <param name="source">Which masks.</param>
    /// <param name="spacingMm">The spacing that every image must have; null takes that of the first.</param>
    /// <param name="progress">Told after every case.</param>
    /// <param name="stop">Stops between cases.</param>
    /// <exception cref="CoraException">A mask lies on another grid, a scan has another spacing, a heart mask is empty …; all such cases are told at once.</exception>
    public static LabelledVolumes Open(Cohort cohort, IReadOnlyCollection<CaseRow> cases, LabelSource source, Vec3? spacingMm, IProgress<RunEvent>? progress, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(cohort);
        ArgumentNullException.ThrowIfNull(cases);
        ArgumentNullException.ThrowIfNull(source);
        var opened = new LabelledVolumes();
        try
        {
            opened.Add(cohort, cases, source, spacingMm, progress, stop);
            return opened;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <summary>A case by its pseudonym.</summary>
    public LabelledVolume this[string caseId] => volumes[caseId];

    /// <inheritdoc/>
    public void Dispose() => files.ForEach(f => f.Dispose());

    private void Add(Cohort cohort, IReadOnlyCollection<CaseRow> cases, LabelSource source, Vec3? spacingMm, IProgress<RunEvent>? progress, CancellationToken stop)
    {
        var problems = new List<string>();
        foreach (var (i, row) in cases.Index())
        {
            stop.ThrowIfCancellationRequested();
            try
            {
                var image = VolumeFile.Open<short>(cohort.PathOf(row.Image));
                files.Add(image);
                spacingMm ??= image.Geometry.Spacing;
                if ((image.Geometry.Spacing - spacingMm.Value).Length > SpacingToleranceMm)
                    throw new CoraException($"Case {row.CaseId} has voxels of {image.Geometry.Spacing} mm, expected {spacingMm}.", "Bring the cohort to one spacing with `cora preprocess`.");
                volumes.Add(row.CaseId, new(row, image, BoxOf(cohort, row, image.Geometry, source), MaskOf(cohort, row, image.Geometry, source)));
            }
            catch (CoraException problem)
            {
                problems.Add($"{problem.Message} {problem.Remedy}");
            }

            progress?.Report(new Progressed("opening scans", i + 1, cases.Count, "cases"));
        }

        if (problems.Count > 0)
            throw new CoraException($"{problems.Count} of {cases.Count} cases cannot be used:\n  {string.Join("\n  ", problems.Take(ProblemsTold))}", "Mend these cases, or leave them out of the split.");
    }

    private static Box3 BoxOf(Cohort cohort, CaseRow row, Geometry grid, LabelSource source)
    {
        if (!source.HeartCrop || row.Heart is null) return Box3.Whole(grid.Size);
        var heart = VolumeFile.Read<byte>(cohort.PathOf(row.Heart));
        try
        {
            return HeartCrop.BoxOn(heart, grid, source.HeartMarginMm).Within(grid.Size);
        }
        catch (CoraException problem)
        {
            throw new CoraException($"Case {row.CaseId}: {problem.Message}", problem.Remedy, inner: problem);
        }
    }

    private static SparseMask? MaskOf(Cohort cohort, CaseRow row, Geometry grid, LabelSource source)
    {
        if (source.PathOf(row) is not { } path) return null;
        var labels = VolumeFile.Read<ushort>(cohort.PathOf(path));
        if (!labels.Geometry.Matches(grid))
            throw new CoraException($"Case {row.CaseId}: the {source.What} mask {path} lies on another grid ({labels.Geometry}) than the image {row.Image} ({grid}).", "Give a mask on the image's own grid.");
        return SparseMask.Of(labels.Voxels, grid.Size, source.IsMeant(row));
    }
}
