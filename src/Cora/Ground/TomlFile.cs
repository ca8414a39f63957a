using Tomlyn;
using Tomlyn.Model;
using Tomlyn.Parsing;

namespace Cora;

/// <summary>TOML files that users write, with every broken line told at once.</summary>
internal static class TomlFile
{
    /// <summary>The text of a file.</summary>
    /// <exception cref="CoraException">It cannot be read (exit code 2).</exception>
    public static string ReadText(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new CoraException($"{path} cannot be read: {problem.Message}", "Check the path and its permissions.", ExitCode.Usage, problem);
        }
    }

    /// <summary>A file as a table.</summary>
    /// <exception cref="CoraException">It cannot be read or is no TOML (exit code 2).</exception>
    public static TomlTable Read(string path) => Parse(ReadText(path), path);

    /// <summary>Text as a table; <paramref name="source"/> is its name in messages.</summary>
    /// <exception cref="CoraException">It is no TOML; every broken line is told (exit code 2).</exception>
    public static TomlTable Parse(string text, string source)
    {
        // The parser's diagnostics find every broken line and every key given twice; the model alone would take the last one.
        var syntax = SyntaxParser.Parse(text, source, validate: true);
        if (!syntax.HasErrors) return TomlSerializer.Deserialize<TomlTable>(text)!;
        var problems = syntax.Diagnostics.Select(d => $"{source}: line {d.Span.Start.Line + 1}: {d.Message}");
        throw new CoraException(string.Join('\n', problems), "Correct these lines; the file is TOML 1.0.", ExitCode.Usage);
    }
}
