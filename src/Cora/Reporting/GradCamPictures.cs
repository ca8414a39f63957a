using System.Globalization;
using Cora.Cohorts;
using Cora.Imaging;

namespace Cora.Reporting;

/// <summary>Pictures of where classifiers look: of every starting point the same cases, side by side.</summary>
internal static class GradCamPictures
{
    private static readonly string[] Targets = ["calcified_plaque", "non_calcified_plaque"];          // in the order of the labels 1 and 2

    /// <summary>Of every target the cases that most starting points have, each from the first training of each.</summary>
    /// <param name="report">The page.</param>
    /// <param name="runs">Trainings by starting point, in the order in which they are shown.</param>
    /// <param name="casesOfATarget">How many cases at most.</param>
    public static void Add(ReproductionPage report, IReadOnlyList<(string Name, string Run)> runs, int casesOfATarget)
    {
        var all = runs.SelectMany(r => GradCamSection.Pictures(r.Run).Select(path => new Panels(r.Name, r.Run, Path.GetFileNameWithoutExtension(path)["gradcam-".Length..], Path.GetFileName(Path.GetDirectoryName(path)!), path)));
        var cases = all.GroupBy(p => (p.Target, p.CaseId)).Select(g => (g.Key.Target, g.Key.CaseId, Methods: g.DistinctBy(p => p.Method).ToArray())).ToArray();
        var number = 0;
        foreach (var target in cases.GroupBy(c => c.Target))
        {
            var chosen = target.OrderByDescending(c => c.Methods.Length).DistinctBy(c => SplitOf(report, c.CaseId) is { } split ? CohortFiles.WordOf(split) : c.CaseId).Take(casesOfATarget).ToArray();
            foreach (var shown in chosen)
            {
                // Runs of an earlier version kept no map: their panels fill a page each, so one case must do.
                if (!Beside(report, target.Key, shown.CaseId, shown.Methods, ref number) && shown == chosen[0]) Below(report, target.Key, shown.CaseId, shown.Methods, ref number);
            }
        }
    }

    /// <summary>One sheet with all methods; false where a map, the scan or the truth is not there.</summary>
    private static bool Beside(ReproductionPage report, string target, string id, IReadOnlyList<Panels> methods, ref int number)
    {
        if (RowOf(report, id) is not { } row || row.Plaques is null || Array.IndexOf(Targets, target) is not (>= 0 and var kind) || methods.Any(m => !File.Exists(m.Map))) return false;
        var cohort = report.Cohort!;
        if (!row.Files().All(f => f.Column is not ("image" or "arteries" or "plaques") || File.Exists(cohort.PathOf(f.Path)))) return false;
        var split = CohortFiles.WordOf(row.Split);
        var name = Named(ref number);
        var path = Path.Combine(report.FiguresFolder, name + ".png");
        var plain = Telling.Plain(target);
        GradCamSheet.Of(
            $"Grad-CAM: {plain}", $"Case {id}, {Telling.Split(split).ToLowerInvariant()}, which has it: where classifiers from each starting point look for it, first training of each, last stage; below each the probability that it gives.",
            VolumeFile.Read<short>(cohort.PathOf(row.Image)), KnownMasks.Of(cohort, row), (byte)(kind + 1), [.. methods.Select(m => (m.Method + Probability(m, split), GradCamMap.Read(m.Map)))]).Save(path);
        report.Page.Picture(path, $"Grad-CAM for {plain} in case {id} ({Telling.Split(split).ToLowerInvariant()}), from left to right: the scan, {string.Join(", ", methods.Select(m => m.Method))}. Rows: three planes through the largest plaque of the kind, and an axial projection. Outlines: arteries, and plaques by kind. Each training's own planes stand in its explanations/{id}/.");
        return true;
    }

    /// <summary>The panels as each run has them, one method after the other.</summary>
    private static void Below(ReproductionPage report, string target, string id, IReadOnlyList<Panels> methods, ref int number)
    {
        foreach (var m in methods)
            CohortSection.Add(report, m.Path, Named(ref number), $"{m.Method}: Grad-CAM for {Telling.Plain(target)} in case {id}, in three planes through its highest value and as projections ({report.Files.Told(m.Path)}).");
    }

    private static string Named(ref int number) => string.Create(CultureInfo.InvariantCulture, $"gradcam-{++number}");

    private static CaseRow? RowOf(ReproductionPage report, string id) => report.Cohort?.Cases.FirstOrDefault(c => c.CaseId == id);

    private static Split? SplitOf(ReproductionPage report, string id) => RowOf(report, id)?.Split;

    /// <summary>What the training says of the case, behind its name; nothing where its table does not tell.</summary>
    private static string Probability(Panels m, string split)
    {
        var path = MethodSeries.Table(m.Run, "plaque", split);
        if (!File.Exists(path)) return "";
        var table = Table.Read(path);
        return table.Rows.FirstOrDefault(r => table.Field(r, "case_id") == m.CaseId && table.Field(r, "target") == m.Target) is { } row
            ? ": " + Telling.Number(CaseTables.Number(table.Field(row, "probability"), path, m.CaseId, "probability"), "0.00") : "";
    }

    /// <summary>The panels of one training for a target in a case.</summary>
    private sealed record Panels(string Method, string Run, string Target, string CaseId, string Path)
    {
        public string Map => System.IO.Path.ChangeExtension(Path, ".nii.gz");
    }
}
