using System.Text.Json;
using Cora.Analysis;
using Cora.Networks;
using Cora.Tests.Cli;
using Cora.Training;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Cora.Tests.Analysis;

/// <summary>The state dict here is made by the names and shapes of MIC-DKFZ/dynamic-network-architectures, and run by a plain reading of its forward pass.</summary>
public sealed class PublicWeightsTests
{
    private static readonly int[] TheirChannels = [4, 6, 8, 10, 12];
    private static readonly int[] TheirBlocks = [1, 2, 2, 3, 2];
    private static readonly ResUNetConfig Ours = new() { Form = NetworkForm.Resenc, Channels = [4, 6, 8, 10], Blocks = [1, 2, 2, 2] };

    [Theory]
    [InlineData("")]
    [InlineData("module.")]
    public void A_deeper_public_encoder_for_one_channel_gives_the_same_features_here(string prefix)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var theirs = StateDict(1);
        Write(folder["x.safetensors"], theirs, prefix);

        var report = PublicWeights.Import(folder["x.safetensors"], new() { Network = Ours }, folder["run"], Seed.Root(1));

        using var network = new ResUNet(Ours, Seed.Root(2));
        Checkpoint.LoadWeights(folder["run/checkpoints/last"], network);
        var x = rand([1, 1, 16, 8, 8]);
        var expected = Encode(theirs, x);
        var found = network.Encode(x.repeat(1, 4, 1, 1, 1));
        for (var stage = 0; stage < 3; stage++) Assert.True((expected[stage] - found[stage]).abs().max().item<float>() < 1e-4f, $"stage {stage}");

