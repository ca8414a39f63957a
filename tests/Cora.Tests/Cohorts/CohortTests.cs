using Cora.Cohorts;

namespace Cora.Tests.Cohorts;

public sealed class CohortTests
{
    [Fact]
    public void A_written_cohort_is_read_as_it_was()
    {
        using var folder = new TemporaryFolder();
        var (cases, clinical, lesions) = Small(folder);

        var cohort = CohortFiles.Write(folder.Path, new() { Name = "small", MadeBy = "test" }, cases, clinical, lesions);

        Assert.Equal(cases, cohort.Cases);
        Assert.Equal(clinical, cohort.Clinical);
        Assert.Equal(lesions, cohort.Lesions);
        Assert.Equal(64, cohort.Description.ContentHash!.Length);
        Assert.Equal("a", Assert.Single(cohort.Of(Split.Pretrain)).CaseId);
    }

    [Fact]
    public void The_content_hash_knows_every_byte()
    {
        using var folder = new TemporaryFolder();
        var (cases, clinical, lesions) = Small(folder);
        var before = CohortFiles.Write(folder.Path, new() { Name = "small", MadeBy = "test" }, cases, clinical, lesions).Description.ContentHash;

        File.WriteAllText(folder["images/b.nii"], "c");

        Assert.NotEqual(before, CohortFiles.ContentHash(folder.Path, cases));
    }

    [Fact]
    public void Where_tables_only_have_changed_old_files_are_not_read_again_and_new_ones_are()
    {
        using var folder = new TemporaryFolder();
        var (cases, clinical, lesions) = Small(folder);
        var description = new CohortDescription { Name = "small", MadeBy = "test" };
        foreach (var file in cases.SelectMany(c => c.Files())) File.SetLastWriteTimeUtc(folder[file.Path], new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        var first = CohortFiles.Write(folder.Path, description, cases, clinical, lesions).Description.ContentHash;
        var sums = File.ReadAllLines(folder["SHA256SUMS"]);

        Assert.Equal(cases.Sum(c => c.Files().Count()), sums.Length);
        Assert.Contains(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(folder["images/b.nii"]))) + "  images/b.nii", sums);

        // What is written down is believed of a file that is older than it, which an invented line shows.
        File.WriteAllLines(folder["SHA256SUMS"], sums.Select(line => line.EndsWith("images/b.nii", StringComparison.Ordinal) ? new string('0', 64) + "  images/b.nii" : line));
        Assert.NotEqual(first, Again(tablesOnly: true));
        Assert.Equal(first, Again(tablesOnly: false));
        Assert.Equal(first, Again(tablesOnly: true));

        File.WriteAllText(folder["images/b.nii"], "changed a moment ago");
        Assert.Equal(CohortFiles.ContentHash(folder.Path, cases), Again(tablesOnly: true));
        Assert.NotEqual(first, Again(tablesOnly: true));

        string? Again(bool tablesOnly) => CohortFiles.Write(folder.Path, description, cases, clinical, lesions, tablesOnly).Description.ContentHash;
    }

    [Fact]
    public void Every_problem_of_the_tables_is_told_at_once()
    {
        using var folder = new TemporaryFolder();
        var (cases, clinical, lesions) = Small(folder);
        CohortFiles.Write(folder.Path, new() { Name = "small", MadeBy = "test" }, cases, clinical, lesions);
        File.WriteAllText(folder["cases.csv"], """
            case_id,patient_id,site,split,image,arteries,heart,plaques,stenoses,report,calcified_plaque,non_calcified_plaque,mace_30d,extra
            a,p,s0,pretrain,images/a.nii,,,,,,1,0,,kept
            a,p,s0,train,../../outside.nii,,,,,,yes,0,,
            c,q,s0,somewhere,images/missing.nii,,,,,,1,0,,
            """);
        File.WriteAllText(folder["clinical.csv"], File.ReadAllText(folder["clinical.csv"]).Replace("63.5", "635").Replace("b,", "z,"));

        var refused = Assert.Throws<CoraException>(() => Cohort.Load(folder.Path));

        Assert.Equal(ExitCode.Input, refused.Code);
        foreach (var part in new[]
        {
            "row 3: case_id a stands twice", "row 3: patient p stands in split train and in pretrain", "lies outside of the cohort's folder",
            "calcified_plaque = yes, expected 0, 1 or nothing", "split = somewhere, expected pretrain, train, validation, internal_test, external_test",
            "images/missing.nii: there is no such file", "age = 635, expected a number from 0 to 120", "case z is not in cases.csv",
        }) Assert.Contains(part, refused.Message);
    }

    [Theory]
    [InlineData("case_id")]
    [InlineData("split")]
    [InlineData("mace_30d")]
    public void A_missing_column_is_named(string column)
    {
        using var folder = new TemporaryFolder();
        var (cases, clinical, lesions) = Small(folder);
        CohortFiles.Write(folder.Path, new() { Name = "small", MadeBy = "test" }, cases, clinical, lesions);
        File.WriteAllText(folder["cases.csv"], File.ReadAllText(folder["cases.csv"]).Replace(column, "other_" + column));

        Assert.Contains($"column {column} missing", Assert.Throws<CoraException>(() => Cohort.Load(folder.Path)).Message);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(24.9, 1)]
    [InlineData(25, 2)]
    [InlineData(69.9, 3)]
    [InlineData(99.9, 4)]
    [InlineData(100, 5)]
    public void Stenosis_grades_follow_the_bins_of_CAD_RADS(double percent, int grade) => Assert.Equal(grade, LesionRow.GradeOf(percent));

    private static (CaseRow[] Cases, ClinicalRow[] Clinical, LesionRow[] Lesions) Small(TemporaryFolder folder)
    {
        Directory.CreateDirectory(folder["images"]);
        File.WriteAllText(folder["images/a.nii"], "a");
        File.WriteAllText(folder["images/b.nii"], "b");
        return (
            [
                new() { CaseId = "a", PatientId = "p", Site = "s0", Split = Split.Pretrain, Image = "images/a.nii", CalcifiedPlaque = true },
                new() { CaseId = "b", PatientId = "q", Site = "s1", Split = Split.ExternalTest, Image = "images/b.nii", Mace30d = false },
            ],
            [
                new() { CaseId = "a", Age = 63.5, Sex = "female", Hypertension = true },
                new() { CaseId = "b", LdlCholesterol = 96.25, TobaccoUse = "former" },
            ],
            [new("a", 1, Composition.Mixed, 55, 3), new("b", 2, Composition.NonCalcified, null, null)]);
    }
}
