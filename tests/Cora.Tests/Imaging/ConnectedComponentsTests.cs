using Cora.Imaging;

namespace Cora.Tests.Imaging;

public sealed class ConnectedComponentsTests
{
    [Fact]
    public void Voxels_that_meet_at_a_corner_are_one_piece_by_26_and_two_by_6()
    {
        var mask = new byte[8];
        mask[0] = mask[7] = 1;          // (0,0,0) and (1,1,1)

        Assert.Equal(1, ConnectedComponents.Of(mask, Size3.Cube(2)).Count);
        Assert.Equal([1, 1], ConnectedComponents.Of(mask, Size3.Cube(2), Connectivity.Six).Sizes);
    }

    [Theory]
    [InlineData(Connectivity.Six)]
    [InlineData(Connectivity.Eighteen)]
    [InlineData(Connectivity.TwentySix)]
    public void Random_masks_agree_with_a_flood_fill(Connectivity connectivity)
    {
        for (var trial = 0; trial < 30; trial++)
        {
            var random = Seed.Root(trial).Random();
            var size = new Size3(random.Integer(1, 13), random.Integer(1, 11), random.Integer(1, 9));
            var share = random.Uniform(0.05, 0.7);
            var mask = new byte[size.Count];
            for (var i = 0; i < mask.Length; i++) mask[i] = (byte)(random.Chance(share) ? 1 + i % 3 : 0);

            var found = ConnectedComponents.Of(mask, size, connectivity);

            Assert.Equal(FloodFill(mask, size, connectivity), found.Labels);
            for (var n = 1; n <= found.Count; n++) Assert.Equal(found.Labels.Count(l => l == n), found.Sizes[n - 1]);
        }
    }

    [Fact]
    public void The_largest_piece_is_kept()
    {
        var mask = new Volume<byte>(Geometry.Isotropic(new(7, 1, 1), 1), [1, 0, 2, 2, 2, 0, 1]);

        Assert.Equal([0, 0, 1, 1, 1, 0, 0], ConnectedComponents.LargestOf(mask).Voxels.ToArray());
        Assert.Equal(0, ConnectedComponents.Of(new byte[4], new(2, 2, 1)).Largest);
    }

    /// <summary>Another route to the same numbers: from each new voxel in memory order, everything that can be reached.</summary>
    private static int[] FloodFill(byte[] mask, Size3 size, Connectivity connectivity)
    {
        var labels = new int[mask.Length];
        var next = 0;
        for (var start = 0; start < mask.Length; start++)
        {
            if (mask[start] == 0 || labels[start] > 0) continue;
            labels[start] = ++next;
            var open = new Stack<int>([start]);
            while (open.TryPop(out var i))
            {
                var (x, y, z) = (i % size.X, i / size.X % size.Y, i / (size.X * size.Y));
                for (var dz = -1; dz <= 1; dz++)
                {
                    for (var dy = -1; dy <= 1; dy++)
                    {
                        for (var dx = -1; dx <= 1; dx++)
                        {
                            var axes = Math.Abs(dx) + Math.Abs(dy) + Math.Abs(dz);
                            if (axes > (connectivity switch { Connectivity.Six => 1, Connectivity.Eighteen => 2, _ => 3 })) continue;
                            var (a, b, c) = (x + dx, y + dy, z + dz);
                            if (a < 0 || b < 0 || c < 0 || a >= size.X || b >= size.Y || c >= size.Z) continue;
                            var j = (c * size.Y + b) * size.X + a;
                            if (mask[j] == 0 || labels[j] > 0) continue;
                            labels[j] = next;
                            open.Push(j);
                        }
                    }
                }
            }
        }

        return labels;
    }
}
