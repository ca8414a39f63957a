using System.Globalization;
using Cora.Cohorts;

namespace Cora.Reporting;

/// <summary>A row of a stenosis table: a lesion that is there, or a piece that was predicted.</summary>
/// <param name="Case">The case.</param>
/// <param name="IsReference">Whether it is a lesion of the reference.</param>
/// <param name="Composition">Its composition; empty when not recorded.</param>
/// <param name="Grade">CAD-RADS grade; null when not recorded.</param>
/// <param name="IsMatched">Whether it was found, or a piece is right.</param>
internal sealed record LesionRecord(string Case, bool IsReference, string Composition, int? Grade, bool IsMatched)
{
    /// <summary>What is said of a lesion without a composition or grade.</summary>
    public const string NotRecorded = "not recorded";

    /// <summary>The compositions in figure order.</summary>
    public static readonly IReadOnlyList<string> Compositions = ["calcified", "non_calcified", "mixed", ""];

    /// <summary>Reads the lesions of a split.</summary>
    public static IReadOnlyList<LesionRecord> Read(string path)
    {
        var table = Table.Read(path);
        return [.. table.Rows.Select(r => new LesionRecord(
            table.Field(r, "case_id"), table.Field(r, "kind") == "reference", table.Field(r, "composition"),
            int.TryParse(table.Field(r, "stenosis_grade"), CultureInfo.InvariantCulture, out var grade) ? grade : null, table.Field(r, "is_matched") == "1"))];
    }
}
