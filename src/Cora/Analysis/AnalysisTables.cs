using System.Globalization;

namespace Cora.Analysis;

/// <summary>A table of an analysis in words, for the page and the PDF alike.</summary>
/// <param name="Title">What it tells.</param>
/// <param name="Header">Names of the columns.</param>
/// <param name="Rows">Words, a row each.</param>
/// <param name="Remark">A sentence below it; empty when none is needed.</param>
internal sealed record AnalysisTable(string Title, IReadOnlyList<string> Header, IReadOnlyList<IReadOnlyList<string>> Rows, string Remark = "")
{
    private const int CandidatesTold = 8;

    /// <summary>The tables of a result, in the order of reading.</summary>
    public static IEnumerable<AnalysisTable> Of(AnalysisResult result)
    {
        yield return new("Is the scan fit?", ["check", "state", "found", "expected"], [.. result.Quality.Select(q => new[] { q.Check.Replace('_', ' '), q.State switch { CheckState.Ok => "ok", CheckState.Warning => "warning", _ => "refused" }, q.Found, q.Expected })],
            "Limits are rules of thumb of this program. Whether a scan was gated by ECG cannot be told from voxels.");
        yield return Plaque(result);
        yield return Vessels(result);
        yield return Candidates(result);
    }

    private static AnalysisTable Plaque(AnalysisResult result) => new("Plaque in the scan", ["kind", "probability"],
        [.. result.Plaque.Select(p => new[] { p.Target.Replace('_', ' '), Number(p.Probability, "0.00") })],
        result.Plaque.Count == 0 ? "The classifier was not asked: the bundle has none, or no artery was found to look within." : "Probabilities are calibrated for the cases that the classifier was trained on, and for nobody else.");

    private static AnalysisTable Vessels(AnalysisResult result) => new("Vessels", ["vessel", "volume (mm3)", "centre line (mm)", "mean HU", "highest response", "candidates", "highest probability"],
        [.. result.Vessels.Select(v => new[]
        {
            v.Vessel, Number(v.VolumeMm3, "0"), Number(v.CentreLineMm, "0"), Number(v.MeanHu, "0"), Number(v.HighestResponse, "0.00"),
            v.Candidates?.ToString(CultureInfo.InvariantCulture) ?? "-", Number(v.HighestProbability, "0.00"),
        })],
        result.Arteries.Reason is { } reason ? $"No arteries: {reason}." : $"Pieces of the mask; a name stands where two large pieces lie on either side of the heart, else none is given. {result.Arteries.DroppedPieces} crumbs were left away.{(result.Arteries.Warning is { } warning ? $" Warning: {warning}." : "")}");

    private static AnalysisTable Candidates(AnalysisResult result)
    {
        var all = result.Stenosis.Candidates;
        var remark = result.Stenosis.Reason is { } reason ? $"None: {reason}."
            : string.Create(CultureInfo.InvariantCulture, $"{all.Count} marks at arteries{(all.Count > CandidatesTold ? $", the {CandidatesTold} most probable are told" : "")}; {result.Stenosis.OffArteries} off the arteries were left away. A candidate is a place to look at, not a finding; no degree of narrowing is measured.");
        return new("Candidates of stenoses", ["number", "vessel", "probability", "volume (mm3)", "centre (mm, LPS)"],
            [.. all.Take(CandidatesTold).Select(c => new[]
            {
                c.Candidate.ToString(CultureInfo.InvariantCulture), c.Vessel, Number(c.Probability, "0.00"), Number(c.VolumeMm3, "0"), string.Join(", ", c.CentreMm.Select(m => Number(m, "0"))),
            })], remark);
    }

    private static string Number(double? value, string format) => value is { } v && double.IsFinite(v) ? v.ToString(format, CultureInfo.InvariantCulture) : "-";
}
