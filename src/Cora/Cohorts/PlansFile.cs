using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cora.Imaging;

namespace Cora.Cohorts;

/// <summary>plans.json and dataset_fingerprint.json of nnU-Net v2. Sizes and spacings stand in z, y, x order there and nowhere else.</summary>
public static class PlansFile
{
    private const string NoPlans = "Give a plans.json of nnU-Net v2 or of `cora finetune --task arteries`.";
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, IndentSize = 4, NewLine = "\n" };

    /// <summary>Writes plans.json. Resampling is named as this program does it: linear, where nnU-Net takes cubic splines.</summary>
    public static void Write(string path, Plans plans)
    {
        ArgumentNullException.ThrowIfNull(plans);
        var configurations = new JsonObject();
        foreach (var (name, configuration) in plans.Configurations) configurations[name] = Json(plans, name, configuration);
        WriteJson(path, new JsonObject
        {
            ["dataset_name"] = plans.DatasetName,
            ["plans_name"] = plans.PlansName,
            ["original_median_spacing_after_transp"] = Zyx(plans.MedianSpacingMm),
            ["original_median_shape_after_transp"] = Zyx(plans.MedianSize),
            ["image_reader_writer"] = "SimpleITKIO",
            ["transpose_forward"] = new JsonArray(0, 1, 2),
            ["transpose_backward"] = new JsonArray(0, 1, 2),
            ["configurations"] = configurations,
            ["experiment_planner_used"] = "CORA",
            ["label_manager"] = "LabelManager",
            ["foreground_intensity_properties_per_channel"] = plans.Foreground is { } foreground ? new JsonObject { ["0"] = Json(foreground) } : new JsonObject(),
        });
    }

    /// <summary>Writes dataset_fingerprint.json.</summary>
    public static void Write(string path, DatasetFingerprint fingerprint)
    {
        ArgumentNullException.ThrowIfNull(fingerprint);
        WriteJson(path, new JsonObject
        {
            ["foreground_intensity_properties_per_channel"] = new JsonObject { ["0"] = Json(fingerprint.Foreground) },
            ["median_relative_size_after_cropping"] = 1.0,
            ["shapes_after_crop"] = new JsonArray([.. fingerprint.Cases.Select(c => Zyx(c.Size))]),
            ["spacings"] = new JsonArray([.. fingerprint.Cases.Select(c => Zyx(c.SpacingMm))]),
        });
    }

    /// <summary>Reads plans.json; keys that are not known are passed over, configurations take what they do not say from the one they inherit from.</summary>
    /// <exception cref="CoraException">The file is missing or no plans file, or a configuration inherits from none or from itself.</exception>
    public static Plans Read(string path)
    {
        var root = ReadObject(path, NoPlans);
        try
        {
            var configurations = root["configurations"]?.AsObject() ?? throw new CoraException($"{path} has no configurations.", NoPlans);
            return new()
            {
                DatasetName = root["dataset_name"]?.GetValue<string>() ?? throw new CoraException($"{path} has no dataset_name.", NoPlans),
                PlansName = root["plans_name"]?.GetValue<string>() ?? "",
                MedianSpacingMm = SpacingOf(root["original_median_spacing_after_transp"]),
                MedianSize = SizeOf(root["original_median_shape_after_transp"]),
                Foreground = root["foreground_intensity_properties_per_channel"]?["0"] is JsonObject first ? ForegroundOf(first) : null,
                Configurations = configurations.ToDictionary(c => c.Key, c => ConfigurationOf(Resolved(path, configurations, c.Key, []))),
            };
        }
        catch (Exception problem) when (problem is InvalidOperationException or FormatException or IndexOutOfRangeException)
        {
            throw new CoraException($"{path} holds a value of another kind than expected: {problem.Message}", NoPlans, inner: problem);
        }
    }

    /// <summary>A JSON file whose root is an object.</summary>
    internal static JsonObject ReadObject(string path, string remedy)
    {
        try
        {
            return JsonNode.Parse(File.ReadAllText(path)) as JsonObject ?? throw new JsonException("An object was expected.");
        }
        catch (Exception problem) when (problem is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new CoraException($"{path} cannot be read: {problem.Message}", remedy, inner: problem);
        }
    }

    internal static void WriteJson(string path, JsonNode root) => Atomically.WriteText(path, root.ToJsonString(Indented) + "\n");

    /// <summary>A configuration with what it inherits; its own values come first.</summary>
    private static JsonObject Resolved(string path, JsonObject configurations, string name, ImmutableHashSet<string> seen)
    {
        if (configurations[name] is not JsonObject own)
            throw new CoraException($"{path}: configuration {name} is not there, expected one of {string.Join(", ", configurations.Select(c => c.Key))}.", NoPlans);
        if (own["inherits_from"]?.GetValue<string>() is not { } parent) return own;
        if (seen.Contains(name)) throw new CoraException($"{path}: configuration {name} inherits from itself.", NoPlans);
        var whole = Resolved(path, configurations, parent, seen.Add(name)).DeepClone().AsObject();
        foreach (var (key, value) in own) whole[key] = value?.DeepClone();
        return whole;
    }

    private static JsonObject Json(Plans plans, string name, PlanConfiguration configuration)
    {
        var json = new JsonObject
        {
            ["data_identifier"] = $"{plans.PlansName}_{name}",
            ["preprocessor_name"] = "DefaultPreprocessor",
            ["batch_size"] = configuration.BatchSize,
            ["patch_size"] = Zyx(configuration.PatchSize),
            ["median_image_size_in_voxels"] = Zyx(configuration.MedianSize),
            ["spacing"] = Zyx(configuration.SpacingMm),
            ["normalization_schemes"] = new JsonArray([.. configuration.Normalization.Select(n => JsonValue.Create(n))]),
            ["use_mask_for_norm"] = new JsonArray([.. configuration.Normalization.Select(_ => JsonValue.Create(false))]),
        };
        foreach (var (what, isLabel, order) in new[] { ("data", false, 1), ("seg", true, 0), ("probabilities", false, 1) })
        {
            json[$"resampling_fn_{what}"] = "resample_data_or_seg_to_shape";
            json[$"resampling_fn_{what}_kwargs"] = new JsonObject { ["is_seg"] = isLabel, ["order"] = order, ["order_z"] = 0, ["force_separate_z"] = false };
        }

        if (configuration.Network is { } network) json["architecture"] = Json(network);
        json["batch_dice"] = configuration.BatchDice;
        return json;
    }

    private static JsonObject Json(PlannedNetwork network)
    {
        var stages = network.Features.Length;
        JsonArray Cube(int side) => new(side, side, side);
        return new()
        {
            ["network_class_name"] = network.ClassName,
            ["arch_kwargs"] = new JsonObject
            {
                ["n_stages"] = stages,
                ["features_per_stage"] = Listed(network.Features),
                ["conv_op"] = "torch.nn.modules.conv.Conv3d",
                ["kernel_sizes"] = new JsonArray([.. Enumerable.Range(0, stages).Select(_ => Cube(3))]),
                ["strides"] = new JsonArray([.. Enumerable.Range(0, stages).Select(stage => Cube(stage == 0 ? 1 : 2))]),
                ["n_blocks_per_stage"] = Listed(network.Blocks),
                ["n_conv_per_stage_decoder"] = Listed(network.DecoderConvolutions),
                ["conv_bias"] = network.HasConvolutionBias,
                ["norm_op"] = "torch.nn.modules.instancenorm.InstanceNorm3d",
                ["norm_op_kwargs"] = new JsonObject { ["eps"] = 1e-5, ["affine"] = true },
                ["dropout_op"] = null,
                ["dropout_op_kwargs"] = null,
                ["nonlin"] = "torch.nn.LeakyReLU",
                ["nonlin_kwargs"] = new JsonObject { ["inplace"] = true },
            },
            ["_kw_requires_import"] = new JsonArray("conv_op", "norm_op", "dropout_op", "nonlin"),
        };
    }

    private static JsonObject Json(ForegroundIntensity f) => new()
    {
        ["max"] = f.Max, ["mean"] = f.Mean, ["median"] = f.Median, ["min"] = f.Min, ["percentile_00_5"] = f.Percentile005, ["percentile_99_5"] = f.Percentile995, ["std"] = f.Std,
    };

    private static PlanConfiguration ConfigurationOf(JsonObject json) => new()
    {
        BatchSize = json["batch_size"]?.GetValue<int>(),
        PatchSize = SizeOf(json["patch_size"]),
        SpacingMm = SpacingOf(json["spacing"]),
        MedianSize = SizeOf(json["median_image_size_in_voxels"]),
        Normalization = [.. json["normalization_schemes"]?.AsArray().Select(n => n!.GetValue<string>()) ?? []],
        BatchDice = json["batch_dice"]?.GetValue<bool>(),
        Network = json["architecture"]?["arch_kwargs"] is JsonObject network ? new(
            json["architecture"]!["network_class_name"]?.GetValue<string>() ?? "", Numbers(network["features_per_stage"]), Numbers(network["n_blocks_per_stage"] ?? network["n_conv_per_stage"]),
            Numbers(network["n_conv_per_stage_decoder"]), network["conv_bias"]?.GetValue<bool>() ?? false) : null,
    };

    private static ForegroundIntensity ForegroundOf(JsonObject json)
    {
        double Of(string key) => json[key]?.GetValue<double>() ?? double.NaN;
        return new(null, Of("mean"), Of("median"), Of("std"), Of("min"), Of("max"), Of("percentile_00_5"), Of("percentile_99_5"));
    }

    private static ImmutableArray<int> Numbers(JsonNode? node) => [.. node?.AsArray().Select(n => n!.GetValue<int>()) ?? []];

    private static JsonArray Listed(ImmutableArray<int> values) => new([.. values.Select(v => JsonValue.Create(v))]);

    private static JsonArray? Zyx(Size3? size) => size is { } s ? new(s.Z, s.Y, s.X) : null;

    private static JsonArray? Zyx(Vec3? numbers) => numbers is { } v ? new(v.Z, v.Y, v.X) : null;

    // A 2D configuration has two axes; it has no 3D patch.
    private static Size3? SizeOf(JsonNode? node) => node is JsonArray { Count: 3 } a ? new((int)Math.Round(a[2]!.GetValue<double>()), (int)Math.Round(a[1]!.GetValue<double>()), (int)Math.Round(a[0]!.GetValue<double>())) : null;

    private static Vec3? SpacingOf(JsonNode? node) => node is JsonArray { Count: 3 } a ? new(a[2]!.GetValue<double>(), a[1]!.GetValue<double>(), a[0]!.GetValue<double>()) : null;
}
