using Cora.Networks;
using static TorchSharp.torch;

namespace Cora.Tests.Networks;

public sealed class EncoderClassifierTests
{
    private static readonly ResUNetConfig Small = new() { Channels = [4, 8, 16], Blocks = [1, 1, 1], ZeroInit = false };
    private static readonly Seed Weights = Seed.Root(3);

    [Theory]
    [InlineData(Pooling.Average, PooledStages.Last, 16)]
    [InlineData(Pooling.Maximum, PooledStages.All, 28)]
    [InlineData(Pooling.LogSumExp, PooledStages.Last, 16)]
    [InlineData(Pooling.TopK, PooledStages.All, 28)]
    public void Every_head_gives_a_logit_a_target_and_gradients_to_the_first_layer(Pooling pool, PooledStages stages, int features)
    {
        using var scope = NewDisposeScope();
        using var network = new EncoderClassifier(Small, new() { Pool = pool, Stages = stages }, 2, Weights);
        var windows = rand([2, 4, 16, 16, 16]);

        Assert.Equal([2, features], network.Pool(network.Encode(windows)).shape);
        var logits = network.forward(windows);
        logits.sum().backward();

        Assert.Equal([2, 2], logits.shape);
        Assert.True(network.named_parameters().First().parameter.grad!.abs().sum().item<float>() > 0);
    }

    [Fact]
    public void Pools_lie_between_mean_and_maximum_and_meet_them_at_their_ends()
    {
        using var scope = NewDisposeScope();
        Tensor Features(PoolingConfig config)
        {
            var network = new EncoderClassifier(Small, config, 1, Weights);
            return network.Pool([ones([1, 16, 1, 1, 1]) * arange(27f).view(1, 1, 3, 3, 3)]);
        }

        Assert.Equal(13, Features(new()).max().item<float>(), 1e-4f);
        Assert.Equal(26, Features(new() { Pool = Pooling.Maximum }).max().item<float>(), 1e-4f);
        Assert.Equal(25, Features(new() { Pool = Pooling.TopK, TopK = 3 }).max().item<float>(), 1e-4f);
        Assert.Equal(13, Features(new() { Pool = Pooling.TopK, TopK = 100 }).max().item<float>(), 1e-4f);

        // log(mean(exp(r x)))/r: (26 + (log(1/(1-e^-r)) - log 27)/r) for r = 5 and x = 0..26.
        var sharp = 26 + (-Math.Log(1 - Math.Exp(-5)) - Math.Log(27)) / 5;
        Assert.Equal(sharp, Features(new() { Pool = Pooling.LogSumExp, Sharpness = 5 }).max().item<float>(), 1e-3);
    }

