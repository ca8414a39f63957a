using Cora.Experiments;

namespace Cora.Tests.Experiments;

public sealed class ChainTests
{
    private readonly List<string> made = [];

    private ChainStep Step(string name, Action? work = null) => new(
        name, $"{name}.csv", 60, () => made.Contains(name),
        (_, _) =>
        {
            work?.Invoke();
            made.Add(name);
        });

    [Fact]
    public void A_finished_step_is_not_repeated()
    {
        made.Add("one");

        new Chain([Step("one"), Step("two")]).Run(null, CancellationToken.None);

        Assert.Equal(["one", "two"], made);
    }

    [Fact]
    public void The_forecast_counts_only_what_is_left()
    {
        made.Add("one");

        Assert.Equal(
            [
                "step 1 of 3 · one · done already · one.csv", "step 2 of 3 · two · about 60 s · two.csv", "step 3 of 3 · three · about 60 s · three.csv",
                "in all about 2 min on two idle cores",
            ],
            new Chain([Step("one"), Step("two"), Step("three")]).Forecast());
    }

    [Fact]
    public void A_stop_ends_it_between_steps_and_the_same_call_goes_on()
    {
        using var stop = new CancellationTokenSource();
        var chain = new Chain([Step("one", stop.Cancel), Step("two")]);

        Assert.Throws<OperationCanceledException>(() => chain.Run(null, stop.Token));
        Assert.Equal(["one"], made);

        chain.Run(null, CancellationToken.None);
        Assert.Equal(["one", "two"], made);
    }
}
