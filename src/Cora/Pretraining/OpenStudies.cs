using Cora.Cohorts;
using Cora.Imaging;
using Cora.Synthesis;

namespace Cora.Pretraining;

/// <summary>Cases of a cohort, opened to cut patches from. Uncompressed images are mapped, packed ones are held in memory.</summary>
public sealed class OpenStudies : IDisposable
{
    private const double SpacingToleranceMm = 1e-3;
    private const int ProblemsTold = 20;
    private readonly List<VoxelFile<short>> files = [];
    private readonly bool withHearts;

    private OpenStudies(bool withHearts) => this.withHearts = withHearts;

    /// <summary>The studies, with the patient of each, in table order.</summary>
    public List<(string Patient, PatchStudy Study)> Studies { get; } = [];

    /// <summary>Opens images and artery masks.</summary>
    /// <param name="cohort">Their cohort.</param>
    /// <param name="cases">The cases.</param>
    /// <param name="spacingMm">The spacing that every image must have; null takes that of the first.</param>
    /// <param name="progress">Told after every case.</param>
    /// <param name="withHearts">Whether the box round the heart is wanted where a case has a heart mask.</param>
    /// <param name="stop">Stops between cases.</param>
    /// <exception cref="CoraException">A case has no mask, an empty mask, a mask on another grid, or another spacing; all such cases are told at once.</exception>
    public static OpenStudies Open(Cohort cohort, IReadOnlyList<CaseRow> cases, Vec3? spacingMm, IProgress<RunEvent>? progress, bool withHearts, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(cohort);
        ArgumentNullException.ThrowIfNull(cases);
        if (cases.Count == 0) throw new CoraException($"Cohort {cohort.Folder} has no case of the asked splits.", "Fill the column split of cases.csv, or change data.splits.");
        var opened = new OpenStudies(withHearts);
        try
        {
            opened.Add(cohort, cases, spacingMm, progress, stop);
            return opened;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => files.ForEach(f => f.Dispose());

    private void Add(Cohort cohort, IReadOnlyList<CaseRow> cases, Vec3? spacingMm, IProgress<RunEvent>? progress, CancellationToken stop)
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
                Studies.Add((row.PatientId, StudyOf(cohort, row, image, spacingMm.Value)));
            }
            catch (CoraException problem)
            {
                problems.Add($"{problem.Message} {problem.Remedy}");
            }

            progress?.Report(new Progressed("opening studies", i + 1, cases.Count, "cases"));
        }

        if (problems.Count > 0)
            throw new CoraException($"{problems.Count} of {cases.Count} cases cannot be used:\n  {string.Join("\n  ", problems.Take(ProblemsTold))}", "Mend these cases, or leave them out of the split.");
    }

    private PatchStudy StudyOf(Cohort cohort, CaseRow row, VoxelFile<short> image, Vec3 spacingMm)
    {
        if (row.Arteries is null)
            throw new CoraException($"Case {row.CaseId} has no artery mask.", "Patches are anchored on arteries: segment them first.");
        var grid = image.Geometry;
        if ((grid.Spacing - spacingMm).Length > SpacingToleranceMm)
            throw new CoraException($"Case {row.CaseId} has voxels of {grid.Spacing} mm, expected {spacingMm}.", "Set data.spacing_mm to the cohort's spacing, or bring the cohort to one spacing with `cora preprocess`.");
        var mask = VolumeFile.Read<byte>(cohort.PathOf(row.Arteries));
        if (!mask.Geometry.Matches(grid))
            throw new CoraException($"Case {row.CaseId}: the artery mask {row.Arteries} lies on another grid ({mask.Geometry}) than the image {row.Image} ({grid}).", "Give a mask on the image's own grid.");
        return new(row.CaseId, image, ArteryIndex.Of(mask.Voxels, grid.Size, row.CaseId))
        {
            Heart = withHearts && row.Heart is { } heart ? HeartCrop.BoxOn(VolumeFile.Read<byte>(cohort.PathOf(heart)), grid, multiple: 1) : null,
        };
    }
}
