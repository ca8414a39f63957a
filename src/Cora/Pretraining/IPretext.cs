using Cora.Evaluation;
using Cora.Training;
using static TorchSharp.torch;

namespace Cora.Pretraining;

/// <summary>A pretext task as an experiment runs it, whatever its batches are. Each method is one implementation, one file.</summary>
public interface IPretext : IDisposable
{
    /// <summary>All that is trained; the parts that transfer are called <c>encoder</c> and, where there is one, <c>decoder</c>.</summary>
    nn.Module Network { get; }

    /// <summary>The method's word in files: <c>cora</c>, <c>mae</c>, <c>volumefusion</c>, <c>voco</c>.</summary>
    string Method { get; }

    /// <summary>Meaning of the network's output channels, in order.</summary>
    IReadOnlyList<string> Labels { get; }

    /// <summary>The score of <see cref="ITrainingTask{TBatch}.Validate"/> and its kin that say whether the task was learnt, with what each must reach.</summary>
    /// <remarks>A method that does not reach them has not converged, and must not be compared.</remarks>
    IReadOnlyList<LearningGoal> Goals { get; }

    /// <summary>Trains to the last step, or until asked to stop.</summary>
    TrainingResult Train(Trainer trainer, Seed seed, CancellationToken stop);

    /// <summary>Examples of the task on held-back data with the network's answers, for the report: a pure function of weights and seed.</summary>
    PretextExamples Show(Device device);
}
