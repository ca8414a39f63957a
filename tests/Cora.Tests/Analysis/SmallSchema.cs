using System.Text.Json;
using System.Text.RegularExpressions;

namespace Cora.Tests.Analysis;

/// <summary>The part of JSON Schema that docs/analysis.schema.json uses; a keyword that it does not know is an error.</summary>
internal static class SmallSchema
{
    public static IEnumerable<string> Problems(JsonElement schema, JsonElement value, string at = "$")
    {
        foreach (var keyword in schema.EnumerateObject())
        {
            var found = keyword.Name switch
            {
                "$schema" or "title" or "description" => [],
                "type" => Types(keyword.Value).Any(t => Is(t, value)) ? [] : [$"{at} is {value.ValueKind}, expected {keyword.Value}"],
                "const" => JsonElement.DeepEquals(keyword.Value, value) ? [] : [$"{at} is {value}, expected {keyword.Value}"],
                "enum" => keyword.Value.EnumerateArray().Any(v => JsonElement.DeepEquals(v, value)) ? [] : [$"{at} is {value}, expected one of {keyword.Value}"],
                "pattern" => value.ValueKind != JsonValueKind.String || Regex.IsMatch(value.GetString()!, keyword.Value.GetString()!) ? [] : [$"{at} is {value}"],
                "minimum" => value.ValueKind != JsonValueKind.Number || value.GetDouble() >= keyword.Value.GetDouble() ? [] : [$"{at} is {value}"],
                "exclusiveMinimum" => value.ValueKind != JsonValueKind.Number || value.GetDouble() > keyword.Value.GetDouble() ? [] : [$"{at} is {value}"],
                "maximum" => value.ValueKind != JsonValueKind.Number || value.GetDouble() <= keyword.Value.GetDouble() ? [] : [$"{at} is {value}"],
                "minItems" => value.ValueKind != JsonValueKind.Array || value.GetArrayLength() >= keyword.Value.GetInt32() ? [] : [$"{at} has {value.GetArrayLength()} items"],
                "maxItems" => value.ValueKind != JsonValueKind.Array || value.GetArrayLength() <= keyword.Value.GetInt32() ? [] : [$"{at} has {value.GetArrayLength()} items"],
                "items" => value.ValueKind != JsonValueKind.Array ? [] : value.EnumerateArray().SelectMany((v, i) => Problems(keyword.Value, v, $"{at}[{i}]")),
                "required" => value.ValueKind != JsonValueKind.Object ? [] : keyword.Value.EnumerateArray().Where(k => !value.TryGetProperty(k.GetString()!, out _)).Select(k => $"{at}.{k} is missing"),
                "additionalProperties" => value.ValueKind != JsonValueKind.Object ? [] : value.EnumerateObject().Where(p => !schema.GetProperty("properties").TryGetProperty(p.Name, out _)).Select(p => $"{at}.{p.Name} is not known"),
                "properties" => value.ValueKind != JsonValueKind.Object ? [] : keyword.Value.EnumerateObject().Where(p => value.TryGetProperty(p.Name, out _)).SelectMany(p => Problems(p.Value, value.GetProperty(p.Name), $"{at}.{p.Name}")),
                _ => (IEnumerable<string>)[$"keyword {keyword.Name} is not known here"],
            };
            foreach (var problem in found) yield return problem;
        }
    }

    private static IEnumerable<string> Types(JsonElement type) => type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().Select(t => t.GetString()!) : [type.GetString()!];

    private static bool Is(string type, JsonElement value) => type switch
    {
        "null" => value.ValueKind == JsonValueKind.Null,
        "string" => value.ValueKind == JsonValueKind.String,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
        "number" => value.ValueKind == JsonValueKind.Number,
        "array" => value.ValueKind == JsonValueKind.Array,
        "object" => value.ValueKind == JsonValueKind.Object,
        _ => false,
    };
}
