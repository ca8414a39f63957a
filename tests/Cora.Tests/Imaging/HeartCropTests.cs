using System.Text;
using Cora.Imaging;

namespace Cora.Tests.Imaging;

public sealed class HeartCropTests
{
    private static readonly Geometry Grid = new(new(40, 44, 48), new(5, 5, 5), new(-50, -60, -70), Mat3.Identity);

    [Fact]
    public void The_box_holds_the_heart_and_ten_millimetres_and_is_a_multiple_of_eight()
    {
        var heart = Ball(Grid, new(20, 20, 20), 8);

        var box = HeartCrop.BoxOn(heart, Grid);

        // A ball of radius 8 spans voxels 12 to 28; two more on each side make 21, grown to 24 from 9.
        Assert.Equal(new Box3(9, 9, 9, Size3.Cube(24)), box);
    }

    [Fact]
    public void A_mask_on_a_grid_of_its_own_gives_the_same_box_by_position()
    {
        var heart = Reorient.To(Ball(Grid, new(20, 20, 20), 8), "PIR");

        Assert.Equal(HeartCrop.BoxOn(Ball(Grid, new(20, 20, 20), 8), Grid), HeartCrop.BoxOn(heart, Grid));
    }

    [Fact]
    public void A_heart_elsewhere_is_refused()
    {
        var heart = Ball(new(Grid.Size, Grid.Spacing, new(5000, 0, 0), Mat3.Identity), new(20, 20, 20), 8);

        Assert.Contains("does not meet the scan", Assert.Throws<CoraException>(() => HeartCrop.BoxOn(heart, Grid)).Message);
    }

    [Fact]
    public void Cropping_keeps_every_voxel_at_its_place_and_padding_has_the_fill_value()
    {
        var ball = Ball(Grid, new(3, 3, 3), 2);

        var cut = Crop.To(ball, new(-2, 1, 2, new(8, 5, 4)), (byte)7);

        Assert.Equal(7, cut[0, 0, 0]);
        Assert.Equal(ball[3, 3, 3], cut[5, 2, 1]);
        Assert.Equal(0, (ball.Geometry.ToPatient(new(3, 3, 3)) - cut.Geometry.ToPatient(new(5, 2, 1))).Length, 1e-9);
    }

    [Fact]
    public void A_mask_of_zeros_and_ones_is_the_heart_and_crumbs_are_dropped()
    {
        using var folder = new TemporaryFolder();
        var voxels = Ball(Grid, new(20, 20, 20), 8).Voxels.ToArray();
        voxels[0] = 1;
        Nifti.Write(folder["heart.nii.gz"], new Volume<byte>(Grid, voxels));

        var heart = HeartMask.Read(folder["heart.nii.gz"]);

        Assert.Equal(0, heart[0, 0, 0]);
        Assert.Equal(1, heart[20, 20, 20]);
    }

    [Fact]
    public void Names_in_the_file_outrank_the_table_of_numbers()
    {
        using var folder = new TemporaryFolder();
        var labels = Labels((51, new(10, 10, 10), 8), (7, new(30, 30, 30), 8));
        var names = Encoding.UTF8.GetBytes("<?xml version=\"1.0\"?><CaretExtension><Label Key=\"51\"><![CDATA[iliac_artery_left]]></Label><Label Key=\"7\"><![CDATA[heart]]></Label></CaretExtension>");
        Nifti.Write(folder["ml.nii.gz"], labels, new() { Extensions = [new(0, names)] });

        Assert.Equal(1, HeartMask.Read(folder["ml.nii.gz"])[30, 30, 30]);
        Assert.Equal(0, HeartMask.Read(folder["ml.nii.gz"])[10, 10, 10]);
    }

