using System.IO.Compression;
using Cora.Cohorts;
using Cora.Imaging;
using Cora.Ingest;

namespace Cora.Tests.Ingest;

/// <summary>Small archives, written by the tests: scans of 6 x 6 x 6 voxels whose values tell which they are.</summary>
internal static class ArchiveFixture
{
    public static readonly Geometry Grid = new(new(6, 6, 6), new(0.4, 0.4, 0.5), new(-10, -20, 30), Mat3.Identity);

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A scan of air, fat and contrast; <paramref name="mark"/> is in it.</summary>
    public static Volume<short> Scan(int mark, Geometry? grid = null) => new(grid ?? Grid, [.. Enumerable.Range(0, 216).Select(i => (short)(i % 3 == 0 ? -1000 : i == 7 ? mark : 300 + i))]);

    public static Volume<byte> Mask(byte label = 1, Geometry? grid = null, int voxels = 10) => new(grid ?? Grid, [.. Enumerable.Range(0, 216).Select(i => i < voxels ? label : (byte)0)]);

    public static ImportOutcome Run(Archive archive, string folder, ImportConfig? config = null, string shard = "1/1", bool overwrite = false) =>
        Import.Run(archive, config ?? new(), folder, Shard.Parse(shard), threads: 2, overwrite, null, Token);

    /// <summary>Failures by case.</summary>
    public static Dictionary<string, (string Cause, string Remedy)> Failures(string folder)
    {
        var table = Table.Read(Path.Combine(folder, "failures.csv"));
        return table.Rows.ToDictionary(r => table.Field(r, "case"), r => (table.Field(r, "cause"), table.Field(r, "remedy")));
    }

    /// <summary>A workbook as spreadsheet programs write it: shared strings, numbers, and blank cells left out.</summary>
    public static void WriteWorkbook(string path, IReadOnlyList<object?[]> rows)
    {
        var strings = rows.SelectMany(r => r).OfType<string>().Distinct().ToList();
        using var zip = ZipFile.Open(path, ZipArchiveMode.Create);
        Add("xl/workbook.xml", """<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="b" sheetId="2" r:id="rId7"/></sheets></workbook>""");
        Add("xl/_rels/workbook.xml.rels", """<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Target="worksheets/sheet1.xml"/><Relationship Id="rId7" Target="worksheets/sheet2.xml"/></Relationships>""");
        Add("xl/worksheets/sheet1.xml", """<worksheet><sheetData><row><c t="inlineStr"><is><t>the wrong sheet</t></is></c></row></sheetData></worksheet>""");
        Add("xl/sharedStrings.xml", $"<sst>{string.Concat(strings.Select(s => $"<si><r><t>{s[..1]}</t></r><r><t xml:space=\"preserve\">{s[1..]}</t></r><rPh><t>hint</t></rPh></si>"))}</sst>");
        Add("xl/worksheets/sheet2.xml", $"<worksheet><sheetData>{string.Concat(rows.Select((row, r) => $"<row r=\"{r + 1}\">{string.Concat(row.Select((cell, c) => Cell(cell, $"{(char)('A' + c)}{r + 1}")))}</row>"))}</sheetData></worksheet>");

        string Cell(object? value, string at) => value switch
        {
            null => "",
            string text => $"<c r=\"{at}\" t=\"s\"><v>{strings.IndexOf(text)}</v></c>",
            _ => $"<c r=\"{at}\" s=\"1\"><v>{value}</v></c>",
        };

        void Add(string name, string text)
        {
            using var writer = new StreamWriter(zip.CreateEntry(name).Open());
            writer.Write("<?xml version=\"1.0\" encoding=\"UTF-8\"?>" + text);
        }
    }
}
