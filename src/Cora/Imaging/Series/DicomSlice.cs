using Cora.Dicom;

namespace Cora.Imaging;

/// <summary>One frame of a CT image as its header describes it; voxels are read later.</summary>
public sealed record DicomSlice
{
    /// <summary>The file.</summary>
    public required DicomPlace Place { get; init; }

    /// <summary>The frame within it, from 0.</summary>
    public required int Frame { get; init; }

    /// <summary>What the frames of a file share.</summary>
    public required DicomHeader Header { get; init; }

    /// <summary>Centre of the first voxel, LPS millimetres.</summary>
    public required Vec3 Origin { get; init; }

    /// <summary>Unit vector along a row (towards the next column).</summary>
    public required Vec3 AlongRow { get; init; }

    /// <summary>Unit vector along a column (towards the next row).</summary>
    public required Vec3 AlongColumn { get; init; }

    /// <summary>Millimetres from column to column, and from row to row.</summary>
    public required (double X, double Y) SpacingMm { get; init; }

    /// <summary>Thickness of the slice in millimetres; null when not given.</summary>
    public double? ThicknessMm { get; init; }

    /// <summary>HU = slope * stored + intercept.</summary>
    public required (double Slope, double Intercept) Rescale { get; init; }

    /// <summary>What tells phases of one position apart: acquisition, time index, trigger time, phase; NaN where not given.</summary>
    public required (double Acquisition, double TimeIndex, double TriggerMs, double PhasePercent) Time { get; init; }

    /// <summary>Unit vector out of the plane: row times column.</summary>
    public Vec3 Normal => AlongRow.Cross(AlongColumn).Unit();

    /// <summary>Millimetres along the normal.</summary>
    public double Height => Normal.Dot(Origin);
}

/// <summary>What a file's header says of all its frames. Holds no text that could name a patient.</summary>
public sealed record DicomHeader
{
    /// <summary>Identifier of the image, to find duplicates.</summary>
    public required string InstanceUid { get; init; }

    /// <summary>Identifier of the series.</summary>
    public required string SeriesUid { get; init; }

    /// <summary>Rows and columns.</summary>
    public required (int Rows, int Columns) Size { get; init; }

    /// <summary>The value outside of the scanned circle, as stored; and the other end when it is a range. Null when not given.</summary>
    public (int Low, int High)? Padding { get; init; }

    /// <summary>What the choice among series looks at.</summary>
    public required DicomTraits Traits { get; init; }
}

/// <summary>How an image was made, in words and numbers of closed lists.</summary>
public sealed record DicomTraits
{
    /// <summary>Why it is no CT image that could be used at all; null when it is one.</summary>
    public string? Refusal { get; init; }

    /// <summary>Words of ImageType, upper case.</summary>
    public IReadOnlyList<string> ImageType { get; init; } = [];

    /// <summary>Whether a contrast agent is named; null when the element is not there.</summary>
    public bool? HasContrastAgent { get; init; }

    /// <summary>What the description of the series says of contrast: CT angiography, or a native scan; null for nothing.</summary>
    public bool? DescribesAngiography { get; init; }

    /// <summary>Reconstruction kernel.</summary>
    public KernelKind Kernel { get; init; }

    /// <summary>Diameter of the reconstructed field in millimetres; NaN when not given.</summary>
    public double FieldMm { get; init; } = double.NaN;

    /// <summary>Tube voltage in kV; NaN when not given.</summary>
    public double Kilovolts { get; init; } = double.NaN;

    /// <summary>siemens, ge, philips, canon, other or empty.</summary>
    public string Maker { get; init; } = "";

    /// <summary>SeriesNumber, to break ties.</summary>
    public int SeriesNumber { get; init; }

    /// <summary>How the pixels were coded.</summary>
    public required TransferSyntax Syntax { get; init; }

    /// <summary>Whether the values were compressed with loss, now or before.</summary>
    public bool IsLossy { get; init; }
}

/// <summary>How sharp a reconstruction kernel is.</summary>
public enum KernelKind
{
    /// <summary>Not given, or a name that is not known.</summary>
    Unknown,

    /// <summary>For soft tissue and vessels.</summary>
    Soft,

    /// <summary>Between.</summary>
    Medium,

    /// <summary>For lung, bone or stents.</summary>
    Sharp,
}
