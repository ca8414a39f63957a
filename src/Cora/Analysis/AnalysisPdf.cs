using Cora.Reporting;
using SkiaSharp;

namespace Cora.Analysis;

/// <summary>report.pdf: a page of tables (two where they are long), one of pictures, A4. No date stands in it, so that the same answer gives the same page.</summary>
internal sealed class AnalysisPdf : IDisposable
{
    private const float Width = 595, Height = 842, Margin = 40;
    private const float LineHeight = 11.5f;
    private const float Gutter = 12, CaptionHeight = 36;
    private const int MostPictures = 4;
    private static readonly SKColor Ink = new(0x1B, 0x21, 0x28), Quiet = new(0x5B, 0x66, 0x73), Line = new(0xD9, 0xDE, 0xE4), Alarm = new(0xA8, 0x46, 0x0F);
    private readonly SKTypeface face = SKTypeface.FromFamilyName(Sheet.FontFamily) ?? SKTypeface.Default;
    private readonly SKTypeface bold = SKTypeface.FromFamilyName(Sheet.FontFamily, SKFontStyle.Bold) ?? SKTypeface.Default;
    private readonly SKFont title, heading, plain, strong;

    private AnalysisPdf() => (title, heading, plain, strong) = (new(bold, 17), new(bold, 10.5f), new(face, 8.6f), new(bold, 8.6f));

