using System.Diagnostics;
using Cora.Cohorts;
using Cora.Imaging;
using Cora.Networks;
using Cora.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Cora.Experiments;

/// <summary>
/// What the steps of a reproduction may cost. Time is counted in operations of convolutions and turned into seconds by the pace of some training steps that are made when the first
/// forecast is asked for; disk and memory are counted from sizes. Guesses, and told as such.
/// </summary>
internal sealed class ReproductionForecast
{
    private const int PaceSide = 32;
    private const int PaceBatch = 2;
    private const int BackwardToo = 3;                 // a training step does about three times the operations of a forward pass
    private const double SecondsAPhantomVoxel = 0.25 / (96.0 * 96 * 96);
    private const double PackedBytesAVoxel = 2.5;      // image and masks, compressed
    private const int StatesOfAdam = 3;                // weights and two moments, in the last checkpoint
    private const double EncoderShare = 0.6;           // of the network's operations, for tasks without a decoder

    private readonly ReproductionPreset preset;
    private readonly string device;
    private readonly int threads;
    private readonly Lazy<Sizes> sizes;
    private readonly Dictionary<string, Lazy<Sizes>> ownSizes;
    private readonly Lazy<double> secondsAnOperation;
    private readonly Lazy<long> parameterBytes;

    public ReproductionForecast(ReproductionPreset preset, string? cohort, string device, int threads)
    {
        (this.preset, this.device, this.threads) = (preset, device, threads);
        sizes = new(() => SizesOf(cohort));
        ownSizes = preset.OwnCohorts.Select(own => own.Cohort).Distinct().ToDictionary(own => own, own => new Lazy<Sizes>(() => SizesOf(own)));
        secondsAnOperation = new(Pace);
        parameterBytes = new(() =>
        {
            using var network = new ResUNet(preset.Pretrain.Network, Seed.Root(0));
            return network.parameters().Sum(p => p.numel()) * sizeof(float);
        });
    }

    /// <summary>Cases that are learnt from or tested.</summary>
    public int Cases => sizes.Value.Cases;

    public StepForecast Phantom()
    {
        var phantom = preset.Phantom;
        var voxels = (double)phantom.Size * phantom.Size * phantom.Size * phantom.Cases;
        return new(voxels * SecondsAPhantomVoxel / Math.Max(1, threads == 0 ? Environment.ProcessorCount : threads), (long)(voxels * PackedBytesAVoxel));
    }

    public StepForecast Pretraining(PretrainExperiment experiment)
    {
        var trainer = experiment.Trainer;
        var operations = (double)trainer.Steps * experiment.PatchesAStep * (experiment.Method == PretrainMethod.Voco ? EncoderShare : 1) * BackwardToo * experiment.Network.ConvolutionOperations(experiment.Data.Patch);
        return new(operations * secondsAnOperation.Value, (1 + StatesOfAdam) * parameterBytes.Value, Kept(trainer.BatchSize * Cube(experiment.Data.Patch)));
    }

    /// <param name="experiment">The training.</param>
    /// <param name="isSeen">Whether its frozen encoder has seen the scans in a step before.</param>
    public StepForecast Training(FinetuneExperiment experiment, bool isSeen)
    {
        var there = (experiment.Cohort is { } own && ownSizes.TryGetValue(own, out var known) ? known : sizes).Value;
        var (train, held, tested, voxels) = there;
        var trainer = experiment.Trainer;
        var whole = Volume(voxels);
        var isPatchwise = experiment.Task is FinetuneTask.Stenosis or FinetuneTask.Arteries;
        var passes = (trainer.Steps / Math.Max(1, trainer.ValidateEvery) + 1) * held + tested;
        var operations = isPatchwise
            ? (double)trainer.Steps * Patches(trainer) * BackwardToo * experiment.Network.ConvolutionOperations(experiment.Data.Patch) + passes * Tiled(experiment, voxels)
            : experiment.SeesScansOnce ? (isSeen ? 0 : EncoderShare) * whole * (train + held + tested)
            : EncoderShare * whole * ((double)trainer.Steps * Patches(trainer) * BackwardToo + passes);
        var memory = Kept(trainer.BatchSize * (isPatchwise ? Cube(experiment.Data.Patch) : voxels));
        return new(operations * secondsAnOperation.Value, (1 + StatesOfAdam) * parameterBytes.Value, memory + sizeof(short) * voxels * there.Cases);
    }

