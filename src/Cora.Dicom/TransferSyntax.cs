namespace Cora.Dicom;

/// <summary>How a file is coded (PS3.5 section 10 and annex A).</summary>
/// <param name="Uid">Its identifier in the standard.</param>
/// <param name="Name">Its name in messages.</param>
/// <param name="IsExplicit">Whether elements carry their representation.</param>
/// <param name="IsBigEndian">Whether numbers have their high byte first.</param>
/// <param name="IsDeflated">Whether the data set is deflated as a whole.</param>
/// <param name="IsEncapsulated">Whether pixels are compressed, in fragments.</param>
public sealed record TransferSyntax(string Uid, string Name, bool IsExplicit = true, bool IsBigEndian = false, bool IsDeflated = false, bool IsEncapsulated = false)
{
    /// <summary>The default of the standard.</summary>
    public static TransferSyntax ImplicitLittle { get; } = new("1.2.840.10008.1.2", "implicit little endian", IsExplicit: false);

    /// <summary>The usual one.</summary>
    public static TransferSyntax ExplicitLittle { get; } = new("1.2.840.10008.1.2.1", "explicit little endian");

    /// <summary>Retired, but met.</summary>
    public static TransferSyntax ExplicitBig { get; } = new("1.2.840.10008.1.2.2", "explicit big endian", IsBigEndian: true);

    /// <summary>Explicit little endian, deflated.</summary>
    public static TransferSyntax Deflated { get; } = new("1.2.840.10008.1.2.1.99", "deflated explicit little endian", IsDeflated: true);

    /// <summary>Run lengths.</summary>
    public static TransferSyntax Rle { get; } = Packed("1.2.840.10008.1.2.5", "RLE lossless");

    /// <summary>JPEG, 8 bits, lossy.</summary>
    public static TransferSyntax JpegBaseline { get; } = Packed("1.2.840.10008.1.2.4.50", "JPEG baseline (process 1)");

    /// <summary>JPEG, 8 or 12 bits, lossy.</summary>
    public static TransferSyntax JpegExtended { get; } = Packed("1.2.840.10008.1.2.4.51", "JPEG extended (processes 2 and 4)");

    /// <summary>JPEG, lossless.</summary>
    public static TransferSyntax JpegLossless { get; } = Packed("1.2.840.10008.1.2.4.57", "JPEG lossless (process 14)");

    /// <summary>JPEG, lossless, first predictor.</summary>
    public static TransferSyntax JpegLosslessFirst { get; } = Packed("1.2.840.10008.1.2.4.70", "JPEG lossless (process 14, selection value 1)");

    /// <summary>JPEG-LS, lossless.</summary>
    public static TransferSyntax JpegLsLossless { get; } = Packed("1.2.840.10008.1.2.4.80", "JPEG-LS lossless");

    /// <summary>JPEG-LS, near-lossless.</summary>
    public static TransferSyntax JpegLsNear { get; } = Packed("1.2.840.10008.1.2.4.81", "JPEG-LS near-lossless");

    /// <summary>JPEG 2000, lossless.</summary>
    public static TransferSyntax Jpeg2000Lossless { get; } = Packed("1.2.840.10008.1.2.4.90", "JPEG 2000 lossless");

    /// <summary>JPEG 2000.</summary>
    public static TransferSyntax Jpeg2000 { get; } = Packed("1.2.840.10008.1.2.4.91", "JPEG 2000");

    private static readonly Dictionary<string, TransferSyntax> Known = new TransferSyntax[]
    {
        ImplicitLittle, ExplicitLittle, ExplicitBig, Deflated, Rle, JpegBaseline, JpegExtended, JpegLossless, JpegLosslessFirst, JpegLsLossless, JpegLsNear,
        Jpeg2000Lossless, Jpeg2000,
        Packed("1.2.840.10008.1.2.4.53", "JPEG spectral selection (processes 6 and 8, retired)"),
        Packed("1.2.840.10008.1.2.4.55", "JPEG full progression (processes 10 and 12, retired)"),
        Packed("1.2.840.10008.1.2.4.92", "JPEG 2000 multi-component lossless"),
        Packed("1.2.840.10008.1.2.4.93", "JPEG 2000 multi-component"),
        Packed("1.2.840.10008.1.2.4.100", "MPEG-2 video"),
        Packed("1.2.840.10008.1.2.4.102", "MPEG-4 video"),
        Packed("1.2.840.10008.1.2.4.201", "high-throughput JPEG 2000 lossless"),
        Packed("1.2.840.10008.1.2.4.202", "high-throughput JPEG 2000 lossless RPCL"),
        Packed("1.2.840.10008.1.2.4.203", "high-throughput JPEG 2000"),
        Packed("1.2.840.10008.1.2.4.110", "JPEG XL lossless"),
        Packed("1.2.840.10008.1.2.4.112", "JPEG XL"),
    }.ToDictionary(s => s.Uid);

    /// <summary>The syntax of an identifier. An unknown one is taken as explicit little endian with compressed pixels, as the standard asks of new ones.</summary>
    public static TransferSyntax Of(string uid) => Known.GetValueOrDefault(uid) ?? Packed(uid, "unknown");

    /// <summary>Whether the values of pixels are not those of the detector: the codec threw something away.</summary>
    public bool IsLossy => Uid is "1.2.840.10008.1.2.4.50" or "1.2.840.10008.1.2.4.51" or "1.2.840.10008.1.2.4.81" or "1.2.840.10008.1.2.4.91";

    /// <summary>Name and identifier.</summary>
    public override string ToString() => $"{Name} ({Uid})";

    private static TransferSyntax Packed(string uid, string name) => new(uid, name, IsEncapsulated: true);
}
