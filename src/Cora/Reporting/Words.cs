using SkiaSharp;

namespace Cora.Reporting;

/// <summary>Words on a sheet, in the machine's own sans-serif font; on a machine without fonts nothing is drawn.</summary>
internal sealed class Words : IDisposable
{
    private const int LineHeight = 15;
    private readonly SKTypeface face = Face(SKFontStyle.Normal);
    private readonly SKTypeface bold = Face(SKFontStyle.Bold);
    private readonly SKFont title, plain, small;

    public Words()
    {
        title = new(bold, 16);
        plain = new(face, 12.5f);
        small = new(face, 11);
    }

    /// <summary>The name of the font that words are drawn in.</summary>
    public static string Family { get; } = Face(SKFontStyle.Normal).FamilyName;

    public static int Height(IReadOnlyCollection<string> lines) => LineHeight * lines.Count + 6;

    public void Title(SKCanvas canvas, string text, float x, float y) => Draw(canvas, text, x, y, title, Palette.Light);

    public void Plain(SKCanvas canvas, string text, float x, float y) => Draw(canvas, text, x, y, plain, Palette.Light);

    public void Small(SKCanvas canvas, string text, float x, float y) => Draw(canvas, text, x, y, small, Palette.Quiet);

    public float SmallWidth(string text) => small.MeasureText(text);

    /// <summary>Several lines; returns where the next thing may stand.</summary>
    public float Paragraph(SKCanvas canvas, string text, float x, float y, float width)
    {
        var lines = Wrap(text, width);
        foreach (var (i, line) in lines.Index()) Draw(canvas, line, x, y + i * LineHeight, small, Palette.Quiet);
        return y + Height(lines) - 4;
    }

    public IReadOnlyCollection<string> Wrap(string text, float width)
    {
        var lines = new List<string>();
        foreach (var word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (lines.Count > 0 && small.MeasureText($"{lines[^1]} {word}") <= width) lines[^1] += " " + word;
            else lines.Add(word);
        }

        return lines;
    }

    public void Dispose()
    {
        title.Dispose();
        plain.Dispose();
        small.Dispose();
    }

    private static SKTypeface Face(SKFontStyle style)
    {
        foreach (var family in new[] { "Lato", "Segoe UI", "Helvetica Neue", "Noto Sans", "DejaVu Sans", "Arial" })
            if (SKFontManager.Default.MatchFamily(family, style) is { } face) return face;
        return SKTypeface.Default;
    }

    private static void Draw(SKCanvas canvas, string text, float x, float y, SKFont font, SKColor colour)
    {
        using var paint = new SKPaint { Color = colour, IsAntialias = true };
        canvas.DrawText(text, x, y, font, paint);
    }
}
