using CsCheck;
using Cora.Imaging;

namespace Cora.Tests;

public sealed class GeometryTests
{
    private static readonly Gen<Geometry> AnyGrid =
        from angles in Gen.Double[-3, 3].Array[3]
        from spacing in Gen.Double[0.2, 5].Array[3]
        from origin in Gen.Double[-500, 500].Array[3]
        from flip in Gen.Bool
        select new Geometry(
            new(20, 30, 40), new(spacing[0], spacing[1], spacing[2]), new(origin[0], origin[1], origin[2]),
            Rotation(angles) * Mat3.Diagonal(new(flip ? -1 : 1, 1, 1)));

    [Fact]
    public void Index_to_patient_and_back_is_the_same_index() =>
        Gen.Select(AnyGrid, Gen.Double[0, 40].Array[3]).Sample((grid, i) =>
            (grid.ToIndex(grid.ToPatient(new(i[0], i[1], i[2]))) - new Vec3(i[0], i[1], i[2])).Length < 1e-8);

    [Fact]
    public void The_RAS_affine_and_back_is_the_same_grid() =>
        AnyGrid.Sample(grid =>
        {
            var (linear, translation) = grid.ToRasAffine();
            return Geometry.FromRasAffine(grid.Size, linear, translation).Matches(grid, 1e-8);
        });

    [Fact]
    public void All_48_orientations_are_named_by_their_axes()
    {
        var names = new HashSet<string>();
        int[][] orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
        foreach (var order in orders)
        {
            for (var signs = 0; signs < 8; signs++)
            {
                var columns = new Vec3[3];
                var expected = "";
                for (var axis = 0; axis < 3; axis++)
                {
                    var up = (signs >> axis & 1) == 0;
                    columns[axis] = (up ? 1.0 : -1.0) * new Vec3(order[axis] == 0 ? 1 : 0, order[axis] == 1 ? 1 : 0, order[axis] == 2 ? 1 : 0);
                    expected += (up ? "LPS" : "RAI")[order[axis]];
                }

                var grid = new Geometry(new(4, 5, 6), new(1, 2, 3), default, Mat3.FromColumns(columns[0], columns[1], columns[2]));

                Assert.Equal(expected, grid.Orientation);
                names.Add(expected);
            }
        }

        Assert.Equal(48, names.Count);
    }

    [Fact]
    public void A_crop_keeps_every_voxel_where_it_is_in_the_patient() =>
        AnyGrid.Sample(grid =>
        {
            var crop = grid.Crop(new(3, 4, 5, new(6, 7, 8)));
            return (crop.ToPatient(new(1, 2, 3)) - grid.ToPatient(new(4, 6, 8))).Length < 1e-9;
        });

    [Fact]
    public void A_singular_affine_is_refused() =>
        Assert.Throws<ArgumentException>(() => Geometry.FromRasAffine(new(2, 2, 2), new(new(1, 1, 0), new(1, 1, 0), new(0, 0, 1)), default));

    private static Mat3 Rotation(double[] a)
    {
        var (c, s) = (Math.Cos(a[0]), Math.Sin(a[0]));
        var x = new Mat3(new(1, 0, 0), new(0, c, -s), new(0, s, c));
        (c, s) = (Math.Cos(a[1]), Math.Sin(a[1]));
        var y = new Mat3(new(c, 0, s), new(0, 1, 0), new(-s, 0, c));
        (c, s) = (Math.Cos(a[2]), Math.Sin(a[2]));
        return x * y * new Mat3(new(c, -s, 0), new(s, c, 0), new(0, 0, 1));
    }
}
