using Cora.Imaging;
using Cora.Networks;
using Cora.Tasks;
using Cora.Training;
using TorchSharp;

namespace Cora.Experiments;

/// <summary>A predicted lesion.</summary>
/// <param name="Lesion">Its number in the mask.</param>
/// <param name="Voxels">Voxels of the scan.</param>
/// <param name="VolumeMm3">Volume.</param>
/// <param name="CentreMm">Centre of gravity in the patient, millimetres, LPS.</param>
/// <param name="Probability">The highest within.</param>
public sealed record PredictedLesion(int Lesion, long Voxels, double VolumeMm3, Vec3 CentreMm, double Probability);

/// <summary>What a fine-tuned model says of a scan; what it does not speak of is empty.</summary>
/// <param name="Probabilities">Of a classifier, by target.</param>
/// <param name="Mask">Of a voxel model, on the scan's own grid: 1 = artery, or one number a lesion.</param>
/// <param name="Lesions">Of stenosis detection.</param>
public sealed record ScanPrediction(IReadOnlyDictionary<string, double> Probabilities, Volume<ushort>? Mask, IReadOnlyList<PredictedLesion> Lesions);

/// <summary>The finished run of a fine-tuning, ready to predict scans on any grid.</summary>
public sealed class TrainedModel : IDisposable
{
    private readonly FinetuneExperiment experiment;
    private readonly EncoderClassifier? classifier;
    private readonly MultimodalClassifier? risk;
    private readonly string run;
    private readonly List<ResUNet> networks = [];
    private readonly VoxelPrediction? prediction;
    private readonly double threshold;
    private readonly torch.Device device;
    private readonly int threads;

    /// <summary>Loads a run: its best weights, those of every fold where there are folds, and the threshold that it chose.</summary>
    /// <exception cref="CoraException">It is no finished fine-tuning, a checkpoint is missing or damaged, or the device is not there.</exception>
    public TrainedModel(string run, string device, int threads)
    {
        ArgumentNullException.ThrowIfNull(run);
        var scorecard = Path.Combine(run, "scorecard.json");
        if (!File.Exists(scorecard)) throw new CoraException($"{run} holds no finished fine-tuning.", "Give the folder of a finished `cora finetune`; a pretrained network is looked at with `cora explain`.", ExitCode.Usage);
        experiment = ExperimentFile.Load<FinetuneExperiment>(RunFolder.ExperimentPathOf(run));
        if (experiment.Task == FinetuneTask.Heart) throw new CoraException($"{run} finds hearts, and predicts nothing else.", "Give it to `cora preprocess --heart-crop --heart-model` or to `cora bundle --heart`.", ExitCode.Usage);
        this.device = Computer.Choose(device);
        this.threads = Computer.UseThreads(threads);
        this.run = run;
        if (experiment.Task == FinetuneTask.Mace)
        {
            // Of several the one that sees most.
            var variant = experiment.Mace.Variants.Max();
            var place = FinetuneWork.BestOf(Path.Combine(run, "variants", variant.ToString().ToLowerInvariant()));
            Model = Checkpoint.ReadState(place).Model;
            WeightsSha256 = [Checkpoint.WeightsHash(place)];
            risk = new(variant, Model.Network, experiment.Mace.Head, (variant == RiskVariant.Image ? 0 : TextSize(scorecard), experiment.Mace.Hidden, experiment.Mace.Projected), Seed.Root(0));
            Checkpoint.LoadWeights(place, risk);
            risk.to(this.device);
            return;
        }

        string[] folders = experiment is { Task: FinetuneTask.Stenosis, Stenosis.Folds: > 0 and var folds } ? [.. Enumerable.Range(1, folds).Select(k => Path.Combine(run, "folds", $"{k}"))] : [run];
        var checkpoints = folders.Select(FinetuneWork.BestOf).ToArray();
        Model = Checkpoint.ReadState(checkpoints[0]).Model;
        WeightsSha256 = [.. checkpoints.Select(Checkpoint.WeightsHash)];
        if (Model.Head is { } head)
        {
            classifier = new(Model.Network, head, Model.Labels.Count, Seed.Root(0));
            Checkpoint.LoadWeights(checkpoints[0], classifier);
            classifier.to(this.device);
            return;
        }

        foreach (var checkpoint in checkpoints)
        {
            networks.Add(new(Model.Network, Seed.Root(0)));
            Checkpoint.LoadWeights(checkpoint, networks[^1]);
            networks[^1].to(this.device);
        }

        prediction = new(networks, Model.Input(), Model.Patch, experiment.Inference, this.device);
        threshold = experiment.Task == FinetuneTask.Stenosis ? ChosenThreshold(scorecard) : experiment.Arteries.Threshold;
    }

