using Cora.Imaging;
using Cora.Networks;
using Cora.Synthesis;
using Cora.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Cora.Tasks;

/// <summary>A batch of nnU-Net's recipe: normalised values and class numbers, both [B, 1, n, n, n] with x fastest.</summary>
public sealed record NnUNetBatch(float[] Values, long[] Classes, int Side)
{
    /// <summary>Patches in the batch.</summary>
    public int Count => Values.Length / (Side * Side * Side);
}

/// <summary>
/// Artery segmentation as nnU-Net trains it (ALGORITHMS 4.5): normalised CT, forced foreground, its augmentation, cross-entropy and Dice of a softmax at every level
/// of the decoder.
/// </summary>
public sealed class NnUNetLearning : ITrainingTask<NnUNetBatch>
{
    private static readonly Scalar Artery = 1.ToScalar();

    private readonly TrainerConfig trainer;
    private readonly NnUNetConfig config;
    private readonly CtNormalization normalization;
    private readonly SegmentationLossConfig loss;
    private readonly Size3 patch;
    private readonly ResUNet network;
    private readonly (LabelledVolume Volume, ForegroundVoxels Voxels)[] learnt;
    private readonly NnUNetBatch[] heldBack;

    /// <param name="config">Sampling, augmentation, supervision.</param>
    /// <param name="trainer">Batch size and precision.</param>
    /// <param name="network">One channel in, background and artery out.</param>
    /// <param name="normalization">Of the training cases.</param>
    /// <param name="loss">Dice.</param>
    /// <param name="side">Patch side in voxels.</param>
    /// <param name="learnt">Scans to learn from, with masks.</param>
    /// <param name="held">Scans on which the best weights are chosen.</param>
    /// <param name="seed">Initial weights, stored voxels, held-back patches.</param>
    public NnUNetLearning(
        NnUNetConfig config, TrainerConfig trainer, ResUNetConfig network, CtNormalization normalization, SegmentationLossConfig loss, int side,
        IEnumerable<LabelledVolume> learnt, IEnumerable<LabelledVolume> held, Seed seed)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        (this.config, this.trainer, this.normalization, this.loss, patch) = (config, trainer, normalization, loss, Size3.Cube(side));
        this.network = new(network, seed.Derive("weights"), trainer.Precision);
        (LabelledVolume, ForegroundVoxels) Stored(LabelledVolume v) => (v, VoxelsOf(v, seed.Derive("voxels").Derive(v.Row.CaseId)));
        this.learnt = [.. learnt.Select(Stored)];
        heldBack = [.. held.Select(v => Judged(Stored(v), seed.Derive("validation").Derive(v.Row.CaseId)))];
    }

    /// <inheritdoc/>
    public nn.Module Network => network;

    /// <inheritdoc/>
    public NnUNetBatch Prepare(Seed seed, long step) => Cut(trainer.BatchSize, (values, classes, i) =>
    {
        var random = seed.Derive(i).Random();
        var (volume, voxels) = random.Pick(learnt);
        var corner = ForegroundSampler.Corner(voxels, patch, ForegroundSampler.IsForced(i, trainer.BatchSize, config.ForegroundShare), random);
        Fill(volume, corner, config.Spatial.Draw(random), values, classes);
        IntensityAugmentation.Draw(config.Intensity, random).Apply(values, patch);
    });

    /// <inheritdoc/>
    public TrainingLoss Loss(NnUNetBatch batch, Device device)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var (x, target) = TensorsOf(batch, device);
        var parts = network.Config.DeepSupervision ? SegmentationLoss.Of(network.Supervised(x), target, loss) : SegmentationLoss.Of(network.forward(x), target, loss);
        return new(parts.Total, [("cross_entropy", parts.CrossEntropy), ("dice", parts.Dice)]);
    }

    /// <summary>
    /// Loss at full resolution, and Dice of arteries over all voxels of the held patches, which is the score. The patches are always the same, so that the score is a
    /// function of the weights; nnU-Net draws new ones and smooths over validations.
    /// </summary>
    public IReadOnlyDictionary<string, double>? Validate(Device device)
    {
        if (heldBack.Length == 0) return null;
        using var _ = no_grad();
        var (total, hit, found, there) = (0.0, 0L, 0L, 0L);
        foreach (var batch in heldBack)
        {
            using var scope = NewDisposeScope();
            var (x, target) = TensorsOf(batch, device);
            var logits = network.forward(x);
            total += SegmentationLoss.Of(logits, target, loss).Total.item<float>();
            var answer = logits.argmax(1, keepdim: true).eq(Artery);
            var truth = target.eq(Artery);
            hit += (answer & truth).sum().item<long>();
            found += answer.sum().item<long>();
            there += truth.sum().item<long>();
        }

        var dice = found + there > 0 ? 2.0 * hit / (found + there) : double.NaN;
        return new Dictionary<string, double> { ["loss"] = total / heldBack.Length, ["dice"] = dice, ["score"] = dice };
    }

    /// <inheritdoc/>
    public void Dispose() => network.Dispose();

    /// <summary>Stored voxels of a case within its box, as places in the box.</summary>
    private static ForegroundVoxels VoxelsOf(LabelledVolume volume, Seed seed)
    {
        if (volume.Mask is not { } mask) return new(volume.Box.Size, [], []);
        var (box, size) = (volume.Box, volume.Image.Geometry.Size);
        var places = new List<int>();
        foreach (var place in mask.Places)
        {
            var (x, y, z) = (place % size.X - box.X, place / size.X % size.Y - box.Y, place / (size.X * size.Y) - box.Z);
            if (x >= 0 && y >= 0 && z >= 0 && x < box.Size.X && y < box.Size.Y && z < box.Size.Z) places.Add((z * box.Size.Y + y) * box.Size.X + x);
        }

        return ForegroundVoxels.OfOne([.. places], box.Size, seed);
    }

    private NnUNetBatch Judged((LabelledVolume Volume, ForegroundVoxels Voxels) held, Seed seed) => Cut(config.ValidationPatches, (values, classes, i) =>
    {
        var corner = ForegroundSampler.Corner(held.Voxels, patch, isForced: i % 2 == 0, seed.Derive(i).Random());
        Fill(held.Volume, corner, PatchAffine.Identity, values, classes);
    });

    private delegate void FillPatch(Span<float> values, Span<long> classes, int index);

    private NnUNetBatch Cut(int count, FillPatch fill)
    {
        var voxels = (int)patch.Count;
        var batch = new NnUNetBatch(new float[count * voxels], new long[count * voxels], patch.X);
        for (var i = 0; i < count; i++) fill(batch.Values.AsSpan(i * voxels, voxels), batch.Classes.AsSpan(i * voxels, voxels), i);
        return batch;
    }

    private void Fill(LabelledVolume volume, (int X, int Y, int Z) corner, PatchAffine affine, Span<float> values, Span<long> classes)
    {
        var labels = new byte[values.Length];
        var inVolume = (corner.X + volume.Box.X, corner.Y + volume.Box.Y, corner.Z + volume.Box.Z);
        PatchCutter.Cut(volume.Image, volume.Mask is { } mask ? mask.CopyBox : null, inVolume, patch, affine, values, labels);
        normalization.Apply(values, values);
        for (var i = 0; i < labels.Length; i++) classes[i] = labels[i];
    }

    private static (Tensor Values, Tensor Classes) TensorsOf(NnUNetBatch batch, Device device)
    {
        long[] shape = [batch.Count, 1, batch.Side, batch.Side, batch.Side];
        return (OwnMemory.Of(batch.Values, shape, device), tensor(batch.Classes, shape).to(device));
    }
}
