using Cora.Experiments;
using Cora.Networks;
using Cora.Pretraining;
using static TorchSharp.torch;

namespace Cora.Tests.Pretraining;

public sealed class MaePretextTests
{
    // ALGORITHMS 1.1: of 6^3 blocks of a patch of 96 exactly 162 are hidden, of the 4^3 of 64 exactly 48; int(0.75 * 27) = 20.
    [Theory]
    [InlineData(6, 162)]
    [InlineData(4, 48)]
    [InlineData(3, 20)]
    public void Exactly_three_quarters_of_the_blocks_are_hidden(int blocksPerSide, int hidden)
    {
        var draws = Enumerable.Range(0, 40).Select(i => HiddenBlocks.Draw(blocksPerSide, 0.75, Seed.Root(i).Random())).ToArray();

        Assert.All(draws, d => Assert.Equal(hidden, d.Count(v => v == 0)));
        Assert.All(draws, d => Assert.Equal(d.Length - hidden, d.Count(v => v == 1)));
        Assert.True(draws.Select(d => string.Concat(d)).Distinct().Count() > 35, "masks should differ");
    }

    [Fact]
    public void Every_block_is_hidden_as_often_as_any_other()
    {
        var hidden = new int[64];
        for (var i = 0; i < 2000; i++)
        {
            foreach (var (block, visible) in HiddenBlocks.Draw(4, 0.75, Seed.Root(i).Random()).Index()) hidden[block] += visible == 0 ? 1 : 0;
        }

        // 1500 expected; the standard deviation of a count is sqrt(2000 * 0.75 * 0.25) = 19.4, and five of them are passed once in a million.
        Assert.All(hidden, h => Assert.InRange(h, 1400, 1600));
    }

    [Fact]
    public void The_loss_is_the_mean_square_over_hidden_voxels_and_so_is_its_gradient()
    {
        using var scope = NewDisposeScope();

        // Two channels, four voxels, of which the second and the third are hidden: (1 + 4 + 9 + 0) / (2 * 2).
        var answer = tensor(new float[] { 9, 1, 2, 9, 9, 3, 0, 9 }, [1, 2, 1, 1, 4]).requires_grad_();
        var hidden = tensor(new float[] { 0, 1, 1, 0 }, [1, 1, 1, 1, 4]);
        var loss = Losses.HiddenSquaredError(answer, zeros([1, 2, 1, 1, 4]), hidden);
        loss.backward();

        Assert.Equal(3.5f, loss.item<float>());
        Assert.Equal([0, 0.5f, 1, 0, 0, 1.5f, 0, 0], answer.grad!.data<float>().ToArray());
    }

    [Fact]
    public void What_is_painted_over_visible_voxels_costs_nothing()
    {
        using var scope = NewDisposeScope();
        var (answer, target, hidden) = Random();
        var elsewhere = answer + (1 - hidden) * 100;

        Assert.Equal(Losses.HiddenSquaredError(answer, target, hidden).item<float>(), Losses.HiddenSquaredError(elsewhere, target, hidden).item<float>());
        Assert.NotEqual(Losses.HiddenSquaredError(answer, target, hidden).item<float>(), Losses.HiddenSquaredError(answer + hidden, target, hidden).item<float>());
    }

    [Fact]
    public void The_loss_does_not_grow_with_the_number_of_channels()
    {
        using var scope = NewDisposeScope();
        var (answer, target, hidden) = Random();
        var one = Losses.HiddenSquaredError(answer[.., 0..1], target[.., 0..1], hidden).item<float>();
        var four = Losses.HiddenSquaredError(answer[.., 0..1].expand(2, 4, 6, 6, 6), target[.., 0..1].expand(2, 4, 6, 6, 6), hidden).item<float>();

        Assert.Equal(one, four, 1e-6f);
    }

    [Fact]
    public void A_mask_of_blocks_repeats_each_block()
    {
        using var scope = NewDisposeScope();
        var blocks = tensor(HiddenBlocks.Draw(2, 0.5, Seed.Root(1).Random()), [1, 1, 2, 2, 2]);
        var large = BlockMask.Enlarged(blocks, 6);

        for (var z = 0; z < 6; z++)
        {
            for (var y = 0; y < 6; y++)
            {
                for (var x = 0; x < 6; x++) Assert.Equal(blocks[0, 0, z / 3, y / 3, x / 3].item<float>(), large[0, 0, z, y, x].item<float>());
            }
        }

        Assert.Throws<ArgumentException>(() => BlockMask.Enlarged(blocks, 7));
    }

    [Fact]
    public void Wrong_settings_are_told_all_at_once()
    {
        var refused = Assert.Throws<CoraException>(() => ExperimentFile.Parse<PretrainExperiment>(
            """
            method = "mae"
            data.patch = 24
            [mae]
            ratio = 1.5
            fill = "black"
            spatial.mirror = 2
            blocks = 3
            """,
            "x.toml"));

        Assert.All(["mae.ratio", "mae.fill", "mae.spatial.mirror", "mae.blocks"], name => Assert.Contains(name, refused.Message, StringComparison.Ordinal));
        Assert.Equal(ExitCode.Usage, refused.Code);
    }

    [Theory]
    [InlineData(24, 16, MaeForm.Dense, "mae.block = 16")]
    [InlineData(16, 16, MaeForm.Dense, "mae.block = 16")]
    [InlineData(24, 4, MaeForm.Sparse, "mae.block = 4")]
    [InlineData(24, 4, MaeForm.Dense, null)]
    [InlineData(24, 8, MaeForm.Sparse, null)]
    [InlineData(96, 16, MaeForm.Sparse, null)]
    public void Blocks_must_fit_the_patch_and_in_the_sparse_form_the_network(int patch, int block, MaeForm form, string? problem)
    {
        var found = new MaeConfig { Block = block, Form = form }.CheckAgainst(patch, new()).Select(p => p.ToString()).ToArray();

        if (problem is null) Assert.Empty(found);
        else Assert.StartsWith(problem, Assert.Single(found), StringComparison.Ordinal);
    }

    private static (Tensor Answer, Tensor Target, Tensor Hidden) Random()
    {
        var random = Seed.Root(5).Random();
        Tensor Normal() => tensor([.. Enumerable.Range(0, 2 * 4 * 216).Select(_ => (float)random.Normal())], [2, 4, 6, 6, 6]);
        return (Normal(), Normal(), tensor([.. Enumerable.Range(0, 2 * 216).Select(_ => random.Chance(0.75) ? 1f : 0)], [2, 1, 6, 6, 6]));
    }
}