        Assert.Equal(5, report.FileStages);
        Assert.Equal("repeated", report.Tensors.Single(t => t.Name == "encoder.stem.conv.weight").How);
        Assert.All(report.Tensors.Where(t => t.Name.StartsWith("encoder.", StringComparison.Ordinal)), t => Assert.NotNull(t.From));
        Assert.All(report.Tensors.Where(t => !t.Name.StartsWith("encoder.", StringComparison.Ordinal)), t => Assert.Equal("new", t.How));
        Assert.Equal(theirs.Count, report.Tensors.Count(t => t.From is not null) + report.Unused.Count);
        Assert.Equal("a stage or block that the network here does not have", report.Unused[prefix + "encoder.stages.3.blocks.2.conv1.conv.weight"]);
        Assert.Equal("the same tensor under a second name", report.Unused[prefix + "encoder.stem.convs.0.all_modules.0.weight"]);
        Assert.Equal("an output layer of another task", report.Unused[prefix + "decoder.seg_layers.0.weight"]);
        Assert.DoesNotContain("not known", report.Unused.Values);
    }

    [Fact]
    public void The_decoder_is_taken_level_by_level_from_the_finest_when_asked_for()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var theirs = StateDict(4);
        Write(folder["x.safetensors"], theirs);

        var report = PublicWeights.Import(folder["x.safetensors"], new() { Network = Ours, Decoder = true }, folder["run"], Seed.Root(1));

        Assert.Equal("decoder.transpconvs.1.weight", report.Tensors.Single(t => t.Name == "decoder.up.0.weight").From);
        Assert.Equal("decoder.stages.3.convs.0.norm.bias", report.Tensors.Single(t => t.Name == "decoder.stages.2.norm.bias").From);
        var saved = Safetensors.Open(folder["run/checkpoints/last/model.safetensors"]);
        Assert.True(saved.Read("decoder.stages.2.conv.weight").equal(theirs["decoder.stages.3.convs.0.conv.weight"]).all().item<bool>());
        Assert.Equal("copied", report.Tensors.Single(t => t.Name == "encoder.stem.conv.weight").How);
        Assert.All(report.Tensors.Where(t => t.How == "new"), t => Assert.StartsWith("head.", t.Name, StringComparison.Ordinal));
    }

    [Fact]
    public void Weights_of_another_shape_are_refused_with_every_difference()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        Write(folder["x.safetensors"], StateDict(3));

        var problem = Assert.Throws<CoraException>(() => PublicWeights.Import(folder["x.safetensors"], new() { Network = Ours with { Channels = [4, 6, 8, 16] } }, folder["run"], Seed.Root(1)));

        Assert.Contains("encoder.stages.3.blocks.0.conv1.conv.weight has shape [10, 8, 3, 3, 3], expected [16, 8, 3, 3, 3]", problem.Message, StringComparison.Ordinal);
        Assert.Contains("encoder.stem.convs.0.conv.weight has shape [4, 3, 3, 3, 3], expected [4, 4, 3, 3, 3]", problem.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder["run"]));
    }

    [Fact]
    public void The_command_line_takes_public_weights_over_and_refuses_others()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        Write(folder["x.safetensors"], StateDict(1));
        Write(folder["y.safetensors"], new() { ["some.weight"] = zeros(3) });
        string[] shape = ["--set", "network.channels=[4, 6, 8, 10]", "--set", "network.blocks=[1, 2, 2, 2]"];

        var taken = InProcess.Run(["weights", folder["x.safetensors"], "--out", folder["run"], .. shape]);
        var refused = InProcess.Run("weights", folder["y.safetensors"], "--out", folder["other"]);

        Assert.True(taken.Code == ExitCode.Done, taken.Error);
        using var mapping = JsonDocument.Parse(File.ReadAllText(folder["run/mapping.json"]));
        Assert.Contains(mapping.RootElement.GetProperty("tensors").EnumerateArray(), t => t.GetProperty("how").GetString() == "repeated");
        Assert.Equal(ExitCode.Input, refused.Code);
        Assert.Contains("no residual encoder of the nnU-Net family", refused.Error, StringComparison.Ordinal);
    }

    private static void Write(string path, Dictionary<string, Tensor> tensors, string prefix = "") =>
        Atomically.WriteFile(path, s => Safetensors.Write(s, [.. tensors.Select(t => (prefix + t.Key, t.Value))]));

    private static Dictionary<string, Tensor> StateDict(int inputs)
    {
        var state = new Dictionary<string, Tensor>();
        void ConvNorm(string name, int to, int from, int kernel, bool bias)
        {
            var (weight, scale, shift) = (randn([to, from, kernel, kernel, kernel]) * 0.3, rand(to) + 0.5, randn(to) * 0.1);
            (state[name + ".conv.weight"], state[name + ".norm.weight"], state[name + ".norm.bias"]) = (weight, scale, shift);
            (state[name + ".all_modules.0.weight"], state[name + ".all_modules.1.weight"], state[name + ".all_modules.1.bias"]) = (weight, scale, shift);
            if (bias) state[name + ".conv.bias"] = state[name + ".all_modules.0.bias"] = randn(to) * 0.1;
        }

        ConvNorm("encoder.stem.convs.0", TheirChannels[0], inputs, 3, true);
        for (var s = 0; s < TheirChannels.Length; s++)
        {
            for (var b = 0; b < TheirBlocks[s]; b++)
            {
                var (from, to) = (b == 0 && s > 0 ? TheirChannels[s - 1] : TheirChannels[s], TheirChannels[s]);
                ConvNorm($"encoder.stages.{s}.blocks.{b}.conv1", to, from, 3, true);
                ConvNorm($"encoder.stages.{s}.blocks.{b}.conv2", to, to, 3, true);
                if (from != to) ConvNorm($"encoder.stages.{s}.blocks.{b}.skip.1", to, from, 1, false);          // 0 is the pooling
            }
        }

        foreach (var (name, value) in state.ToArray()) state["decoder." + name] = value;
        for (var i = 0; i < TheirChannels.Length - 1; i++)
        {
            var (below, skip) = (TheirChannels[^(i + 1)], TheirChannels[^(i + 2)]);
            (state[$"decoder.transpconvs.{i}.weight"], state[$"decoder.transpconvs.{i}.bias"]) = (randn([below, skip, 2, 2, 2]), randn(skip));
            ConvNorm($"decoder.stages.{i}.convs.0", skip, 2 * skip, 3, true);
            (state[$"decoder.seg_layers.{i}.weight"], state[$"decoder.seg_layers.{i}.bias"]) = (randn([2, skip, 1, 1, 1]), randn(2));
        }

        return state;
    }

    /// <summary>Stem, then residual blocks whose shortcut is pooled where the stride is 2 and projected where channels change.</summary>
    private static List<Tensor> Encode(Dictionary<string, Tensor> state, Tensor x)
    {
        Tensor ConvNorm(string name, Tensor input, int stride)
        {
            var weight = state[name + ".conv.weight"];
            var y = F.conv3d(input, weight, state.GetValueOrDefault(name + ".conv.bias"), [stride, stride, stride], weight.shape[2] == 3 ? [1, 1, 1] : [0, 0, 0]);
            var (mean, variance) = (y.mean([2, 3, 4], keepdim: true), y.var([2, 3, 4], unbiased: false, keepdim: true));
            long[] channels = [1, -1, 1, 1, 1];
            return (y - mean) / (variance + 1e-5).sqrt() * state[name + ".norm.weight"].view(channels) + state[name + ".norm.bias"].view(channels);
        }

        var features = new List<Tensor>();
        x = F.leaky_relu(ConvNorm("encoder.stem.convs.0", x, 1), 0.01);
        for (var s = 0; s < 3; s++)
        {
            for (var b = 0; b < TheirBlocks[s]; b++)
            {
                var name = $"encoder.stages.{s}.blocks.{b}";
                var stride = s > 0 && b == 0 ? 2 : 1;
                var straight = stride == 2 ? F.avg_pool3d(x, [2, 2, 2], [2, 2, 2]) : x;
                if (state.ContainsKey(name + ".skip.1.conv.weight")) straight = ConvNorm(name + ".skip.1", straight, 1);
                x = F.leaky_relu(ConvNorm(name + ".conv2", F.leaky_relu(ConvNorm(name + ".conv1", x, stride), 0.01), 1) + straight, 0.01);
            }

            features.Add(x);
        }

        return features;
    }
}
