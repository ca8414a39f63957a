using CsCheck;
using Cora.Cohorts;
using Cora.Phantom;

namespace Cora.Tests.Phantom;

public sealed class SplitSharesTests
{
    [Fact]
    public void Seven_hundred_cases_are_shared_out_as_documented()
    {
        var seats = new SplitShares().Assign(700, 6).ToArray();

        Assert.Equal(175, seats.Count(s => s.Split == Split.Pretrain));
        Assert.Equal(210, seats.Count(s => s.Split == Split.Train));
        Assert.Equal(35, seats.Count(s => s.Split == Split.Validation));
        Assert.Equal(140, seats.Count(s => s.Split == Split.InternalTest));
        Assert.Equal(140, seats.Count(s => s.Split == Split.ExternalTest));
    }

    [Fact]
    public void The_pretraining_pool_takes_four_sevenths_at_home_and_a_seventh_from_each_of_three_sites()
    {
        var pool = new SplitShares().Assign(700, 6).Where(s => s.Split == Split.Pretrain).CountBy(s => s.Site).ToDictionary();

        Assert.Equal(new Dictionary<int, int> { [0] = 100, [1] = 25, [2] = 25, [3] = 25 }, pool);
    }

    [Fact]
    public void Labelled_cases_come_from_home_and_external_test_never_does() =>
        Assert.All(new SplitShares().Assign(300, 6), s =>
            Assert.True(s.Split switch { Split.Pretrain => s.Site <= 3, Split.ExternalTest => s.Site >= 1, _ => s.Site == 0 }));

    [Fact]
    public void Every_case_is_seated_once_whatever_the_weights() =>
        Gen.Select(Gen.Int[1, 200], Gen.Int[1, 6], Gen.Double[0.01, 3].Array[5]).Sample((cases, sites, w) =>
        {
            var shares = new SplitShares { Pretrain = w[0], Train = w[1], Validation = w[2], InternalTest = w[3], ExternalTest = w[4] };
            var seats = shares.Assign(cases, sites).ToArray();

            return seats.Length == cases && seats.Select(s => (s.Split, s.Number)).Distinct().Count() == cases && seats.All(s => s.Site < sites)
                && (sites > 1 || seats.All(s => s.Split != Split.ExternalTest));
        });

    [Fact]
    public void Patients_never_cross_splits()
    {
        var patients = PhantomPatient.DrawAll(new() { Cases = 100 }).ToArray();

        Assert.Equal(100, patients.Select(p => p.PatientId).Distinct().Count());
        Assert.All(patients.GroupBy(p => p.PatientId), g => Assert.Single(g.Select(p => p.Split).Distinct()));

        // No two are the same person under two names.
        Assert.Equal(100, patients.Select(p => (p.ContrastHu, p.VesselFactor)).Distinct().Count());
    }
}
