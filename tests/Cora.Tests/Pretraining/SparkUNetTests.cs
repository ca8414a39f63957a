using Cora.Networks;
using Cora.Pretraining;
using static TorchSharp.torch;

namespace Cora.Tests.Pretraining;

public sealed class SparkUNetTests
{
    private const int Side = 16;
    private static readonly ResUNetConfig Small = new() { InChannels = 2, OutChannels = 2, Channels = [4, 8, 8], Blocks = [1, 2, 1], ZeroInit = false };

    [Fact]
    public void A_sparse_norm_has_mean_0_and_variance_1_over_visible_places_and_0_elsewhere()
    {
        using var scope = NewDisposeScope();
        using var norm = new InstanceNorm(3);
        var x = Noise([2, 3, 4, 4, 4], 1);
        var visible = BlockMask.Enlarged(Blocks(2, 2), 4);

        var normed = norm.Sparse(x, visible);

        for (var b = 0; b < 2; b++)
        {
            for (var c = 0; c < 3; c++)
            {
                var (values, mask, raw) = (normed[b, c].flatten().data<float>().ToArray(), visible[b, 0].flatten().data<float>().ToArray(), x[b, c].flatten().data<float>().ToArray());
                var seen = raw.Where((_, i) => mask[i] > 0).Select(v => (double)v).ToArray();
                var (mean, deviation) = (seen.Average(), Math.Sqrt(seen.Sum(v => (v - seen.Average()) * (v - seen.Average())) / seen.Length + 1e-5));
                for (var i = 0; i < values.Length; i++) Assert.Equal(mask[i] > 0 ? (raw[i] - mean) / deviation : 0, values[i], 1e-4);
            }
        }
    }

    [Theory]
    [InlineData(NetworkForm.Table)]
    [InlineData(NetworkForm.Resenc)]
    public void With_every_block_visible_the_sparse_encoder_is_the_ordinary_one(NetworkForm form)
    {
        using var scope = NewDisposeScope();
        using var encoder = new Encoder(Small with { Form = form }, ConvolutionPrecision.Float32);
        Initialization.Draw(encoder, Small, Seed.Root(3));
        using var _ = no_grad();
        var x = Noise([2, 2, Side, Side, Side], 2);
        var all = ones([2, 1, 2, 2, 2]);

        var (dense, sparse) = (encoder.Stages(x), encoder.SparseStages(x, [.. Enumerable.Range(0, 3).Select(s => BlockMask.Enlarged(all, Side >> s))]));

        Assert.All(dense.Zip(sparse), p => Assert.True(p.First.allclose(p.Second, rtol: 1e-3, atol: 1e-4)));
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, false)]      // the source's form: the first convolution reads hidden voxels beside visible ones
    public void What_is_hidden_cannot_be_seen_when_the_input_is_masked(bool masksInput, bool isHidden)
    {
        using var scope = NewDisposeScope();
        using var network = new SparkUNet(Small, Seed.Root(4), masksInput);
        using var _ = no_grad();
        var x = Noise([2, 2, Side, Side, Side], 5);
        var blocks = Blocks(2, 6);
        var changed = x + (1 - BlockMask.Enlarged(blocks, Side)) * 7;

        var (before, after) = (network.forward(x, blocks), network.forward(changed, blocks));

        Assert.Equal(isHidden, before.equal(after).all().item<bool>());
        Assert.Equal([2, 2, Side, Side, Side], before.shape);
    }

    [Fact]
    public void Encoder_and_decoder_have_the_names_and_first_weights_of_the_ordinary_network_and_only_the_rest_is_new()
    {
        using var scope = NewDisposeScope();
        using var sparse = new SparkUNet(Small, Seed.Root(9), masksInput: true);
        using var dense = new ResUNet(Small, Seed.Root(9));
        var (of, named) = (dense.state_dict(), sparse.state_dict());

        Assert.All(of, p => Assert.True(named[p.Key].equal(p.Value).all().item<bool>(), p.Key));
        Assert.All(named.Keys.Except(of.Keys), name => Assert.StartsWith("densify.", name, StringComparison.Ordinal));
        Assert.DoesNotContain("densify.0.conv.weight", named.Keys);
        Assert.Contains("densify.1.conv.weight", named.Keys);
        var tokens = named.Where(p => p.Key.EndsWith("token", StringComparison.Ordinal)).SelectMany(p => p.Value.data<float>().ToArray()).ToArray();
        Assert.Equal(4 + 8 + 8, tokens.Length);
        Assert.All(tokens, t => Assert.InRange(t, -0.02f, 0.02f));
        Assert.Equal(tokens.Length, tokens.Distinct().Count());
    }

    [Fact]
    public void Every_weight_has_a_gradient()
    {
        using var scope = NewDisposeScope();
        using var network = new SparkUNet(Small, Seed.Root(4), masksInput: true);
        var blocks = Blocks(2, 6);

        Losses.HiddenSquaredError(network.forward(Noise([2, 2, Side, Side, Side], 5), blocks), Noise([2, 2, Side, Side, Side], 6), 1 - BlockMask.Enlarged(blocks, Side)).backward();

        Assert.All(network.named_parameters(), p => Assert.True(p.parameter.grad is { } g && g.abs().sum().item<float>() > 0, p.name));
    }

    private static Tensor Noise(long[] shape, long seed)
    {
        var random = Seed.Root(seed).Random();
        return tensor([.. Enumerable.Range(0, (int)shape.Aggregate((a, b) => a * b)).Select(_ => (float)random.Normal())], shape);
    }

    private static Tensor Blocks(int samples, long seed) =>
        tensor([.. Enumerable.Range(0, samples).SelectMany(i => HiddenBlocks.Draw(2, 0.5, Seed.Root(seed).Derive(i).Random()))], [samples, 1, 2, 2, 2]);
}
