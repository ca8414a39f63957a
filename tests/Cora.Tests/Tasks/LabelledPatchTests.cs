using Cora.Cohorts;
using Cora.Imaging;
using Cora.Synthesis;
using Cora.Tasks;

namespace Cora.Tests.Tasks;

public sealed class LabelledPatchTests
{
    private static readonly Size3 Size = new(20, 24, 28);
    private static readonly AugmentationConfig Still = new() { RotationDeg = 0, Zoom = new(1, 1), Flip = 0 };

    [Fact]
    public void Image_and_mask_of_a_patch_belong_together_however_it_is_turned()
    {
        // The image is the mask times 1000, so after any turn bright voxels are the marked ones.
        var volume = Volume(i => i.X >= 8 && i.X < 14 && i.Y >= 9 && i.Y < 16 && i.Z >= 10 && i.Z < 20);
        var patches = new LabelledPatches(new() { Patch = 16, ForegroundShare = 1 }, new());

        var batch = patches.Draw([volume], 6, Seed.Root(3));

        Assert.Equal(6, batch.Count);
        var agree = batch.Hu.Zip(batch.Mask).Count(v => (v.First > 500) == (v.Second > 0));
        Assert.True(agree > 0.98 * batch.Hu.Length, $"{agree} of {batch.Hu.Length}");
        Assert.Contains(1f, batch.Mask);
    }

    [Fact]
    public void Unturned_patches_are_cut_voxel_by_voxel_and_lie_inside_of_the_box()
    {
        var volume = Volume(i => i is { X: 3, Y: 4, Z: 5 }) with { Box = new(2, 2, 2, new(12, 14, 16)) };
        var patches = new LabelledPatches(new() { Patch = 8, ForegroundShare = 1 }, Still);

        var batch = patches.Draw([volume], 4, Seed.Root(9));

        for (var sample = 0; sample < 4; sample++)
        {
            var mask = batch.Mask.AsSpan(sample * 512, 512);
            Assert.Equal(1, mask.IndexOf(1f) is var at ? mask.Count(1f) : 0);
            Assert.Equal(new Vec3(1, 2, 3), new Vec3(at % 8, at / 8 % 8, at / 64));          // the box begins at 2, 2, 2 and the patch may not begin before
        }
    }

    [Fact]
    public void A_sparse_mask_gives_back_every_box_of_the_mask_it_was_made_of()
    {
        var random = Seed.Root(1).Random();
        var labels = Enumerable.Range(0, (int)Size.Count).Select(_ => (ushort)(random.Chance(0.05) ? random.Integer(1, 3) : 0)).ToArray();
        var mask = SparseMask.Of(labels, Size, label => label != 2);
        var whole = new Volume<byte>(new(Size, new(1, 1, 1), default, Mat3.Identity), [.. labels.Select(l => (byte)(l is 1 or 3 ? 1 : 0))]);

        foreach (var box in new[] { Box3.Whole(Size), new Box3(1, 2, 3, new(5, 6, 7)), new Box3(19, 23, 27, new(1, 1, 1)) })
        {
            var (found, expected) = (new byte[box.Size.Count], new byte[box.Size.Count]);
            mask.CopyBox(box, found);
            whole.CopyBox(box, expected);
            Assert.Equal(expected, found);
        }

        Assert.Equal(whole.Voxels.ToArray(), mask.ToVolume(whole.Geometry).Voxels.ToArray());
    }

    private static LabelledVolume Volume(Func<(int X, int Y, int Z), bool> isMarked)
    {
        var labels = new ushort[Size.Count];
        for (var i = 0; i < labels.Length; i++) labels[i] = (ushort)(isMarked((i % Size.X, i / Size.X % Size.Y, i / (Size.X * Size.Y))) ? 1 : 0);
        var image = new Volume<short>(new(Size, new(0.5, 0.5, 0.5), default, Mat3.Identity), [.. labels.Select(l => (short)(1000 * l))]);
        return new(new CaseRow { CaseId = "c", PatientId = "p", Image = "" }, image, Box3.Whole(Size), SparseMask.Of(labels, Size, _ => true));
    }
}
