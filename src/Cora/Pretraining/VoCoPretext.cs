using Cora.Evaluation;
using Cora.Imaging;
using Cora.Networks;
using Cora.Synthesis;
using Cora.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Cora.Pretraining;

/// <summary>What VoCo needs besides data.</summary>
public sealed record VoCoPretextConfig(int Patch, Vec3 SpacingMm, VoCoConfig Voco, PatchBorder Border, TrainerConfig Trainer, WindowsConfig Windows, ResUNetConfig Network);

/// <summary>A batch of V volumes with B base and R random crops each.</summary>
/// <param name="Hu">[V, B + R, n, n, n], base crops first, x fastest.</param>
/// <param name="Overlaps">[V, R, B], each row adds up to 1.</param>
/// <param name="Shifts">[V, B + R], added to all windows of a crop; a window spans 0 to 1.</param>
/// <param name="Keep">[V, B + R, F]: 0 for numbers that the student's projector does not see, else one over the share that it sees; empty without dropout.</param>
public sealed record VoCoBatch(float[] Hu, float[] Overlaps, float[] Shifts, float[] Keep);

/// <summary>
/// VoCo (reference 41): base crops tile a volume; of a random crop the network is to say how much it overlaps each, by the similarity of their embeddings. Only the encoder
/// transfers, since there is no decoder.
/// </summary>
public sealed class VoCoPretext : ITrainingTask<VoCoBatch>, IPretext
{
    private static readonly Scalar One = 1.ToScalar();          // decision 0014
    private const int JudgedCrops = 96;
    private const int ExampleCrops = 6;
    private const double LeastGain = 0.1;

    private readonly VoCoPretextConfig config;
    private readonly VoCoNetwork network;
    private readonly WindowChannels windows;
    private readonly VoCoVolumes learnt;
    private readonly VoCoVolumes judge;
    private readonly VoCoDraw[][] heldBack;
    private readonly Seed weights;
    private IReadOnlyList<LearningGoal>? goals;

    /// <param name="config">Settings.</param>
    /// <param name="studies">Studies to learn from and held-back ones, with the heart's box where there is a mask.</param>
    /// <param name="seed">Root of the run.</param>
    /// <exception cref="CoraException">The spacing is no multiple of the data's, or studies are too small.</exception>
    public VoCoPretext(VoCoPretextConfig config, PretrainStudies studies, Seed seed)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(studies);
        this.config = config;
        var grid = new VoCoGrid(config.Voco.Counts, config.Patch);
        var shrink = config.Voco.ShrinkOf(config.SpacingMm)
            ?? throw new CoraException($"voco.spacing_mm = {config.Voco.SpacingMm} is no multiple of the data's spacing {config.SpacingMm}.", "Give a multiple, or 0 for the data's own spacing.", ExitCode.Usage);
        learnt = new(studies.Learnt, config.Voco, grid, shrink, config.Border);
        judge = new(studies.HeldBack, config.Voco, grid, shrink, config.Border);
        var (low, high) = config.Windows.Scale == WindowScale.ZeroOne ? (0.0, 1.0) : (-1.0, 1.0);
        windows = new(config.Windows.Windows, low, high);
        weights = seed.Derive("weights");
        network = Untrained();

