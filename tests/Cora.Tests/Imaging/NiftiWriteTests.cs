using System.Buffers.Binary;
using System.IO.Compression;
using CsCheck;
using Cora.Imaging;

namespace Cora.Tests.Imaging;

public sealed class NiftiWriteTests
{
    private static readonly int[][] Orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

    private static readonly Gen<Geometry> AnyGrid =
        from turn in Gen.Double[-3.2, 3.2].Array[3]
        from axes in Gen.Int[0, 47]
        from spacing in Gen.Double[0.2, 5].Array[3]
        from origin in Gen.Double[-500, 500].Array[3]
        from isOblique in Gen.Bool
        select new Geometry(
            new(5, 4, 3), new(spacing[0], spacing[1], spacing[2]), new(origin[0], origin[1], origin[2]),
            isOblique ? Turn(turn) * Axes(axes) : Axes(axes));

    [Fact]
    public void Every_orientation_straight_or_oblique_comes_back_by_sform_and_by_qform()
    {
        using var folder = new TemporaryFolder();
        void Check(Geometry grid)
        {
            Nifti.Write(folder["a.nii"], Counting(grid));
            var bytes = File.ReadAllBytes(folder["a.nii"]);
            Assert.Equal((1, 1), (BinaryPrimitives.ReadInt16LittleEndian(bytes.AsSpan(252)), BinaryPrimitives.ReadInt16LittleEndian(bytes.AsSpan(254))));

            // Single precision of 500 mm is 3e-5 mm; a quaternion of single precision may turn by some 1e-4 near half turns.
            var bySform = Nifti.ReadHeader(folder["a.nii"]);
            Assert.True(bySform.Geometry.Matches(grid, 2e-4), $"{bySform.Geometry} is not {grid}");
            Assert.Equal(NiftiAffine.Sform, bySform.AffineFrom);

            bytes[254] = 0;
            File.WriteAllBytes(folder["a.nii"], bytes);
            var byQform = Nifti.ReadHeader(folder["a.nii"]);
            Assert.True(byQform.Geometry.Matches(grid, 0.01), $"{byQform.Geometry} is not {grid}");
            Assert.Equal(NiftiAffine.Qform, byQform.AffineFrom);
        }

        for (var axes = 0; axes < 48; axes++) Check(new(new(5, 4, 3), new(0.4, 0.5, 0.75), new(-120.5, 33, 900), Axes(axes)));
        AnyGrid.Sample(Check, iter: 200, threads: 1);
    }

    [Fact]
    public void Version_2_keeps_the_grid_in_double_precision()
    {
        using var folder = new TemporaryFolder();
        AnyGrid.Sample(
            grid =>
            {
                Nifti.Write(folder["a.nii.gz"], Counting(grid), new() { Version = 2 });
                return Nifti.ReadHeader(folder["a.nii.gz"]) is { Version: 2, IsCompressed: true } header && header.Geometry.Matches(grid, 1e-10);
            },
            iter: 100, threads: 1);
    }

    [Theory]
    [InlineData("h/sform_only.nii"), InlineData("h/sheared_sform.nii"), InlineData("h/sform_and_qform_differ.nii"), InlineData("h/int16_nii.nii")]
    public void An_sform_that_was_read_is_written_again_with_the_same_bytes(string file)
    {
        using var folder = new TemporaryFolder();

        Nifti.Write(folder["a.nii"], Nifti.Read<short>(Fixture.PathOf(file)));

        Assert.Equal(File.ReadAllBytes(Fixture.PathOf(file))[280..328], File.ReadAllBytes(folder["a.nii"])[280..328]);
    }

    [Fact]
    public void Sheared_axes_are_kept_by_an_sform_alone()
    {
        using var folder = new TemporaryFolder();
        var sheared = Geometry.FromRasAffine(new(5, 4, 3), new(new(0.5, 0.1, 0), new(0, 0.5, 0.05), new(0, 0, 0.8)), new(1, 2, 3));

        Nifti.Write(folder["a.nii"], Counting(sheared));

        Assert.True(Nifti.ReadHeader(folder["a.nii"]).Geometry.Matches(sheared, 1e-6));
        Assert.Equal(0, File.ReadAllBytes(folder["a.nii"])[252]);
    }

