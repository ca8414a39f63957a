using Cora.Imaging;
using Cora.Networks;
using Cora.Pretraining;
using Cora.Synthesis;
using CsCheck;
using static TorchSharp.torch;

namespace Cora.Tests.Pretraining;

public sealed class VoCoTests
{
    private static readonly VoCoGrid Published = new(new(3, 3, 1), 64);

    [Theory]
    [InlineData(64, 64, new[] { 0, 1, 3, 4 }, 0.25f)]
    [InlineData(32, 32, new[] { 0 }, 1f)]
    [InlineData(96, 32, new[] { 1 }, 1f)]
    public void A_crop_shares_what_it_covers(int centreX, int centreY, int[] bases, float share)
    {
        var shares = new float[9];

        Published.Overlaps((centreX - 32, centreY - 32, 0), shares);

        Assert.Equal(Enumerable.Range(0, 9).Select(i => bases.Contains(i) ? share : 0), shares);
    }

    [Fact]
    public void Shares_add_up_to_one_and_at_most_eight_base_crops_are_met() =>
        Gen.Select(Gen.Int[1, 4], Gen.Int[1, 4], Gen.Int[1, 3], Gen.Int[2, 12], Gen.ULong).Sample((x, y, z, side, chance) =>
        {
            var grid = new VoCoGrid(new(x, y, z), side);
            var shares = new float[grid.Bases];
            grid.Overlaps(grid.Draw(new Seed(chance).Random()), shares);

            // Shares are rounded to single precision, at most 48 of them.
            return Math.Abs(shares.Sum() - 1) < 1e-5 && shares.Count(s => s > 0) <= (z == 1 ? 4 : 8);
        });

    [Fact]
    public void A_crop_outside_of_the_volume_has_no_shares() =>
        Assert.Throws<ArgumentException>(() => Published.Overlaps((129, 0, 0), new float[9]));

    [Fact]
    public void Losses_are_those_worked_out_by_hand()
    {
        using var scope = NewDisposeScope();
        var overlap = tensor(new[] { 1f, 0, 0.25f, 0.75f }, [2, 2]);
        var similarity = tensor(new[] { 0.5f, 0.2f, 0.25f, 0.5f }, [2, 2]);

        var (together, apart) = VoCoLoss.Prediction(similarity, overlap, VoCoApart.Logarithm);
        var (_, square) = VoCoLoss.Prediction(similarity, overlap, VoCoApart.Square);

        // (1 · ln 2 + 0.75 · ln 4/3) / 2, and the one pair apart: ln 1/0.8 or 0.2²; 1e-6 in the formula is all that differs.
        Assert.Equal((Math.Log(2) + 0.75 * Math.Log(4.0 / 3)) / 2, together.item<float>(), 1e-5);
        Assert.Equal(Math.Log(1.25), apart.item<float>(), 1e-5);
        Assert.Equal(0.04, square.item<float>(), 1e-6);
    }

    [Fact]
    public void A_perfect_answer_costs_nothing_and_so_does_a_volume_without_pairs_apart()
    {
        using var scope = NewDisposeScope();
        var overlap = tensor(new[] { 0.25f, 0.75f }, [1, 2]);

        var (together, apart) = VoCoLoss.Prediction(overlap, overlap, VoCoApart.Logarithm);

        Assert.Equal(0, together.item<float>(), 2e-6);
        Assert.Equal(0, apart.item<float>());
    }

    [Fact]
    public void Similarity_is_the_cosine_and_never_negative()
    {
        using var scope = NewDisposeScope();
        var crops = tensor(new[] { 3f, 4, 0, 0 }, [2, 2]);
        var others = tensor(new[] { 1f, 0, -1, 0, 0, 2 }, [3, 2]);

        Assert.Equal([0.6f, 0, 0.8f, 0, 0, 0], VoCoLoss.Similarity(crops, others).data<float>().ToArray());
    }

    [Fact]
    public void Orthogonal_base_crops_are_regular_and_equal_ones_are_not()
    {
        using var scope = NewDisposeScope();

        Assert.Equal(0, VoCoLoss.Regularity(eye(3)).item<float>());
        Assert.Equal(1, VoCoLoss.Regularity(ones(3, 5)).item<float>(), 1e-6);
        Assert.Equal(1.0 / 3, VoCoLoss.Regularity(tensor(new[] { 1f, 0, 2, 0, 0, 1 }, [3, 2])).item<float>(), 1e-6);
    }

    [Fact]
    public void The_second_of_a_pair_is_held_still()
    {
        using var scope = NewDisposeScope();
        var bases = tensor(new[] { 1f, 0, 1, 1 }, [2, 2]).requires_grad_();

        VoCoLoss.Regularity(bases).backward();

        Assert.True(bases.grad![0].norm().item<float>() > 0);
        Assert.Equal(0, bases.grad![1].norm().item<float>());
    }

    [Fact]
    public void A_quarter_turn_leaves_the_slices_and_turns_their_rows_into_columns()
    {
        var volumes = Volumes(new() { Grid = [1, 1, 2], RandomCrops = 1 }, side: 2, new Volume<short>(Grid(2, 2, 4), new short[16]));
        var volume = Enumerable.Range(0, 16).Select(i => (float)i).ToArray();
        var crop = new float[8];

        volumes.Cut(volume, (0, 0, 2), new(false, false, false, 1, 0), crop);
        Assert.Equal([10, 8, 11, 9, 14, 12, 15, 13], crop);

        volumes.Cut(volume, (0, 0, 0), new(true, false, true, 0, 0), crop);
        Assert.Equal([5, 4, 7, 6, 1, 0, 3, 2], crop);
    }

