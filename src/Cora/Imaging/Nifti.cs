using System.Collections.Immutable;
using System.IO.Compression;
using System.Runtime.InteropServices;

namespace Cora.Imaging;

/// <summary>What a NIfTI file is given besides voxels and geometry.</summary>
public sealed record NiftiWriteOptions
{
    /// <summary>How hard gzip tries when the name ends with .gz. Of CT, Fastest makes files a third larger than Optimal in half the time.</summary>
    public CompressionLevel Compression { get; init; } = CompressionLevel.Fastest;

    /// <summary>Free text of up to 79 Latin-1 letters. Never a patient's.</summary>
    public string Description { get; init; } = "CORA";

    /// <summary>What values mean: 0 nothing said, 1002 labels, and so on.</summary>
    public int IntentCode { get; init; }

    /// <summary>Up to 15 letters for the intent.</summary>
    public string IntentName { get; init; } = "";

    /// <summary>Extensions to store before the voxels, for example those of the file that a volume was read from.</summary>
    public ImmutableArray<NiftiExtension> Extensions { get; init; } = [];

    /// <summary>1, or 2 for an affine in double precision; an axis of more than 32767 voxels takes 2 anyway.</summary>
    public int Version { get; init; } = 1;
}

/// <summary>NIfTI-1 and NIfTI-2 in a single file, plain or packed with gzip (told by content, not by name). RAS becomes LPS here and nowhere else.</summary>
public static class Nifti
{
    /// <summary>What a file says about its voxels, checked against the file's length; voxels are not read.</summary>
    /// <exception cref="CoraException">The file is no NIfTI file of one real-valued volume, or contradicts itself.</exception>
    public static NiftiHeader ReadHeader(string path) => NiftiParser.Read(path).Nifti!;

    /// <summary>The whole volume; conversion to T as <see cref="VolumeFile.Read{T}"/> has it.</summary>
    /// <exception cref="CoraException">The file is refused, damaged, or its values do not fit a T; or memory does not suffice (exit code 5).</exception>
    public static Volume<T> Read<T>(string path) where T : unmanaged => VolumeReader.Read<T>(NiftiParser.Read(path));

    /// <summary>The volume by the box: an uncompressed file is mapped, a packed one is read now.</summary>
    /// <exception cref="CoraException">As for <see cref="Read{T}"/>.</exception>
    public static VoxelFile<T> Open<T>(string path) where T : unmanaged => new(NiftiParser.Read(path));

    /// <summary>
    /// Writes a volume of byte, short, ushort or float, whole or not at all; packed when the name ends with .gz. The sform holds the affine
    /// in single precision (version 2: double); the qform is set too unless the axes are sheared. Same input, same bytes.
    /// </summary>
    /// <exception cref="CoraException">The place cannot be written or the disk is full (exit code 5).</exception>
    public static void Write<T>(string path, Volume<T> volume, NiftiWriteOptions? options = null) where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(volume);
        options ??= new();
        var head = Head(volume.Geometry, StoredTypes.Of<T>(), options);
        Atomically.WriteFile(path, file =>
        {
            if (!path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase))
            {
                WriteAll(file, head, volume.Voxels);
                return;
            }

            using var gzip = new GZipStream(file, options.Compression, leaveOpen: true);
            WriteAll(gzip, head, volume.Voxels);
        });
    }

    private static void WriteAll<T>(Stream stream, byte[] head, ReadOnlySpan<T> voxels) where T : unmanaged
    {
        const int pieceVoxels = 1 << 18;
        stream.Write(head);
        for (var start = 0; start < voxels.Length; start += pieceVoxels)
            stream.Write(MemoryMarshal.AsBytes(voxels.Slice(start, Math.Min(pieceVoxels, voxels.Length - start))));
    }

    /// <summary>Everything before the first voxel.</summary>
    private static byte[] Head(Geometry geometry, StoredType type, NiftiWriteOptions options)
    {
        var size = geometry.Size;
        var version = Math.Max(size.X, Math.Max(size.Y, size.Z)) > short.MaxValue ? 2 : options.Version;
        if (version is not (1 or 2)) throw new ArgumentException($"There is no NIfTI version {version}.", nameof(options));
        using var extensions = new MemoryStream();
        foreach (var extension in options.Extensions) AppendTo(extensions, extension);

        var fields = NiftiFields.Create(version);
        fields.Set(NiftiFields.Dim, 3);
        for (var axis = 0; axis < 7; axis++) fields.Set(NiftiFields.Dim, axis < 3 ? size[axis] : 1, axis + 1);
        for (var axis = 4; axis < 8; axis++) fields.Set(NiftiFields.PixDim, 1, axis);
        fields.Set(NiftiFields.DataType, NiftiTypes.Code(type));
        fields.Set(NiftiFields.BitsPerVoxel, 8 * type.Bytes());
        fields.Set(NiftiFields.VoxelOffset, fields.Bytes.Length + 4 + extensions.Length);
        fields.Set(NiftiFields.Slope, 1);
        const int millimetres = 2;
        fields.Set(NiftiFields.Units, millimetres);
        fields.Set(NiftiFields.IntentCode, options.IntentCode);
        fields.IntentName = options.IntentName;
        fields.Description = options.Description;
        NiftiGeometry.Write(fields, geometry);
        byte hasExtensions = extensions.Length > 0 ? (byte)1 : (byte)0;
        return [.. fields.Bytes, hasExtensions, 0, 0, 0, .. extensions.ToArray()];
    }

    private static void AppendTo(MemoryStream stream, NiftiExtension extension)
    {
        var bytes = (extension.Content.Length + 8 + 15) / 16 * 16;
        Span<byte> mark = stackalloc byte[8];
        MemoryMarshal.Write(mark, bytes);
        MemoryMarshal.Write(mark[4..], extension.Code);
        stream.Write(mark);
        stream.Write(extension.Content.Span);
        stream.Write(new byte[bytes - 8 - extension.Content.Length]);
    }
}
