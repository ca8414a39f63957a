using System.Text.Json;
using static TorchSharp.torch;

namespace Cora.Training;

/// <summary>checkpoint.json: where a run stood, beyond weights and optimizer state.</summary>
public sealed record CheckpointState
{
    /// <summary>Version of this layout.</summary>
    public int FormatVersion { get; init; } = 1;

    /// <summary>Steps done.</summary>
    public required long Step { get; init; }

    /// <summary>The model, enough to use the weights alone.</summary>
    public required ModelDescription Model { get; init; }

    /// <summary>Best validation score so far and its step; null before the first validation.</summary>
    public double? BestScore { get; init; }

    /// <summary>See <see cref="BestScore"/>.</summary>
    public long? BestStep { get; init; }

    /// <summary>Threads of torch; another number may change the last bits of a sum.</summary>
    public int TorchThreads { get; init; }

    /// <summary>Sums of the losses since the last row of metrics.csv, so that a resumed run writes the same row.</summary>
    public IReadOnlyList<float> PendingLosses { get; init; } = [];

    /// <summary>Steps in those sums.</summary>
    public long PendingSteps { get; init; }
}

/// <summary>A folder with model.safetensors, optimizer.safetensors and checkpoint.json, always whole.</summary>
public static class Checkpoint
{
    private const string ModelFile = "model.safetensors";
    private const string OptimizerFile = "optimizer.safetensors";
    private const string StateFile = "checkpoint.json";

    // What sees the input channels: with a stem that alone, without one the first block's convolution and shortcut.
    private static readonly string[] EntryLayers = ["encoder.stem.", "encoder.stages.0.0.conv1.", "encoder.stages.0.0.shortcut."];

    /// <summary>Whether a checkpoint lies at this place, also when a crash fell between the two renames of writing it.</summary>
    public static bool Exists(string folder) => Atomically.Surviving(folder) is { } place && File.Exists(Path.Combine(place, StateFile));

    /// <summary>Writes a checkpoint whole or not at all. Without an optimizer only the weights can be used again, not the run.</summary>
    /// <exception cref="CoraException">The disk is full or not writable; the old checkpoint stays.</exception>
    public static void Save(string folder, nn.Module network, IOptimizer? optimizer, CheckpointState state)
    {
        ArgumentNullException.ThrowIfNull(network);
        Atomically.WriteFolder(folder, aside =>
        {
            WriteTensors(Path.Combine(aside, ModelFile), [.. network.state_dict().Select(p => (p.Key, p.Value))]);
            if (optimizer is not null) WriteTensors(Path.Combine(aside, OptimizerFile), [.. optimizer.State]);
            Atomically.WriteText(Path.Combine(aside, StateFile), JsonSerializer.Serialize(state, ModelDescription.Json) + "\n");
        });
    }

    /// <summary>What checkpoint.json says.</summary>
    /// <exception cref="CoraException">There is no checkpoint, or it is of another layout.</exception>
    public static CheckpointState ReadState(string folder)
    {
        var place = Atomically.Surviving(folder) ?? throw new CoraException($"There is no checkpoint at {folder}.", "Give the folder of a finished or interrupted run.");
        var path = Path.Combine(place, StateFile);
        try
        {
            var state = JsonSerializer.Deserialize<CheckpointState>(File.ReadAllText(path), ModelDescription.Json) ?? throw new JsonException("it holds null");
            if (state.FormatVersion != 1) throw new CoraException($"{path} is of layout {state.FormatVersion}, this program reads 1.", "Use the program version that wrote it.");
            return state;
        }
        catch (Exception problem) when (problem is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new CoraException($"{path} cannot be read: {problem.Message}", "Restore the checkpoint, or start the run again with --overwrite.", inner: problem);
        }
    }

    /// <summary>Puts a run back where it stood: every parameter and every bit of optimizer state must be there and fit.</summary>
    /// <exception cref="CoraException">The checkpoint is of another architecture or optimizer, or damaged.</exception>
    public static CheckpointState Resume(string folder, nn.Module network, IOptimizer optimizer, ModelDescription expected)
    {
        ArgumentNullException.ThrowIfNull(expected);
        ArgumentNullException.ThrowIfNull(optimizer);
        var state = ReadState(folder);
        CheckArchitecture(folder, state.Model, expected);
        LoadAll(FileOf(folder, ModelFile), network.state_dict().Select(p => (p.Key, p.Value)));
        LoadAll(FileOf(folder, OptimizerFile), optimizer.State);
        return state;
    }

    /// <summary>Loads the weights of a checkpoint into a network of the same architecture.</summary>
    /// <exception cref="CoraException">The architecture differs, or the file is damaged.</exception>
    public static void LoadWeights(string folder, nn.Module network) =>
        LoadAll(FileOf(folder, ModelFile), network.state_dict().Select(p => (p.Key, p.Value)));

