using Cora.Evaluation;

namespace Cora.Tests.Evaluation;

public sealed class PredictionTableTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Columns_stand_in_any_order_and_others_are_kept()
    {
        var table = Read("\uFEFFprobability, truth ,site,case_id\r\n0.25,1,\"north, old\",a\r\n\r\n1e-3,0.0,,b\r\n");

        var only = Assert.Single(table.Targets);
        Assert.Equal("target", only.Target);
        Assert.Equal(["a", "b"], only.CaseIds);
        Assert.Equal([0.25, 0.001], only.Cases.Scores.ToArray());
        Assert.Equal([true, false], only.Cases.Truth.ToArray());
        Assert.Equal(["north, old", ""], only.Columns["site"]);
    }

    [Fact]
    public void A_case_may_stand_once_for_every_target()
    {
        var table = Read("case_id,target,truth,probability\na,soft,1,0.5\na,hard,0,0.25\nb,soft,0,0.125\n");

        Assert.Equal([("soft", 2), ("hard", 1)], table.Targets.Select(t => (t.Target, t.Cases.Count)));
    }

    [Fact]
    public void Every_problem_is_told_at_once()
    {
        var refusal = Assert.Throws<CoraException>(() => Read(
            "case_id,target,truth,probability\n,t,1,0.5\na,,1,0.5\nb,t,2,0.5\nc,t,yes,0.5\nd,t,1,NaN\ne,t,1,1.01\nf,t,1,\ng,t,1,0,5\nh,t,1,0.5\nh,t,1,0.5\ni,t,-1,-0.1\nj,t,1\n"));

        Assert.Equal(ExitCode.Input, refusal.Code);
        Assert.Contains("has 12 problems", refusal.Message, StringComparison.Ordinal);
        Assert.All(
            [
                "row 2: case_id is empty", "row 3: target is empty", "row 4: truth = 2, expected 0 or 1", "row 5: truth = yes", "row 6: probability = NaN, expected a number from 0 to 1",
                "row 7: probability = 1.01", "row 8: probability is empty", "row 9: 5 fields, the header has 4; a decimal comma?", "row 11: case h stands twice for target t",
                "row 12: truth = -1", "row 12: probability = -0.1", "row 13: probability is empty",
            ],
            told => Assert.Contains(told, refusal.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("", "the table is empty")]
    [InlineData("case_id,truth,probability\n", "the table has no row")]
    [InlineData("case,truth\na,1\n", "columns case_id, probability missing; the header has case, truth")]
    [InlineData("case_id;truth;probability\na;1;0.5\n", "columns case_id, truth, probability missing")]
    [InlineData("case_id,truth,probability,truth\na,1,0.5,0\n", "column truth stands twice")]
    [InlineData("case_id,truth,probability\na,1,0.\"5\n", "a quotation mark is out of place")]
    public void A_table_that_is_none_is_refused(string text, string told) =>
        Assert.Contains(told, Assert.Throws<CoraException>(() => Read(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_file_that_is_not_there_is_refused() =>
        Assert.Contains("cannot be read", Assert.Throws<CoraException>(() => PredictionTable.Read(folder["no.csv"])).Message, StringComparison.Ordinal);

    [Fact]
    public void Another_table_is_brought_into_the_same_order()
    {
        var first = Read("case_id,truth,probability\na,1,0.5\nb,0,0.25\nc,0,0.1\n");
        var second = Read("case_id,truth,probability,site\nc,0,0.3,x\na,1,0.1,y\nb,0,0.2,z\n").InOrderOf(first).Targets[0];

        Assert.Equal(["a", "b", "c"], second.CaseIds);
        Assert.Equal([0.1, 0.2, 0.3], second.Cases.Scores.ToArray());
        Assert.Equal(["y", "z", "x"], second.Columns["site"]);
    }

    [Fact]
    public void Other_cases_truths_and_targets_are_all_told()
    {
        var first = Read("case_id,target,truth,probability\na,t,1,0.5\nb,t,0,0.25\nc,t,0,0.1\na,u,1,0.5\n");
        var second = Read("case_id,target,truth,probability\na,t,0,0.5\nb,t,0,0.25\nd,t,0,0.1\na,v,1,0.5\n");

        var refusal = Assert.Throws<CoraException>(() => second.InOrderOf(first));

        Assert.Contains("has 5 problems", refusal.Message, StringComparison.Ordinal);
        Assert.All(
            ["target v is not in", "target u of", "case d of target t is not in", "case c of target t of", "case a of target t has truth 0, in"],
            told => Assert.Contains(told, refusal.Message, StringComparison.Ordinal));
    }

    private int files;

    private PredictionTable Read(string text)
    {
        var path = folder[$"{files++}.csv"];
        File.WriteAllText(path, text);
        return PredictionTable.Read(path);
    }
}
