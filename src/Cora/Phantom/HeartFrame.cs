using Cora.Imaging;

namespace Cora.Phantom;

/// <summary>
/// The heart's own axes: u from base to apex, r from the septum to the right ventricle, s across both. Points are given in shares of
/// its half axes, so that one description fits every heart.
/// </summary>
/// <param name="Centre">Middle of the heart, LPS millimetres.</param>
/// <param name="Axes">Rows u, r, s: unit vectors in the patient.</param>
/// <param name="HalfAxes">Half lengths along u, r, s in millimetres.</param>
/// <param name="VesselDepthMm">How far above the muscle the coronary arteries run, in the middle of the epicardial fat.</param>
internal sealed record HeartFrame(Vec3 Centre, Mat3 Axes, Vec3 HalfAxes, double VesselDepthMm)
{
    public static HeartFrame Draw(double fieldMm, double fatFactor, Rng rng)
    {
        Vec3 Jitter(double sd) => new(rng.Normal(0, sd), rng.Normal(0, sd), rng.Normal(0, sd));
        var u = (new Vec3(0.62, -0.52, -0.58) + Jitter(0.07)).Unit();
        var towardsRight = new Vec3(-0.62, -0.72, 0.05);
        var r = (towardsRight - towardsRight.Dot(u) * u).Unit();
        var scale = fieldMm * rng.Normal(1, 0.05);
        var half = scale * (new Vec3(0.40, 0.335, 0.335) * (new Vec3(1, 1, 1) + Jitter(0.03)));
        var centre = fieldMm * (new Vec3(0.04, -0.02, -0.06) + Jitter(0.012));
        return new(centre, new(u, r, u.Cross(r)), half, (fatFactor - 1) * half.Y * 0.5);
    }

    /// <summary>The patient point at shares u, r, s of the half axes.</summary>
    public Vec3 At(double u, double r, double s) => Centre + Axes.Transposed() * (new Vec3(u, r, s) * HalfAxes);

    /// <summary>
    /// The patient point where coronary arteries run, at angle <paramref name="theta"/> around u (0 towards r) and angle
    /// <paramref name="phi"/> from the pole of the base, in degrees.
    /// </summary>
    public Vec3 Surface(double theta, double phi)
    {
        var (sinTheta, cosTheta) = Math.SinCos(theta * Math.PI / 180);
        var (sinPhi, cosPhi) = Math.SinCos(phi * Math.PI / 180);
        var q = HalfAxes * new Vec3(-cosPhi, sinPhi * cosTheta, sinPhi * sinTheta);
        var normal = (q / (HalfAxes * HalfAxes)).Unit();
        return Centre + Axes.Transposed() * (q + VesselDepthMm * normal);
    }

    /// <summary>The angles of a point near the surface, in degrees: the inverse of <see cref="Surface"/> but for the depth.</summary>
    public (double Theta, double Phi) AnglesOf(Vec3 patient)
    {
        var q = Axes * (patient - Centre) / HalfAxes;
        return (Math.Atan2(q.Z, q.Y) * 180 / Math.PI, Math.Atan2(Math.Sqrt(q.Y * q.Y + q.Z * q.Z), -q.X) * 180 / Math.PI);
    }

    /// <summary>An ellipsoid along the heart's axes: centre and half axes in shares of the heart's.</summary>
    public Ellipsoid Part(Vec3 centre, Vec3 halfAxes) => new(At(centre.X, centre.Y, centre.Z), halfAxes * HalfAxes, Axes);
}
