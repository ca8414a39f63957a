using System.Collections.Immutable;
using System.Globalization;
using System.Reflection;
using Tomlyn.Model;

namespace Cora.Experiments;

/// <summary>A value given on the command line; what it means depends on the setting it is for.</summary>
internal sealed record OverrideText(string Text)
{
    /// <inheritdoc/>
    public override string ToString() => Text;
}

/// <summary>Lays a TOML table over the defaults of a settings record, and collects every problem on the way.</summary>
internal sealed class SettingsBinder(string source, ISettings root)
{
    private readonly List<string> problems = [];
    private readonly HashSet<string> overridden = [];

    /// <summary>One line a problem.</summary>
    public IReadOnlyList<string> Problems => problems;

    /// <summary>Puts <c>key=value</c> into the table, in place of what the file says.</summary>
    public void Override(TomlTable table, string assignment)
    {
        var equals = assignment.IndexOf('=', StringComparison.Ordinal);
        var path = equals < 0 ? [] : assignment[..equals].Trim().Split('.', StringSplitOptions.TrimEntries);
        if (path.Length == 0 || path.Any(string.IsNullOrEmpty))
        {
            problems.Add($"--set {assignment}, expected key=value, for example trainer.steps=200");
            return;
        }

        var parent = table;
        foreach (var (depth, segment) in path[..^1].Index())
        {
            if (!parent.TryGetValue(segment, out var child)) parent[segment] = child = new TomlTable();
            if (child is not TomlTable next)
            {
                problems.Add($"--set {assignment}, but {string.Join('.', path[..(depth + 1)])} is a single value");
                return;
            }

            parent = next;
        }

        parent[path[^1]] = new OverrideText(assignment[(equals + 1)..].Trim());
        overridden.Add(string.Join('.', path));
    }

    /// <summary>The defaults with the table's values; where a value does not fit, the default stays and a problem is noted.</summary>
    public ISettings Bind(TomlTable table, ISettings defaults, string path = "")
    {
        var settings = SettingsTree.Copy(defaults);
        var properties = SettingsTree.PropertiesOf(settings.GetType());
        foreach (var property in properties)
        {
            var key = SettingsTree.KeyOf(property.Name);
            var name = SettingsTree.Join(path, key);
            table.TryGetValue(key, out var value);
            if (property.GetValue(defaults) is ISettings child)
            {
                // Without a value the child is still copied: the result shares nothing with the defaults.
                if (value is null or TomlTable) property.SetValue(settings, Bind(value as TomlTable ?? [], child, name));
                else Add(name, $"{name} = {Show(value)}, expected a table of settings");
            }
            else if (value is not null)
            {
                if (Read(property.PropertyType, value, out var expected) is { } read) property.SetValue(settings, read);
                else Add(name, $"{name} = {Show(value)}, expected {expected}");
            }
        }

        var known = properties.Select(p => SettingsTree.KeyOf(p.Name)).ToHashSet();
        foreach (var (key, value) in table)
        {
            if (!known.Contains(key)) Unknown(SettingsTree.Join(path, key), value, [.. known.Select(k => SettingsTree.Join(path, k))]);
        }

        return settings;
    }

    /// <summary>Asks every record of the tree for its own verdict.</summary>
    public void Check(ISettings settings)
    {
        foreach (var problem in SettingsTree.Check(settings))
            Add(problem.Name, $"{problem.Name} = {(problem.Value is string list && list.StartsWith('[') ? list : TomlText.Value(problem.Value))}, expected {problem.Expected}");
    }

    private void Add(string key, string line)
    {
        var from = overridden.Contains(key) ? "command line" : source;
        var whole = from.Length == 0 ? line : $"{from}: {line}";
        if (!problems.Contains(whole)) problems.Add(whole);
    }

