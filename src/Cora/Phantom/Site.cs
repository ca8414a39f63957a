using System.Collections.Immutable;

namespace Cora.Phantom;

/// <summary>How a hospital scans. Site 0 is the internal one; the others differ in contrast, noise and kernel, not in anatomy.</summary>
/// <param name="Number">0 to 5.</param>
/// <param name="ContrastHu">Mean attenuation of the blood in the aorta.</param>
/// <param name="ContrastSpreadHu">Its standard deviation between patients.</param>
/// <param name="NoiseHu">Standard deviation of the noise.</param>
/// <param name="PsfMm">Standard deviation of the point spread in the axial plane.</param>
/// <param name="NoiseGrainVoxels">Standard deviation of the noise's own blur.</param>
/// <param name="OffsetHu">Constant error of the HU scale.</param>
/// <param name="CalciumGain">Attenuation of calcium against the internal site's, as tube voltage changes it.</param>
/// <param name="Sharpening">Share of the unsharp mask that the kernel adds.</param>
public sealed record Site(
    int Number, double ContrastHu, double ContrastSpreadHu, double NoiseHu, double PsfMm, double NoiseGrainVoxels, double OffsetHu,
    double CalciumGain, double Sharpening)
{
    /// <summary>The six sites of the phantom.</summary>
    public static ImmutableArray<Site> All { get; } =
    [
        new(0, 400, 35, 24, 0.55, 0.60, 0, 1.00, 0.15),
        new(1, 340, 40, 32, 0.75, 0.80, 8, 0.90, 0),
        new(2, 470, 45, 20, 0.50, 0.50, -10, 1.12, 0.35),
        new(3, 420, 60, 40, 0.65, 0.70, 0, 1.05, 0.10),
        new(4, 360, 30, 18, 0.90, 1.00, 15, 0.95, 0),
        new(5, 440, 40, 28, 0.60, 0.55, -15, 1.20, 0.45),
    ];

    /// <summary>Whether it is the hospital that the training cases come from.</summary>
    public bool IsInternal => Number == 0;

    /// <summary>As <c>cases.csv</c> writes it: <c>site0</c> to <c>site5</c>.</summary>
    public string Name => $"site{Number}";
}
