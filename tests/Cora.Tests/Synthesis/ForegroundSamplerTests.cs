using Cora.Imaging;
using Cora.Synthesis;

namespace Cora.Tests.Synthesis;

public sealed class ForegroundSamplerTests
{
    // round(0.67) = 1, round(1.34) = 1, round(2.68) = 3, round(5.36) = 5, round(8.04) = 8, round(33.5) = 34 (to even).
    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 1)]
    [InlineData(4, 1)]
    [InlineData(8, 3)]
    [InlineData(12, 4)]
    [InlineData(50, 16)]
    public void The_last_third_of_a_batch_is_forced(int batch, int forced)
    {
        var which = Enumerable.Range(0, batch).Where(i => ForegroundSampler.IsForced(i, batch)).ToArray();

        Assert.Equal(Enumerable.Range(batch - forced, forced), which);
    }

    [Fact]
    public void A_forced_patch_lies_round_a_labelled_voxel_and_is_clamped_where_the_volume_begins_only()
    {
        var size = new Size3(40, 40, 40);
        var labels = new ushort[size.Count];
        labels[(38 * 40 + 20) * 40 + 3] = 1;

        var corner = ForegroundSampler.Corner(ForegroundVoxels.Of(labels, size, Seed.Root(1)), new(16, 16, 16), isForced: true, Seed.Root(2).Random());

        // 3 - 8 is before the volume; 38 - 8 = 30 would end at 46, beyond it, and stays.
        Assert.Equal((0, 12, 30), corner);
    }

    [Fact]
    public void A_patch_larger_than_the_volume_is_padded_before_and_behind()
    {
        // 16 in 13: three voxels of padding, so first voxels -2 and -1 (rounded as whole-number division in Python rounds).
        var size = new Size3(13, 40, 40);
        var voxels = ForegroundVoxels.Of(new ushort[size.Count], size, Seed.Root(1));
        var random = Seed.Root(2).Random();
        var corners = Enumerable.Range(0, 4000).Select(_ => ForegroundSampler.Corner(voxels, Size3.Cube(16), isForced: true, random)).ToArray();

        Assert.Equal([-2, -1], corners.Select(c => c.X).Distinct().Order());
        Assert.Equal(Enumerable.Range(0, 25), corners.Select(c => c.Y).Distinct().Order());
        Assert.Equal(Enumerable.Range(0, 25), corners.Select(c => c.Z).Distinct().Order());
    }

    [Fact]
    public void Every_label_is_as_likely_however_few_voxels_it_has()
    {
        var size = Size3.Cube(30);
        var labels = new ushort[size.Count];
        for (var i = 0; i < labels.Length; i++) labels[i] = (ushort)(i / 900 >= 20 ? 2 : 0);
        labels[0] = 7;
        var voxels = ForegroundVoxels.Of(labels, size, Seed.Root(1));
        var random = Seed.Root(2).Random();
        var atFew = Enumerable.Range(0, 2000).Count(_ => ForegroundSampler.Corner(voxels, Size3.Cube(2), isForced: true, random) == (0, 0, 0));

        // One half, within four deviations; label 2 has no voxel near the first.
        Assert.InRange(atFew / 2000.0, 0.5 - 4 * 0.5 / Math.Sqrt(2000), 0.5 + 4 * 0.5 / Math.Sqrt(2000));
        Assert.Equal([2, 7], voxels.Classes);
    }

    [Theory]
    [InlineData(500, 500)]
    [InlineData(20_000, 10_000)]
    [InlineData(1_500_000, 15_000)]
    public void Ten_thousand_voxels_of_a_label_are_kept_or_a_hundredth(int there, int kept)
    {
        var labels = new ushort[1_600_000];
        labels.AsSpan(7, there).Fill(1);
        var voxels = ForegroundVoxels.Of(labels, new(1600, 1000, 1), Seed.Root(4));

        var places = Assert.Single(voxels.Places);
        Assert.Equal(kept, places.Distinct().Count());
        Assert.All(places, p => Assert.InRange(p, 7, there + 6));
        Assert.InRange(places.Average(), 7 + 0.45 * there, 7 + 0.55 * there);
    }
}