    [Fact]
    public void Without_names_the_size_tells_the_two_numberings_apart()
    {
        using var folder = new TemporaryFolder();
        Nifti.Write(folder["v2.nii.gz"], Labels((51, new(20, 20, 20), 8), (44, new(38, 40, 40), 1)));
        Nifti.Write(folder["v1.nii.gz"], Labels(
            (51, new(2, 2, 2), 1), (44, new(10, 20, 20), 5), (45, new(18, 20, 20), 5), (46, new(26, 20, 20), 5), (47, new(14, 30, 20), 5), (48, new(22, 30, 20), 5)));
        Nifti.Write(folder["unclear.nii.gz"], Labels((51, new(20, 20, 20), 1), (60, new(30, 30, 30), 2)));

        Assert.Equal(1, HeartMask.Read(folder["v2.nii.gz"])[20, 20, 20]);
        Assert.Equal(1, HeartMask.Read(folder["v1.nii.gz"])[18, 20, 20]);
        Assert.Equal(0, HeartMask.Read(folder["v1.nii.gz"])[2, 2, 2]);
        Assert.Contains("--heart-labels", Assert.Throws<CoraException>(() => HeartMask.Read(folder["unclear.nii.gz"])).Remedy);
        Assert.Equal(1, HeartMask.Read(folder["unclear.nii.gz"], HeartMask.ParseLabels("60"))[30, 30, 30]);
    }

    [Fact]
    public void Heart_chambers_of_high_resolution_are_one_heart_without_its_vessels()
    {
        using var folder = new TemporaryFolder();
        Nifti.Write(folder["chambers.nii.gz"], Labels(
            (1, new(10, 20, 20), 5), (2, new(18, 20, 20), 5), (3, new(26, 20, 20), 5), (4, new(14, 30, 20), 5), (5, new(22, 30, 20), 5), (6, new(34, 20, 20), 3), (7, new(34, 30, 20), 3)));

        var heart = HeartMask.Read(folder["chambers.nii.gz"]);

        Assert.Equal((1, 1, 0, 0), (heart[10, 20, 20], heart[22, 30, 20], heart[35, 20, 20], heart[35, 30, 20]));
    }

    [Fact]
    public void A_folder_of_one_file_a_structure_is_read_and_an_empty_heart_is_an_error()
    {
        using var folder = new TemporaryFolder();
        Nifti.Write(folder["heart_atrium_left.nii.gz"], Ball(Grid, new(18, 20, 20), 4));
        Nifti.Write(folder["heart_myocardium.nii.gz"], Ball(Grid, new(22, 20, 20), 4));
        Nifti.Write(folder["empty.nii.gz"], new Volume<byte>(Grid, new byte[Grid.Size.Count]));

        Assert.Equal(1, HeartMask.Read(folder[""])[15, 20, 20]);
        Assert.Equal(1, HeartMask.Read(folder[""])[25, 20, 20]);
        Assert.Contains("empty", Assert.Throws<CoraException>(() => HeartMask.Read(folder["empty.nii.gz"])).Message);
    }

    [Theory]
    [InlineData("44-48,51", 6)]
    [InlineData("51", 1)]
    public void Lists_of_labels_are_read(string text, int count) => Assert.Equal(count, HeartMask.ParseLabels(text).Length);

    [Theory]
    [InlineData("heart")]
    [InlineData("48-44")]
    [InlineData("1-2-3")]
    public void Lists_that_are_none_are_refused(string text) => Assert.Equal(ExitCode.Usage, Assert.Throws<CoraException>(() => HeartMask.ParseLabels(text)).Code);

    private static Volume<byte> Ball(Geometry grid, Vec3 centre, double radius) => new(grid, [.. Voxels(grid.Size).Select(v => (byte)((v - centre).Length <= radius ? 1 : 0))]);

    private static Volume<ushort> Labels(params (int Label, Vec3 Centre, double Radius)[] balls) => new(
        Grid, [.. Voxels(Grid.Size).Select(v => (ushort)balls.FirstOrDefault(b => (v - b.Centre).Length <= b.Radius).Label)]);

    private static IEnumerable<Vec3> Voxels(Size3 size) =>
        from z in Enumerable.Range(0, size.Z) from y in Enumerable.Range(0, size.Y) from x in Enumerable.Range(0, size.X) select new Vec3(x, y, z);
}
