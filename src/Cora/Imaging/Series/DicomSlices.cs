using System.Text.RegularExpressions;
using Cora.Dicom;

namespace Cora.Imaging;

/// <summary>Takes from a DICOM file what a series needs to know: one slice a frame.</summary>
public static partial class DicomSlices
{
    private const string Ct = "1.2.840.10008.5.1.4.1.1.2", EnhancedCt = "1.2.840.10008.5.1.4.1.1.2.1", LegacyEnhancedCt = "1.2.840.10008.5.1.4.1.1.2.2", SecondaryCapture = "1.2.840.10008.5.1.4.1.1.7";

    /// <summary>The slices of a file, one a frame.</summary>
    /// <exception cref="DicomException">The file holds no CT image with a place in the patient; the message says what is missing.</exception>
    public static IReadOnlyList<DicomSlice> Of(DicomFile file, DicomPlace place)
    {
        ArgumentNullException.ThrowIfNull(file);
        var set = file.Dataset;
        var traits = TraitsOf(file);
        if (traits.Refusal is { } refusal) throw new DicomException(refusal, "Leave it out; it is no CT slice.");
        var pixels = file.Pixels();
        if (pixels.Samples != 1 || pixels.Photometric is not "MONOCHROME2")
            throw new DicomException($"The image is {Word(pixels.Photometric)} with {pixels.Samples} samples a pixel, grey values (MONOCHROME2) were expected.", "Leave it out: it is a screen shot or another picture, no CT slice.");
        var header = new DicomHeader
        {
            InstanceUid = set.Text(Tags.SopInstanceUid) ?? "",
            SeriesUid = set.Text(Tags.SeriesInstanceUid) ?? "",
            Size = (pixels.Rows, pixels.Columns),
            Padding = PaddingOf(set, pixels),
            Traits = traits,
        };
        var shared = set.FirstItem(Tags.SharedFunctionalGroups);
        var perFrame = set.Items(Tags.PerFrameFunctionalGroups);
        if (perFrame.Count > 0 && perFrame.Count < pixels.Frames)
            throw new DicomException($"The file has {pixels.Frames} frames and describes {perFrame.Count}.", "The file is damaged: fetch it again.");
        if (perFrame.Count == 0 && pixels.Frames > 1)
            throw new DicomException($"The file has {pixels.Frames} frames and does not say where each lies.", "Export the series as single CT images or as enhanced CT.");
        return [.. Enumerable.Range(0, pixels.Frames).Select(frame => SliceOf(place, frame, header, new(set, shared, perFrame.Count > 0 ? perFrame[frame] : null)))];
    }

    /// <summary>Where a frame's elements stand: its own functional group, the shared one, or the data set itself.</summary>
    private sealed record Groups(DicomDataset Set, DicomDataset? Shared, DicomDataset? Own)
    {
        public DicomDataset In(DicomTag sequence) => Own?.FirstItem(sequence) ?? Shared?.FirstItem(sequence) ?? Set;
    }

