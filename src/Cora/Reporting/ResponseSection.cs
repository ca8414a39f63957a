using System.Globalization;
using Cora.Cohorts;
using Cora.Imaging;

namespace Cora.Reporting;

/// <summary>What CORA says of test scans before any fine-tuning (Fig. S3).</summary>
internal static class ResponseSection
{
    private const int MapsShownOfASplit = 2;

    public static void Add(ReproductionPage report)
    {
        var path = report.Files.In("responses", "responses.csv");
        if (!File.Exists(path))
        {
            report.Lacks("Response maps before fine-tuning: responses/ (Fig. S3).");
            return;
        }

        var table = Table.Read(path);
        var page = report.Page.Section("Response maps before any fine-tuning (Fig. S3)");
        page.Paragraph($"What the pretrained network says of {Which(table)}, of which it was never told. Shares are of the voxels of a case's own plaques at a probability above 0.5; the area under the ROC curve is by the voxel, plaque against the rest of the arteries, 0.5 is chance. Empty: the case has no such plaque, or no mask tells.");
        page.Table("By case", ["case", "test set", "site", "calcified: voxels", "share found", "AUROC", "non-calcified: voxels", "share found", "AUROC", "other voxels above 0.5"], table.Rows.Select(r => (IReadOnlyList<string>)
        [
            table.Field(r, "case_id"), Telling.Split(table.Field(r, "split")), table.Field(r, "site"), table.Field(r, "calcified_voxels"), Rounded(table.Field(r, "calcified_share_above_half")), Rounded(table.Field(r, "calcified_auroc_in_arteries")),
            table.Field(r, "non_calcified_voxels"), Rounded(table.Field(r, "non_calcified_share_above_half")), Rounded(table.Field(r, "non_calcified_auroc_in_arteries")), table.Field(r, "other_voxels_above_half"),
        ]));

        // Of both test sets, and first what has a plaque to be found.
        var shown = table.Rows.GroupBy(r => table.Field(r, "split")).SelectMany(split => split.OrderBy(r => HoldsPlaque(table, r) switch { true => 0, null => 1, false => 2 }).Take(MapsShownOfASplit));
        foreach (var (i, row) in shown.Index()) Picture(report, table.Field(row, "case_id"), Telling.Split(table.Field(row, "split")).ToLowerInvariant(), string.Create(CultureInfo.InvariantCulture, $"response-{i + 1}"));
    }

    /// <summary>The map over the scan with the truth outlined; where cohort or map are not there, the picture that was made with the map.</summary>
    private static void Picture(ReproductionPage report, string id, string split, string name)
    {
        var (picture, map) = (report.Files.In("responses", id, "response.png"), report.Files.In("responses", id, "response.nii.gz"));
        var planes = $"Case {id}, {split}: the scan in three planes through the highest response, the response over it";
        if (report.Cohort is { } cohort && cohort.Cases.FirstOrDefault(c => c.CaseId == id) is { } row && File.Exists(map) && row.Files().All(f => f.Column is not ("image" or "arteries" or "plaques") || File.Exists(cohort.PathOf(f.Path))))
        {
            var truth = KnownMasks.Of(cohort, row);
            var sheet = ResponseSheet.Of("Abnormality response", "Pretrained network, before any fine-tuning; the raw map is over-sensitive on purpose.", VolumeFile.Read<short>(cohort.PathOf(row.Image)), VolumeFile.Read<float>(map), truth: truth);
            picture = Path.Combine(report.FiguresFolder, name + ".png");
            sheet.Save(picture);
            report.Page.Picture(picture, truth switch
            {
                { Plaques: not null, Arteries: not null } => $"{planes}, there and through the largest plaque, and both projected. Outlines: arteries, and the case's own plaques by kind.",
                { Plaques: not null } => $"{planes}, there and through the largest plaque, and both projected. Outlines: the case's own plaques by kind.",
                { Arteries: not null } => $"{planes}, and both projected. Outlines: arteries; where its plaques are is not known.",
                _ => $"{planes}, and both projected. Where its arteries and plaques are is not known.",
            });
        }
        else if (File.Exists(picture))
        {
            CohortSection.Add(report, picture, name, $"{planes}, and both projected.");
        }
    }

    /// <summary>The scans in words: what was chosen is told as it is, for older reproductions took the first cases, with plaque or without.</summary>
    private static string Which(Table table)
    {
        var holding = table.Rows.Count(r => HoldsPlaque(table, r) == true);
        if (holding == table.Rows.Count) return "test scans that hold plaques of their own";
        var unknown = table.Rows.Count(r => HoldsPlaque(table, r) is null);
        return string.Create(CultureInfo.InvariantCulture, $"{table.Rows.Count} test scans, of which {holding} hold plaques of their own") + (unknown > 0 ? string.Create(CultureInfo.InvariantCulture, $" and {unknown} have no mask that would tell") : "");
    }

    private static bool? HoldsPlaque(Table table, string[] row)
    {
        string[] voxels = [table.Field(row, "calcified_voxels"), table.Field(row, "non_calcified_voxels")];
        return voxels.All(v => v.Length == 0) ? null : voxels.Any(v => v is not ("" or "0"));
    }

    private static string Rounded(string number) => double.TryParse(number, CultureInfo.InvariantCulture, out var value) ? value.ToString("0.00", CultureInfo.InvariantCulture) : "";
}
