using System.Reflection;

namespace Cora.Experiments;

/// <summary>What this build of the program is.</summary>
public static class BuildInfo
{
    private static readonly Assembly House = typeof(BuildInfo).Assembly;
    private static readonly string[] Parts = (House.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0").Split('+', 2);

    /// <summary>The version, for example <c>0.1.0</c>.</summary>
    public static string Version => Parts[0];

    /// <summary>The commit that was built; null when the sources were no repository.</summary>
    public static string? Commit => Parts.Length > 1 ? Parts[1] : null;

    /// <summary>Version and commit in one line.</summary>
    public static string Description =>
        $"{Version} ({(Commit is null ? "commit not known" : $"commit {Commit}")}{(IsDirty == true ? ", changed since" : "")})";

    /// <summary>Whether files differed from that commit when it was built; null when not known.</summary>
    public static bool? IsDirty =>
        House.GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(a => a.Key == "Dirty")?.Value switch
        {
            "true" => true,
            "false" => false,
            _ => null,
        };

    /// <summary>Name and version of the packages that can change a result, as they lie beside the program.</summary>
    public static IReadOnlyDictionary<string, string> Packages { get; } = new SortedDictionary<string, string>(
        House.GetReferencedAssemblies()
            .Where(name => name.Name is "TorchSharp" or "Tomlyn" or "ScottPlot" or "SkiaSharp")
            .ToDictionary(name => name.Name!, name => name.Version?.ToString() ?? "unknown"), StringComparer.Ordinal);
}
