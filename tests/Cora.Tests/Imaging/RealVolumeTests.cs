using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Cora.Imaging;

namespace Cora.Tests.Imaging;

/// <summary>Real CT and masks against facts that were established with other programs.</summary>
public sealed class RealVolumeTests
{
    public static TheoryData<string> Files =>
    [
        "cmbcrc_heart_native.nii.gz", "lidc0314_heart_noncontrast_native.nii.gz", "rider_ctpa_lower_heart_native.nii.gz",
        "totalseg_abdomen_pelvis_3mm_int32.nii.gz", "totalseg_aorta_cta_1p5mm.nii.gz", "totalseg_aorta_cta_1p5mm_mask_annulus_stj.nii.gz",
        "totalseg_aorta_cta_1p5mm_mask_aorta.nii.gz", "totalseg_heart_mask_larger_grid.nii.gz",
    ];

    [Theory]
    [MemberData(nameof(Files))]
    public void A_real_volume_has_the_published_facts(string file)
    {
        var fact = FactsOf(file);

        var facts = VolumeFile.Facts(Fixture.SharedPath("data/real-ct/" + file));

        // The table prints its numbers with these digits.
        Assert.Equal(fact["dims"], string.Join('x', facts.Shape));
        Assert.Equal(Numbers(fact["spacing"]), facts.SpacingMm, (a, b) => Math.Abs(a - b) < 1e-5);
        Assert.Equal(Numbers(fact["origin_ras"]), facts.Affine.Take(3).Select(row => row[3]), (a, b) => Math.Abs(a - b) < 1e-3);
        Assert.Equal(fact["axes"], facts.Orientation);
        Assert.Equal(fact["dtype"], facts.DataType);
        Assert.Equal(Numbers(fact["min"])[0], facts.Minimum);
        Assert.Equal(Numbers(fact["max"])[0], facts.Maximum);
        Assert.Equal(Numbers(fact["mean"])[0], facts.Mean!.Value, 1e-4);
        Assert.Equal(0, facts.NanCount + facts.InfiniteCount);
    }

    [Theory]
    [MemberData(nameof(Files))]
    [SuppressMessage("Security", "CA5350", Justification = "The published checksums are SHA-1; nothing is protected by them.")]
    public void The_HU_of_a_real_volume_have_the_published_checksum(string file)
    {
        var fact = FactsOf(file);

        var volume = VolumeFile.Read<short>(Fixture.SharedPath("data/real-ct/" + file));

        Assert.Equal(fact["sha1_hu_int16_le"], Convert.ToHexStringLower(SHA1.HashData(MemoryMarshal.AsBytes(volume.Voxels))));
    }

    [Fact]
    public void A_real_mask_reads_as_labels_and_its_heart_lies_where_it_was_seen()
    {
        var mask = VolumeFile.Read<byte>(Fixture.SharedPath("data/real-ct/totalseg_heart_mask_larger_grid.nii.gz"));
        var image = VolumeFile.ReadGeometry(Fixture.SharedPath("data/real-ct/totalseg_aorta_cta_1p5mm.nii.gz"));

        var count = 0;
        foreach (var voxel in mask.Voxels) count += voxel;
        var corner = mask.Geometry.ToIndex(image.ToPatient(default));

        Assert.Equal(198176, count);
        Assert.Equal(0, (corner - new Vec3(72, 13, 0)).Length, 0.01);
    }

    private static Dictionary<string, string> FactsOf(string file)
    {
        var rows = File.ReadAllLines(Fixture.SharedPath("data/real-ct/facts.tsv")).Select(line => line.Split('\t')).ToList();
        var row = rows.Single(r => r[0] == file);
        return rows[0].Zip(row).ToDictionary(p => p.First, p => p.Second);
    }

    private static double[] Numbers(string text) => [.. text.Split(' ').Select(t => double.Parse(t, CultureInfo.InvariantCulture))];
}
