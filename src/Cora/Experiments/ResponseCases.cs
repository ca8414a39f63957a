using Cora.Cohorts;
using Cora.Imaging;

namespace Cora.Experiments;

/// <summary>The test cases whose response maps are made: those that hold plaques of their own, for the others have nothing to be found (Fig. S3).</summary>
internal static class ResponseCases
{
    /// <summary>The first cases of each test split that hold a plaque; where too few are known to, those follow of which it is unknown. In the cohort's order.</summary>
    /// <param name="cohort">The cohort.</param>
    /// <param name="count">How many of each split.</param>
    public static CaseRow[] Of(Cohort cohort, int count) => [.. new[] { Split.InternalTest, Split.ExternalTest }.SelectMany(split => Of(cohort, cohort.Of(split), count))];

    private static IEnumerable<CaseRow> Of(Cohort cohort, IReadOnlyList<CaseRow> cases, int count)
    {
        var (holding, unknown) = (new List<CaseRow>(), new List<CaseRow>());
        foreach (var row in cases)
        {
            if (holding.Count == count) break;
            if (HoldsPlaque(cohort, row) is not { } holds) unknown.Add(row);
            else if (holds) holding.Add(row);
        }

        var chosen = holding.Concat(unknown).Take(count).ToHashSet();
        return cases.Where(chosen.Contains);
    }

    /// <summary>By the labels; where they leave it open, by the mask; null where there is neither.</summary>
    private static bool? HoldsPlaque(Cohort cohort, CaseRow row)
    {
        if (row.CalcifiedPlaque == true || row.NonCalcifiedPlaque == true) return true;
        if (row.CalcifiedPlaque == false && row.NonCalcifiedPlaque == false) return false;
        return row.Plaques is null ? null : VolumeFile.Read<byte>(cohort.PathOf(row.Plaques)).Voxels.IndexOfAnyExcept((byte)0) >= 0;
    }
}
