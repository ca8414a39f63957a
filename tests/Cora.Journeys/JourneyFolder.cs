namespace Cora.Journeys;

/// <summary>A folder of a journey's own, gone when the journey is.</summary>
internal sealed class JourneyFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("cora-journey-").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);

    /// <summary>Every file of a folder with the hash of its bytes.</summary>
    public static SortedDictionary<string, string> Hashes(string folder) => new(
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).ToDictionary(
            file => System.IO.Path.GetRelativePath(folder, file),
            file => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file)))), StringComparer.Ordinal);
}
