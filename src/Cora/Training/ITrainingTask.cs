using static TorchSharp.torch;

namespace Cora.Training;

/// <summary>A loss on the graph and its parts by name, scalars; the parts are for the log.</summary>
public sealed record TrainingLoss(Tensor Total, IReadOnlyList<(string Name, Tensor Value)> Parts);

/// <summary>Something that can be learnt. CORA, its peers and every downstream task are this and no more.</summary>
public interface ITrainingTask<TBatch> : IDisposable
{
    /// <summary>All that is trained (a momentum teacher included); its parameters are what a checkpoint holds.</summary>
    nn.Module Network { get; }

    /// <summary>One batch of a step: arrays only, a pure function of the seed and the step, called on any thread.</summary>
    TBatch Prepare(Seed seed, long step);

    /// <summary>The loss of a batch; called on the training thread inside of a dispose scope.</summary>
    TrainingLoss Loss(TBatch batch, Device device);

    /// <summary>Called after each step on the training thread, for example to move a momentum teacher.</summary>
    void AfterStep(long step)
    {
    }

    /// <summary>
    /// Measures on held-back data, by name; the one called <c>score</c> (higher is better) chooses the best checkpoint. A pure function of the
    /// weights. Null when there is nothing to validate on.
    /// </summary>
    IReadOnlyDictionary<string, double>? Validate(Device device) => null;
}
