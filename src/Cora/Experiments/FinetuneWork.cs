using System.Text.Json;
using Cora.Cohorts;
using Cora.Imaging;
using Cora.Networks;
using Cora.Tasks;
using Cora.Training;
using TorchSharp;

namespace Cora.Experiments;

/// <summary>What every task of a fine-tuning works with: settings, cohort, starting point, folder, device.</summary>
internal sealed record FinetuneWork(FinetuneExperiment Experiment, Cohort Cohort, RunFolder Run, torch.Device Device, int Threads, IProgress<RunEvent>? Progress, CancellationToken Stop)
{
    private readonly List<TrainingTransfer> transfers = [];

    /// <summary>The splits that are predicted and scored.</summary>
    public static Split[] Tested { get; } = [Split.Validation, Split.InternalTest, Split.ExternalTest];

    /// <summary>What frozen encoders have seen, shared by the runs of a process that give the same.</summary>
    public required FrozenFeatures Features { get; init; }

    /// <summary>The pretrained model; null from scratch.</summary>
    public ModelDescription? Start { get; } = Experiment.Weights is { } weights ? Checkpoint.ReadState(CheckpointOf(weights)).Model : null;

    /// <summary>Root of the run's chance.</summary>
    public Seed Seed { get; } = Cora.Seed.Root(Experiment.Seed).Derive("finetune");

    /// <summary>The spacing that the scans must have; null takes the cohort's.</summary>
    public Vec3? SpacingMm => Start is null ? null : new(Start.SpacingMm[0], Start.SpacingMm[1], Start.SpacingMm[2]);

    /// <summary>The network's shape, with one output: what a starting point had there is its own.</summary>
    public ResUNetConfig Network => Start is null ? Experiment.Network
        : Start.Network with { OutChannels = 1, DeepSupervision = false, OutputBias = Experiment.Network.OutputBias, InChannels = Windows.Count };

    /// <summary>The windows: of the weights where weights that see windows are given. Weights that see one channel of normalised CT are spread over the windows of the settings.</summary>
    public WindowChannels Windows => HasOwnWindows
        ? new(Experiment.Windows.Windows, WindowRange[0], WindowRange[1])
        : new(Start!.WindowsHu.Select(w => new HuWindow((float)w[0], (float)w[1])), Start.WindowRange[0], Start.WindowRange[1]);

    private bool HasOwnWindows => Start is null or { Normalization: not null };

    private double[] WindowRange => !HasOwnWindows ? [.. Start!.WindowRange] : Experiment.Windows.Scale == WindowScale.ZeroOne ? [0, 1] : [-1, 1];

    /// <summary>What tells the scans and windows of this work from others that an encoder may be shown.</summary>
    public string ScansOf(ModelDescription model) => JsonSerializer.Serialize(new { Cohort.Folder, Cohort.Description.ContentHash, model.SpacingMm, model.WindowsHu, model.WindowRange });

    /// <summary>The margin with which artery masks are read: for the own head, or for that of a run which shares these features.</summary>
    public double? ArteryMarginMm(PoolingConfig head, IEnumerable<CaseRow> cases) =>
        Experiment.SeesScansOnce ? Features.MarginMm(head, cases.All(c => c.Arteries is not null)) : head.Within == PooledPlace.Arteries ? head.MarginMm : null;

    /// <summary>Notes that work begins; called when the data have been found usable.</summary>
    public void Begin() => Run.Begin(new Provenance
    {
        Device = Computer.NameOf(Device),
        Threads = Threads,
        Seeds = new Dictionary<string, long> { ["root"] = Experiment.Seed },
        Cohort = Experiment.Cohort,
        CohortHash = Cohort.Description.ContentHash,
    });

    /// <summary>What a checkpoint of this work says of itself.</summary>
    public ModelDescription Describe(string method, IReadOnlyList<string> labels, Vec3 spacingMm, int patch, PoolingConfig? head = null) => new()
    {
        Method = method,
        Network = Network,
        Head = head,
        SpacingMm = [spacingMm.X, spacingMm.Y, spacingMm.Z],
        Patch = patch,
        WindowsHu = [.. Windows.Windows.Select(w => new double[] { w.Low, w.High })],
        WindowRange = WindowRange,
        Labels = labels,
        DataHash = Cohort.Description.ContentHash,
        PhantomOnly = Cohort.Description.IsPhantom && Start is null or { PhantomOnly: true },
        Seed = Experiment.Seed,
    };

