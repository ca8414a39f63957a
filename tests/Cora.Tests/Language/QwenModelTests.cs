using System.Text.Json.Nodes;
using Cora.Language;
using static TorchSharp.torch;

namespace Cora.Tests.Language;

public sealed class QwenModelTests
{
    public static TheoryData<string> Models => [.. QwenFixture.Small, "qwen3-realvocab"];

    // Tolerances of the fixtures' README: sums in another order move the last bits; every wrong variant tried is off by 0.09 or more.
    [Theory]
    [MemberData(nameof(Models))]
    public void Hidden_vectors_and_pools_are_those_of_the_reference(string name)
    {
        using var scope = NewDisposeScope();
        using var model = QwenModel.Load(QwenFixture.Folder(name));
        var cases = QwenFixture.Cases(name);
        Assert.True(cases.Count >= 4);

        foreach (var c in cases)
        {
            var (ids, mask) = (QwenFixture.Integers(c.GetProperty("input_ids")), QwenFixture.Integers(c.GetProperty("attention_mask")));
            var hidden = model.LastHidden(ids, mask);

            Assert.True(QwenFixture.Distance(QwenFixture.Expected(name, c.GetProperty("last_hidden")), hidden) <= 1e-4, c.GetProperty("name").GetString());
            Assert.InRange(QwenFixture.Distance(QwenFixture.Expected(name, c.GetProperty("mean")), TextPooling.Mean.Of(hidden, mask)), 0, 2e-5);
            Assert.InRange(QwenFixture.Distance(QwenFixture.Expected(name, c.GetProperty("last")), TextPooling.Last.Of(hidden, mask)), 0, 2e-5);
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Every_layer_is_that_of_the_reference(string name)
    {
        using var scope = NewDisposeScope();
        using var model = QwenModel.Load(QwenFixture.Folder(name));
        var single = QwenFixture.Cases(name).Single(c => c.GetProperty("name").GetString() == "single");

        var states = model.HiddenStates(QwenFixture.Integers(single.GetProperty("input_ids")), QwenFixture.Integers(single.GetProperty("attention_mask")));

        Assert.Equal(model.Config.Layers + 1, states.Count);
        Assert.InRange(QwenFixture.Distance(QwenFixture.Expected(name, single.GetProperty("hidden_states")), stack(states)), 0, 1e-4);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Computing_in_bfloat16_stays_near(string name)
    {
        using var scope = NewDisposeScope();
        using var model = QwenModel.Load(QwenFixture.Folder(name), QwenPrecision.BFloat16);

        foreach (var c in QwenFixture.Cases(name))
        {
            var (ids, mask) = (QwenFixture.Integers(c.GetProperty("input_ids")), QwenFixture.Integers(c.GetProperty("attention_mask")));
            var hidden = model.LastHidden(ids, mask);
            var (want, got) = (QwenFixture.Expected(name, c.GetProperty("mean")), TextPooling.Mean.Of(hidden, mask));

            Assert.InRange(nn.functional.cosine_similarity(want, got, 1).min().item<float>(), 0.999, 1.001);
            Assert.InRange(QwenFixture.Distance(QwenFixture.Expected(name, c.GetProperty("last_hidden")), hidden), 1e-6, 0.25);
        }
    }

    [Fact]
    public void A_text_becomes_the_vector_of_the_reference()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        TokenizerFixture.UnpackWhole(folder.Path);
        var tokenizer = QwenTokenizer.Load(folder.Path);
        using var model = QwenModel.Load(QwenFixture.Folder("qwen3-realvocab"));
        var texts = QwenFixture.Cases("qwen3-realvocab").Where(c => c.TryGetProperty("text", out _)).ToArray();
        Assert.Equal(4, texts.Length);

        foreach (var c in texts)
        {
            var ids = tokenizer.Encode(c.GetProperty("text").GetString()!).Select(i => (long)i).ToArray();
            Assert.Equal(c.GetProperty("input_ids")[0].EnumerateArray().Select(i => i.GetInt64()), ids);
            var hidden = model.LastHidden(tensor(ids, [1, ids.Length]), ones([1, ids.Length], int64));
            Assert.InRange(QwenFixture.Distance(QwenFixture.Expected("qwen3-realvocab", c.GetProperty("last")), hidden[.., ids.Length - 1]), 0, 2e-5);
        }
    }

    [Fact]
    public void Weights_are_the_files_pages_and_writing_to_them_does_not_reach_the_file()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        QwenFixture.CopyTo("qwen3-tiny", folder.Path);
        var before = File.ReadAllBytes(folder["model.safetensors"]);
        using var weights = SafetensorsFolder.Open(folder.Path);

        var first = weights.Map("model.norm.weight");
        first.fill_(7);

        Assert.Equal(7f, weights.Map("model.norm.weight")[0].item<float>());       // the same memory
        Assert.Equal(before, File.ReadAllBytes(folder["model.safetensors"]));
    }

    [Fact]
    public void A_misaligned_tensor_is_copied_with_the_same_values()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var header = """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""";
        if (header.Length % 2 == 0) header += " ";
        File.WriteAllBytes(folder["model.safetensors"], [.. BitConverter.GetBytes((long)header.Length), .. System.Text.Encoding.ASCII.GetBytes(header), .. BitConverter.GetBytes(1.5f), .. BitConverter.GetBytes(-2f)]);
        using var weights = SafetensorsFolder.Open(folder.Path);

        Assert.Equal([1.5f, -2f], weights.Map("a").data<float>().ToArray());
    }