    [Fact]
    public void The_encoder_of_a_pretrained_network_fits_and_starts_alike()
    {
        using var unet = new ResUNet(Small, Weights);
        using var network = new EncoderClassifier(Small, new(), 2, Weights);

        var theirs = unet.named_parameters().Where(p => p.name.StartsWith("encoder.", StringComparison.Ordinal)).ToDictionary(p => p.name, p => p.parameter);
        var ours = network.named_parameters().Where(p => p.name.StartsWith("encoder.", StringComparison.Ordinal)).ToDictionary(p => p.name, p => p.parameter);

        Assert.Equal(theirs.Keys.Order(), ours.Keys.Order());
        Assert.All(ours, p => Assert.True(p.Value.equal(theirs[p.Key]).all().item<bool>(), p.Key));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void With_the_papers_head_Grad_CAM_is_the_class_activation_map(bool isFrozen)
    {
        using var scope = NewDisposeScope();
        using var network = new EncoderClassifier(Small, new(), 2, Weights);
        if (isFrozen) network.FreezeEncoder();
        var windows = rand([1, 4, 16, 24, 32]);
        var last = network.Encode(windows)[^1];
        var weight = network.named_parameters().Single(p => p.name == "head.weight").parameter;

        var got = GradCam.Raw(network, windows, target: 1, stage: 2);

        // dlogit/dA = W/N at every voxel, so Grad-CAM must be ReLU(sum of W·A)/N.
        var want = (weight[1].view(1, 16, 1, 1, 1) * last).sum(1, keepdim: true).relu() / (4 * 6 * 8);
        Assert.Equal([1, 1, 4, 6, 8], got.shape);
        Assert.InRange((got - want).abs().max().item<float>(), 0, 1e-6f);
    }

    [Fact]
    public void A_map_spans_zero_to_one_on_the_inputs_voxels_and_a_finer_stage_shows_more()
    {
        using var scope = NewDisposeScope();
        using var network = new EncoderClassifier(Small, new() { Pool = Pooling.Maximum }, 1, Weights);
        var windows = rand([1, 4, 16, 16, 24]);

        foreach (var stage in new[] { 0, 1, 2 })
        {
            var map = GradCam.Of(network, windows, 0, stage);
            Assert.Equal(16 * 16 * 24, map.Length);
            Assert.Equal((0f, map.Any(v => v > 0) ? 1f : 0f), (map.Min(), map.Max()));
        }
    }

    [Theory]
    [InlineData(NetworkForm.Table, false)]
    [InlineData(NetworkForm.Resenc, false)]
    [InlineData(NetworkForm.Table, true)]
    public void Recomputed_blocks_give_the_same_gradients(NetworkForm form, bool isFrozen)
    {
        using var scope = NewDisposeScope();
        var config = new ResUNetConfig { Channels = [4, 8, 8], Blocks = [1, 2, 1], Form = form, ZeroInit = false };
        var windows = rand([2, 4, 8, 8, 12], generator: new Generator(5));

        Tensor[] Gradients(bool recomputes)
        {
            using var network = new EncoderClassifier(config, new() { Pool = Pooling.Maximum, Stages = PooledStages.All }, 2, Seed.Root(3)) { Recomputes = recomputes };
            if (isFrozen) network.FreezeEncoder();
            network.forward(windows).pow(2).sum().backward();
            return [.. network.parameters().Select(p => p.grad is { } g ? g.clone() : zeros(1))];
        }

        var (kept, again) = (Gradients(false), Gradients(true));

        Assert.Equal(isFrozen ? 2 : kept.Length, kept.Count(g => g.abs().max().item<float>() > 0));
        
        // The same numbers are added in another order where a stage feeds the head and the next block; biases before a norm have no gradient but rounding.
        var scale = kept.Max(g => g.abs().max().item<float>());
        Assert.All(kept.Zip(again), pair => Assert.True((pair.First - pair.Second).abs().max().item<float>() < 1e-5 * scale));
    }

    [Theory]
    [InlineData(Pooling.Average)]
    [InlineData(Pooling.Maximum)]
    [InlineData(Pooling.LogSumExp)]
    [InlineData(Pooling.TopK)]
    public void Pooling_within_a_place_sees_its_voxels_and_no_others(Pooling pool)
    {
        using var scope = NewDisposeScope();
        using var network = new EncoderClassifier(Small, new() { Pool = pool, Stages = PooledStages.All, TopK = 2 }, 2, Weights);
        var stages = network.Encode(rand([2, 4, 16, 16, 16], generator: new Generator(2)));
        var place = zeros([2, 1, 16, 16, 16]);
        place[0, 0, 4, 5, 6] = 1;                                                   // one voxel in each stage: every pooling gives its value
        var features = network.Pool(stages, place);
        var everywhere = network.Pool(stages);

        var expected = cat([stages[0][0, TensorIndex.Ellipsis, 4, 5, 6], stages[1][0, TensorIndex.Ellipsis, 2, 2, 3], stages[2][0, TensorIndex.Ellipsis, 1, 1, 1]], 0);
        Assert.True((features[0] - expected).abs().max().item<float>() < 1e-5);
        Assert.True((features[1] - everywhere[1]).abs().max().item<float>() < 1e-5);          // an empty place is the whole scan
    }

    [Fact]
    public void Recomputation_holds_far_fewer_bytes_while_a_step_is_computed()
    {
        var config = new ResUNetConfig { Channels = [8, 16], Blocks = [3, 3] };
        var fully = EncoderClassifier.KeptBytes(config, 64 * 64 * 64);
        Assert.Equal(4 * (4L * 262144 + 5L * 3 * 8 * 262144 + 5L * 3 * 16 * 32768), fully);
    }
}
