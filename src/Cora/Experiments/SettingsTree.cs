using System.Collections.Immutable;
using System.Reflection;
using System.Text.Json;

namespace Cora.Experiments;

/// <summary>How a tree of settings records is seen from outside: PascalCase properties are snake_case keys, nested records are tables.</summary>
internal static class SettingsTree
{
    private static readonly MethodInfo ShallowCopy =
        typeof(object).GetMethod(nameof(MemberwiseClone), BindingFlags.Instance | BindingFlags.NonPublic)!;

    /// <summary>The word by which a property or enum member goes in files: <c>FpWeight</c> is <c>fp_weight</c>.</summary>
    public static string KeyOf(string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(name);

    /// <summary>The settable properties of a settings record, in the order of the source.</summary>
    public static IReadOnlyList<PropertyInfo> PropertiesOf(Type type) =>
        [.. type.GetProperties(BindingFlags.Instance | BindingFlags.Public).Where(p => p.CanWrite).OrderBy(p => p.MetadataToken)];

    public static bool IsTable(PropertyInfo property) => typeof(ISettings).IsAssignableFrom(property.PropertyType);

    /// <summary>A copy of its own: records may share their default instances, so nothing is ever changed in place.</summary>
    public static ISettings Copy(ISettings settings) => (ISettings)ShallowCopy.Invoke(settings, null)!;

    public static string Join(string path, string key) => path.Length == 0 ? key : $"{path}.{key}";

    /// <summary>Every value of the tree with its dotted key.</summary>
    public static IEnumerable<(string Key, object? Value)> Leaves(ISettings settings, string path = "")
    {
        foreach (var property in PropertiesOf(settings.GetType()))
        {
            var key = Join(path, KeyOf(property.Name));
            var value = property.GetValue(settings);
            if (value is ISettings table)
            {
                foreach (var leaf in Leaves(table, key)) yield return leaf;
            }
            else
            {
                yield return (key, value);
            }
        }
    }

    /// <summary>Every out-of-range value of the tree; names are full dotted keys.</summary>
    public static IEnumerable<Problem> Check(ISettings settings, string path = "")
    {
        foreach (var problem in settings.Check())
            yield return problem with { Name = Join(path, string.Join('.', problem.Name.Split('.').Select(KeyOf))) };
        foreach (var property in PropertiesOf(settings.GetType()))
        {
            if (property.GetValue(settings) is not ISettings table) continue;
            foreach (var problem in Check(table, Join(path, KeyOf(property.Name)))) yield return problem;
        }
    }

    public static bool IsImmutableArray(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ImmutableArray<>);

    public static bool IsInterval(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Interval<>);
}
