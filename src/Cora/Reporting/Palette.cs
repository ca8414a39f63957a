using SkiaSharp;

namespace Cora.Reporting;

/// <summary>The colours of pictures and figures: told apart by people with any colour vision (after Okabe and Ito 2008), the same everywhere.</summary>
public static class Palette
{
    /// <summary>Calcified plaque.</summary>
    public static SKColor Calcified { get; } = new(0xE6, 0x9F, 0x00);

    /// <summary>Soft, non-calcified plaque.</summary>
    public static SKColor Soft { get; } = new(0x56, 0xB4, 0xE9);

    /// <summary>Coronary arteries.</summary>
    public static SKColor Artery { get; } = new(0xCC, 0x79, 0xA7);

    /// <summary>Paper behind gray pictures.</summary>
    public static SKColor Dark { get; } = new(0x12, 0x14, 0x18);

    /// <summary>Words on <see cref="Dark"/>.</summary>
    public static SKColor Light { get; } = new(0xE8, 0xEA, 0xED);

    /// <summary>Small words on <see cref="Dark"/>.</summary>
    public static SKColor Quiet { get; } = new(0x9A, 0xA3, 0xAE);

    /// <summary>Red to yellow to white for 0 to 1, rising in brightness all the way.</summary>
    public static SKColor Heat(float t) => new(
        (byte)(255 * Math.Clamp(0.55f + 0.9f * t, 0, 1)), (byte)(255 * Math.Clamp(1.6f * t - 0.35f, 0, 1)), (byte)(255 * Math.Clamp(2.6f * t - 1.7f, 0, 1)));
}
