using System.Text.Json;
using Cora.Analysis;
using Cora.Experiments;
using Cora.Networks;
using Cora.Training;

namespace Cora.Tests.Analysis;

/// <summary>Finished runs without a training: random weights with the files that a run leaves.</summary>
internal static class RunsOnDisk
{
    public static readonly ResUNetConfig Network = new() { Channels = [4, 8], Blocks = [1, 1] };

    public static string Write(TemporaryFolder folder, BundleRole role, double spacingMm = 0.85, string? method = null)
    {
        var word = role.ToString().ToLowerInvariant();
        var run = folder["run-" + word];
        var seed = Seed.Root(7).Derive(word);
        PoolingConfig? head = role == BundleRole.Plaque ? new() { Pool = Pooling.Maximum, Within = PooledPlace.Arteries } : null;
        using TorchSharp.torch.nn.Module network = head is null ? new ResUNet(Network, seed) : new EncoderClassifier(Network, head, 2, seed);
        var model = new ModelDescription
        {
            Method = method ?? (role == BundleRole.Response ? "cora" : word), Network = Network, Head = head, Patch = head is null ? 16 : 0, PhantomOnly = true,
            SpacingMm = role == BundleRole.Heart ? [4, 4, 4] : [spacingMm, spacingMm, spacingMm], WindowRange = [0, 1],
            WindowsHu = [[-100, 140], [50, 400], [350, 700], [500, 2000]], Labels = head is null ? [word] : ["calcified_plaque", "non_calcified_plaque"],
        };
        Checkpoint.Save(Path.Combine(run, "checkpoints", "last"), network, optimizer: null, new() { Step = 3, Model = model, PendingLosses = [1.5f], PendingSteps = 2 });
        if (role == BundleRole.Response) return run;
        var experiment = new FinetuneExperiment { Task = Enum.Parse<FinetuneTask>(role.ToString()), Cohort = folder["cohort"], Weights = folder["pretrained"], Data = new() { Patch = 16 }, Stenosis = new() { MinOverlap = 1 } };
        Atomically.WriteText(Path.Combine(run, "experiment.toml"), ExperimentFile.Write(experiment));
        Atomically.WriteText(Path.Combine(run, "scorecard.json"), JsonSerializer.Serialize(new
        {
            task = word, weights = folder["pretrained"], cases = 12, details = new { thresholds = new[] { 0.9 } },
            splits = new { internal_test = new { cases = 4, measures = new { dice = new { value = 0.75, low = 0.7, high = 0.8 }, other = new { value = 3.0 } } } },
        }));
        return run;
    }

    public static Dictionary<BundleRole, string> WriteAll(TemporaryFolder folder) => Enum.GetValues<BundleRole>().ToDictionary(r => r, r => Write(folder, r));
}
