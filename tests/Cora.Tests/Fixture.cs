using System.Text.Json;

namespace Cora.Tests;

/// <summary>Inputs and expected outputs computed with public programs: numbers only, one index file a group.</summary>
internal static class Fixture
{
    /// <summary>Where the copied numbers lie.</summary>
    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "Fixtures");

    /// <summary>The material outside of the project, when the project stands beside it; null elsewhere.</summary>
    public static string? Shared { get; } = FindShared();

    public static string PathOf(string file) => Path.Combine(Folder, file);

    public static NpyArray Array(JsonElement entry) => NpyArray.Read(PathOf(entry.GetProperty("file").GetString()!));

    public static IReadOnlyList<JsonElement> Cases(string group, string? op = null)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(PathOf(group + ".json")));
        return [.. document.RootElement.EnumerateArray().Where(c => op is null || c.GetProperty("op").GetString() == op).Select(c => c.Clone())];
    }

    public static JsonElement Case(string name) => Cases(name[..1]).Single(c => c.GetProperty("name").GetString() == name);

    /// <summary>The names of a group's cases of one operation, as the data of a theory.</summary>
    public static TheoryData<string> Names(string group, string op) => [.. Cases(group, op).Select(c => c.GetProperty("name").GetString()!)];

    /// <summary>A file of the material beside the project, or a skipped test with a message.</summary>
    public static string SharedPath(string relative)
    {
        Assert.SkipWhen(Shared is null, $"needs ../shared/{relative}, which is not part of the project");
        var path = Path.Combine(Shared!, relative);
        Assert.SkipUnless(File.Exists(path) || Directory.Exists(path), $"needs ../shared/{relative}, which is not part of the project");
        return path;
    }

    private static string? FindShared()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (!File.Exists(Path.Combine(folder.FullName, "Cora.slnx"))) continue;
            var shared = Path.Combine(folder.Parent?.FullName ?? "", "shared");
            return Directory.Exists(Path.Combine(shared, "fixtures")) ? shared : null;
        }

        return null;
    }
}
