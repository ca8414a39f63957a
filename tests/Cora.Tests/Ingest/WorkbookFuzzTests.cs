using CsCheck;
using Cora.Ingest;

namespace Cora.Tests.Ingest;

public sealed class WorkbookFuzzTests
{
    [Fact]
    public void A_damaged_workbook_is_read_or_refused()
    {
        using var folder = new TemporaryFolder();
        ArchiveFixture.WriteWorkbook(folder["right.xlsx"], [["FileName", "Split-1"], [1, "Training"], [2, "Val"]]);
        var right = File.ReadAllBytes(folder["right.xlsx"]);
        Assert.Equal([["FileName", "Split-1"], ["1", "Training"], ["2", "Val"]], Workbook.Read(folder["right.xlsx"]));

        (from edits in Gen.Select(Gen.Int[0, right.Length - 1], Gen.Byte).Array[1, 8] from cut in Gen.Int[right.Length / 2, 4 * right.Length] select (edits, cut)).Sample(
            d =>
            {
                var wrong = right.ToArray();
                foreach (var (at, value) in d.edits) wrong[at] = value;
                var path = folder[$"{Environment.CurrentManagedThreadId}.xlsx"];
                File.WriteAllBytes(path, d.cut < wrong.Length ? wrong[..d.cut] : wrong);
                try
                {
                    Workbook.Read(path);
                }
                catch (CoraException)
                {
                    // Refused: as good as read.
                }
            }, iter: 300);
    }
}