    /// <summary>Writes the file into the folder.</summary>
    public static void Write(string folder, AnalysisResult result, string subtitle, IReadOnlyList<AnalysisPicture> pictures)
    {
        using var pdf = new AnalysisPdf();
        Atomically.WriteFile(Path.Combine(folder, "report.pdf"), stream =>
        {
            using var document = SKDocument.CreatePdf(stream, new SKDocumentPdfMetadata { Title = "Analysis of one scan", Subject = result.Notice, Producer = $"cora {result.Version}", RasterDpi = 150, EncodingQuality = 90 });
            var pages = pdf.Tables(document, result, subtitle);
            pdf.Pictures(document.BeginPage(Width, Height), folder, result, pictures, pages + 1);
            document.EndPage();
            document.Close();
        });
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var font in new[] { title, heading, plain, strong }) font.Dispose();
        face.Dispose();
        bold.Dispose();
    }

    /// <summary>Draws the tables, a new page where one would not fit; returns how many pages they took.</summary>
    private int Tables(SKDocument document, AnalysisResult result, string subtitle)
    {
        var page = 1;
        var canvas = document.BeginPage(Width, Height);
        var y = Banner(canvas, result.Notice);
        Text(canvas, "Analysis of one scan", Margin, y += 16, title, Ink);
        y = Paragraph(canvas, subtitle, y + 8, Quiet);
        foreach (var table in AnalysisTable.Of(result))
        {
            if (y + HeightOf(table) > Height - 44)
            {
                Foot(canvas, result, page++);
                document.EndPage();
                canvas = document.BeginPage(Width, Height);
                y = Banner(canvas, result.Notice);
            }

            y = Table(canvas, table, y + 10);
        }

        Foot(canvas, result, page);
        document.EndPage();
        return page;
    }

    private float HeightOf(AnalysisTable table)
    {
        var widths = Widths(table);
        var rows = table.Rows.Append(table.Header).Sum(r => 3 + LineHeight * r.Index().Max(c => Wrap(c.Item, widths[c.Index] - 6, plain).Count));
        return 30 + rows + LineHeight * Wrap(table.Remark, Width - 2 * Margin, plain).Count;
    }

    private void Pictures(SKCanvas canvas, string folder, AnalysisResult result, IReadOnlyList<AnalysisPicture> pictures, int page)
    {
        var y = Banner(canvas, result.Notice) + 8;
        var shown = pictures.Take(MostPictures).ToArray();

        // One column as long as all fit at half of its width or more; else two, the next picture always below the shorter one.
        var images = shown.Select(p => SKImage.FromEncodedData(Path.Combine(folder, p.File))).ToArray();
        try
        {
            const float Room = Height - Margin;
            const float Wide = Width - 2 * Margin;
            var single = Wide * Math.Min(1, (Room - y - images.Length * CaptionHeight) / Math.Max(1, images.Sum(i => Wide * i.Height / i.Width)));
            var isSingle = single >= Wide / 2;
            var width = isSingle ? single : (Wide - Gutter) / 2;
            float[] ends = isSingle ? [y] : [y, y];
            foreach (var (image, picture) in images.Zip(shown))
            {
                var column = Array.IndexOf(ends, ends.Min());
                var (left, top) = (Margin + column * (width + Gutter), ends[column]);
                var scale = Math.Min(width / image.Width, Math.Max(0, Room - top - CaptionHeight) / image.Height);
                canvas.DrawImage(image, SKRect.Create(left, top, image.Width * scale, image.Height * scale), new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear));
                ends[column] = Wrapped(canvas, picture.Caption, left, top + image.Height * scale + 11, width, plain, Quiet) + 14;
            }
        }
        finally
        {
            foreach (var image in images) image.Dispose();
        }

        Foot(canvas, result, page);
    }

    private float Banner(SKCanvas canvas, string notice)
    {
        var lines = Wrap(notice, Width - 2 * Margin - 16, strong);
        var box = SKRect.Create(Margin, 28, Width - 2 * Margin, 10 + lines.Count * LineHeight);
        using var fill = new SKPaint { Color = Alarm.WithAlpha(26) };
        using var edge = new SKPaint { Color = Alarm, Style = SKPaintStyle.Stroke, StrokeWidth = 1, IsAntialias = true };
        canvas.DrawRect(box, fill);
        canvas.DrawRect(box, edge);
        foreach (var (i, line) in lines.Index()) Text(canvas, line, Margin + 8, box.Top + 13 + i * LineHeight, strong, Alarm);
        return box.Bottom + 6;
    }

    private void Foot(SKCanvas canvas, AnalysisResult result, int page) => Text(canvas, $"{Sheet.Notice} cora {result.Version}, page {page}.", Margin, Height - 24, plain, Quiet);

    private float Table(SKCanvas canvas, AnalysisTable table, float y)
    {
        Text(canvas, table.Title, Margin, y += 12, heading, Ink);
        y += 4;
        if (table.Rows.Count > 0)
        {
            var widths = Widths(table);
            y = Row(canvas, table.Header, widths, y, Quiet);
            foreach (var row in table.Rows) y = Row(canvas, row, widths, y, row.Contains("refused") ? Alarm : Ink);
        }

        return table.Remark.Length > 0 ? Paragraph(canvas, table.Remark, y + 2, Quiet) : y;
    }

    private float Row(SKCanvas canvas, IReadOnlyList<string> cells, float[] widths, float y, SKColor colour)
    {
        var (x, lowest) = (Margin, y);
        foreach (var (i, cell) in cells.Index())
        {
            lowest = Math.Max(lowest, Wrapped(canvas, cell, x, y + LineHeight, widths[i] - 6, plain, colour));
            x += widths[i];
        }

        using var line = new SKPaint { Color = Line, StrokeWidth = 0.6f };
        canvas.DrawLine(Margin, lowest + 3, Width - Margin, lowest + 3, line);
        return lowest + 3;
    }

    /// <summary>Columns as wide as their longest words ask for, the widest ones sharing what is missing.</summary>
    private float[] Widths(AnalysisTable table)
    {
        const float Total = Width - 2 * Margin;
        var wanted = table.Header.Select((h, i) => table.Rows.Select(r => r[i]).Append(h).Max(c => plain.MeasureText(c)) + 10).ToArray();
        var fair = Total / wanted.Length;
        var wide = wanted.Where(w => w > fair).Sum();
        var room = Total - wanted.Where(w => w <= fair).Sum();
        return [.. wanted.Select(w => w <= fair || wide <= room ? w : w * room / wide)];
    }

    private float Paragraph(SKCanvas canvas, string text, float y, SKColor colour) => Wrapped(canvas, text, Margin, y + LineHeight, Width - 2 * Margin, plain, colour) + 2;

    /// <summary>Draws words in lines of a width; returns the last base line.</summary>
    private static float Wrapped(SKCanvas canvas, string text, float x, float y, float width, SKFont font, SKColor colour)
    {
        var lines = Wrap(text, width, font);
        foreach (var (i, line) in lines.Index()) Text(canvas, line, x, y + i * LineHeight, font, colour);
        return y + Math.Max(0, lines.Count - 1) * LineHeight;
    }

    private static List<string> Wrap(string text, float width, SKFont font)
    {
        var lines = new List<string>();
        foreach (var word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (lines.Count > 0 && font.MeasureText($"{lines[^1]} {word}") <= width) lines[^1] += " " + word;
            else lines.Add(word);
        }

        return lines;
    }

    private static void Text(SKCanvas canvas, string text, float x, float y, SKFont font, SKColor colour)
    {
        using var paint = new SKPaint { Color = colour, IsAntialias = true };
        canvas.DrawText(text, x, y, font, paint);
    }
}