    private static DicomSlice SliceOf(DicomPlace place, int frame, DicomHeader header, Groups groups)
    {
        var measures = groups.In(Tags.PixelMeasuresSequence);
        var spacing = measures.Numbers(Tags.PixelSpacing);
        var position = groups.In(Tags.PlanePositionSequence).Numbers(Tags.ImagePositionPatient);
        var axes = groups.In(Tags.PlaneOrientationSequence).Numbers(Tags.ImageOrientationPatient);
        if (spacing.Count != 2 || !spacing.All(s => s is > 0.01 and < 100)) throw Missing("PixelSpacing (0028,0030)", "two numbers of millimetres");
        if (position.Count != 3 || !position.All(p => Math.Abs(p) < 1e5)) throw Missing("ImagePositionPatient (0020,0032)", "three numbers of millimetres");
        if (axes.Count != 6 || !axes.All(a => Math.Abs(a) <= 1.001)) throw Missing("ImageOrientationPatient (0020,0037)", "two unit vectors");
        var (row, column) = (new Vec3(axes[0], axes[1], axes[2]), new Vec3(axes[3], axes[4], axes[5]));
        if (Math.Abs(row.Length - 1) > 0.01 || Math.Abs(column.Length - 1) > 0.01 || Math.Abs(row.Dot(column)) > 0.01) throw Missing("ImageOrientationPatient (0020,0037)", "two unit vectors at right angles");
        var values = groups.In(Tags.PixelValueTransformationSequence);
        if (values.Number(Tags.RescaleSlope) is not ({ } slope and not 0) || values.Number(Tags.RescaleIntercept) is not { } intercept)
            throw Missing("RescaleSlope or RescaleIntercept (0028,1053 and 0028,1052)", "numbers that give HU");
        var content = groups.In(Tags.FrameContentSequence);
        var phase = groups.In(Tags.CardiacSynchronizationSequence);
        return new()
        {
            Place = place,
            Frame = frame,
            Header = header,
            Origin = new(position[0], position[1], position[2]),
            AlongRow = row.Unit(),
            AlongColumn = column.Unit(),
            SpacingMm = (spacing[1], spacing[0]),
            ThicknessMm = measures.Number(Tags.SliceThickness) is { } t and > 0 ? t : null,
            Rescale = (slope, intercept),
            Time = (groups.Set.Number(Tags.AcquisitionNumber) ?? double.NaN, content.Number(Tags.TemporalPositionIndex) ?? double.NaN,
                phase.Number(Tags.NominalCardiacTriggerDelayTime) ?? groups.Set.Number(Tags.TriggerTime) ?? double.NaN,
                phase.Number(Tags.NominalPercentageOfCardiacPhase) ?? PhaseIn(groups.Set)),
        };
    }

    private static DicomException Missing(string element, string expected) =>
        new($"{element} is missing or unusable, {expected} were expected.", "Export the image again as CT Image Storage.");

    /// <summary>What the header says of the kind of image; nothing of it is a free text.</summary>
    public static DicomTraits TraitsOf(DicomFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        var set = file.Dataset;
        var frameType = set.FirstItem(Tags.SharedFunctionalGroups)?.FirstItem(Tags.CtImageFrameTypeSequence);
        var reconstruction = set.FirstItem(Tags.SharedFunctionalGroups)?.FirstItem(Tags.CtReconstructionSequence);
        var imageType = (frameType?.Texts(Tags.FrameType) is { Count: > 0 } own ? own : set.Texts(Tags.ImageType)).Select(w => w.ToUpperInvariant()).ToArray();
        var described = $"{set.Text(Tags.SeriesDescription)} {set.Text(new(0x0018, 0x1030))}";
        var columns = set.Number(Tags.Columns) ?? double.NaN;
        return new()
        {
            Refusal = RefusalOf(set, imageType),
            ImageType = imageType,
            HasContrastAgent = ContrastOf(set),
            DescribesAngiography = Native().IsMatch(described) ? false : Angiography().IsMatch(described) ? true : null,
            Kernel = Kernels.KindOf((reconstruction ?? set).Texts(Tags.ConvolutionKernel) is [var kernel, ..] ? kernel : ""),
            FieldMm = (reconstruction ?? set).Number(Tags.ReconstructionDiameter) ?? (set.Numbers(Tags.PixelSpacing) is [_, var x] ? x * columns : double.NaN),
            Kilovolts = set.Number(Tags.Kvp) ?? double.NaN,
            Maker = MakerOf(set.Text(Tags.Manufacturer) ?? ""),
            SeriesNumber = set.Integer(Tags.SeriesNumber) ?? 0,
            Syntax = file.Syntax,
            IsLossy = file.Syntax.IsLossy || set.Text(new(0x0028, 0x2110)) == "01",
        };
    }

