using System.Globalization;
using System.Text.Json;
using Cora.Cohorts;
using Cora.Imaging;

namespace Cora.Ingest;

/// <summary>What became of a found case, kept beside the cohort so that an import that starts again knows it.</summary>
/// <param name="Row">Its files in the cohort; null when it was refused.</param>
/// <param name="Refused">Why it was.</param>
/// <param name="Hash">Of its grid and voxels, to find the same scan again.</param>
/// <param name="Sources">Length and time of the files that it was made of.</param>
internal sealed record ImportReceipt(CaseRow? Row, Refused? Refused = null, string? Hash = null, string? Sources = null);

/// <summary>What came of an import.</summary>
/// <param name="Done">Cases of the cohort.</param>
/// <param name="Refused">Cases that did not enter it; failures.csv says why.</param>
/// <param name="Missing">Cases that other shards have not done yet; while there are some, the folder is no cohort.</param>
/// <param name="Worked">Cases that this run read.</param>
public sealed record ImportOutcome(int Done, int Refused, int Missing, int Worked);

/// <summary>
/// Makes a cohort of an archive. A case at a time and a thread; a case that is done is not done again unless its files changed; a bad case is listed and
/// does not stop the others. Sharded: each shard does its share, and the one that finds all done writes the tables.
/// </summary>
public static class Import
{
    private const string Receipts = ".import";
    private const int HeadersForPeak = 16;

    /// <summary>Does or goes on with a shard's share.</summary>
    /// <param name="archive">What was found.</param>
    /// <param name="config">How it is taken.</param>
    /// <param name="folder">The new cohort; new, empty, or begun with the same kind of archive and the same settings.</param>
    /// <param name="shard">The share of the cases.</param>
    /// <param name="threads">Cases at once; 0 = as many as processors. Fewer when memory does not hold them.</param>
    /// <param name="overwrite">Throws away an import that lies there.</param>
    /// <param name="progress">Told after every case.</param>
    /// <param name="stop">Stops after the cases at work; what is done stays.</param>
    /// <exception cref="CoraException">The folder holds something else, cannot be written, or no case at all could be used.</exception>
    public static ImportOutcome Run(
        Archive archive, ImportConfig config, string folder, Shard shard, int threads = 0, bool overwrite = false, IProgress<RunEvent>? progress = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(archive);
        ArgumentNullException.ThrowIfNull(config);
        foreach (var warning in archive.Warnings) progress?.Report(new Note(warning, IsWarning: true));
        Prepare(archive, config, folder, overwrite);
        var mine = archive.Cases.Index().Where(c => shard.Holds(c.Index)).Select(c => c.Item).ToArray();
        var work = new ImportCase(config, folder);
        var (done, worked) = (0, 0);
        Parallel.ForEach(mine, new ParallelOptions { MaxDegreeOfParallelism = MemoryRoom.ThreadsThatFit(threads, PeakOf(mine)), CancellationToken = stop }, found =>
        {
            var sources = Sources(found);
            if (ReceiptOf(folder, found) is not { Row: not null } before || before.Sources != sources)
            {
                Write(folder, found, Veiled(archive, found, work.Write(found)) with { Sources = sources });
                Interlocked.Increment(ref worked);
            }

            progress?.Report(new Progressed("import", Interlocked.Increment(ref done), mine.Length, "cases"));
        });

        var receipts = archive.Cases.Select(found => ReceiptOf(folder, found)).ToArray();
        var missing = receipts.Count(r => r is null);
        if (missing > 0) return new(receipts.Count(r => r?.Row is not null), receipts.Count(r => r is { Row: null }), missing, worked);
        return ImportTables.Write(archive, config, folder, WithoutTwins(archive, receipts!)) with { Worked = worked };
    }

