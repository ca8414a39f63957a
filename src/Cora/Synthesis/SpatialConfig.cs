using Cora.Imaging;

namespace Cora.Synthesis;

/// <summary>Chances and ranges of nnU-Net's spatial augmentation in 3D (ALGORITHMS 4.5; those of MAE, 1.4, are the same). Without elastic deformation, as there.</summary>
public sealed record SpatialConfig : ISettings
{
    /// <summary>Chance of a rotation.</summary>
    public double Rotation { get; init; } = 0.2;

    /// <summary>Largest rotation about each axis, in degrees.</summary>
    public double RotationDeg { get; init; } = 30;

    /// <summary>Chance of a change of scale, alike on all axes.</summary>
    public double Scale { get; init; } = 0.2;

    /// <summary>How much more of the scan the patch then shows along an axis: above 1 everything becomes smaller.</summary>
    public Interval<double> ScaleFactor { get; init; } = new(0.7, 1.4);

    /// <summary>Chance of a mirror along each axis.</summary>
    public double Mirror { get; init; } = 0.5;

    /// <inheritdoc/>
    public IEnumerable<Problem> Check()
    {
        if (Rotation is not (>= 0 and <= 1)) yield return new("rotation", Rotation, "0 to 1");
        if (RotationDeg is not (>= 0 and <= 180)) yield return new("rotation_deg", RotationDeg, "0 to 180");
        if (Scale is not (>= 0 and <= 1)) yield return new("scale", Scale, "0 to 1");
        if (!(ScaleFactor.Low > 0)) yield return new("scale_factor", ScaleFactor, "two rising numbers above 0");
        if (Mirror is not (>= 0 and <= 1)) yield return new("mirror", Mirror, "0 to 1");
    }

    /// <summary>Draws one. Every number is drawn whether it is used or not, so that another chance shifts nothing else.</summary>
    public PatchAffine Draw(Rng random)
    {
        ArgumentNullException.ThrowIfNull(random);
        double Angle() => random.Uniform(-RotationDeg, RotationDeg);
        var (isTurned, rotation) = (random.Chance(Rotation), new Vec3(Angle(), Angle(), Angle()));
        var (isScaled, factor) = (random.Chance(Scale), random.Uniform(ScaleFactor));
        return new(isTurned ? rotation : default, isScaled ? 1 / factor : 1, random.Chance(Mirror), random.Chance(Mirror), random.Chance(Mirror));
    }
}
