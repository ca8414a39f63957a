using System.Collections.Immutable;
using Cora.Cohorts;
using Cora.Imaging;

namespace Cora.Phantom;

/// <summary>
/// A drawn patient: anatomy, plaques, scan, clinical record and fate, and nothing of pixels. Every part draws from a branch of its
/// own, so that no choice in one part moves another.
/// </summary>
public sealed class PhantomPatient
{
    private readonly PhantomConfig config;
    private readonly Seed seed;
    private readonly TierNumbers tier;
    private readonly Anatomy anatomy;
    private readonly CoronaryTree tree;
    private readonly Acquisition scan;
    private readonly ImmutableArray<Painted> confounders;

    private PhantomPatient(PhantomConfig config, Split split, int site, int number, Seed seed)
    {
        (this.config, this.seed) = (config, seed);
        tier = TierNumbers.Of(config.Tier);
        Split = split;
        CaseId = $"{CohortFiles.WordOf(split)}-{number + 1:D5}";
        scan = Acquisition.Draw(Site.All[site], seed.Derive("scan").Random());

        var kinds = (scan.Site.IsInternal ? config.Internal : config.External).Draw(seed.Derive("disease").Random());
        var person = seed.Derive("person").Random();
        IsFemale = person.Chance(ClinicalModel.FemaleShare(scan.Site.IsInternal, kinds.Calcified));
        VesselFactor = tier.VesselFactor * person.Normal(1, 0.09) * (IsFemale ? 0.93 : 1);

        var fieldMm = config.UsedFieldMm;
        anatomy = Anatomy.Draw(fieldMm, config.UsedSpacingMm, config.UsedSpacingMm * config.Size > fieldMm ? seed.Derive("wide").Random() : null, tier, scan.ContrastHu, seed.Derive("anatomy").Random());
        tree = CoronaryTree.Draw(anatomy, VesselFactor, seed.Derive("tree").Random());
        confounders = Confounders.Draw(anatomy, tree, fieldMm, tier.Calcium, scan.Site.CalciumGain, seed.Derive("confounders").Random());
        Plaques = PlaqueProcess.Draw(tree, kinds, tier, scan.Site.CalciumGain, seed.Derive("plaques").Random());
        Burden = PlaqueBurden.Of(Plaques, tree);
        (Clinical, Mace) = ClinicalModel.Draw(this, config, seed.Derive("clinic").Random());
        Report = ReportText.Write(this, config.ContradictoryReports, seed.Derive("report").Random());
    }

    /// <summary>Pseudonym: split and number.</summary>
    public string CaseId { get; }

    /// <summary>Pseudonym of the person.</summary>
    public string PatientId => "patient-" + CaseId;

    /// <summary>What the case may be used for.</summary>
    public Split Split { get; }

    /// <summary>Where the patient was scanned.</summary>
    public Site Site => scan.Site;

    /// <summary>Attenuation of the blood in the aorta, HU.</summary>
    public double ContrastHu => scan.ContrastHu;

    /// <summary>Standard deviation of the noise, HU.</summary>
    public double NoiseHu => scan.NoiseHu;

    /// <summary>All vessel diameters are multiplied by it.</summary>
    public double VesselFactor { get; }

    /// <summary>Whether the patient is a woman.</summary>
    public bool IsFemale { get; }

    /// <summary>Whether the posterior descending artery comes from the right coronary.</summary>
    public bool IsRightDominant => tree.IsRightDominant;

    /// <summary>Any calcified or mixed plaque.</summary>
    public bool HasCalcifiedPlaque => Plaques.Any(p => p.Composition != Composition.NonCalcified);

    /// <summary>Any non-calcified or mixed plaque.</summary>
    public bool HasNonCalcifiedPlaque => Plaques.Any(p => p.Composition != Composition.Calcified);

    /// <summary>CAD-RADS of the patient: the highest grade of a plaque, 0 without one.</summary>
    public int CadRads => Plaques.Select(p => p.Grade).DefaultIfEmpty(0).Max();

    /// <summary>How much plaque there is, from the geometry.</summary>
    public PlaqueBurden Burden { get; }

    /// <summary>The patient's row of clinical.csv.</summary>
    public ClinicalRow Clinical { get; }

    /// <summary>The event and its probability.</summary>
    public MaceOutcome Mace { get; }

    /// <summary>The radiology report.</summary>
    public ReportText Report { get; }