    public StepForecast Predictions(int cases) => new(cases * 8 * Volume(sizes.Value.Voxels) * secondsAnOperation.Value, cases * 8 * sizes.Value.Voxels);

    private static double Patches(TrainerConfig trainer) => trainer.BatchSize * trainer.MicroBatches;

    private static long Cube(int side) => (long)side * side * side;

    private double Volume(long voxels) => (double)preset.Pretrain.Network.ConvolutionOperations(PaceSide) / Cube(PaceSide) * voxels;

    /// <summary>A scan in overlapping tiles: half of a tile again along each axis sees a voxel up to eight times.</summary>
    private static double Tiled(FinetuneExperiment experiment, long voxels)
    {
        var tile = experiment.Inference.Patch > 0 ? experiment.Inference.Patch : experiment.Data.Patch;
        var side = Math.Cbrt(voxels);
        var starts = side <= tile ? 1 : Math.Ceiling((side - tile) / (tile * (1 - experiment.Inference.Overlap))) + 1;
        return Math.Pow(starts, 3) * experiment.Network.ConvolutionOperations(tile) * (experiment.Inference.Mirrors ? 8 : 1);
    }

    private long Kept(long voxels) => 2 * EncoderClassifier.KeptBytes(preset.Pretrain.Network, voxels) + (1 + StatesOfAdam) * parameterBytes.Value;

    private Sizes SizesOf(string? folder)
    {
        if (folder is null)
        {
            var phantom = preset.Phantom;
            var s = phantom.Split;
            var all = s.Pretrain + s.Train + s.Validation + s.InternalTest + s.ExternalTest;
            int Share(double weight) => (int)(phantom.Cases * weight / all);
            return new(Share(s.Train), Share(s.Validation), Share(s.InternalTest + s.ExternalTest), Cube(phantom.Size));
        }

        var cohort = Cohort.Load(folder);
        if (cohort.Cases.Count == 0) return new(0, 0, 0, 0);
        using var image = VolumeFile.Open<short>(cohort.PathOf(cohort.Cases[0].Image));
        return new(cohort.Of(Split.Train).Count, cohort.Of(Split.Validation).Count, cohort.Of(Split.InternalTest, Split.ExternalTest).Count, image.Geometry.Size.Count);
    }

    /// <summary>Seconds an operation takes in training steps of the preset's own network, the first, which warms up, not counted.</summary>
    private double Pace()
    {
        var place = Computer.Choose(device);
        Computer.UseThreads(threads);
        using var network = new ResUNet(preset.Pretrain.Network, Seed.Root(0), preset.Pretrain.Trainer.Precision);
        network.to(place);
        using var scope = NewDisposeScope();
        var input = zeros([PaceBatch, preset.Pretrain.Network.InChannels, PaceSide, PaceSide, PaceSide], device: place);
        void Step()
        {
            using var inner = NewDisposeScope();
            network.zero_grad();
            network.forward(input).mean().backward();
            network.parameters().Last().grad?.cpu();       // waits for the device
        }

        Step();
        var began = Stopwatch.GetTimestamp();
        var steps = 0;
        while (steps < 2 || (steps < 20 && Stopwatch.GetElapsedTime(began).TotalSeconds < 0.5))
        {
            Step();
            steps++;
        }

        return Stopwatch.GetElapsedTime(began).TotalSeconds / steps / (PaceBatch * BackwardToo * (double)preset.Pretrain.Network.ConvolutionOperations(PaceSide));
    }

    /// <summary>Cases that are learnt from, held back and tested, and the voxels of one.</summary>
    private sealed record Sizes(int Train, int Held, int Tested, long Voxels)
    {
        public int Cases => Train + Held + Tested;
    }
}
