using Cora.Evaluation;
using Cora.Reporting;

namespace Cora.Tests.Reporting;

/// <summary>What reports read of a run's own words.</summary>
public sealed class RunSettingsTests
{
    [Fact]
    public void A_setting_is_that_of_its_table_and_of_no_other()
    {
        var settings = new RunSettings(["name = \"a # b\"  # a comment", "", "[heart]", "spacing_mm = 4.0", "[data]", "patch = 24 # voxels", "[mace.head]", "pool = \"average\""]);

        Assert.Null(settings["data.spacing_mm"]);
        Assert.Equal("4.0", settings["heart.spacing_mm"]);
        Assert.Equal("24", settings["data.patch"]);
        Assert.Equal("average", settings["mace.head.pool"]);
        Assert.Equal("a # b", settings["name"]);
    }

    [Fact]
    public void A_model_card_tells_the_spacing_of_the_weights_and_a_patch_only_where_patches_are_cut()
    {
        using var folder = new TemporaryFolder();
        folder.Plan("out", 1);
        folder.Pretraining("out/pretrain/cora", "cora", hasLearnt: true);
        File.AppendAllText(folder["out/pretrain/cora/experiment.toml"], "\n[data]\nspacing_mm = [0.85]\npatch = 24\n");
        foreach (var (task, run) in new[] { ("plaque", folder.Plaque("out/finetune/plaque/cora/seed-1", 0.2)), ("arteries", folder.Artery("out/finetune/arteries/cora/seed-1", 0.6, 10)) })
        {
            File.WriteAllText(Path.Combine(run, "experiment.toml"), $"task = \"{task}\"\n[heart]\nspacing_mm = 4.0\n[data]\npatch = 96\nheart_crop = true\n");
            File.WriteAllText(Path.Combine(run, "scorecard.json"), $$"""{"task":"{{task}}","weights":"elsewhere/cora","seed":7}""");
        }

        var page = File.ReadAllText(ReproductionReport.Write(folder["out"]));

        Assert.Contains("spacing (mm) [0.85], whole scans", page, StringComparison.Ordinal);
        Assert.Contains("spacing (mm) [0.85], patch (voxels) 96", page, StringComparison.Ordinal);
        Assert.DoesNotContain("spacing (mm) 4.0", page, StringComparison.Ordinal);
        Assert.Contains("<td>7</td>", page, StringComparison.Ordinal);
    }

    [Fact]
    public void A_goal_passed_by_a_hair_is_called_narrow()
    {
        var goal = new LearningGoal("overlap_accuracy", "share told right", 0.4333) { Untrained = 0.3333 };

        Assert.True(goal.IsNarrow(0.4375));
        Assert.False(goal.IsNarrow(0.45));
        Assert.False(goal.IsNarrow(0.43));                              // not reached at all
        Assert.Equal("share told right 0.438 (goal 0.433 or more, untrained 0.333, narrowly reached)", goal.Told(0.4375));
    }
}
