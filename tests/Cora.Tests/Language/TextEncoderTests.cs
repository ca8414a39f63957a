using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Cora.Language;

namespace Cora.Tests.Language;

public sealed class TextEncoderTests
{
    private static readonly ClinicalValue[] Patient =
    [
        new("age", "63.14"), new("sex", "female"), new("race", "black"), new("bmi", "29"), new("systolic_bp", "128"), new("diastolic_bp", ""), new("tobacco_use", "former"), new("hypertension", "1"), new("diabetes", "0"),
    ];

    [Fact]
    public void The_prompt_is_the_papers_and_tells_every_variable_in_its_order_and_unit()
    {
        var text = ClinicalPrompt.Write(Patient);

        Assert.StartsWith(ClinicalPrompt.Prompt, text, StringComparison.Ordinal);
        string[] expected = ["Age: 63.1 years.", "Sex: female.", "Race: Black or African American.", "BMI: 29 kg/m²", "Systolic blood pressure: 128 mmHg.", "Diastolic blood pressure: not recorded.", "Tobacco use: former.", "yes.", "Diabetes mellitus: no.", "Total cholesterol: not recorded.", "LDL cholesterol: not recorded.", "HDL cholesterol: not recorded."];
        var at = 0;
        foreach (var part in expected)
        {
            var found = text.IndexOf(part, at, StringComparison.Ordinal);
            Assert.True(found >= at, part);
            at = found + part.Length;
        }

        Assert.Equal(Patient.Where(p => p.Value is { Length: > 0 } and not "63.14"), ClinicalPrompt.Read(text).Where(v => v.Value is not null and not "63.1"));
        Assert.Equal(text, ClinicalPrompt.Write(Patient.Reverse()));
    }

