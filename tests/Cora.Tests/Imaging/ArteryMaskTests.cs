using Cora.Imaging;

namespace Cora.Tests.Imaging;

public sealed class ArteryMaskTests
{
    [Fact]
    public void The_largest_pieces_stay_and_crumbs_go()
    {
        // Bars along x in rows of their own: 300, 250, 240, 201 and 200 voxels; 0.5 mm voxels have 0.125 mm3.
        var ordered = ArteryMask.Ordered(Bars(300, 250, 240, 201, 200), new() { VolumeMm3 = new(10, 1000) });

        Assert.Equal([300, 250, 240], ordered.KeptVoxels);
        Assert.Equal((2, 401L, 790 * 0.125, (string?)null), (ordered.DroppedPieces, ordered.DroppedVoxels, ordered.VolumeMm3, ordered.Refusal));
        Assert.Equal(790, ordered.Mask.Voxels.Count((byte)1));
        Assert.Equal("3 pieces of 300, 250, 240 voxels stay (99 mm3), 2 of 401 voxels go", ordered.ToString());
    }

    [Fact]
    public void A_piece_must_have_more_than_the_fewest_voxels()
    {
        Assert.Equal([201], ArteryMask.Ordered(Bars(201, 200), new()).KeptVoxels);
        Assert.Equal([250, 240], ArteryMask.Ordered(Bars(240, 210, 250), new() { MostPieces = 2 }).KeptVoxels);
    }

    [Theory]
    [InlineData(new[] { 100, 50 }, "none of its 2 pieces has more than 200 voxels")]
    [InlineData(new[] { 300 }, "arteries of 38 mm3, expected 1000 to 40000 mm3")]
    [InlineData(new int[0], "the mask is empty")]
    public void A_mask_that_is_no_coronary_tree_is_refused_with_its_reason(int[] lengths, string reason) => Assert.Equal(reason, ArteryMask.Ordered(Bars(lengths), new()).Refusal);

    [Fact]
    public void Pieces_that_touch_at_a_corner_are_one()
    {
        var voxels = new byte[512];
        voxels[0] = voxels[(1 * 8 + 1) * 8 + 1] = 255;

        Assert.Equal([2], ArteryMask.Ordered(new(Geometry.Isotropic(Size3.Cube(8), 1), voxels), new() { Voxels = 1 }).KeptVoxels);
    }

    private static Volume<byte> Bars(params int[] lengths)
    {
        var size = new Size3(300, 12, 1);
        var voxels = new byte[size.Count];
        foreach (var (row, length) in lengths.Index()) voxels.AsSpan(row * 2 * 300, length).Fill(1);
        return new(Geometry.Isotropic(size, 0.5), voxels);
    }
}
