using Cora.Cohorts;
using Cora.Evaluation;
using Cora.Imaging;
using Cora.Phantom;

namespace Cora.Tests.Phantom;

/// <summary>What one rendered case tells; the volumes themselves are let go.</summary>
public sealed record GateCase(
    PhantomPatient Patient, double MaximumHu, double CountAbove700, double ArteryOracle, int CalcifiedVoxels, int SoftVoxels, int ArteryVoxels,
    int PlaqueOutsideArteries, int PlaqueOutsideHeart, int PlaqueOutsideStenoses, int StenosisVoxels, int[] StenosisNumbers);

/// <summary>Two hundred internal cases of each tier at the benchmark's size, rendered once for all tests of the class.</summary>
public sealed class GateCohorts
{
    public const int Cases = 200;

    public GateCohorts() => Tiers = Enum.GetValues<PhantomTier>().ToDictionary(tier => tier, Make);

    public IReadOnlyDictionary<PhantomTier, GateCase[]> Tiers { get; }

    private static GateCase[] Make(PhantomTier tier)
    {
        var config = new PhantomConfig { Tier = tier, Size = 64, Seed = 2026 };
        var cases = new GateCase[Cases];
        Parallel.For(0, Cases, i => cases[i] = Look(PhantomPatient.Draw(config, Split.Train, site: 0, number: i).Render()));
        return cases;
    }

    private static GateCase Look(PhantomCase made)
    {
        var hu = made.Image.Voxels;
        var arteries = made.Arteries.Voxels;
        var plaques = made.Plaques.Voxels;
        var stenoses = made.Stenoses.Voxels;
        var grown = Grown(made.Arteries);
        var (maximum, inArteries, above, calcified, soft) = (short.MinValue, short.MinValue, 0, 0, 0);
        var (outsideArteries, outsideHeart, outsideStenoses) = (0, 0, 0);
        for (var i = 0; i < hu.Length; i++)
        {
            maximum = Math.Max(maximum, hu[i]);
            if (grown[i] != 0) inArteries = Math.Max(inArteries, hu[i]);
            if (hu[i] > 700) above++;
            if (plaques[i] == 0) continue;
            if (plaques[i] == 1) calcified++;
            else soft++;
            if (arteries[i] == 0) outsideArteries++;
            if (made.Heart.Voxels[i] == 0) outsideHeart++;
            if (stenoses[i] == 0) outsideStenoses++;
        }

        return new(
            made.Patient, maximum, above, inArteries - made.Patient.ContrastHu, calcified, soft, arteries.ToArray().Count(a => a != 0),
            outsideArteries, outsideHeart, outsideStenoses, stenoses.ToArray().Count(s => s != 0),
            [.. stenoses.ToArray().Where(s => s != 0).Distinct().Order().Select(s => (int)s)]);
    }

    /// <summary>The mask with its 26 neighbours.</summary>
    private static byte[] Grown(Volume<byte> mask)
    {
        var side = mask.Geometry.Size.X;
        var result = new byte[mask.Voxels.Length];
        for (var z = 1; z < side - 1; z++)
        {
            for (var y = 1; y < side - 1; y++)
            {
                for (var x = 1; x < side - 1; x++)
                {
                    if (mask[x, y, z] == 0) continue;
                    for (var d = 0; d < 27; d++) result[((z + d / 9 - 1) * side + y + d / 3 % 3 - 1) * side + x + d % 3 - 1] = 1;
                }
            }
        }

        return result;
    }
}

/// <summary>The phantom is neither trivial nor impossible, and its masks, tables and labels agree.</summary>
public sealed class PhantomGateTests(GateCohorts cohorts) : IClassFixture<GateCohorts>
{
    public static TheoryData<PhantomTier> EveryTier => [PhantomTier.Subtle, PhantomTier.Prominent];

    [Theory]
    [MemberData(nameof(EveryTier))]
    public void Plain_brightness_does_not_find_calcified_plaque(PhantomTier tier)
    {
        Assert.InRange(Calcified(tier, c => c.MaximumHu), 0.35, 0.65);
        Assert.InRange(Calcified(tier, c => c.CountAbove700), 0.35, 0.65);
    }

    [Theory]
    [InlineData(PhantomTier.Subtle, 0.85)]
    [InlineData(PhantomTier.Prominent, 0.90)]
    public void Whoever_knows_the_arteries_finds_calcified_plaque(PhantomTier tier, double least) =>
        Assert.InRange(Calcified(tier, c => c.ArteryOracle), least, 1);

    [Theory]
    [MemberData(nameof(EveryTier))]
    public void Labels_do_not_depend_on_contrast_size_or_noise(PhantomTier tier)
    {
        foreach (var property in new Func<PhantomPatient, double>[] { p => p.ContrastHu, p => p.VesselFactor, p => p.NoiseHu })
        {
            Assert.InRange(Calcified(tier, c => property(c.Patient)), 0.4, 0.6);
            Assert.InRange(Area(tier, c => property(c.Patient), p => p.HasNonCalcifiedPlaque), 0.4, 0.6);
        }
    }

