using System.Collections.Immutable;
using System.Text.Json;
using Cora.Imaging;
using Cora.Networks;
using Cora.Training;
using static TorchSharp.torch;

namespace Cora.Analysis;

/// <summary>How weights of others are taken over. The network's form is that of the nnU-Net family (<c>network.form = resenc</c>).</summary>
public sealed record PublicWeightsConfig : ISettings
{
    /// <summary>Shapes of the network that takes them. Table S1 is the first four stages of the family's ResEnc-L, the last with 4 of its 6 blocks.</summary>
    public ResUNetConfig Network { get; init; } = new() { Form = NetworkForm.Resenc };

    /// <summary>HU windows of the input channels.</summary>
    public WindowsConfig Windows { get; init; } = new();

    /// <summary>Spacing in millimetres at which the network is to see scans, one number or three.</summary>
    public ImmutableArray<double> SpacingMm { get; init; } = [0.5];

    /// <summary>Patch side in voxels.</summary>
    public int Patch { get; init; } = 96;

    /// <summary>Whether the decoder's three finest levels are taken too. Where the file has more stages, they were trained above a deeper one that is not here.</summary>
    public bool Decoder { get; init; }

    /// <inheritdoc/>
    public IEnumerable<Problem> Check()
    {
        if (Network.Form != NetworkForm.Resenc) yield return new("network.form", Network.Form, "resenc, the form of these weights");
        if (Network.Up != Upsampling.Transposed) yield return new("network.up", Network.Up, "transposed, as these weights have it");
        if (SpacingMm.IsDefault || SpacingMm.Length is not (1 or 3) || SpacingMm.Any(s => !(s is > 0 and <= 10))) yield return new("spacing_mm", SpacingMm, "one number or three, above 0 and up to 10 mm");
        if (Patch is not (>= 8 and <= 512)) yield return new("patch", Patch, "8 to 512 voxels");
        if (!Windows.Pairs.IsDefaultOrEmpty && Windows.Windows.Length != Network.InChannels) yield return new("network.in_channels", Network.InChannels, $"as many as windows, {Windows.Windows.Length}");
    }
}

/// <summary>What became of one tensor of this program's network.</summary>
/// <param name="Name">Its name here.</param>
/// <param name="From">Its name in the file; null where the file has none.</param>
/// <param name="How"><c>copied</c>, <c>repeated</c> over input channels, or <c>new</c>.</param>
/// <param name="Shape">Its shape here.</param>
public sealed record MappedTensor(string Name, string? From, string How, IReadOnlyList<long> Shape);

/// <summary>mapping.json: where every tensor came from, and which tensors of the file were not used and why.</summary>
public sealed record MappingReport(string File, string Sha256, int FileStages, IReadOnlyList<MappedTensor> Tensors, IReadOnlyDictionary<string, string> Unused)
{
    /// <inheritdoc/>
    public override string ToString() =>
        $"{Tensors.Count(t => t.From is not null)} tensors taken ({Tensors.Count(t => t.How == "repeated")} of them repeated over input channels), {Tensors.Count(t => t.From is null)} new, {Unused.Count} of the file unused";
}

/// <summary>
/// Takes over weights of residual U-Nets of the nnU-Net family (nnU-Net's ResEnc presets, nnssl's ResEnc-L), as safetensors. Their names are those of MIC-DKFZ/dynamic-network-architectures:
/// <c>encoder.stem.convs.0.conv</c>, <c>encoder.stages.S.blocks.B.conv1.conv</c>, <c>…skip.1.conv</c>, <c>decoder.transpconvs.I</c>, <c>decoder.stages.I.convs.0.conv</c>.
/// </summary>
public static class PublicWeights
{
    private const string FirstBlock = "stages.0.blocks.0.conv1.conv.weight";

