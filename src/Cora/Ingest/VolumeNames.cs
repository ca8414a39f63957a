namespace Cora.Ingest;

/// <summary>File names of volumes.</summary>
internal static class VolumeNames
{
    // Longest first: .nii.gz ends with .gz too.
    private static readonly string[] Endings = [".nii.gz", ".nii", ".nrrd", ".nhdr", ".mha", ".mhd"];

    private static readonly EnumerationOptions Everywhere = new() { RecurseSubdirectories = true, IgnoreInaccessible = true };

    /// <summary>The files of a folder that are the volume of a name.</summary>
    public static IEnumerable<string> Of(string folder, string stem) => Endings.Select(e => Path.Combine(folder, stem + e)).Where(File.Exists);

    /// <summary>The name without the ending of a volume file; null where it has none, or is hidden.</summary>
    public static string? StemOf(string path)
    {
        var name = Path.GetFileName(path);
        if (name.StartsWith('.')) return null;
        return Endings.FirstOrDefault(e => name.EndsWith(e, StringComparison.OrdinalIgnoreCase)) is { } ending && name.Length > ending.Length ? name[..^ending.Length] : null;
    }

    /// <summary>Volume files of a folder and below, in order of their paths.</summary>
    /// <exception cref="CoraException">There is no such folder.</exception>
    public static IReadOnlyList<string> Under(string folder)
    {
        if (!Directory.Exists(folder)) throw new CoraException($"There is no folder {folder}.", "Check the path.");
        return [.. Directory.EnumerateFiles(folder, "*", Everywhere).Where(f => StemOf(f) is not null).Order(StringComparer.Ordinal)];
    }

    /// <summary>A stem as the name of a case: what may not stand in a file name becomes _.</summary>
    public static string CaseIdOf(string stem) => string.Concat(stem.Select(c => char.IsControl(c) || c is '/' or '\\' or ':' or ' ' or ',' or '"' ? '_' : c));
}
