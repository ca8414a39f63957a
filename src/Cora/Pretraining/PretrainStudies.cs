using Cora.Cohorts;
using Cora.Imaging;
using Cora.Synthesis;

namespace Cora.Pretraining;

/// <summary>The studies of a pretraining: most are learnt from, some are held back to measure what was learnt. No patient is in both.</summary>
public sealed class PretrainStudies : IDisposable
{
    private const double HeldBackShare = 0.1;
    private readonly OpenStudies open;

    private PretrainStudies(OpenStudies open) => this.open = open;

    /// <summary>Studies to learn from.</summary>
    public required IReadOnlyList<PatchStudy> Learnt { get; init; }

    /// <summary>Studies held back; the learnt ones again when there is but one patient.</summary>
    public required IReadOnlyList<PatchStudy> HeldBack { get; init; }

    /// <summary>Opens the cases and holds the last tenth of the patients back.</summary>
    /// <exception cref="CoraException">A case has no mask, an empty mask, a mask on another grid, or another spacing; all such cases are told at once.</exception>
    public static PretrainStudies Open(Cohort cohort, IReadOnlyList<CaseRow> cases, Vec3 spacingMm, IProgress<RunEvent>? progress = null, bool withHearts = false, CancellationToken stop = default)
    {
        var open = OpenStudies.Open(cohort, cases, spacingMm, progress, withHearts, stop);
        var opened = open.Studies;

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

        return new(open) { Learnt = learnt, HeldBack = heldBack };
    }

    /// <inheritdoc/>
    public void Dispose() => open.Dispose();
}