    /// <summary>Writes a run whose last checkpoint holds what could be taken, to be given as <c>--weights</c>, and mapping.json.</summary>
    /// <param name="path">A safetensors file.</param>
    /// <param name="config">The network that takes the weights.</param>
    /// <param name="folder">The run; written whole or not at all.</param>
    /// <param name="seed">Initial weights of what is new.</param>
    /// <exception cref="CoraException">The file holds no such network, or its shapes are not those of <paramref name="config"/>; all differences are told.</exception>
    public static MappingReport Import(string path, PublicWeightsConfig config, string folder, Seed seed)
    {
        ArgumentNullException.ThrowIfNull(config);
        var file = Safetensors.Open(path);
        var names = new TheirNames(path, file.Entries.Keys);
        using var network = new ResUNet(config.Network, seed);
        var (report, tensors) = Map(path, file, names, network, config);
        using (no_grad())
        using (NewDisposeScope())
        {
            foreach (var (mapped, target) in report.Tensors.Zip(tensors).Where(t => t.First.From is not null))
            {
                var source = file.Read(mapped.From!).to(float32);
                target.copy_(mapped.How == "repeated" ? Repeated(source, target.shape[1]) : source);
            }
        }

        var spacing = config.SpacingMm.Length == 1 ? [config.SpacingMm[0], config.SpacingMm[0], config.SpacingMm[0]] : config.SpacingMm.ToArray();
        var isUnit = config.Windows.Scale == WindowScale.ZeroOne;
        var model = new ModelDescription
        {
            Method = "imported",
            Network = config.Network,
            SpacingMm = spacing,
            Patch = config.Patch,
            WindowsHu = [.. config.Windows.Windows.Select(w => new double[] { w.Low, w.High })],
            WindowRange = isUnit ? [0, 1] : [-1, 1],
            Labels = ["abnormality"],
        };
        Atomically.WriteFolder(folder, aside =>
        {
            Checkpoint.Save(Path.Combine(aside, "checkpoints", "last"), network, optimizer: null, new() { Step = 0, Model = model });
            Atomically.WriteText(Path.Combine(aside, "mapping.json"), JsonSerializer.Serialize(report, BundleManifest.Json) + "\n");
        });
        return report;
    }

