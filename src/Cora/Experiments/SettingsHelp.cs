using System.Xml.Linq;

namespace Cora.Experiments;

/// <summary>The sentences that document settings, taken from the records themselves by way of the documentation file beside the program.</summary>
public static class SettingsHelp
{
    private static readonly Lazy<IReadOnlyDictionary<string, string>> Sentences = new(ReadDocumentation);

    /// <summary>The sentence of a property of a settings record; null where the documentation file is not installed.</summary>
    public static string? Of(Type type, string property)
    {
        ArgumentNullException.ThrowIfNull(type);
        return Sentences.Value.TryGetValue($"P:{type.FullName}.{property}", out var sentence) ? sentence : null;
    }

    private static Dictionary<string, string> ReadDocumentation()
    {
        var path = Path.Combine(AppContext.BaseDirectory, "Cora.xml");
        if (!File.Exists(path)) return [];
        return XDocument.Load(path).Descendants("member")
            .Where(member => member.Attribute("name")?.Value.StartsWith("P:", StringComparison.Ordinal) == true)
            .ToDictionary(member => member.Attribute("name")!.Value, member => Plain(member.Element("summary")));
    }

    private static string Plain(XElement? summary)
    {
        if (summary is null) return "";
        var words = summary.Nodes().Select(node => node switch
        {
            XText text => text.Value,
            XElement { Name.LocalName: "see" or "paramref" } link => Short((link.Attribute("cref") ?? link.Attribute("name"))?.Value ?? ""),
            XElement element => element.Value,
            _ => "",
        });
        return string.Join(' ', string.Concat(words).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    private static string Short(string reference) => SettingsTree.KeyOf(reference[(reference.LastIndexOf('.') + 1)..]);
}
