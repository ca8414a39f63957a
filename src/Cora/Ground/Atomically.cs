namespace Cora;

/// <summary>Outputs appear whole or not at all: written aside in the same folder, flushed to the disk, renamed.</summary>
public static class Atomically
{
    /// <summary>Writes a file through <paramref name="write"/>; on any failure the old file, if there was one, stays as it was.</summary>
    /// <exception cref="CoraException">The folder cannot be written or the disk is full (exit code 5).</exception>
    public static void WriteFile(string path, Action<Stream> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        var full = Path.GetFullPath(path);
        var aside = full + ".part";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            using (var stream = new FileStream(aside, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(aside, full, overwrite: true);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            TryDelete(aside);
            throw CannotWrite(path, problem);
        }
        catch
        {
            TryDelete(aside);
            throw;
        }
    }

    /// <summary>Writes text as UTF-8 without a byte order mark.</summary>
    public static void WriteText(string path, string text) =>
        WriteFile(path, stream => stream.Write(new System.Text.UTF8Encoding(false).GetBytes(text)));

    /// <summary>Fills a folder aside and puts it in place of <paramref name="folder"/> in one move; an old folder is replaced.</summary>
    public static void WriteFolder(string folder, Action<string> fill)
    {
        ArgumentNullException.ThrowIfNull(fill);
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        var aside = full + ".part";
        var old = full + ".old";
        try
        {
            if (Directory.Exists(aside)) Directory.Delete(aside, recursive: true);
            Directory.CreateDirectory(aside);
            fill(aside);
            if (Directory.Exists(old)) Directory.Delete(old, recursive: true);
            if (Directory.Exists(full)) Directory.Move(full, old);
            Directory.Move(aside, full);
            if (Directory.Exists(old)) Directory.Delete(old, recursive: true);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            TryDelete(aside);
            throw CannotWrite(folder, problem);
        }
        catch
        {
            TryDelete(aside);
            throw;
        }
    }

    /// <summary>
    /// Where a folder written by <see cref="WriteFolder"/> can be read after a crash: the folder itself, or the old one
    /// when the crash fell between the two renames. Null when there is neither.
    /// </summary>
    public static string? Surviving(string folder)
    {
        if (Directory.Exists(folder)) return folder;
        var old = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)) + ".old";
        return Directory.Exists(old) ? old : null;
    }

    private static CoraException CannotWrite(string path, Exception problem) =>
        new($"{path} cannot be written: {problem.Message}", "Free disk space, or choose another --out folder that you may write to.", ExitCode.Resources, problem);

    private static void TryDelete(string path)
    {
        try
        {
            if (Directory.Exists(path)) Directory.Delete(path, recursive: true);
            else File.Delete(path);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            // The first failure is the one to tell; a leftover ".part" is overwritten next time.
        }
    }
}
