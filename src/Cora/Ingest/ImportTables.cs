using System.Text.Json;
using Cora.Cohorts;

namespace Cora.Ingest;

/// <summary>The tables of an imported cohort, made of its receipts when every case is done.</summary>
internal static class ImportTables
{
    private static readonly string[] Rooms = ["images", "arteries", "heart", "plaques", "stenoses", "reports", "splits"];
    private static readonly string[] Files = [.. CohortFiles.OwnFiles, "failures.csv", ExcludedCase.FileName, FlowChart.FileName];

    /// <summary>Writes failures.csv, the lists of the split, the flow chart and the tables.</summary>
    /// <exception cref="CoraException">No case could be used; failures.csv is there.</exception>
    public static ImportOutcome Write(Archive archive, ImportConfig config, string folder, ImportReceipt[] receipts)
    {
        var cases = archive.Cases.Zip(receipts).ToArray();
        var refused = cases.Where(c => c.Second.Row is null).Select(c => (Found: c.First, Why: c.Second.Refused!)).ToArray();
        var failures = Path.Combine(folder, "failures.csv");
        if (refused.Length > 0) Table.Write(failures, ["case", "cause", "remedy"], refused.Select(r => new object?[] { r.Found.CaseId, r.Why.Cause, r.Why.Remedy }));
        else File.Delete(failures);
        if (refused.Length == cases.Length) throw new CoraException($"None of the {cases.Length} cases could be used; {failures} says why.", "Mend the cases and run the command again.");

        var before = File.Exists(Path.Combine(folder, "cohort.json")) ? CohortFiles.Load(folder) : null;
        var excluded = ExcludedCase.Read(folder).Select(e => e.CaseId).ToHashSet();
        var known = before?.Cases.ToDictionary(c => c.CaseId) ?? [];
        CaseRow[] rows = [.. cases.Where(c => c.Second.Row is not null).Select(c => RowOf(c.First, c.Second.Row!, known.GetValueOrDefault(c.First.CaseId), excluded))];
        var outcome = new ImportOutcome(rows.Length, refused.Length, 0, 0);
        foreach (var (name, text) in archive.Lists) Atomically.WriteText(Path.Combine(folder, name), text);
        if (before is not null && before.Cases.SequenceEqual(rows)) return outcome;

        Chart(archive, refused, rows).Write(folder);
        var description = new CohortDescription
        {
            Name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))),
            MadeBy = "import",
            ArteryOrigin = rows.Any(r => r.Arteries is not null) ? $"import:{archive.Kind}" : null,
            HeartOrigin = rows.Any(r => r.Heart is not null) ? $"import:{archive.Kind}" : null,
            Settings = JsonSerializer.SerializeToElement(config, CohortDescription.Json),
        };
        CohortFiles.Write(folder, description, rows, [.. rows.Select(r => before?.ClinicalOf(r)).OfType<ClinicalRow>()], [.. rows.SelectMany(r => before?.LesionsOf(r) ?? [])]);
        return outcome;
    }

    /// <summary>Takes an earlier import away, and nothing else.</summary>
    public static void Remove(string folder, string receipts)
    {
        File.Delete(Path.Combine(folder, "cohort.json"));
        foreach (var room in Rooms.Append(receipts))
            if (Directory.Exists(Path.Combine(folder, room))) Directory.Delete(Path.Combine(folder, room), recursive: true);
        foreach (var file in Files) File.Delete(Path.Combine(folder, file));
    }

    /// <summary>Files are the receipt's; patient, site and split what the archive says now; labels that were filled since stay, and excluded cases stay out.</summary>
    private static CaseRow RowOf(FoundCase found, CaseRow written, CaseRow? old, HashSet<string> excluded) => written with
    {
        PatientId = found.PatientId, Site = found.Site, Split = excluded.Contains(found.CaseId) ? Split.None : found.Split,
        CalcifiedPlaque = old?.CalcifiedPlaque, NonCalcifiedPlaque = old?.NonCalcifiedPlaque, Mace30d = old?.Mace30d,
    };

    private static FlowChart Chart(Archive archive, (FoundCase Found, Refused Why)[] refused, CaseRow[] rows) => new(
        [
            new("Scans found in the archive", archive.Cases.Count, archive.Cases.Select(c => c.PatientId).Distinct().Count(),
                FlowChart.ExclusionsOf(refused.Select(r => (r.Why.Reason, r.Found.PatientId)))),
            new("Scans imported", rows.Length, rows.Select(r => r.PatientId).Distinct().Count(), []),
        ], FlowChart.GroupsOf(rows));
}
