using Cora.Imaging;

namespace Cora.Tests.Imaging;

public sealed class SkeletonTests
{
    public static TheoryData<string, string> Masks
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var fixture in Fixture.Cases("b", "segmentation_metrics").Where(c => c.GetProperty("expect").TryGetProperty("skeleton_pred", out _)))
            {
                foreach (var which in (string[])["pred", "ref"]) data.Add(fixture.GetProperty("name").GetString()!, which);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Masks))]
    public void Skeletons_are_voxel_for_voxel_those_of_scikit_image(string name, string which)
    {
        var fixture = Fixture.Case(name);

        var skeleton = Skeleton.Of(MaskFixture.Mask(fixture.GetProperty("inputs").GetProperty(which)));

        Assert.Equal(MaskFixture.Mask(fixture.GetProperty("expect").GetProperty("skeleton_" + which)).Voxels.ToArray(), skeleton.Voxels.ToArray());
    }

    [Fact]
    public void A_bent_tube_becomes_one_line_with_two_ends()
    {
        var size = new Size3(40, 40, 24);
        var tube = Filled(size, p => (new Vec3(Math.Clamp(p.X, 8, 30), 10, 12) - p).Length < 3.2 || (new Vec3(30, Math.Clamp(p.Y, 10, 32), 12) - p).Length < 3.2);

        var skeleton = Skeleton.Of(tube);

        Assert.Equal(1, ConnectedComponents.Of(skeleton).Count);
        Assert.Equal(2, Ends(skeleton));
        Assert.InRange(skeleton.Voxels.Count((byte)1), 35, 50);
    }

    [Fact]
    public void A_ring_keeps_its_hole()
    {
        var ring = Filled(Size3.Cube(25), p => Math.Abs(Math.Sqrt((p.X - 12) * (p.X - 12) + (p.Y - 12) * (p.Y - 12)) - 8) < 2.5 && Math.Abs(p.Z - 12) < 2.5);

        var skeleton = Skeleton.Of(ring);

        Assert.Equal(1, ConnectedComponents.Of(skeleton).Count);
        Assert.Equal(0, Ends(skeleton));
    }

    [Fact]
    public void A_line_and_a_single_voxel_stay_as_they_are()
    {
        var mask = Filled(new(12, 5, 5), p => (p is { Y: 2, Z: 2, X: >= 1 and <= 6 }) || p == new Vec3(10, 4, 0));

        Assert.Equal(mask.Voxels.ToArray(), Skeleton.Of(mask).Voxels.ToArray());
    }

    [Fact]
    public void Nothing_has_no_skeleton() => Assert.Equal(-1, Skeleton.Of(Filled(Size3.Cube(4), _ => false)).Voxels.IndexOf((byte)1));

    private static Volume<byte> Filled(Size3 size, Func<Vec3, bool> isInside)
    {
        var voxels = new byte[size.Count];
        for (var i = 0; i < voxels.Length; i++) voxels[i] = isInside(new(i % size.X, i / size.X % size.Y, i / size.X / size.Y)) ? (byte)1 : (byte)0;
        return new(Geometry.Isotropic(size, 1), voxels);
    }

    private static int Ends(Volume<byte> skeleton)
    {
        var size = skeleton.Geometry.Size;
        var ends = 0;
        for (var z = 1; z < size.Z - 1; z++)
        {
            for (var y = 1; y < size.Y - 1; y++)
            {
                for (var x = 1; x < size.X - 1; x++)
                {
                    var around = 0;
                    for (var n = 0; n < 27; n++) around += skeleton[x + n % 3 - 1, y + n / 3 % 3 - 1, z + n / 9 - 1];
                    if (skeleton[x, y, z] != 0 && around == 2) ends++;
                }
            }
        }

        return ends;
    }
}
