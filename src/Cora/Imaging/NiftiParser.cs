using System.Collections.Immutable;
using System.Buffers.Binary;
using System.Globalization;

namespace Cora.Imaging;

/// <summary>Reads and judges the header of one NIfTI file. Everything odd is refused here, so that readers may trust what they get.</summary>
internal sealed class NiftiParser
{
    /// <summary>More between header and voxels is no comment any more.</summary>
    private const long MostExtensionBytes = 64 << 20;

    private const string ExportAgain = "Export the file again from its source, or repair the header with the program that wrote it.";

    private readonly string path;
    private readonly bool isCompressed;
    private readonly NiftiFields fields;

    private NiftiParser(string path, bool isCompressed, NiftiFields fields)
    {
        this.path = path;
        this.isCompressed = isCompressed;
        this.fields = fields;
    }

    /// <summary>The layout of a file, checked against its length.</summary>
    public static VolumeLayout Read(string path)
    {
        var isCompressed = IsGzip(path);
        using var stream = new DecodedStream(path, path, isCompressed ? DataEncoding.Gzip : DataEncoding.Raw);
        var parser = new NiftiParser(path, isCompressed, ReadFields(path, stream));
        parser.CheckFormat();
        var offset = parser.VoxelOffset();
        var (slope, intercept) = parser.Scaling();
        var (geometry, source) = NiftiGeometry.Read(path, parser.fields, parser.Size());
        var header = new NiftiHeader
        {
            Version = parser.fields.Version,
            IsBigEndian = parser.fields.IsBigEndian,
            IsCompressed = isCompressed,
            Geometry = geometry,
            AffineFrom = source,
            Type = parser.Type(),
            Slope = slope,
            Intercept = intercept,
            VoxelOffset = offset,
            IntentCode = (int)parser.fields.Integer(NiftiFields.IntentCode),
            IntentName = parser.fields.IntentName,
            Description = parser.fields.Description,
            Extensions = [],
        };
        var layout = new VolumeLayout
        {
            File = path,
            DataFile = path,
            Format = $"NIfTI-{header.Version}",
            Geometry = geometry,
            Type = header.Type,
            IsBigEndian = header.IsBigEndian,
            Slope = slope,
            Intercept = intercept,
            Encoding = isCompressed ? DataEncoding.Gzip : DataEncoding.Raw,
            Skip = offset,
        }.Checked();
        return layout with { Nifti = header with { Extensions = parser.ReadExtensions(stream, offset) } };
    }

    /// <summary>Whether the first two bytes are gzip's.</summary>
    public static bool IsGzip(string path)
    {
        using var file = Refusal.OpenFile(path, bufferBytes: 0);
        return file.ReadByte() == 0x1F && file.ReadByte() == 0x8B;
    }

    private static NiftiFields ReadFields(string path, DecodedStream stream)
    {
        var bytes = new byte[NiftiFields.Version2Bytes];
        var read = stream.Read(bytes.AsSpan(0, NiftiFields.Version1Bytes));
        if (read == 0) throw Refusal.Of(path, "the file is empty, a volume was expected.", "Copy or export it again.");
        if (read < NiftiFields.Version1Bytes) throw Refusal.Of(path, $"{read} bytes are there, a NIfTI header needs {NiftiFields.Version1Bytes}.", "This is no NIfTI file, or it is cut short: copy or export it again.");
        var little = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        var big = BinaryPrimitives.ReadInt32BigEndian(bytes);
        var isBigEndian = big is NiftiFields.Version1Bytes or NiftiFields.Version2Bytes;
        switch (isBigEndian ? big : little)
        {
            case NiftiFields.Version1Bytes:
                return new(bytes[..NiftiFields.Version1Bytes], 1, isBigEndian);
            case NiftiFields.Version2Bytes:
                stream.ReadExactly(bytes.AsSpan(NiftiFields.Version1Bytes));
                return new(bytes, 2, isBigEndian);
            default:
                throw Refusal.Of(path, $"the file begins with the number {little}, expected the header length 348 (NIfTI-1) or 540 (NIfTI-2).", "Volumes are read from NIfTI, NRRD and MetaImage files: convert it, or export it again if it should be one.");
        }
    }

    private void CheckFormat()
    {
        if (fields.Magic.SequenceEqual(NiftiFields.MagicOf(fields.Version))) return;
        var pairMagic = fields.Version == 1 ? "ni1\0"u8 : "ni2\0"u8;
        if (fields.Magic[..4].SequenceEqual(pairMagic))
            throw Refusal.Of(path, "this is the header of a pair of files (.hdr and .img); a single file (n+1) was expected.", "Convert the pair to one .nii file.");
        var found = string.Concat(fields.Magic.ToArray().Select(b => b is >= 32 and < 127 ? (char)b : '.'));
        throw Refusal.Of(path, $"the format mark is \"{found}\", expected \"n+{fields.Version}\".", "This is no NIfTI file (ANALYZE 7.5 is not read), or it is damaged: convert or export it again.");
    }

