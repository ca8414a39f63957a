using System.Globalization;
using Cora.Cohorts;

namespace Cora.Ingest;

/// <summary>
/// The ASOCA challenge's layout: Normal and Diseased with CTCA/NAME.nrrd and Annotations/NAME.nrrd, and test folders of scans alone. Case numbers repeat
/// between the folders, so the folder's word is part of the name.
/// </summary>
public static class AsocaArchive
{
    /// <summary>Looks through names. Annotated scans have split external_test, since this collection is the usual outside check; scans without annotation have none.</summary>
    /// <exception cref="CoraException">There is no such folder, or no ASOCA in it.</exception>
    public static Archive Find(string folder)
    {
        var cases = new List<FoundCase>();
        foreach (var path in VolumeNames.Under(folder).Where(p => p.EndsWith(".nrrd", StringComparison.OrdinalIgnoreCase)))
        {
            var (stem, room) = (VolumeNames.StemOf(path)!, Path.GetFileName(Path.GetDirectoryName(path))!);
            var above = Path.GetFileName(Path.GetDirectoryName(Path.GetDirectoryName(path))) ?? "";
            if (room.StartsWith("Testset", StringComparison.OrdinalIgnoreCase)) cases.Add(new() { CaseId = Id("test" + Word(room["Testset".Length..]), stem), PatientId = "", Image = path });
            else if (room.Equals("CTCA", StringComparison.OrdinalIgnoreCase) && Word(above).Length > 0)
            {
                var mask = Path.Combine(Path.GetDirectoryName(Path.GetDirectoryName(path))!, "Annotations", Path.GetFileName(path));
                cases.Add(new()
                {
                    CaseId = Id(Word(above)[1..], stem), PatientId = "", Split = Split.ExternalTest, Image = path, Arteries = mask,
                    Refused = File.Exists(mask) ? null : new("no mask", $"{path} has no annotation {mask}.", "Unpack the archive again; every scan of this folder has one."),
                });
            }
        }

        if (cases.Count == 0) throw new CoraException($"{folder} holds no ASOCA scans.", "Expected Normal/CTCA/*.nrrd, Normal/Annotations/*.nrrd, and the same under Diseased.");
        return new("asoca", [.. cases.Select(c => c with { PatientId = c.CaseId, Site = "asoca" }).OrderBy(c => c.CaseId, StringComparer.Ordinal)], []);
    }

    private static string Word(string folder) =>
        folder.Contains("normal", StringComparison.OrdinalIgnoreCase) ? "_normal" : folder.Contains("diseased", StringComparison.OrdinalIgnoreCase) ? "_diseased" : "";

    private static string Id(string part, string stem)
    {
        var digits = string.Concat(stem.Reverse().TakeWhile(char.IsAsciiDigit).Reverse());
        return digits.Length > 0 && long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var n)
            ? string.Create(CultureInfo.InvariantCulture, $"asoca_{part}_{n:00}")
            : $"asoca_{part}_{VolumeNames.CaseIdOf(stem)}";
    }
}
