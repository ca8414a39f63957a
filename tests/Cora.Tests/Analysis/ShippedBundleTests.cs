using System.Security.Cryptography;
using Cora.Analysis;
using Cora.Cohorts;
using Cora.Evaluation;
using Cora.Experiments;
using Cora.Imaging;
using Cora.Phantom;

namespace Cora.Tests.Analysis;

/// <summary>The bundle that comes with the program. It changes with the commit that makes it anew, and with this hash.</summary>
public sealed class ShippedBundleTests
{
    private const string Sha256 = "5a0fd4fc879f061f078d527c0a1a6212dd95e2762c24b0eb16045e578f86c4c9";

    [Fact]
    public void It_is_the_one_that_was_published_and_has_seen_phantoms_only()
    {
        using var bundle = ModelBundle.Open(ModelBundle.ShippedPath);

        Assert.Equal(Sha256, Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(ModelBundle.ShippedPath))));
        Assert.True(bundle.Manifest.PhantomOnly);
        Assert.Superset(new HashSet<BundleRole> { BundleRole.Heart, BundleRole.Response }, bundle.Manifest.Models.Select(m => m.Role).ToHashSet());
        Assert.True(new FileInfo(ModelBundle.ShippedPath).Length < 8_000_000);
    }

    [Fact]
    public void On_a_real_scan_its_box_with_the_margin_holds_the_whole_heart_though_it_is_too_large()
    {
        var scan = VolumeFile.Read<short>(Fixture.SharedPath("data/real-ct/totalseg_aorta_cta_1p5mm.nii.gz"));
        var heart = HeartMask.Read(Fixture.SharedPath("data/real-ct/totalseg_heart_mask_larger_grid.nii.gz"));
        using var bundle = ModelBundle.Open(ModelBundle.ShippedPath);
        using var localiser = new HeartLocaliser(bundle.RunOf(BundleRole.Heart), "cpu", 2);

        var found = localiser.Find(scan, TestContext.Current.CancellationToken);
        var (kept, there) = (HeartCrop.BoxOn(found.Mask, scan.Geometry).Within(scan.Geometry.Size), HeartCrop.BoxOn(heart, scan.Geometry, 0, 1));
        var score = HeartScore.Of(found.Mask, heart);

        Assert.Null(found.Refusal);
        Assert.Equal(kept, Bounds.Around(kept, there));
        Assert.True(score.Dice > 0.5, $"Dice {score.Dice}, box {score.BoxOverlap}, {score.BoxErrorMm} mm");          // 0.62, 0.52 and 39 mm when it was made
    }

    [Fact]
    public void Its_localiser_finds_the_heart_of_a_phantom_that_it_never_saw()
    {
        var phantom = PhantomPatient.Draw(new() { Cases = 1, Sites = 2, Size = 56, SpacingMm = 4, FieldMm = 125, Seed = 977 }, Split.ExternalTest, 1, 0).Render();
        using var bundle = ModelBundle.Open(ModelBundle.ShippedPath);
        using var localiser = new HeartLocaliser(bundle.RunOf(BundleRole.Heart), "cpu", 2);

        var found = localiser.Find(phantom.Image, TestContext.Current.CancellationToken);
        var score = HeartScore.Of(found.Mask, phantom.Heart);

        Assert.Null(found.Refusal);
        Assert.True(score.Dice > 0.7 && score.BoxOverlap > 0.5, $"Dice {score.Dice}, box {score.BoxOverlap}");
    }
}
