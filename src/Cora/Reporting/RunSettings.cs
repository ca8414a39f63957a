namespace Cora.Reporting;

/// <summary>The settings of a run, by their full names: of <c>[data]</c> the spacing is <c>data.spacing_mm</c>. One name may stand under several headings, so a name alone says nothing.</summary>
internal sealed class RunSettings
{
    private readonly Dictionary<string, string> values = [];

    /// <summary>Reads the lines of an experiment.toml as this program writes it: one setting a line, tables under their headings.</summary>
    public RunSettings(IEnumerable<string> lines)
    {
        var table = "";
        foreach (var line in lines.Select(l => WithoutComment(l).Trim()))
        {
            if (line.StartsWith('[') && line.EndsWith(']')) table = line[1..^1].Trim() + ".";
            else if (line.Split('=', 2) is [var key, var value]) values[table + key.Trim()] = value.Trim();
        }
    }

    /// <summary>The settings of a run's folder; null where it has left none.</summary>
    public static RunSettings? Of(string run) => Path.Combine(run, "experiment.toml") is var path && File.Exists(path) ? new(File.ReadLines(path)) : null;

    /// <summary>A setting as it is written, words without their quotes; null where it is not set.</summary>
    public string? this[string name] => values.TryGetValue(name, out var value) ? value.Trim('"') : null;

    /// <summary>A hash within quotes is a letter like others.</summary>
    private static string WithoutComment(string line)
    {
        var isQuoted = false;
        foreach (var (i, letter) in line.Index())
        {
            if (letter == '"' && (i == 0 || line[i - 1] != '\\')) isQuoted = !isQuoted;
            if (letter == '#' && !isQuoted) return line[..i];
        }

        return line;
    }
}
