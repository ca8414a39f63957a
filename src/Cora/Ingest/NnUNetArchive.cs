using Cora.Cohorts;

namespace Cora.Ingest;

/// <summary>A dataset of nnU-Net's raw layout.</summary>
public static class NnUNetArchive
{
    /// <summary>Reads dataset.json and the names; volumes are opened case by case when they are imported.</summary>
    /// <param name="folder">nnUNet_raw/Dataset###_Name.</param>
    /// <param name="site">Site of all cases.</param>
    /// <exception cref="CoraException">dataset.json is missing or says something that cannot be kept to.</exception>
    public static Archive Find(string folder, string site = "")
    {
        var (dataset, problems) = NnUNetDataset.Look(folder);
        var refused = problems.GroupBy(p => p.CaseId).ToDictionary(g => g.Key, g => string.Join("; ", g.Select(p => p.Problem)));
        var cases = dataset.Cases.Select(row => new FoundCase
        {
            CaseId = VolumeNames.CaseIdOf(row.CaseId), PatientId = VolumeNames.CaseIdOf(row.CaseId), Site = site, Split = row.Split,
            Image = Path.Combine(dataset.Folder, row.Image), Arteries = row.Arteries is null ? null : Path.Combine(dataset.Folder, row.Arteries),
        }).Concat(refused.Select(r => new FoundCase
        {
            CaseId = VolumeNames.CaseIdOf(r.Key), PatientId = VolumeNames.CaseIdOf(r.Key), Image = "",
            Refused = new("files do not match", r.Value, "Add what is missing, or take the case away; see documentation/dataset_format.md of nnU-Net."),
        }));
        return new("nnunet", [.. cases.OrderBy(c => c.CaseId, StringComparer.Ordinal)], dataset.Warnings);
    }
}