    [Fact]
    public void The_hash_changes_with_weights_and_config_and_with_nothing_else()
    {
        using var folder = new TemporaryFolder();
        QwenFixture.CopyTo("qwen3-bias", folder.Path);
        var first = Hash();
        File.WriteAllText(folder["README.md"], "hello");
        Assert.Equal(first, Hash());

        var bytes = File.ReadAllBytes(folder["model.safetensors"]);
        bytes[^1] ^= 1;
        File.WriteAllBytes(folder["model.safetensors"], bytes);
        var second = Hash();
        Change(folder, "config.json", json => json["rope_theta"] = 10000.0);

        Assert.Equal(3, new[] { first, second, Hash() }.Distinct().Count());

        string Hash()
        {
            using var model = QwenModel.Load(folder.Path);
            return model.WeightsHash();
        }
    }

    [Theory]
    [InlineData("model_type", "\"qwen2_moe\"", "qwen2_moe")]
    [InlineData("model_type", "null", "model_type")]
    [InlineData("rope_scaling", """{"rope_type":"yarn","factor":4.0}""", "yarn")]
    [InlineData("rope_scaling", """{"type":"linear","factor":4.0}""", "linear")]
    [InlineData("rope_parameters", """{"rope_theta":1000000.0,"rope_type":"llama3"}""", "llama3")]
    [InlineData("rope_parameters", """{"rope_theta":500.0,"rope_type":"default"}""", "500")]
    [InlineData("rope_theta", "null", "rope_theta")]
    [InlineData("quantization_config", """{"quant_method":"awq","bits":4}""", "awq")]
    [InlineData("quantization_config", """{"bits":4}""", "quantised")]
    [InlineData("auto_map", """{"AutoModel":"modeling_qwen.QwenModel"}""", "auto_map")]
    [InlineData("is_causal", "false", "is_causal")]
    [InlineData("hidden_act", "\"gelu\"", "gelu")]
    [InlineData("rms_norm_eps", "null", "rms_norm_eps")]
    [InlineData("rms_norm_eps", "-1", "rms_norm_eps")]
    [InlineData("head_dim", "null", "head_dim")]
    [InlineData("head_dim", "33", "odd")]
    [InlineData("head_dim", "16", "q_proj")]
    [InlineData("num_key_value_heads", "null", "num_key_value_heads")]
    [InlineData("num_key_value_heads", "3", "multiple")]
    [InlineData("num_hidden_layers", "3", "3 layers")]
    [InlineData("num_hidden_layers", "\"two\"", "num_hidden_layers")]
    [InlineData("hidden_size", "1e99", "hidden_size")]
    [InlineData("vocab_size", "513", "embed_tokens")]
    [InlineData("attention_bias", "true", "q_proj.bias is missing")]
    [InlineData("layer_types", """["full_attention","chunked_attention"]""", "chunked_attention")]
    [InlineData("layer_types", """["full_attention","sliding_attention"]""", "sliding_window")]
    public void A_config_that_would_be_computed_wrongly_is_refused_by_name(string key, string value, string why)
    {
        using var folder = new TemporaryFolder();
        QwenFixture.CopyTo("qwen3-tiny", folder.Path);
        Change(folder, "config.json", json => json[key] = JsonNode.Parse(value));

        Assert.Contains(why, Assert.Throws<CoraException>(() => QwenModel.Load(folder.Path)).Message);
    }

