using System.Globalization;
using Cora.Dicom;
using Cora.Imaging;
using Cora.Ingest;

namespace Cora.Cli;

/// <summary>What <c>cora inspect</c> says of DICOM: the facts of the series that would be taken, and the others with their reasons.</summary>
internal static class InspectDicom
{
    /// <summary>Whether a place is to be read as DICOM: a folder that is no cohort, a zip archive, or a file that begins like one.</summary>
    public static bool IsOne(string path)
    {
        if (Directory.Exists(path)) return !File.Exists(Path.Combine(path, "cohort.json")) && !File.Exists(Path.Combine(path, "cases.csv"));
        if (!File.Exists(path)) return false;
        Span<byte> start = stackalloc byte[144];
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        if (!stream.CanSeek) return false;
        start = start[..stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        return start.StartsWith("PK\x03\x04"u8) ? DicomPlace.IsArchive(path) : DicomFile.LooksLikeOne(start);
    }

    /// <summary>Facts of the series; of a single series also where it would not do as a CCTA.</summary>
    public static VolumeFacts Facts(Call call, string path)
    {
        var found = DicomSeries.Find(path, call.Terminal.Stop);
        var candidates = DicomChoice.Among(found.Stacks, new());
        foreach (var candidate in candidates)
        {
            var why = candidate.Excluded ?? string.Join(", ", candidate.Points);
            call.Say(string.Create(CultureInfo.InvariantCulture, $"series {candidate.Number}: {candidate.Slices} slices; {(candidate.Excluded is null ? $"{candidate.Score:0.#} points: " : "not fit for CCTA: ")}{why}"));
        }

        foreach (var (cause, _, files) in found.Refusals) call.Say(string.Create(CultureInfo.InvariantCulture, $"{files} files left: {cause}"));
        var readable = candidates.Where(c => c.Stack is not null).ToArray();
        if ((readable.FirstOrDefault(c => c.IsChosen) ?? readable.FirstOrDefault())?.Stack is { } stack) return DicomFacts.Of(stack);
        if (candidates.Count > 0) throw new CoraException($"{path}: {candidates[0].Excluded}", candidates[0].Remedy);
        throw found.Refusals.Count > 0
            ? new CoraException($"{path}: {found.Refusals[0].Cause}", found.Refusals[0].Remedy)
            : new CoraException($"{path}: no cohort and no DICOM file is there.", "Give a cohort's folder (with cohort.json), a volume file, or the folder of a DICOM study.");
    }
}
