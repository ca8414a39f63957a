using Cora.Networks;
using Cora.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Cora.Tests.Training;

public sealed class TrainerTests
{
    private static readonly TrainerConfig Short = new()
    {
        Steps = 20, BatchSize = 2, Workers = 1, Optimizer = OptimizerKind.Adamw, LearningRate = 1e-3, CheckpointEvery = 5, ValidateEvery = 8, LogEvery = 3,
    };

    [Theory]
    [InlineData(OptimizerKind.Adamw)]
    [InlineData(OptimizerKind.Sgd)]
    public void A_resumed_run_is_the_same_run(OptimizerKind optimizer)
    {
        using var folder = new TemporaryFolder();
        var config = Short with { Optimizer = optimizer };
        Train(folder["whole"], config);

        // Stopped after steps 7 and 12, which are neither checkpoint nor log steps.
        Assert.True(Train(folder["parts"], config, stopAfter: 7).IsInterrupted);
        Assert.True(Train(folder["parts"], config, stopAfter: 12).IsInterrupted);
        Assert.False(Train(folder["parts"], config).IsInterrupted);

        Assert.Equal(Checkpoint.WeightsHash(folder["whole/checkpoints/last"]), Checkpoint.WeightsHash(folder["parts/checkpoints/last"]));
        Assert.Equal(Checkpoint.WeightsHash(folder["whole/checkpoints/best"]), Checkpoint.WeightsHash(folder["parts/checkpoints/best"]));
        Assert.Equal(Losses(folder["whole/metrics.csv"]), Losses(folder["parts/metrics.csv"]));
        Assert.Equal(File.ReadAllText(folder["whole/validation.csv"]), File.ReadAllText(folder["parts/validation.csv"]));
    }

    [Fact]
    public void A_run_that_was_killed_goes_on_from_its_checkpoint_and_ends_the_same()
    {
        using var folder = new TemporaryFolder();
        Train(folder["whole"], Short);

        // A kill leaves the checkpoint of step 10 and rows beyond it, the last one cut in the middle.
        Train(folder["killed"], Short with { }, stopAfter: 10);
        File.AppendAllText(folder["killed/metrics.csv"], "12,0.5,0.1,0.4,0.001,1,0\n15,0.");
        Train(folder["killed"], Short);

        Assert.Equal(Checkpoint.WeightsHash(folder["whole/checkpoints/last"]), Checkpoint.WeightsHash(folder["killed/checkpoints/last"]));
        Assert.Equal(Losses(folder["whole/metrics.csv"]), Losses(folder["killed/metrics.csv"]));
    }

    [Fact]
    public void A_crash_between_the_two_renames_of_a_checkpoint_loses_nothing()
    {
        using var folder = new TemporaryFolder();
        Train(folder["whole"], Short);
        Train(folder["crashed"], Short, stopAfter: 10);
        Directory.Move(folder["crashed/checkpoints/last"], folder["crashed/checkpoints/last.old"]);

        Train(folder["crashed"], Short);

        Assert.Equal(Checkpoint.WeightsHash(folder["whole/checkpoints/last"]), Checkpoint.WeightsHash(folder["crashed/checkpoints/last"]));
    }

    [Fact]
    public void The_number_of_workers_does_not_change_the_weights()
    {
        using var folder = new TemporaryFolder();
        foreach (var workers in new[] { 0, 1, 4 }) Train(folder[$"{workers}"], Short with { Workers = workers });

        Assert.Single(new[] { 0, 1, 4 }.Select(w => Checkpoint.WeightsHash(folder[$"{w}/checkpoints/last"])).Distinct());
    }

    [Fact]
    public void Another_seed_gives_other_weights()
    {
        using var folder = new TemporaryFolder();
        Train(folder["a"], Short with { Steps = 2 });
        Train(folder["b"], Short with { Steps = 2 }, seed: 2);

        Assert.NotEqual(Checkpoint.WeightsHash(folder["a/checkpoints/last"]), Checkpoint.WeightsHash(folder["b/checkpoints/last"]));
    }

    [Fact]
    public void One_batch_can_be_learnt_by_heart()
    {
        using var folder = new TemporaryFolder();
        Train(folder.Path, Short with { Steps = 150, LearningRate = 5e-3, Schedule = ScheduleKind.Constant, LogEvery = 1 }, isOneBatch: true);
        var losses = Losses(folder["metrics.csv"]).Select(l => double.Parse(l[1], System.Globalization.CultureInfo.InvariantCulture)).ToArray();

        Assert.True(losses[^1] < 0.2 * losses[0], $"{losses[0]} fell to {losses[^1]} only");
    }

    [Fact]
    public void Accumulated_micro_batches_give_the_gradient_of_the_large_batch()
    {
        using var folder = new TemporaryFolder();

        // The same four samples as one batch of four, or as two of two. A mean of means: equal but for the order of sums.
        Train(folder["large"], Short with { Steps = 1, BatchSize = 4, Optimizer = OptimizerKind.Sgd, LearningRate = 0.1 }, isOneBatch: true);
        Train(folder["small"], Short with { Steps = 1, BatchSize = 2, MicroBatches = 2, Optimizer = OptimizerKind.Sgd, LearningRate = 0.1 }, isOneBatch: true);

        var (large, small) = (Safetensors.Open(folder["large/checkpoints/last/model.safetensors"]), Safetensors.Open(folder["small/checkpoints/last/model.safetensors"]));
        using var scope = NewDisposeScope();
        Assert.All(large.Entries.Keys, name => Assert.True(large.Read(name).allclose(small.Read(name), rtol: 1e-3, atol: 1e-5), name));
    }

