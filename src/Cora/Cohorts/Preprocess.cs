using System.Globalization;
using System.Text.Json;
using Cora.Imaging;

namespace Cora.Cohorts;

/// <summary>A share of the cases, so that several machines work on one store: every n-th case, beginning with the i-th.</summary>
/// <param name="Index">1 to <paramref name="Count"/>.</param>
/// <param name="Count">Shards in all.</param>
public readonly record struct Shard(int Index, int Count)
{
    /// <summary>All cases.</summary>
    public static Shard Whole { get; } = new(1, 1);

    /// <summary>Whether the case at a place of the table is in this share.</summary>
    public bool Holds(int place) => place % Count == Index - 1;

    /// <summary>Reads <c>i/n</c>.</summary>
    /// <exception cref="CoraException">It is no share (exit code 2).</exception>
    public static Shard Parse(string text)
    {
        var parts = (text ?? "").Split('/');
        if (parts.Length == 2 && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var i)
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var n) && i >= 1 && i <= n) return new(i, n);
        throw new CoraException($"\"{text}\" is no shard.", "Write i/n with i from 1 to n, for example --shard 3/16.", ExitCode.Usage);
    }
}

/// <summary>What came of a preprocessing.</summary>
/// <param name="Done">Cases that lie in the store.</param>
/// <param name="Failed">Cases that could not be used; failures.csv says why.</param>
/// <param name="Missing">Cases that other shards have not done yet; while there are some, the store is no cohort.</param>
public sealed record PreprocessOutcome(int Done, int Failed, int Missing);

/// <summary>
/// Makes a cohort of the same cases, resampled and cropped: int16 images as plain .nii, so that cutting a patch reads a patch. Restartable: a case that
/// is done is not done again. Sharded: each shard does its share, and the one that finds all done writes the tables.
/// </summary>
public static class Preprocess
{
    private const string Receipts = ".preprocess";

    /// <summary>Memory, disk and time that the work takes, in words; headers and heart masks are read and the smallest case is resampled once, nothing is written.</summary>
    public static string Forecast(Cohort cohort, PreprocessConfig config, int threads, HeartFinder? finder = null)
    {
        ArgumentNullException.ThrowIfNull(cohort);
        var (bytes, peak, unreadable, unseen) = (0L, 0L, 0, 0);
        var work = new PreprocessCase(cohort, config, "", finder);
        var costs = new List<(CaseRow Row, long Voxels)>();
        foreach (var row in cohort.Cases)
        {
            try
            {
                var kept = work.PlanOf(row).Kept.Size.Count;
                var source = VolumeFile.ReadGeometry(cohort.PathOf(row.Image)).Size.Count;
                bytes += 2 * kept;
                peak = Math.Max(peak, PreprocessCase.BytesAVoxel * (source + kept));
                costs.Add((row, source + kept));
                if (config.HeartCrop && row.Heart is null) unseen++;
            }
            catch (CoraException)
            {
                unreadable++;          // it will be told case by case when the work is done
            }
        }

        var atOnce = MemoryRoom.ThreadsThatFit(threads, peak);
        var seconds = costs.Count == 0 ? 0 : SecondsAVoxel(work, costs.MinBy(c => c.Voxels)) * costs.Sum(c => c.Voxels) / atOnce;
        return string.Create(CultureInfo.InvariantCulture,
            $"{cohort.Cases.Count} cases, {unreadable} of them not usable; {bytes / 1e6:0.#} MB of images on the disk and a little for masks{(unseen > 0 ? $" ({unseen} cases whose heart is yet to be found counted whole)" : "")}; at most {peak * atOnce / 1e6:0.#} MB of memory and about {Duration(seconds)} with {atOnce} cases at once");
    }

    /// <summary>The pace of one case, measured: read, resampled, thrown away.</summary>
    private static double SecondsAVoxel(PreprocessCase work, (CaseRow Row, long Voxels) smallest)
    {
        var started = System.Diagnostics.Stopwatch.GetTimestamp();
        try
        {
            work.Rehearse(smallest.Row);
        }
        catch (CoraException)
        {
            return 0;          // told when the case is done
        }

        return System.Diagnostics.Stopwatch.GetElapsedTime(started).TotalSeconds / smallest.Voxels;
    }

