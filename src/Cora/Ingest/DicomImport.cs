using System.Collections.Concurrent;
using System.Text.Json;
using Cora.Cohorts;
using Cora.Dicom;
using Cora.Imaging;

namespace Cora.Ingest;

/// <summary>Where an import of DICOM reads and writes.</summary>
/// <param name="Source">A folder tree, with zip archives in it or not, or one zip archive; it is only read.</param>
/// <param name="Folder">The new cohort.</param>
/// <param name="SaltFile">The secret of the pseudonyms; made when it is not there.</param>
/// <param name="KeyFile">Where to write which case is which study; null for nowhere.</param>
public sealed record DicomImportPlaces(string Source, string Folder, string SaltFile, string? KeyFile = null);

/// <summary>What came of an import of DICOM.</summary>
/// <param name="Done">Cases of the cohort.</param>
/// <param name="Failed">Studies and files that did not enter it; failures.csv says why.</param>
/// <param name="Missing">Shards that are not done yet; while there are some, the folder is no cohort.</param>
/// <param name="Worked">Studies that this run read.</param>
/// <param name="Others">Files that are not DICOM.</param>
public sealed record DicomImportOutcome(int Done, int Failed, int Missing, int Worked, long Others);

/// <summary>
/// Makes a cohort of a DICOM archive: first the headers, a file at a time, then the studies, a few at a time. What is done is not done again; a bad study
/// is listed and does not stop the others; each shard does its share, and the one that finishes last writes the tables.
/// </summary>
public static class DicomImport
{
    private const string Work = ".import";

    /// <summary>A volume, the slice at hand and the packed file: what a study takes at most with 1500 slices of 512 by 512.</summary>
    private const long PeakBytes = 1L << 30;

    /// <summary>Does or goes on with a shard's share.</summary>
    /// <exception cref="CoraException">The folder holds something else or cannot be written, or no study at all could be used.</exception>
    public static DicomImportOutcome Run(
        DicomImportPlaces places, DicomImportConfig config, Shard shard, int threads = 0, bool overwrite = false, IProgress<RunEvent>? progress = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(places);
        ArgumentNullException.ThrowIfNull(config);
        Check(places);
        var names = DicomPseudonyms.FromFile(places.SaltFile);
        Prepare(places, config, names, shard, overwrite);
        var index = new DicomIndex(Path.Combine(places.Folder, Work, $"index-{shard.Index}"));
        try
        {
            var counts = index.Make(places.Source, names, shard, progress, stop);
            var (worked, keys) = DoStudies(places, config, names, index, counts, threads, progress, stop);
            if (places.KeyFile is { } keyFile) DicomTables.WriteKey(keyFile, keys);
            Atomically.WriteText(Path.Combine(places.Folder, Work, "shards", $"{shard.Index}.json"), JsonSerializer.Serialize(counts, CohortDescription.Json) + "\n");
            var missing = Enumerable.Range(1, shard.Count).Count(i => !File.Exists(Path.Combine(places.Folder, Work, "shards", $"{i}.json")));
            var receipts = Receipts(places.Folder).ToList();
            var outcome = new DicomImportOutcome(receipts.Count(r => r.Row is not null), receipts.Count(r => r.Row is null), missing, worked, counts.Others);
            if (missing == 0) DicomTables.Write(places.Folder, config, receipts);
            return outcome;
        }
        finally
        {
            // Source paths may name patients: they stay no longer than the work.
            index.Remove();
        }
    }

    private static (int Worked, IReadOnlyCollection<KeyRow> Keys) DoStudies(
        DicomImportPlaces places, DicomImportConfig config, DicomPseudonyms names, DicomIndex index, DicomIndexCounts counts, int threads, IProgress<RunEvent>? progress, CancellationToken stop)
    {
        var study = new DicomStudy(places.Source, places.Folder, config, names);
        var (done, worked, keys) = (0, 0, new ConcurrentBag<KeyRow>());
        var wanted = threads > 0 ? threads : Environment.ProcessorCount;
        var options = new ParallelOptions { MaxDegreeOfParallelism = (int)Math.Clamp(MemoryRoom.AvailableBytes() / PeakBytes, 1, wanted), CancellationToken = stop };
        foreach (var list in index.Lists())
        {
            Parallel.ForEach(list, options, lines =>
            {
                if (ReceiptOf(places.Folder, lines.Key) is not { Row: { } row } || !File.Exists(Path.Combine(places.Folder, row.Image)))
                {
                    var (receipt, key) = Do(study, lines, stop);
                    Atomically.WriteText(ReceiptPath(places.Folder, lines.Key), JsonSerializer.Serialize(receipt, CohortDescription.Json) + "\n");
                    if (key is not null) keys.Add(key);
                    if (lines.Key[0] != 'f') Interlocked.Increment(ref worked);
                }

                if (lines.Key[0] != 'f') progress?.Report(new Progressed("import", Interlocked.Increment(ref done), counts.Studies, "studies"));
            });
        }

        return (worked, keys);
    }

