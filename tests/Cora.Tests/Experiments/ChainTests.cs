using Cora.Cohorts;
using Cora.Experiments;

namespace Cora.Tests.Experiments;

public sealed class ChainTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly List<string> made = [];

    public void Dispose() => folder.Dispose();

    private Chain Of(params IReadOnlyList<ChainStep> steps) => new(steps, folder["out"], TimeProvider.System);

    private ChainStep Step(string name, Action? work = null, params IReadOnlyList<string> needs) => new(
        name, "test", $"{name}.csv", needs, () => new(60, 1_000_000, 2_000_000), () => made.Contains(name),
        (_, _) =>
        {
            work?.Invoke();
            made.Add(name);
        });

    private string[] Column(string column)
    {
        var table = Table.Read(folder["out/steps.csv"]);
        return [.. table.Rows.Select(r => table.Field(r, column))];
    }

    [Fact]
    public void A_finished_step_is_not_repeated()
    {
        made.Add("one");

        Of(Step("one"), Step("two")).Run(null, CancellationToken.None);

        Assert.Equal(["one", "two"], made);
        Assert.Equal(["done", "done"], Column("state"));
    }

    [Fact]
    public void The_forecast_counts_only_what_is_left()
    {
        made.Add("one");

        Assert.Equal(
            [
                "step 1 of 3 · one · done already · one.csv", "step 2 of 3 · two · about 60 s · two.csv", "step 3 of 3 · three · about 60 s · three.csv",
                "in all about 2 min at this machine's pace, 2 MB of disk, 2 MB of memory at the highest",
            ],
            Of(Step("one"), Step("two"), Step("three")).Forecast());
    }

    [Fact]
    public void A_stop_ends_it_between_steps_and_the_same_call_goes_on()
    {
        using var stop = new CancellationTokenSource();
        var chain = Of(Step("one", stop.Cancel), Step("two"));

        Assert.Throws<OperationCanceledException>(() => chain.Run(null, stop.Token));
        Assert.Equal(["one"], made);

        chain.Run(null, CancellationToken.None);
        Assert.Equal(["one", "two"], made);
    }

    [Fact]
    public void A_failed_step_costs_only_those_that_need_it()
    {
        var isMended = false;
        var chain = Of(
            Step("one", () => { if (!isMended) throw new CoraException("The file is torn.", "Fetch it again."); }), Step("two", null, "one"), Step("three"), Step("four", null, "two"),
            Step("five", () => { if (!isMended) throw new InvalidOperationException("not thought of"); }));

        var failed = chain.Run(null, CancellationToken.None);

        Assert.Equal(["three"], made);
        Assert.Equal(["one", "two", "four", "five"], failed.Select(f => f.Step));
        Assert.Equal(["failed", "skipped", "done", "skipped", "failed"], Column("state"));
        Assert.Equal("The file is torn.", Column("cause")[0]);
        Assert.Contains("defect", failed[3].Cause, StringComparison.Ordinal);
        Assert.Equal(4, Table.Read(folder["out/failures.csv"]).Rows.Count);

        isMended = true;
        Assert.Empty(chain.Run(null, CancellationToken.None));
        Assert.Equal(["three", "one", "two", "four", "five"], made);
        Assert.False(File.Exists(folder["out/failures.csv"]));
    }

    [Fact]
    public void A_full_disk_ends_the_chain_at_once()
    {
        var chain = Of(Step("one", () => throw new CoraException("The disk is full.", "Make room.", ExitCode.Resources)), Step("two"));

        Assert.Equal(ExitCode.Resources, Assert.Throws<CoraException>(() => chain.Run(null, CancellationToken.None)).Code);

        Assert.Empty(made);
    }
}
