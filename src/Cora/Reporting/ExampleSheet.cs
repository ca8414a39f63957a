using Cora.Evaluation;

namespace Cora.Reporting;

/// <summary>The sheet that shows whether a pretext task was learnt: its examples with the network's answers.</summary>
internal static class ExampleSheet
{
    /// <summary>Writes the sheet.</summary>
    /// <returns>Its path.</returns>
    public static string Write(PretextExamples examples, string folder, string name = "pretext-examples.png")
    {
        var sheet = new Sheet("What the pretext task looks like", examples.Caption, tilePixels: 150);
        foreach (var row in examples.Rows)
            sheet.Add(row.Name, [.. examples.Columns.Select((column, c) => Tile.Of(Grey(row, c, column), column.Name))]);
        var path = Path.Combine(folder, name);
        sheet.Save(path);
        return path;
    }

    private static Slice<byte> Grey(ExampleRow row, int column, ExampleColumn scale)
    {
        var pixels = row.Pictures[column];
        return new(row.Width, pixels.Length / row.Width, 1, 1, [.. pixels.Select(v => (byte)Math.Round(255 * Math.Clamp((v - scale.Low) / (scale.High - scale.Low), 0, 1)))]);
    }
}
