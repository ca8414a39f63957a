using SkiaSharp;

namespace Cora.Reporting;

/// <summary>Rows of pictures with words: a contact sheet, a panel of three planes. Written as PNG, the same bytes for the same pictures and fonts.</summary>
public sealed class Sheet(string title, string subtitle, int tilePixels = 168)
{
    /// <summary>Said on every sheet.</summary>
    public const string Notice = "Research software, not a medical device.";

    private const int Gap = 6;
    private const int Margin = 18;
    private readonly List<(string Heading, IReadOnlyList<Tile> Tiles)> rows = [];
    private readonly List<(string Words, SKColor Colour)> legend = [];

    /// <summary>Whether words can be drawn: a machine may have no fonts at all.</summary>
    public static bool HasFonts => SKFontManager.Default.FontFamilyCount > 0;

    /// <summary>The font that words are drawn in.</summary>
    public static string FontFamily => Words.Family;

    /// <summary>A row of pictures under a heading.</summary>
    public Sheet Add(string heading, params IReadOnlyList<Tile> tiles)
    {
        rows.Add((heading, tiles));
        return this;
    }

    /// <summary>What a colour means.</summary>
    public Sheet Explain(string words, SKColor colour)
    {
        legend.Add((words, colour));
        return this;
    }

    /// <summary>Writes the sheet, whole or not at all.</summary>
    public void Save(string path)
    {
        using var bitmap = Draw();
        using var png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        Atomically.WriteFile(path, png.SaveTo);
    }

    private SKBitmap Draw()
    {
        using var words = new Words();
        var columns = rows.Count == 0 ? 1 : rows.Max(r => r.Tiles.Count);
        var width = Math.Max(Margin * 2 + columns * (tilePixels + Gap), 560);
        var heads = 30 + Words.Height(words.Wrap(subtitle, width - 2 * Margin)) + (legend.Count > 0 ? 20 : 0);
        var height = Margin + heads + rows.Sum(RowHeight) + Margin + 14;
        var bitmap = new SKBitmap(width, height);
        using var canvas = new SKCanvas(bitmap);
        canvas.Clear(Palette.Dark);
        words.Title(canvas, title, Margin, Margin + 14);
        var y = words.Paragraph(canvas, subtitle, Margin, Margin + 34, width - 2 * Margin);
        y = Legend(canvas, words, y);
        foreach (var row in rows) y = Row(canvas, words, row, y);
        words.Small(canvas, Notice, Margin, height - 12);
        return bitmap;
    }

    private int RowHeight((string Heading, IReadOnlyList<Tile> Tiles) row) =>
        (row.Heading.Length > 0 ? 20 : 0) + (row.Tiles.Count == 0 ? 0 : row.Tiles.Max(t => (int)Box(t).Height)) + 18 + Gap;

    private float Legend(SKCanvas canvas, Words words, float y)
    {
        if (legend.Count == 0) return y;
        float x = Margin;
        foreach (var (text, colour) in legend)
        {
            using var paint = new SKPaint { Color = colour, IsAntialias = true, Style = SKPaintStyle.Stroke, StrokeWidth = 2 };
            canvas.DrawRect(x, y - 1, 11, 10, paint);
            words.Small(canvas, text, x + 17, y + 8);
            x += 17 + words.SmallWidth(text) + 18;
        }

        return y + 20;
    }

    private float Row(SKCanvas canvas, Words words, (string Heading, IReadOnlyList<Tile> Tiles) row, float y)
    {
        if (row.Heading.Length > 0) words.Plain(canvas, row.Heading, Margin, y + 12);
        var top = y + (row.Heading.Length > 0 ? 20 : 0);
        float x = Margin;
        foreach (var tile in row.Tiles)
        {
            var box = Box(tile);
            box.Offset(x, top);
            tile.Draw(canvas, box);
            words.Small(canvas, tile.Caption, x, box.Bottom + 12);
            x += tilePixels + Gap;
        }

        return y + RowHeight(row);
    }

    /// <summary>The picture's box: as wide as a tile, true to the millimetre in height, unless that would be a tower.</summary>
    private SKRect Box(Tile tile)
    {
        var (wide, high) = tile.Mm;
        var scale = Math.Min(tilePixels / wide, 1.4 * tilePixels / high);
        return SKRect.Create((float)Math.Round(wide * scale), (float)Math.Round(high * scale));
    }
}