    [Theory]
    [MemberData(nameof(EveryTier))]
    public void Plaque_voxels_lie_in_arteries_and_in_the_heart(PhantomTier tier) =>
        Assert.All(cohorts.Tiers[tier], c => Assert.Equal((0, 0), (c.PlaqueOutsideArteries, c.PlaqueOutsideHeart)));

    [Theory]
    [MemberData(nameof(EveryTier))]
    public void Patients_have_plaque_voxels_of_just_the_kinds_of_their_label(PhantomTier tier)
    {
        Assert.All(cohorts.Tiers[tier], c => Assert.Equal((false, false), (c.CalcifiedVoxels > 0 && !c.Patient.HasCalcifiedPlaque, c.SoftVoxels > 0 && !c.Patient.HasNonCalcifiedPlaque)));

        // A small plaque may fall between the voxels; one case in a hundred at most.
        Assert.InRange(cohorts.Tiers[tier].Count(c => c.CalcifiedVoxels == 0 && c.Patient.HasCalcifiedPlaque), 0, GateCohorts.Cases / 100);
        Assert.InRange(cohorts.Tiers[tier].Count(c => c.SoftVoxels == 0 && c.Patient.HasNonCalcifiedPlaque), 0, GateCohorts.Cases / 100);
    }

    [Theory]
    [MemberData(nameof(EveryTier))]
    public void Stenosis_masks_hold_just_the_lesions_of_the_table(PhantomTier tier)
    {
        Assert.All(cohorts.Tiers[tier], c => Assert.Equal(c.Patient.Lesions.Select(l => l.Lesion), c.StenosisNumbers));
        Assert.All(cohorts.Tiers[tier].SelectMany(c => c.Patient.Lesions), l =>
        {
            Assert.InRange(l.StenosisPercent!.Value, 25, 100);
            Assert.Equal(LesionRow.GradeOf(l.StenosisPercent.Value), l.StenosisGrade);
        });
    }

    [Theory]
    [MemberData(nameof(EveryTier))]
    public void Stenosis_masks_hold_the_plaques_that_narrow_by_a_quarter(PhantomTier tier)
    {
        var withPlaque = cohorts.Tiers[tier].Where(c => c.Patient.Plaques.Length > 0).ToArray();
        var onlyStenoses = withPlaque.Where(c => c.Patient.Plaques.All(p => p.Stenosis >= 0.25)).ToArray();
        var noStenosis = withPlaque.Where(c => c.Patient.Plaques.All(p => p.Stenosis < 0.25)).ToArray();

        Assert.NotEmpty(onlyStenoses);
        Assert.NotEmpty(noStenosis);
        Assert.All(onlyStenoses, c => Assert.Equal(0, c.PlaqueOutsideStenoses));
        Assert.All(onlyStenoses, c => Assert.True(c.StenosisVoxels > c.CalcifiedVoxels + c.SoftVoxels, "the mask holds the whole section, lumen included"));
        Assert.All(noStenosis, c => Assert.Equal(0, c.StenosisVoxels));
    }

    [Fact]
    public void Tiers_have_the_sizes_of_the_design()
    {
        double Median(PhantomTier tier, Func<GateCase, int> count) =>
            cohorts.Tiers[tier].Select(count).Where(n => n > 0).Order().ElementAt(cohorts.Tiers[tier].Count(c => count(c) > 0) / 2);

        // The study's medians: 24 and 131 voxels (subtle), 120 and 420 (prominent); arteries 1,400 and 3,500. Grains were enlarged since (decision 0010).
        Assert.InRange(Median(PhantomTier.Subtle, c => c.CalcifiedVoxels), 20, 60);
        Assert.InRange(Median(PhantomTier.Subtle, c => c.SoftVoxels), 90, 180);
        Assert.InRange(Median(PhantomTier.Prominent, c => c.CalcifiedVoxels), 90, 200);
        Assert.InRange(Median(PhantomTier.Prominent, c => c.SoftVoxels), 300, 560);
        Assert.InRange(cohorts.Tiers[PhantomTier.Subtle].Average(c => c.ArteryVoxels), 1200, 1800);
        Assert.InRange(cohorts.Tiers[PhantomTier.Prominent].Average(c => c.ArteryVoxels), 3000, 4200);
    }

    private double Calcified(PhantomTier tier, Func<GateCase, double> score) => Area(tier, score, p => p.HasCalcifiedPlaque);

    private double Area(PhantomTier tier, Func<GateCase, double> score, Func<PhantomPatient, bool> label) =>
        Roc.Area([.. cohorts.Tiers[tier].Select(score)], [.. cohorts.Tiers[tier].Select(c => label(c.Patient))]);
}
