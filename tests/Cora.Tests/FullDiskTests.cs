using Cora.Imaging;

namespace Cora.Tests;

public sealed class FullDiskTests
{
    [Fact]
    public void A_full_disk_ends_with_exit_code_5_and_leaves_the_old_file_as_it_was()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "needs the device that is always full");
        using var folder = new TemporaryFolder();
        var volume = new Volume<short>(Geometry.Isotropic(Size3.Cube(64), 1), new short[64 * 64 * 64]);
        Nifti.Write(folder["v.nii"], volume);
        var before = File.ReadAllBytes(folder["v.nii"]);

        // What is written aside goes to a device without room.
        File.CreateSymbolicLink(folder["v.nii.part"], "/dev/full");
        var problem = Assert.Throws<CoraException>(() => Nifti.Write(folder["v.nii"], volume.Select(v => (short)(v + 1))));

        Assert.Equal(ExitCode.Resources, problem.Code);
        Assert.Contains("Free disk space", problem.Remedy, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(folder["v.nii"]));
        Assert.False(File.Exists(folder["v.nii.part"]));
    }
}