    /// <summary>What the checkpoint says of itself.</summary>
    public ModelDescription Model { get; }

    /// <summary>The task.</summary>
    public FinetuneTask Task => experiment.Task;

    /// <summary>Hash of the weights, one a fold.</summary>
    public IReadOnlyList<string> WeightsSha256 { get; }

    /// <summary>Predicts one scan.</summary>
    /// <param name="scan">HU, on any grid.</param>
    /// <param name="heart">The heart, on any grid; voxel models then look within its box alone, as they were trained.</param>
    /// <param name="arteries">The arteries, on any grid; needed by classifiers that look within them.</param>
    /// <param name="text">Vector of the clinical text, of <see cref="Encode"/>; needed by risk models that see it.</param>
    /// <param name="stop">Stops between tiles.</param>
    /// <exception cref="CoraException">An artery mask or a text is needed and not given, or the heart does not meet the scan.</exception>
    public ScanPrediction Predict(Volume<short> scan, Volume<byte>? heart, Volume<byte>? arteries, float[]? text, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(scan);
        if (risk is not null) return Assess(scan, arteries, text);
        return classifier is null ? Mark(scan.Geometry, SeenScan.Of(scan, Model, threads), heart, stop) : Classify(scan, arteries);
    }

    /// <summary>Grad-CAM of every target of a classifier on the scan's own grid, at the encoder's last stage (Fig. 2e); none with a reason where memory does not allow the backward pass.</summary>
    /// <exception cref="InvalidOperationException">The model is no classifier.</exception>
    public (IReadOnlyDictionary<string, Volume<float>> Maps, string? Reason) WhereItLooks(Volume<short> scan, Volume<byte>? arteries, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(scan);
        if (classifier is null) throw new InvalidOperationException("Only a classifier can be asked where it looks.");
        var maps = new Dictionary<string, Volume<float>>();
        var (windows, place, grid) = SeenScan.InputOf(scan, arteries, Model, threads, device);
        using var held = windows;
        using var where = place;
        var (needed, available) = (EncoderClassifier.KeptBytes(Model.Network, grid.Size.Count), MemoryRoom.AvailableBytes());
        if (needed > available / 2) return (maps, FormattableString.Invariant($"the backward pass would keep {needed >> 20} MiB, {available >> 20} MiB are available"));
        foreach (var (i, target) in Model.Labels.Index())
        {
            stop.ThrowIfCancellationRequested();
            maps[target] = Resample.Linear(new Volume<float>(grid, GradCam.Of(classifier, windows, i, Model.Network.Channels.Length - 1, place)), scan.Geometry, Beyond.FillOutsideVoxels, 0f, threads);
        }

        return (maps, null);
    }