    /// <summary>Of scans with the same grid and voxels the first stays.</summary>
    private static ImportReceipt[] WithoutTwins(Archive archive, ImportReceipt[] receipts)
    {
        var first = new Dictionary<string, string>();
        return [.. receipts.Zip(archive.Cases, (receipt, found) =>
            receipt.Hash is null || first.TryAdd(receipt.Hash, found.CaseId)
                ? receipt
                : new(null, new("duplicate of another case", $"The scan holds the same voxels as case {first[receipt.Hash]}, which stays.", "Take one of the two out of the archive; which one matters where their masks differ.")))];
    }

    private static void Prepare(Archive archive, ImportConfig config, string folder, bool overwrite)
    {
        if (archive.Cases.Count == 0) throw new CoraException("The archive holds no case.", "Check the path and the names of its files; `--help` tells the layout that is expected.");
        if (archive.Cases.GroupBy(c => c.CaseId).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new CoraException($"Two scans would both be case {twice.Key}.", "Rename one of the files: the name without its ending must be unique in the archive.");
        var plan = Path.Combine(folder, Receipts, "plan.json");
        var text = JsonSerializer.Serialize(new { archive.Kind, Settings = config }, CohortDescription.Json) + "\n";
        if (File.Exists(plan) && overwrite) ImportTables.Remove(folder, Receipts);
        if (File.Exists(plan))
        {
            if (File.ReadAllText(plan) == text) return;
            throw new CoraException($"{folder} holds an import of another kind or with other settings.", "Choose another --out folder, or --overwrite to begin anew.", ExitCode.Usage);
        }

        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any(e => Path.GetFileName(e) != Receipts))
            throw new CoraException($"{folder} holds other files and no import.", "Choose an empty or new --out folder.", ExitCode.Usage);
        Atomically.WriteText(plan, text);
    }

    /// <summary>Messages of an archive whose names are secret say which file of the case it was, and nothing else of its name.</summary>
    private static ImportReceipt Veiled(Archive archive, FoundCase found, ImportReceipt receipt)
    {
        if (!archive.AreNamesSecret || receipt.Refused is not { } refused) return receipt;
        var cause = found.Sources().OrderByDescending(s => s.Path.Length).Aggregate(refused.Cause, (text, s) => text.Replace(s.Path, $"[{s.What}]", StringComparison.Ordinal));
        return receipt with { Refused = refused with { Cause = cause } };
    }

    /// <summary>Memory for the largest case, by the headers of the largest files.</summary>
    private static long PeakOf(IEnumerable<FoundCase> cases)
    {
        var peak = 0L;
        foreach (var path in cases.Where(c => c.Refused is null && File.Exists(c.Image)).Select(c => c.Image).OrderByDescending(p => new FileInfo(p).Length).Take(HeadersForPeak))
        {
            try
            {
                peak = Math.Max(peak, ImportCase.BytesAVoxel * VolumeFile.ReadGeometry(path).Size.Count);
            }
            catch (CoraException)
            {
                // Told when the case is done.
            }
        }

        return peak;
    }

    private static string Sources(FoundCase found)
    {
        var files = found.Sources().SelectMany<(string What, string Path), string>(s => Directory.Exists(s.Path) ? Directory.EnumerateFiles(s.Path).Order(StringComparer.Ordinal) : [s.Path]);
        return string.Join(' ', files.Select(path => new FileInfo(path)).Select(file => file.Exists ? string.Create(CultureInfo.InvariantCulture, $"{file.Length}@{file.LastWriteTimeUtc.Ticks}") : "-"));
    }

    private static string ReceiptPath(string folder, FoundCase found) => Path.Combine(folder, Receipts, "cases", found.CaseId + ".json");

    private static ImportReceipt? ReceiptOf(string folder, FoundCase found)
    {
        var path = ReceiptPath(folder, found);
        return File.Exists(path) ? JsonSerializer.Deserialize<ImportReceipt>(File.ReadAllText(path), CohortDescription.Json) : null;
    }

    private static void Write(string folder, FoundCase found, ImportReceipt receipt) =>
        Atomically.WriteText(ReceiptPath(folder, found), JsonSerializer.Serialize(receipt, CohortDescription.Json) + "\n");
}
