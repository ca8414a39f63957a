using System.Globalization;
using Cora.Imaging;

namespace Cora.Cohorts;

/// <summary>Something wrong with one file of a cohort.</summary>
/// <param name="CaseId">Pseudonym of the case.</param>
/// <param name="File">Path relative to the cohort.</param>
/// <param name="Problem">What is wrong, and what was expected.</param>
public sealed record CohortProblem(string CaseId, string File, string Problem);

/// <summary>How often a label is positive, negative or not known.</summary>
public sealed record LabelCount(int Positive, int Negative, int Unknown);

/// <summary>What a cohort holds, and what is wrong with its volumes; the tables are checked when it is loaded.</summary>
public sealed record CohortInspection
{
    /// <summary>Name of the cohort.</summary>
    public required string Name { get; init; }

    /// <summary>How it was made.</summary>
    public required string MadeBy { get; init; }

    /// <summary>Content hash that its maker wrote down.</summary>
    public string? ContentHash { get; init; }

    /// <summary>Number of cases.</summary>
    public required int Cases { get; init; }

    /// <summary>Number of patients.</summary>
    public required int Patients { get; init; }

    /// <summary>Cases of each split; <c>none</c> for those without.</summary>
    public required IReadOnlyDictionary<string, int> Splits { get; init; }

    /// <summary>Cases of each site.</summary>
    public required IReadOnlyDictionary<string, int> Sites { get; init; }

    /// <summary>Cases that have each kind of file.</summary>
    public required IReadOnlyDictionary<string, int> Files { get; init; }

    /// <summary>Counts of each label.</summary>
    public required IReadOnlyDictionary<string, LabelCount> Labels { get; init; }

    /// <summary>Rows of the clinical table.</summary>
    public required int ClinicalRows { get; init; }

    /// <summary>Lesions in lesions.csv.</summary>
    public required int Lesions { get; init; }

    /// <summary>Lowest and highest voxel spacing along x, y, z in millimetres, over all readable images; null when none is.</summary>
    public double[][]? SpacingMm { get; init; }

    /// <summary>Lowest and highest number of voxels along x, y, z, over all readable images; null when none is.</summary>
    public int[][]? Shape { get; init; }

    /// <summary>From what was found to what is studied; null where no command wrote it.</summary>
    public FlowChart? FlowChart { get; init; }

    /// <summary>Whether voxels were read, and not only headers.</summary>
    public required bool VoxelsRead { get; init; }

    /// <summary>Everything wrong, in table order.</summary>
    public required IReadOnlyList<CohortProblem> Problems { get; init; }

    /// <summary>Reads the header of every volume, and with <paramref name="readVoxels"/> the voxels too.</summary>
    public static CohortInspection Of(Cohort cohort, bool readVoxels, IProgress<RunEvent>? progress, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(cohort);
        var problems = new List<CohortProblem>[cohort.Cases.Count];
        var grids = new Geometry?[cohort.Cases.Count];
        var done = 0;
        Parallel.For(0, cohort.Cases.Count, new() { CancellationToken = stop, MaxDegreeOfParallelism = Environment.ProcessorCount }, i =>
        {
            problems[i] = [];
            grids[i] = Look(cohort, cohort.Cases[i], readVoxels, problems[i]);
            progress?.Report(new Progressed("inspect", Interlocked.Increment(ref done), cohort.Cases.Count, "cases"));
        });
        var known = grids.OfType<Geometry>().ToList();
        return new()
        {
            Name = cohort.Description.Name,
            MadeBy = cohort.Description.MadeBy,
            ContentHash = cohort.Description.ContentHash,
            Cases = cohort.Cases.Count,
            Patients = cohort.Cases.Select(c => c.PatientId).Distinct().Count(),
            Splits = Count(cohort.Cases.Select(c => c.Split == Split.None ? "none" : CohortFiles.WordOf(c.Split))),
            Sites = Count(cohort.Cases.Select(c => c.Site)),
            Files = Count(cohort.Cases.SelectMany(c => c.Files()).Select(f => f.Column)),
            Labels = new Dictionary<string, LabelCount>
            {
                ["calcified_plaque"] = LabelsOf(cohort, c => c.CalcifiedPlaque),
                ["non_calcified_plaque"] = LabelsOf(cohort, c => c.NonCalcifiedPlaque),
                ["mace_30d"] = LabelsOf(cohort, c => c.Mace30d),
            },
            ClinicalRows = cohort.Clinical.Count(),
            Lesions = cohort.Lesions.Count(),
            SpacingMm = known.Count == 0 ? null : [Ends(known, (g, axis) => g.Spacing[axis], Math.Min), Ends(known, (g, axis) => g.Spacing[axis], Math.Max)],
            Shape = known.Count == 0 ? null : [Ends(known, (g, axis) => g.Size[axis], Math.Min), Ends(known, (g, axis) => g.Size[axis], Math.Max)],
            FlowChart = Cohorts.FlowChart.Read(cohort.Folder),
            VoxelsRead = readVoxels,
            Problems = [.. problems.SelectMany(p => p)],
        };
    }

    private static Geometry? Look(Cohort cohort, CaseRow row, bool readVoxels, List<CohortProblem> problems)
    {
        Geometry? image = null;
        foreach (var (column, path) in row.Files().Where(f => f.Column != "report"))
        {
            try
            {
                var full = cohort.PathOf(path);
                var grid = VolumeFile.ReadGeometry(full);
                if (column == "image") image = grid;
                else if (image is not null && !grid.Matches(image)) Add($"it lies on another grid ({grid}) than the image {row.Image} ({image})");
                if (!readVoxels) continue;
                var facts = VolumeFile.Facts(full);
                if (facts.Maximum is null) Add(facts.Reason ?? "it holds no finite voxel");
                else if (facts.NanCount > 0) Add(string.Create(CultureInfo.InvariantCulture, $"{facts.NanCount} voxels are NaN"));
                else if (column == "image" && facts.Maximum <= 0) Add(string.Create(CultureInfo.InvariantCulture, $"its brightest voxel has {facts.Maximum} HU, expected contrast above 0"));
                else if (column is "arteries" or "heart" && facts.Maximum == 0) Add("the mask is empty");
            }
            catch (CoraException problem)
            {
                problems.Add(new(row.CaseId, path, problem.Message));
            }

            void Add(string problem) => problems.Add(new(row.CaseId, path, problem));
        }

        return image;
    }

    private static SortedDictionary<string, int> Count(IEnumerable<string> words) =>
        new(words.GroupBy(w => w).ToDictionary(g => g.Key, g => g.Count()), StringComparer.Ordinal);

    private static LabelCount LabelsOf(Cohort cohort, Func<CaseRow, bool?> label) =>
        new(cohort.Cases.Count(c => label(c) == true), cohort.Cases.Count(c => label(c) == false), cohort.Cases.Count(c => label(c) is null));

    private static T[] Ends<T>(List<Geometry> grids, Func<Geometry, int, T> of, Func<T, T, T> pick) =>
        [.. Enumerable.Range(0, 3).Select(axis => grids.Select(g => of(g, axis)).Aggregate(pick))];
}
