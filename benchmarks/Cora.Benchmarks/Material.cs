using Cora.Imaging;
using Cora.Synthesis;

namespace Cora.Benchmarks;

/// <summary>Volumes to measure on: noise of the deviation that CT has, the same numbers every time.</summary>
internal static class Material
{
    /// <summary>A volume of 256 x 256 x 192 voxels with a winding vessel, as the peer's script has it.</summary>
    public static PatchStudy Study()
    {
        var size = new Size3(256, 256, 192);
        var random = Seed.Root(0).Random();
        var mask = new byte[size.Count];
        var (x, y, z) = (128.0, 128.0, 96.0);
        for (var i = 0; i < 4000; i++)
        {
            (x, y, z) = (Math.Clamp(x + random.Normal(), 2, 253), Math.Clamp(y + random.Normal(), 2, 253), Math.Clamp(z + random.Normal(), 2, 189));
            mask[(((int)z * size.Y) + (int)y) * size.X + (int)x] = 1;
        }

        return new("benchmark", Volume(size, new(0.5, 0.5, 0.5)), ArteryIndex.Of(mask, size, "benchmark"));
    }

    /// <summary>Noise round 40 HU.</summary>
    public static Volume<short> Volume(Size3 size, Vec3 spacing)
    {
        var random = Seed.Root(1).Random();
        var hu = new short[size.Count];
        for (var i = 0; i < hu.Length; i++) hu[i] = (short)random.Normal(40, 150);
        return new(new(size, spacing, default, Mat3.Identity), hu);
    }

    /// <summary>Six winding tubes that taper from 4 voxels to 1.5, in a cube of 256: a coronary tree's amount of voxels.</summary>
    public static Volume<byte> Tubes(int shift)
    {
        const int side = 256;
        var random = Seed.Root(0).Random();
        var mask = new byte[side * side * side];
        for (var tube = 0; tube < 6; tube++)
        {
            var at = new Vec3(random.Uniform(30, 226), random.Uniform(30, 226), random.Uniform(30, 226));
            var way = new Vec3(random.Normal(), random.Normal(), random.Normal()).Unit();
            for (var k = 0; k < 220; k++)
            {
                Ball(mask, side, at + new Vec3(shift, shift, shift), 4 - 2.5 * k / 220);
                way = (way + 0.15 * new Vec3(random.Normal(), random.Normal(), random.Normal())).Unit();
                at = new(Turned(at.X, way.X), Turned(at.Y, way.Y), Turned(at.Z, way.Z));
            }
        }

        return new(Geometry.Isotropic(Size3.Cube(side), 0.5), mask);

        static double Turned(double at, double way) => Math.Clamp(at + way is > 10 and < 245 ? at + way : at - way, 10, 245);
    }

    private static void Ball(byte[] mask, int side, Vec3 centre, double radius)
    {
        for (var z = (int)(centre.Z - radius); z <= centre.Z + radius; z++)
            for (var y = (int)(centre.Y - radius); y <= centre.Y + radius; y++)
                for (var x = (int)(centre.X - radius); x <= centre.X + radius; x++)
                    if ((new Vec3(x, y, z) - centre).Length <= radius) mask[(z * side + y) * side + x] = 1;
    }

    /// <summary>The engine as the peer's script works: one lesion in every patch, noise in every patch.</summary>
    public static PatchEngine Engine(PatchStudy study, int side, double lesions = 1, double noise = 1) =>
        new([study], side, lesion: new() { Prob = lesions, Count = new(1, 1) }, noise: new() { Probability = noise });
}
