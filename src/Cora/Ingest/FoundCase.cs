using Cora.Cohorts;

namespace Cora.Ingest;

/// <summary>A scan that was found in an archive by its name, and what belongs to it. Paths are full; nothing has been opened.</summary>
public sealed record FoundCase
{
    /// <summary>Pseudonym of the case in the new cohort; safe as a file name.</summary>
    public required string CaseId { get; init; }

    /// <summary>Pseudonym of the patient; the case's own where the archive knows none.</summary>
    public required string PatientId { get; init; }

    /// <summary>Pseudonym of the hospital.</summary>
    public string Site { get; init; } = "";

    /// <summary>What the case may be used for.</summary>
    public Split Split { get; init; }

    /// <summary>The scan.</summary>
    public required string Image { get; init; }

    /// <summary>Coronary artery mask: a file or a segmenter's folder.</summary>
    public string? Arteries { get; init; }

    /// <summary>Heart mask: a file or a segmenter's folder.</summary>
    public string? Heart { get; init; }

    /// <summary>Plaque labels, 1 = calcified, 2 = non-calcified.</summary>
    public string? Plaques { get; init; }

    /// <summary>Stenosis labels, one number a lesion.</summary>
    public string? Stenoses { get; init; }

    /// <summary>Radiology report, de-identified already.</summary>
    public string? Report { get; init; }

    /// <summary>Further files that claim to be this very scan; they must hold the same voxels.</summary>
    public IReadOnlyList<string> Copies { get; init; } = [];

    /// <summary>What is wrong with the case by its names alone; such a case is listed and not read.</summary>
    public Refused? Refused { get; init; }

    /// <summary>Every path of the case that is there to be read, image first.</summary>
    public IEnumerable<(string What, string Path)> Sources() =>
        new (string What, string? Path)[] { ("image", Image), ("arteries", Arteries), ("heart", Heart), ("plaques", Plaques), ("stenoses", Stenoses), ("report", Report) }
            .Where(s => !string.IsNullOrEmpty(s.Path)).Select(s => (s.What, s.Path!)).Concat(Copies.Select(c => ("copy", c)));
}

/// <summary>Why a case does not enter the cohort.</summary>
/// <param name="Reason">A few words that many cases share: a line of the flow chart.</param>
/// <param name="Cause">What is wrong with this one.</param>
/// <param name="Remedy">What to do about it.</param>
public sealed record Refused(string Reason, string Cause, string Remedy);

/// <summary>An archive that was looked through.</summary>
/// <param name="Kind">Its layout: <c>nifti</c>, <c>imagecas</c>, <c>asoca</c> or <c>nnunet</c>.</param>
/// <param name="Cases">Every case, in the order of the new table.</param>
/// <param name="Warnings">What is allowed but probably not meant.</param>
public sealed record Archive(string Kind, IReadOnlyList<FoundCase> Cases, IReadOnlyList<string> Warnings)
{
    /// <summary>Text files that go into the cohort's folder, by relative name: the lists of a split.</summary>
    public IReadOnlyDictionary<string, string> Lists { get; init; } = new Dictionary<string, string>();

    /// <summary>Whether file names may hold identifiers, so that messages must not repeat them.</summary>
    public bool AreNamesSecret { get; init; }
}
