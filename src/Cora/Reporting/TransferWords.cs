using System.Globalization;
using System.Text.Json;

namespace Cora.Reporting;

/// <summary>What a training took from its pretrained weights, from transfer.json, in words.</summary>
internal static class TransferWords
{
    /// <summary>Every training of a run, part by part: how many tensors came, how many begin anew; null where nothing was given.</summary>
    public static string? Of(string run)
    {
        if (ReproductionFolder.Read(Path.Combine(run, "transfer.json")) is not { } file || !file.TryGetProperty("trainings", out var trainings)) return null;
        var told = trainings.EnumerateArray().Select(t => (Name: t.GetProperty("training").GetString()!, Words: OfTraining(t))).ToArray();
        return string.Join("; ", told.Select(t => (told.Length > 1 ? t.Name.Split('/')[^1] + ": " : "") + t.Words));
    }

    private static string OfTraining(JsonElement training)
    {
        var parts = training.GetProperty("parts").EnumerateArray().Select(p => (Name: p.GetProperty("part").GetString()!, Taken: Count(p, "taken"), New: Count(p, "new"))).ToArray();
        string Named(Func<(string Name, int Taken, int New), int> count) =>
            string.Join(", ", parts.Where(p => count(p) > 0).Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.Name} {count(p)} tensors")));
        var (taken, begun) = (Named(p => p.Taken), Named(p => p.New));
        return (taken.Length > 0 ? taken : "nothing") + (begun.Length > 0 ? $" (new: {begun})" : "");
    }

    private static int Count(JsonElement part, string name) => part.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array ? list.GetArrayLength() : 0;
}