    [Theory]
    [InlineData("mace_30d", "1")]
    [InlineData("calcified_plaque", "1")]
    [InlineData("cad_rads", "4")]
    public void Neither_the_outcome_nor_imaging_findings_can_be_told(string name, string value)
    {
        var problem = Assert.Throws<CoraException>(() => ClinicalPrompt.Write(Patient.Append(new(name, value))));

        Assert.Contains(name, problem.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(value == "1" ? "MACE" : value, ClinicalPrompt.Write(Patient)[ClinicalPrompt.Prompt.Length..].Replace("29", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void Clinical_features_are_standardised_values_codes_and_what_is_missing()
    {
        var encoder = new ClinicalFeatureEncoder();
        var vector = Assert.Single(encoder.Encode([ClinicalPrompt.Write(Patient)], TestContext.Current.CancellationToken));

        Assert.Equal(encoder.Dimension, vector.Length);
        Assert.Equal((63.1 - 63.1) / 13.8, vector[0], 1e-6);
        Assert.Equal(0, vector[1]);                                            // age is there
        Assert.Equal([1f, 0f, 0f], vector[2..5]);                              // female, male, missing
        Assert.Equal([0f, 1f, 0f, 0f, 0f], vector[5..10]);                     // race black
        Assert.DoesNotContain("qwen", encoder.Name, StringComparison.OrdinalIgnoreCase);
        var unknown = Assert.Single(encoder.Encode([ClinicalPrompt.Write([])], TestContext.Current.CancellationToken));
        Assert.Equal(12, unknown.Sum());                                       // twelve times "missing" and nothing else
    }

    [Theory]
    [InlineData(TextPooling.Last)]
    [InlineData(TextPooling.Mean)]
    public void A_qwen_folder_encodes_texts_together_as_one_by_one(TextPooling pooling)
    {
        using var folder = new TemporaryFolder();
        QwenFolder(folder["model"]);
        using var encoder = QwenTextEncoder.Open(folder["model"], pooling);
        string[] texts = [ClinicalPrompt.Write(Patient), "short", ClinicalPrompt.Write([]), "𝒳 beyond the BMP"];

        var together = encoder.Encode(texts, TestContext.Current.CancellationToken);

        foreach (var (text, vector) in texts.Zip(together))
        {
            var alone = Assert.Single(encoder.Encode([text], TestContext.Current.CancellationToken));
            Assert.Equal(encoder.Dimension, vector.Length);
            Assert.All(alone.Zip(vector), p => Assert.Equal(p.First, p.Second, 1e-4));
        }

        Assert.StartsWith("qwen3", encoder.Name, StringComparison.Ordinal);
        Assert.Equal(64, encoder.WeightsHash.Length);
    }

    /// <summary>A small Qwen3 with the published vocabulary and tokenizer, as a folder of Hugging Face's layout.</summary>
    internal static void QwenFolder(string folder)
    {
        Directory.CreateDirectory(folder);
        TokenizerFixture.UnpackWhole(folder);
        foreach (var file in Directory.EnumerateFiles(QwenFixture.Folder("qwen3-realvocab")).Where(f => Path.GetExtension(f) is ".safetensors" || Path.GetFileName(f) == "config.json"))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
    }

    [Fact]
    public void A_cache_needs_the_encoder_once_and_makes_damaged_vectors_again()
    {
        using var folder = new TemporaryFolder();
        var encoder = new Counting();
        var cache = new EmbeddingCache(folder["cache"]);
        var identity = EncoderIdentity.Of(encoder);

        var first = cache.Encode(["a", "bb", "ccc"], identity, "somewhere", () => encoder, TestContext.Current.CancellationToken);
        var again = cache.Encode(["ccc", "a"], identity, "somewhere", () => throw new InvalidOperationException("the model was opened"), TestContext.Current.CancellationToken);

        Assert.Equal([1f, 2f, 3f], first.Select(v => v[0]));
        Assert.Equal([3f, 1f], again.Select(v => v[0]));
        Assert.Equal(identity, cache.KnownOf("somewhere", "last"));
        Assert.Null(cache.KnownOf("elsewhere", "last"));
        Assert.DoesNotContain(Directory.EnumerateFiles(folder["cache"], "*", SearchOption.AllDirectories).Select(File.ReadAllText), t => t.Contains("ccc", StringComparison.Ordinal));

        var file = Directory.EnumerateFiles(folder["cache"], "*.f32", SearchOption.AllDirectories).First();
        var bytes = File.ReadAllBytes(file);
        bytes[0] ^= 1;
        File.WriteAllBytes(file, bytes);
        encoder.Texts = 0;
        Assert.Equal([1f, 2f, 3f], cache.Encode(["a", "bb", "ccc"], identity, "somewhere", () => encoder, TestContext.Current.CancellationToken).Select(v => v[0]));
        Assert.Equal(1, encoder.Texts);
        Assert.Equal([1f], cache.Encode(["a"], identity with { Pooling = "mean" }, "somewhere", () => encoder, TestContext.Current.CancellationToken).Select(v => v[0]));
        Assert.Equal(2, encoder.Texts);
    }

    [Fact]
    public async Task A_server_is_asked_in_batches_with_its_key_and_may_answer_in_any_order()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["key"], "secret\n");
        await using var server = new Server(request =>
        {
            var inputs = request["input"]!.AsArray().Select(i => i!.GetValue<string>()).ToArray();
            return new JsonObject
            {
                ["data"] = new JsonArray([.. inputs.Index().Reverse().Select(i => new JsonObject { ["index"] = i.Index, ["embedding"] = new JsonArray(i.Item.Length, -0.5) })]),
            }.ToJsonString();
        });
        using var encoder = new EmbeddingServerEncoder(server.Address, "bge", folder["key"]);

        var vectors = encoder.Encode([.. Enumerable.Range(1, 70).Select(n => new string('x', n))], TestContext.Current.CancellationToken);

        Assert.Equal(Enumerable.Range(1, 70).Select(n => (float)n), vectors.Select(v => v[0]));
        Assert.Equal(2, encoder.Dimension);
        Assert.Equal(3, server.Requests.Count);
        Assert.All(server.Requests, r => Assert.Equal("bge", r["model"]!.GetValue<string>()));
        Assert.All(server.Keys, k => Assert.Equal("Bearer secret", k));
        Assert.DoesNotContain("secret", encoder.Name + encoder.WeightsHash, StringComparison.Ordinal);
        Assert.StartsWith("not known", encoder.WeightsHash, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"data":[]}""", "0 vectors for 1")]
    [InlineData("""{"data":[{"index":4,"embedding":[1]}]}""", "beyond")]
    [InlineData("""{"data":[{"index":0,"embedding":[]}]}""", "empty")]
    [InlineData("""{"data":[{"index":0,"embedding":["x"]}]}""", "finite")]
    [InlineData("""{"data":[{"index":0}]}""", "embedding")]
    [InlineData("""{"error":"no such model"}""", "data")]
    [InlineData("<html>", "no JSON")]
    public async Task Odd_answers_of_a_server_are_refused_by_name(string answer, string expected)
    {
        await using var server = new Server(_ => answer);
        using var encoder = new EmbeddingServerEncoder(server.Address, "m");

        var problem = Assert.Throws<CoraException>(() => encoder.Encode(["text of a patient"], TestContext.Current.CancellationToken));

        Assert.Contains(expected, problem.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("text of a patient", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_server_that_is_not_there_is_told_with_what_to_check()
    {
        using var encoder = new EmbeddingServerEncoder(new("http://127.0.0.1:9"), "m");

        Assert.Contains("text.address", Assert.Throws<CoraException>(() => encoder.Encode(["x"], TestContext.Current.CancellationToken)).Remedy, StringComparison.Ordinal);
    }

    private sealed class Counting : ITextEncoder
    {
        public int Texts { get; set; }

        public string Name => "counting";

        public string WeightsHash => "none";

        public string Pooling => "last";

        public int Dimension => 2;

        public float[][] Encode(IReadOnlyList<string> texts, CancellationToken cancel = default)
        {
            Texts += texts.Count;
            return [.. texts.Select(t => new[] { (float)t.Length, 7f })];
        }
    }

    /// <summary>A small HTTP server on this machine.</summary>
    private sealed class Server : IAsyncDisposable
    {
        private readonly HttpListener listener = new();
        private readonly Task work;

        public Server(Func<JsonNode, string> answer)
        {
            using (var probe = new TcpListener(IPAddress.Loopback, 0))
            {
                probe.Start();
                Address = new($"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}");
            }

            listener.Prefixes.Add(Address.AbsoluteUri);
            listener.Start();
            work = Task.Run(() => Serve(answer));
        }

        public Uri Address { get; }

        public List<JsonNode> Requests { get; } = [];

        public List<string?> Keys { get; } = [];

        public async ValueTask DisposeAsync()
        {
            listener.Close();
            await work;
        }

        private async Task Serve(Func<JsonNode, string> answer)
        {
            try
            {
                while (true)
                {
                    var call = await listener.GetContextAsync();
                    Assert.Equal("/v1/embeddings", call.Request.Url!.AbsolutePath);
                    using var reader = new StreamReader(call.Request.InputStream);
                    Requests.Add(JsonNode.Parse(await reader.ReadToEndAsync())!);
                    Keys.Add(call.Request.Headers["Authorization"]);
                    var bytes = Encoding.UTF8.GetBytes(answer(Requests[^1]));
                    call.Response.ContentType = "application/json";
                    await call.Response.OutputStream.WriteAsync(bytes);
                    call.Response.Close();
                }
            }
            catch (Exception closed) when (closed is HttpListenerException or ObjectDisposedException)
            {
                // The test is over.
            }
        }
    }
}
