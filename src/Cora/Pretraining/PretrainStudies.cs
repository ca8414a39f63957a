using Cora.Cohorts;
using Cora.Imaging;
using Cora.Synthesis;

namespace Cora.Pretraining;

/// <summary>The studies of a pretraining: most are learnt from, some are held back to measure what was learnt. No patient is in both.</summary>
public sealed class PretrainStudies : IDisposable
{
    private const double HeldBackShare = 0.1;
    private readonly List<VoxelFile<short>> files = [];

    private PretrainStudies()
    {
    }

    /// <summary>Studies to learn from.</summary>
    public required IReadOnlyList<PatchStudy> Learnt { get; init; }

    /// <summary>Studies held back; the learnt ones again when there is but one patient.</summary>
    public required IReadOnlyList<PatchStudy> HeldBack { get; init; }

    /// <summary>Opens images and artery masks of a cohort's cases. Uncompressed images are mapped, packed ones are held in memory.</summary>
    /// <exception cref="CoraException">A case has no mask, an empty mask, a mask on another grid, or another spacing; all such cases are told at once.</exception>
    public static PretrainStudies Open(Cohort cohort, IReadOnlyList<CaseRow> cases, Vec3 spacingMm, IProgress<RunEvent>? progress = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(cohort);
        ArgumentNullException.ThrowIfNull(cases);
        if (cases.Count == 0) throw new CoraException($"Cohort {cohort.Folder} has no case of the asked splits.", "Fill the column split of cases.csv, or change data.splits.");
        var problems = new List<string>();
        var opened = new List<(string Patient, PatchStudy Study)>();
        var files = new List<VoxelFile<short>>();
        foreach (var (i, row) in cases.Index())
        {
            stop.ThrowIfCancellationRequested();
            try
            {
                var image = VolumeFile.Open<short>(cohort.PathOf(row.Image));
                files.Add(image);
                opened.Add((row.PatientId, StudyOf(cohort, row, image, spacingMm)));
            }
            catch (CoraException problem)
            {
                problems.Add($"{problem.Message} {problem.Remedy}");
            }

            progress?.Report(new Progressed("opening studies", i + 1, cases.Count, "cases"));
        }

        if (problems.Count > 0)
        {
            foreach (var file in files) file.Dispose();
            throw new CoraException($"{problems.Count} of {cases.Count} cases cannot be used:\n  {string.Join("\n  ", problems.Take(20))}", "Mend these cases, or leave them out of the split.");
        }

        // The last tenth of the patients in table order, at least one.
        var patients = opened.Select(o => o.Patient).Distinct().ToArray();
        var held = patients[^Math.Max(1, (int)(HeldBackShare * patients.Length))..].ToHashSet();
        var learnt = opened.Where(o => !held.Contains(o.Patient)).Select(o => o.Study).ToArray();
        var heldBack = opened.Where(o => held.Contains(o.Patient)).Select(o => o.Study).ToArray();
        if (learnt.Length == 0)
        {
            progress?.Report(new Note("There is one patient only: detection is measured on the volume that is learnt from.", IsWarning: true));
            learnt = heldBack;
        }

        var studies = new PretrainStudies { Learnt = learnt, HeldBack = heldBack };
        studies.files.AddRange(files);
        return studies;
    }

    /// <inheritdoc/>
    public void Dispose() => files.ForEach(f => f.Dispose());

    private static PatchStudy StudyOf(Cohort cohort, CaseRow row, VoxelFile<short> image, Vec3 spacingMm)
    {
        if (row.Arteries is null)
            throw new CoraException($"Case {row.CaseId} has no artery mask.", "Patches are anchored on arteries: segment them first.");
        var grid = image.Geometry;
        if ((grid.Spacing - spacingMm).Length > 1e-3)
            throw new CoraException($"Case {row.CaseId} has voxels of {grid.Spacing} mm, data.spacing_mm asks for {spacingMm}.", "Set data.spacing_mm to the cohort's spacing; all cases must share one.");
        var mask = VolumeFile.Read<byte>(cohort.PathOf(row.Arteries));
        if (!mask.Geometry.Matches(grid))
            throw new CoraException($"Case {row.CaseId}: the artery mask lies on another grid ({mask.Geometry}) than the image ({grid}).", "Give a mask on the image's own grid.");
        return new(row.CaseId, image, ArteryIndex.Of(mask.Voxels, grid.Size, row.CaseId));
    }
}
