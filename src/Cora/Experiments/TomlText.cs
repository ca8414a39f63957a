using System.Collections;
using System.Globalization;
using System.Text;

namespace Cora.Experiments;

/// <summary>Settings as TOML text.</summary>
internal static class TomlText
{
    /// <summary>The whole tree, defaults included; with <paramref name="comments"/> each setting has its sentence above it.</summary>
    public static string Write(ISettings settings, Func<Type, string, string?>? comments = null)
    {
        var text = new StringBuilder();
        WriteTable(text, settings, "", comments);
        return text.ToString();
    }

    /// <summary>One value, as it would stand behind the equals sign.</summary>
    public static string Value(object? value) => value switch
    {
        null => "nothing",
        bool b => b ? "true" : "false",
        string s => Quote(s),
        Enum e => Quote(SettingsTree.KeyOf(e.ToString())),
        double d => Number(d),
        int or long => Convert.ToString(value, CultureInfo.InvariantCulture)!,
        IEnumerable list => $"[{string.Join(", ", list.Cast<object?>().Select(Value))}]",
        _ when SettingsTree.IsInterval(value.GetType()) => $"[{Value(End(value, nameof(Interval<>.Low)))}, {Value(End(value, nameof(Interval<>.High)))}]",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static void WriteTable(StringBuilder text, ISettings settings, string path, Func<Type, string, string?>? comments)
    {
        var properties = SettingsTree.PropertiesOf(settings.GetType());
        foreach (var property in properties)
        {
            // A value that is not set has no TOML form; leaving it out means the same.
            if (property.GetValue(settings) is not { } value || value is ISettings) continue;
            if (comments?.Invoke(settings.GetType(), property.Name) is { } comment) text.Append(CultureInfo.InvariantCulture, $"# {comment}\n");
            text.Append(CultureInfo.InvariantCulture, $"{SettingsTree.KeyOf(property.Name)} = {Value(value)}\n");
        }

        foreach (var property in properties)
        {
            if (property.GetValue(settings) is not ISettings table) continue;
            var name = SettingsTree.Join(path, SettingsTree.KeyOf(property.Name));
            text.Append('\n');
            if (comments?.Invoke(settings.GetType(), property.Name) is { } comment) text.Append(CultureInfo.InvariantCulture, $"# {comment}\n");
            text.Append(CultureInfo.InvariantCulture, $"[{name}]\n");
            WriteTable(text, table, name, comments);
        }
    }

    private static object? End(object interval, string name) => interval.GetType().GetProperty(name)!.GetValue(interval);

    private static string Number(double value)
    {
        if (double.IsNaN(value)) return "nan";
        if (double.IsInfinity(value)) return value > 0 ? "inf" : "-inf";
        var text = value.ToString("R", CultureInfo.InvariantCulture);
        return text.AsSpan().IndexOfAny('.', 'E') < 0 ? text + ".0" : text;
    }

    private static string Quote(string value)
    {
        var text = new StringBuilder("\"");
        foreach (var c in value)
        {
            text.Append(c switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                _ when char.IsControl(c) => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}"),
                _ => c.ToString(),
            });
        }

        return text.Append('"').ToString();
    }
}
