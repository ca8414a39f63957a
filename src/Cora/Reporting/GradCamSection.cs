using System.Globalization;
using Cora.Cohorts;

namespace Cora.Reporting;

/// <summary>Where a classifier of plaque looks (Fig. 2e, S5), measured where the truth is known and shown.</summary>
internal static class GradCamSection
{
    private const int CasesShownOfATarget = 2;          // an internal and an external one

    /// <summary>The head whose runs have maps or their measures; null when there is none.</summary>
    public static string? HeadOf(ReproductionFolder files) => Claims.PlaqueHeads.FirstOrDefault(head => files.RunsOf(head).SelectMany(m => m.Runs).Any(run => Tables(run).Any() || Pictures(run).Any()));

    /// <summary>Shares of the maps' mass on arteries and plaque, and panels.</summary>
    public static void Add(ReproductionPage report)
    {
        if (HeadOf(report.Files) is not { } head)
        {
            report.Lacks("Grad-CAM (Fig. 2e, S5): no run has predictions/gradcam-SPLIT.csv or gradcam-TARGET.png.");
            return;
        }

        var runs = report.Files.RunsOf(head).SelectMany(m => m.Runs.Select(r => (m.Name, Run: r))).ToArray();
        var rows = runs.SelectMany(r => Shares(r.Name, r.Run)).Where(r => r.Split.EndsWith("_test", StringComparison.Ordinal)).ToArray();
        report.Page.Heading("Where the classifier looks: Grad-CAM (Fig. 2e, S5)").Paragraph($"Of the runs of this head: {Claims.TaskName(head)}.");
        if (rows.Length > 0)
        {
            report.Page.Paragraph("The paper shows pictures. Where the truth is known, the share of the map's mass on the arteries and on the plaque is measured, stage by stage of the encoder (1 is the finest, the paper's is the last); the last column is the share of the scan that they fill, which a map that knows nothing would have. Means over cases and trainings.");
            report.Page.Table("Grad-CAM's mass on the arteries", Header(rows), Lines(rows, r => r.OnArteries, r => r.Arteries));
            report.Page.Table("Grad-CAM's mass on the plaque that is looked for", Header(rows), Lines(rows, r => r.OnPlaque, r => r.Plaque));
        }

        GradCamPictures.Add(report, runs, CasesShownOfATarget);
    }

    private static string[] Header(MassRow[] rows) => ["method", "split", "target", .. rows.Select(r => r.Stage).Distinct().Order().Select(stage => string.Create(CultureInfo.InvariantCulture, $"stage {stage + 1}")), "of the scan"];

    /// <summary>A row for each method, test set and target, the stages in columns.</summary>
    private static IEnumerable<IReadOnlyList<string>> Lines(MassRow[] rows, Func<MassRow, double> mass, Func<MassRow, double> fills)
    {
        int[] stages = [.. rows.Select(r => r.Stage).Distinct().Order()];
        return rows.GroupBy(r => (r.Method, r.Split, r.Target)).Select(g => (IReadOnlyList<string>)
            [g.Key.Method, Telling.Split(g.Key.Split), Telling.Plain(g.Key.Target), .. stages.Select(stage => Percent(g.Where(r => r.Stage == stage).Select(mass))), Percent(g.Select(fills))]);
    }

    private static IEnumerable<string> Tables(string run) => Found(Path.Combine(run, "predictions"), "gradcam-*.csv");

    /// <summary>The panels of a run, each in the folder of its case.</summary>
    internal static IEnumerable<string> Pictures(string run) => Found(Path.Combine(run, "explanations"), "gradcam-*.png");

    private static IEnumerable<string> Found(string folder, string pattern) =>
        Directory.Exists(folder) ? Directory.EnumerateFiles(folder, pattern, SearchOption.AllDirectories).Order(StringComparer.Ordinal) : [];

    private static IEnumerable<MassRow> Shares(string method, string run)
    {
        foreach (var path in Tables(run))
        {
            var table = Table.Read(path);
            double Number(string[] row, string column) => CaseTables.Number(table.Field(row, column), path, "a row", column);
            foreach (var row in table.Rows)
            {
                yield return new(method, Path.GetFileNameWithoutExtension(path)["gradcam-".Length..], table.Field(row, "target"), (int)Number(row, "stage"),
                    Number(row, "mass_on_arteries"), Number(row, "mass_on_plaque"), Number(row, "arteries_of_scan"), Number(row, "plaque_of_scan"));
            }
        }
    }

    private static string Percent(IEnumerable<double> shares)
    {
        var known = shares.Where(s => !double.IsNaN(s)).ToArray();
        return known.Length == 0 ? "no mass" : (100 * known.Average()).ToString("0.00", CultureInfo.InvariantCulture) + " %";
    }

    private sealed record MassRow(string Method, string Split, string Target, int Stage, double OnArteries, double OnPlaque, double Arteries, double Plaque);
}
