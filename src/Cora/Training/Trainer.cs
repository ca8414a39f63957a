using System.Diagnostics;
using Cora.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Cora.Training;

/// <summary>How a training ended.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="IsInterrupted">Whether it was asked to stop; a checkpoint lies in the run's folder.</param>
/// <param name="BestScore">Best validation score; null without validation.</param>
public sealed record TrainingResult(long Step, bool IsInterrupted, double? BestScore);

/// <summary>
/// Trains a task. A run is a fold over step numbers: weights, optimizer state and the step are all that a checkpoint needs, so a run that was
/// stopped anywhere and taken up again ends with the same bits as one that was not.
/// </summary>
public sealed class Trainer(TrainerConfig config, string runFolder, ModelDescription model, Device device, IProgress<RunEvent>? progress = null)
{
    private static readonly Scalar One = 1.ToScalar();

    private readonly string lastFolder = Path.Combine(runFolder, "checkpoints", "last");
    private readonly string bestFolder = Path.Combine(runFolder, "checkpoints", "best");

    /// <summary>Trains to the last step, or until asked to stop; takes up a checkpoint when one is there.</summary>
    /// <exception cref="CoraException">The checkpoint does not fit, the loss is not finite, or the disk is full.</exception>
    public TrainingResult Fit<TBatch>(ITrainingTask<TBatch> task, Seed seed, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(task);
        using var optimizer = Optimizers.Create(config, task.Network);
        var state = Start(task.Network, optimizer);
        using var log = new RunLog(runFolder, state.Step);
        log.Restore(state.PendingLosses, state.PendingSteps);
        using var stream = BatchStream.InOrder(state.Step, config.Steps, config.Workers, step => Prepare(task, seed, step)).GetEnumerator();

        while (state.Step < config.Steps && !stop.IsCancellationRequested)
        {
            var wait = Stopwatch.GetTimestamp();
            stream.MoveNext();
            var (step, batches) = stream.Current;
            var waited = Stopwatch.GetElapsedTime(wait);

            using var scope = NewDisposeScope();
            var losses = Gradients(task, batches);
            if (config.ClipNorm > 0) nn.utils.clip_grad_norm_(task.Network.parameters(), config.ClipNorm);
            var rate = LearningRate.At(config, step);
            optimizer.Step(rate, step);
            task.AfterStep(step);

            state = state with { Step = step + 1 };
            log.Add(losses.Values, config.BatchSize * config.MicroBatches, waited);
            if (IsDue(config.LogEvery, state.Step)) Tell(log.Row(state.Step, losses.Names, rate), state.Step, rate);
            if (IsDue(config.ValidateEvery, state.Step)) state = Validate(task, optimizer, log, state);
            if (IsDue(config.CheckpointEvery, state.Step) || stop.IsCancellationRequested) Save(task.Network, optimizer, log, state);
        }

        return new(state.Step, state.Step < config.Steps, state.BestScore);
    }

    private bool IsDue(long every, long step) => step % every == 0 || step == config.Steps;

    private TBatch[] Prepare<TBatch>(ITrainingTask<TBatch> task, Seed seed, long step) =>
        [.. Enumerable.Range(0, config.MicroBatches).Select(i => task.Prepare(seed.Derive("batch").Derive(step).Derive(i), step))];

    /// <summary>The gradients of a step, in the network. They depend on nothing but weights and batch.</summary>
    private (IReadOnlyList<string> Names, Tensor Values) Gradients<TBatch>(ITrainingTask<TBatch> task, TBatch[] batches) => LostScalar.Again(
        () =>
        {
            task.Network.zero_grad();
            return batches.Select(batch => Backward(task, batch)).Aggregate((a, b) => a with { Values = a.Values.add(b.Values, One) });
        },
        () => progress?.Report(new Note("A number was lost on its way into torch; the step is computed again.", IsWarning: true)));

    private (IReadOnlyList<string> Names, Tensor Values) Backward<TBatch>(ITrainingTask<TBatch> task, TBatch batch)
    {
        using var scope = NewDisposeScope();
        var loss = task.Loss(batch, device);
        var share = loss.Total / config.MicroBatches;
        share.backward();
        var values = stack([loss.Total.detach(), .. loss.Parts.Select(p => p.Value.detach())]) / config.MicroBatches;
        return (["loss", .. loss.Parts.Select(p => p.Name)], values.MoveToOuterDisposeScope());
    }

    private CheckpointState Start(nn.Module network, IOptimizer optimizer)
    {
        var threads = get_num_threads();
        if (!Checkpoint.Exists(lastFolder)) return new() { Step = 0, Model = model, TorchThreads = threads };
        var state = Checkpoint.Resume(lastFolder, network, optimizer, model);
        progress?.Report(new Note($"Going on after step {state.Step} of {config.Steps}."));
        if (state.TorchThreads != threads)
        {
            progress?.Report(new Note(
                $"The run was started with {state.TorchThreads} torch threads and goes on with {threads}: the last bits of the weights may differ from an uninterrupted run. Give --threads {state.TorchThreads} for the same bits.",
                IsWarning: true));
        }

        return state with { TorchThreads = threads };
    }

    private void Tell((double Loss, double PatchesPerSecond, double DataWaitShare) row, long step, double rate)
    {
        var left = (config.Steps - step) * (double)(config.BatchSize * config.MicroBatches) / Math.Max(row.PatchesPerSecond, 1e-9);
        progress?.Report(new StepDone(step, config.Steps, row.Loss, rate, row.PatchesPerSecond, row.DataWaitShare, left));
    }

    private CheckpointState Validate<TBatch>(ITrainingTask<TBatch> task, IOptimizer optimizer, RunLog log, CheckpointState state)
    {
        using var scope = NewDisposeScope();
        if (LostScalar.Again(() => task.Validate(device)) is not { } measures) return state;
        log.Validation(state.Step, measures);
        progress?.Report(new Validated(state.Step, measures));
        if (!measures.TryGetValue("score", out var score) || double.IsNaN(score) || score <= state.BestScore) return state;
        state = state with { BestScore = score, BestStep = state.Step };
        Checkpoint.Save(bestFolder, task.Network, optimizer: null, state);
        return state;
    }

    private void Save(nn.Module network, IOptimizer optimizer, RunLog log, CheckpointState state)
    {
        var (pending, steps) = log.Pending;
        if (pending.Any(v => !float.IsFinite(v))) return;             // the next row tells it; a broken state must not replace a good one
        Checkpoint.Save(lastFolder, network, optimizer, state with { PendingLosses = pending, PendingSteps = steps });
        progress?.Report(new CheckpointSaved(state.Step, lastFolder));
    }
}
