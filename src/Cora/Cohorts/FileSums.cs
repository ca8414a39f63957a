using System.Security.Cryptography;

namespace Cora.Cohorts;

/// <summary>
/// SHA256SUMS in a cohort's folder: the hash of every file that cases.csv names, so that a verb that changes tables only need not read the scans again. The form is that of the
/// checksum tools: <c>sha256sum --check SHA256SUMS</c> in the folder tells whether a copy of the cohort is whole.
/// </summary>
internal static class FileSums
{
    public const string FileName = "SHA256SUMS";

    // Some file systems keep times by two seconds.
    private static readonly TimeSpan Coarseness = TimeSpan.FromSeconds(2);

    /// <summary>The hash of every file, in the order of the names, and writes them down.</summary>
    /// <param name="folder">The cohort's folder.</param>
    /// <param name="names">Paths relative to it.</param>
    /// <param name="known">Whether hashes written down before are believed, of files that have not been changed since.</param>
    public static byte[][] Take(string folder, IReadOnlyList<string> names, bool known)
    {
        var path = Path.Combine(folder, FileName);
        // What changes while the files are being read is newer than this, and is read again the next time.
        var begun = TimeProvider.System.GetUtcNow().UtcDateTime;
        var before = known ? Read(path) : [];
        var believed = File.Exists(path) ? File.GetLastWriteTimeUtc(path) - Coarseness : DateTime.MinValue;
        var hashes = new byte[names.Count][];
        Parallel.For(0, names.Count, i =>
        {
            var file = Path.Combine(folder, names[i]);
            hashes[i] = before.TryGetValue(names[i], out var hash) && File.GetLastWriteTimeUtc(file) < believed ? hash : OfFile(file);
        });
        Atomically.WriteText(path, string.Concat(names.Select((name, i) => $"{Convert.ToHexStringLower(hashes[i])}  {name}\n")));
        File.SetLastWriteTimeUtc(path, begun);
        return hashes;
    }

    /// <summary>SHA-256 of a file.</summary>
    public static byte[] OfFile(string path)
    {
        using var stream = File.OpenRead(path);
        return SHA256.HashData(stream);
    }

    /// <summary>The hashes by name; a line in another form is as good as none.</summary>
    private static Dictionary<string, byte[]> Read(string path)
    {
        const int digits = 2 * SHA256.HashSizeInBytes;
        var found = new Dictionary<string, byte[]>();
        if (!File.Exists(path)) return found;
        foreach (var line in File.ReadLines(path))
            if (line.Length > digits + 2 && line[digits] == ' ' && line[..digits].All(char.IsAsciiHexDigit)) found[line[(digits + 2)..]] = Convert.FromHexString(line[..digits]);
        return found;
    }
}