    [Fact]
    public void Tensors_do_not_pile_up()
    {
        using var folder = new TemporaryFolder();
        var live = new List<long>();
        Train(folder.Path, Short with { Steps = 50, LogEvery = 1, Workers = 0, ValidateEvery = 7 }, onEvent: e =>
        {
            if (e is StepDone) live.Add(DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        });

        Assert.Equal(50, live.Count);
        Assert.True(live[^1] <= live[10], $"{live[10]} live tensors after 10 steps, {live[^1]} after 50");
    }

    [Fact]
    public void A_loss_that_is_not_finite_stops_the_run_and_keeps_the_checkpoint()
    {
        using var folder = new TemporaryFolder();
        var refused = Assert.Throws<CoraException>(() => Train(folder.Path, Short, nanFrom: 12));

        Assert.Contains("not a finite number", refused.Message);
        Assert.Equal(10, Checkpoint.ReadState(folder["checkpoints/last"]).Step);
    }

    [Fact]
    public void A_failure_while_preparing_a_batch_is_told_and_no_thread_stays()
    {
        using var folder = new TemporaryFolder();

        Assert.Contains("no such study", Assert.Throws<CoraException>(() => Train(folder.Path, Short with { Workers = 3 }, failAt: 6)).Message);
    }

    [Fact]
    public void A_checkpoint_of_another_architecture_is_refused_by_name()
    {
        using var folder = new TemporaryFolder();
        Train(folder.Path, Short with { Steps = 2 });

        var refused = Assert.Throws<CoraException>(() => Train(folder.Path, Short, network: new() { Channels = [4, 8, 8], Blocks = [1, 1, 1] }));

        Assert.Equal(ExitCode.Input, refused.Code);
        Assert.Contains("channels [4, 8], ", refused.Message);
        Assert.Contains("channels [4, 8, 8]", refused.Message);
    }

    private static List<string[]> Losses(string path) => [.. File.ReadLines(path).Skip(1).Select(l => l.Split(',')[..4])];

    private static TrainingResult Train(
        string run, TrainerConfig config, long seed = 1, int stopAfter = int.MaxValue, bool isOneBatch = false, int nanFrom = int.MaxValue, int failAt = int.MaxValue,
        ResUNetConfig? network = null, Action<RunEvent>? onEvent = null)
    {
        network ??= new() { Channels = [4, 8], Blocks = [1, 1] };
        using var stop = new CancellationTokenSource();
        using var task = new BrightSpots(network, Seed.Root(seed), config) { IsOneBatch = isOneBatch, NanFrom = nanFrom, FailAt = failAt, AfterSteps = step => { if (step + 1 == stopAfter) stop.Cancel(); } };
        var model = new ModelDescription
        {
            Method = "test", Network = network, SpacingMm = [1, 1, 1], Patch = 8, WindowsHu = [[0, 1]], WindowRange = [0, 1], Labels = ["spot"],
        };
        return new Trainer(config, run, model, CPU, onEvent is null ? null : new Listener(onEvent)).Fit(task, Seed.Root(seed), stop.Token);
    }

    private sealed class Listener(Action<RunEvent> onEvent) : IProgress<RunEvent>
    {
        public void Report(RunEvent value) => onEvent(value);
    }

    /// <summary>Finds voxels brighter than a threshold in random volumes: the smallest thing this trainer can learn.</summary>
    private sealed class BrightSpots(ResUNetConfig config, Seed seed, TrainerConfig trainer) : ITrainingTask<float[]>
    {
        private const int Side = 8;

        public bool IsOneBatch { get; init; }

        public int NanFrom { get; init; }

        public int FailAt { get; init; }

        public required Action<long> AfterSteps { get; init; }

        public nn.Module Network => network;

        private readonly ResUNet network = new(config, seed.Derive("weights"));

        public float[] Prepare(Seed seed, long step)
        {
            if (step >= FailAt) throw new CoraException("There is no such study.", "Look for it.");
            var batch = new float[trainer.BatchSize * Side * Side * Side];
            for (var sample = 0; sample < trainer.BatchSize; sample++)
            {
                // By heart: all micro-batches together hold the same four samples, whatever the batch size.
                var random = IsOneBatch ? Seed.Root(sample % 2).Random() : seed.Derive(sample).Random();
                for (var i = 0; i < Side * Side * Side; i++) batch[sample * Side * Side * Side + i] = (float)random.Uniform();
            }

            if (step >= NanFrom) batch[0] = float.NaN;
            return batch;
        }

        public TrainingLoss Loss(float[] batch, Device device)
        {
            var x = tensor(batch, [trainer.BatchSize, 1, Side, Side, Side]);
            var mask = x.gt(0.8).to(float32);
            var loss = Cora.Networks.Losses.Cora(network.forward(x.expand([-1, 4, -1, -1, -1])), mask, new());
            return new(loss.Total, [("tversky", loss.Tversky), ("focal", loss.Focal)]);
        }

        public void AfterStep(long step) => AfterSteps(step);

        public IReadOnlyDictionary<string, double> Validate(Device device)
        {
            using var _ = no_grad();
            using var scope = NewDisposeScope();
            return new Dictionary<string, double> { ["score"] = network.forward(ones([1, 4, Side, Side, Side])).mean().item<float>() };
        }

        public void Dispose() => network.Dispose();
    }
}
