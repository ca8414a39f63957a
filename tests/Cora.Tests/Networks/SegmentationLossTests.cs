using Cora.Imaging;
using Cora.Networks;
using Cora.Training;
using static TorchSharp.torch;

namespace Cora.Tests.Networks;

public sealed class SegmentationLossTests
{
    private static readonly Seed Weights = Seed.Root(1).Derive("weights");
    private static readonly ResUNetConfig Small = new() { InChannels = 1, OutChannels = 2, Channels = [4, 8, 16, 32], Blocks = [1, 1, 1, 1], ZeroInit = false };

    // Three levels are Table S1; five are a six-stage network of the nnU-Net family: 8, 4, 2, 1 fifteenths.
    [Theory]
    [InlineData(1, new[] { 1.0 })]
    [InlineData(3, new[] { 2.0 / 3, 1.0 / 3, 0 })]
    [InlineData(5, new[] { 8.0 / 15, 4.0 / 15, 2.0 / 15, 1.0 / 15, 0 })]
    public void Levels_weigh_half_of_the_finer_one_and_the_coarsest_nothing(int levels, double[] expected)
    {
        foreach (var (weight, ours) in expected.Zip(SegmentationLoss.LevelWeights(levels))) Assert.Equal(weight, ours, 12);
    }

    [Fact]
    public void Loss_of_four_voxels_is_what_a_hand_calculates()
    {
        using var scope = NewDisposeScope();

        // Foreground probabilities .5, .8, .2, .5 of voxels 0, 1 | 0, 1: logits of the foreground are ln(p / (1 - p)), those of the background 0.
        var p = new[] { 0.5, 0.8, 0.2, 0.5 };
        var foreground = tensor(p.Select(v => (float)Math.Log(v / (1 - v))).ToArray(), [2, 1, 1, 1, 2]);
        var logits = cat([zeros_like(foreground), foreground], 1);
        var target = tensor([0L, 1L, 0L, 1L], [2, 1, 1, 1, 2]);

        var entropy = -(Math.Log(0.5) + Math.Log(0.8) + Math.Log(0.8) + Math.Log(0.5)) / 4;
        var batch = -(2 * 1.3) / (2.0 + 2);
        var sample = -(2 * 0.8 / (1.3 + 1) + 2 * 0.5 / (0.7 + 1)) / 2;

        // The smoothing of 1e-5 moves the third digit after it.
        Assert.Equal(entropy, SegmentationLoss.Of(logits, target, new()).CrossEntropy.item<float>(), 1e-6);
        Assert.Equal(batch, SegmentationLoss.Of(logits, target, new()).Dice.item<float>(), 1e-5);
        Assert.Equal(sample, SegmentationLoss.Of(logits, target, new() { BatchDice = false }).Dice.item<float>(), 1e-5);
        Assert.Equal(entropy + batch, SegmentationLoss.Of(logits, target, new()).Total.item<float>(), 1e-5);
    }

    [Fact]
    public void A_perfect_answer_tends_to_minus_one()
    {
        using var scope = NewDisposeScope();
        var target = randint(0, 2, [2, 1, 8, 8, 8], dtype: int64);
        var foreground = target.to(float32) * 60 - 30;

        Assert.Equal(-1, SegmentationLoss.Of(cat([zeros_like(foreground), foreground], 1), target, new()).Total.item<float>(), 1e-5);
    }

    [Fact]
    public void Nothing_to_find_and_nothing_found_costs_nothing_more()
    {
        using var scope = NewDisposeScope();
        var nothing = full([1, 1, 4, 4, 4], -200f);
        var loss = SegmentationLoss.Of(cat([zeros_like(nothing), nothing], 1), zeros([1, 1, 4, 4, 4], dtype: int64), new());

        // (0 + s) / (0 + 0 + s) is a Dice of one.
        Assert.Equal(-1, loss.Total.item<float>(), 1e-6);
    }

    [Fact]
    public void Coarser_targets_take_the_voxel_after_the_middle()
    {
        using var scope = NewDisposeScope();
        var target = arange(8, dtype: int64).reshape(1, 1, 1, 1, 8).expand(1, 1, 8, 8, 8);

        Assert.Equal([1, 3, 5, 7], SegmentationLoss.AtLevel(target, 1).select(2, 0).select(2, 0).flatten().data<long>().ToArray());
        Assert.Equal([2, 6], SegmentationLoss.AtLevel(target, 2).select(2, 0).select(2, 0).flatten().data<long>().ToArray());
        Assert.Equal([1, 1, 2, 2, 2], SegmentationLoss.AtLevel(target, 2).shape);
    }

    [Fact]
    public void Levels_are_added_by_their_weights()
    {
        using var scope = NewDisposeScope();
        var target = randint(0, 2, [2, 1, 8, 8, 8], dtype: int64);
        Tensor[] logits = [randn([2, 2, 8, 8, 8]), randn([2, 2, 4, 4, 4]), full([2, 2, 2, 2, 2], float.NaN)];

        var expected = 2.0 / 3 * SegmentationLoss.Of(logits[0], target, new()).Total.item<float>()
            + 1.0 / 3 * SegmentationLoss.Of(logits[1], SegmentationLoss.AtLevel(target, 1), new()).Total.item<float>();

        // The coarsest is never looked at: its NaN would spoil the sum.
        Assert.Equal(expected, SegmentationLoss.Of(logits, target, new()).Total.item<float>(), 1e-6);
    }

