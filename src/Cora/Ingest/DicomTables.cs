using System.Text.Json;
using Cora.Cohorts;

namespace Cora.Ingest;

/// <summary>The tables of an imported archive.</summary>
internal static class DicomTables
{
    private static readonly string[] Written =
        [.. CohortFiles.OwnFiles, "failures.csv", "series.csv", "acquisitions.csv", "flow.csv", ExcludedCase.FileName, FlowChart.FileName];

    public static void Write(string folder, DicomImportConfig config, IReadOnlyCollection<DicomReceipt> receipts)
    {
        var failures = receipts.Where(r => r.Row is null).ToArray();
        var failuresPath = Path.Combine(folder, "failures.csv");
        if (failures.Length > 0) Table.Write(failuresPath, ["case", "cause", "remedy"], failures.Select(f => new object?[] { f.Case, f.Cause, f.Remedy }));
        else File.Delete(failuresPath);
        Table.Write(Path.Combine(folder, "series.csv"), ["case_id", "series", "slices", "chosen", "score", "why"],
            receipts.SelectMany(r => r.Series).Select(s => new object?[] { s.CaseId, s.Number, s.Slices, s.IsChosen, s.Score, s.Why }));
        var acquisitions = receipts.Select(r => r.Acquisition).OfType<Acquisition>();
        Table.Write(Path.Combine(folder, "acquisitions.csv"),
            ["case_id", "maker", "kvp", "kernel", "thickness_mm", "slice_distance_mm", "phase_percent", "field_mm", "contrast_agent", "lossy", "tilt_degrees", "shifted_date"],
            acquisitions.Select(a => new object?[] { a.CaseId, a.Maker, a.Kilovolts, a.Kernel, a.ThicknessMm, a.DistanceMm, a.PhasePercent, a.FieldMm, a.ContrastAgent, a.IsLossy, a.TiltDegrees, a.ShiftedDate }));
        WriteFlow(folder, receipts);
        var before = File.Exists(Path.Combine(folder, "cohort.json")) ? Cohort.Load(folder) : null;
        var rows = receipts.Select(r => r.Row).OfType<CaseRow>().Select(row => With(row, before?.Cases.FirstOrDefault(c => c.CaseId == row.CaseId))).ToArray();
        Chart(receipts, rows).Write(folder);
        if (rows.Length == 0)
            throw new CoraException(receipts.Count == 0 ? "SOURCE holds no DICOM file." : $"None of {receipts.Count} studies and files could be used; {failuresPath} says why.", "Check the path; for loose NIfTI files use `cora import nifti`.");
        var description = new CohortDescription { Name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))), MadeBy = "import", Settings = JsonSerializer.SerializeToElement(config, CohortDescription.Json) };
        var clinical = rows.Select(row => before?.ClinicalOf(row)).OfType<ClinicalRow>().ToDictionary(r => r.CaseId);
        foreach (var row in receipts.Where(r => r.Row is not null).Select(r => r.Clinical).OfType<ClinicalRow>()) clinical.TryAdd(row.CaseId, row);
        var lesions = before is null ? [] : rows.SelectMany(before.LesionsOf).ToArray();
        CohortFiles.Write(folder, description, rows, [.. rows.Select(r => clinical.GetValueOrDefault(r.CaseId)).OfType<ClinicalRow>()], lesions);
    }

    /// <summary>A case that was there already keeps its split, and the labels and masks that others gave it since.</summary>
    private static CaseRow With(CaseRow row, CaseRow? old) => old is null ? row : old with { PatientId = row.PatientId, Site = row.Site, Image = row.Image };

    /// <summary>The flow chart of the report (Fig. S1): from studies to cases.</summary>
    private static FlowChart Chart(IReadOnlyCollection<DicomReceipt> receipts, CaseRow[] rows)
    {
        var studies = receipts.Where(r => r.Case[0] != 'f').ToArray();
        static string PatientOf(DicomReceipt r) => r.Row?.PatientId ?? r.Patient ?? r.Case;
        return new(
            [
                new("Studies of the archive", studies.Length, studies.Select(PatientOf).Distinct().Count(), FlowChart.ExclusionsOf(studies.Where(s => s.Row is null).Select(s => (s.Reason!, PatientOf(s))))),
                new("Studies with a series fit for CCTA", rows.Length, rows.Select(r => r.PatientId).Distinct().Count(), []),
            ], FlowChart.GroupsOf(rows));
    }

    /// <summary>From files and series to cases: what was left at which step, for which reason, in numbers.</summary>
    private static void WriteFlow(string folder, IReadOnlyCollection<DicomReceipt> receipts)
    {
        var studies = receipts.Where(r => r.Case[0] != 'f').ToArray();
        var rows = new List<object?[]> { new object?[] { "studies found", studies.Length, "" } };
        rows.AddRange(studies.Where(s => s.Row is null).GroupBy(s => s.Reason).OrderBy(g => g.Key).Select(g => new object?[] { "studies left", g.Count(), g.Key }));
        var cases = studies.Select(s => s.Row).OfType<CaseRow>().ToArray();
        var patients = cases.Select(c => c.PatientId).Distinct().Count();

        // Whose the refused studies are is not kept: each counts as a patient.
        new FlowChart(
            [
                new("Studies found in the archive", studies.Length, patients + studies.Length - cases.Length,
                    [.. studies.Where(s => s.Row is null).GroupBy(s => s.Reason ?? "not usable").OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => new FlowExclusion(g.Key, g.Count(), g.Count()))]),
                new("Studies imported", cases.Length, patients, []),
            ], FlowChart.GroupsOf(cases)).Write(folder);
        rows.Add(["cases", studies.Count(s => s.Row is not null), ""]);
        rows.Add(["series of these studies", studies.Sum(s => s.Series.Count), ""]);
        rows.AddRange(studies.SelectMany(s => s.LeftFiles).GroupBy(f => f.Key).OrderByDescending(g => g.Sum(f => f.Value)).Select(g => new object?[] { "files left", g.Sum(f => f.Value), g.Key }));
        rows.Add(["files that cannot be read", receipts.Count - studies.Length, ""]);
        Table.Write(Path.Combine(folder, "flow.csv"), ["step", "count", "reason"], rows);
    }

    /// <summary>Adds to the key file which case is which study; rows of earlier runs stay.</summary>
    public static void WriteKey(string path, IReadOnlyCollection<KeyRow> keys)
    {
        string[] header = ["case_id", "patient_id", "original_patient_id", "study_instance_uid", "series_instance_uid", "path"];
        var rows = new SortedDictionary<string, object?[]>(StringComparer.Ordinal);
        if (File.Exists(path))
            foreach (var row in Table.Read(path).Rows) rows[row[0]] = row;
        foreach (var key in keys) rows[key.Case] = [key.Case, key.Patient, key.PatientId, key.StudyUid, key.SeriesUid, key.Path];
        Table.Write(path, header, rows.Values);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    public static void Remove(string folder, string work)
    {
        foreach (var room in new[] { work, "images" })
            if (Directory.Exists(Path.Combine(folder, room))) Directory.Delete(Path.Combine(folder, room), recursive: true);
        foreach (var table in Written) File.Delete(Path.Combine(folder, table));
    }
}
