namespace Cora.Synthesis;

/// <summary>Whether lesions are painted before or after the patch is rotated.</summary>
public enum AugmentationOrder
{
    /// <summary>Rotate, then paint: labels stay crisp.</summary>
    GeometryFirst,

    /// <summary>Paint, then rotate image and labels.</summary>
    InsertFirst,
}

/// <summary>Geometric augmentation: "random 3D rotations (±15°), isotropic zooming (0.9 – 1.1), and random axis flipping" (Methods).</summary>
public sealed record AugmentationConfig : ISettings
{
    /// <summary>Largest rotation about each axis, in degrees.</summary>
    public double RotationDeg { get; init; } = 15;

    /// <summary>Range of the isotropic zoom; above 1 magnifies.</summary>
    public Interval<double> Zoom { get; init; } = new(0.9, 1.1);

    /// <summary>Chance of a flip along each axis.</summary>
    public double Flip { get; init; } = 0.5;

    /// <summary>Whether lesions are painted before or after.</summary>
    public AugmentationOrder Order { get; init; } = AugmentationOrder.GeometryFirst;

    /// <inheritdoc/>
    public IEnumerable<Problem> Check()
    {
        if (RotationDeg is not (>= 0 and <= 180)) yield return new("rotation_deg", RotationDeg, "0 to 180");
        if (!(Zoom.Low > 0 && Zoom.High >= Zoom.Low)) yield return new("zoom", Zoom, "two rising numbers above 0");
        if (Flip is not (>= 0 and <= 1)) yield return new("flip", Flip, "0 to 1");
    }
}
