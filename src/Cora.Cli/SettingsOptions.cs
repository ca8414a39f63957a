using System.CommandLine;
using System.Globalization;
using Cora.Experiments;

namespace Cora.Cli;

/// <summary>
/// The three ways to give settings: a file, <c>--set</c>, and options of their own such as <c>--cases</c>. The later win:
/// defaults, file, --set, options.
/// </summary>
internal sealed class SettingsOptions
{
    private readonly List<(Option Option, string Key, Func<Call, object?> Value)> direct = [];

    public Option<string?> Config { get; } = CommonOptions.Config();

    public Option<string[]> Set { get; } = CommonOptions.Set();

    /// <summary>All of them, to be added to a verb.</summary>
    public IEnumerable<Option> All => [.. direct.Select(d => d.Option), Config, Set];

    /// <summary>An option that is another way to write one setting; what is not given leaves the setting alone.</summary>
    public Option<T> Direct<T>(string name, string key, string helpName, string description, T standard)
    {
        var option = new Option<T>(name) { Description = description, HelpName = helpName, DefaultValueFactory = _ => standard };
        return Direct(option, key);
    }

    /// <summary>As above, for an option that exists.</summary>
    public Option<T> Direct<T>(Option<T> option, string key)
    {
        direct.Add((option, key, call => call.Value(option)));
        return option;
    }

    /// <summary>Whether anything of them stands on the command line.</summary>
    public bool IsAnyGiven(Call call) => call.IsGiven(Config) || call.IsGiven(Set) || direct.Any(d => call.IsGiven(d.Option));

    /// <summary>The settings that are asked for.</summary>
    /// <exception cref="CoraException">Settings do not fit; every problem is told at once (exit code 2).</exception>
    public T Load<T>(Call call) where T : ISettings, new()
    {
        string[] overrides =
        [
            .. call.Value(Set) ?? [],
            .. direct.Where(d => call.IsGiven(d.Option)).Select(d => string.Create(CultureInfo.InvariantCulture, $"{d.Key}={Spelled(d.Value(call))}")),
        ];
        return call.Value(Config) is { } path ? ExperimentFile.Load<T>(path, overrides) : ExperimentFile.Defaults<T>(overrides);
    }

    /// <summary>A value as a settings file writes it.</summary>
    private static object? Spelled(object? value) => value switch
    {
        bool yes => yes ? "true" : "false",
        double[] numbers => $"[{string.Join(", ", numbers.Select(n => n.ToString(CultureInfo.InvariantCulture)))}]",
        _ => value,
    };
}
