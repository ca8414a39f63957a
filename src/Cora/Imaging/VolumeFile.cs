namespace Cora.Imaging;

/// <summary>One door for the volume files that are read: NIfTI, NRRD and MetaImage, told apart by content.</summary>
public static class VolumeFile
{
    /// <summary>
    /// The whole volume of real values (slope and intercept applied). short means HU: rounded to the nearest whole number, ties to even, and
    /// clamped to -32768..32767. byte and ushort mean labels: values that are no such whole number are refused. float and double keep all.
    /// </summary>
    /// <exception cref="CoraException">The file is refused, damaged, or its values do not fit a T; or memory does not suffice (exit code 5).</exception>
    public static Volume<T> Read<T>(string path) where T : unmanaged => VolumeReader.Read<T>(Layout(path));

    /// <summary>The volume by the box: an uncompressed file is mapped, so that a crop touches only its pages; a packed one is read now.</summary>
    /// <exception cref="CoraException">As for <see cref="Read{T}"/>.</exception>
    public static VoxelFile<T> Open<T>(string path) where T : unmanaged => new(Layout(path));

    /// <summary>Where the voxels lie; voxels are not read.</summary>
    /// <exception cref="CoraException">The file is refused.</exception>
    public static Geometry ReadGeometry(string path) => Layout(path).Geometry;

    /// <summary>What is in the file, with statistics of all voxels; one pass in bounded memory.</summary>
    /// <exception cref="CoraException">The file is refused or damaged.</exception>
    public static VolumeFacts Facts(string path) => VolumeFacts.Of(Layout(path));

    /// <summary>What the parser of the file's format found.</summary>
    internal static VolumeLayout Layout(string path)
    {
        Span<byte> start = stackalloc byte[132];
        using (var file = Refusal.OpenFile(path, bufferBytes: 0)) start = start[..file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        if (start.StartsWith(NrrdParser.Magic)) return NrrdParser.Read(path);
        if (start.StartsWith("PK\x03\x04"u8)) throw Refusal.Of(path, "this is a zip archive, a volume file was expected.", "Unpack it; for DICOM archives use `cora import dicom`.");
        if (start.Length == 132 && start[128..].SequenceEqual("DICM"u8)) throw Refusal.Of(path, "this is a DICOM file, a whole volume was expected.", "Use `cora import dicom` on its folder.");
        return IsMetaImage(start) ? MetaImageParser.Read(path) : NiftiParser.Read(path);
    }

    /// <summary>MetaImage has no magic: it begins with one of these fields.</summary>
    private static bool IsMetaImage(ReadOnlySpan<byte> start)
    {
        var equals = start.IndexOf((byte)'=');
        if (equals < 0) return false;
        var name = start[..equals].Trim(" \t\r\n"u8);
        return name.SequenceEqual("ObjectType"u8) || name.SequenceEqual("NDims"u8) || name.SequenceEqual("Comment"u8);
    }
}
