using System.Globalization;
using System.Text.Json;
using Cora.Cohorts;
using Cora.Imaging;
using Cora.Inference;
using Cora.Networks;
using Cora.Reporting;
using Cora.Training;
using TorchSharp;

namespace Cora.Experiments;

/// <summary>What is asked of an explanation.</summary>
/// <param name="Run">Folder of the run; its last checkpoint is used.</param>
/// <param name="Image">The scan: NIfTI, NRRD or MetaImage in HU.</param>
/// <param name="Device">Where torch computes.</param>
/// <param name="Threads">Threads that compute; 0 takes every core.</param>
/// <param name="Mirrors">Whether the eight mirror images of each tile are averaged.</param>
/// <param name="Arteries">Artery mask of the scan, for a classifier that looks within the arteries alone.</param>
public sealed record ExplainRequest(string Run, string Image, string Device = "auto", int Threads = 0, bool Mirrors = false, string? Arteries = null);

/// <summary>What an explanation found, as response.json has it.</summary>
public sealed record ResponseSummary
{
    /// <summary>File of the map.</summary>
    public required string Response { get; init; }

    /// <summary>File of the pictures.</summary>
    public required string Panels { get; init; }

    /// <summary>What the network had learnt.</summary>
    public required string Method { get; init; }

    /// <summary>Hash of the weights.</summary>
    public required string WeightsSha256 { get; init; }

    /// <summary>Whether the network has seen phantoms only.</summary>
    public required bool PhantomOnly { get; init; }

    /// <summary>Spacing at which the network saw the scan, in millimetres along x, y, z.</summary>
    public required IReadOnlyList<double> SeenSpacingMm { get; init; }

    /// <summary>Voxels of the scan.</summary>
    public required long Voxels { get; init; }

    /// <summary>Voxels with a probability above one half.</summary>
    public required long VoxelsAboveHalf { get; init; }

    /// <summary>The highest probability.</summary>
    public required double Highest { get; init; }

    /// <summary>What to keep in mind.</summary>
    public required string Notice { get; init; }
}

/// <summary>The abnormality response of a pretrained network, before any fine-tuning (Fig. S3 of the paper).</summary>
public sealed class ExplainRun : IDisposable
{
    private const string ResponseFile = "response.nii.gz";
    private const string PanelsFile = "response.png";
    private readonly ExplainRequest request;
    private readonly ModelDescription model;
    private readonly string checkpoint;
    private readonly ResUNet network;
    private readonly SlidingWindow sliding;
    private readonly int threads;

    /// <summary>Loads the run's weights.</summary>
    /// <exception cref="CoraException">The run or its checkpoint is missing or damaged, or the device is not there.</exception>
    public ExplainRun(ExplainRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        this.request = request;
        checkpoint = Path.Combine(request.Run, "checkpoints", "last");
        model = Checkpoint.ReadState(checkpoint).Model;
        if (model.Method is "mae" or "volumefusion" or "voco")
            throw new CoraException($"{request.Run} was pretrained with {model.Method}, which knows of no abnormality.", "Give a run of `cora pretrain --method cora`, or fine-tune this one and explain its classifier.", ExitCode.Usage);
        var device = Computer.Choose(request.Device);
        threads = Computer.UseThreads(request.Threads);
        network = new(model.Network, Seed.Root(0));
        Checkpoint.LoadWeights(checkpoint, network);
        network.to(device);
        sliding = new(network, model.Input(), model.Patch, new() { Mirrors = request.Mirrors }, device);
    }

    private Vec3 TrainedSpacing => new(model.SpacingMm[0], model.SpacingMm[1], model.SpacingMm[2]);

    /// <summary>What it will cost, in words; one batch of tiles is run.</summary>
    public string Forecast()
    {
        var grid = VolumeFile.ReadGeometry(request.Image);
        var seen = AbnormalityResponse.GridFor(grid, TrainedSpacing);
        return $"{request.Image}: {grid}; seen as {seen.Size} voxels of {seen.Spacing} mm: {sliding.Forecast(seen.Size)}";
    }

    /// <summary>Writes the map on the scan's own grid, the pictures and the summary.</summary>
    /// <param name="folder">Written whole or not at all.</param>
    /// <param name="progress">Told after every batch of tiles.</param>
    /// <param name="stop">Stops between batches; nothing is written then.</param>
    public ResponseSummary Write(string folder, IProgress<RunEvent>? progress, CancellationToken stop)
    {
        var scan = VolumeFile.Read<short>(request.Image);
        var response = AbnormalityResponse.Of(scan, TrainedSpacing, sliding, threads, progress, stop);
        var seen = AbnormalityResponse.GridFor(scan.Geometry, TrainedSpacing).Spacing;
        var (above, highest) = (0L, 0f);
        foreach (var p in response.Voxels)
        {
            if (p > 0.5f) above++;
            highest = Math.Max(highest, p);
        }

        var summary = new ResponseSummary
        {
            Response = ResponseFile,
            Panels = PanelsFile,
            Method = model.Method,
            WeightsSha256 = Checkpoint.WeightsHash(checkpoint),
            PhantomOnly = model.PhantomOnly,
            SeenSpacingMm = [seen.X, seen.Y, seen.Z],
            Voxels = response.Voxels.Length,
            VoxelsAboveHalf = above,
            Highest = highest,
            Notice = model.PhantomOnly ? Sheet.Notice + " This model has seen digital phantoms only, no patient." : Sheet.Notice,
        };
        var sheet = ResponseSheet.Of("Abnormality response", string.Create(CultureInfo.InvariantCulture, $"Network pretrained with {model.Method}, before any fine-tuning{(model.PhantomOnly ? ", on digital phantoms only" : "")}; the raw map is over-sensitive on purpose."), scan, response);
        Atomically.WriteFolder(folder, aside =>
        {
            Nifti.Write(Path.Combine(aside, ResponseFile), response);
            sheet.Save(Path.Combine(aside, PanelsFile));
            Atomically.WriteText(Path.Combine(aside, "response.json"), JsonSerializer.Serialize(summary, CohortDescription.Json) + "\n");
        });
        return summary;
    }

    /// <inheritdoc/>
    public void Dispose() => network.Dispose();
}
