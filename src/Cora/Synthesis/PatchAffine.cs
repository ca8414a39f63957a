using Cora.Imaging;

namespace Cora.Synthesis;

/// <summary>
/// The drawn geometry of a patch: rotation angles in degrees about x, y, z, isotropic zoom, flips. Pulls back: source index = M (patch index - c) + centre,
/// M = R_x R_y R_z F / zoom, c = (n - 1) / 2.
/// </summary>
public sealed record PatchAffine(Vec3 RotationDeg, double Zoom, bool FlipX, bool FlipY, bool FlipZ)
{
    /// <summary>No change.</summary>
    public static PatchAffine Identity { get; } = new(default, 1, false, false, false);

    /// <summary>The matrix M.</summary>
    public Mat3 Matrix
    {
        get
        {
            var flips = Mat3.Diagonal(new(FlipX ? -1 : 1, FlipY ? -1 : 1, FlipZ ? -1 : 1));
            return (1 / Zoom) * (RotationAbout(0, RotationDeg.X) * RotationAbout(1, RotationDeg.Y) * RotationAbout(2, RotationDeg.Z) * flips);
        }
    }

    /// <summary>Draws one.</summary>
    public static PatchAffine Draw(AugmentationConfig config, Rng random)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(random);
        double Angle() => random.Uniform(-config.RotationDeg, config.RotationDeg);
        var rotation = new Vec3(Angle(), Angle(), Angle());
        var zoom = random.Uniform(config.Zoom);
        return new(rotation, zoom, random.Chance(config.Flip), random.Chance(config.Flip), random.Chance(config.Flip));
    }

    /// <summary>Right-handed rotation about an axis.</summary>
    private static Mat3 RotationAbout(int axis, double degrees)
    {
        var (s, c) = Math.SinCos(degrees * Math.PI / 180);
        return axis switch
        {
            0 => new(new(1, 0, 0), new(0, c, -s), new(0, s, c)),
            1 => new(new(c, 0, s), new(0, 1, 0), new(-s, 0, c)),
            _ => new(new(c, -s, 0), new(s, c, 0), new(0, 0, 1)),
        };
    }
}