    /// <summary>Vectors of the cases' clinical texts, with the encoder that the run was trained with; null for models that see none.</summary>
    /// <exception cref="CoraException">The text encoder is not the one of the run, or is not there.</exception>
    public IReadOnlyDictionary<string, float[]>? Encode(Cohorts.Cohort cohort, IProgress<RunEvent>? progress, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(cohort);
        if (risk is null || risk.Variant == RiskVariant.Image) return null;
        var found = Language.ClinicalTexts.Encode(experiment.Text, [.. cohort.Cases.Select(c => FinetuneMace.TextOf(cohort, c))], FinetuneMace.CacheOf(run), progress, stop);
        using var card = System.Text.Json.JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "scorecard.json")));
        var trained = card.RootElement.GetProperty("details").GetProperty("text_encoder").GetProperty("weights_hash").GetString();
        if (trained != found.Encoder.WeightsHash)
            throw new CoraException($"The text encoder ({found.Encoder.Name}, {found.Encoder.WeightsHash}) is not the one that {run} was trained with ({trained}).", "Put the model back that the run names in its scorecard.");
        return cohort.Cases.Zip(found.Vectors).ToDictionary(p => p.First.CaseId, p => p.Second);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        risk?.Dispose();
        classifier?.Dispose();
        networks.ForEach(n => n.Dispose());
    }

    private static int TextSize(string scorecard)
    {
        using var card = System.Text.Json.JsonDocument.Parse(File.ReadAllText(scorecard));
        return card.RootElement.GetProperty("details").GetProperty("text_encoder").GetProperty("dimension").GetInt32();
    }

    private static double ChosenThreshold(string scorecard)
    {
        using var card = System.Text.Json.JsonDocument.Parse(File.ReadAllText(scorecard));
        return card.RootElement.GetProperty("details").GetProperty("thresholds").EnumerateArray().Average(t => t.GetDouble());
    }

    private ScanPrediction Classify(Volume<short> scan, Volume<byte>? arteries)
    {
        var (windows, place, _) = SeenScan.InputOf(scan, arteries, Model, threads, device);
        using var held = windows;
        using var where = place;
        using var scope = torch.NewDisposeScope();
        using var _ = torch.no_grad();
        var answers = classifier!.Answer(windows, place).sigmoid().cpu().contiguous().data<float>().ToArray();
        return new(Model.Labels.Zip(answers).ToDictionary(a => a.First, a => (double)a.Second), null, []);
    }

    private ScanPrediction Assess(Volume<short> scan, Volume<byte>? arteries, float[]? text)
    {
        if (text is null && risk!.Variant != RiskVariant.Image)
            throw new CoraException("This risk model reads clinical variables, and none are given.", "Predict a cohort with a clinical.csv (--cohort), or train with mace.variants = [\"image\"].", ExitCode.Usage);
        using var scope = torch.NewDisposeScope();
        using var _ = torch.no_grad();
        torch.Tensor? seen = null;
        if (risk!.Variant != RiskVariant.Clinical)
        {
            var (windows, place, _) = SeenScan.InputOf(scan, arteries, Model, threads, device);
            using var held = windows;
            using var where = place;
            seen = risk.Features(windows, place);
        }

        var answer = risk.Decide(seen, text is null || risk.Variant == RiskVariant.Image ? null : OwnMemory.Of(text, [1, text.Length], device)).softmax(1)[0, 1].item<float>();
        return new(new Dictionary<string, double> { [MaceRisk.Target] = answer }, null, []);
    }

    private ScanPrediction Mark(Geometry own, Volume<short> scan, Volume<byte>? heart, CancellationToken stop)
    {
        var whole = Box3.Whole(scan.Geometry.Size);
        var box = heart is not null && experiment.Data.HeartCrop ? HeartCrop.BoxOn(heart, scan.Geometry, experiment.Data.HeartMarginMm).Within(scan.Geometry.Size) : whole;
        var probability = prediction!.Of(scan, box, stop);
        if (!probability.Geometry.Matches(own)) probability = Resample.Linear(probability, own, Beyond.Border, default, threads);
        if (Task == FinetuneTask.Arteries) return new(new Dictionary<string, double>(), ArteriesOf(probability).Select(m => (ushort)m), []);

        var mask = StenosisDetection.MaskAt(probability, threshold, experiment.Stenosis);
        var pieces = ConnectedComponents.Of(mask, experiment.Stenosis.Connectivity);
        if (pieces.Count > ushort.MaxValue) throw new CoraException($"The model marks {pieces.Count} pieces, more than can be numbered.", "The scan is not one that the model can read, or the threshold is too low (stenosis.threshold).");
        return new(new Dictionary<string, double>(), new(own, [.. pieces.Labels.Select(l => (ushort)l)]), LesionsOf(pieces, probability));
    }

    /// <summary>The mask; put in order where the settings ask for it, for a mask that is no coronary tree must not get lesions.</summary>
    private Volume<byte> ArteriesOf(Volume<float> probability)
    {
        var mask = ArterySegmentation.MaskOf(probability, experiment.Arteries);
        if (!experiment.Arteries.Ordered) return mask;
        var ordered = ArteryMask.Ordered(mask, experiment.Arteries.Order);
        return ordered.Refusal is not { } reason ? ordered.Mask
            : throw new CoraException($"The predicted arteries are refused: {reason}.", "Look at the scan (is it contrast-enhanced, is the heart in it?), or widen arteries.order.volume_mm3 of the segmenter's settings.");
    }

    private static PredictedLesion[] LesionsOf(Components pieces, Volume<float> probability)
    {
        var (sums, highest) = (new Vec3[pieces.Count], new float[pieces.Count]);
        var (grid, i) = (probability.Geometry, 0);
        for (var z = 0; z < grid.Size.Z; z++)
        {
            for (var y = 0; y < grid.Size.Y; y++)
            {
                for (var x = 0; x < grid.Size.X; x++, i++)
                {
                    if (pieces.Labels[i] is 0 or < 0) continue;
                    var piece = pieces.Labels[i] - 1;
                    sums[piece] += new Vec3(x, y, z);
                    highest[piece] = Math.Max(highest[piece], probability.Voxels[i]);
                }
            }
        }

        var voxel = grid.Spacing.X * grid.Spacing.Y * grid.Spacing.Z;
        return [.. pieces.Sizes.Select((size, p) => new PredictedLesion(p + 1, size, size * voxel, grid.ToPatient((1.0 / size) * sums[p]), highest[p]))];
    }
}