    private static (MappingReport Report, Tensor[] Targets) Map(string path, Safetensors file, TheirNames names, ResUNet network, PublicWeightsConfig config)
    {
        var (mapped, targets, problems) = (new List<MappedTensor>(), new List<Tensor>(), new List<string>());
        foreach (var (name, target) in network.state_dict())
        {
            var theirs = names.Of(name, config);
            var how = "new";
            if (theirs is not null && !file.Entries.ContainsKey(theirs))
            {
                problems.Add($"{theirs} is missing");
            }
            else if (theirs is not null)
            {
                var shape = file.Entries[theirs].Shape;
                how = shape.SequenceEqual(target.shape) ? "copied" : IsNarrowStem(name, shape, target.shape) ? "repeated" : "new";
                if (how == "new") problems.Add($"{theirs} has shape [{string.Join(", ", shape)}], expected [{string.Join(", ", target.shape)}]");
            }

            mapped.Add(new(name, theirs, how, target.shape));
            targets.Add(target);
        }

        if (problems.Count > 0)
        {
            throw new CoraException(
                $"{path} does not fit: {string.Join("; ", problems.Take(12))}{(problems.Count > 12 ? $", and {problems.Count - 12} more" : "")}.",
                "Give the shapes that the weights were made with (network.channels, network.blocks); the network here has as many stages as channels are given, the file may have more.");
        }

        var taken = mapped.Select(m => m.From).OfType<string>().ToHashSet();
        var unused = file.Entries.Keys.Where(k => !taken.Contains(k)).Order(StringComparer.Ordinal).ToDictionary(k => k, names.WhyUnused);
        using var stream = File.OpenRead(path);
        return (new(Path.GetFileName(path), Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(stream)), names.Stages, mapped, unused), [.. targets]);
    }

    /// <summary>Whether it is the stem's kernel for fewer input channels than here, by a whole factor.</summary>
    private static bool IsNarrowStem(string name, long[] theirs, long[] ours) =>
        name == "encoder.stem.conv.weight" && theirs.Length == 5 && theirs[1] < ours[1] && ours[1] % theirs[1] == 0 && theirs[0] == ours[0] && theirs.Skip(2).SequenceEqual(ours.Skip(2));

    /// <summary>A kernel for more input channels: side by side and divided, so that equal channels give what one gave.</summary>
    private static Tensor Repeated(Tensor kernel, long channels)
    {
        var times = channels / kernel.shape[1];
        return kernel.repeat(1, times, 1, 1, 1).div(times);
    }

    /// <summary>The names that the family gives its tensors, behind whatever prefix the file has.</summary>
    private sealed class TheirNames
    {
        private readonly string prefix;
        private readonly HashSet<string> keys;

        public TheirNames(string path, IEnumerable<string> names)
        {
            keys = [.. names];

            // The decoder keeps the encoder too, so the file may name it twice; the shorter way is the encoder's own.
            var first = keys.Where(k => k.EndsWith("." + FirstBlock, StringComparison.Ordinal) || k == FirstBlock).OrderBy(k => k.Length).FirstOrDefault()
                ?? throw new CoraException(
                    $"{path} holds no residual encoder of the nnU-Net family: no tensor is called encoder.{FirstBlock}.",
                    "Give the state dict of an nnU-Net ResEnc or nnssl ResEnc network as safetensors; docs/model-bundle.md says how to write one.");
            EncoderPrefix = first[..^FirstBlock.Length];
            prefix = EncoderPrefix.EndsWith("encoder.", StringComparison.Ordinal) ? EncoderPrefix[..^"encoder.".Length] : "";
            Stages = Enumerable.Range(0, 100).TakeWhile(s => keys.Contains($"{EncoderPrefix}stages.{s}.blocks.0.conv1.conv.weight")).Count();
        }

        /// <summary>Stages of the file's encoder.</summary>
        public int Stages { get; }

        private string EncoderPrefix { get; }

        /// <summary>The file's name of a tensor here; null where it is not to be taken.</summary>
        public string? Of(string name, PublicWeightsConfig config)
        {
            var parts = name.Split('.');
            var more = Stages - config.Network.Channels.Length;
            return parts switch
            {
                ["encoder", "stem", var part, var what] => $"{EncoderPrefix}stem.convs.0.{part}.{what}",
                ["encoder", "stages", var stage, var block, "shortcut", var part, var what] => $"{EncoderPrefix}stages.{stage}.blocks.{block}.skip.{(stage == "0" ? 0 : 1)}.{part}.{what}",
                ["encoder", "stages", var stage, var block, var conv, var part, var what] => $"{EncoderPrefix}stages.{stage}.blocks.{block}.{conv}.{part}.{what}",

                // Their decoder counts from the coarsest level, so that ours begins where the additional ones end.
                ["decoder", "up", var level, var what] when config.Decoder => $"{prefix}decoder.transpconvs.{Index(level) + more}.{what}",
                ["decoder", "stages", var level, var part, var what] when config.Decoder => $"{prefix}decoder.stages.{Index(level) + more}.convs.0.{part}.{what}",
                _ => null,
            };
        }

        /// <summary>Why a tensor of the file was not taken.</summary>
        public string WhyUnused(string key) => key switch
        {
            _ when key.Contains("all_modules.", StringComparison.Ordinal) => "the same tensor under a second name",
            _ when key.Contains("decoder.encoder.", StringComparison.Ordinal) && EncoderPrefix.Length > 0 => "the encoder once more, as the decoder keeps it",
            _ when key.Contains("seg_layers.", StringComparison.Ordinal) => "an output layer of another task",
            _ when key.StartsWith(EncoderPrefix, StringComparison.Ordinal) => "a stage or block that the network here does not have",
            _ when key.StartsWith(prefix + "decoder.", StringComparison.Ordinal) => "the decoder was not asked for, or the network here does not have this level",
            _ => "not known",
        };

        private static int Index(string text) => int.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
    }
}
