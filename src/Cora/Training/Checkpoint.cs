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

/// <summary>What became of the weights of a file when they were loaded into a network.</summary>
/// <param name="Taken">Parameters that were set from the file.</param>
/// <param name="New">Parameters that the file does not have; they keep their initial values.</param>
/// <param name="Unused">Tensors of the file that the network does not have.</param>
public sealed record TransferReport(IReadOnlyList<string> Taken, IReadOnlyList<string> New, IReadOnlyList<string> Unused)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Taken.Count} tensors taken, {New.Count} new, {Unused.Count} unused";
}

/// <summary>A folder with model.safetensors, optimizer.safetensors and checkpoint.json, always whole.</summary>
public static class Checkpoint
{
    private const string ModelFile = "model.safetensors";
    private const string OptimizerFile = "optimizer.safetensors";
    private const string StateFile = "checkpoint.json";

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
    /// <exception cref="CoraException">A named part is missing, or has other shapes.</exception>
    public static TransferReport Transfer(string folder, nn.Module network, params string[] parts)
    {
        ArgumentNullException.ThrowIfNull(network);
        var file = Safetensors.Open(FileOf(folder, ModelFile));
        var targets = network.state_dict();
        var wanted = targets.Keys.Where(n => parts.Any(p => n.StartsWith(p, StringComparison.Ordinal))).ToArray();
        LoadAll(file, wanted.Select(n => (n, targets[n])), mayHaveMore: true);
        return new(wanted, [.. targets.Keys.Except(wanted)], [.. file.Entries.Keys.Except(wanted)]);
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
            else if (!entry.Shape.SequenceEqual(target.shape)) problems.Add($"{name} has shape [{string.Join(", ", entry.Shape)}], expected [{string.Join(", ", target.shape)}]");
        }

        if (!mayHaveMore) problems.AddRange(file.Entries.Keys.Except(all.Select(t => t.Name)).Select(name => $"{name} is not known"));
        if (problems.Count > 0)
        {
            var more = problems.Count > 8 ? $", and {problems.Count - 8} more" : "";
            throw new CoraException(
                $"{file.Path} does not fit the network: {string.Join("; ", problems.Take(8))}{more}.",
                "Use weights of the same network settings (network.channels, network.blocks, network.form, network.up).");
        }

        using var _ = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (name, target) in all) target.copy_(file.Read(name));
    }
}
