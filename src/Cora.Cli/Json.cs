using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Cora.Cli;

/// <summary>The one JSON document of a command: snake_case keys, numbers as numbers, undefined as null with a reason beside it.</summary>
internal static class Json
{
    private static readonly JsonSerializerOptions Style = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true,
    };

    public static string Text(object value) => JsonSerializer.Serialize(value, Style);

    public static void Write(TextWriter to, object value) => to.WriteLine(Text(value));

    /// <summary>Puts a number under a key; NaN and infinity become null, and <c>reason</c> says why.</summary>
    public static void Put(JsonObject to, string key, double value, string reason)
    {
        if (double.IsFinite(value))
        {
            to[key] = value;
            return;
        }

        to[key] = null;
        to["reason"] = reason;
    }
}
