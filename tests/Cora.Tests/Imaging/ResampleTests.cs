using System.Text.Json;
using Cora.Imaging;

namespace Cora.Tests.Imaging;

public sealed class ResampleTests
{
    public static TheoryData<string> KeepingDirections => Fixture.Names("e", "resample_keep_directions");

    public static TheoryData<string> AlongPatientAxes => Fixture.Names("e", "resample_world_axes");

    public static TheoryData<string> ToRas => Fixture.Names("e", "reorient_ras");

    [Theory]
    [MemberData(nameof(KeepingDirections))]
    public void Resampling_to_a_spacing_agrees_with_the_habit_of_SimpleITK(string name)
    {
        var fixture = Fixture.Case(name);
        var image = Nifti.Read<float>(Input(fixture, "image"));
        var target = image.Geometry.WithSpacing(Spacing(fixture));

        ExpectGrid(fixture, target);
        ExpectData(fixture, "data", "ignore_data", Resample.Linear(image, target, Beyond.Border).Select(v => (double)v));
        ExpectData(fixture, "mask", "ignore_mask", Resample.Nearest(Nifti.Read<byte>(Input(fixture, "mask")), target, Beyond.Border).Select(v => (double)v));
    }

    [Theory]
    [MemberData(nameof(AlongPatientAxes))]
    public void Resampling_along_the_patients_axes_agrees_with_nibabel(string name)
    {
        var fixture = Fixture.Case(name);
        var image = Nifti.Read<float>(Input(fixture, "image"));
        var target = image.Geometry.AlongPatientAxes(Spacing(fixture));

        ExpectGrid(fixture, target);
        ExpectData(fixture, "data", "ignore_data", Resample.Linear(image, target, Beyond.FillOutsideCentres, -1024, threads: 2).Select(v => (double)v));
        ExpectData(fixture, "mask", "ignore_mask", Resample.Nearest(Nifti.Read<byte>(Input(fixture, "mask")), target, Beyond.FillOutsideCentres).Select(v => (double)v));
    }

    [Theory]
    [MemberData(nameof(ToRas))]
    public void Reorienting_moves_voxels_and_nothing_else(string name)
    {
        var fixture = Fixture.Case(name);
        var image = Nifti.Read<short>(Input(fixture, "image"));

        var turned = Reorient.To(image, "RAS");

        Assert.Equal("RAS", turned.Geometry.Orientation);
        ExpectAffine(fixture, turned.Geometry);
        ExpectData(fixture, "data", "", turned.Select(v => (double)v));
    }

    [Fact]
    public void Every_one_of_the_48_orientations_keeps_each_voxel_at_its_place_in_the_patient()
    {
        var image = Ramp(new(new(3, 4, 5), new(0.4, 0.5, 0.7), new(10, -20, 30), Mat3.Identity));
        foreach (var letters in AllOrientations())
        {
            var turned = Reorient.To(image, letters);

            Assert.Equal(letters, turned.Geometry.Orientation);
            var index = new Vec3(1, 2, 3);
            var back = turned.Geometry.ToIndex(image.Geometry.ToPatient(index));
            Assert.Equal(image[1, 2, 3], turned[(int)Math.Round(back.X), (int)Math.Round(back.Y), (int)Math.Round(back.Z)]);
            Assert.Equal(image.Voxels.ToArray(), Reorient.To(turned, image.Geometry.Orientation).Voxels.ToArray());
        }
    }

    [Fact]
    public void A_linear_ramp_is_reproduced_on_any_grid_that_lies_inside()
    {
        var image = Ramp(new(new(20, 24, 28), new(0.5, 0.6, 0.7), new(1, 2, 3), Rotation(0.3)));
        var target = new Geometry(new(9, 8, 7), new(0.33, 0.41, 0.29), image.Geometry.ToPatient(new(8, 8, 8)), Rotation(0.8));

        var sampled = Resample.Linear(image.Select(v => (float)v), target);

        for (var z = 0; z < 7; z++)
        {
            var at = image.Geometry.ToIndex(target.ToPatient(new(8, 7, z)));
            Assert.Equal(at.X + 100 * at.Y + 3 * at.Z, sampled[8, 7, z], 0.01);
        }
    }

    [Fact]
    public void The_oblique_way_and_the_way_along_axes_agree_and_threads_change_nothing()
    {
        var random = Seed.Root(5).Random();
        var geometry = new Geometry(new(21, 17, 13), new(0.8, 0.6, 1.1), new(5, 6, 7), Mat3.Identity);
        var voxels = new short[geometry.Size.Count];
        for (var i = 0; i < voxels.Length; i++) voxels[i] = (short)random.Integer(-1024, 3071);
        var image = new Volume<short>(geometry, voxels);
        var target = geometry.WithSpacing(new(0.5, 0.5, 0.5));
        var turned = new Geometry(target.Size, target.Spacing, target.Origin, Rotation(1e-7));

        var fast = Resample.Linear(image, target, Beyond.Border);
        var slow = Resample.Linear(image, turned, Beyond.Border);

        var apart = 0;
        for (var i = 0; i < fast.Voxels.Length; i++) apart = Math.Max(apart, Math.Abs(fast.Voxels[i] - slow.Voxels[i]));
        Assert.InRange(apart, 0, 1);          // rounding to whole HU at a tie
        Assert.Equal(fast.Voxels.ToArray(), Resample.Linear(image, target, Beyond.Border, threads: 3).Voxels.ToArray());
    }

