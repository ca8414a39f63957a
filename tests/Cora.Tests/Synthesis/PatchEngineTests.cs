using System.Text.Json;
using Cora.Imaging;
using Cora.Synthesis;

namespace Cora.Tests.Synthesis;

public sealed class PatchEngineTests
{
    private static readonly NoiseConfig Silent = new() { Probability = 0 };
    private static readonly AugmentationConfig Still = new() { RotationDeg = 0, Zoom = new(1, 1), Flip = 0 };
    private static readonly LesionConfig Always = new() { Prob = 1, Count = new(1, 1) };

    [Fact]
    public void One_seed_gives_one_patch_whatever_the_thread()
    {
        var engine = new PatchEngine([Tube()], 24);
        var alone = Enumerable.Range(0, 12).Select(i => engine.Make(Seed.Root(i), 0.5)).ToArray();
        var together = new SyntheticPatch[12];

        Parallel.For(0, 12, new() { MaxDegreeOfParallelism = 4 }, i => together[i] = engine.Make(Seed.Root(i), 0.5));

        for (var i = 0; i < 12; i++)
        {
            Assert.Equal(alone[i].Hu, together[i].Hu);
            Assert.Equal(alone[i].Types, together[i].Types);
        }
    }

    [Theory]
    [InlineData(LesionBlend.Soft, AugmentationOrder.GeometryFirst, LesionHu.PerLesion)]
    [InlineData(LesionBlend.Hard, AugmentationOrder.GeometryFirst, LesionHu.PerVoxel)]
    [InlineData(LesionBlend.Psf, AugmentationOrder.GeometryFirst, LesionHu.PerLesion)]
    [InlineData(LesionBlend.Soft, AugmentationOrder.InsertFirst, LesionHu.PerLesion)]
    public void A_recipe_written_as_JSON_repeats_the_patch_bit_for_bit(LesionBlend blend, AugmentationOrder order, LesionHu hu)
    {
        var engine = new PatchEngine([Tube()], 24, lesion: Always with { Blend = blend, Hu = hu, Count = new(1, 3) }, augmentation: new() { Order = order });
        for (var i = 0; i < 6; i++)
        {
            var patch = engine.Make(Seed.Root(i), 1);
            var recipe = JsonSerializer.Deserialize<PatchRecipe>(JsonSerializer.Serialize(patch.Recipe, PatchRecipe.Json), PatchRecipe.Json)!;

            var again = engine.Make(recipe);

            Assert.Equal(patch.Hu, again.Hu);
            Assert.Equal(patch.Types, again.Types);
        }
    }

    [Fact]
    public void An_unrotated_patch_without_lesions_is_the_scan_itself()
    {
        var study = Tube();
        var engine = new PatchEngine([study], 16, lesion: new() { Prob = 0 }, augmentation: Still, noise: Silent);
        var patch = engine.Make(Seed.Root(3), 0);
        var (c, image) = (patch.Recipe.Centre, (Volume<short>)study.Image);

        for (var i = 0; i < 16 * 16 * 16; i++)
            Assert.Equal(image[(int)c.X - 8 + i % 16, (int)c.Y - 8 + i / 16 % 16, (int)c.Z - 8 + i / 256], patch.Hu[i]);
    }

    [Fact]
    public void The_middle_of_a_patch_is_an_artery_voxel_when_it_is_not_moved()
    {
        var study = Tube();
        var engine = new PatchEngine([study], 16, new() { Border = PatchBorder.Pad });
        for (var i = 0; i < 50; i++)
        {
            var c = engine.DrawRecipe(Seed.Root(i), 0, new()).Recipe.Centre;
            Assert.True(study.Arteries.Contains((int)c.X, (int)c.Y, (int)c.Z));
        }
    }

    [Fact]
    public void Soft_blending_is_the_weighted_mean_and_labels_are_above_one_half()
    {
        var engine = new PatchEngine([Tube()], 24, lesion: Always with { CalcifiedTextureHu = 0, SoftTextureHu = 0, Support = LesionSupport.Free }, augmentation: Still, noise: Silent);
        for (var seed = 0; seed < 20; seed++)
        {
            var patch = engine.Make(Seed.Root(seed), 1, keepBefore: true);
            var lesion = Assert.Single(patch.Recipe.Lesions);
            for (var i = 0; i < patch.Hu.Length; i++)
            {
                var at = new Vec3(i % 24, i / 24 % 24, i / 576);
                var w = Math.Min(1, lesion.Blobs.Sum(b =>
                {
                    var t = (at - b.Centre) / b.Sigma;
                    return Math.Max(Math.Abs(t.X), Math.Max(Math.Abs(t.Y), Math.Abs(t.Z))) > 4 ? 0 : Math.Exp(-0.5 * t.Dot(t));
                }));

                // Single against double precision, at values up to 1500 HU.
                Assert.Equal((1 - w) * patch.Before![i] + w * lesion.Hu, patch.Hu[i], 0.01);
                if (Math.Abs(w - 0.5) > 1e-4) Assert.Equal(w > 0.5 ? lesion.Label : 0, patch.Types[i]);
            }
        }
    }

    [Fact]
    public void Lesions_stay_within_two_voxels_of_the_artery()
    {
        var study = Tube();
        var engine = new PatchEngine([study], 24, lesion: Always, augmentation: Still, noise: Silent);
        for (var seed = 0; seed < 20; seed++)
        {
            var patch = engine.Make(Seed.Root(seed), 1, keepBefore: true);
            for (var i = 0; i < patch.Hu.Length; i++)
            {
                if (patch.Hu[i] == patch.Before![i]) continue;
                var voxel = patch.Recipe.Centre + new Vec3(i % 24 - 12, i / 24 % 24 - 12, i / 576 - 12);
                Assert.True(NearArtery(study.Arteries, voxel, 2), $"seed {seed}: {voxel} was changed");
            }
        }
    }