    private Size3 Size()
    {
        var axes = fields.Integer(NiftiFields.Dim);
        if (axes is < 1 or > 7) throw Refusal.Of(path, $"the header counts {axes} dimensions (dim[0]), expected 3.", ExportAgain);
        var size = new int[] { 1, 1, 1 };
        for (var axis = 1; axis <= axes; axis++)
        {
            var length = fields.Integer(NiftiFields.Dim, axis);
            if (length is < 1 or > int.MaxValue) throw Refusal.Of(path, $"dimension {axis} is {length} long, expected 1 to {int.MaxValue}.", ExportAgain);
            if (axis > 3 && length > 1)
                throw Refusal.Of(path, $"dimension {axis} holds {length} volumes (time points or channels), one was expected.", "Split the series and give one volume.");
            if (axis <= 3) size[axis - 1] = (int)length;
        }

        return new(size[0], size[1], size[2]);
    }

    private StoredType Type()
    {
        var code = fields.Integer(NiftiFields.DataType);
        var type = NiftiTypes.Of(code) ?? throw Refusal.Of(
            path, $"voxels are stored as {NiftiTypes.NameOfRefused(code)} (datatype {code}), expected whole or real numbers of 8 to 64 bits.",
            "Convert the file to a scalar volume, for example int16.");
        var bits = fields.Integer(NiftiFields.BitsPerVoxel);
        if (bits != 8 * type.Bytes()) throw Refusal.Of(path, $"bitpix is {bits}, expected {8 * type.Bytes()} for {type.NumPyName()}.", ExportAgain);
        return type;
    }

    private long VoxelOffset()
    {
        var first = (fields.Version == 1 ? NiftiFields.Version1Bytes : NiftiFields.Version2Bytes) + 4;
        var offset = fields.Real(NiftiFields.VoxelOffset);
        if (!(offset >= first && offset == Math.Floor(offset) && offset < long.MaxValue))
            throw Refusal.Of(path, string.Create(CultureInfo.InvariantCulture, $"voxels are said to start at byte {offset}, expected a whole number from {first}."), ExportAgain);
        return (long)offset;
    }

    private (double Slope, double Intercept) Scaling()
    {
        var (slope, intercept) = (fields.Real(NiftiFields.Slope), fields.Real(NiftiFields.Intercept));
        if (slope == 0 || double.IsNaN(slope)) return (1, 0);
        if (!double.IsFinite(slope) || !double.IsFinite(intercept))
            throw Refusal.Of(path, string.Create(CultureInfo.InvariantCulture, $"values are scaled by {slope} and shifted by {intercept}, expected finite numbers."), ExportAgain);
        return (slope, intercept);
    }

    private ImmutableArray<NiftiExtension> ReadExtensions(DecodedStream stream, long voxelOffset)
    {
        var left = voxelOffset - fields.Bytes.Length - 4;
        Span<byte> mark = stackalloc byte[8];
        stream.ReadExactly(mark[..4]);
        if (mark[0] == 0 || left < 8) return [];
        if (left > MostExtensionBytes)
            throw Refusal.Of(path, $"{left} bytes of extensions stand before the voxels, expected {MostExtensionBytes} at most.", ExportAgain);
        var extensions = ImmutableArray.CreateBuilder<NiftiExtension>();
        while (left >= 8)
        {
            stream.ReadExactly(mark);
            var (bytes, code) = fields.IsBigEndian
                ? (BinaryPrimitives.ReadInt32BigEndian(mark), BinaryPrimitives.ReadInt32BigEndian(mark[4..]))
                : (BinaryPrimitives.ReadInt32LittleEndian(mark), BinaryPrimitives.ReadInt32LittleEndian(mark[4..]));
            if (bytes == 0) break;                                    // padding up to the voxels
            if (bytes < 8 || bytes > left) throw Refusal.Of(path, $"extension {extensions.Count} is {bytes} bytes long, expected 8 to the {left} before the voxels.", ExportAgain);
            var content = new byte[bytes - 8];
            stream.ReadExactly(content);
            extensions.Add(new(code, content));
            left -= bytes;
        }

        return extensions.ToImmutable();
    }
}

/// <summary>NIfTI's codes of voxel types.</summary>
internal static class NiftiTypes
{
    public static StoredType? Of(long code) => code switch
    {
        2 => StoredType.UInt8,
        4 => StoredType.Int16,
        8 => StoredType.Int32,
        16 => StoredType.Float32,
        64 => StoredType.Float64,
        256 => StoredType.Int8,
        512 => StoredType.UInt16,
        768 => StoredType.UInt32,
        1024 => StoredType.Int64,
        1280 => StoredType.UInt64,
        _ => null,
    };

    public static short Code(StoredType type) => type switch
    {
        StoredType.UInt8 => 2,
        StoredType.Int16 => 4,
        StoredType.Int32 => 8,
        StoredType.Float32 => 16,
        StoredType.Float64 => 64,
        StoredType.Int8 => 256,
        StoredType.UInt16 => 512,
        StoredType.UInt32 => 768,
        StoredType.Int64 => 1024,
        _ => 1280,
    };

    public static string NameOfRefused(long code) => code switch
    {
        1 => "single bits",
        32 or 1792 or 2048 => "complex numbers",
        128 or 2304 => "RGB colours",
        1536 => "128-bit floats",
        _ => "an unknown type",
    };
}