    [Fact]
    public void The_header_has_its_fields_where_the_standard_puts_them()
    {
        using var folder = new TemporaryFolder();
        var grid = Geometry.FromRasAffine(new(5, 4, 3), Mat3.Diagonal(new(-0.5, -0.25, 2)), new(10, 20, 30));

        Nifti.Write(folder["a.nii"], Counting(grid), new() { IntentCode = 1002, IntentName = "plaques", Description = "made here" });

        var bytes = File.ReadAllBytes(folder["a.nii"]);
        short Short(int at) => BinaryPrimitives.ReadInt16LittleEndian(bytes.AsSpan(at));
        float Single(int at) => BinaryPrimitives.ReadSingleLittleEndian(bytes.AsSpan(at));
        Assert.Equal(352 + 60 * 2, bytes.Length);
        Assert.Equal(348, BinaryPrimitives.ReadInt32LittleEndian(bytes));
        Assert.Equal([3, 5, 4, 3, 1, 1, 1, 1], Enumerable.Range(0, 8).Select(i => Short(40 + 2 * i)));
        Assert.Equal((1002, 4, 16), (Short(68), Short(70), Short(72)));                      // intent, datatype, bitpix
        Assert.Equal([1, 0.5f, 0.25f, 2], Enumerable.Range(0, 4).Select(i => Single(76 + 4 * i)));
        Assert.Equal((352f, 1f, 0f), (Single(108), Single(112), Single(116)));               // vox_offset, scl_slope, scl_inter
        Assert.Equal(2, bytes[123]);                                                          // millimetres
        Assert.Equal("made here\0"u8, bytes.AsSpan(148, 10));
        Assert.Equal((1, 1), (Short(252), Short(254)));                                       // qform_code, sform_code
        Assert.Equal([0, 0, 1, 10, 20, 30], Enumerable.Range(0, 6).Select(i => Single(256 + 4 * i)));      // half a turn about z; offset
        Assert.Equal([-0.5f, 0, 0, 10, 0, -0.25f, 0, 20, 0, 0, 2, 30], Enumerable.Range(0, 12).Select(i => Single(280 + 4 * i)));
        Assert.Equal("plaques\0"u8, bytes.AsSpan(328, 8));
        Assert.Equal("n+1\0"u8, bytes.AsSpan(344, 4));
        Assert.Equal([0, 0, 0, 0, 0, 0, 1, 0, 2, 0], bytes[348..358]);                        // no extensions, then voxels 0, 1, 2
    }

    [Theory]
    [InlineData("a.nii", CompressionLevel.Fastest)]
    [InlineData("a.nii.gz", CompressionLevel.Fastest)]
    [InlineData("a.nii.gz", CompressionLevel.SmallestSize)]
    public void Every_voxel_type_comes_back_and_the_same_input_gives_the_same_bytes(string name, CompressionLevel level)
    {
        using var folder = new TemporaryFolder();
        void Check<T>(Func<int, T> voxel) where T : unmanaged
        {
            var volume = new Volume<T>(Geometry.Isotropic(new(40, 30, 20), 0.5), [.. Enumerable.Range(0, 24000).Select(voxel)]);
            Nifti.Write(folder[name], volume, new() { Compression = level });
            var first = File.ReadAllBytes(folder[name]);
            Nifti.Write(folder[name], volume, new() { Compression = level });

            Assert.Equal(first, File.ReadAllBytes(folder[name]));
            Assert.Equal(volume.Voxels.ToArray(), Nifti.Read<T>(folder[name]).Voxels.ToArray());
            Assert.Equal(typeof(T) == typeof(float) ? StoredType.Float32 : typeof(T) == typeof(byte) ? StoredType.UInt8 : typeof(T) == typeof(short) ? StoredType.Int16 : StoredType.UInt16,
                Nifti.ReadHeader(folder[name]).Type);
        }

        Check(i => (byte)(i * 7));
        Check(i => (short)(i * 31 - 7000));
        Check(i => (ushort)(i * 13));
        Check(i => i % 100 == 0 ? float.NaN : i * 0.37f);
        Assert.Single(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void A_long_axis_makes_a_version_2_file()
    {
        using var folder = new TemporaryFolder();

        Nifti.Write(folder["a.nii"], new Volume<byte>(Geometry.Isotropic(new(40000, 1, 1), 1), new byte[40000]));

        Assert.Equal((2, 40000), (Nifti.ReadHeader(folder["a.nii"]).Version, Nifti.ReadHeader(folder["a.nii"]).Geometry.Size.X));
    }

    [Fact]
    public void A_place_that_cannot_be_written_is_told_as_such()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["file"], "");

        var refusal = Assert.Throws<CoraException>(() => Nifti.Write(folder["file/a.nii"], Counting(Geometry.Isotropic(new(5, 4, 3), 1))));

        Assert.Equal(ExitCode.Resources, refusal.Code);
    }

    private static Volume<short> Counting(Geometry grid) => new(grid, [.. Enumerable.Range(0, 60).Select(i => (short)i)]);

    private static Mat3 Axes(int number)
    {
        var (order, signs) = (Orders[number / 8], number % 8);
        Vec3 Column(int axis) => ((signs >> axis & 1) == 0 ? 1 : -1) * Mat3.Identity.Column(order[axis]);
        return Mat3.FromColumns(Column(0), Column(1), Column(2));
    }

    private static Mat3 Turn(double[] angles)
    {
        var (cx, sx, cy, sy, cz, sz) = (Math.Cos(angles[0]), Math.Sin(angles[0]), Math.Cos(angles[1]), Math.Sin(angles[1]), Math.Cos(angles[2]), Math.Sin(angles[2]));
        return new Mat3(new(1, 0, 0), new(0, cx, -sx), new(0, sx, cx)) * new Mat3(new(cy, 0, sy), new(0, 1, 0), new(-sy, 0, cy)) * new Mat3(new(cz, -sz, 0), new(sz, cz, 0), new(0, 0, 1));
    }
}
