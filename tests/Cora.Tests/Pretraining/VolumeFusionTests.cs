using Cora.Experiments;
using Cora.Imaging;
using Cora.Pretraining;
using Cora.Synthesis;

namespace Cora.Tests.Pretraining;

public sealed class VolumeFusionTests
{
    // ALGORITHMS 2.1: sides of boxes are 8..60 in a patch of 96, 8..40 in 64, 8..100 in 160.
    [Theory]
    [InlineData(96, 60)]
    [InlineData(64, 40)]
    [InlineData(160, 100)]
    public void Sides_of_boxes_go_from_8_to_five_eighths_of_the_patch(int patch, int longest) => Assert.Equal(new(8, longest), new VolumeFusionConfig().BoxSides(patch));

    [Fact]
    public void A_box_lies_inside_has_sides_within_the_range_and_may_be_of_any_level()
    {
        var (sides, levels) = (new List<int>(), new List<int>());
        for (var i = 0; i < 300; i++)
        {
            var map = FusionMap.Draw(new() { Boxes = new(1, 1) }, 96, Seed.Root(i).Random());
            levels.Add(map.Max());
            if (map.Max() == 0) continue;
            var places = Enumerable.Range(0, map.Length).Where(v => map[v] > 0).ToArray();
            int[] own = [.. new Func<int, int>[] { v => v % 96, v => v / 96 % 96, v => v / 9216 }.Select(at => places.Max(at) - places.Min(at) + 1)];
            Assert.Equal(own[0] * own[1] * own[2], places.Length);          // it is a box, of one level
            Assert.Single(places.Select(v => map[v]).Distinct());
            sides.AddRange(own);
        }

        Assert.InRange(sides.Min(), 8, 11);
        Assert.InRange(sides.Max(), 57, 60);

        // Level 0, which erases, as often as each other: 60 of 300 expected, standard deviation 7.
        Assert.All(Enumerable.Range(0, 5), level => Assert.InRange(levels.Count(l => l == level), 30, 90));
    }

    [Fact]
    public void A_later_box_may_erase_an_earlier_one()
    {
        int Filled(int boxes, int seed) => FusionMap.Draw(new() { Boxes = new(boxes, boxes), Levels = 1 }, 32, Seed.Root(seed).Random()).Count(l => l > 0);

        Assert.Contains(Enumerable.Range(0, 200), seed => Filled(2, seed) < Filled(1, seed));
    }

    [Fact]
    public void The_mixture_has_the_share_that_the_level_says()
    {
        var map = FusionMap.Draw(new(), 32, Seed.Root(7).Random());
        var (ones, zeros) = (Enumerable.Repeat(1f, 2 * map.Length).ToArray(), new float[2 * map.Length]);

        var share = VolumeFusionPretext.Mix(ones, zeros, map, 4);

        Assert.Equal([0, 0.25f, 0.5f, 0.75f, 1], share.Distinct().Order());
        for (var v = 0; v < share.Length; v++) Assert.Equal(map[v % map.Length], 4 * share[v]);
    }

    [Fact]
    public void Without_a_share_the_background_stays_bit_for_bit_and_with_all_of_it_the_foreground()
    {
        var random = Seed.Root(8).Random();
        float[] Noise() => [.. Enumerable.Range(0, 4 * 4096).Select(_ => (float)random.Normal())];
        var (foreground, background, map) = (Noise(), Noise(), FusionMap.Draw(new() { BoxLeast = 2 }, 16, Seed.Root(9).Random()));

        var fused = VolumeFusionPretext.Mix(foreground, background, map, 4);

        Assert.Contains(map, l => l == 0);
        Assert.Contains(map, l => l == 4);
        for (var v = 0; v < fused.Length; v++)
        {
            switch (map[v % map.Length])
            {
                case 0: Assert.Equal(background[v], fused[v]); break;
                case 4: Assert.Equal(foreground[v], fused[v]); break;
                default: Assert.InRange(fused[v], Math.Min(foreground[v], background[v]) - 1e-5f, Math.Max(foreground[v], background[v]) + 1e-5f); break;
            }
        }
    }

    [Fact]
    public void A_grid_has_seven_tenths_of_its_blocks_in_the_foreground_and_none_of_level_0_among_them()
    {
        // 27 blocks of 8^3 in a patch of 24, the whole part of 18.9 of them; with a patch of 26 there are as many, shifted by up to 2 voxels.
        foreach (var side in new[] { 24, 26 })
        {
            var maps = Enumerable.Range(0, 30).Select(i => FusionMap.Draw(new() { Layout = FusionLayout.Grid, GridBlock = new(8, 8) }, side, Seed.Root(i).Random())).ToArray();

            Assert.All(maps, map => Assert.Equal(18 * 512, map.Count(l => l > 0)));
            Assert.Equal([1, 2, 3, 4], maps.SelectMany(m => m).Where(l => l > 0).Distinct().Order().Select(l => (int)l));
            Assert.True(maps.Select(m => string.Concat(m)).Distinct().Count() > 28);
        }
    }

    [Fact]
    public void Two_places_of_one_study_are_of_one_study_and_across_the_batch_they_often_are_not()
    {
        using var patches = new PlainPatches([Flat("a", 100), Flat("b", 200), Flat("c", 300)], 8, new());
        var (same, across) = (0, 0);
        for (var i = 0; i < 60; i++)
        {
            var (one, other) = (Seed.Root(i).Derive("foreground"), Seed.Root(i).Derive("background"));
            var (first, second) = patches.CutTwo(one, other);
            if (first[0] == second[0]) same++;
            if (first[0] != patches.Cut(other)[0]) across++;
        }

        Assert.Equal(60, same);
        Assert.InRange(across, 25, 55);          // two in three
    }

    [Fact]
    public void Wrong_settings_are_told_all_at_once()
    {
        var refused = Assert.Throws<CoraException>(() => ExperimentFile.Parse<PretrainExperiment>(
            """
            method = "volumefusion"
            data.patch = 8
            [volume_fusion]
            levels = 0
            boxes = [5, 2]
            box_share = 2
            layout = "rings"
            grid_share = 0
            """,
            "x.toml"));

        Assert.All(["levels", "boxes", "box_share", "layout", "grid_share"], name => Assert.Contains("volume_fusion." + name, refused.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Boxes_and_blocks_that_do_not_fit_the_patch_are_refused()
    {
        Assert.StartsWith("volume_fusion.box_least = 8", Assert.Single(new VolumeFusionConfig().CheckAgainst(8)).ToString(), StringComparison.Ordinal);
        Assert.StartsWith("volume_fusion.grid_block = 8..32", Assert.Single(new VolumeFusionConfig { Layout = FusionLayout.Grid }.CheckAgainst(24)).ToString(), StringComparison.Ordinal);
        Assert.Empty(new VolumeFusionConfig().CheckAgainst(96));
        Assert.Empty(new VolumeFusionConfig { Layout = FusionLayout.Grid }.CheckAgainst(96));
    }

    private static PatchStudy Flat(string caseId, short hu)
    {
        var size = Size3.Cube(16);
        return new(caseId, new Volume<short>(Geometry.Isotropic(size, 1), [.. Enumerable.Repeat(hu, (int)size.Count)]), ArteryIndex.Of([.. Enumerable.Repeat((byte)1, (int)size.Count)], size, caseId));
    }
}