    [Fact]
    public void Shapes_that_do_not_fit_are_refused()
    {
        using var scope = NewDisposeScope();

        Assert.Throws<ArgumentException>(() => SegmentationLoss.Of(zeros([1, 2, 4, 4, 4]), zeros([1, 1, 4, 4, 2], dtype: int64), new()));
        Assert.Throws<ArgumentException>(() => SegmentationLoss.Of(zeros([1, 1, 4, 4, 4]), zeros([1, 1, 4, 4, 4], dtype: int64), new()));
    }

    [Fact]
    public void Supervised_levels_halve_and_the_first_is_the_answer()
    {
        using var scope = NewDisposeScope();
        using var network = new ResUNet(Small with { DeepSupervision = true }, Weights);
        var x = randn([2, 1, 16, 24, 16]);

        var levels = network.Supervised(x);

        Assert.Equal([[2, 2, 16, 24, 16], [2, 2, 8, 12, 8], [2, 2, 4, 6, 4]], levels.Select(l => l.shape));
        Assert.True(levels[0].equal(network.forward(x)).all().item<bool>());
    }

    [Fact]
    public void Deep_supervision_adds_two_heads_and_shifts_no_other_weight()
    {
        using var scope = NewDisposeScope();
        using var without = new ResUNet(Small, Weights);
        using var with = new ResUNet(Small with { DeepSupervision = true }, Weights);
        var plain = without.state_dict();
        var supervised = with.state_dict();

        Assert.Equal(["supervision.0.bias", "supervision.0.weight", "supervision.1.bias", "supervision.1.weight"], supervised.Keys.Except(plain.Keys).Order(StringComparer.Ordinal));
        Assert.All(plain, p => Assert.True(p.Value.equal(supervised[p.Key]).all().item<bool>(), p.Key));
        Assert.Throws<InvalidOperationException>(() => without.Supervised(zeros([1, 1, 16, 16, 16])));
    }

    [Fact]
    public void Every_level_with_a_weight_learns()
    {
        using var scope = NewDisposeScope();
        using var network = new ResUNet(Small with { DeepSupervision = true }, Weights);
        SegmentationLoss.Of(network.Supervised(randn([2, 1, 16, 16, 16])), randint(0, 2, [2, 1, 16, 16, 16], dtype: int64), new()).Total.backward();
        var gradients = network.named_parameters().ToDictionary(p => p.name, p => p.parameter.grad);

        Assert.True(gradients["head.weight"]!.norm().item<float>() > 0);
        Assert.True(gradients["supervision.0.weight"]!.norm().item<float>() > 0);
        Assert.Null(gradients["supervision.1.weight"]);
    }

    [Fact]
    public void The_heads_of_coarser_levels_do_not_travel()
    {
        using var folder = new TemporaryFolder();
        using var from = new ResUNet(Small with { DeepSupervision = true }, Weights);
        using var to = new ResUNet(Small, Seed.Root(2));
        Checkpoint.Save(folder["c"], from, null, new() { Step = 1, Model = Described(from.Config) });

        var report = Checkpoint.Transfer(folder["c"], to, "encoder.", "decoder.");

        Assert.Equal(["head.bias", "head.weight"], report.New.Order(StringComparer.Ordinal));
        Assert.Equal(6, report.Unused.Count);
    }

    [Fact]
    public void A_checkpoint_says_how_its_input_is_normalised()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        using var network = new ResUNet(Small, Weights);
        var normalization = new CtNormalization { LowHu = 10, HighHu = 700, MeanHu = 320.5, StdHu = 120.25 };
        Checkpoint.Save(folder["c"], network, null, new() { Step = 1, Model = Described(Small) with { Normalization = normalization, WindowsHu = [] } });

        var read = Checkpoint.ReadState(folder["c"]).Model;
        var input = read.Input();
        var hu = new[] { -1000f, 10, 320.5f, 700, 2000 };

        Assert.Equal(normalization, read.Normalization);
        Assert.Equal(1, input.Count);
        var seen = input.Of(tensor(hu, [1, 1, 1, 1, 5])).flatten().data<float>().ToArray();
        var (low, high) = ((10 - 320.5) / 120.25, (700 - 320.5) / 120.25);
        foreach (var (expected, i) in new[] { low, low, 0, high, high }.Select((v, i) => (v, i)))
        {
            Assert.Equal(expected, seen[i], 1e-6);
            Assert.Equal(expected, normalization.Apply(hu[i]), 1e-6);
        }

        Assert.IsType<WindowChannels>((Described(Small) with { WindowsHu = [[-100, 140]] }).Input());
    }

    private static ModelDescription Described(ResUNetConfig network) => new()
    {
        Method = "arteries", Network = network, SpacingMm = [0.5, 0.5, 0.5], Patch = 16, WindowsHu = [], WindowRange = [0, 1], Labels = ["background", "coronary artery"],
    };
}
