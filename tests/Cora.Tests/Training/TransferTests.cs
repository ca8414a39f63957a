using Cora.Experiments;
using Cora.Networks;
using Cora.Training;
using static TorchSharp.torch;

namespace Cora.Tests.Training;

public sealed class TransferTests
{
    private static readonly ResUNetConfig Small = new() { Channels = [6, 8], Blocks = [1, 1] };

    [Theory]
    [InlineData(NetworkForm.Table)]
    [InlineData(NetworkForm.Resenc)]
    public void One_input_channel_is_repeated_over_four_and_divided(NetworkForm form)
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        using var from = new ResUNet(Small with { InChannels = 1, Form = form }, Seed.Root(1));
        using var to = new ResUNet(Small with { Form = form }, Seed.Root(2));
        Save(folder["c"], from);

        var report = Checkpoint.Transfer(folder["c"], to, "encoder.", "decoder.", "head.");

        string[] expected = form == NetworkForm.Resenc ? ["encoder.stem.conv.weight"] : ["encoder.stages.0.0.conv1.conv.weight", "encoder.stages.0.0.shortcut.conv.weight"];
        Assert.Equal(expected, report.Repeated.Order(StringComparer.Ordinal));
        using var _ = no_grad();

        // The same scan in all four channels is what the one channel saw.
        var x = randn([2, 1, 8, 8, 8]);
        Assert.True(from.forward(x).allclose(to.forward(x.expand(2, 4, 8, 8, 8)), rtol: 1e-3, atol: 1e-4));
    }

    [Fact]
    public void A_part_that_is_missing_or_does_not_fit_is_named_and_nothing_is_changed()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        using var voco = new VoCoNetwork(Small, 4, ProjectorNorm.Row, VoCoTeacher.Projector, Seed.Root(1));
        using var deeper = new ResUNet(Small with { Blocks = [1, 2] }, Seed.Root(1));
        using var to = new ResUNet(Small, Seed.Root(2));
        Save(folder["voco"], voco);
        Save(folder["deeper"], deeper);
        var before = to.state_dict().ToDictionary(p => p.Key, p => p.Value.clone());

        Assert.Contains("decoder.up.0.weight is missing", Assert.Throws<CoraException>(() => Checkpoint.Transfer(folder["voco"], to, "encoder.", "decoder.")).Message);
        Assert.Contains("encoder.stages.1.1.conv1.conv.weight is not known", Assert.Throws<CoraException>(() => Checkpoint.Transfer(folder["deeper"], to, "encoder.")).Message);
        Assert.Contains("the network has no projector.", Assert.Throws<CoraException>(() => Checkpoint.Transfer(folder["voco"], to, "projector.")).Message);

        Assert.All(to.state_dict(), p => Assert.True(p.Value.equal(before[p.Key]).all().item<bool>(), p.Key));
    }

    [Fact]
    public void Every_task_says_which_parts_it_may_take()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["e.toml"], "[plaque]\ntransfer = [\"decoder\"]\n[mace]\ntransfer = [\"head\"]\n[stenosis]\ntransfer = [\"encoder\", \"encoder\"]\n[arteries]\ntransfer = []\n");

        var problem = Assert.Throws<CoraException>(() => ExperimentFile.Load<FinetuneExperiment>(folder["e.toml"]));

        Assert.All(["plaque.transfer", "mace.transfer", "stenosis.transfer"], name => Assert.Contains(name, problem.Message, StringComparison.Ordinal));
        Assert.DoesNotContain("arteries.transfer", problem.Message, StringComparison.Ordinal);
    }

    private static void Save(string folder, nn.Module network) => Checkpoint.Save(folder, network, null, new()
    {
        Step = 1, Model = new() { Method = "test", Network = Small, SpacingMm = [1, 1, 1], Patch = 8, WindowsHu = [], WindowRange = [], Labels = [] },
    });
}
