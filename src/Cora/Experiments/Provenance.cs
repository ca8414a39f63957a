using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cora.Experiments;

/// <summary>One stretch of work on a run, from start to finish or interruption.</summary>
/// <param name="Start">When it began.</param>
/// <param name="End">When it ended; null while it runs or when it was killed.</param>
/// <param name="Version">Version of the program.</param>
/// <param name="Commit">Commit of the program; null when not known.</param>
/// <param name="Dirty">Whether sources differed from the commit; null when not known.</param>
/// <param name="Outcome"><c>finished</c>, <c>interrupted</c>, <c>failed</c>, or <c>running</c>, which also stands when it was killed.</param>
/// <param name="Device">Where torch computed, for example <c>cpu</c>.</param>
/// <param name="Threads">Threads that torch computed with.</param>
/// <param name="Platform">Operating system and architecture.</param>
/// <param name="Dotnet">Version of the .NET runtime.</param>
/// <param name="CpuFeatures">Vector features of the processor.</param>
public sealed record Session(
    DateTimeOffset Start, DateTimeOffset? End, string Version, string? Commit, bool? Dirty, string Outcome, string Device, int Threads, string Platform,
    string Dotnet, IReadOnlyList<string> CpuFeatures);

/// <summary>provenance.json: what made the numbers of a run. The first session's machine stands on top; resumed runs list them all.</summary>
public sealed record Provenance
{
    private static readonly JsonSerializerOptions Style = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <summary>Version of the program.</summary>
    public string Version { get; init; } = BuildInfo.Version;

    /// <summary>Commit of the program; null when not known.</summary>
    public string? Commit { get; init; } = BuildInfo.Commit;

    /// <summary>Whether sources differed from the commit when the program was built; null when not known.</summary>
    public bool? Dirty { get; init; } = BuildInfo.IsDirty;

    /// <summary>Packages that can change a result.</summary>
    public IReadOnlyDictionary<string, string> Packages { get; init; } = BuildInfo.Packages;

    /// <summary>Where torch computed.</summary>
    public required string Device { get; init; }

    /// <summary>Threads that torch computed with.</summary>
    public required int Threads { get; init; }

    /// <summary>Vector features of the processor.</summary>
    public IReadOnlyList<string> CpuFeatures { get; init; } = Machine.CpuFeatures();

    /// <summary>Roots of chance by purpose.</summary>
    public required IReadOnlyDictionary<string, long> Seeds { get; init; }

    /// <summary>The cohort's folder as it was given.</summary>
    public string? Cohort { get; init; }

    /// <summary>Content hash of the cohort.</summary>
    public string? CohortHash { get; init; }

    /// <summary>When the run began.</summary>
    public DateTimeOffset? Start { get; init; }

    /// <summary>When the run was finished; null as long as it is not.</summary>
    public DateTimeOffset? End { get; init; }

    /// <summary>Every stretch of work on the run.</summary>
    public IReadOnlyList<Session> Sessions { get; init; } = [];

    /// <summary>Reads provenance.json; null when there is none.</summary>
    /// <exception cref="CoraException">The file is damaged.</exception>
    public static Provenance? Read(string path)
    {
        if (!File.Exists(path)) return null;
        try
        {
            return JsonSerializer.Deserialize<Provenance>(File.ReadAllText(path), Style);
        }
        catch (JsonException problem)
        {
            throw new CoraException($"{path} is damaged: {problem.Message}", "Give --overwrite to begin the run again, or another --out folder.", inner: problem);
        }
    }

    /// <summary>Writes provenance.json, whole or not at all.</summary>
    public void Write(string path) => Atomically.WriteText(path, JsonSerializer.Serialize(this, Style) + "\n");

    internal Provenance Begun(DateTimeOffset now) => this with
    {
        Start = Start ?? now,
        Sessions = [.. Sessions, new(now, null, BuildInfo.Version, BuildInfo.Commit, BuildInfo.IsDirty, "running", Device, Threads, Machine.Platform, Environment.Version.ToString(), Machine.CpuFeatures())],
    };

    internal Provenance Ended(DateTimeOffset now, string outcome) => this with
    {
        End = outcome == "finished" ? now : null,
        Sessions = [.. Sessions.SkipLast(1), Sessions[^1] with { End = now, Outcome = outcome }],
    };
}
