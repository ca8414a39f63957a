using Cora.Cohorts;

namespace Cora.Experiments;

/// <summary>Who is learnt from, who chooses the weights, who is tested. No patient is in two of them.</summary>
internal static class FinetuneCases
{
    private const double HeldShare = 0.1;
    private const int FewestHeld = 8;

    /// <summary>Cases in an order that only the seed decides; the first N of it are a nested series.</summary>
    public static CaseRow[] Shuffled(IEnumerable<CaseRow> cases, Seed seed)
    {
        var random = seed.Random();
        return [.. cases.OrderBy(c => c.CaseId, StringComparer.Ordinal).Select(c => (Case: c, Key: random.Uniform(0, 1))).OrderBy(c => c.Key).Select(c => c.Case)];
    }

    /// <summary>
    /// Labelled training cases, and those that choose the weights: the validation split, or where it is too small a tenth of the training patients beside it.
    /// Test cases choose nothing.
    /// </summary>
    /// <exception cref="CoraException">There are fewer labelled cases than asked for, or too few to hold some back.</exception>
    public static (CaseRow[] Learnt, CaseRow[] Held) Of(FinetuneExperiment experiment, Cohort cohort, Func<CaseRow, bool> isLabelled)
    {
        var shuffled = Shuffled(cohort.Of(Split.Train).Where(isLabelled), Cora.Seed.Root(experiment.Seed).Derive("cases"));
        if (experiment.Cases > shuffled.Length)
            throw new CoraException($"{experiment.Cases} training cases are asked for, the cohort has {shuffled.Length} with labels.", "Ask for fewer --cases, or label more.", ExitCode.Usage);
        if (experiment.Cases > 0) shuffled = shuffled[..experiment.Cases];
        var held = cohort.Of(Split.Validation).Where(isLabelled).ToArray();
        if (held.Length >= FewestHeld && shuffled.Length > 0) return (shuffled, held);
        var (learnt, more) = HoldBack(shuffled);
        return (learnt, [.. held, .. more]);
    }

    /// <summary>Holds a tenth of the patients back, the last ones.</summary>
    /// <exception cref="CoraException">There are fewer than two patients.</exception>
    public static (CaseRow[] Learnt, CaseRow[] Held) HoldBack(CaseRow[] cases)
    {
        var patients = cases.Select(c => c.PatientId).Distinct().ToArray();
        if (patients.Length < 2)
            throw new CoraException($"The cohort has {patients.Length} labelled training patients, expected two or more.", "Label more cases of split train, or fill the column split of cases.csv.");
        var kept = patients[^Math.Min(patients.Length - 1, Math.Max(1, (int)(HeldShare * patients.Length)))..].ToHashSet();
        return ([.. cases.Where(c => !kept.Contains(c.PatientId))], [.. cases.Where(c => kept.Contains(c.PatientId))]);
    }

    /// <summary>Folds by patient: each case is tested once.</summary>
    /// <exception cref="CoraException">There are fewer patients than folds.</exception>
    public static CaseRow[][] Folds(CaseRow[] cases, int folds, Seed seed)
    {
        var patients = Shuffled(cases, seed).Select(c => c.PatientId).Distinct().ToArray();
        if (patients.Length < 2 * folds)
            throw new CoraException($"{patients.Length} patients do not make {folds} folds of two or more.", "Take fewer folds (stenosis.folds), or label more cases.");
        var foldOf = patients.Index().ToDictionary(p => p.Item, p => p.Index % folds);
        return [.. Enumerable.Range(0, folds).Select(k => cases.Where(c => foldOf[c.PatientId] == k).ToArray())];
    }
}
