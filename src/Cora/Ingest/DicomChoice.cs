using System.Collections.Immutable;
using System.Globalization;
using Cora.Imaging;

namespace Cora.Ingest;

/// <summary>A series of a study, and how it fared in the choice.</summary>
/// <param name="Number">Place in the study, from 1, by series number.</param>
/// <param name="Slices">Slices of it.</param>
/// <param name="Stack">The volume; null when the slices make none.</param>
/// <param name="Score">Points; meaningless when it is excluded.</param>
/// <param name="Points">What gave and took points.</param>
/// <param name="Excluded">Why it cannot be used; null when it can.</param>
public sealed record DicomCandidate(int Number, int Slices, DicomStack? Stack, double Score, ImmutableArray<string> Points, string? Excluded)
{
    /// <summary>Whether this is the one that is taken.</summary>
    public bool IsChosen { get; init; }

    /// <summary>The remedy of an exclusion.</summary>
    public string Remedy { get; init; } = "";
}

/// <summary>
/// Which series of a study is read as the CCTA. Hard limits first, then points; more points win, then more slices, then the lower series number. The rule is
/// ours: it follows what the consensus statements ask of a CCTA (contrast, thin slices, a soft or medium kernel, diastole, a field round the heart).
/// </summary>
public static class DicomChoice
{
    /// <summary>A step of stored values of more HU leaves no plaque to see (8-bit files have 32).</summary>
    private const double MostHuPerStep = 4;

    /// <summary>Judges all series of a study.</summary>
    public static IReadOnlyList<DicomCandidate> Among(IEnumerable<DicomStackOrRefusal> found, DicomImportConfig config)
    {
        ArgumentNullException.ThrowIfNull(found);
        ArgumentNullException.ThrowIfNull(config);
        var candidates = found.Select((f, i) => Judge(i + 1, f, config)).ToList();
        var best = candidates.Where(c => c.Excluded is null).OrderByDescending(c => c.Score).ThenByDescending(c => c.Slices).ThenBy(c => c.Number).FirstOrDefault();
        return [.. candidates.Select(c => c == best ? c with { IsChosen = true } : c)];
    }

    private static DicomCandidate Judge(int number, DicomStackOrRefusal found, DicomImportConfig config)
    {
        if (found.Stack is not { } stack) return new(number, found.Slices, null, 0, [], found.Refusal!.Message) { Remedy = found.Refusal.Remedy };
        if (Excluded(stack, config) is var (reason, remedy) && reason is not null) return new(number, found.Slices, stack, 0, [], reason) { Remedy = remedy };
        var points = Points(stack).Where(p => p.Points != 0).ToArray();
        return new(number, found.Slices, stack, points.Sum(p => p.Points), [.. points.Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.What} {p.Points:+0.#;-0.#}"))], null);
    }

    private static (string? Reason, string Remedy) Excluded(DicomStack stack, DicomImportConfig config)
    {
        string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
        const string otherSeries = "Nothing, if another series of the study was taken; else export the reconstruction for the coronary arteries.";
        if (stack.Slices.Length < 2) return ("a single slice", otherSeries);
        if (stack.CoverageMm < config.MinCoverageMm - 1e-6) return (Text($"covers {stack.CoverageMm:0.#} mm, at least {config.MinCoverageMm:0.#} are wanted"), otherSeries + " --set min_coverage_mm moves the limit.");
        if (stack.ThicknessMm > config.MaxThicknessMm) return (Text($"slices of {stack.ThicknessMm:0.##} mm, at most {config.MaxThicknessMm:0.##} are wanted"), otherSeries + " --set max_thickness_mm moves the limit.");
        if (Math.Abs(stack.Slices[0].Normal.Z) < 0.7) return ("not axial: a reformatted view or a localiser", otherSeries);
        if (stack.Slices.Any(s => Math.Abs(s.Rescale.Slope) > MostHuPerStep)) return (Text($"8-bit values with steps of {stack.Slices.Max(s => Math.Abs(s.Rescale.Slope)):0.#} HU are not usable"), "Fetch the series with 12 or 16 bits a voxel from the archive.");
        if (stack.Traits.ImageType.Any(w => w.Contains("MIP", StringComparison.Ordinal) || w.Contains("PROJECTION", StringComparison.Ordinal) || w.Contains("CURVED", StringComparison.Ordinal) || w is "AVERAGE" or "VRT" or "SSD"))
            return ("projections or rendered views", otherSeries);
        if (stack.TiltDegrees > 0 && !config.StraightenTilt) return (Text($"scanned with the gantry tilted by {stack.TiltDegrees:0.#} degrees"), "Take --set straighten_tilt=true, which resamples it to a box.");
        if (config.RequireContrastTag && stack.Traits.HasContrastAgent is not true) return ("the header names no contrast agent", "Leave --set require_contrast_tag=true away if the scanner does not write it.");
        return (null, "");
    }

    private static IEnumerable<(string What, double Points)> Points(DicomStack stack)
    {
        var traits = stack.Traits;
        yield return ("contrast agent named", traits.HasContrastAgent switch { true => 3, false => -4, null => 0 });
        yield return ("described as angiography", traits.DescribesAngiography is true ? 2 : 0);
        yield return ("described as native or calcium scan", traits.DescribesAngiography is false ? -5 : 0);
        yield return ("thickness", stack.ThicknessMm switch { <= 0.8 => 3, <= 1.05 => 2, <= 1.55 => 1, _ => 0 });
        yield return ("kernel", traits.Kernel switch { KernelKind.Soft => 2, KernelKind.Medium => 1, KernelKind.Sharp => -2, _ => 0 });
        yield return ("phase", stack.PhasePercent switch { >= 60 and <= 85 => 2, >= 30 and <= 50 => 1, _ => 0 });
        yield return ("field of view", traits.FieldMm switch { < 120 => 0, <= 270 => 2, <= 330 => 1, _ => 0 });
        yield return ("coverage", stack.CoverageMm switch { < 90 => -1, <= 220 => 1, _ => 0 });
        yield return ("compressed with loss", traits.IsLossy ? -1 : 0);
        yield return ("gantry tilted", stack.TiltDegrees > 0 ? -1 : 0);
    }
}
