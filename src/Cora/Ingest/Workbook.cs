using System.Globalization;
using System.IO.Compression;
using System.Xml;

namespace Cora.Ingest;

/// <summary>
/// The cells of an Excel workbook's first sheet (.xlsx) as text: a zip of XML, of which shared and inline strings, numbers and blanks are understood; formulas give
/// the value that was stored with them. A package would bring styles and writing, which nobody asks for.
/// </summary>
internal static class Workbook
{
    private const string Remedy = "Save the sheet as CSV and give that.";
    private const long MostBytes = 256L << 20;
    private const int MostColumns = 16384;

    private static readonly XmlReaderSettings Safely = new() { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, IgnoreWhitespace = false, MaxCharactersInDocument = MostBytes };

    /// <summary>Rows of cells, short rows short; empty rows are left out.</summary>
    /// <exception cref="CoraException">It is no workbook, or a damaged one.</exception>
    public static IReadOnlyList<string[]> Read(string path)
    {
        try
        {
            using var zip = ZipFile.OpenRead(path);
            var strings = zip.GetEntry("xl/sharedStrings.xml") is { } shared ? Strings(Open(shared)) : [];
            return Rows(Open(FirstSheet(zip)), strings);
        }
        catch (Exception problem) when (problem is InvalidDataException or XmlException or FormatException or OverflowException)
        {
            throw new CoraException($"{path} is no readable workbook: {problem.Message}", Remedy, inner: problem);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new CoraException($"{path} cannot be read: {problem.Message}", "Check the path and its permissions.", inner: problem);
        }
    }

    private static ZipArchiveEntry FirstSheet(ZipArchive zip)
    {
        var sheets = zip.Entries.Where(e => e.FullName.StartsWith("xl/worksheets/", StringComparison.Ordinal) && e.FullName.EndsWith(".xml", StringComparison.Ordinal)).ToList();
        if (Target(zip) is { } named && zip.GetEntry(named) is { } first) return first;
        return sheets.OrderBy(e => e.FullName.Length).ThenBy(e => e.FullName, StringComparer.Ordinal).FirstOrDefault() ?? throw new InvalidDataException("it holds no sheet.");
    }

    /// <summary>The part of the first sheet: the workbook names a relation, the relations name the part.</summary>
    private static string? Target(ZipArchive zip)
    {
        if (zip.GetEntry("xl/workbook.xml") is not { } book || zip.GetEntry("xl/_rels/workbook.xml.rels") is not { } relations) return null;
        string? id = null;
        using (var reader = Open(book))
        {
            while (id is null && reader.Read())
                if (reader is { NodeType: XmlNodeType.Element, LocalName: "sheet" }) id = reader.GetAttribute("id", "http://schemas.openxmlformats.org/officeDocument/2006/relationships") ?? "";
        }

        using var targets = Open(relations);
        while (targets.Read())
        {
            if (targets is not { NodeType: XmlNodeType.Element, LocalName: "Relationship" } || targets.GetAttribute("Id") != id) continue;
            var target = targets.GetAttribute("Target") ?? "";
            return target.StartsWith('/') ? target[1..] : "xl/" + target;
        }

        return null;
    }

    private static List<string> Strings(XmlReader reader)
    {
        using (reader)
        {
            var strings = new List<string>();
            while (reader.Read())
                if (reader is { NodeType: XmlNodeType.Element, LocalName: "si" }) strings.Add(TextWithin(reader));
            return strings;
        }
    }

    private static List<string[]> Rows(XmlReader reader, List<string> strings)
    {
        using (reader)
        {
            var rows = new List<string[]>();
            var row = new List<string>();
            while (reader.Read())
            {
                if (reader is { NodeType: XmlNodeType.Element, LocalName: "row" }) row = [];
                else if (reader is { NodeType: XmlNodeType.Element, LocalName: "c" }) Cell(reader, strings, row);
                else if (reader is { NodeType: XmlNodeType.EndElement, LocalName: "row" } && row.Any(c => c.Length > 0)) rows.Add([.. row]);
            }

            return rows;
        }
    }

    private static void Cell(XmlReader reader, List<string> strings, List<string> row)
    {
        // Blank cells are left out of the file, so the column comes from the reference; without one, cells stand side by side.
        var column = reader.GetAttribute("r") is { } reference ? ColumnOf(reference) : row.Count;
        var type = reader.GetAttribute("t");
        var text = TextWithin(reader);
        if (type == "s")
        {
            var index = int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
            text = index < strings.Count ? strings[index] : throw new InvalidDataException($"a cell names text {index} of {strings.Count}.");
        }

        while (row.Count < column) row.Add("");
        if (row.Count == column) row.Add(text.Trim());
        else row[column] = text.Trim();
    }

    /// <summary>The text of an element's t and v children, phonetic hints left out; afterwards the reader stands on the element's end.</summary>
    private static string TextWithin(XmlReader reader)
    {
        if (reader.IsEmptyElement) return "";
        var (depth, name, text) = (reader.Depth, "", "");
        var hints = -1;
        while (reader.Read() && !(reader.NodeType == XmlNodeType.EndElement && reader.Depth == depth))
        {
            if (reader.NodeType == XmlNodeType.Element)
            {
                name = reader.LocalName;
                if (name == "rPh" && hints < 0) hints = reader.Depth;
            }
            else if (reader.NodeType == XmlNodeType.EndElement)
            {
                name = "";
                if (reader.Depth == hints) hints = -1;
            }
            else if (hints < 0 && name is "t" or "v" && reader.NodeType is XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.SignificantWhitespace) text += reader.Value;
        }

        return text;
    }

    private static int ColumnOf(string reference)
    {
        var column = 0;
        foreach (var c in reference.TakeWhile(char.IsAsciiLetterUpper)) column = checked(column * 26 + (c - 'A' + 1));
        return column is >= 1 and <= MostColumns ? column - 1 : throw new InvalidDataException($"a cell is named {reference}.");
    }

    private static XmlReader Open(ZipArchiveEntry entry) =>
        entry.Length <= MostBytes ? XmlReader.Create(entry.Open(), Safely) : throw new InvalidDataException($"{entry.FullName} is {entry.Length} bytes long when unpacked.");
}
