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

    internal static VolumeLayout Layout(string path) => NiftiParser.Read(path);
}
