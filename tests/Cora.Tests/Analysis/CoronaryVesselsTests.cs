using Cora.Analysis;
using Cora.Experiments;
using Cora.Imaging;

namespace Cora.Tests.Analysis;

public sealed class CoronaryVesselsTests
{
    private static readonly Geometry Grid = Geometry.Isotropic(new(60, 20, 20), 1, new(-30, 0, 0));

    [Fact]
    public void Two_large_pieces_on_either_side_of_the_heart_are_the_trees_and_x_grows_to_the_left()
    {
        // 10 x 8 x 8 = 640 mm3 at x from -25, and 12 x 8 x 8 = 768 mm3 at x from 12.
        var vessels = CoronaryVessels.Of(Mask((5, 10), (42, 12)), new Vec3(0, 10, 10));

        Assert.Equal(["left tree", "right tree"], vessels.Vessels.Select(v => v.Name));
        Assert.Equal([768.0, 640.0], vessels.Vessels.Select(v => v.VolumeMm3));
        Assert.Equal(17.5, vessels.Vessels[0].CentreMm.X, 9);
        Assert.Equal(1, vessels.Labels[45, 8, 8]);
        Assert.Equal(2, vessels.Labels[8, 8, 8]);
    }

    [Theory]
    [InlineData(5, 10, 20, 12, 0.0)]          // both to the right of the middle
    [InlineData(5, 10, 42, 12, 40.0)]         // the middle beside both
    [InlineData(22, 10, 34, 12, 2.0)]         // too near to each other
    public void Where_position_does_not_tell_no_tree_is_named(int firstX, int firstWide, int secondX, int secondWide, double middle) =>
        Assert.Equal(["segment 1", "segment 2"], CoronaryVessels.Of(Mask((firstX, firstWide), (secondX, secondWide)), new Vec3(middle, 10, 10)).Vessels.Select(v => v.Name));

    [Fact]
    public void Without_a_heart_nothing_is_named_and_crumbs_are_counted()
    {
        var voxels = Mask((5, 10), (42, 12)).Voxels.ToArray();
        voxels[30] = 1;          // one voxel, 1 mm3

        var vessels = CoronaryVessels.Of(new(Grid, voxels), null);

        Assert.Equal(["segment 1", "segment 2"], vessels.Vessels.Select(v => v.Name));
        Assert.Equal(1, vessels.DroppedPieces);
        Assert.Equal(0, vessels.Labels[30, 0, 0]);
    }

    [Fact]
    public void Marks_away_from_arteries_are_left_out_and_the_others_numbered_by_probability()
    {
        var vessels = CoronaryVessels.Of(Mask((5, 10), (42, 12)), new Vec3(0, 10, 10));
        var marks = new ushort[Grid.Size.Count];
        marks[At(16, 8, 8)] = 1;          // 2 mm from the right tree, whose last voxel is x = 14
        marks[At(45, 8, 8)] = 2;          // in the left tree
        marks[At(25, 8, 8)] = 3;          // in nothing
        PredictedLesion[] lesions = [new(1, 1, 1, default, 0.6), new(2, 1, 1, default, 0.9), new(3, 1, 1, default, 0.99)];

        var places = StenosisPlaces.Of(new(Grid, marks), lesions, vessels, 2);

        Assert.Equal([(1, "left tree", 0.9), (2, "right tree", 0.6)], places.Candidates.Select(c => (c.Candidate, c.Vessel, c.Probability)));
        Assert.Equal((2, 1, 0), (places.Mask.Voxels[At(16, 8, 8)], places.Mask.Voxels[At(45, 8, 8)], places.Mask.Voxels[At(25, 8, 8)]));
    }

    private static int At(int x, int y, int z) => (z * 20 + y) * 60 + x;

    private static Volume<byte> Mask(params (int X, int Wide)[] blocks)
    {
        var voxels = new byte[Grid.Size.Count];
        foreach (var (from, wide) in blocks)
            for (var z = 4; z < 12; z++)
                for (var y = 4; y < 12; y++)
                    for (var x = from; x < from + wide; x++) voxels[At(x, y, z)] = 1;
        return new(Grid, voxels);
    }
}
