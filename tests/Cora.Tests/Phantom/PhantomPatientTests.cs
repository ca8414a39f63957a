using Cora.Cohorts;
using Cora.Evaluation;
using Cora.Phantom;

namespace Cora.Tests.Phantom;

/// <summary>Two and a half thousand patients of each population, drawn without images.</summary>
public sealed class DrawnPatients
{
    public const int Count = 2500;

    public DrawnPatients()
    {
        Internal = Draw(PhantomTier.Subtle, _ => 0);
        External = Draw(PhantomTier.Prominent, i => 1 + i % 5);
    }

    public PhantomPatient[] Internal { get; }

    public PhantomPatient[] External { get; }

    private static PhantomPatient[] Draw(PhantomTier tier, Func<int, int> site)
    {
        var config = new PhantomConfig { Tier = tier, Seed = 7 };
        var patients = new PhantomPatient[Count];
        Parallel.For(0, Count, i => patients[i] = PhantomPatient.Draw(config, Split.Train, site(i), i));
        return patients;
    }
}

public sealed class PhantomPatientTests(DrawnPatients drawn) : IClassFixture<DrawnPatients>
{
    [Fact]
    public void Plaque_is_as_frequent_as_in_Table_1()
    {
        AssertShare(0.586, drawn.Internal, p => p.HasCalcifiedPlaque);
        AssertShare(0.434, drawn.Internal, p => p.HasNonCalcifiedPlaque);
        AssertShare(0.659, drawn.External, p => p.HasCalcifiedPlaque);
        AssertShare(0.444, drawn.External, p => p.HasNonCalcifiedPlaque);
    }

    [Fact]
    public void Measurements_are_distributed_as_in_Table_1()
    {
        // Means within three standard errors of 2,500 patients, plus what the recipe is known to shift (cutting at plausible values, rounding).
        AssertMean(63.1, 13.8, 0.9, drawn.Internal, r => r.Age);
        AssertMean(29.0, 7.7, 0.1, drawn.Internal, r => r.Bmi);
        AssertMean(127.8, 19.3, 0.2, drawn.Internal, r => r.SystolicBp);
        AssertMean(72.4, 12.8, 0.5, drawn.Internal, r => r.DiastolicBp);
        AssertMean(170.0, 47.0, 2.5, drawn.Internal, r => r.TotalCholesterol);
        AssertMean(96.5, 43.8, 2.0, drawn.Internal, r => r.LdlCholesterol);
        AssertMean(49.7, 17.3, 0.3, drawn.Internal, r => r.HdlCholesterol);
        AssertMean(63.7, 13.5, 0.9, drawn.External, r => r.Age);
        AssertMean(29.8, 7.2, 0.1, drawn.External, r => r.Bmi);
    }

    [Fact]
    public void Conditions_and_habits_are_as_frequent_as_in_Table_1()
    {
        AssertShare(0.421, drawn.Internal, p => p.Clinical.Sex == "female");
        AssertShare(0.446, drawn.Internal, p => p.Clinical.Hypertension == true);
        AssertShare(0.143, drawn.Internal, p => p.Clinical.Diabetes == true);
        AssertShare(0.648, drawn.Internal, p => p.Clinical.Race == "white");
        AssertShare(0.157, drawn.Internal, p => p.Clinical.Race == "black");
        AssertShare(0.469, drawn.Internal, p => p.Clinical.TobaccoUse == "never");
        AssertShare(0.051, drawn.Internal, p => p.Clinical.TobaccoUse == "current");
        AssertShare(0.286, drawn.Internal, p => p.Clinical.TobaccoUse is null);
        AssertShare(0.486, drawn.External, p => p.Clinical.Sex == "female");
        AssertShare(0.504, drawn.External, p => p.Clinical.Hypertension == true);
        AssertShare(0.817, drawn.External, p => p.Clinical.Race == "white");
    }

    [Fact]
    public void The_declared_share_of_measurements_is_missing()
    {
        AssertShare(0.06, drawn.Internal, p => p.Clinical.LdlCholesterol is null);
        AssertShare(0.06, drawn.Internal, p => p.Clinical.SystolicBp is null);
        Assert.All(drawn.Internal, p => Assert.True(p.Clinical.Age is not null && p.Clinical.Sex is not null));
    }

    [Fact]
    public void Every_value_is_one_that_a_cohort_may_hold()
    {
        foreach (var row in drawn.Internal.Concat(drawn.External).Select(p => p.Clinical))
        {
            Assert.All(ClinicalVariable.Table1, variable =>
            {
                if (variable.Get(row) is double value) Assert.True(variable.Range!.Value.Contains(value), $"{variable.Name} = {value}");
                if (variable.Get(row) is string code) Assert.Contains(code, variable.Codes);
            });
        }
    }

