using System.Text.Json;
using Cora.Cohorts;
using Cora.Dicom;
using Cora.Imaging;

namespace Cora.Ingest;

/// <summary>What a walk over an archive counted.</summary>
/// <param name="Files">Files and archive entries that were looked at.</param>
/// <param name="Others">Those that are not DICOM.</param>
/// <param name="Broken">Those that are DICOM and cannot be read.</param>
/// <param name="Studies">Studies of this shard.</param>
public sealed record DicomIndexCounts(long Files, long Others, long Broken, int Studies);

/// <summary>
/// Which files make which study, on the disk: 256 lists by the first letters of the case's pseudonym, so that an archive of any size is worked on with the
/// memory of one list. The lists name source paths, which may name patients: they lie in a folder of their own, which is removed when the shard is done.
/// </summary>
internal sealed class DicomIndex(string folder)
{
    /// <summary>One file: its case, where it lies, and why it is no slice (null when it is one).</summary>
    internal sealed record Line(string Case, string Path, string? Entry, string? Refusal, string? Remedy);

    private const string CountsFile = "counts.json";

    /// <summary>Walks the archive and writes the lists, whole or not at all.</summary>
    public DicomIndexCounts Make(string source, DicomPseudonyms names, Shard shard, IProgress<RunEvent>? progress, CancellationToken stop)
    {
        var counts = new DicomIndexCounts(0, 0, 0, 0);
        Atomically.WriteFolder(folder, aside =>
        {
            var studies = new HashSet<string>();
            var lists = new Dictionary<string, StreamWriter>();
            using var files = new DicomFiles();
            try
            {
                foreach (var place in files.Below(source))
                {
                    stop.ThrowIfCancellationRequested();
                    counts = counts with { Files = counts.Files + 1 };
                    const int tellEvery = 500;
                    if (counts.Files % tellEvery == 0) progress?.Report(new Progressed("headers", counts.Files, counts.Files, "files"));
                    var line = LineOf(files, place, source, names);
                    if (line is null) counts = counts with { Others = counts.Others + 1 };
                    if (line is null || !shard.Holds(PlaceOf(line.Case))) continue;
                    if (line.Case[0] == 'f') counts = counts with { Broken = counts.Broken + 1 };
                    else studies.Add(line.Case);
                    var name = line.Case[1..3];
                    if (!lists.TryGetValue(name, out var list)) lists[name] = list = new(Path.Combine(aside, name + ".jsonl"));
                    list.WriteLine(JsonSerializer.Serialize(line));
                }
            }
            finally
            {
                foreach (var list in lists.Values) list.Dispose();
            }

            counts = counts with { Studies = studies.Count };
            File.WriteAllText(Path.Combine(aside, CountsFile), JsonSerializer.Serialize(counts));
        });
        return counts;
    }

    /// <summary>The studies, a list at a time, each with its files.</summary>
    public IEnumerable<IReadOnlyList<IGrouping<string, Line>>> Lists()
    {
        foreach (var list in Directory.EnumerateFiles(folder, "*.jsonl").Order(StringComparer.Ordinal))
            yield return [.. File.ReadLines(list).Select(l => JsonSerializer.Deserialize<Line>(l)!).GroupBy(l => l.Case).OrderBy(g => g.Key, StringComparer.Ordinal)];
    }

    /// <summary>Takes the lists away.</summary>
    public void Remove()
    {
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
    }

    private static int PlaceOf(string name) => int.Parse(name.AsSpan(1, 7), System.Globalization.NumberStyles.HexNumber, System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The line of a file; null when it is not DICOM.</summary>
    private static Line? LineOf(DicomFiles files, DicomPlace place, string source, DicomPseudonyms names)
    {
        var relative = Directory.Exists(source) ? Path.GetRelativePath(source, place.Path) : "";
        try
        {
            if (files.Read(place) is not { } file) return null;
            // Some programs that anonymise take the study's identifier away and leave the series'.
            if ((file.Dataset.Text(Tags.StudyInstanceUid) ?? file.Dataset.Text(Tags.SeriesInstanceUid)) is not { } study)
                return IsDirectory(file) ? null : new(names.BrokenFile(relative + "|" + place.Entry), relative, place.Entry, "The file does not say which study it belongs to (0020,000D).", "Export it again.");
            var name = names.Case(study);
            try
            {
                DicomSlices.Of(file, place);
                return new(name, relative, place.Entry, null, null);
            }
            catch (DicomException problem)
            {
                return new(name, relative, place.Entry, problem.Message, problem.Remedy);
            }
        }
        catch (DicomException problem)
        {
            return new(names.BrokenFile(relative + "|" + place.Entry), relative, place.Entry, problem.Message, problem.Remedy);
        }
        catch (Exception problem) when (problem is not (OperationCanceledException or OutOfMemoryException))
        {
            // A defect of ours in one file must not cost the archive. Its text may hold a path, so only its kind is told.
            return new(names.BrokenFile(relative + "|" + place.Entry), relative, place.Entry, $"The program failed with a {problem.GetType().Name}.", "Please report it; the file was left out.");
        }
    }

    /// <summary>DICOMDIR: the table of contents of a disc.</summary>
    private static bool IsDirectory(DicomFile file) => file.Meta.Text(Tags.MediaStorageSopClassUid) == "1.2.840.10008.1.3.10";
}
