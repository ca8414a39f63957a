using Cora.Cohorts;

namespace Cora.Tests.Cohorts;

public sealed class TableTests
{
    [Theory]
    [InlineData("a,b\n1,x\n")]
    [InlineData("a,b\r\n1,x\r\n")]
    [InlineData("a,b\r1,x\r")]
    [InlineData("\uFEFFa,b\r\n1,x")]
    [InlineData("a, b\r\n1 ,x\r\n,\r\n\r\n")]
    public void Spreadsheets_of_every_system_are_read_alike(string text)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["t.csv"], text);

        var table = Table.Read(folder["t.csv"]);

        Assert.Equal(["a", "b"], table.Header);
        Assert.Equal("x", table.Field(Assert.Single(table.Rows), "b"));
    }

    [Fact]
    public void What_was_written_is_read_again_commas_quotes_and_lines_included()
    {
        using var folder = new TemporaryFolder();
        Table.Write(folder["t.csv"], ["a", "b"], [[1.5, "x,\"y\"\nz"], [null, true]]);

        var table = Table.Read(folder["t.csv"]);

        Assert.Equal(["1.5", "x,\"y\"\nz"], table.Rows[0]);
        Assert.Equal(["", "1"], table.Rows[1]);
        Assert.DoesNotContain('\r', File.ReadAllText(folder["t.csv"]));
    }
}
