using Cora.Cohorts;
using Cora.Evaluation;
using Cora.Imaging;

namespace Cora.Experiments;

/// <summary>How a response map meets the truth of a case, where there is one (PHANTOM section 3.4).</summary>
internal static class ResponseMeasures
{
    public static IReadOnlyList<string> Columns { get; } =
    [
        "case_id", "site", "split", "calcified_voxels", "calcified_share_above_half", "calcified_auroc_in_arteries",
        "non_calcified_voxels", "non_calcified_share_above_half", "non_calcified_auroc_in_arteries", "other_voxels_above_half",
    ];

    /// <summary>Plaque voxels against all other voxels of artery or plaque; what is not defined stays empty.</summary>
    public static IReadOnlyList<object?> Of(Cohort cohort, CaseRow row, string responsePath)
    {
        var response = VolumeFile.Read<float>(responsePath);
        var plaques = row.Plaques is null ? null : VolumeFile.Read<byte>(cohort.PathOf(row.Plaques));
        var arteries = row.Arteries is null ? null : VolumeFile.Read<byte>(cohort.PathOf(row.Arteries));
        List<object?> measures = [row.CaseId, row.Site, CohortFiles.WordOf(row.Split)];
        foreach (byte label in new byte[] { 1, 2 })
        {
            if (plaques is null || arteries is null)
            {
                measures.AddRange([null, null, null]);
                continue;
            }

            var (scores, isPlaque) = (new List<double>(), new List<bool>());
            var (count, above) = (0, 0);
            for (var i = 0; i < response.Voxels.Length; i++)
            {
                var plaque = plaques.Voxels[i];
                if (plaque == label)
                {
                    count++;
                    if (response.Voxels[i] > 0.5f) above++;
                }

                // The other kind of plaque is neither right nor wrong here.
                if (plaque == label || (plaque == 0 && arteries.Voxels[i] > 0))
                {
                    scores.Add(response.Voxels[i]);
                    isPlaque.Add(plaque == label);
                }
            }

            measures.Add(count);
            measures.Add(count == 0 ? null : (double)above / count);
            measures.Add(count == 0 || isPlaque.All(p => p) ? null : Roc.Area([.. scores], [.. isPlaque]));
        }

        var others = 0;
        for (var i = 0; i < response.Voxels.Length; i++) if (response.Voxels[i] > 0.5f && (plaques is null || plaques.Voxels[i] == 0)) others++;
        measures.Add(others);
        return measures;
    }
}
