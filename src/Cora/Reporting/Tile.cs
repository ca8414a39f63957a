using Cora.Imaging;
using SkiaSharp;

namespace Cora.Reporting;

/// <summary>One picture of a sheet: a gray slice, and what is laid over it.</summary>
public sealed class Tile
{
    private readonly Slice<byte> gray;
    private readonly List<Action<SKCanvas>> overlays = [];

    private Tile(Slice<byte> gray, string caption)
    {
        this.gray = gray;
        Caption = caption;
    }

    /// <summary>A line below the picture.</summary>
    public string Caption { get; }

    /// <summary>Millimetres of the picture from left to right and from top to bottom.</summary>
    public (double Wide, double High) Mm => (gray.Width * gray.MmWide, gray.Height * gray.MmHigh);

    /// <summary>HU as gray: black below the window, white above.</summary>
    public static Tile Of(Slice<short> hu, HuWindow window, string caption)
    {
        ArgumentNullException.ThrowIfNull(hu);
        return new(new(hu.Width, hu.Height, hu.MmWide, hu.MmHigh, [.. hu.Values.Select(v => (byte)MathF.Round(255 * window.Apply(v)))]), caption);
    }

    /// <summary>Gray as it is.</summary>
    public static Tile Of(Slice<byte> gray, string caption) => new(gray, caption);

    /// <summary>Lays an outline round every voxel of a label.</summary>
    /// <param name="labels">As many columns and rows as the picture has.</param>
    /// <param name="label">Which.</param>
    /// <param name="colour">Of the line.</param>
    /// <param name="isCased">Whether a dark rim lies below the line, so that it shows on a bright map too.</param>
    public Tile Outlined(Slice<byte> labels, byte label, SKColor colour, bool isCased = false)
    {
        ArgumentNullException.ThrowIfNull(labels);
        bool Is(int column, int row) => column >= 0 && row >= 0 && column < labels.Width && row < labels.Height && labels[column, row] == label;
        var outline = new SKPath();
        for (var row = 0; row < labels.Height; row++)
        {
            for (var column = 0; column < labels.Width; column++)
            {
                if (!Is(column, row)) continue;
                if (!Is(column - 1, row)) Line(outline, column, row, column, row + 1);
                if (!Is(column + 1, row)) Line(outline, column + 1, row, column + 1, row + 1);
                if (!Is(column, row - 1)) Line(outline, column, row, column + 1, row);
                if (!Is(column, row + 1)) Line(outline, column, row + 1, column + 1, row + 1);
            }
        }

        overlays.Add(canvas =>
        {
            if (isCased) Stroke(canvas, outline, Palette.Dark.WithAlpha(200), 3.6f);
            Stroke(canvas, outline, colour, 1.6f);
        });
        return this;
    }

    /// <summary>Draws a frame round some columns and rows: what another picture shows larger.</summary>
    public Tile Framed(int column, int row, int columns, int rows, SKColor colour)
    {
        var frame = new SKPath();
        frame.AddRect(SKRect.Create(column, row, columns, rows));
        overlays.Add(canvas => Stroke(canvas, frame, colour, 1.6f));
        return this;
    }

    /// <summary>Lays probabilities over the gray: nothing below <paramref name="from"/>, then red to yellow to white.</summary>
    public Tile Heated(Slice<float> probability, float from)
    {
        ArgumentNullException.ThrowIfNull(probability);
        var pixels = new SKColor[probability.Values.Length];
        for (var i = 0; i < pixels.Length; i++)
        {
            var t = Math.Clamp((probability.Values[i] - from) / (1 - from), 0, 1);
            pixels[i] = probability.Values[i] < from ? SKColors.Transparent : Palette.Heat(t).WithAlpha((byte)(90 + 165 * t));
        }

        overlays.Add(canvas =>
        {
            using var bitmap = new SKBitmap(probability.Width, probability.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul) { Pixels = pixels };
            using var image = SKImage.FromBitmap(bitmap);
            canvas.DrawImage(image, SKRect.Create(probability.Width, probability.Height), new SKSamplingOptions(SKFilterMode.Linear));
        });
        return this;
    }

    /// <summary>Draws the picture into a box of pixels.</summary>
    internal void Draw(SKCanvas canvas, SKRect box)
    {
        using var bitmap = new SKBitmap(gray.Width, gray.Height, SKColorType.Gray8, SKAlphaType.Opaque);
        System.Runtime.InteropServices.Marshal.Copy(Padded(bitmap.RowBytes), 0, bitmap.GetPixels(), bitmap.RowBytes * gray.Height);
        using var image = SKImage.FromBitmap(bitmap);

        // Few voxels are shown as voxels; many are smoothed, as a viewer does.
        var isCoarse = box.Width / gray.Width >= 4;
        canvas.DrawImage(image, SKRect.Create(gray.Width, gray.Height), box, new SKSamplingOptions(isCoarse ? SKFilterMode.Nearest : SKFilterMode.Linear));
        canvas.Save();
        canvas.ClipRect(box);
        canvas.Translate(box.Left, box.Top);
        canvas.Scale(box.Width / gray.Width, box.Height / gray.Height);
        foreach (var overlay in overlays) overlay(canvas);
        canvas.Restore();
    }

    private byte[] Padded(int rowBytes)
    {
        var rows = new byte[rowBytes * gray.Height];
        for (var row = 0; row < gray.Height; row++) gray.Values.AsSpan(row * gray.Width, gray.Width).CopyTo(rows.AsSpan(row * rowBytes));
        return rows;
    }

    private static void Stroke(SKCanvas canvas, SKPath path, SKColor colour, float pixels)
    {
        using var paint = new SKPaint { Color = colour, Style = SKPaintStyle.Stroke, StrokeWidth = pixels / canvas.TotalMatrix.ScaleX, IsAntialias = true };
        canvas.DrawPath(path, paint);
    }

    private static void Line(SKPath path, float x0, float y0, float x1, float y1)
    {
        path.MoveTo(x0, y0);
        path.LineTo(x1, y1);
    }
}
