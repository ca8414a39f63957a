namespace Cora.Cohorts;

/// <summary>How a cohort's patients are shared out (Methods, "Study population": one hospital gives training and internal test, 80 to 20, the others the external test).</summary>
public sealed record SplitPlanConfig : ISettings
{
    /// <summary>Hospitals that are learnt from; the others are external test. Empty: every hospital is learnt from, and there is no external test.</summary>
    public IReadOnlyList<string> InternalSites { get; init; } = [];

    /// <summary>Share of the internal labelled patients that is tested on.</summary>
    public double Test { get; init; } = 0.2;

    /// <summary>Share of the internal labelled patients on which weights and thresholds are chosen.</summary>
    public double Validation { get; init; } = 0.1;

    /// <summary>Root of chance.</summary>
    public long Seed { get; init; } = 1;

    /// <inheritdoc/>
    public IEnumerable<Problem> Check()
    {
        if (Test is not (>= 0 and < 1)) yield return new("test", Test, "0 or more, below 1");
        if (Validation is not (>= 0 and < 1)) yield return new("validation", Validation, "0 or more, below 1");
        if (Test + Validation >= 1) yield return new("validation", Validation, "less than what the test leaves, so that something is learnt from");
    }
}

/// <summary>
/// Gives every case a split, by patient: a patient's scans go together. A patient without any label is for pretraining; of the labelled ones those of other hospitals are the external
/// test, and the internal ones are shared out by a number that is drawn for each from the seed and the patient's pseudonym alone, so that new patients move few of the old.
/// </summary>
public static class SplitPlan
{
    /// <summary>The cases with their new splits, in their order. Cases that criteria have excluded keep an empty one, and so do the internal scans of a patient who is tested on as external.</summary>
    /// <exception cref="CoraException">The settings do not fit the cohort: an unknown hospital, no patient to learn from.</exception>
    public static IReadOnlyList<CaseRow> Of(Cohort cohort, SplitPlanConfig config)
    {
        ArgumentNullException.ThrowIfNull(cohort);
        ArgumentNullException.ThrowIfNull(config);
        if (config.Check().FirstOrDefault() is { Name: not null } problem) throw new CoraException($"{problem}.", "Give another value.", ExitCode.Usage);
        var sites = cohort.Cases.Select(c => c.Site).Distinct().Order(StringComparer.Ordinal).ToArray();
        var unknown = config.InternalSites.Except(sites).ToArray();
        if (unknown.Length > 0)
            throw new CoraException($"{cohort.Folder} has no site {string.Join(", ", unknown)}; its sites are {string.Join(", ", sites)}.", "Name sites as cases.csv has them.", ExitCode.Usage);

        var excluded = ExcludedCase.Read(cohort.Folder).Select(e => e.CaseId).ToHashSet();
        var used = cohort.Cases.Where(c => !excluded.Contains(c.CaseId)).ToArray();

        // Where nobody has a clinical label, a mask of the arteries is what is learnt from.
        Func<CaseRow, bool> isLabelled = used.Any(HasClinicalLabel) ? HasClinicalLabel : c => c.Arteries is not null;
        bool IsInternal(CaseRow c) => config.InternalSites.Count == 0 || config.InternalSites.Contains(c.Site);
        var splits = new Dictionary<string, Split>();
        var learning = new List<string>();
        foreach (var patient in used.GroupBy(c => c.PatientId))
        {
            if (!patient.Any(isLabelled)) splits[patient.Key] = Split.Pretrain;
            else if (!patient.All(IsInternal)) splits[patient.Key] = Split.ExternalTest;
            else learning.Add(patient.Key);
        }

        var (tested, held) = ((int)Math.Round(config.Test * learning.Count), (int)Math.Round(config.Validation * learning.Count));
        var root = Seed.Root(config.Seed).Derive("split");
        foreach (var (i, patient) in learning.OrderBy(p => root.Derive(p).Random().Uniform()).ThenBy(p => p, StringComparer.Ordinal).Index())
            splits[patient] = i < tested ? Split.InternalTest : i < tested + held ? Split.Validation : Split.Train;
        if (!splits.Values.Any(s => s is Split.Train or Split.Pretrain))
            throw new CoraException($"{cohort.Folder} has no patient to learn from: {learning.Count} labelled ones at internal sites, none without labels.", "Name other internal sites, or smaller shares of test and validation.", ExitCode.Usage);
        return [.. cohort.Cases.Select(c => c with { Split = SplitOf(c) })];

        Split SplitOf(CaseRow c)
        {
            if (excluded.Contains(c.CaseId)) return Split.None;
            var split = splits[c.PatientId];
            return split == Split.ExternalTest && IsInternal(c) ? Split.None : split;
        }
    }

    /// <summary>Writes the splits into cases.csv and the groups of the flow chart.</summary>
    public static void Write(Cohort cohort, IReadOnlyList<CaseRow> cases)
    {
        ArgumentNullException.ThrowIfNull(cohort);
        CohortFiles.Write(cohort.Folder, cohort.Description, cases, [.. cohort.Clinical], [.. cohort.Lesions], tablesOnly: true);
        if (FlowChart.Read(cohort.Folder) is { } chart)
        {
            var excluded = ExcludedCase.Read(cohort.Folder).Select(e => e.CaseId).ToHashSet();
            (chart with { Groups = FlowChart.GroupsOf(cases.Where(c => !excluded.Contains(c.CaseId))) }).Write(cohort.Folder);
        }
    }

    private static bool HasClinicalLabel(CaseRow c) => c.CalcifiedPlaque is not null || c.NonCalcifiedPlaque is not null || c.Mace30d is not null || c.Plaques is not null || c.Stenoses is not null;
}
