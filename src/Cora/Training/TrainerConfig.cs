using Cora.Networks;

namespace Cora.Training;

/// <summary>How weights are changed by gradients.</summary>
public enum OptimizerKind
{
    /// <summary>Stochastic gradient descent with Nesterov momentum (the nnU-Net family's choice).</summary>
    Sgd,

    /// <summary>Adam with decoupled weight decay (Loshchilov and Hutter 2019).</summary>
    Adamw,
}

/// <summary>How the learning rate runs over the steps.</summary>
public enum ScheduleKind
{
    /// <summary>The rate times (1 - step/steps)^0.9.</summary>
    Poly,

    /// <summary>Half a cosine down to 0.</summary>
    Cosine,

    /// <summary>Up by a cosine for the first 30 % of the steps, from 1/25 of the rate, then down to 1/10000 of that.</summary>
    OneCycle,

    /// <summary>Always the same.</summary>
    Constant,
}

/// <summary>
/// The common training harness, alike for every method. The paper gives no optimizer, rate, batch or steps; defaults are those of the nnU-Net
/// family: 1000 epochs of 250 steps, batch 2, SGD.
/// </summary>
public sealed record TrainerConfig : ISettings
{
    /// <summary>Optimizer steps; one step sees one batch.</summary>
    public long Steps { get; init; } = 250_000;

    /// <summary>Patches a batch. Two or more: libtorch has a slow path for single small patches.</summary>
    public int BatchSize { get; init; } = 2;

    /// <summary>Batches whose gradients are averaged into one step, to train with more patches than fit in memory.</summary>
    public int MicroBatches { get; init; } = 1;

    /// <summary>Threads that prepare batches ahead; 0 prepares on the training thread. Never changes a result.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>How weights are changed by gradients.</summary>
    public OptimizerKind Optimizer { get; init; } = OptimizerKind.Sgd;

    /// <summary>The highest learning rate.</summary>
    public double LearningRate { get; init; } = 1e-2;

    /// <summary>How many times that rate a classifier's head learns with: it begins at random where the encoder was pretrained. 1 = alike.</summary>
    public double HeadRateFactor { get; init; } = 1;

    /// <summary>How the learning rate runs over the steps.</summary>
    public ScheduleKind Schedule { get; init; } = ScheduleKind.Poly;

    /// <summary>Steps over which the rate first rises linearly from 0.</summary>
    public long WarmupSteps { get; init; }

    /// <summary>Weight decay: added to the gradient by sgd, decoupled in adamw.</summary>
    public double WeightDecay { get; init; } = 3e-5;

    /// <summary>Nesterov momentum of sgd.</summary>
    public double Momentum { get; init; } = 0.99;

    /// <summary>Longest gradient over all weights together; longer ones are shortened to it. 0 = never.</summary>
    public double ClipNorm { get; init; } = 12;

    /// <summary>Precision of convolutions; everything else is float32.</summary>
    public ConvolutionPrecision Precision { get; init; } = ConvolutionPrecision.Float32;

    /// <summary>Steps between checkpoints.</summary>
    public long CheckpointEvery { get; init; } = 250;

    /// <summary>Steps between validations.</summary>
    public long ValidateEvery { get; init; } = 2_500;

    /// <summary>Steps between rows of metrics.csv.</summary>
    public long LogEvery { get; init; } = 50;

    /// <inheritdoc/>
    public IEnumerable<Problem> Check()
    {
        if (Steps < 1) yield return new("steps", Steps, "1 or more");
        if (BatchSize < 1) yield return new("batch_size", BatchSize, "1 or more");
        if (MicroBatches < 1) yield return new("micro_batches", MicroBatches, "1 or more");
        if (Workers is < 0 or > 256) yield return new("workers", Workers, "0 to 256");
        if (!(LearningRate > 0)) yield return new("learning_rate", LearningRate, "more than 0");
        if (!(HeadRateFactor > 0)) yield return new("head_rate_factor", HeadRateFactor, "more than 0");
        if (WarmupSteps < 0 || WarmupSteps >= Steps) yield return new("warmup_steps", WarmupSteps, $"0 or more and fewer than the {Steps} steps");
        if (!(WeightDecay >= 0)) yield return new("weight_decay", WeightDecay, "0 or more");
        if (Momentum is not (>= 0 and < 1)) yield return new("momentum", Momentum, "0 or more and less than 1");
        if (!(ClipNorm >= 0)) yield return new("clip_norm", ClipNorm, "0 or more");
        if (CheckpointEvery < 1) yield return new("checkpoint_every", CheckpointEvery, "1 or more");
        if (ValidateEvery < 1) yield return new("validate_every", ValidateEvery, "1 or more");
        if (LogEvery < 1) yield return new("log_every", LogEvery, "1 or more");
    }
}
