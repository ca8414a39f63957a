namespace Cora.Imaging;

/// <summary>How the bytes of the voxels are packed.</summary>
internal enum DataEncoding
{
    Raw,
    Gzip,
    Zlib,
    Text,
}

/// <summary>Where a file keeps its voxels and what they mean: all that a reader of any format must find out.</summary>
internal sealed record VolumeLayout
{
    /// <summary>The path that the user gave, for messages.</summary>
    public required string File { get; init; }

    /// <summary>The file that holds the voxels: the same one, or a neighbour that it names.</summary>
    public required string DataFile { get; init; }

    /// <summary>"NIfTI-1", "NIfTI-2", "NRRD" or "MetaImage".</summary>
    public required string Format { get; init; }

    public required Geometry Geometry { get; init; }

    public required StoredType Type { get; init; }

    public bool IsBigEndian { get; init; }

    /// <summary>Real value = slope * stored + intercept.</summary>
    public double Slope { get; init; } = 1;

    public double Intercept { get; init; }

    public DataEncoding Encoding { get; init; }

    /// <summary>Bytes of the data file before the encoded stream begins.</summary>
    public long Start { get; init; }

    /// <summary>Bytes of the decoded stream before the first voxel.</summary>
    public long Skip { get; init; }

    public NiftiHeader? Nifti { get; init; }

    public bool IsScaled => Slope != 1 || Intercept != 0;

    public bool IsSwapped => IsBigEndian == BitConverter.IsLittleEndian;

    /// <summary>Bytes of all voxels; 128 bits, since three axis lengths from a file may overflow 64.</summary>
    private Int128 VoxelBytes => (Int128)Geometry.Size.X * Geometry.Size.Y * Geometry.Size.Z * Type.Bytes();

    /// <summary>The layout of raw data that fill the end of their file, behind a header of somebody else's.</summary>
    public VolumeLayout AtEnd() => this with { Start = (long)Int128.Max(Start, new FileInfo(DataFile).Length - VoxelBytes) };

    /// <summary>Refuses sizes that the file cannot hold, from its length alone and before anything is allocated.</summary>
    /// <returns>The layout itself.</returns>
    public VolumeLayout Checked()
    {
        // The deflate format cannot shrink anything below 1/1032 of its length; one text voxel takes a digit and a separator.
        const int mostDeflateRatio = 1032;
        var size = Geometry.Size;
        var needed = VoxelBytes + Skip;
        var packed = Math.Max(0, new FileInfo(DataFile).Length - Start);
        var most = Encoding switch
        {
            DataEncoding.Raw => (Int128)packed,
            DataEncoding.Text => ((Int128)packed + 1) / 2 * Type.Bytes(),
            _ => (Int128)packed * mostDeflateRatio,
        };
        if (needed > most)
        {
            var held = Encoding == DataEncoding.Raw ? $"{most} are there" : $"the {packed} bytes of packed data can hold {most} at most";
            throw Refusal.Of(
                File, $"{size} voxels of {Type.NumPyName()}{(Skip > 0 ? $" from byte {Skip}" : "")} need {needed} bytes of data, {held}.",
                "The file is cut short or its header is wrong: copy or export it again.");
        }

        return this;
    }
}

/// <summary>The refusals that all readers share.</summary>
internal static class Refusal
{
    public static CoraException Of(string file, string what, string remedy, Exception? inner = null) => new($"{file}: {what}", remedy, ExitCode.Input, inner);

    /// <summary>Opens for reading, or says why that cannot be.</summary>
    public static FileStream OpenFile(string path, int bufferBytes)
    {
        ArgumentNullException.ThrowIfNull(path);
        try
        {
            if (Directory.Exists(path)) throw Of(path, "this is a folder, one volume file was expected.", "Name the file; for a folder of slices use `cora import dicom`.");
            var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferBytes);
            if (file.CanSeek) return file;
            file.Dispose();
            throw Of(path, "this is a pipe or device, a file on a disk was expected.", "Save the volume to a file first.");
        }
        catch (Exception problem) when (problem is FileNotFoundException or DirectoryNotFoundException)
        {
            throw Of(path, "there is no such file.", "Check the path; relative paths start at the working folder.", problem);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw Of(path, $"the file cannot be opened ({problem.Message})", "Check that it is a file you may read.", problem);
        }
    }
}