    /// <summary>Takes over the parts of a checkpoint whose names begin with one of <paramref name="parts"/> (<c>encoder.</c>, <c>decoder.</c>).</summary>
    /// <remarks>Where the file's encoder sees one channel and the network's several, its first weights are repeated over them and divided by their number.</remarks>
    /// <param name="folder">The checkpoint.</param>
    /// <param name="network">What receives them.</param>
    /// <param name="parts">What is asked for.</param>
    /// <exception cref="CoraException">A part is missing, wholly or by some tensors, has other shapes, or has tensors that the network does not have; all are named.</exception>
    public static TransferReport Transfer(string folder, nn.Module network, params string[] parts)
    {
        ArgumentNullException.ThrowIfNull(network);
        var file = Safetensors.Open(FileOf(folder, ModelFile));
        var targets = network.state_dict();
        bool IsAsked(string name) => parts.Any(p => name.StartsWith(p, StringComparison.Ordinal));
        var wanted = targets.Keys.Where(IsAsked).ToArray();
        Refuse(file, [.. parts.Where(p => !wanted.Any(n => n.StartsWith(p, StringComparison.Ordinal))).Select(p => $"the network has no {p}*"), .. file.Entries.Keys.Where(IsAsked).Except(wanted).Select(n => $"{n} is not known")]);
        var repeated = wanted.Where(n => IsRepeated(file, n, targets[n])).ToArray();
        LoadAll(file, wanted.Select(n => (n, targets[n])), mayHaveMore: true);
        return new(wanted, [.. targets.Keys.Except(wanted)], [.. file.Entries.Keys.Except(wanted)]) { Repeated = repeated };
    }

    /// <summary>SHA-256 of the weights file, in hex: names a model in reports.</summary>
    public static string WeightsHash(string folder)
    {
        using var stream = File.OpenRead(FileOf(folder, ModelFile));
        return Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(stream));
    }

    /// <summary>Refuses a checkpoint whose architecture is not the expected one, naming what differs.</summary>
    /// <exception cref="CoraException">The architecture differs.</exception>
    public static void CheckArchitecture(string folder, ModelDescription found, ModelDescription expected)
    {
        ArgumentNullException.ThrowIfNull(found);
        ArgumentNullException.ThrowIfNull(expected);
        var differences = new List<string>();
        if (found.Method != expected.Method) differences.Add($"method {found.Method}, expected {expected.Method}");
        if (!found.Network.Equals(expected.Network)) differences.Add($"network ({found.Network.Describe()}), expected ({expected.Network.Describe()})");
        if (differences.Count == 0) return;
        throw new CoraException(
            $"The checkpoint {folder} is of another architecture: {string.Join("; ", differences)}.",
            "Give the settings that the run was started with, or another --out folder for a new run.");
    }

    private static string FileOf(string folder, string name)
    {
        var path = Path.Combine(Atomically.Surviving(folder) ?? folder, name);
        if (!File.Exists(path)) throw new CoraException($"{path} is missing.", "Give the folder of a finished or interrupted run.");
        return path;
    }

    private static void WriteTensors(string path, IReadOnlyList<(string Name, Tensor Value)> tensors) =>
        Atomically.WriteFile(path, stream => Safetensors.Write(stream, tensors));

    private static void LoadAll(string path, IEnumerable<(string Name, Tensor Target)> targets) => LoadAll(Safetensors.Open(path), targets, mayHaveMore: false);

    private static void LoadAll(Safetensors file, IEnumerable<(string Name, Tensor Target)> targets, bool mayHaveMore)
    {
        // Everything is judged before the first weight is changed.
        var all = targets.ToArray();
        var problems = new List<string>();
        foreach (var (name, target) in all)
        {
            if (!file.Entries.TryGetValue(name, out var entry)) problems.Add($"{name} is missing");
            else if (!entry.Shape.SequenceEqual(target.shape) && !(mayHaveMore && IsRepeated(file, name, target))) problems.Add($"{name} has shape [{string.Join(", ", entry.Shape)}], expected [{string.Join(", ", target.shape)}]");
        }

        if (!mayHaveMore) problems.AddRange(file.Entries.Keys.Except(all.Select(t => t.Name)).Select(name => $"{name} is not known"));
        Refuse(file, problems);
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (name, target) in all)
        {
            var value = file.Read(name);
            if (!value.shape.SequenceEqual(target.shape)) value = value.expand(target.shape) / target.shape[1];
            target.copy_(value);
        }
    }

    private static void Refuse(Safetensors file, List<string> problems)
    {
        const int ProblemsTold = 8;
        if (problems.Count == 0) return;
        var more = problems.Count > ProblemsTold ? $", and {problems.Count - ProblemsTold} more" : "";
        throw new CoraException(
            $"{file.Path} does not fit the network: {string.Join("; ", problems.Take(ProblemsTold))}{more}.",
            "Use weights of the same network settings (network.channels, network.blocks, network.form, network.up).");
    }

    /// <summary>Whether a tensor is a first convolution of one channel for a network that sees several.</summary>
    private static bool IsRepeated(Safetensors file, string name, Tensor target)
    {
        if (!EntryLayers.Any(l => name.StartsWith(l, StringComparison.Ordinal)) || !file.Entries.TryGetValue(name, out var entry)) return false;
        var shape = target.shape;
        return shape.Length == 5 && entry.Shape.Length == 5 && entry.Shape[1] == 1 && shape[1] > 1 && entry.Shape[0] == shape[0] && entry.Shape.Skip(2).SequenceEqual(shape[2..]);
    }
}
