using System.Globalization;
using Cora.Cohorts;
using Cora.Dicom;
using Cora.Imaging;

namespace Cora.Ingest;

/// <summary>How a case was scanned: numbers and words of closed lists, a row of acquisitions.csv.</summary>
internal sealed record Acquisition(
    string CaseId, string Maker, double? Kilovolts, string Kernel, double ThicknessMm, double DistanceMm, double? PhasePercent, double? FieldMm, bool? ContrastAgent,
    bool IsLossy, double TiltDegrees, string? ShiftedDate);

/// <summary>A row of series.csv: a series of a study, and why it was taken or left.</summary>
internal sealed record SeriesRow(string CaseId, int Number, int Slices, bool IsChosen, double? Score, string Why);

/// <summary>What became of a study or a broken file. Holds no text of a header.</summary>
internal sealed record DicomReceipt(string Case, CaseRow? Row, ClinicalRow? Clinical, Acquisition? Acquisition, IReadOnlyList<SeriesRow> Series, string? Reason, string? Cause, string? Remedy)
{
    /// <summary>Files of the study that are no CT slices, by reason.</summary>
    public IReadOnlyDictionary<string, int> LeftFiles { get; init; } = new Dictionary<string, int>();

    /// <summary>Pseudonym of the patient, where a slice told of one.</summary>
    public string? Patient { get; init; }

    public static DicomReceipt Failed(string name, string reason, string cause, string remedy) => new(name, null, null, null, [], reason, cause, remedy);
}

/// <summary>What the key file keeps of a case, for those who may know.</summary>
internal sealed record KeyRow(string Case, string Patient, string PatientId, string StudyUid, string SeriesUid, string Path);

/// <summary>Makes a case of the files of one study.</summary>
internal sealed class DicomStudy(string source, string folder, DicomImportConfig config, DicomPseudonyms names)
{
    /// <summary>Writes the case's image, or says why there is none. What leaves the headers is in this method and in <see cref="AcquisitionOf"/>, and nowhere else.</summary>
    public (DicomReceipt Receipt, KeyRow? Key) Write(string name, IReadOnlyCollection<DicomIndex.Line> lines, CancellationToken stop)
    {
        var first = lines.First();
        if (name[0] == 'f')
            return (DicomReceipt.Failed(name, "file cannot be read", first.Refusal!, first.Remedy!), new(name, "", "", "", "", PathOf(first)));
        var left = lines.Where(l => l.Refusal is not null).GroupBy(l => l.Refusal!).ToDictionary(g => g.Key, g => g.Count());
        var (slices, patient) = (new List<DicomSlice>(), (Patient?)null);
        using var files = new DicomFiles();
        foreach (var line in lines.Where(l => l.Refusal is null))
        {
            stop.ThrowIfCancellationRequested();
            var place = new DicomPlace(PathOf(line), line.Entry);
            var file = files.Read(place) ?? throw new DicomException("A file is no DICOM file any more.", "Run the command again when nothing writes to the archive.");
            slices.AddRange(DicomSlices.Of(file, place));
            patient = Patient.Of(file.Dataset, patient, out var isAnother);
            if (isAnother) return (DicomReceipt.Failed(name, "two patients in one study", "The study holds images of two patients.", "Sort it out in the archive: one of them was filed wrongly."), null);
        }

        var stacks = slices.GroupBy(s => s.Header.SeriesUid).OrderBy(g => g.First().Header.Traits.SeriesNumber).ThenBy(g => g.Key, StringComparer.Ordinal).SelectMany(DicomStacks.Of).ToList();
        var candidates = DicomChoice.Among(stacks, config);
        var series = candidates.Select(c => new SeriesRow(name, c.Number, c.Slices, c.IsChosen, c.Excluded is null ? c.Score : null, Why(c, candidates))).ToArray();
        var key = new KeyRow(name, patient is null ? "" : names.Patient(patient.Key), patient?.Id ?? "", patient?.StudyUid ?? "", "", PathOf(first));
        if (candidates.FirstOrDefault(c => c.IsChosen) is not { Stack: { } stack } chosen)
        {
            var (reason, cause) = NoSeries(candidates, left);
            return (DicomReceipt.Failed(name, reason, cause, candidates.FirstOrDefault(c => c.Remedy.Length > 0)?.Remedy ?? "Leave the study out, or fetch its CT series.") with { Series = series, LeftFiles = left, Patient = patient is null ? null : names.Patient(patient.Key) }, key);
        }

        var image = $"images/{name}.nii.gz";
        Nifti.Write(Path.Combine(folder, image), DicomSeries.Read(stack, config.Padding, stop));
        var row = new CaseRow
        {
            CaseId = name,
            PatientId = names.Patient(patient!.Key),
            Site = config.Site.Length > 0 ? config.Site : patient.Institution is { } place1 ? names.Site(place1) : "",
            Image = image,
        };
        var clinical = patient.Age is null && patient.Sex is null ? null : new ClinicalRow { CaseId = name, Age = patient.Age, Sex = patient.Sex };
        return (new(name, row, clinical, AcquisitionOf(name, stack, patient), series, null, null, null) { LeftFiles = left }, key with { SeriesUid = stack.Slices[0].Header.SeriesUid, Path = stack.Slices[0].Place.Path });
    }

