using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace Cora.Language;

/// <summary>Vectors of texts from a server that speaks OpenAI's <c>POST /v1/embeddings</c>. The user gives the address; nothing else is contacted.</summary>
public sealed class EmbeddingServerEncoder : ITextEncoder, IDisposable
{
    private const int BatchTexts = 32;
    private readonly HttpClient client;
    private readonly Uri endpoint;
    private readonly string model;
    private int dimension;

    /// <param name="address">For example <c>http://localhost:8000</c>; <c>/v1</c> at its end may stand or not.</param>
    /// <param name="model">Name of the model on the server.</param>
    /// <param name="keyFile">A file with the key that the server asks for; null = none.</param>
    /// <param name="patience">How long an answer may take; two minutes when not given.</param>
    /// <exception cref="CoraException">The key file cannot be read.</exception>
    public EmbeddingServerEncoder(Uri address, string model, string? keyFile = null, TimeSpan? patience = null)
    {
        ArgumentNullException.ThrowIfNull(address);
        this.model = model;
        var root = address.AbsoluteUri.TrimEnd('/');
        endpoint = new((root.EndsWith("/v1", StringComparison.Ordinal) ? root : root + "/v1") + "/embeddings");
        client = new() { Timeout = patience ?? TimeSpan.FromMinutes(2) };
        if (keyFile is not null) client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", ReadKey(keyFile));
    }

    /// <summary>Server and model.</summary>
    public string Name => $"server {endpoint.GetLeftPart(UriPartial.Authority)} {model}";

    /// <summary>What stands for the weights: they lie on the server, and we cannot know whether they change.</summary>
    public string WeightsHash => $"not known: served by {endpoint.Authority} as {model}";

    /// <summary><c>server</c>: the server decides.</summary>
    public string Pooling => "server";

    /// <inheritdoc/>
    /// <remarks>Known from the first answer; asked with one word when nothing was encoded yet.</remarks>
    public int Dimension
    {
        get
        {
            if (dimension == 0) Encode(["dimension"]);
            return dimension;
        }
    }

    /// <inheritdoc/>
    public float[][] Encode(IReadOnlyList<string> texts, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var vectors = new List<float[]>();
        foreach (var batch in texts.Chunk(BatchTexts)) vectors.AddRange(Ask(batch, cancel));
        return [.. vectors];
    }

    /// <inheritdoc/>
    public void Dispose() => client.Dispose();

    private static string ReadKey(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new CoraException($"The key file {path} cannot be read: {problem.Message}", "Check text.key_file.", ExitCode.Usage, problem);
        }
    }

    private float[][] Ask(string[] texts, CancellationToken cancel)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, endpoint) { Content = JsonContent.Create(new { model, input = texts, encoding_format = "float" }) };
            using var answer = client.Send(request, cancel);
            using var body = answer.Content.ReadAsStream(cancel);
            if (!answer.IsSuccessStatusCode) throw Refuse($"answers {(int)answer.StatusCode} {answer.ReasonPhrase}", "Check text.address, text.model and text.key_file, and the server's log.");
            using var json = JsonDocument.Parse(body);
            return Read(json.RootElement, texts.Length);
        }
        catch (HttpRequestException problem)
        {
            throw Refuse($"cannot be reached ({problem.Message})", "Check text.address, and that the server runs.", problem);
        }
        catch (TaskCanceledException problem) when (!cancel.IsCancellationRequested)
        {
            throw Refuse($"gives no answer within {client.Timeout.TotalSeconds:0} seconds", "Wait until it is ready, or take a smaller model.", problem);
        }
        catch (JsonException problem)
        {
            throw Refuse("answers something that is no JSON", "Give the address of an OpenAI-compatible server, without /embeddings at its end.", problem);
        }
    }

    private float[][] Read(JsonElement answer, int expected)
    {
        if (answer.ValueKind != JsonValueKind.Object || !answer.TryGetProperty("data", out var data) || data.ValueKind != JsonValueKind.Array) throw Odd("has no list \"data\"");
        if (data.GetArrayLength() != expected) throw Odd($"has {data.GetArrayLength()} vectors for {expected} texts");
        var vectors = new float[expected][];
        foreach (var (place, one) in data.EnumerateArray().Index())
        {
            // Servers may answer in another order; the index says which text is meant.
            var index = one.ValueKind == JsonValueKind.Object && one.TryGetProperty("index", out var i) && i.TryGetInt32(out var given) ? given : place;
            if (index < 0 || index >= expected || vectors[index] is not null) throw Odd($"names text {index} twice or beyond the {expected}");
            if (one.ValueKind != JsonValueKind.Object || !one.TryGetProperty("embedding", out var embedding) || embedding.ValueKind != JsonValueKind.Array) throw Odd("has an entry without a list \"embedding\"");
            vectors[index] = [.. embedding.EnumerateArray().Select(n => n.ValueKind == JsonValueKind.Number && n.TryGetSingle(out var number) ? number : float.NaN)];
            if (vectors[index].Length == 0 || !Array.TrueForAll(vectors[index], float.IsFinite)) throw Odd("has a vector that is empty or not of finite numbers");
            if (dimension == 0) dimension = vectors[index].Length;
            if (vectors[index].Length != dimension) throw Odd($"has vectors of {vectors[index].Length} and of {dimension} numbers");
        }

        return vectors;
    }

    private CoraException Odd(string what) => Refuse($"gives an answer that {what}", "Give an OpenAI-compatible server and a model for embeddings.");

    private CoraException Refuse(string what, string remedy, Exception? inner = null) => new($"The embedding server {endpoint} {what}.", remedy, inner: inner);
}
