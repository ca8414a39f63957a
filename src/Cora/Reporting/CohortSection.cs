using System.Globalization;
using Cora.Cohorts;

namespace Cora.Reporting;

/// <summary>Fig. S1, Table 1 and Fig. S2.</summary>
internal static class CohortSection
{
    public static void Add(ReproductionPage report)
    {
        var page = report.Page.Section("Study population");
        if (report.Cohort is not { } cohort)
        {
            page.Paragraph("The cohort is not there, or its tables cannot be read.");
            return;
        }

        var made = cohort.Description.IsPhantom ? "Digital phantoms" : "Cases";
        page.Paragraph(string.Create(CultureInfo.InvariantCulture, $"{made}, cohort {cohort.Description.Name}: {cohort.Cases.Count} cases, {cohort.Cases.Select(c => c.PatientId).Distinct().Count()} patients, {cohort.Cases.Select(c => c.Site).Distinct().Count()} sites. A patient never stands in two splits. Test patients are left out of pretraining unless the settings say otherwise."));
        var (chart, isOfImport) = FlowChartFigure.Of(cohort);
        report.Figure(chart.Figure(isOfImport));
        var table = new BaselineTable(cohort);
        if (table.IsEmpty)
        {
            report.Lacks("Table 1: the cohort has no training and no test cases.");
            return;
        }

        page.Heading("Table 1");
        page.Table("Demographic, clinical and imaging characteristics. Training holds the validation cases. Shares are of all cases of a group. SMD: standardised difference from training, of recorded values", table.Header, table.Words);
        var imbalanced = table.Imbalanced.Select(r => BaselineTable.Plain(r.Name)).ToArray();
        page.Paragraph(imbalanced.Length == 0 ? "No standardised difference exceeds 0.1." : $"Standardised differences above 0.1 between training and a test group: {string.Join("; ", imbalanced)}. In small groups such differences come by chance.");
        Table.Write(Path.Combine(report.FiguresFolder, "table-1.csv"), table.Data.Header, table.Data.Rows);
    }

    public static void AddEngine(ReproductionPage report)
    {
        var (sheet, compared) = (report.Files.In("synthesis", "contact-sheet-1.png"), report.Files.In("synthesis", "own-and-synthetic.png"));
        if (!File.Exists(sheet) && !File.Exists(compared))
        {
            report.Lacks("The lesion engine: synthesis/ (Fig. S2).");
            return;
        }

        report.Page.Section("The lesion engine");
        if (File.Exists(compared)) Add(report, compared, "real-and-synthetic", "The cohort's own plaques, which the network is never told of, above synthetic ones (Fig. S2).");
        if (File.Exists(sheet)) Add(report, sheet, "training-patches", "Training patches: before insertion, after, with the labels, and in the network's windows. Orange: calcified, blue: soft.");
    }

    /// <summary>Puts a picture on the page and among the figures.</summary>
    internal static void Add(ReproductionPage report, string png, string name, string caption)
    {
        Atomically.WriteFile(Path.Combine(report.FiguresFolder, name + ".png"), to => to.Write(File.ReadAllBytes(png)));
        report.Page.Picture(png, caption);
    }
}