    /// <summary>The same of a network that nnU-Net's recipe has planned.</summary>
    public ModelDescription Describe(string method, IReadOnlyList<string> labels, Vec3 spacingMm, int patch, NnUNetPlan plan) => new()
    {
        Method = method,
        Network = plan.Network,
        SpacingMm = [spacingMm.X, spacingMm.Y, spacingMm.Z],
        Patch = patch,
        Normalization = plan.Normalization,
        WindowsHu = [],
        WindowRange = [],
        Labels = labels,
        DataHash = Cohort.Description.ContentHash,
        PhantomOnly = Cohort.Description.IsPhantom,
        Seed = Experiment.Seed,
    };

    /// <summary>Trains a task into a folder, from the weights where weights are given; goes on where it stopped. The best weights are in the network afterwards.</summary>
    /// <param name="task">The task.</param>
    /// <param name="folder">Where checkpoints and logs go: the run's folder, or one within it.</param>
    /// <param name="model">What the checkpoints say of themselves.</param>
    /// <param name="seed">Root of this training.</param>
    /// <param name="parts">Parts of the pretrained network that are taken over: <c>encoder</c>, <c>decoder</c>.</param>
    /// <returns>False when it was asked to stop and left a checkpoint.</returns>
    public bool Train<TBatch>(ITrainingTask<TBatch> task, string folder, ModelDescription model, Seed seed, IEnumerable<string> parts)
    {
        Take(task.Network, folder, parts);
        return Fit(task, folder, model, seed);
    }

    /// <summary>As <see cref="Train{TBatch}"/>, the weights having been taken over.</summary>
    public bool Fit<TBatch>(ITrainingTask<TBatch> task, string folder, ModelDescription model, Seed seed)
    {
        if (new Trainer(Experiment.Trainer, folder, model, Device, Progress).Fit(task, seed, Stop).IsInterrupted) return false;
        Checkpoint.LoadWeights(BestOf(folder), task.Network);
        return true;
    }

    /// <summary>As <see cref="Train{TBatch}"/> for what is solved and not trained: the result is the run's only checkpoint.</summary>
    public void Solve(torch.nn.Module network, ModelDescription model, Action solve, IEnumerable<string> parts)
    {
        Take(network, Run.Folder, parts);
        solve();
        Checkpoint.Save(Run.CheckpointPath("last"), network, optimizer: null, new() { Step = 0, Model = model, TorchThreads = torch.get_num_threads() });
    }

    /// <summary>Takes the parts of the pretrained network over, where weights are given, tells it in transfer.json, and brings the network onto the device.</summary>
    /// <param name="network">What receives them.</param>
    /// <param name="folder">Where this network's checkpoints go.</param>
    /// <param name="parts">What is asked for; a decoder that the weights by their method do not have begins anew.</param>
    public void Take(torch.nn.Module network, string folder, IEnumerable<string> parts)
    {
        if (Experiment.Weights is { } weights)
        {
            string[] asked = [.. parts];
            string[] there = [.. asked.Where(p => p != TransferParts.Decoder || Start!.HasDecoder)];
            var report = Checkpoint.Transfer(CheckpointOf(weights), network, [.. there.Select(p => p + ".")]);
            var taken = TrainingTransfer.Of(Path.GetRelativePath(Run.Folder, folder).Replace('\\', '/'), asked, there, report);
            transfers.Add(taken);
            TransferFile.Write(Run.Folder, new(weights, Start!.Method, Checkpoint.WeightsHash(CheckpointOf(weights)), transfers));
            Progress?.Report(new Note($"From {weights} ({Start.Method}): {report}; new: {string.Join(", ", report.New)}."));
            foreach (var note in taken.Notes) Progress?.Report(new Note(note));
        }

        network.to(Device);
    }

    /// <summary>The checkpoint of a training that is used: the best one on held cases, or the last where none was held.</summary>
    public static string BestOf(string folder)
    {
        var best = Path.Combine(folder, "checkpoints", "best");
        return Checkpoint.Exists(best) ? best : Path.Combine(folder, "checkpoints", "last");
    }

    private static string CheckpointOf(string run) => Path.Combine(run, "checkpoints", "last");
}
