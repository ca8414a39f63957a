namespace Cora.Cohorts;

/// <summary>A cohort on disk: cases, clinical table, lesions and what cohort.json says. Images are read by those who need them.</summary>
public sealed class Cohort
{
    private readonly Dictionary<string, ClinicalRow> clinical;
    private readonly ILookup<string, LesionRow> lesions;

    internal Cohort(
        string folder, CohortDescription description, IReadOnlyList<CaseRow> cases, IEnumerable<ClinicalRow> clinical, IEnumerable<LesionRow> lesions)
    {
        Folder = folder;
        Description = description;
        Cases = cases;
        this.clinical = clinical.ToDictionary(r => r.CaseId);
        this.lesions = lesions.ToLookup(l => l.CaseId);
    }

    /// <summary>The cohort's folder.</summary>
    public string Folder { get; }

    /// <summary>What cohort.json says.</summary>
    public CohortDescription Description { get; }

    /// <summary>All cases in table order.</summary>
    public IReadOnlyList<CaseRow> Cases { get; }

    /// <summary>All clinical rows in the order of the cases.</summary>
    public IEnumerable<ClinicalRow> Clinical => Cases.Select(ClinicalOf).OfType<ClinicalRow>();

    /// <summary>All lesions in the order of the cases.</summary>
    public IEnumerable<LesionRow> Lesions => Cases.SelectMany(LesionsOf);

    /// <summary>Loads the tables of a cohort and checks them.</summary>
    /// <exception cref="CoraException">A table is missing or wrong; the message lists every problem.</exception>
    public static Cohort Load(string folder) => CohortFiles.Load(folder);

    /// <summary>The cases of some splits, in table order.</summary>
    public IReadOnlyList<CaseRow> Of(params Split[] splits) => [.. Cases.Where(c => splits.Contains(c.Split))];

    /// <summary>Full path of a file of the cohort.</summary>
    public string PathOf(string relative) => Path.Combine(Folder, relative);

    /// <summary>The clinical row of a case; null when there is none.</summary>
    public ClinicalRow? ClinicalOf(CaseRow row)
    {
        ArgumentNullException.ThrowIfNull(row);
        return clinical.GetValueOrDefault(row.CaseId);
    }

    /// <summary>The lesions of a case.</summary>
    public IEnumerable<LesionRow> LesionsOf(CaseRow row)
    {
        ArgumentNullException.ThrowIfNull(row);
        return lesions[row.CaseId];
    }
}
