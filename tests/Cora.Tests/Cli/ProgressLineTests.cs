using Cora.Cli;

namespace Cora.Tests.Cli;

public sealed class ProgressLineTests
{
    private readonly SteppingClock clock = new();

    private string Told(bool isLive, bool isQuiet, params (double At, RunEvent Event)[] events)
    {
        using var to = new StringWriter { NewLine = "\n" };
        using (var line = new ProgressLine(to, isLive, isQuiet, clock))
        {
            foreach (var (at, happened) in events)
            {
                clock.Seconds = at;
                line.Report(happened);
            }
        }

        return to.ToString();
    }

    [Fact]
    public void Without_a_terminal_there_is_a_line_now_and_then_with_rate_and_time_left() =>
        Assert.Equal(
            "phantom · 1 of 40 cases\nphantom · 20 of 40 cases · 2.0 cases/s · 10 s left\nphantom · 40 of 40 cases · 2.0 cases/s\n",
            Told(isLive: false, isQuiet: false,
                (0, new Progressed("phantom", 1, 40, "cases")), (1, new Progressed("phantom", 2, 40, "cases")),
                (10, new Progressed("phantom", 20, 40, "cases")), (20, new Progressed("phantom", 40, 40, "cases"))));

    [Fact]
    public void On_a_terminal_one_line_lives_and_notes_stand_above_it() =>
        Assert.Equal(
            "\rphantom · 1 of 4 cases\r                      \rhello\n\rphantom · 4 of 4 cases · 2.0 cases/s\n",
            Told(isLive: true, isQuiet: false, (0, new Progressed("phantom", 1, 4, "cases")), (1, new Note("hello")), (2, new Progressed("phantom", 4, 4, "cases"))));

    [Fact]
    public void A_training_step_tells_loss_rate_wait_and_time_left() =>
        Assert.Equal(
            "step 400 of 1450 · loss 0.3120 · 41.0 patches/s · waited for data 12 % · 25 min left\n",
            Told(isLive: false, isQuiet: false, (0, new StepDone(400, 1450, 0.312, 1e-3, 41, 0.12, 1500))));

    [Fact]
    public void Quiet_leaves_only_warnings() =>
        Assert.Equal(
            "warning: no heart mask\n",
            Told(isLive: false, isQuiet: true, (0, new Note("fine")), (0, new Note("no heart mask", IsWarning: true)), (0, new Progressed("x", 1, 1, "y"))));

    private sealed class SteppingClock : TimeProvider
    {
        public double Seconds { get; set; }

        public override long TimestampFrequency => 1000;

        // A clock never starts at 0: that is the mark of "not yet told".
        public override long GetTimestamp() => 1 + (long)(Seconds * 1000);
    }
}