    private void Unknown(string name, object value, IReadOnlyList<string> siblings)
    {
        if (value is TomlTable table && table.Count > 0 && table.All(entry => entry.Value is not TomlTable))
        {
            foreach (var (key, inner) in table) Unknown(SettingsTree.Join(name, key), inner, siblings);
            return;
        }

        var all = SettingsTree.Leaves(root).Select(leaf => leaf.Key).ToList();
        var last = name[(name.LastIndexOf('.') + 1)..];
        var guess = Spelling.Nearest(name, siblings) ?? Spelling.Nearest(name, all)
            ?? all.FirstOrDefault(key => key.EndsWith('.' + last, StringComparison.Ordinal));
        Add(name, $"{name} = {Show(value)}, no such setting{(guess is null ? "" : $"; did you mean {guess}?")}");
    }

    private static string Show(object value) => value switch
    {
        OverrideText text => text.Text,
        TomlTable => "a table",
        TomlTableArray => "a list of tables",
        _ => TomlText.Value(value),
    };

    /// <summary>The value as the property's type, or null and what was expected.</summary>
    private static object? Read(Type type, object value, out string expected)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (value is OverrideText text)
        {
            // A bare word is text; anything else reads as in the file.
            if (type == typeof(string) || type.IsEnum) value = text.Text.Trim('"', '\'');
            else if (ExperimentFile.TryParseValue(text.Text, out var parsed)) value = parsed;
        }

        if (SettingsTree.IsInterval(type)) return ReadInterval(type, value, out expected);
        if (SettingsTree.IsImmutableArray(type)) return ReadList(type, value, out expected);
        if (type.IsEnum)
        {
            var words = Enum.GetNames(type).ToDictionary(SettingsTree.KeyOf, name => Enum.Parse(type, name));
            expected = ExpectedOf(type);
            return value is string word && words.TryGetValue(word, out var member) ? member : null;
        }

        expected = ExpectedOf(type);
        return (value, type) switch
        {
            (bool, _) when type == typeof(bool) => value,
            (string, _) when type == typeof(string) => value,
            (long whole, _) when type == typeof(long) => whole,
            (long whole, _) when type == typeof(int) && whole is >= int.MinValue and <= int.MaxValue => (int)whole,
            (long whole, _) when type == typeof(double) => (double)whole,
            (double number, _) when type == typeof(double) && double.IsFinite(number) => number,
            _ => null,
        };
    }

    private static object? ReadInterval(Type type, object value, out string expected)
    {
        var element = type.GetGenericArguments()[0];
        expected = $"[low, high], two times {ExpectedOf(element)}, the lower first";
        if (value is not TomlArray { Count: 2 } ends) return null;
        var low = Read(element, ends[0]!, out _);
        var high = Read(element, ends[1]!, out _);
        return low is IComparable l && high is not null && l.CompareTo(high) <= 0 ? Activator.CreateInstance(type, low, high) : null;
    }

    private static object? ReadList(Type type, object value, out string expected)
    {
        var element = type.GetGenericArguments()[0];
        expected = $"a list; each element {ExpectedOf(element)}";

        // One number may stand for a list of one: spacing_mm = 0.5.
        var items = value is TomlArray array ? array.Select(item => Read(element, item!, out _)).ToList() : [Read(element, value, out _)];
        if (items.Contains(null)) return null;
        return typeof(SettingsBinder).GetMethod(nameof(ToImmutable), BindingFlags.NonPublic | BindingFlags.Static)!
            .MakeGenericMethod(element).Invoke(null, [items]);
    }

    private static ImmutableArray<T> ToImmutable<T>(List<object?> items) => [.. items.Cast<T>()];

    private static string ExpectedOf(Type type) =>
        type == typeof(bool) ? "true or false"
        : type == typeof(string) ? "text in quotes"
        : type == typeof(double) ? "a number"
        : type == typeof(int) || type == typeof(long) ? "a whole number"
        : type.IsEnum ? string.Join(" or ", Enum.GetNames(type).Select(SettingsTree.KeyOf))
        : throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Settings of type {type} have no TOML form."));
}