    [Fact]
    public void Events_are_as_frequent_and_as_foreseeable_as_designed()
    {
        AssertShare(0.086, drawn.Internal, p => p.Mace.IsEvent);
        AssertShare(0.112, drawn.External, p => p.Mace.IsEvent);

        // The study's Bayes limits are 0.791 and 0.781; with some 200 events the standard error is 0.018, two of them allowed.
        Assert.Equal(0.791, BayesArea(drawn.Internal), 0.036);
        Assert.Equal(0.781, BayesArea(drawn.External), 0.036);
    }

    [Fact]
    public void An_enriched_cohort_has_the_events_it_asks_for()
    {
        var config = new PhantomConfig { InternalEventRate = 0.3, Seed = 8 };
        var patients = Enumerable.Range(0, 1000).Select(i => PhantomPatient.Draw(config, Split.Train, 0, i)).ToArray();

        AssertShare(0.3, patients, p => p.Mace.IsEvent);
    }

    [Fact]
    public void Labels_do_not_depend_on_contrast_size_noise_or_external_site()
    {
        // Three standard errors of an area with 2,500 cases are 0.036.
        foreach (var property in new Func<PhantomPatient, double>[] { p => p.ContrastHu, p => p.VesselFactor, p => p.NoiseHu })
        {
            Assert.InRange(Area(drawn.Internal, property, p => p.HasCalcifiedPlaque), 0.464, 0.536);
            Assert.InRange(Area(drawn.External, property, p => p.HasCalcifiedPlaque), 0.464, 0.536);
        }

        Assert.InRange(Area(drawn.External, p => p.Site.Number, p => p.HasCalcifiedPlaque), 0.464, 0.536);
        Assert.InRange(Area(drawn.External, p => p.Site.Number, p => p.HasNonCalcifiedPlaque), 0.464, 0.536);
    }

    [Fact]
    public void Plaques_of_a_vessel_do_not_overlap()
    {
        foreach (var patient in drawn.External)
        {
            Assert.All(patient.Plaques.Zip(patient.Plaques.Skip(1)).Where(p => p.First.VesselIndex == p.Second.VesselIndex), pair =>
                Assert.True(pair.Second.CentreMm - pair.First.CentreMm >= 0.5 * (pair.First.LengthMm + pair.Second.LengthMm)));
        }
    }

    [Fact]
    public void Stenoses_fall_into_the_classes_of_the_design()
    {
        var percents = drawn.Internal.Concat(drawn.External).SelectMany(p => p.Plaques).Select(p => p.StenosisPercent).ToArray();

        // 36, 32, 18, 12 and 2 %; a percent at a boundary may be rounded into the next class.
        Assert.Equal(0.36, percents.Count(p => p < 25) / (double)percents.Length, 0.02);
        Assert.Equal(0.32, percents.Count(p => p is >= 25 and < 50) / (double)percents.Length, 0.02);
        Assert.Equal(0.18, percents.Count(p => p is >= 50 and < 70) / (double)percents.Length, 0.02);
        Assert.Equal(0.12, percents.Count(p => p is >= 70 and < 100) / (double)percents.Length, 0.02);
        Assert.Equal(0.02, percents.Count(p => p == 100) / (double)percents.Length, 0.01);
    }

    [Fact]
    public void A_patient_does_not_depend_on_how_many_others_there_are()
    {
        var few = PhantomPatient.DrawAll(new() { Cases = 20 }).Single(p => p.CaseId == "train-00003");
        var many = PhantomPatient.DrawAll(new() { Cases = 60 }).Single(p => p.CaseId == "train-00003");

        Assert.Equal(few.Report, many.Report);
        Assert.Equal(few.Clinical, many.Clinical);
        Assert.Equal(few.Mace, many.Mace);
    }

    private static double BayesArea(PhantomPatient[] patients) => Area(patients, p => p.Mace.Probability, p => p.Mace.IsEvent);

    private static double Area(PhantomPatient[] patients, Func<PhantomPatient, double> score, Func<PhantomPatient, bool> label) =>
        Roc.Area([.. patients.Select(score)], [.. patients.Select(label)]);

    /// <summary>Three standard errors of a binomial share, and half a percent for what the recipe itself shifts.</summary>
    private static void AssertShare(double expected, PhantomPatient[] patients, Func<PhantomPatient, bool> claim) =>
        Assert.Equal(expected, patients.Count(claim) / (double)patients.Length, 3 * Math.Sqrt(expected * (1 - expected) / patients.Length) + 0.005);

    private static void AssertMean(double expected, double spread, double known, PhantomPatient[] patients, Func<ClinicalRow, double?> value)
    {
        var values = patients.Select(p => value(p.Clinical)).OfType<double>().ToArray();
        Assert.Equal(expected, values.Average(), 3 * spread / Math.Sqrt(values.Length) + known);
    }
}
