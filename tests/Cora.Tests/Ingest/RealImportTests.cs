using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Cora.Cohorts;
using Cora.Imaging;
using Cora.Ingest;

namespace Cora.Tests.Ingest;

/// <summary>A real CT with a segmenter's real mask, and a real clinical table.</summary>
public sealed class RealImportTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_real_heart_mask_on_a_larger_grid_is_laid_onto_its_scan()
    {
        var scan = Fixture.SharedPath("data/real-ct/totalseg_aorta_cta_1p5mm.nii.gz");
        Directory.CreateDirectory(folder["in/images"]);
        Directory.CreateDirectory(folder["in/heart/aorta"]);
        File.Copy(scan, folder["in/images/aorta.nii.gz"]);
        File.Copy(Fixture.SharedPath("data/real-ct/totalseg_heart_mask_larger_grid.nii.gz"), folder["in/heart/aorta/heart.nii.gz"]);
        File.Copy(Fixture.SharedPath("data/real-ct/totalseg_abdomen_pelvis_3mm_int32.nii.gz"), folder["in/images/abdomen.nii.gz"]);

        Assert.Equal(2, ArchiveFixture.Run(NiftiArchive.Find(folder["in"], new()), folder["out"]).Done);

        // Published: the hash of the HU, and heart box (13,13,37)..(108,88,122) of 198,176 voxels, crumbs included.
        var image = VolumeFile.Read<short>(folder["out/images/aorta.nii.gz"]);
#pragma warning disable CA5350 // the hash that was published, no secret
        Assert.Equal("6f42bb6f76f02303abe0f7967db08c22353df2d0", Convert.ToHexStringLower(SHA1.HashData(MemoryMarshal.AsBytes(image.Voxels))));
#pragma warning restore CA5350
        var heart = VolumeFile.Read<byte>(folder["out/heart/aorta.nii.gz"]);
        Assert.True(heart.Geometry.Matches(image.Geometry));
        Assert.InRange(heart.Voxels.Count((byte)1), 197_000, 198_176);
        var at = heart.Voxels.ToArray().Index().Where(v => v.Item == 1).Select(v => v.Index).ToArray();
        var (nx, ny) = (image.Geometry.Size.X, image.Geometry.Size.Y);
        Assert.Equal((13, 13, 37), (at.Min(i => i % nx), at.Min(i => i / nx % ny), at.Min(i => i / nx / ny)));
        Assert.Equal((108, 88, 122), (at.Max(i => i % nx), at.Max(i => i / nx % ny), at.Max(i => i / nx / ny)));
    }

    [Fact]
    public void A_real_table_with_cholesterol_in_mmol_is_refused_as_mg_and_converted_as_mmol()
    {
        // South African heart disease data; its lines of names begin with %row.names.
        var table = Fixture.SharedPath("data/real-ct/clinical/SAheart.data");
        foreach (var i in Enumerable.Range(1, 3)) Nifti.Write(folder[$"c/images/{i}.nii"], ArchiveFixture.Scan(i));
        CohortFiles.Write(folder["c"], new() { Name = "c", MadeBy = "test" }, [.. Enumerable.Range(1, 3).Select(i => new CaseRow { CaseId = $"{i}", PatientId = $"{i}", Image = $"images/{i}.nii" })], [], []);
        const string Dictionary = "[table]\nid = \"%row.names\"\n[columns.age]\nfrom = \"age\"\nunit = \"years\"\n[columns.systolic_bp]\nfrom = \"sbp\"\nunit = \"mmHg\"\n[columns.bmi]\nfrom = \"obesity\"\nunit = \"kg/m2\"\n[columns.ldl_cholesterol]\nfrom = \"ldl\"\nunit = \"{0}\"\n";
        File.WriteAllText(folder["mg.toml"], Dictionary.Replace("{0}", "mg/dL"));
        File.WriteAllText(folder["mmol.toml"], Dictionary.Replace("{0}", "mmol/L"));

        var refused = Assert.Throws<CoraException>(() => ClinicalImport.Fill(Cohort.Load(folder["c"]), table, folder["mg.toml"]));
        var outcome = ClinicalImport.Fill(Cohort.Load(folder["c"]), table, folder["mmol.toml"]);

        Assert.Contains("it would fit mmol/L", refused.Message);
        Assert.Equal((3, 0, 459), (outcome.Cases, outcome.Failures.Count, outcome.UnknownRows));
        var first = Cohort.Load(folder["c"]).Clinical.First();
        Assert.Equal((52, 160, 25.3), (first.Age, first.SystolicBp, first.Bmi));
        Assert.Equal(221.6, first.LdlCholesterol!.Value, 0.1);          // 5.73 mmol/L
    }
}
