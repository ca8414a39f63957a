using System.Text.RegularExpressions;
using Cora.Networks;
using static Cora.Tests.Networks.TensorFixture;
using static TorchSharp.torch;

namespace Cora.Tests.Networks;

public sealed partial class ResUNetTests
{
    private static readonly Seed Weights = Seed.Root(1).Derive("weights");

    [Theory]
    [InlineData(NetworkForm.Table, Upsampling.Transposed, 18_785_281, 17_279_296)]
    [InlineData(NetworkForm.Table, Upsampling.Trilinear, 19_021_601, 17_279_296)]
    [InlineData(NetworkForm.Resenc, Upsampling.Transposed, 18_816_577, 17_310_368)]
    public void Table_S1_has_its_number_of_parameters(NetworkForm form, Upsampling up, long all, long encoder)
    {
        using var network = new ResUNet(new() { Form = form, Up = up }, Weights);

        Assert.Equal(all, network.parameters().Sum(p => p.numel()));
        Assert.Equal(encoder, network.named_parameters().Where(p => p.name.StartsWith("encoder.", StringComparison.Ordinal)).Sum(p => p.parameter.numel()));
    }

    [Theory]
    [InlineData(Upsampling.Transposed, 505_814_188_032, 149_870_870_528)]
    [InlineData(Upsampling.Trilinear, 585_086_533_632, 173_358_972_928)]
    public void Table_S1_has_its_number_of_operations(Upsampling up, long at96, long at64)
    {
        var network = new ResUNetConfig { Up = up };

        Assert.Equal((at96, at64), (network.ConvolutionOperations(96), network.ConvolutionOperations(64)));
    }

    [Theory]
    [InlineData("g/small_trilinear", Upsampling.Trilinear)]
    [InlineData("g/small_transposed", Upsampling.Transposed)]
    public void The_same_weights_give_the_same_logits_loss_and_gradients_as_the_reference(string name, Upsampling up)
    {
        using var scope = NewDisposeScope();
        var fixture = Fixture.Case(name);
        var expect = fixture.GetProperty("expect");
        var inputs = fixture.GetProperty("inputs");
        using var network = new ResUNet(new() { Channels = [4, 8, 16, 32], Up = up }, Weights);
        var parameters = network.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        var weights = inputs.GetProperty("weights").EnumerateObject().ToArray();
        using (no_grad())
        {
            foreach (var weight in weights) parameters[OurName(weight.Name)].copy_(TensorFixture.Of(weight.Value));
        }

        var stages = network.Encode(TensorFixture.Of(inputs.GetProperty("x")));
        var logits = network.Decode(stages);
        var loss = Losses.Cora(logits, TensorFixture.Of(inputs.GetProperty("target")), new()).Total;
        loss.backward();

        Assert.Equal(weights.Length, parameters.Count);
        Assert.Equal(expect.GetProperty("parameter_count").GetInt64(), parameters.Values.Sum(p => p.numel()));
        Near(expect.GetProperty("logits"), logits, "logits");
        Near(expect.GetProperty("loss"), loss.item<float>(), "loss");
        foreach (var gradient in expect.GetProperty("grads").EnumerateObject()) Near(gradient.Value, parameters[OurName(gradient.Name)].grad!, gradient.Name);
        foreach (var norm in expect.GetProperty("grad_norms").EnumerateObject()) Near(norm.Value, parameters[OurName(norm.Name)].grad!.norm().item<float>(), norm.Name);
        foreach (var stage in expect.GetProperty("stage_mean_std").EnumerateObject().Where(s => s.Name.StartsWith("enc", StringComparison.Ordinal)))
        {
            var output = stages[stage.Name[^1] - '1'];
            Assert.Equal(stage.Value.GetProperty("shape").EnumerateArray().Select(n => n.GetInt64()), output.shape);
            Near(stage.Value.GetProperty("mean"), output.mean().item<float>(), stage.Name);
        }
    }

    [Theory]
    [InlineData(16, 16, 16)]
    [InlineData(24, 16, 8)]
    public void Logits_have_the_size_of_the_input(int depth, int height, int width)
    {
        using var scope = NewDisposeScope();
        using var network = new ResUNet(new() { Channels = [4, 8, 16, 32], Blocks = [1, 1, 1, 1] }, Weights);

        Assert.Equal([2, 1, depth, height, width], network.forward(rand([2, 4, depth, height, width])).shape);
    }

