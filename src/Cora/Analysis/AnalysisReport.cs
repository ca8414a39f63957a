using System.Globalization;
using Cora.Reporting;

namespace Cora.Analysis;

/// <summary>The pages of an analysis: report.html and report.pdf, made of the same tables and pictures.</summary>
internal static class AnalysisReport
{
    /// <summary>Writes both pages. Without fonts on the machine there is no PDF, and the page says so.</summary>
    public static void Write(string folder, AnalysisResult result, IReadOnlyList<AnalysisPicture> pictures)
    {
        var page = new HtmlPage("Analysis of one scan", Subtitle(result)).Section("Read this first").Callout(result.Notice, isGood: false);
        if (!Sheet.HasFonts) page.Paragraph("This machine has no fonts: there is no report.pdf, and no words in the pictures.");
        foreach (var table in AnalysisTable.Of(result))
        {
            page.Section(table.Title);
            if (table.Rows.Count > 0) page.Table("", table.Header, table.Rows);
            if (table.Remark.Length > 0) page.Paragraph(table.Remark);
        }

        page.Section("Pictures");
        foreach (var picture in pictures) page.Picture(Path.Combine(folder, picture.File), picture.Caption);
        page.Section("Files").Table("On the scan's own grid, to be laid over it in any viewer", ["file", "holds"], Files(result));
        page.Save(Path.Combine(folder, "report.html"));
        if (Sheet.HasFonts) AnalysisPdf.Write(folder, result, Subtitle(result), pictures);
    }

    private static string Subtitle(AnalysisResult result)
    {
        var (shape, spacing) = (string.Join(" x ", result.Scan.Shape), string.Join(" x ", result.Scan.SpacingMm.Select(s => s.ToString("0.###", CultureInfo.InvariantCulture))));
        return $"Scan of {shape} voxels of {spacing} mm (SHA-256 {result.Scan.Sha256[..12]}…), models \"{result.Bundle.Name}\" ({result.Bundle.Sha256[..12]}…), cora {result.Version}.";
    }

    private static IEnumerable<string[]> Files(AnalysisResult result)
    {
        yield return [ScanAnalysis.ResultFile, "everything here, for programs (docs/analysis.schema.json)"];
        if (result.Heart.Mask is { } heart) yield return [heart, "1 = heart, roughly"];
        if (result.Arteries.Mask is { } arteries) yield return [arteries, "1 = what the model takes for coronary artery"];
        if (result.Response.Map is { } response) yield return [response, "abnormality response, 0 to 1"];
        if (result.Stenosis.Mask is { } stenoses) yield return [stenoses, "one number a candidate"];
        foreach (var plaque in result.Plaque.Where(p => p.GradCam is not null)) yield return [plaque.GradCam!, $"where the classifier looks for {plaque.Target.Replace('_', ' ')}, 0 to 1"];
    }
}