    [Fact]
    public void Layers_or_biases_that_would_be_left_out_are_refused()
    {
        using var folder = new TemporaryFolder();
        QwenFixture.CopyTo("qwen3-bias", folder.Path);
        Change(folder, "config.json", json => json["attention_bias"] = false);

        Assert.Contains("would not be used", Assert.Throws<CoraException>(() => QwenModel.Load(folder.Path)).Message);
    }

    [Fact]
    public void A_window_may_be_said_in_the_older_way()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        QwenFixture.CopyTo("qwen2-sliding", folder.Path);
        Change(folder, "config.json", json => json.Remove("layer_types"));

        Assert.Equal([null, 6, 6], QwenConfig.Read(folder.Path).Windows);
    }

    [Theory]
    [InlineData("../model-00001-of-00003.safetensors", "plain name")]
    [InlineData("/etc/passwd", "plain name")]
    [InlineData("a\\b.safetensors", "plain name")]
    [InlineData("..", "plain name")]
    [InlineData("model-00009-of-00009.safetensors", "missing")]
    [InlineData("model-00002-of-00003.safetensors", "does not")]
    public void An_index_that_points_elsewhere_is_refused(string shard, string why)
    {
        using var folder = new TemporaryFolder();
        QwenFixture.CopyTo("qwen3-tiny-bf16-sharded", folder.Path);
        Change(folder, "model.safetensors.index.json", json => json["weight_map"]!["model.embed_tokens.weight"] = shard);

        Assert.Contains(why, Assert.Throws<CoraException>(() => QwenModel.Load(folder.Path)).Message);
    }

    [Fact]
    public void Damaged_weights_are_refused()
    {
        using var folder = new TemporaryFolder();
        QwenFixture.CopyTo("qwen3-tiny", folder.Path);
        var bytes = File.ReadAllBytes(folder["model.safetensors"]);

        File.WriteAllBytes(folder["model.safetensors"], bytes[..^4]);
        Assert.Contains("outside", Assert.Throws<CoraException>(() => QwenModel.Load(folder.Path)).Message);
        File.WriteAllBytes(folder["model.safetensors"], bytes.AsSpan().ToArray().Select((b, i) => i == 8 ? (byte)'x' : b).ToArray());
        Assert.Contains("JSON", Assert.Throws<CoraException>(() => QwenModel.Load(folder.Path)).Message);
        File.Delete(folder["model.safetensors"]);
        Assert.Contains("neither", Assert.Throws<CoraException>(() => QwenModel.Load(folder.Path)).Message);
    }

    [Fact]
    public void Quantised_numbers_are_refused_by_their_type()
    {
        using var folder = new TemporaryFolder();
        QwenFixture.CopyTo("qwen3-tiny", folder.Path);
        var bytes = File.ReadAllBytes(folder["model.safetensors"]);
        var text = System.Text.Encoding.Latin1.GetString(bytes);
        File.WriteAllBytes(folder["model.safetensors"], System.Text.Encoding.Latin1.GetBytes(text.Replace("\"F32\"", "\"I32\"", StringComparison.Ordinal)));

        Assert.Contains("I32", Assert.Throws<CoraException>(() => QwenModel.Load(folder.Path)).Message);
    }

    [Fact]
    public void Ids_outside_of_the_table_and_texts_too_long_are_refused()
    {
        using var scope = NewDisposeScope();
        using var model = QwenModel.Load(QwenFixture.Folder("qwen3-tiny"));

        Assert.Contains("512", Assert.Throws<CoraException>(() => model.LastHidden(full([1, 2], 512, int64), ones([1, 2], int64))).Message);
        Assert.Contains("4096", Assert.Throws<CoraException>(() => model.LastHidden(zeros([1, 4097], int64), ones([1, 4097], int64))).Message);
        Assert.Throws<ArgumentException>(() => model.LastHidden(zeros([2, 2], int64), tensor(new long[] { 1, 1, 0, 0 }, [2, 2])));
    }

    private static void Change(TemporaryFolder folder, string file, Action<JsonObject> change)
    {
        var json = JsonNode.Parse(File.ReadAllText(folder[file]))!.AsObject();
        change(json);
        File.WriteAllText(folder[file], json.ToJsonString());
    }
}