    private Acquisition AcquisitionOf(string name, DicomStack stack, Patient patient)
    {
        static double? Known(double value) => double.IsFinite(value) ? Math.Round(value, 3) : null;
        var traits = stack.Traits;
        var date = config.Dates == StudyDates.Shift && patient.Date is { } day ? day.AddDays(-names.DaysBack(patient.Key)).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) : null;
        return new(
            name, traits.Maker, Known(traits.Kilovolts), traits.Kernel == KernelKind.Unknown ? "" : traits.Kernel.ToString().ToLowerInvariant(), Math.Round(stack.ThicknessMm, 3),
            Math.Round(stack.Geometry.Spacing.Z, 4), Known(stack.PhasePercent), Known(traits.FieldMm), traits.HasContrastAgent, traits.IsLossy, Math.Round(stack.TiltDegrees, 2), date);
    }

    private string PathOf(DicomIndex.Line line) => line.Path.Length == 0 ? source : Path.Combine(source, line.Path);

    private static string Why(DicomCandidate candidate, IReadOnlyList<DicomCandidate> all)
    {
        if (candidate.Excluded is { } reason) return reason;
        var points = candidate.Points.Length > 0 ? string.Join(", ", candidate.Points) : "nothing speaks for or against it";
        var notes = string.Join(", ", candidate.Stack!.Notes);
        if (candidate.IsChosen) return points + (notes.Length > 0 ? "; " + notes : "");
        var best = all.First(c => c.IsChosen);
        return string.Create(CultureInfo.InvariantCulture, $"{candidate.Score:0.#} points against {best.Score:0.#} of series {best.Number}: {points}");
    }

    private static (string Reason, string Cause) NoSeries(IReadOnlyList<DicomCandidate> candidates, Dictionary<string, int> left)
    {
        const int mostNamed = 4;
        if (candidates.Count > 0)
        {
            var named = candidates.Take(mostNamed).Select(c => string.Create(CultureInfo.InvariantCulture, $"series {c.Number} ({c.Slices} slices): {c.Excluded}"));
            return ("no series fits", string.Create(CultureInfo.InvariantCulture, $"None of {candidates.Count} series fits. {string.Join("; ", named)}{(candidates.Count > mostNamed ? "; series.csv lists all" : "")}"));
        }

        var reasons = left.OrderByDescending(l => l.Value).Take(mostNamed).Select(l => string.Create(CultureInfo.InvariantCulture, $"{l.Value} files: {l.Key}"));
        return ("no CT slice", $"The study has no CT slice. {string.Join("; ", reasons)}");
    }

    /// <summary>What is asked of the patient's module. Only pseudonym, age in years (90 for all above 89) and sex leave it.</summary>
    private sealed record Patient(string Key, string Id, string StudyUid, string? Institution, string? Sex, double? Age, DateOnly? Date)
    {
        public static Patient Of(DicomDataset set, Patient? before, out bool isAnother)
        {
            var id = set.Text(Tags.PatientId) ?? "";
            var study = set.Text(Tags.StudyInstanceUid) ?? set.Text(Tags.SeriesInstanceUid) ?? "";

            // Without an identifier nobody can tell two studies of a patient from those of two: each study is a patient of its own.
            var key = id.Length > 0 ? id : "study/" + study;
            isAnother = before is not null && before.Key != key;
            if (before is not null) return before;
            var date = DateOf(set.Text(Tags.StudyDate));
            return new(key, id, study, set.Text(Tags.InstitutionName), set.Text(Tags.PatientSex) switch { "F" => "female", "M" => "male", _ => null }, AgeOf(set, date), date);
        }

        private static double? AgeOf(DicomDataset set, DateOnly? date)
        {
            const int mostTold = 90;
            if (set.Text(Tags.PatientAge) is { Length: 4 } age && int.TryParse(age.AsSpan(0, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0)
                return Math.Min(mostTold, age[3] switch { 'Y' => number, 'M' => number / 12, 'W' => number / 52, 'D' => number / 365, _ => double.NaN }) is var years && double.IsFinite(years) ? years : null;
            if (date is not { } day || DateOf(set.Text(Tags.PatientBirthDate)) is not { } birth || birth > day) return null;
            var whole = day.Year - birth.Year - (day.DayOfYear < birth.DayOfYear ? 1 : 0);
            return whole <= 120 ? Math.Min(mostTold, whole) : null;
        }

        private static DateOnly? DateOf(string? text) =>
            DateOnly.TryParseExact(text, "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) ? date : null;
    }
}