    private static string Duration(double seconds) => seconds switch
    {
        < 90 => string.Create(CultureInfo.InvariantCulture, $"{Math.Max(1, seconds):0} s"),
        < 5400 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 60:0} min"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600:0} h"),
    };

    /// <summary>Does or goes on with a shard's share.</summary>
    /// <param name="cohort">The cases.</param>
    /// <param name="config">What is done to them.</param>
    /// <param name="folder">The new cohort; new, empty, or begun with the same settings and the same cohort.</param>
    /// <param name="shard">The share of the cases.</param>
    /// <param name="threads">Cases at once; 0 = as many as processors. Fewer when memory does not hold them.</param>
    /// <param name="overwrite">Throws away a store that lies there.</param>
    /// <param name="progress">Told after every case.</param>
    /// <param name="finder">Finds the hearts of cases without a mask; null refuses such cases where the heart is to be cropped.</param>
    /// <param name="stop">Stops after the cases at work; what is done stays.</param>
    /// <exception cref="CoraException">The folder holds something else, or cannot be written.</exception>
    public static PreprocessOutcome Run(
        Cohort cohort, PreprocessConfig config, string folder, Shard shard, int threads = 0, bool overwrite = false, IProgress<RunEvent>? progress = null, HeartFinder? finder = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(cohort);
        ArgumentNullException.ThrowIfNull(config);
        foreach (var warning in config.Warnings()) progress?.Report(new Note(warning, IsWarning: true));
        Prepare(cohort, config, folder, overwrite, finder);
        var mine = cohort.Cases.Index().Where(c => shard.Holds(c.Index)).Select(c => c.Item).ToArray();
        var work = new PreprocessCase(cohort, config, folder, finder);
        var peak = mine.Max(row => PeakOf(cohort, work, row));
        var done = 0;
        Parallel.ForEach(mine, new ParallelOptions { MaxDegreeOfParallelism = MemoryRoom.ThreadsThatFit(threads, peak), CancellationToken = stop }, row =>
        {
            if (ReceiptOf(folder, row)?.Row is null)
            {
                var receipt = Do(work, row);
                Write(folder, row, receipt);
                if (receipt.Warning is { } warning) progress?.Report(new Note($"Case {row.CaseId}: no heart found that can be relied on ({warning}); the whole scan is kept.", IsWarning: true));
            }

            progress?.Report(new Progressed("preprocess", Interlocked.Increment(ref done), mine.Length, "cases"));
        });

        var receipts = cohort.Cases.Select(row => ReceiptOf(folder, row)).ToArray();
        var outcome = new PreprocessOutcome(receipts.Count(r => r?.Row is not null), receipts.Count(r => r is { Row: null }), receipts.Count(r => r is null));
        if (outcome.Missing == 0) Assemble(cohort, config, folder, receipts!, finder);
        return outcome;
    }

    private static PreprocessReceipt Do(PreprocessCase work, CaseRow row)
    {
        try
        {
            return work.Write(row);
        }
        catch (CoraException problem) when (problem.Code == ExitCode.Input)
        {
            // A bad case does not stop the archive; a full disk does.
            return new(null, problem.Message, problem.Remedy);
        }
    }

    private static void Prepare(Cohort cohort, PreprocessConfig config, string folder, bool overwrite, HeartFinder? finder)
    {
        var plan = Path.Combine(folder, Receipts, "plan.json");
        var text = JsonSerializer.Serialize(new { Source = cohort.Description.ContentHash, Cases = cohort.Cases.Count, Settings = config, HeartFinder = finder?.Name }, CohortDescription.Json) + "\n";
        if (Path.GetFullPath(folder) == Path.GetFullPath(cohort.Folder))
            throw new CoraException($"{folder} is the cohort itself.", "Choose another --out folder.", ExitCode.Usage);
        if (File.Exists(plan) && overwrite)
        {
            foreach (var room in new[] { Receipts, "images", "arteries", "heart", "plaques", "stenoses", "reports" })
                if (Directory.Exists(Path.Combine(folder, room))) Directory.Delete(Path.Combine(folder, room), recursive: true);
            foreach (var table in (string[])[.. CohortFiles.OwnFiles, "failures.csv", "preprocess.csv"])
                File.Delete(Path.Combine(folder, table));
        }

        if (File.Exists(plan))
        {
            if (File.ReadAllText(plan) == text) return;
            throw new CoraException($"{folder} holds a store of another cohort or with other settings.", "Choose another --out folder, or --overwrite to begin anew.", ExitCode.Usage);
        }

        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any(e => Path.GetFileName(e) != Receipts))
            throw new CoraException($"{folder} holds other files and no store.", "Choose an empty or new --out folder.", ExitCode.Usage);
        Atomically.WriteText(plan, text);
    }

    private static void Assemble(Cohort cohort, PreprocessConfig config, string folder, PreprocessReceipt[] receipts, HeartFinder? finder)
    {
        var failures = cohort.Cases.Zip(receipts).Where(c => c.Second.Row is null).Select(c => new object?[] { c.First.CaseId, c.Second.Cause, c.Second.Remedy }).ToArray();
        var failuresPath = Path.Combine(folder, "failures.csv");
        if (failures.Length > 0) Table.Write(failuresPath, ["case", "cause", "remedy"], failures);
        else File.Delete(failuresPath);
        if (config.HeartCrop)
        {
            Table.Write(Path.Combine(folder, "preprocess.csv"), ["case_id", "box_x", "box_y", "box_z", "size_x", "size_y", "size_z", "heart", "warning"],
                receipts.Where(r => r.Row is not null).Select(r => r.Box!.Cast<object?>().Prepend(r.Row!.CaseId).Append(r.Heart).Append(r.Warning)));
        }

        var rows = receipts.Where(r => r.Row is not null).Select(r => r.Row!).ToArray();
        if (rows.Length == 0) throw new CoraException($"None of the {receipts.Length} cases could be used; {failuresPath} says why.", "Mend the cases and run the command again.");
        var shared = config.Spacing is { } s ? new[] { s.X, s.Y, s.Z } : cohort.Description.SpacingMm;
        var description = cohort.Description with
        {
            Name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))),
            MadeBy = "preprocess",
            SpacingMm = shared,
            Settings = JsonSerializer.SerializeToElement(config, CohortDescription.Json),
            HeartOrigin = OriginOf(cohort, receipts, finder),
        };
        CohortFiles.Write(folder, description, rows, [.. rows.Select(cohort.ClinicalOf).OfType<ClinicalRow>()], [.. rows.SelectMany(cohort.LesionsOf)]);
    }

    /// <summary>Where the heart masks come from: the cohort's own origin, the finder, or both.</summary>
    private static string? OriginOf(Cohort cohort, PreprocessReceipt[] receipts, HeartFinder? finder)
    {
        if (finder is null || receipts.All(r => r.Heart != "localiser")) return cohort.Description.HeartOrigin;
        var found = $"localiser:{finder.Name}";
        return receipts.Any(r => r.Heart == "mask") ? $"{cohort.Description.HeartOrigin ?? "masks"}, {found}" : found;
    }

    private static string ReceiptPath(string folder, CaseRow row) => Path.Combine(folder, Receipts, "cases", row.CaseId + ".json");

    private static PreprocessReceipt? ReceiptOf(string folder, CaseRow row)
    {
        var path = ReceiptPath(folder, row);
        return File.Exists(path) ? JsonSerializer.Deserialize<PreprocessReceipt>(File.ReadAllText(path), CohortDescription.Json) : null;
    }

    private static void Write(string folder, CaseRow row, PreprocessReceipt receipt) =>
        Atomically.WriteText(ReceiptPath(folder, row), JsonSerializer.Serialize(receipt, CohortDescription.Json) + "\n");

    private static long PeakOf(Cohort cohort, PreprocessCase work, CaseRow row)
    {
        try
        {
            return PreprocessCase.BytesAVoxel * (VolumeFile.ReadGeometry(cohort.PathOf(row.Image)).Size.Count + work.PlanOf(row).Kept.Size.Count);
        }
        catch (CoraException)
        {
            return 0;          // told when the case is done
        }
    }
}
