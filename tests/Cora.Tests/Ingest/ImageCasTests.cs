using Cora.Cohorts;
using Cora.Imaging;
using Cora.Ingest;
using Cora.Tests.Cli;
using static Cora.Tests.Ingest.ArchiveFixture;

namespace Cora.Tests.Ingest;

public sealed class ImageCasTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Folders_as_distributed_are_joined_by_number_and_copies_are_compared()
    {
        Pair("1-200", 1, 11);
        Pair("1-200", 2, 12);
        Pair("201-400", 201, 13);
        Pair("201-400(1)", 201, 13);          // the same again
        Pair("201-400", 202, 14);
        Pair("201-400(1)", 202, 99);          // another scan under the same number
        Pair("401-600", 401, 11);             // case 1 under another number
        Nifti.Write(folder["in/1-200/3.img.nii.gz"], Scan(15));
        Nifti.Write(folder["in/1-200/4.label.nii.gz"], Mask());
        File.WriteAllText(folder["in/801-1000.z01"], "");

        var archive = ImageCasArchive.Find(folder["in"], ImageCasSplit.None);
        Run(archive, folder["out"]);

        Assert.Equal(["imagecas_0001", "imagecas_0002", "imagecas_0201"], Cohort.Load(folder["out"]).Cases.Select(c => c.CaseId));
        var failures = Failures(folder["out"]);
        Assert.Contains("hold other voxels", failures["imagecas_0202"].Cause);
        Assert.Contains("same voxels as case imagecas_0001", failures["imagecas_0401"].Cause);
        Assert.Contains("has no mask", failures["imagecas_0003"].Cause);
        Assert.Contains("has no scan", failures["imagecas_0004"].Cause);
        Assert.Contains(archive.Warnings, w => w.Contains("change2zip", StringComparison.Ordinal));
        Assert.Contains(archive.Warnings, w => w.StartsWith("394 numbers below 401", StringComparison.Ordinal));
        Assert.DoesNotContain("(1)", archive.Cases.Single(c => c.CaseId == "imagecas_0201").Image);
    }

    [Fact]
    public void The_papers_split_has_its_sizes_is_nested_and_is_written_to_the_disk()
    {
        Names(1000);

        var archive = ImageCasArchive.Find(folder["in"], ImageCasSplit.Paper);
        var again = ImageCasArchive.Find(folder["in"], ImageCasSplit.Paper);

        var count = archive.Cases.GroupBy(c => c.Split).ToDictionary(g => g.Key, g => g.Count());
        Assert.Equal((60, 40, 800, 100), (count[Split.InternalTest], count[Split.Validation], count[Split.Train], count[Split.None]));
        Assert.Equal(archive.Lists, again.Lists);
        string[][] training = [.. new[] { 50, 100, 200, 400, 800 }.Select(n => List($"train-{n}"))];
        Assert.Equal([50, 100, 200, 400, 800], training.Select(t => t.Length));
        Assert.All(training.Zip(training.Skip(1)), pair => Assert.Equal(pair.First, pair.Second[..pair.First.Length]));
        Assert.Equal(900, List("test").Concat(List("validation")).Concat(training[4]).Distinct().Count());
        Assert.Equal(archive.Cases.Where(c => c.Split == Split.InternalTest).Select(c => c.CaseId), List("test").Order(StringComparer.Ordinal));

        string[] List(string name) => archive.Lists[$"splits/{name}.txt"].Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    [Fact]
    public void Too_few_cases_for_the_papers_split_are_refused_before_any_work()
    {
        Names(149);

        var (code, _, error) = InProcess.Run("import", "imagecas", folder["in"], "--out", folder["out"]);

        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains("149 cases are too few", error);
        Assert.False(Directory.Exists(folder["out"]));
    }

    [Fact]
    public void The_workbook_joins_by_number_and_other_ids_only_by_row_order_when_asked()
    {
        Names(4);
        object?[][] byNumber = [["4-fold cross validation"], ["FileName", "Split-1", "Split-2"], [3, "Training", "Val"], [1, "Testing", "Training"], [2, "Val", "Testing"], [4, null, "Training"]];
        object?[][] byId = [["4-fold cross validation"], ["FileName", "Split-1"], [10016975, "Training"], [10016976, "Val"], [12087501, "Testing"], ["10099999", "Training"]];
        WriteWorkbook(folder["number.xlsx"], byNumber);
        WriteWorkbook(folder["id.xlsx"], byId);
        File.WriteAllText(folder["id.csv"], "4-fold cross validation,\nFileName,Split-1\n10016975,Training\n10016976,Val\n12087501,Testing\n10099999,Training\n");

        Assert.Equal([Split.Train, Split.InternalTest, Split.Validation, Split.Train], Splits("number.xlsx", "Split-2"));
        Assert.Contains("\"\"", Assert.Throws<CoraException>(() => Splits("number.xlsx", "Split-1")).Message);          // case 4 has none there
        var refused = Assert.Throws<CoraException>(() => Splits("id.xlsx"));
        Assert.Contains("--map-by-row-order", refused.Remedy);
        Split[] inRows = [Split.Train, Split.Validation, Split.InternalTest, Split.Train];
        Assert.Equal(inRows, Splits("id.xlsx", byRow: true));
        Assert.Equal(inRows, Splits("id.csv", byRow: true));
        Assert.Contains(ImageCasArchive.Find(folder["in"], ImageCasSplit.Official, folder["id.xlsx"], mapByRowOrder: true).Warnings, w => w.Contains("as you asked", StringComparison.Ordinal));
        Assert.Equal(ExitCode.Usage, Assert.Throws<CoraException>(() => ImageCasArchive.Find(folder["in"], ImageCasSplit.Official)).Code);

        IEnumerable<Split> Splits(string file, string column = "Split-1", bool byRow = false) =>
            ImageCasArchive.Find(folder["in"], ImageCasSplit.Official, folder[file], column, byRow).Cases.Select(c => c.Split);
    }

    [Fact]
    public void A_file_that_is_no_workbook_is_refused()
    {
        Names(1);
        File.WriteAllText(folder["no.xlsx"], "no zip");
        WriteWorkbook(folder["empty.xlsx"], []);

        Assert.Contains("no readable workbook", Assert.Throws<CoraException>(() => ImageCasArchive.Find(folder["in"], ImageCasSplit.Official, folder["no.xlsx"])).Message);
        Assert.Contains("no row of names", Assert.Throws<CoraException>(() => ImageCasArchive.Find(folder["in"], ImageCasSplit.Official, folder["empty.xlsx"])).Message);
    }

    [Fact]
    public void The_split_stands_in_the_table_and_its_lists_beside_it()
    {
        foreach (var n in new[] { 1, 2, 3 }) Pair("1-200", n, n);
        File.WriteAllText(folder["s.csv"], "FileName,Split-1\n1,Training\n2,Val\n3,Testing\n");

        var (code, _, _) = InProcess.Run("import", "imagecas", folder["in"], "--out", folder["out"], "--split", "official", "--split-file", folder["s.csv"], "--quiet");

        Assert.Equal(ExitCode.Done, code);
        Assert.Equal([Split.Train, Split.Validation, Split.InternalTest], Cohort.Load(folder["out"]).Cases.Select(c => c.Split));
        Assert.Equal("imagecas_0003\n", File.ReadAllText(folder["out/splits/split-1-internal_test.txt"]));
    }

    private void Pair(string group, int number, int mark)
    {
        Nifti.Write(folder[$"in/{group}/{number}.img.nii.gz"], Scan(mark));
        Nifti.Write(folder[$"in/{group}/{number}.label.nii.gz"], Mask());
    }

    /// <summary>Names alone: looking through an archive opens no volume.</summary>
    private void Names(int count)
    {
        Directory.CreateDirectory(folder["in"]);
        for (var n = 1; n <= count; n++)
        {
            File.WriteAllText(folder[$"in/{n}.img.nii.gz"], "");
            File.WriteAllText(folder[$"in/{n}.label.nii.gz"], "");
        }
    }
}
