using System.Globalization;
using System.Text.Json;
using Cora.Cohorts;

namespace Cora.Reporting;

/// <summary>The one report of a reproduction, made of the files in its folder. No torch is needed.</summary>
public static class ReproductionReport
{
    private const int MapsShown = 4;

    /// <summary>Whether a folder holds a reproduction.</summary>
    public static bool IsOne(string folder) => File.Exists(Path.Combine(folder, "reproduction.json"));

    /// <summary>Writes figures and report.</summary>
    /// <returns>The page's path.</returns>
    /// <exception cref="CoraException">The folder holds no reproduction.</exception>
    public static string Write(string folder)
    {
        if (!IsOne(folder)) throw new CoraException($"{folder} holds no reproduction.", "Give the --out folder of `cora reproduce`.");
        using var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "reproduction.json")));
        var plan = document.RootElement;
        string? Word(string name) => plan.TryGetProperty(name, out var v) ? v.GetString() : null;
        var page = new HtmlPage("CORA: coronary plaque, learnt without labels", $"Reproduction, preset {Word("name")}: {Word("purpose")}.");
        page.Section("In short").Paragraph("A synthesis engine puts artificial calcified and soft plaques on the coronary arteries of unlabelled scans, and a 3D residual U-Net learns to find them.");
        if (Word("caveat") is { } caveat) page.Callout(caveat, isGood: false);
        page.Paragraph(Word("to_come") ?? "");
        AddCohort(page, folder, Word("cohort")!);
        AddSheets(page, folder);
        var run = Path.Combine(folder, "pretrain-cora");
        if (Directory.Exists(run))
        {
            RunReport.Describe(page, run);
            RunReport.Write(run);
        }

        AddResponses(page, folder);
        var path = Path.Combine(folder, "report.html");
        page.Save(path);
        return path;
    }

    private static void AddCohort(HtmlPage page, string folder, string place)
    {
        var path = Path.IsPathRooted(place) || place != "cohort" ? place : Path.Combine(folder, place);
        var cohort = Cohort.Load(path);
        page.Section("Cohort");
        var splits = Enum.GetValues<Split>().Where(s => cohort.Of(s).Count > 0).ToArray();
        string Share(IReadOnlyList<CaseRow> cases, Func<CaseRow, bool?> label)
        {
            var known = cases.Where(c => label(c) is not null).ToArray();
            return known.Length == 0 ? "not recorded" : string.Create(CultureInfo.InvariantCulture, $"{known.Count(c => label(c) == true)} of {known.Length} ({100.0 * known.Count(c => label(c) == true) / known.Length:0} %)");
        }

        page.Table("Cases by split; a patient never stands in two", ["split", "cases", "sites", "calcified plaque", "non-calcified plaque", "MACE within 30 days"], splits.Select(s =>
        {
            var cases = cohort.Of(s);
            return new[]
            {
                s == Split.None ? "none" : CohortFiles.WordOf(s).Replace('_', ' '), cases.Count.ToString(CultureInfo.InvariantCulture),
                cases.Select(c => c.Site).Distinct().Count().ToString(CultureInfo.InvariantCulture), Share(cases, c => c.CalcifiedPlaque), Share(cases, c => c.NonCalcifiedPlaque), Share(cases, c => c.Mace30d),
            };
        }));
    }

    private static void AddSheets(HtmlPage page, string folder)
    {
        var sheets = Path.Combine(folder, "synthesis");
        if (!Directory.Exists(sheets)) return;
        page.Section("The lesion engine");
        var first = Path.Combine(sheets, "contact-sheet-1.png");
        if (File.Exists(first)) page.Picture(first, "Training patches: before insertion, after, with the labels, and in the network's windows. Orange: calcified, blue: soft.");
        var compared = Path.Combine(sheets, "own-and-synthetic.png");
        if (File.Exists(compared)) page.Picture(compared, "The cohort's own plaques, which the network is never told of, above synthetic ones.");
    }

    private static void AddResponses(HtmlPage page, string folder)
    {
        var path = Path.Combine(folder, "responses", "responses.csv");
        if (!File.Exists(path)) return;
        var table = Table.Read(path);
        page.Section("Response maps before any fine-tuning");
        page.Paragraph("What the pretrained network says of test scans that hold plaques of their own, of which it was never told. Shares are of the voxels of a case's own plaques at a probability above 0.5; the area under the ROC curve is by the voxel, plaque against the rest of the arteries, 0.5 is chance. Empty: the case has no such plaque.");
        page.Table("By case", ["case", "site", "calcified: voxels", "share found", "AUROC", "non-calcified: voxels", "share found", "AUROC", "other voxels above 0.5"], table.Rows.Select(r => (IReadOnlyList<string>)
        [
            table.Field(r, "case_id"), table.Field(r, "site"), table.Field(r, "calcified_voxels"), Rounded(table.Field(r, "calcified_share_above_half")), Rounded(table.Field(r, "calcified_auroc_in_arteries")),
            table.Field(r, "non_calcified_voxels"), Rounded(table.Field(r, "non_calcified_share_above_half")), Rounded(table.Field(r, "non_calcified_auroc_in_arteries")), table.Field(r, "other_voxels_above_half"),
        ]));
        foreach (var row in table.Rows.Take(MapsShown))
        {
            var picture = Path.Combine(folder, "responses", table.Field(row, "case_id"), "response.png");
            if (File.Exists(picture)) page.Picture(picture, $"Case {table.Field(row, "case_id")}: the scan in three planes through the highest response, the response over it, and both projected.");
        }
    }

    private static string Rounded(string number) =>
        double.TryParse(number, CultureInfo.InvariantCulture, out var value) ? value.ToString("0.00", CultureInfo.InvariantCulture) : "";
}
