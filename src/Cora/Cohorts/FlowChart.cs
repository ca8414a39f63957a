using System.Text.Json;

namespace Cora.Cohorts;

/// <summary>Cases that left a study at one step, for one reason.</summary>
public sealed record FlowExclusion(string Reason, int Cases, int Patients);

/// <summary>One box of the flow chart.</summary>
/// <param name="Name">What the cases of this box are.</param>
/// <param name="Cases">Cases that reach it.</param>
/// <param name="Patients">Their patients.</param>
/// <param name="Excluded">Those that leave after it, before the next box; a patient who keeps another case is no patient lost, so patients need not add up.</param>
/// <param name="MadeBy">The command that made the step: <c>import</c> or <c>select</c>.</param>
public sealed record FlowStep(string Name, int Cases, int Patients, IReadOnlyList<FlowExclusion> Excluded, string MadeBy = "import");

/// <summary>What remains, by split: the lowest row of the flow chart.</summary>
public sealed record FlowGroup(string Name, int Cases, int Patients, int Sites);

/// <summary>flowchart.json, the record behind Fig. S1: from what was found to what is studied, with every loss and its reason.</summary>
public sealed record FlowChart(IReadOnlyList<FlowStep> Steps, IReadOnlyList<FlowGroup> Groups)
{
    /// <summary>Name of the file in a cohort's folder.</summary>
    public const string FileName = "flowchart.json";

    /// <summary>The chart of a cohort's folder; null where there is none.</summary>
    /// <exception cref="CoraException">The file is there and no flow chart.</exception>
    public static FlowChart? Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) return null;
        try
        {
            if (JsonSerializer.Deserialize<FlowChart>(File.ReadAllText(path), CohortDescription.Json) is { Steps: not null, Groups: not null } chart) return chart;
            throw new JsonException("steps or groups are missing.");
        }
        catch (JsonException problem)
        {
            throw new CoraException($"{path} is no flow chart: {problem.Message}", "Run `cora import` or `cora select` again, or remove the file.", inner: problem);
        }
    }

    /// <summary>Writes the chart into a cohort's folder.</summary>
    public void Write(string folder) => Atomically.WriteText(Path.Combine(folder, FileName), JsonSerializer.Serialize(this, CohortDescription.Json) + "\n");

    /// <summary>The groups of some cases: one a split that has cases, in the order of the splits.</summary>
    public static IReadOnlyList<FlowGroup> GroupsOf(IEnumerable<CaseRow> cases) =>
        [.. cases.GroupBy(c => c.Split).OrderBy(g => g.Key).Select(g => new FlowGroup(
            g.Key == Split.None ? "none" : CohortFiles.WordOf(g.Key), g.Count(), Patients(g), g.Select(c => c.Site).Where(s => s.Length > 0).Distinct().Count()))];

    /// <summary>The exclusions of cases that are named with their reasons, in order of first mention.</summary>
    public static IReadOnlyList<FlowExclusion> ExclusionsOf(IEnumerable<(string Reason, string Patient)> left) =>
        [.. left.GroupBy(l => l.Reason).Select(g => new FlowExclusion(g.Key, g.Count(), g.Select(l => l.Patient).Distinct().Count()))];

    private static int Patients(IEnumerable<CaseRow> cases) => cases.Select(c => c.PatientId).Distinct().Count();
}
