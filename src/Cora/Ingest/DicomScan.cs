using Cora.Imaging;

namespace Cora.Ingest;

/// <summary>One scan out of a DICOM folder, file or zip archive: the series that the choice takes, and how the others fared.</summary>
/// <param name="Stack">The slices of the scan; <see cref="DicomSeries.Read"/> makes a volume of them.</param>
/// <param name="Candidates">Every series, the taken one among them.</param>
/// <param name="Found">Everything that lay there.</param>
public sealed record DicomScan(DicomStack Stack, IReadOnlyList<DicomCandidate> Candidates, DicomFound Found)
{
    /// <summary>Finds the scan.</summary>
    /// <param name="path">A folder, a file or a zip archive.</param>
    /// <param name="config">Limits of the choice.</param>
    /// <param name="stop">Ends the reading between two files.</param>
    /// <exception cref="CoraException">There is no DICOM series, or none that fits; the message says why each was left.</exception>
    public static DicomScan Of(string path, DicomImportConfig config, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(config);
        var found = DicomSeries.Find(path, stop);
        var candidates = DicomChoice.Among(found.Stacks, config);
        if (candidates.FirstOrDefault(c => c.IsChosen)?.Stack is { } stack) return new(stack, candidates, found);
        if (candidates.Count > 0)
        {
            throw new CoraException(
                $"{path}: none of {candidates.Count} series fits. {string.Join("; ", candidates.Select(c => $"series {c.Number} ({c.Slices} slices): {c.Excluded}"))}",
                candidates.First(c => c.Remedy.Length > 0).Remedy);
        }

        if (found.Refusals.Count > 0)
        {
            throw new CoraException(
                $"{path}: no CT slice that can be read. {string.Join("; ", found.Refusals.Select(r => $"{r.Files} files: {r.Cause}"))}", found.Refusals[0].Remedy);
        }

        throw new CoraException($"{path}: no DICOM file is there.", "Give the folder or zip archive of one study.");
    }
}