    [Fact]
    public void Coarser_voxels_are_the_mean_of_the_voxels_they_cover()
    {
        var hu = new short[8 * 4 * 4];
        for (var i = 0; i < hu.Length; i++) hu[i] = (short)(i % 8 * 10);
        var volumes = Volumes(new() { Grid = [2, 1, 1], RandomCrops = 1, SpacingMm = 2 }, side: 2, new Volume<short>(Grid(8, 4, 4), hu), shrink: 2);

        var volume = volumes.Read(volumes.Draw(Seed.Root(1), 1)[0]);

        Assert.Equal([5f, 25, 45, 65], volume[..4]);
        Assert.Equal(16, volume.Length);
    }

    [Fact]
    public void Volumes_are_cut_inside_of_the_heart_and_from_different_studies()
    {
        var heart = new Box3(5, 6, 7, new(12, 12, 12));
        var studies = Enumerable.Range(0, 3).Select(i => Study($"case-{i}", new(Grid(32, 32, 32), new short[32768])) with { Heart = heart }).ToArray();
        var volumes = new VoCoVolumes(studies, new() { Grid = [2, 2, 1], RandomCrops = 2 }, new(new(2, 2, 1), 4), Size3.Cube(1), PatchBorder.Shift);

        var draws = Enumerable.Range(0, 100).SelectMany(i => volumes.Draw(Seed.Root(3).Derive(i), 3)).ToArray();

        Assert.All(draws, d => Assert.True(d.Place.X >= 5 && d.Place.X + 8 <= 17 && d.Place.Y >= 6 && d.Place.Y + 8 <= 18 && d.Place.Z >= 7 && d.Place.Z + 4 <= 19, $"{d.Place}"));
        Assert.All(draws.Chunk(3), three => Assert.Equal(3, three.Select(d => d.Study.CaseId).Distinct().Count()));
        Assert.True(draws.Select(d => d.Place.X).Distinct().Count() == 5);
    }

    [Fact]
    public void Studies_that_are_too_small_are_all_named()
    {
        var studies = new[] { Study("small-1", new(Grid(8, 8, 8), new short[512])), Study("large", new(Grid(16, 16, 16), new short[4096])), Study("small-2", new(Grid(16, 16, 7), new short[1792])) };

        var problem = Assert.Throws<CoraException>(() => new VoCoVolumes(studies, new() { Grid = [2, 1, 1] }, new(new(2, 1, 1), 8), Size3.Cube(1), PatchBorder.Shift));

        Assert.Contains("small-1 (8x8x8), small-2 (16x16x7)", problem.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("large", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_encoder_is_that_of_the_residual_U_Net_and_begins_with_the_same_weights()
    {
        using var scope = NewDisposeScope();
        var config = new ResUNetConfig { Channels = [4, 8], Blocks = [1, 2] };
        using var network = new VoCoNetwork(config, 6, ProjectorNorm.Batch, VoCoTeacher.Projector, Seed.Root(5));
        using var unet = new ResUNet(config, Seed.Root(5));
        var (own, others) = (network.state_dict(), unet.state_dict());

        var names = own.Keys.Where(n => n.StartsWith("encoder.", StringComparison.Ordinal)).Order().ToArray();

        Assert.Equal(others.Keys.Where(n => n.StartsWith("encoder.", StringComparison.Ordinal)).Order(), names);
        Assert.All(names, n => Assert.True(own[n].equal(others[n]).all().item<bool>(), n));
        Assert.DoesNotContain(own.Keys, n => n.StartsWith("decoder.", StringComparison.Ordinal));
        Assert.Equal(480, new ResUNetConfig().Channels.Sum());
        Assert.Equal([3, 12], network.Describe(rand([3, 4, 8, 8, 8])).shape);
    }

    [Theory]
    [InlineData(VoCoTeacher.Projector, 6)]
    [InlineData(VoCoTeacher.Whole, 6 + 15)]
    public void A_teacher_begins_as_a_copy_and_follows_slowly(VoCoTeacher kind, int expected)
    {
        using var scope = NewDisposeScope();
        using var network = new VoCoNetwork(new() { Channels = [4, 8], Blocks = [1, 1] }, 6, ProjectorNorm.Row, kind, Seed.Root(5));
        using var _ = no_grad();
        var names = network.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        var slow = names.Keys.Where(n => n.StartsWith("teacher.", StringComparison.Ordinal)).ToArray();
        Assert.Equal(expected, slow.Length);
        Assert.All(slow, n => Assert.True(names[n].equal(names[n["teacher.".Length..]]).all().item<bool>() && !names[n].requires_grad, n));

        foreach (var name in slow)
        {
            names[name].fill_(1);
            names[name["teacher.".Length..]].fill_(3);
        }

        network.MoveTeacher(0.9);

        Assert.All(slow, n => Assert.True(names[n].sub(1.2).abs().max().item<float>() < 1e-6, n));
    }

    private static Geometry Grid(int x, int y, int z) => new(new(x, y, z), new(1, 1, 1), new(0, 0, 0), Mat3.Identity);

    private static PatchStudy Study(string name, Volume<short> image)
    {
        var mask = new byte[image.Geometry.Size.Count];
        mask[0] = 1;
        return new(name, image, ArteryIndex.Of(mask, image.Geometry.Size, name));
    }

    private static VoCoVolumes Volumes(VoCoConfig config, int side, Volume<short> image, int shrink = 1) =>
        new([Study("case", image)], config, new(config.Counts, side), Size3.Cube(shrink), PatchBorder.Shift);
}
