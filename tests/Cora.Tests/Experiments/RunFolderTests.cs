using Cora.Experiments;

namespace Cora.Tests.Experiments;

public sealed class RunFolderTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly FixedClock clock = new();

    public void Dispose() => folder.Dispose();

    private RunFolder Open(InnerSettings settings, bool overwrite = false) => RunFolder.Open(folder["run"], settings, overwrite, clock);

    private static Provenance Facts(string? hash = null) =>
        new() { Device = "cpu", Threads = 2, Seeds = new Dictionary<string, long> { ["experiment"] = 2026 }, Cohort = "c", CohortHash = hash };

    [Fact]
    public void A_run_holds_its_settings_defaults_included()
    {
        using var run = Open(new() { Steps = 7 });

        Assert.Equal(new InnerSettings { Steps = 7 }, ExperimentFile.Load<InnerSettings>(run.ExperimentPath));
        Assert.Contains("learning_rate = 0.0001", File.ReadAllText(run.ExperimentPath), StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_settings_continue_and_others_are_refused_by_name()
    {
        Open(new() { Steps = 7 }).Dispose();
        Open(new() { Steps = 7 }).Dispose();

        var refused = Assert.Throws<CoraException>(() => Open(new() { Steps = 8, LearningRate = 1 }));

        Assert.Equal(ExitCode.Usage, refused.Code);
        Assert.EndsWith("  steps = 7 there, 8 now\n  learning_rate = 0.0001 there, 1.0 now", refused.Message, StringComparison.Ordinal);
        Open(new() { Steps = 7 }).Dispose();
    }

    [Fact]
    public void Overwriting_begins_anew_and_leaves_foreign_files_alone()
    {
        using (var first = Open(new() { Steps = 7 }))
        {
            first.Begin(Facts());
            first.Finish();
            File.WriteAllText(first.MetricsPath, "step\n");
            File.WriteAllText(Path.Combine(first.Folder, "notes.txt"), "mine");
        }

        using var again = Open(new() { Steps = 8 }, overwrite: true);

        Assert.False(again.IsFinished);
        Assert.False(File.Exists(again.MetricsPath));
        Assert.True(File.Exists(Path.Combine(again.Folder, "notes.txt")));
        Assert.Equal(8, ExperimentFile.Load<InnerSettings>(again.ExperimentPath).Steps);
    }

    [Fact]
    public void A_folder_of_other_things_is_not_written_to()
    {
        Directory.CreateDirectory(folder["run"]);
        File.WriteAllText(Path.Combine(folder["run"], "thesis.doc"), "years of work");

        var refused = Assert.Throws<CoraException>(() => Open(new(), overwrite: true));

        Assert.Equal(ExitCode.Usage, refused.Code);
        Assert.Equal(["thesis.doc"], Directory.EnumerateFileSystemEntries(folder["run"]).Select(Path.GetFileName));
    }

    [Fact]
    public void Only_one_process_writes_a_run_at_a_time()
    {
        using (Open(new()))
        {
            var refused = Assert.Throws<CoraException>(() => Open(new()));
            Assert.Equal(ExitCode.Usage, refused.Code);
        }

        Open(new()).Dispose();
    }

    [Fact]
    public void Provenance_tells_of_each_session_and_of_the_end()
    {
        using (var run = Open(new()))
        {
            run.Begin(Facts());
            run.Stop("interrupted");
            Assert.False(run.IsFinished);
        }

        clock.Now += TimeSpan.FromHours(1);
        using (var run = Open(new()))
        {
            run.Begin(Facts());
            clock.Now += TimeSpan.FromMinutes(1);
            run.Finish();
        }

        var told = Provenance.Read(Path.Combine(folder["run"], "provenance.json"))!;
        Assert.Equal(["interrupted", "finished"], told.Sessions.Select(s => s.Outcome));
        Assert.Equal(FixedClock.Start, told.Start);
        Assert.Equal(FixedClock.Start + new TimeSpan(1, 1, 0), told.End);
        Assert.Equal(2026, told.Seeds["experiment"]);
        Assert.Equal(BuildInfo.Version, told.Version);
        Assert.Contains("TorchSharp", told.Packages.Keys);
    }

    [Fact]
    public void A_cohort_that_changed_under_a_run_is_refused()
    {
        using var run = Open(new());
        run.Begin(Facts(hash: "aa"));

        Assert.Equal(ExitCode.Input, Assert.Throws<CoraException>(() => run.Begin(Facts(hash: "bb"))).Code);
    }

    private sealed class FixedClock : TimeProvider
    {
        public static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

        public DateTimeOffset Now { get; set; } = Start;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