        // As many volumes at once as in training, since a batch norm depends on it.
        var batches = (JudgedCrops + config.Voco.RandomCrops * config.Trainer.BatchSize - 1) / (config.Voco.RandomCrops * config.Trainer.BatchSize);
        heldBack = [.. Enumerable.Range(0, batches).Select(i => judge.Draw(seed.Derive("validation").Derive(i), config.Trainer.BatchSize))];
    }

    /// <inheritdoc cref="IPretext.Network"/>
    public nn.Module Network => network;

    /// <inheritdoc/>
    public string Method => "voco";

    /// <inheritdoc/>
    public IReadOnlyList<string> Labels { get; } = ["embedding"];

    /// <summary>A tenth more than the run's own untrained network reaches: crops that overlap look alike, so that even random features answer better than chance.</summary>
    public IReadOnlyList<LearningGoal> Goals => goals ??= GoalsBeyond(network.parameters().First().device);

    private int Crops => config.Voco.CropsAVolume;

    private int Bases => learnt.Grid.Bases;

    private int Random => config.Voco.RandomCrops;

    /// <inheritdoc/>
    public TrainingResult Train(Trainer trainer, Seed seed, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        return trainer.Fit(this, seed, stop);
    }

    /// <inheritdoc/>
    public VoCoBatch Prepare(Seed seed, long step)
    {
        var batch = Fill(learnt, learnt.Draw(seed, config.Trainer.BatchSize));
        if (config.Voco.Dropout == 0) return batch;
        var random = seed.Derive("dropout").Random();
        var scale = (float)(1 / (1 - config.Voco.Dropout));
        var keep = new float[config.Trainer.BatchSize * Crops * network.Features];
        for (var i = 0; i < keep.Length; i++) keep[i] = random.Chance(config.Voco.Dropout) ? 0 : scale;
        return batch with { Keep = keep };
    }

    /// <inheritdoc/>
    public TrainingLoss Loss(VoCoBatch batch, Device device)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var volumes = config.Trainer.BatchSize;
        var (student, teacher) = Embed(network, batch, volumes, device);
        var overlaps = tensor(batch.Overlaps, [volumes, Random, Bases]).to(device);
        var apart = config.Voco.Form == VoCoForm.Tpami ? VoCoApart.Logarithm : VoCoApart.Square;
        var hasBetween = config.Voco.Form == VoCoForm.Tpami && volumes > 1;
        var (together, away, regular, between) = (new List<Tensor>(), new List<Tensor>(), new List<Tensor>(), new List<Tensor>());
        for (var v = 0; v < volumes; v++)
        {
            var prediction = VoCoLoss.Prediction(Similarities(student[v], teacher[v]), overlaps[v], apart);
            together.Add(prediction.Together);
            away.Add(prediction.Apart);
            regular.Add(VoCoLoss.Regularity(BasesOf(student[v]), config.Voco.Form == VoCoForm.Nnssl));
            if (!hasBetween) continue;
            var other = (v + 1) % volumes;
            var likeness = VoCoLoss.Similarity(RandomOf(teacher[v]), BasesOf(teacher[other])).detach();
            var (near, far) = VoCoLoss.Prediction(VoCoLoss.Similarity(RandomOf(student[v]), BasesOf(student[other])), likeness, apart);
            between.Add(near + far);
        }

        List<(string Name, Tensor Value)> parts = [("together", stack(together).mean()), ("apart", stack(away).mean()), ("regularity", stack(regular).mean())];
        if (hasBetween) parts.Add(("between", stack(between).mean()));
        return new(parts.Select(p => p.Value).Aggregate((a, b) => a + b), parts);
    }

    /// <summary>Moves the teacher: with the weights of this step, so that the next step sees it moved, as in the authors' code.</summary>
    public void AfterStep(long step) => network.MoveTeacher(config.Voco.TeacherMomentum);

    /// <summary>
    /// On held-back volumes, crops mirrored, turned and shifted as in training: how often the most similar base crop is the one with the largest overlap (chance is one over
    /// the base crops), the correlation of similarity and overlap, which is the score, and the mean similarity of two base crops of
    /// one volume, near 1 when the embeddings have collapsed.
    /// </summary>
    public IReadOnlyDictionary<string, double> Validate(Device device) => Measure(network, device);

    /// <inheritdoc/>
    public PretextExamples Show(Device device)
    {
        using var _ = no_grad();
        var (grid, rows) = (judge.Grid, new List<ExampleRow>());
        foreach (var draws in heldBack)
        {
            var (answers, truth, _) = Answer(network, draws, device);
            foreach (var (v, draw) in draws.Index())
            {
                if (rows.Count == ExampleCrops) break;
                var corner = draw.Corners[0];
                var (z, first) = (corner.Z + grid.Side / 2, v * Random * Bases);
                var volume = judge.Read(draw);
                var crop = new float[grid.Side * grid.Side * grid.Side];
                judge.Cut(volume, corner, default, crop);
                rows.Add(new(
                    $"crop {rows.Count + 1}", grid.Size.X,
                    [
                        Picture((x, y) => volume[(z * grid.Size.Y + y) * grid.Size.X + x]),
                        Picture((x, y) => IsIn(x, y, corner) ? crop[(grid.Side / 2 * grid.Side + y - corner.Y) * grid.Side + x - corner.X] : Nothing),
                        Picture((x, y) => truth[first + BaseAt(x, y, z)]),
                        Picture((x, y) => answers[first + BaseAt(x, y, z)]),
                    ]));
            }
        }

        return new(
            $"Volumes of patients that are never trained on, cut in the middle of a random crop. Of {grid.Counts} base crops the network is to say how much the random crop overlaps each; similarities of a collapsed network are alike everywhere.",
            [new("volume, HU -200 to 800", -200, 800), new("the crop, where it was cut", -200, 800), new("true overlap, 0 to 1", 0, 1), new("similarity, 0 to 1", 0, 1)], rows);

        float[] Picture(Func<int, int, float> at) => [.. Enumerable.Range(0, grid.Size.X * grid.Size.Y).Select(i => at(i % grid.Size.X, i / grid.Size.X))];
        bool IsIn(int x, int y, (int X, int Y, int Z) corner) => x >= corner.X && x < corner.X + grid.Side && y >= corner.Y && y < corner.Y + grid.Side;
        int BaseAt(int x, int y, int z) => (z / grid.Side * grid.Counts.Y + y / grid.Side) * grid.Counts.X + x / grid.Side;
    }

    /// <inheritdoc/>
    public void Dispose() => network.Dispose();

    private const float Nothing = -1024;

    private static VoCoTeacher TeacherOf(VoCoForm form) => form switch
    {
        VoCoForm.Tpami => VoCoTeacher.Projector,
        VoCoForm.Cvpr => VoCoTeacher.Whole,
        _ => VoCoTeacher.None,
    };

    private VoCoNetwork Untrained() => new(config.Network, config.Voco.Projector, config.Voco.Norm, TeacherOf(config.Voco.Form), weights, config.Trainer.Precision);

    private LearningGoal[] GoalsBeyond(Device device)
    {
        using var untrained = Untrained();
        untrained.to(device);
        var before = Measure(untrained, device);
        LearningGoal Beyond(string measure, string meaning) => new(measure, meaning, before[measure] + LeastGain) { Untrained = before[measure] };
        return
        [
            Beyond("overlap_accuracy", "share of held-back random crops whose most similar base crop is the one they overlap most"),
            Beyond("overlap_correlation", "correlation of similarity and overlap on held-back crops"),
        ];
    }

    private Dictionary<string, double> Measure(VoCoNetwork judged, Device device)
    {
        using var _ = no_grad();
        var (hits, crops, pairs) = (0, 0, new List<(double Overlap, double Similarity)>());
        var alike = new List<double>();
        foreach (var draws in heldBack)
        {
            var (answers, truth, bases) = Answer(judged, draws, device);
            alike.AddRange(bases);
            for (var crop = 0; crop < draws.Length * Random; crop++)
            {
                var said = answers.AsSpan(crop * Bases, Bases);
                var are = truth.AsSpan(crop * Bases, Bases);
                crops++;
                if (are[IndexOfHighest(said)] == are[IndexOfHighest(are)] && said[IndexOfHighest(said)] > 0) hits++;
                for (var i = 0; i < Bases; i++) pairs.Add((are[i], said[i]));
            }
        }

        var correlation = Correlation(pairs);
        return new Dictionary<string, double>
        {
            ["overlap_accuracy"] = (double)hits / crops, ["overlap_correlation"] = correlation, ["base_similarity"] = alike.Average(), ["score"] = correlation,
        };
    }

    private VoCoBatch Fill(VoCoVolumes volumes, VoCoDraw[] draws)
    {
        var voxels = config.Patch * config.Patch * config.Patch;
        var batch = new VoCoBatch(new float[draws.Length * Crops * voxels], new float[draws.Length * Random * Bases], [.. draws.SelectMany(d => d.Views).Select(v => v.Shift)], []);
        foreach (var (v, draw) in draws.Index())
        {
            var volume = volumes.Read(draw);
            for (var crop = 0; crop < Crops; crop++)
            {
                var corner = crop < Bases ? volumes.Grid.CornerOf(crop) : draw.Corners[crop - Bases];
                volumes.Cut(volume, corner, draw.Views[crop], batch.Hu.AsSpan((v * Crops + crop) * voxels, voxels));
                if (crop >= Bases) volumes.Grid.Overlaps(corner, batch.Overlaps.AsSpan((v * Random + crop - Bases) * Bases, Bases));
            }
        }

        return batch;
    }

    /// <summary>Embeddings [V, B + R, o] of student and teacher.</summary>
    private (Tensor Student, Tensor Teacher) Embed(VoCoNetwork judged, VoCoBatch batch, int volumes, Device device)
    {
        long n = config.Patch;
        var shifts = tensor(batch.Shifts, [volumes * Crops, 1, 1, 1, 1]).to(device);
        if (config.Windows.Scale == WindowScale.MinusOneOne) shifts = shifts + shifts;
        var seen = windows.Of(tensor(batch.Hu, [volumes * Crops, 1, n, n, n]).to(device)).add(shifts, One);
        var features = judged.Describe(seen);                                                            // [V (B + R), F]
        var kept = batch.Keep.Length == 0 ? features : features * tensor(batch.Keep, features.shape).to(device);
        var student = judged.Project(kept);
        var teacher = config.Voco.Form == VoCoForm.Nnssl ? student.detach() : judged.Teach(seen, features);
        return (student.view(volumes, Crops, -1), teacher.view(volumes, Crops, -1));
    }

    /// <summary>What the network says of one volume: similarities [R, B].</summary>
    private Tensor Similarities(Tensor student, Tensor teacher)
    {
        var forth = VoCoLoss.Similarity(RandomOf(student), BasesOf(teacher));
        return config.Voco.Form == VoCoForm.Cvpr ? (forth + VoCoLoss.Similarity(RandomOf(teacher), BasesOf(student))) / 2 : forth;
    }

    private Tensor BasesOf(Tensor crops) => crops.narrow(0, 0, Bases);

    private Tensor RandomOf(Tensor crops) => crops.narrow(0, Bases, Random);

    /// <summary>Similarities and overlaps [V, R, B] of held-back volumes, and for each volume how alike two of its base crops are.</summary>
    private (float[] Similarities, float[] Overlaps, double[] Alike) Answer(VoCoNetwork judged, VoCoDraw[] draws, Device device)
    {
        using var scope = NewDisposeScope();
        var batch = Fill(judge, draws);
        var (student, teacher) = Embed(judged, batch, draws.Length, device);
        var said = stack([.. draws.Select((_, v) => Similarities(student[v], teacher[v]))]);
        var alike = draws.Select((_, v) => (double)VoCoLoss.Regularity(BasesOf(student[v]), isPlain: true).item<float>()).ToArray();
        return (said.cpu().contiguous().data<float>().ToArray(), batch.Overlaps, alike);
    }

    private static int IndexOfHighest(ReadOnlySpan<float> values)
    {
        var best = 0;
        for (var i = 1; i < values.Length; i++)
        {
            if (values[i] > values[best]) best = i;
        }

        return best;
    }

    /// <summary>Pearson's; 0 where similarities do not differ at all.</summary>
    private static double Correlation(List<(double A, double B)> pairs)
    {
        var (a, b) = (pairs.Average(p => p.A), pairs.Average(p => p.B));
        var (ab, aa, bb) = (pairs.Sum(p => (p.A - a) * (p.B - b)), pairs.Sum(p => (p.A - a) * (p.A - a)), pairs.Sum(p => (p.B - b) * (p.B - b)));
        return aa > 0 && bb > 0 ? ab / Math.Sqrt(aa * bb) : 0;
    }
}