    [Theory]
    [InlineData(LesionBlend.Soft)]
    [InlineData(LesionBlend.Psf)]
    public void Every_lesion_has_four_voxels_or_more_and_the_HU_of_its_type(LesionBlend blend)
    {
        var engine = new PatchEngine([Tube()], 24, lesion: Always with { Blend = blend });
        for (var seed = 0; seed < 60; seed++)
        {
            var patch = engine.Make(Seed.Root(seed), 1);
            var lesion = Assert.Single(patch.Recipe.Lesions);
            Assert.InRange(lesion.Hu, lesion.Type == "calcified" ? 800 : 30, lesion.Type == "calcified" ? 1500 : 90);
            Assert.InRange(lesion.Blobs.Length, 1, 3);
            Assert.All(lesion.Blobs, b => Assert.InRange(Math.Max(b.Sigma.X, Math.Max(b.Sigma.Y, b.Sigma.Z)), 0.7, 2));
            Assert.True(patch.Types.Count(t => t > 0) >= 4);
        }
    }

    [Fact]
    public void Shares_of_lesions_types_and_negatives_are_those_asked_for()
    {
        const int patches = 1500;
        var engine = new PatchEngine([Tube()], 16, new() { RandomShare = 0.2 }, new() { Prob = 0.8, Mix = 0.4 });
        var recipes = Enumerable.Range(0, patches).Select(i => engine.DrawRecipe(Seed.Root(i), 1, new()).Recipe).ToArray();
        var anchored = recipes.Where(r => !r.IsNegative).ToArray();
        var lesions = recipes.SelectMany(r => r.Lesions).ToArray();

        // Five standard errors of a share.
        Near(0.2, recipes.Count(r => r.IsNegative), patches);
        Near(0.8, anchored.Count(r => r.Lesions.Length > 0), anchored.Length);
        Near(0.4, lesions.Count(l => l.Type == "calcified"), lesions.Length);
        Assert.All(recipes.Where(r => r.IsNegative), r => Assert.Empty(r.Lesions));

        static void Near(double share, int count, int of) => Assert.InRange(count, of * share - 5 * Math.Sqrt(of * share * (1 - share)), of * share + 5 * Math.Sqrt(of * share * (1 - share)));
    }

    [Fact]
    public void The_curriculum_inserts_hard_first_and_blurred_then()
    {
        var engine = new PatchEngine([Tube()], 16, lesion: Always with { Blend = LesionBlend.Psf, Curriculum = 0.6 });

        Assert.Equal(LesionBlend.Hard, engine.Make(Seed.Root(1), 0.59).Recipe.Lesions[0].Blend);
        Assert.Equal(LesionBlend.Psf, engine.Make(Seed.Root(1), 0.6).Recipe.Lesions[0].Blend);
    }

    [Fact]
    public void The_geometry_of_a_patch_says_where_its_voxels_are_in_the_patient()
    {
        var study = Tube();
        var engine = new PatchEngine([study], 16, lesion: new() { Prob = 0 }, noise: Silent);
        var recipe = engine.DrawRecipe(Seed.Root(5), 0, new()).Recipe;
        var geometry = engine.GeometryOf(recipe);

        // The pull-back map, written out: source = M (o - c) + centre - 1/2.
        var o = new Vec3(3, 10, 7);
        var half = new Vec3(7.5, 7.5, 7.5);
        var source = recipe.Affine.Matrix * (o - half) + recipe.Centre - new Vec3(0.5, 0.5, 0.5);
        Assert.True((study.Image.Geometry.ToPatient(source) - geometry.ToPatient(o)).Length < 1e-9);
    }

    [Fact]
    public void An_empty_mask_is_refused_and_the_case_named()
    {
        var refused = Assert.Throws<CoraException>(() => ArteryIndex.Of(new byte[64], Size3.Cube(4), "case7"));

        Assert.Contains("case7 is empty", refused.Message);
    }

    [Fact]
    public void A_volume_smaller_than_the_patch_is_refused() =>
        Assert.Contains("fewer than a patch of 64", Assert.Throws<CoraException>(() => new PatchEngine([Tube()], 64)).Message);

    private static bool NearArtery(ArteryIndex arteries, Vec3 at, int radius)
    {
        for (var n = 0; n < 125; n++)
        {
            var (x, y, z) = (n % 5 - 2, n / 5 % 5 - 2, n / 25 - 2);
            if (x * x + y * y + z * z <= radius * radius && arteries.Contains((int)at.X + x, (int)at.Y + y, (int)at.Z + z)) return true;
        }

        return false;
    }

    /// <summary>A bent tube of 350 HU in fat, 40 voxels a side, with a little structure so that no two voxels are alike.</summary>
    private static PatchStudy Tube()
    {
        var size = Size3.Cube(40);
        var (hu, mask) = (new short[size.Count], new byte[size.Count]);
        for (var i = 0; i < hu.Length; i++)
        {
            var (x, y, z) = (i % 40, i / 40 % 40, i / 1600);
            var (dx, dy) = (x - 20 - 5 * Math.Sin(z / 8.0), y - 18 - 4 * Math.Cos(z / 9.0));
            mask[i] = dx * dx + dy * dy < 6 ? (byte)1 : (byte)0;
            hu[i] = (short)((mask[i] > 0 ? 350 : -90) + i * 7 % 23);
        }

        return new("tube", new Volume<short>(Geometry.Isotropic(size, 0.5), hu), ArteryIndex.Of(mask, size, "tube"));
    }
}