    /// <summary>Rows of lesions.csv: the lesions that the stenosis mask holds; their numbers are those of the patient's plaques.</summary>
    public IEnumerable<LesionRow> Lesions =>
        Plaques.Select((p, i) => (Plaque: p, Number: i + 1)).Where(p => p.Plaque.IsStenosis)
            .Select(p => new LesionRow(CaseId, p.Number, p.Plaque.Composition, p.Plaque.StenosisPercent, p.Plaque.Grade));

    internal ImmutableArray<Plaque> Plaques { get; }

    internal Artery ArteryOf(Plaque plaque) => tree.Vessels[plaque.VesselIndex].Artery;

    /// <summary>Where the plaque's middle lies on its vessel, 0 at the start to 1 at the end.</summary>
    internal double PositionOf(Plaque plaque) => plaque.CentreMm / tree.Vessels[plaque.VesselIndex].LengthMm;

    /// <summary>Draws the patient of a case. A patient depends on seed, split and number, not on how many others there are.</summary>
    public static PhantomPatient Draw(PhantomConfig config, Split split, int site, int number)
    {
        ArgumentNullException.ThrowIfNull(config);
        return new(config, split, site, number, Seed.Root(config.Seed).Derive("phantom").Derive(CohortFiles.WordOf(split)).Derive(number));
    }

    /// <summary>Every patient of a cohort, in the order of cases.csv.</summary>
    public static IEnumerable<PhantomPatient> DrawAll(PhantomConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return config.Split.Assign(config.Cases, config.Sites).Select(c => Draw(config, c.Split, c.Site, c.Number));
    }

    /// <summary>Paints and scans the patient.</summary>
    public PhantomCase Render()
    {
        var spacing = config.UsedSpacingMm;
        var middle = -0.5 * (config.Size - 1) * spacing;
        var geometry = Geometry.Isotropic(Size3.Cube(config.Size), spacing, new(middle, middle, middle));
        var canvas = new Canvas(geometry, Anatomy.Background);
        canvas.Paint(anatomy.Shapes);
        canvas.Paint(confounders);
        var masks = CoronaryPainter.Paint(canvas, tree, Plaques, canvas.Inside(anatomy.Aorta), ContrastHu);
        var heart = canvas.Inside(anatomy.Pericardium);
        for (var i = 0; i < heart.Length; i++) heart[i] |= masks.Arteries[i];
        var right = tree.Find(Artery.RightCoronary)!;
        var hu = scan.Scan(canvas.Hu, geometry, right.Points[right.Points.Length / 2], seed.Derive("image"));
        return new(this, new(geometry, hu), new(geometry, masks.Arteries), new(geometry, heart),
            new(geometry, masks.Plaques), new(geometry, masks.Stenoses));
    }
}

/// <summary>A rendered patient: the scan and its truth on one grid, axes along LPS, the middle of the volume at 0 mm.</summary>
/// <param name="Patient">Who.</param>
/// <param name="Image">HU.</param>
/// <param name="Arteries">1 = coronary artery, lumen, plaque and wall.</param>
/// <param name="Heart">1 = within the pericardium, or coronary artery.</param>
/// <param name="Plaques">1 = calcified, 2 = non-calcified.</param>
/// <param name="Stenoses">Number of the lesion over the whole section of a vessel narrowed by 25 % or more.</param>
public sealed record PhantomCase(
    PhantomPatient Patient, Volume<short> Image, Volume<byte> Arteries, Volume<byte> Heart, Volume<byte> Plaques, Volume<byte> Stenoses);

/// <summary>How much plaque a patient has, cubic millimetres of the drawn geometry.</summary>
/// <param name="CalciumMm3">Calcium.</param>
/// <param name="SoftMm3">Non-calcified plaque; the soft rest of calcified plaques is not counted.</param>
/// <param name="LargestStenosis">Largest diameter stenosis, 0 to 1.</param>
public sealed record PlaqueBurden(double CalciumMm3, double SoftMm3, double LargestStenosis)
{
    internal static PlaqueBurden Of(ImmutableArray<Plaque> plaques, CoronaryTree tree)
    {
        var (calcium, soft) = (0.0, 0.0);
        foreach (var plaque in plaques)
        {
            var (c, s) = plaque.Volumes(tree.Vessels[plaque.VesselIndex]);
            calcium += c;
            soft += s;
        }

        return new(calcium, soft, plaques.Select(p => p.Stenosis).DefaultIfEmpty(0).Max());
    }
}
