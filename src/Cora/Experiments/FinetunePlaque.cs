using System.Globalization;
using Cora.Cohorts;
using Cora.Tasks;

namespace Cora.Experiments;

/// <summary>Plaque characterisation as a run: Fig. 2 and S4.</summary>
internal static class FinetunePlaque
{
    private const double Threshold = 0.5;

    public static bool Go(FinetuneWork work)
    {
        var head = work.Experiment.Plaque.Head;
        var (learnt, held) = CasesOf(work);
        var tested = FinetuneWork.Tested.SelectMany(s => work.Cohort.Of(s)).Where(IsLabelled).ToArray();
        CaseRow[] all = [.. learnt.Concat(held).Concat(tested).DistinctBy(c => c.CaseId)];
        using var volumes = WholeVolumes.Open(work.Cohort, all, work.SpacingMm, work.ArteryMarginMm(head, all), work.Progress, work.Stop);
        work.Begin();
        using var task = new PlaqueClassification(work.Experiment.Plaque, work.Experiment.Trainer, work.Network, work.Windows, volumes, learnt, held, work.Seed);
        work.Progress?.Report(new Note($"{learnt.Length} cases are learnt from, {held.Length} choose the best weights, {tested.Length} are tested."));
        var model = work.Describe("plaque", PlaqueClassification.Targets, work.SpacingMm ?? volumes.GridOf(learnt[0].CaseId).Spacing, patch: 0, head);
        if (task.Classifier.Recomputes)
            work.Progress?.Report(new Note(string.Create(CultureInfo.InvariantCulture, $"A step would keep about {task.KeptBytes / 1e9:0.0} GB for the backward pass: blocks are computed again instead (plaque.recompute).")));
        if (work.Experiment.SeesScansOnce) work.Solve(task.Network, model, () => task.FitProbes(work.Features, work.ScansOf(model), work.Device, work.Progress, work.Stop), work.Experiment.Plaque.Transfer);
        else if (!work.Train(task, work.Run.Folder, model, work.Seed, work.Experiment.Plaque.Transfer)) return false;
        Predict(task, tested, work);
        Scorecard.Write(work, learnt.Length, held.Length, ClassificationCard.Of(work, "plaque-", Threshold), new { Head = head, work.Experiment.Plaque.Mode, GradCam = GradCamMass.Measure(work, task, tested) });
        return true;
    }

    private static bool IsLabelled(CaseRow row) => PlaqueClassification.LabelsOf(row).Any(l => l is not null);

    private static (CaseRow[] Learnt, CaseRow[] Held) CasesOf(FinetuneWork work)
    {
        var (learnt, held) = FinetuneCases.Of(work.Experiment, work.Cohort, IsLabelled);
        var problems = PlaqueClassification.Targets.Index().Select(t => (Target: t.Item, Known: learnt.Select(c => PlaqueClassification.LabelsOf(c)[t.Index]).OfType<bool>().ToArray()))
            .Where(t => t.Known.Distinct().Count() < 2).Select(t => $"{t.Known.Count(k => k)} with and {t.Known.Count(k => !k)} without {t.Target}").ToArray();
        if (problems.Length > 0)
            throw new CoraException($"The training cases hold {string.Join("; ", problems)}: both are needed to learn to tell them apart.", "Label more training cases of split train, or ask for more --cases.");
        return (learnt, held);
    }

    private static void Predict(PlaqueClassification task, CaseRow[] tested, FinetuneWork work)
    {
        var rows = new List<PlaqueRow>();
        foreach (var (i, row) in tested.Index())
        {
            work.Stop.ThrowIfCancellationRequested();
            rows.AddRange(task.Predict(row, work.Device));
            work.Progress?.Report(new Progressed("predicting", i + 1, tested.Length, "cases"));
        }

        ClassificationCard.WriteTables(work, "plaque-", rows.Select(r => (r.CaseId, r.Site, r.Split, r.Target, r.Truth, r.Probability)));
    }
}
