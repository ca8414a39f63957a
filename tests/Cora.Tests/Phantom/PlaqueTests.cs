using Cora.Cohorts;
using Cora.Imaging;
using Cora.Phantom;

namespace Cora.Tests.Phantom;

public sealed class PlaqueTests
{
    private static readonly Vessel Straight = new(Artery.RightCoronary, [new(0, 0, 0), new(0, 0, 20), new(0, 0, 40)], 4, 4);

    private static readonly Plaque Eccentric = new(0, Composition.NonCalcified, CentreMm: 20, LengthMm: 10, Stenosis: 0.5)
    {
        Remodelling = 1, Eccentricity = 1, Direction = 0, ThicknessMm = 0.45, FibrousHu = 80,
    };

    [Fact]
    public void Half_a_stenosis_halves_the_lumen_at_the_centre_and_nothing_at_the_ends()
    {
        var centre = Eccentric.At(20, 2)!.Value;

        Assert.Equal(1.0, centre.LumenMm, precision: 12);
        Assert.Equal(2.45, centre.OuterMm, precision: 12);
        Assert.Equal(2.0, Eccentric.At(15.0001, 2)!.Value.LumenMm, 0.001);
        Assert.Null(Eccentric.At(15, 2));
        Assert.Null(Eccentric.At(25, 2));
    }

    [Fact]
    public void An_eccentric_plaque_is_thick_on_its_side_and_thin_opposite()
    {
        // The lumen's middle is 0.92 * 1.45 = 1.334 mm away from the plaque: it spans -2.334 to -0.334 on the plaque's axis.
        var section = Eccentric.At(20, 2)!.Value;

        Assert.Equal(Tissue.Soft, section.TissueAt(2.4, 0, out var hu));
        Assert.Equal(80, hu);
        Assert.Equal(Tissue.Soft, section.TissueAt(0, 0, out _));
        Assert.Equal(Tissue.Soft, section.TissueAt(0.3, Math.PI, out _));
        Assert.Equal(Tissue.Lumen, section.TissueAt(0.4, Math.PI, out _));
        Assert.Equal(Tissue.Lumen, section.TissueAt(2.3, Math.PI, out _));
        Assert.Equal(Tissue.Soft, section.TissueAt(2.4, Math.PI, out _));
        Assert.Equal(Tissue.None, section.TissueAt(2.46, 0, out _));
    }

    [Fact]
    public void A_lipid_core_lies_in_the_depth_and_a_napkin_ring_shines_around_it()
    {
        var plaque = Eccentric with { Core = new(20, HasNapkinRing: true) };
        var section = plaque.At(20, 2)!.Value;

        // Depth = (2.45 - rho) / 1.45: rho 1.7 is 0.52 deep, rho 2.3 is 0.10 deep, rho 1.2 is 0.86 deep.
        section.TissueAt(1.7, 0, out var core);
        section.TissueAt(2.3, 0, out var ring);
        section.TissueAt(1.2, 0, out var cap);
        section.TissueAt(1.7, 1.3, out var beside);

        Assert.Equal((20, 125, 80, 80), (core, ring, cap, beside));
    }

    [Fact]
    public void Calcium_is_where_a_grain_is_and_its_soft_rest_is_not_called_plaque()
    {
        var plaque = Eccentric with { Composition = Composition.Calcified, Grains = [new(20, 0, HalfLengthMm: 2, HalfAngle: 0.8, Hu: 900)] };

        // Depth 0.45 is rho 1.7975.
        Assert.Equal(Tissue.Calcium, plaque.At(20, 2)!.Value.TissueAt(1.7975, 2 * Math.PI + 0.79, out var hu));
        Assert.Equal(900, hu);
        Assert.Equal(Tissue.FibrousRest, plaque.At(20, 2)!.Value.TissueAt(1.7975, 0.81, out _));
        Assert.Equal(Tissue.Calcium, plaque.At(21.9, 2)!.Value.TissueAt(2.0, 0, out _));
        Assert.Equal(Tissue.FibrousRest, plaque.At(22.1, 2)!.Value.TissueAt(2.0, 0, out _));
    }

    [Fact]
    public void The_volume_is_the_ring_between_wall_and_lumen()
    {
        var (calcium, soft) = Eccentric.Volumes(Straight);

        // Integral over the length of pi (Ro^2 - Rl^2), Ro = 2 + 0.45 w, Rl = 2 - w, w = cos(pi s / 10)^0.8, by Simpson's rule with 2,000 steps.
        var expected = 0.0;
        for (var i = 0; i <= 2000; i++)
        {
            var w = Math.Pow(Math.Max(0, Math.Cos(Math.PI * (i / 2000.0 - 0.5))), 0.8);
            var area = Math.PI * ((2 + 0.45 * w) * (2 + 0.45 * w) - (2 - w) * (2 - w));
            expected += area * (i is 0 or 2000 ? 1 : i % 2 == 1 ? 4 : 2) * 10 / 2000 / 3;
        }

        // The polar grid has 8 rings and 24 slices: 3 %.
        Assert.Equal(expected, soft, 0.03 * expected);
        Assert.Equal(0, calcium);
    }

    [Fact]
    public void A_painted_occlusion_closes_the_lumen_and_a_healthy_vessel_is_open()
    {
        var grid = Geometry.Isotropic(Size3.Cube(48), 0.5, new(-12, -12, 8));
        var tree = new CoronaryTree([Straight], IsRightDominant: true);
        var canvas = new Canvas(grid, -90);

        var masks = CoronaryPainter.Paint(canvas, tree, [Eccentric with { Stenosis = 1, Eccentricity = 0.25 }], new byte[48 * 48 * 48], 400);

        int At(double z) => ((int)Math.Round((z - 8) / 0.5) * 48 + 24) * 48 + 24;
        Assert.Equal(80, canvas.Hu[At(20)], 1f);
        Assert.InRange(canvas.Hu[At(10)], 360, 400);
        Assert.Equal(2, masks.Plaques[At(20)]);
        Assert.Equal(0, masks.Plaques[At(10)]);
        Assert.Equal(1, masks.Stenoses[At(20)]);
        Assert.Equal(0, masks.Stenoses[At(10)]);
        Assert.Equal(1, masks.Arteries[At(10)]);

        // The mask of lumen and plaque of the healthy part has the area of the lumen, pi 2^2 = 12.6 mm2, to the voxels of its edge.
        var area = Enumerable.Range(0, 48 * 48).Count(i => masks.Arteries[4 * 48 * 48 + i] != 0) * 0.25;
        Assert.Equal(12.6, area, 2.0);
    }
}
