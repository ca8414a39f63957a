using Cora.Cohorts;
using Cora.Phantom;
using Cora.Tests.Cli;

namespace Cora.Tests.Cohorts;

public sealed class SplitPlanTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Patients_stay_together_sites_stay_apart_and_shares_are_kept()
    {
        var cohort = CohortOf(200);

        var cases = SplitPlan.Of(cohort, new() { InternalSites = ["a"], Test = 0.2, Validation = 0.1 });

        var patients = cases.Where(c => c.Split != Split.None).GroupBy(c => c.PatientId).ToArray();
        Assert.All(patients, p => Assert.Single(p.Select(c => c.Split).Distinct()));
        Assert.All(cases.Where(c => c.Split is Split.Train or Split.Validation or Split.InternalTest), c => Assert.Equal("a", c.Site));
        Assert.All(cases.Where(c => c.Split == Split.ExternalTest), c => Assert.NotEqual("a", c.Site));
        Assert.All(cases.Where(c => c.Split == Split.Pretrain), c => Assert.Null(c.CalcifiedPlaque));
        int Patients(Split split) => patients.Count(p => p.First().Split == split);
        var learning = Patients(Split.Train) + Patients(Split.Validation) + Patients(Split.InternalTest);
        Assert.Equal((int)Math.Round(0.2 * learning), Patients(Split.InternalTest));
        Assert.Equal((int)Math.Round(0.1 * learning), Patients(Split.Validation));
        Assert.True(Patients(Split.ExternalTest) > 10 && Patients(Split.Pretrain) > 10);
    }

    [Fact]
    public void The_order_of_the_table_decides_nothing_and_new_patients_move_few()
    {
        var cohort = CohortOf(200);
        var plan = new SplitPlanConfig { InternalSites = ["a"], Seed = 3 };

        var first = SplitPlan.Of(cohort, plan).ToDictionary(c => c.CaseId, c => c.Split);
        var turned = SplitPlan.Of(Rewritten(cohort, [.. cohort.Cases.Reverse()]), plan).ToDictionary(c => c.CaseId, c => c.Split);
        var fewer = SplitPlan.Of(Rewritten(cohort, [.. cohort.Cases.Where(c => c.PatientId != "p1")]), plan);
        var other = SplitPlan.Of(cohort, plan with { Seed = 4 }).ToDictionary(c => c.CaseId, c => c.Split);

        Assert.All(first, c => Assert.Equal(c.Value, turned[c.Key]));
        Assert.InRange(fewer.Count(c => c.Split != first[c.CaseId]), 0, 6);
        Assert.InRange(other.Count(c => c.Value != first[c.Key]), 10, 200);
    }

    [Fact]
    public void What_criteria_excluded_stays_out()
    {
        var cohort = CohortOf(40);
        ExcludedCase.Write(cohort.Folder, [new("c5", cohort.Cases.Single(c => c.CaseId == "c5").PatientId, Split.None, "adults", "too young")]);

        Assert.Equal(Split.None, SplitPlan.Of(cohort, new()).Single(c => c.CaseId == "c5").Split);
    }

    [Fact]
    public void The_command_refuses_to_move_patients_unasked_and_names_unknown_sites()
    {
        var cohort = CohortOf(60);

        var unknown = InProcess.Run("split", cohort.Folder, "--internal", "nowhere");
        var first = InProcess.Run("split", cohort.Folder, "--internal", "a");
        var again = InProcess.Run("split", cohort.Folder, "--internal", "a", "--seed", "2");
        var meant = InProcess.Run("split", cohort.Folder, "--internal", "a", "--seed", "2", "--overwrite", "--json");

        Assert.Equal((ExitCode.Usage, ExitCode.Done, ExitCode.Usage, ExitCode.Done), (unknown.Code, first.Code, again.Code, meant.Code));
        Assert.Contains("its sites are a, b, c", unknown.Error);
        Assert.Contains("--overwrite", again.Error);
        Assert.Contains("internal_test", first.Output);
        Assert.All(Cohort.Load(cohort.Folder).Cases.Where(c => c.Split == Split.Train), c => Assert.Equal("a", c.Site));
    }

    /// <summary>Cases at three sites, some of them a patient's second scan, a quarter without labels. The files are one phantom's, linked by name.</summary>
    private Cohort CohortOf(int cases)
    {
        var made = PhantomCohort.Write(new() { Cases = 1, Sites = 1, Size = 32, Seed = 5 }, folder["one"], null, 1, false, TestContext.Current.CancellationToken);
        var only = made.Cases[0];
        return Rewritten(made, [.. Enumerable.Range(0, cases).Select(i => only with
        {
            CaseId = $"c{i}", PatientId = $"p{i - (i % 7 == 6 ? 1 : 0)}", Site = i % 7 == 6 ? Site(i - 1) : Site(i), Split = Split.None,
            CalcifiedPlaque = i % 4 == 3 ? null : i % 2 == 0, NonCalcifiedPlaque = null, Mace30d = null, Plaques = null, Stenoses = null, Report = null,
        })]);
        static string Site(int i) => i % 5 < 3 ? "a" : i % 5 == 3 ? "b" : "c";
    }

    private static Cohort Rewritten(Cohort cohort, IReadOnlyList<CaseRow> cases) => CohortFiles.Write(cohort.Folder, cohort.Description, cases, [], []);
}
