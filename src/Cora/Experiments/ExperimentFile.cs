using System.Diagnostics.CodeAnalysis;
using Tomlyn;
using Tomlyn.Model;
using Tomlyn.Parsing;

namespace Cora.Experiments;

/// <summary>One setting that two trees disagree on, as TOML values.</summary>
public readonly record struct SettingDifference(string Key, string First, string Second)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Key} = {First} against {Second}";
}

/// <summary>One experiment = one TOML file = one tree of records with the paper's values as defaults.</summary>
public static class ExperimentFile
{
    /// <summary>Reads a file over the defaults; <paramref name="overrides"/> are <c>a.b=value</c> and win.</summary>
    /// <exception cref="CoraException">The file cannot be read or is no TOML, or keys or values do not fit: every problem at once (exit code 2).</exception>
    public static T Load<T>(string path, IReadOnlyList<string>? overrides = null) where T : ISettings, new()
    {
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new CoraException($"Experiment file {path} cannot be read: {problem.Message}", "Check the path given with --config.", ExitCode.Usage, problem);
        }

        return Parse<T>(text, path, overrides);
    }

    /// <summary>The defaults with <paramref name="overrides"/>.</summary>
    /// <exception cref="CoraException">An override does not fit (exit code 2).</exception>
    public static T Defaults<T>(IReadOnlyList<string>? overrides = null) where T : ISettings, new() => Parse<T>("", "settings", overrides);

    /// <summary>Reads TOML text; <paramref name="source"/> is its name in messages.</summary>
    /// <exception cref="CoraException">As <see cref="Load"/>.</exception>
    public static T Parse<T>(string text, string source, IReadOnlyList<string>? overrides = null) where T : ISettings, new()
    {
        var defaults = new T();
        var table = TomlFile.Parse(text, source);
        var binder = new SettingsBinder(source, defaults);
        foreach (var assignment in overrides ?? []) binder.Override(table, assignment);
        var settings = (T)binder.Bind(table, defaults);
        binder.Check(settings);
        return binder.Problems.Count == 0 ? settings : throw Refuse(binder.Problems);
    }

    /// <summary>Refuses settings that were made in code or on the command line and are out of range, all problems at once.</summary>
    /// <exception cref="CoraException">A value is out of range (exit code 2).</exception>
    public static void Check(ISettings settings, string source = "")
    {
        var binder = new SettingsBinder(source, settings);
        binder.Check(settings);
        if (binder.Problems.Count > 0) throw Refuse(binder.Problems);
    }

    /// <summary>The whole tree as TOML, defaults included; it can be loaded again and gives the same tree.</summary>
    /// <param name="settings">What to write.</param>
    /// <param name="comments">Whether each setting has its sentence of documentation above it.</param>
    public static string Write(ISettings settings, bool comments = false) => TomlText.Write(settings, comments ? SettingsHelp.Of : null);

    /// <summary>Where two trees of one kind differ, key by key.</summary>
    public static IReadOnlyList<SettingDifference> Differences<T>(T first, T second) where T : ISettings
    {
        var others = SettingsTree.Leaves(second).ToDictionary(leaf => leaf.Key, leaf => TomlText.Value(leaf.Value));
        return [.. SettingsTree.Leaves(first)
            .Select(leaf => new SettingDifference(leaf.Key, TomlText.Value(leaf.Value), others[leaf.Key]))
            .Where(difference => difference.First != difference.Second)];
    }

    internal static bool TryParseValue(string text, [NotNullWhen(true)] out object? value)
    {
        var line = $"value = {text}\n";
        value = SyntaxParser.Parse(line, "--set", validate: true).HasErrors ? null : TomlSerializer.Deserialize<TomlTable>(line)!["value"];
        return value is not null;
    }

    private static CoraException Refuse(IEnumerable<string> problems) =>
        new(string.Join('\n', problems), "Correct these settings; `cora settings` lists every name with its default and meaning.", ExitCode.Usage);
}
