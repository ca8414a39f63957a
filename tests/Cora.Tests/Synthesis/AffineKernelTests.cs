using System.Text.Json;
using Cora.Imaging;
using Cora.Synthesis;

namespace Cora.Tests.Synthesis;

public sealed class AffineKernelTests
{
    public static TheoryData<string> Rotations => Fixture.Names("e", "rotate_zoom");

    public static TheoryData<string> Flips => Fixture.Names("e", "flip");

    [Theory]
    [MemberData(nameof(Rotations))]
    public void Rotation_and_zoom_agree_with_torch_and_SciPy(string name)
    {
        var fixture = Fixture.Case(name);
        var (volume, size) = Volume(fixture.GetProperty("inputs").GetProperty("volume"));
        var parameters = fixture.GetProperty("params");
        var expect = fixture.GetProperty("expect");
        var zoom = parameters.TryGetProperty("zoom", out var z) ? z.GetDouble() : 1;
        var angles = parameters.TryGetProperty("angles_deg_about_axis_0_1_2", out var a) ? a.EnumerateArray().Select(v => v.GetDouble()).ToArray() : [0, 0, 0];
        var matrix = new PatchAffine(new(angles[0], angles[1], angles[2]), zoom, false, false, false).Matrix;
        var c = new Vec3((size.X - 1) / 2.0, (size.Y - 1) / 2.0, (size.Z - 1) / 2.0);
        if (expect.TryGetProperty("matrix", out var stated))
        {
            var rows = stated.GetProperty("value").EnumerateArray().Select(r => r.EnumerateArray().Select(v => v.GetDouble()).ToArray()).ToArray();
            for (var i = 0; i < 9; i++) Assert.Equal(rows[i / 3][i % 3], matrix[i / 3, i % 3], 1e-12);
        }

        var result = new float[size.Count];
        AffineKernel.Trilinear(volume, size, matrix, c - matrix * c, result, size);

        Near(expect.GetProperty("data_border"), result, size, 0.02);

        // A rim of zeros turns the repeated border into zeros that are blended in over one voxel (torch: padding_mode zeros).
        if (expect.TryGetProperty("data_zeros", out var zeros))
        {
            var rim = Crop.To(new Volume<short>(Geometry.Isotropic(size, 1), volume[..^1]), new(-1, -1, -1, new(size.X + 2, size.Y + 2, size.Z + 2)));
            AffineKernel.Trilinear([.. rim.Voxels, 0], rim.Geometry.Size, matrix, c - matrix * c + new Vec3(1, 1, 1), result, size);
            Near(zeros, result, size, 0.02);
        }

        if (!expect.TryGetProperty("mask_nearest_border", out var wantMask)) return;
        var mask = FirstAxisFastest(Fixture.Array(fixture.GetProperty("inputs").GetProperty("mask"))).Select(v => (byte)v).ToArray();
        var pulled = new byte[size.Count];
        AffineKernel.Nearest(mask, size, matrix, c - matrix * c, pulled, size);
        var want = FirstAxisFastest(Fixture.Array(wantMask));
        var ignore = FirstAxisFastest(Fixture.Array(expect.GetProperty("ignore_mask")));
        for (var i = 0; i < pulled.Length; i++) Assert.True(ignore[i] > 0 || pulled[i] == want[i], $"mask voxel {i}");
    }

    [Theory]
    [MemberData(nameof(Flips))]
    public void Flips_agree_with_NumPy(string name)
    {
        var fixture = Fixture.Case(name);
        var (volume, size) = Volume(fixture.GetProperty("inputs").GetProperty("volume"));
        var axes = fixture.GetProperty("params").GetProperty("axes").EnumerateArray().Select(v => v.GetInt32()).ToHashSet();
        var matrix = new PatchAffine(default, 1, axes.Contains(0), axes.Contains(1), axes.Contains(2)).Matrix;
        var c = new Vec3((size.X - 1) / 2.0, (size.Y - 1) / 2.0, (size.Z - 1) / 2.0);

        var result = new float[size.Count];
        AffineKernel.Trilinear(volume, size, matrix, c - matrix * c, result, size);

        Near(fixture.GetProperty("expect").GetProperty("data"), result, size, 0);
    }

    private static (short[] Voxels, Size3 Size) Volume(JsonElement entry)
    {
        var array = Fixture.Array(entry);
        return ([.. FirstAxisFastest(array).Select(v => (short)v), 0], new(array.Shape[0], array.Shape[1], array.Shape[2]));
    }

    /// <summary>NumPy's C order has the last axis fastest; memory here has x, the first axis, fastest.</summary>
    private static double[] FirstAxisFastest(NpyArray array)
    {
        var (nx, ny, nz) = (array.Shape[0], array.Shape[1], array.Shape[2]);
        var result = new double[array.Values.Length];
        for (var x = 0; x < nx; x++)
        {
            for (var y = 0; y < ny; y++)
            {
                for (var z = 0; z < nz; z++) result[(z * ny + y) * nx + x] = array.Values[(x * ny + y) * nz + z];
            }
        }

        return result;
    }

    private static void Near(JsonElement expected, float[] got, Size3 size, double tolerance)
    {
        var want = FirstAxisFastest(Fixture.Array(expected));
        Assert.Equal(size.Count, got.Length);
        for (var i = 0; i < got.Length; i++) Assert.True(Math.Abs(got[i] - want[i]) <= tolerance, $"voxel {i}: {got[i]} instead of {want[i]}");
    }
}