    /// <summary>Why an object is no CT slice that may leave the hospital; null when it is one.</summary>
    private static string? RefusalOf(DicomDataset set, string[] imageType)
    {
        var modality = set.Text(Tags.Modality) ?? "missing";
        var sopClass = set.Text(Tags.SopClassUid);
        if (modality != "CT") return $"The modality is {Word(modality)}, CT was expected.";
        if (sopClass is { } uid && uid.StartsWith(SecondaryCapture, StringComparison.Ordinal)) return "It is a secondary capture (a picture of a screen), which may show the patient's name.";
        if (sopClass is not (null or Ct or EnhancedCt or LegacyEnhancedCt)) return "It is no CT image: its class is another one.";
        if (set.Text(Tags.BurnedInAnnotation) == "YES") return "Its header says that annotation is burned into the pixels, which may name the patient.";
        if (set.Text(Tags.ConversionType) is not null) return "It was converted from a film or screen, whose pixels may name the patient.";
        if (imageType.Any(w => w.Contains("SCREEN", StringComparison.Ordinal) || w.Contains("DOSE", StringComparison.Ordinal) || w.Contains("REPORT", StringComparison.Ordinal)))
            return "It is a dose or screen page, whose pixels may name the patient.";
        return imageType.Any(w => w is "LOCALIZER" or "SCOUT" or "TOPOGRAM" or "SURVIEW") ? "It is a localiser." : null;
    }

    private static (int, int)? PaddingOf(DicomDataset set, DicomPixels pixels)
    {
        if (set.Number(Tags.PixelPaddingValue) is not { } first) return null;
        var last = set.Number(Tags.PixelPaddingRangeLimit) ?? first;

        // Stored as unsigned where pixels are signed: the same bits, another number.
        int Signed(double v) => pixels.IsSigned && v > short.MaxValue ? (int)v - 65536 : (int)v;
        var (a, b) = (Signed(first), Signed(last));
        return (Math.Min(a, b), Math.Max(a, b));
    }

    private static bool? ContrastOf(DicomDataset set)
    {
        if (set.Items(new(0x0018, 0x0012)).Count > 0) return true;
        if (set.Text(Tags.ContrastBolusAgent) is not { } agent) return set.Text(Tags.ContrastBolusRoute) is { } route ? IsWord(route) : null;
        return IsWord(agent);
        static bool IsWord(string text) => !(text.ToUpperInvariant() is "NONE" or "NO" or "N" or "NO CONTRAST" or "0" or "WITHOUT");
    }

    /// <summary>A phase that only the description tells, for example "75 %" or "BestDiast 72 %".</summary>
    private static double PhaseIn(DicomDataset set)
    {
        var text = $"{set.Text(Tags.SeriesDescription)} {set.Text(Tags.ImageComments)}";
        return Percent().Match(text) is { Success: true } match && double.TryParse(match.Groups[1].ValueSpan, System.Globalization.CultureInfo.InvariantCulture, out var percent) && percent <= 100 ? percent : double.NaN;
    }

    private static string MakerOf(string maker)
    {
        foreach (var (word, name) in new[] { ("SIEMENS", "siemens"), ("GE ", "ge"), ("GENERAL ELECTRIC", "ge"), ("PHILIPS", "philips"), ("TOSHIBA", "canon"), ("CANON", "canon"), ("CORA", "phantom") })
            if ((maker + " ").Contains(word, StringComparison.OrdinalIgnoreCase)) return name;
        return maker.Length == 0 ? "" : "other";
    }

    /// <summary>A short code value of the standard as it may be shown; anything that could be free text is not.</summary>
    private static string Word(string code) => code.Length <= 16 && code.All(c => c is >= 'A' and <= 'Z' or >= '0' and <= '9' or '_' or ' ') && KnownWords.Contains(code) ? code : "another one";

    private static readonly HashSet<string> KnownWords =
        ["MR", "PT", "NM", "US", "CR", "DX", "XA", "SC", "OT", "SR", "SEG", "RTDOSE", "RTPLAN", "RTSTRUCT", "PR", "KO", "REG", "DOC", "MG", "RF", "ECG", "missing",
         "RGB", "PALETTE COLOR", "MONOCHROME1", "MONOCHROME2", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT"];

    [GeneratedRegex(@"\b(CTA|CTCA|CCTA|CORONAR\w*|ANGIO\w*|CARDIAC|HEART)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Angiography();

    [GeneratedRegex(@"\b(NATIVE?|NATIV|CA\W?SC\w*|CALCIUM|CALC|SCORE|SCORING|NON.?CON\w*|W/?O|WITHOUT|PLAIN|UNENHANCED)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Native();

    [GeneratedRegex(@"(\d{1,3}(?:\.\d+)?)\s?%")]
    private static partial Regex Percent();
}
