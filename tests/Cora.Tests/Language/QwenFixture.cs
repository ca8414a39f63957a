using System.Text.Json;
using static TorchSharp.torch;

namespace Cora.Tests.Language;

/// <summary>A small random model with the numbers that the reference computes from it.</summary>
internal static class QwenFixture
{
    public static readonly string[] Small =
        ["qwen2-sliding", "qwen2-tiny", "qwen2-tiny-f16-sharded", "qwen3-bias", "qwen3-noprefix", "qwen3-tiny", "qwen3-tiny-bf16-sharded"];

    /// <summary>The model's folder: in the project, or the one with the real vocabulary beside it.</summary>
    public static string Folder(string model) =>
        Small.Contains(model) ? Path.Combine(Fixture.Folder, "qwen", model) : Fixture.SharedPath($"fixtures/qwen/{model}");

    public static IReadOnlyList<JsonElement> Cases(string model)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder(model), "cases.json")));
        return [.. json.RootElement.GetProperty("cases").EnumerateArray().Select(c => c.Clone())];
    }

    /// <summary>Ids or mask, [B, T].</summary>
    public static Tensor Integers(JsonElement rows) => tensor(rows.EnumerateArray().SelectMany(r => r.EnumerateArray()).Select(n => n.GetInt64()).ToArray(), [rows.GetArrayLength(), rows[0].GetArrayLength()]);

    public static Tensor Expected(string model, JsonElement file)
    {
        var array = NpyArray.Read(Path.Combine(Folder(model), file.GetString()!));
        return tensor(array.ToSingles(), [.. array.Shape.Select(n => (long)n)]);
    }

    public static double Distance(Tensor a, Tensor b)
    {
        Assert.Equal(a.shape, b.shape);
        return (a - b).abs().max().item<float>();
    }

    /// <summary>A copy of a model's folder that a test may spoil.</summary>
    public static void CopyTo(string model, string folder)
    {
        foreach (var file in Directory.EnumerateFiles(Folder(model))) File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
    }
}
