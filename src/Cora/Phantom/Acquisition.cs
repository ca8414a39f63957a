using Cora.Imaging;

namespace Cora.Phantom;

/// <summary>A drawn scan: what chance decided about contrast, blur, noise and motion.</summary>
/// <param name="Site">Where.</param>
/// <param name="ContrastHu">Attenuation of the blood in the aorta.</param>
/// <param name="PsfMm">Standard deviation of the point spread in the axial plane; 1.1 times that along z.</param>
/// <param name="NoiseHu">Standard deviation of the noise at the middle.</param>
/// <param name="OffsetHu">Constant error of the HU scale.</param>
/// <param name="Ghost">Double contours round the right coronary artery, where it moved; null when it did not.</param>
internal sealed record Acquisition(Site Site, double ContrastHu, double PsfMm, double NoiseHu, double OffsetHu, MotionGhost? Ghost)
{
    private const double LowFrequencyHu = 6;
    private const double LowFrequencyVoxels = 7;
    private const int CoarseStep = 4;

    public static Acquisition Draw(Site site, Rng rng) => new(
        site,
        Math.Max(220, rng.Normal(site.ContrastHu, site.ContrastSpreadHu)),
        site.PsfMm * Math.Max(0.7, rng.Normal(1, 0.06)),
        site.NoiseHu * Math.Exp(rng.Normal(0, 0.18)),
        site.OffsetHu + rng.Normal(0, 4),
        rng.Chance(0.15) ? new(rng.Integer(-2, 2) is var x and not 0 ? x : 1, rng.Integer(-1, 1)) : null);

    /// <summary>Turns painted HU into a scan, in place: point spread, kernel, motion, noise, offset.</summary>
    /// <param name="hu">Painted HU, x fastest.</param>
    /// <param name="geometry">Their grid.</param>
    /// <param name="movedCentre">Middle of the right coronary artery, LPS millimetres.</param>
    /// <param name="seed">Noise is drawn slice by slice from here, so that slices may be made in any order.</param>
    public short[] Scan(float[] hu, Geometry geometry, Vec3 movedCentre, Seed seed)
    {
        var spacing = geometry.Spacing.X;
        var blur = new Smooth(geometry.Size);
        blur.Gaussian(hu, PsfMm / spacing, PsfMm / spacing, 1.1 * PsfMm / spacing);
        if (Site.Sharpening > 0)
        {
            var soft = (float[])hu.Clone();
            blur.Gaussian(soft, 1.1 / spacing, 1.1 / spacing, 1.1 / spacing);
            var share = (float)Site.Sharpening;
            for (var i = 0; i < hu.Length; i++) hu[i] += share * (hu[i] - soft[i]);
        }

        Ghost?.Apply(hu, geometry, movedCentre);
        return Digitise(hu, geometry, Noise(geometry, blur, seed), LowFrequency(geometry.Size, seed));
    }

    private float[] Noise(Geometry geometry, Smooth blur, Seed seed)
    {
        var size = geometry.Size;
        var noise = new float[size.Count];
        var slice = size.X * size.Y;
        for (var z = 0; z < size.Z; z++)
        {
            var rng = seed.Derive("noise").Derive(z).Random();
            var target = noise.AsSpan(z * slice, slice);
            for (var i = 0; i < target.Length; i++) target[i] = (float)rng.Normal();
        }

        var grain = Site.NoiseGrainVoxels;
        blur.Gaussian(noise, grain, grain, grain);
        var unit = Math.Pow(Smooth.NoiseGain(grain), -3);
        for (var x = 0; x < size.X; x++)
        {
            // More noise at the sides, where rays cross more of the body.
            var share = Math.Abs((x + 0.5) / size.X - 0.5);
            var scale = (float)(NoiseHu * unit * (1 + 0.25 * share));
            for (var i = x; i < noise.Length; i += size.X) noise[i] *= scale;
        }

        return noise;
    }

    /// <summary>A slow field of a few HU (cupping, beam hardening), made on a coarse grid of every fourth voxel.</summary>
    private static (float[] Values, Size3 Size) LowFrequency(Size3 size, Seed seed)
    {
        int Coarse(int n) => (n + CoarseStep - 1) / CoarseStep + 1;
        var coarse = new Size3(Coarse(size.X), Coarse(size.Y), Coarse(size.Z));
        var rng = seed.Derive("field").Random();
        var field = new float[coarse.Count];
        for (var i = 0; i < field.Length; i++) field[i] = (float)rng.Normal();
        const double sigma = LowFrequencyVoxels / CoarseStep;
        new Smooth(coarse).Gaussian(field, sigma, sigma, sigma);
        var scale = (float)(LowFrequencyHu * Math.Pow(Smooth.NoiseGain(sigma), -3));
        for (var i = 0; i < field.Length; i++) field[i] *= scale;
        return (field, coarse);
    }

    private short[] Digitise(float[] hu, Geometry geometry, float[] noise, (float[] Values, Size3 Size) field)
    {
        var size = geometry.Size;
        var result = new short[hu.Length];
        var line = new float[field.Size.X];
        var offset = (float)OffsetHu;
        for (var z = 0; z < size.Z; z++)
        {
            for (var y = 0; y < size.Y; y++)
            {
                var (cz, cy) = (z / CoarseStep, y / CoarseStep);
                var (fz, fy) = ((float)(z % CoarseStep) / CoarseStep, (float)(y % CoarseStep) / CoarseStep);
                for (var x = 0; x < line.Length; x++)
                {
                    float At(int dz, int dy) => field.Values[((cz + dz) * field.Size.Y + cy + dy) * field.Size.X + x];
                    line[x] = offset + (1 - fz) * ((1 - fy) * At(0, 0) + fy * At(0, 1)) + fz * ((1 - fy) * At(1, 0) + fy * At(1, 1));
                }

                var start = (z * size.Y + y) * size.X;
                for (var x = 0; x < size.X; x++)
                {
                    var fx = (float)(x % CoarseStep) / CoarseStep;
                    var slow = (1 - fx) * line[x / CoarseStep] + fx * line[x / CoarseStep + 1];
                    result[start + x] = (short)MathF.Round(Math.Clamp(hu[start + x] + noise[start + x] + slow, -1024f, 3071f));
                }
            }
        }

        return result;
    }
}

/// <summary>A ghost of what moved, some voxels aside along x and y.</summary>
internal sealed record MotionGhost(int X, int Y)
{
    private const double RadiusShare = 0.11;

    public void Apply(float[] hu, Geometry geometry, Vec3 centre)
    {
        var size = geometry.Size;
        var sigma = RadiusShare * size.X * geometry.Spacing.X;
        var before = (float[])hu.Clone();
        for (var z = 0; z < size.Z; z++)
        {
            for (var y = 0; y < size.Y; y++)
            {
                for (var x = 0; x < size.X; x++)
                {
                    var away = geometry.ToPatient(new(x, y, z)) - centre;
                    var squared = away.Dot(away) / (sigma * sigma);
                    if (squared > 16) continue;
                    var share = (float)(0.5 * Math.Exp(-0.5 * squared));
                    var (fromX, fromY) = (Math.Clamp(x + X, 0, size.X - 1), Math.Clamp(y + Y, 0, size.Y - 1));
                    var i = (z * size.Y + y) * size.X + x;
                    hu[i] = before[i] * (1 - share) + before[(z * size.Y + fromY) * size.X + fromX] * share;
                }
            }
        }
    }
}