    /// <summary>One study, whatever is in it: only a full disk, missing memory and a wish to stop end the work.</summary>
    private static (DicomReceipt Receipt, KeyRow? Key) Do(DicomStudy study, IGrouping<string, DicomIndex.Line> lines, CancellationToken stop)
    {
        try
        {
            return study.Write(lines.Key, [.. lines], stop);
        }
        catch (CoraException problem) when (problem.Code == ExitCode.Input)
        {
            return (DicomReceipt.Failed(lines.Key, "cannot be read", problem.Message, problem.Remedy), null);
        }
        catch (DicomException problem)
        {
            return (DicomReceipt.Failed(lines.Key, "cannot be read", problem.Message, problem.Remedy), null);
        }
        catch (Exception problem) when (problem is not (CoraException or OperationCanceledException or OutOfMemoryException))
        {
            // A defect of ours in one study must not cost the archive. Its text may hold a path, so only its kind is told.
            return (DicomReceipt.Failed(lines.Key, "defect", $"The program failed with a {problem.GetType().Name} in {problem.TargetSite?.DeclaringType?.Name}.{problem.TargetSite?.Name}.", "Please report it; the study was left out."), null);
        }
    }

    private static void Check(DicomImportPlaces places)
    {
        if (!Directory.Exists(places.Source) && !File.Exists(places.Source)) throw new CoraException("SOURCE is not there.", "Give the archive's folder or zip file.", ExitCode.Usage);
        var folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(places.Folder)) + Path.DirectorySeparatorChar;
        foreach (var secret in new[] { places.SaltFile, places.KeyFile }.OfType<string>())
            if (Path.GetFullPath(secret).StartsWith(folder, StringComparison.Ordinal))
                throw new CoraException($"{secret} would lie in the cohort, which is given away.", "Keep salt and key outside of the cohort, where only you can read them.", ExitCode.Usage);
        if ((Path.GetFullPath(places.Source) + Path.DirectorySeparatorChar).StartsWith(folder, StringComparison.Ordinal) || folder.StartsWith(Path.GetFullPath(places.Source) + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            throw new CoraException("The cohort and the archive lie within each other.", "Choose an --out folder outside of the archive.", ExitCode.Usage);
    }

    private static void Prepare(DicomImportPlaces places, DicomImportConfig config, DicomPseudonyms names, Shard shard, bool overwrite)
    {
        var plan = Path.Combine(places.Folder, Work, "plan.json");
        var text = JsonSerializer.Serialize(new { Kind = "dicom", Shards = shard.Count, Source = names.Mark(Path.GetFullPath(places.Source)), Settings = config }, CohortDescription.Json) + "\n";
        if (File.Exists(plan) && overwrite) DicomTables.Remove(places.Folder, Work);
        if (File.Exists(plan))
        {
            if (File.ReadAllText(plan) == text) return;
            throw new CoraException($"{places.Folder} holds an import of another source, with another salt, other settings or another number of shards.", "Choose another --out folder, or --overwrite to begin anew.", ExitCode.Usage);
        }

        if (Directory.Exists(places.Folder) && Directory.EnumerateFileSystemEntries(places.Folder).Any(e => Path.GetFileName(e) != Work))
            throw new CoraException($"{places.Folder} holds other files and no import.", "Choose an empty or new --out folder.", ExitCode.Usage);
        Atomically.WriteText(plan, text);
    }

    private static string ReceiptPath(string folder, string name) => Path.Combine(folder, Work, "cases", name + ".json");

    private static DicomReceipt? ReceiptOf(string folder, string name) =>
        File.Exists(ReceiptPath(folder, name)) ? JsonSerializer.Deserialize<DicomReceipt>(File.ReadAllText(ReceiptPath(folder, name)), CohortDescription.Json) : null;

    private static IEnumerable<DicomReceipt> Receipts(string folder)
    {
        var cases = Path.Combine(folder, Work, "cases");
        if (!Directory.Exists(cases)) return [];
        return Directory.EnumerateFiles(cases, "*.json").Order(StringComparer.Ordinal).Select(path => JsonSerializer.Deserialize<DicomReceipt>(File.ReadAllText(path), CohortDescription.Json)!);
    }
}
