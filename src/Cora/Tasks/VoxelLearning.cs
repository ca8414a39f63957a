using Cora.Networks;
using Cora.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Cora.Tasks;

/// <summary>Learning to mark voxels of labelled scans, patch by patch: what stenosis detection and artery segmentation have in common. Their losses differ.</summary>
public sealed class VoxelLearning : ITrainingTask<PatchBatch>
{
    private static readonly double[] Thresholds = [0.1, 0.3, 0.5, 0.7, 0.9, 0.97, 0.99];

    private readonly TrainerConfig trainer;
    private readonly LabelledPatches patches;
    private readonly ResUNet network;
    private readonly WindowChannels windows;
    private readonly LabelledVolume[] learnt;
    private readonly PatchBatch[] heldBack;
    private readonly Func<Tensor, Tensor, TrainingLoss> loss;

    /// <param name="trainer">Batch size and precision.</param>
    /// <param name="patches">Cuts them.</param>
    /// <param name="network">Shapes of the network; one logit a voxel.</param>
    /// <param name="windows">HU windows.</param>
    /// <param name="learnt">Scans to learn from, with masks.</param>
    /// <param name="held">Scans on which the best weights are chosen.</param>
    /// <param name="loss">Loss of logits against masks, both [B, 1, n, n, n].</param>
    /// <param name="seed">Initial weights and held-back patches.</param>
    public VoxelLearning(
        TrainerConfig trainer, LabelledPatches patches, ResUNetConfig network, WindowChannels windows, IEnumerable<LabelledVolume> learnt, IEnumerable<LabelledVolume> held,
        Func<Tensor, Tensor, TrainingLoss> loss, Seed seed)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        ArgumentNullException.ThrowIfNull(patches);
        (this.trainer, this.patches, this.windows, this.loss, this.learnt) = (trainer, patches, windows, loss, [.. learnt]);
        this.network = new(network, seed.Derive("weights"), trainer.Precision);
        heldBack = [.. held.Select(v => patches.Judge(v, seed.Derive("validation").Derive(v.Row.CaseId)))];
    }

    /// <inheritdoc/>
    public nn.Module Network => network;

    /// <inheritdoc/>
    public PatchBatch Prepare(Seed seed, long step) => patches.Draw(learnt, trainer.BatchSize, seed);

    /// <inheritdoc/>
    public TrainingLoss Loss(PatchBatch batch, Device device)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return loss(network.forward(windows.Of(TensorOf(batch.Hu, batch, device))), TensorOf(batch.Mask, batch, device));
    }

    /// <summary>Loss and Dice over all voxels of the held patches; the score is the highest Dice over thresholds, since a loss that punishes misses puts the best one far from one half.</summary>
    public IReadOnlyDictionary<string, double>? Validate(Device device)
    {
        if (heldBack.Length == 0) return null;
        using var _ = no_grad();
        var total = 0.0;
        var (hit, found, there) = (new double[Thresholds.Length], new double[Thresholds.Length], 0.0);
        foreach (var batch in heldBack)
        {
            using var scope = NewDisposeScope();
            var logits = network.forward(windows.Of(TensorOf(batch.Hu, batch, device)));
            var mask = TensorOf(batch.Mask, batch, device);
            total += loss(logits, mask).Total.item<float>();
            var probabilities = logits.sigmoid();
            there += mask.sum().item<float>();
            foreach (var (i, threshold) in Thresholds.Index())
            {
                using var limit = threshold.ToScalar();
                var above = probabilities.gt(limit);
                found[i] += above.sum().item<long>();
                hit[i] += (above * mask).sum().item<float>();
            }
        }

        double Dice(int i) => found[i] + there > 0 ? 2 * hit[i] / (found[i] + there) : double.NaN;
        return new Dictionary<string, double>
        {
            ["loss"] = total / heldBack.Length, ["dice"] = Dice(Array.IndexOf(Thresholds, 0.5)), ["score"] = Enumerable.Range(0, Thresholds.Length).Max(Dice),
        };
    }

    /// <inheritdoc/>
    public void Dispose() => network.Dispose();

    private static Tensor TensorOf(float[] values, PatchBatch batch, Device device) => tensor(values, [batch.Count, 1, batch.Side, batch.Side, batch.Side]).to(device);
}
