using SkiaSharp;

namespace Cora.Reporting;

/// <summary>The legend of a whole figure: a strip above its panels, where it can cover nothing.</summary>
internal static class LegendStrip
{
    private const int RowHeight = 20;
    private const int Margin = 12;
    private const int Box = 12;
    private const int Gap = 18;
    private const float FontSize = 12;

    /// <summary>Pixels that the strip takes; 0 without a legend.</summary>
    public static int Height(Panels panels) => panels.Legend.Count == 0 ? 0 : 10 + RowHeight * (Places(panels)[^1].Row + 1);

    /// <summary>Draws it at the top of the canvas.</summary>
    public static void Draw(Panels panels, SKCanvas canvas)
    {
        if (panels.Legend.Count == 0) return;
        using var font = Font();
        using var white = new SKPaint { Color = SKColors.White };
        canvas.DrawRect(0, 0, panels.Columns * panels.Width, Height(panels), white);
        foreach (var (i, (x, row)) in Places(panels).Index())
        {
            var (colour, words) = panels.Legend[i];
            var y = 8 + row * RowHeight;
            using var paint = new SKPaint { Color = new(colour.Red, colour.Green, colour.Blue), IsAntialias = true };
            canvas.DrawRect(x, y + 1, Box, Box, paint);
            using var ink = new SKPaint { Color = new(0x1B, 0x21, 0x28), IsAntialias = true };
            canvas.DrawText(words, x + Box + 6, y + 11, font, ink);
        }
    }

    private static (float X, int Row)[] Places(Panels panels)
    {
        using var font = Font();
        var (x, row) = ((float)Margin, 0);
        var places = new (float, int)[panels.Legend.Count];
        foreach (var (i, (_, words)) in panels.Legend.Index())
        {
            var width = Box + 6 + font.MeasureText(words);
            if (x > Margin && x + width > panels.Columns * panels.Width - Margin) (x, row) = (Margin, row + 1);
            places[i] = (x, row);
            x += width + Gap;
        }

        return places;
    }

    private static SKFont Font() => new(SKTypeface.FromFamilyName(Words.Family), FontSize);
}