    [Fact]
    public void A_grid_with_its_axes_in_another_order_is_sampled_by_position()
    {
        var image = Ramp(new(new(6, 7, 8), new(1, 1, 1), default, Mat3.Identity));
        var turned = Reorient.To(image, "IPR");

        var sampled = Resample.Linear(image, turned.Geometry, Beyond.FillOutsideCentres, (short)-1);

        Assert.Equal(turned.Voxels.ToArray(), sampled.Voxels.ToArray());
    }

    [Fact]
    public void Outside_of_the_voxels_stands_the_fill_value()
    {
        var image = new Volume<short>(Geometry.Isotropic(new(2, 2, 2), 1), [1, 1, 1, 1, 1, 1, 1, 1]);
        var target = new Geometry(new(6, 1, 1), new(0.5, 1, 1), new(-1, 0, 0), Mat3.Identity);          // x = -1, -0.5, 0, 0.5, 1, 1.5

        Assert.Equal([-9, 1, 1, 1, 1, 1], Resample.Linear(image, target, Beyond.FillOutsideVoxels, (short)-9).Voxels.ToArray());
        Assert.Equal([-9, -9, 1, 1, 1, -9], Resample.Linear(image, target, Beyond.FillOutsideCentres, (short)-9).Voxels.ToArray());
        Assert.Equal([-9, -9, 1, 1, 1, -9], Resample.Nearest(image, target, Beyond.FillOutsideCentres, (short)-9).Voxels.ToArray());
    }

    [Fact]
    public void A_result_that_cannot_fit_in_memory_is_told_before_anything_is_allocated()
    {
        var image = new Volume<short>(Geometry.Isotropic(new(512, 512, 2), 1), new short[512 * 512 * 2]);

        var problem = Assert.Throws<CoraException>(() => Resample.ToSpacing(image, new(0.001, 0.001, 0.001)));

        Assert.Equal(ExitCode.Resources, problem.Code);
    }

    private static string Input(JsonElement fixture, string name) => Fixture.PathOf(fixture.GetProperty("inputs").GetProperty(name).GetProperty("file").GetString()!);

    private static Vec3 Spacing(JsonElement fixture)
    {
        var s = fixture.GetProperty("params").GetProperty("spacing_mm");
        return new(s[0].GetDouble(), s[1].GetDouble(), s[2].GetDouble());
    }

    private static void ExpectGrid(JsonElement fixture, Geometry got)
    {
        var shape = fixture.GetProperty("expect").GetProperty("shape");
        Assert.Equal(new Size3(shape[0].GetInt32(), shape[1].GetInt32(), shape[2].GetInt32()), got.Size);
        ExpectAffine(fixture, got);
    }

    private static void ExpectAffine(JsonElement fixture, Geometry got)
    {
        var affine = fixture.GetProperty("expect").GetProperty("affine").GetProperty("value");
        var (linear, translation) = got.ToRasAffine();
        for (var r = 0; r < 3; r++)
        {
            for (var c = 0; c < 3; c++) Assert.Equal(affine[r][c].GetDouble(), linear[r, c], 1e-5);
            Assert.Equal(affine[r][3].GetDouble(), translation[r], 1e-5);
        }
    }

    /// <summary>The reference's arrays are indexed [x][y][z] in C order: x slowest.</summary>
    private static void ExpectData(JsonElement fixture, string name, string ignored, Volume<double> got)
    {
        var expect = fixture.GetProperty("expect");
        var want = Fixture.Array(expect.GetProperty(name)).Values;
        var ignore = expect.TryGetProperty(ignored, out var entry) ? Fixture.Array(entry).Values : null;
        var tolerance = expect.GetProperty(name).GetProperty("atol").GetDouble();
        var size = got.Geometry.Size;
        Assert.Equal(size.Count, want.Length);
        for (var x = 0; x < size.X; x++)
        {
            for (var y = 0; y < size.Y; y++)
            {
                for (var z = 0; z < size.Z; z++)
                {
                    var i = (x * size.Y + y) * size.Z + z;
                    if (ignore is null || ignore[i] == 0) Assert.True(Math.Abs(want[i] - got[x, y, z]) <= tolerance, $"{name} at {x},{y},{z}: {got[x, y, z]} instead of {want[i]}");
                }
            }
        }
    }

    private static Volume<short> Ramp(Geometry geometry)
    {
        var voxels = new short[geometry.Size.Count];
        for (var i = 0; i < voxels.Length; i++)
        {
            var (x, y, z) = (i % geometry.Size.X, i / geometry.Size.X % geometry.Size.Y, i / (geometry.Size.X * geometry.Size.Y));
            voxels[i] = (short)(x + 100 * y + 3 * z);
        }

        return new(geometry, voxels);
    }

    private static Mat3 Rotation(double angle) =>
        new(new(Math.Cos(angle), -Math.Sin(angle), 0), new(Math.Sin(angle), Math.Cos(angle), 0), new(0, 0, 1));

    private static IEnumerable<string> AllOrientations()
    {
        string[] pairs = ["RL", "AP", "SI"];
        int[][] orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
        foreach (var order in orders)
            for (var bits = 0; bits < 8; bits++)
                yield return string.Concat(order.Select((p, i) => pairs[p][(bits >> i) & 1]));
    }
}
