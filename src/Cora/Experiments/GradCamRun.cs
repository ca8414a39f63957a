using System.Globalization;
using System.Text.Json;
using Cora.Cohorts;
using Cora.Imaging;
using Cora.Networks;
using Cora.Reporting;
using Cora.Training;
using TorchSharp;

namespace Cora.Experiments;

/// <summary>What a classifier says of one target, and the files that show where it looked.</summary>
public sealed record TargetExplanation(string Target, double Probability, string Map, string Panels);

/// <summary>What a Grad-CAM explanation found, as gradcam.json has it.</summary>
public sealed record GradCamSummary(string Method, string WeightsSha256, bool PhantomOnly, int Stage, IReadOnlyList<TargetExplanation> Targets, string Notice);

/// <summary>Where a fine-tuned classifier looks: Grad-CAM for every target, on the scan's own grid (Fig. 2e and S5 of the paper).</summary>
public sealed class GradCamRun : IDisposable
{
    private readonly ExplainRequest request;
    private readonly string checkpoint;
    private readonly ModelDescription model;
    private readonly EncoderClassifier network;
    private readonly torch.Device device;
    private readonly int threads;

    /// <summary>Loads the run's best weights.</summary>
    /// <exception cref="CoraException">The run is no classifier, its checkpoint is missing or damaged, or the device is not there.</exception>
    public GradCamRun(ExplainRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        this.request = request;
        checkpoint = CheckpointOf(request.Run);
        model = Checkpoint.ReadState(checkpoint).Model;
        if (model.Head is null) throw new CoraException($"{request.Run} holds no classifier.", "Give the run of `cora finetune --task plaque`.", ExitCode.Usage);
        device = Computer.Choose(request.Device);
        threads = Computer.UseThreads(request.Threads);
        network = new(model.Network, model.Head, model.Labels.Count, Seed.Root(0));
        Checkpoint.LoadWeights(checkpoint, network);
        network.to(device);
    }

    /// <summary>Whether a run is a classifier's, whose answers Grad-CAM explains.</summary>
    public static bool Explains(string run) => Checkpoint.ReadState(CheckpointOf(run)).Model.Head is not null;

    /// <summary>Writes maps, pictures and the summary.</summary>
    /// <param name="folder">Written whole or not at all.</param>
    /// <param name="stage">Stage of the encoder, 0 the finest; null takes the last, the paper's.</param>
    /// <param name="stop">Stops between targets; nothing is written then.</param>
    public GradCamSummary Write(string folder, int? stage, CancellationToken stop)
    {
        var scan = VolumeFile.Read<short>(request.Image);
        var layer = stage ?? model.Network.Channels.Length - 1;
        if (layer < 0 || layer >= model.Network.Channels.Length)
            throw new CoraException($"There is no stage {layer}, expected 0 (the finest) to {model.Network.Channels.Length - 1}.", "Choose one of these with --stage.", ExitCode.Usage);
        var notice = model.PhantomOnly ? Sheet.Notice + " This model has seen digital phantoms only, no patient." : Sheet.Notice;
        var (windows, place, grid) = SeenScan.InputOf(scan, request.Arteries is { } arteries ? VolumeFile.Read<byte>(arteries) : null, model, threads, device);
        using var held = windows;
        using var where = place;
        var explained = new List<TargetExplanation>();
        Atomically.WriteFolder(folder, aside =>
        {
            var probabilities = Probabilities(windows, place);
            foreach (var (i, target) in model.Labels.Index())
            {
                stop.ThrowIfCancellationRequested();
                var map = Resample.Linear(new Volume<float>(grid, GradCam.Of(network, windows, i, layer, place)), scan.Geometry, Beyond.FillOutsideVoxels, 0f, threads);
                var found = new TargetExplanation(target, probabilities[i], $"gradcam-{target}.nii.gz", $"gradcam-{target}.png");
                Nifti.Write(Path.Combine(aside, found.Map), map);
                ResponseSheet.Of(
                    $"Grad-CAM: {target.Replace('_', ' ')}", string.Create(CultureInfo.InvariantCulture, $"Where the classifier looks for it; probability {probabilities[i]:0.00}, stage {layer + 1} of {model.Network.Channels.Length}{(model.PhantomOnly ? ", trained on digital phantoms only" : "")}."),
                    scan, map, "relative weight").Save(Path.Combine(aside, found.Panels));
                explained.Add(found);
            }

            var summary = new GradCamSummary(model.Method, Checkpoint.WeightsHash(checkpoint), model.PhantomOnly, layer, explained, notice);
            Atomically.WriteText(Path.Combine(aside, "gradcam.json"), JsonSerializer.Serialize(summary, CohortDescription.Json) + "\n");
        });
        return new(model.Method, Checkpoint.WeightsHash(checkpoint), model.PhantomOnly, layer, explained, notice);
    }

    /// <inheritdoc/>
    public void Dispose() => network.Dispose();

    private static string CheckpointOf(string run)
    {
        var best = Path.Combine(run, "checkpoints", "best");
        var last = Path.Combine(run, "checkpoints", "last");

        // A pretraining is read from its last checkpoint; a fine-tuned model is the one that did best on the cases that choose.
        return Checkpoint.Exists(best) && Checkpoint.ReadState(best).Model.Head is not null ? best : last;
    }

    private double[] Probabilities(torch.Tensor windows, torch.Tensor? place)
    {
        using var scope = torch.NewDisposeScope();
        using var _ = torch.no_grad();
        return [.. network.Answer(windows, place).sigmoid().cpu().contiguous().data<float>().ToArray().Select(p => (double)p)];
    }
}