    [Theory]
    [InlineData(NetworkForm.Table, Upsampling.Transposed, 16)]
    [InlineData(NetworkForm.Table, Upsampling.Trilinear, 24)]      // three slices at the coarsest stage
    [InlineData(NetworkForm.Resenc, Upsampling.Transposed, 8)]     // one
    public void A_scan_by_itself_is_answered_and_learnt_from_as_in_a_batch_of_two(NetworkForm form, Upsampling up, int depth)
    {
        using var scope = NewDisposeScope();
        using var network = new ResUNet(new() { Form = form, Up = up, Channels = [4, 8, 24, 32] }, Weights);
        var x = rand([1, 4, depth, 16, 24], generator: new Generator(3));

        var alone = network.forward(x);
        var pair = network.forward(cat([x, x])).narrow(0, 0, 1);
        var (mine, theirs) = (GradientsOf(network, alone), GradientsOf(network, pair));

        Assert.Equal(pair.shape, alone.shape);
        Assert.True(allclose(alone, pair, rtol: 1e-4, atol: 1e-5), "logits");
        foreach (var ((name, a), (_, b)) in mine.Zip(theirs)) Assert.True(allclose(a, b, rtol: 1e-3, atol: 1e-4), name);
    }

    private static (string Name, Tensor Value)[] GradientsOf(ResUNet network, Tensor logits)
    {
        network.zero_grad();
        logits.square().mean().backward();
        return [.. network.named_parameters().Where(p => p.parameter.grad is not null).Select(p => (p.name, p.parameter.grad!.clone()))];
    }

    [Fact]
    public void A_size_that_cannot_be_halved_three_times_is_refused()
    {
        using var scope = NewDisposeScope();
        using var network = new ResUNet(new() { Channels = [4, 8, 16, 32], Blocks = [1, 1, 1, 1] }, Weights);

        Assert.Contains("multiples of 8", Assert.Throws<ArgumentException>(() => network.forward(zeros([1, 4, 20, 16, 16]))).Message);
    }

    [Fact]
    public void A_zero_second_norm_makes_every_block_start_as_its_shortcut()
    {
        using var scope = NewDisposeScope();
        using var network = new ResUNet(new() { InChannels = 4, Channels = [4, 8], Blocks = [1, 1] }, Weights);
        var x = rand([1, 4, 16, 16, 16]);

        // Stage one keeps its channels, so its shortcut is the identity and the input is positive: out = in.
        Assert.True(network.Encode(x)[0].allclose(x));
    }

    [Fact]
    public void One_seed_gives_one_set_of_weights()
    {
        var config = new ResUNetConfig { Channels = [4, 8, 16, 32], Blocks = [1, 1, 1, 1] };
        using var first = new ResUNet(config, Weights);
        using var again = new ResUNet(config, Weights);
        using var other = new ResUNet(config, Seed.Root(2).Derive("weights"));

        Assert.True(Flat(first).equal(Flat(again)).all().item<bool>());
        Assert.False(Flat(first).equal(Flat(other)).all().item<bool>());

        static Tensor Flat(ResUNet network) => cat([.. network.parameters().Select(p => p.flatten())]);
    }

    [Fact]
    public void Initial_convolutions_have_the_variance_of_Kaiming()
    {
        using var network = new ResUNet(new(), Weights);
        var weight = network.named_parameters().Single(p => p.name == "encoder.stages.3.1.conv1.conv.weight").parameter;

        // 256 * 27 inputs; 1.8 million draws give the deviation to a part in a thousand, two are allowed.
        Assert.Equal(1, weight.std().item<float>() / Math.Sqrt(2 / (1 + 1e-4) / (256 * 27)), 0.002);
    }

    [Fact]
    public void Convolutions_in_bf16_change_logits_by_some_percent_only()
    {
        using var scope = NewDisposeScope();
        var config = new ResUNetConfig { Channels = [4, 8, 16, 32], Blocks = [1, 1, 1, 1], ZeroInit = false };
        using var exact = new ResUNet(config, Weights);
        using var rounded = new ResUNet(config, Weights, ConvolutionPrecision.Bf16);
        var x = rand([2, 4, 16, 16, 16]);

        var difference = ((exact.forward(x) - rounded.forward(x)).norm() / exact.forward(x).norm()).item<float>();

        // bf16 keeps 8 bits: 0.4 % an operand, some times that after seven layers.
        Assert.InRange(difference, 1e-6, 0.1);
    }

    [Fact]
    public void Settings_that_cannot_be_built_are_told() =>
        Assert.Equal(["channels", "blocks"], new ResUNetConfig { Channels = [4, 0], Blocks = [1, 1, 1] }.Check().Select(p => p.Name));

    /// <summary>The reference's parameter names in ours.</summary>
    private static string OurName(string name) => name switch
    {
        _ when name.StartsWith("out.", StringComparison.Ordinal) => "head." + name[4..],
        _ when name.StartsWith("ups.", StringComparison.Ordinal) => "decoder.up." + name[4..],
        _ when name.StartsWith("dec.", StringComparison.Ordinal) => "decoder.stages." + name[4..],
        _ => EncoderName().Replace(name, "encoder.stages."),
    };

    [GeneratedRegex("^enc\\.")]
    private static partial Regex EncoderName();
}
