using System.IO.Compression;
using Cora.Dicom;

namespace Cora.Imaging;

/// <summary>Where a DICOM file lies: a file of the disk, or an entry of a zip archive. Never shown, since folders are often named after patients.</summary>
/// <param name="Path">The file, or the archive.</param>
/// <param name="Entry">The archive's entry; null for a file.</param>
public sealed record DicomPlace(string Path, string? Entry = null)
{
    /// <summary>Whether the file's name says that it is a zip archive.</summary>
    public static bool IsArchive(string path) => path.EndsWith(".zip", StringComparison.OrdinalIgnoreCase);

    /// <summary>Says nothing of the place.</summary>
    public override string ToString() => Entry is null ? "a DICOM file" : "a DICOM file in a zip archive";
}

/// <summary>Reads DICOM files of folders and archives; the archive that was read last stays open. Not for several threads at once.</summary>
public sealed class DicomFiles : IDisposable
{
    /// <summary>An entry of an archive is unpacked to memory; longer ones are refused.</summary>
    private const long MostEntryBytes = 1L << 30;

    private string? openPath;
    private ZipArchive? open;

    /// <inheritdoc/>
    public void Dispose() => open?.Dispose();

    /// <summary>Every file below a folder, and every entry of the zip archives there; or the one file, or the one archive. Links are not followed.</summary>
    public IEnumerable<DicomPlace> Below(string path)
    {
        if (!Directory.Exists(path)) return DicomPlace.IsArchive(path) ? Entries(path) : [new(path)];
        var options = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint };
        return Directory.EnumerateFiles(path, "*", options).SelectMany(file => DicomPlace.IsArchive(file) ? Entries(file) : [new(file)]);
    }

    /// <summary>Reads one file; null when it does not look like DICOM at all.</summary>
    /// <exception cref="DicomException">It looks like DICOM and cannot be used.</exception>
    public DicomFile? Read(DicomPlace place)
    {
        ArgumentNullException.ThrowIfNull(place);
        if (place.Entry is null)
        {
            Span<byte> start = stackalloc byte[132];
            using (var stream = OpenFile(place.Path)) start = start[..stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
            return DicomFile.LooksLikeOne(start) ? DicomFile.Read(place.Path) : null;
        }

        var bytes = ReadEntry(place);
        return DicomFile.LooksLikeOne(bytes.AsSpan(0, Math.Min(132, bytes.Length))) ? DicomFile.Read(bytes) : null;
    }

    private IEnumerable<DicomPlace> Entries(string path)
    {
        try
        {
            return [.. Archive(path).Entries.Where(e => e.Name.Length > 0 && !DicomPlace.IsArchive(e.Name)).Select(e => new DicomPlace(path, e.FullName))];
        }
        catch (DicomException)
        {
            return [new(path, "")];          // told as one file that cannot be read
        }
    }

    private byte[] ReadEntry(DicomPlace place)
    {
        try
        {
            var entry = Archive(place.Path).GetEntry(place.Entry!) ?? throw new DicomException("An entry of a zip archive is gone.", "Run the command again when nothing writes to the archive.");
            if (entry.Length > MostEntryBytes) throw new DicomException($"An entry of a zip archive has {entry.Length} bytes, at most {MostEntryBytes} are read.", "Unpack the archive first.");
            using var stream = entry.Open();
            var bytes = new byte[entry.Length];
            stream.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception problem) when (problem is IOException or InvalidDataException)
        {
            throw new DicomException("An entry of a zip archive is damaged.", "Fetch the archive again, or unpack it with a program that repairs.", problem);
        }
    }

    private ZipArchive Archive(string path)
    {
        if (openPath == path && open is not null) return open;
        open?.Dispose();
        (open, openPath) = (null, null);
        try
        {
            open = new(OpenFile(path), ZipArchiveMode.Read);
        }
        catch (InvalidDataException problem)
        {
            throw new DicomException("A zip archive is damaged.", "Fetch it again, or unpack it with a program that repairs.", problem);
        }

        openPath = path;
        return open;
    }

    private static FileStream OpenFile(string path)
    {
        try
        {
            return new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 4096);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new DicomException("A file cannot be opened.", "Check that you may read it.", problem);
        }
    }
}
