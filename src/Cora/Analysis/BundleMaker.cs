using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cora.Experiments;
using Cora.Imaging;
using Cora.Reporting;
using Cora.Training;

namespace Cora.Analysis;

/// <summary>What a bundle is made of.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Description">What its makers say of it, plain text; null says nothing.</param>
/// <param name="Runs">Run folders by role; one at least.</param>
public sealed record BundleRequest(string Name, string? Description, IReadOnlyDictionary<BundleRole, string> Runs);

/// <summary>Makes a bundle of run folders. Folders of cohorts and runs on the maker's machine do not travel with it; same runs, same bytes.</summary>
public static class BundleMaker
{
    private const double SpacingToleranceMm = 1e-6;

    /// <summary>Writes the bundle, whole or not at all.</summary>
    /// <returns>Its manifest.</returns>
    /// <exception cref="CoraException">A run is missing, unfinished or of another kind, or the models do not see one spacing.</exception>
    public static BundleManifest Write(string path, BundleRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Runs.Count == 0) throw new CoraException("No run is given.", "Name one model at least, for example --arteries RUN.", ExitCode.Usage);
        var parts = request.Runs.OrderBy(r => r.Key).Select(r => Part.Of(r.Key, r.Value)).ToArray();
        var preprocessing = PreprocessingOf(parts);
        var phantomOnly = parts.All(p => p.Model.PhantomOnly);
        var notice = Sheet.Notice + (phantomOnly ? " These models have seen digital phantoms only, no patient." : "");
        var members = new List<(string Path, byte[] Content)>();
        foreach (var part in parts) members.AddRange(part.Members);
        var manifest = new BundleManifest
        {
            Name = request.Name,
            Version = BuildInfo.Version,
            PhantomOnly = phantomOnly,
            Preprocessing = preprocessing,
            Models = [.. parts.Select(p => p.Model)],
            Members = [],
            Notice = notice,
        };
        var card = ModelCard.Of(manifest, request.Description, parts.ToDictionary(p => p.Model.Role, p => p.Scorecard));
        members.Insert(0, ("card.json", Encoding.UTF8.GetBytes(card.ToJson())));
        members.Insert(0, ("card.md", Encoding.UTF8.GetBytes(card.ToMarkdown())));
        manifest = manifest with { Members = [.. members.Select(m => new BundleMember(m.Path, m.Content.Length, Hash(m.Content)))] };
        members.Insert(0, ("manifest.json", Encoding.UTF8.GetBytes(JsonSerializer.Serialize(manifest, BundleManifest.Json) + "\n")));
        Atomically.WriteFile(path, stream => StoredZip.Write(stream, members));
        return manifest;
    }

    private static string Hash(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    /// <summary>The spacing and clipping that the fine models share: an analysis resamples a scan once.</summary>
    private static BundlePreprocessing PreprocessingOf(Part[] parts)
    {
        var fine = parts.Where(p => p.Model.Role != BundleRole.Heart).ToArray();
        var spacing = (fine.Length > 0 ? fine : parts)[0].Model.SpacingMm;
        var others = fine.Where(p => p.Model.SpacingMm.Zip(spacing).Any(s => Math.Abs(s.First - s.Second) > SpacingToleranceMm)).ToArray();
        if (others.Length > 0)
        {
            throw new CoraException(
                $"The models see scans at different spacings: {string.Join("; ", fine.Select(p => $"{BundleManifest.WordOf(p.Model.Role)} {string.Join(" x ", p.Model.SpacingMm)} mm"))}.",
                "Train them on one store (`cora preprocess --spacing-mm`), or make two bundles.", ExitCode.Usage);
        }

        return new(spacing, [SeenScan.Air, SeenScan.HighestHu], HeartCrop.MarginMm, "trilinear");
    }

    /// <summary>One run as it goes into the bundle.</summary>
    private sealed record Part(BundledModel Model, JsonNode? Scorecard, IReadOnlyList<(string Path, byte[] Content)> Members)
    {
        public static Part Of(BundleRole role, string run)
        {
            var checkpoint = role == BundleRole.Response ? Path.Combine(run, "checkpoints", "last") : FinetuneWork.BestOf(run);
            var state = Checkpoint.ReadState(checkpoint);
            Refuse(role, run, state.Model);
            var (settings, scorecard, threshold) = role == BundleRole.Response ? default : Tuned(role, run);
            var weights = File.ReadAllBytes(Path.Combine(checkpoint, "model.safetensors"));
            var header = SafetensorsHeader.Read(Path.Combine(checkpoint, "model.safetensors"));
            var model = new BundledModel
            {
                Role = role,
                Method = state.Model.Method,
                Parameters = header.Entries.Values.Sum(e => e.Length / SafetensorsHeader.BytesOf(e.Type)),
                Network = state.Model.Network.Describe(),
                SpacingMm = state.Model.SpacingMm,
                Patch = state.Model.Patch,
                WindowsHu = state.Model.WindowsHu,
                Labels = state.Model.Labels,
                Threshold = threshold,
                PhantomOnly = state.Model.PhantomOnly,
                WeightsSha256 = Hash(weights),
            };
            var folder = BundleManifest.FolderOf(role);
            var members = new List<(string, byte[])>();
            if (settings is not null) members.Add(($"{folder}/experiment.toml", Encoding.UTF8.GetBytes(settings)));
            if (scorecard is not null) members.Add(($"{folder}/scorecard.json", Encoding.UTF8.GetBytes(scorecard.ToJsonString(BundleManifest.Json) + "\n")));

            // Where the training stood is its run's own business; the model is what travels.
            var kept = new CheckpointState { Step = state.Step, Model = state.Model };
            members.Add(($"{folder}/checkpoints/last/checkpoint.json", Encoding.UTF8.GetBytes(JsonSerializer.Serialize(kept, ModelDescription.Json) + "\n")));
            members.Add(($"{folder}/checkpoints/last/model.safetensors", weights));
            return new(model, scorecard, members);
        }

        private static void Refuse(BundleRole role, string run, ModelDescription model)
        {
            var word = BundleManifest.WordOf(role);
            if (role != BundleRole.Response && model.Method != word)
                throw new CoraException($"{run} holds a model of {model.Method}, expected {word}.", $"Give the run of `cora finetune --task {word}`.", ExitCode.Usage);
            if (role == BundleRole.Response && (Tuned(model) || model.Head is not null || model.Network.OutChannels != 1))
                throw new CoraException($"{run} holds a model of {model.Method}, expected a pretrained network with one abnormality logit.", "Give the run of `cora pretrain --method cora`.", ExitCode.Usage);
        }

        private static bool Tuned(ModelDescription model) => Enum.GetNames<FinetuneTask>().Any(t => model.Method.StartsWith(t, StringComparison.OrdinalIgnoreCase));

        /// <summary>The settings without the folders of the machine that trained, the scorecard, and the threshold.</summary>
        private static (string? Settings, JsonNode? Scorecard, double? Threshold) Tuned(BundleRole role, string run)
        {
            if (!File.Exists(Path.Combine(run, "scorecard.json")))
                throw new CoraException($"{run} holds no finished fine-tuning.", "Let `cora finetune` come to its end first.", ExitCode.Usage);
            var experiment = ExperimentFile.Load<FinetuneExperiment>(RunFolder.ExperimentPathOf(run));
            if (role == BundleRole.Stenosis && experiment.Stenosis.Folds > 0)
                throw new CoraException($"{run} holds {experiment.Stenosis.Folds} networks, one a fold; a bundle takes one.", "Train once more without stenosis.folds.", ExitCode.Usage);
            var scorecard = JsonNode.Parse(File.ReadAllText(Path.Combine(run, "scorecard.json")))!;
            scorecard["weights"] = null;
            double? threshold = role switch
            {
                BundleRole.Stenosis => scorecard["details"]!["thresholds"]!.AsArray().Average(t => t!.GetValue<double>()),
                BundleRole.Arteries => experiment.Arteries.Threshold,
                BundleRole.Heart => experiment.Heart.Threshold,
                _ => null,
            };
            return (ExperimentFile.Write(experiment with { Cohort = null, Weights = null, Device = "auto", Threads = 0 }), scorecard, threshold);
        }
    }
}
