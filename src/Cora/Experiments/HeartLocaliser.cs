using System.Globalization;
using Cora.Imaging;
using Cora.Inference;
using Cora.Networks;
using Cora.Training;
using TorchSharp;

namespace Cora.Experiments;

/// <summary>Where a heart was found in a scan.</summary>
/// <param name="Mask">The heart's largest piece, 0 and 1 on the coarse grid along LPS; empty when nothing was found.</param>
/// <param name="Probability">Probability of each coarse voxel.</param>
/// <param name="VolumeMl">Its volume in millilitres.</param>
/// <param name="ExtentMm">Extent of its box along left, back, head, in millimetres.</param>
/// <param name="MeanProbability">Mean probability within it.</param>
/// <param name="Refusal">Why it should not be used; null when it looks like an adult's heart.</param>
public sealed record HeartFound(Volume<byte> Mask, Volume<float> Probability, double VolumeMl, Vec3 ExtentMm, double MeanProbability, string? Refusal)
{
    /// <summary>One line for a log.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"heart of {VolumeMl:0} mL, {ExtentMm.X:0} x {ExtentMm.Y:0} x {ExtentMm.Z:0} mm{(Refusal is null ? "" : $"; not used: {Refusal}")}");
}

/// <summary>
/// Finds the heart of a scan with the system's own network, on a coarse grid. It says where to look, never how a heart is shaped; and what it finds is judged by
/// size before anybody relies on it.
/// </summary>
public sealed class HeartLocaliser : IDisposable
{
    // Adult hearts with their fat, from small to badly enlarged; a partly scanned one may be flat along one axis.
    private static readonly Interval<double> PlausibleMl = new(250, 2500);
    private static readonly Interval<double> PlausibleMm = new(55, 230);
    private const double LeastMeanProbability = 0.75;
    private readonly ResUNet network;
    private readonly SlidingWindow sliding;
    private readonly double spacingMm;
    private readonly double threshold;

    /// <summary>Loads the run of <c>cora finetune --task heart</c>.</summary>
    /// <exception cref="CoraException">It is another run, unfinished or damaged, or the device is not there.</exception>
    public HeartLocaliser(string run, string device, int threads)
    {
        var checkpoint = FinetuneWork.BestOf(run);
        var model = Checkpoint.ReadState(checkpoint).Model;
        if (model.Method != FinetuneHeart.Method)
            throw new CoraException($"{run} holds a model of {model.Method}, expected {FinetuneHeart.Method}.", "Give the run of `cora finetune --task heart`.", ExitCode.Usage);
        var experiment = ExperimentFile.Load<FinetuneExperiment>(RunFolder.ExperimentPathOf(run));
        var where = Computer.Choose(device);
        Computer.UseThreads(threads);
        network = new(model.Network, Seed.Root(0));
        Checkpoint.LoadWeights(checkpoint, network);
        network.to(where);
        (spacingMm, threshold) = (model.SpacingMm[0], experiment.Heart.Threshold);
        sliding = new(network, model.Input(), model.Patch, experiment.Inference, where);
    }

    internal HeartLocaliser(ResUNet network, IInputChannels channels, int patch, Tasks.HeartConfig config, SlidingWindowConfig inference, torch.Device device)
    {
        this.network = network;
        (spacingMm, threshold) = (config.SpacingMm, config.Threshold);
        sliding = new(network, channels, patch, inference, device);
    }

    /// <summary>Looks for the heart.</summary>
    /// <param name="scan">HU, on any grid.</param>
    /// <param name="stop">Stops between tiles.</param>
    public HeartFound Find(Volume<short> scan, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(scan);
        var probability = sliding.Probabilities(CoarseGrid.Of(scan, spacingMm), null, stop);
        var above = probability.Select(p => (byte)(p > threshold ? 1 : 0));
        if (!above.Voxels.ContainsAnyExcept((byte)0)) return new(above, probability, 0, default, 0, "no voxel looks like heart");
        var mask = ConnectedComponents.LargestOf(above);
        var box = Bounds.Of(mask)!.Value;
        var (count, sum) = (0L, 0.0);
        for (var i = 0; i < mask.Voxels.Length; i++)
        {
            if (mask.Voxels[i] == 0) continue;
            count++;
            sum += probability.Voxels[i];
        }

        var extent = spacingMm * new Vec3(box.Size.X, box.Size.Y, box.Size.Z);
        var volume = count * mask.Geometry.VoxelMm3 / 1000;
        return new(mask, probability, volume, extent, sum / count, Judge(volume, extent, sum / count));
    }

    /// <inheritdoc/>
    public void Dispose() => network.Dispose();

    /// <summary>Why a find is no adult's heart; null when it may be one.</summary>
    internal static string? Judge(double volumeMl, Vec3 extentMm, double meanProbability)
    {
        var problems = new List<string>();
        void Say(FormattableString text) => problems.Add(text.ToString(CultureInfo.InvariantCulture));
        if (!PlausibleMl.Contains(volumeMl)) Say($"its volume is {volumeMl:0} mL, expected {PlausibleMl.Low:0} to {PlausibleMl.High:0}");
        for (var axis = 0; axis < 3; axis++)
            if (!PlausibleMm.Contains(extentMm[axis])) Say($"it is {extentMm[axis]:0} mm {(axis == 0 ? "wide" : axis == 1 ? "deep" : "high")}, expected {PlausibleMm.Low:0} to {PlausibleMm.High:0}");
        if (meanProbability < LeastMeanProbability) Say($"its mean probability is {meanProbability:0.00}, expected {LeastMeanProbability} or more");
        return problems.Count == 0 ? null : string.Join("; ", problems);
    }
}
