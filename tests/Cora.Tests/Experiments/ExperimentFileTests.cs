using System.Collections.Immutable;
using Cora.Experiments;
using CsCheck;

namespace Cora.Tests.Experiments;

public enum Shape
{
    Round,
    ArteryDilated,
}

public sealed record InnerSettings : ISettings
{
    /// <summary>How many of them.</summary>
    public int Steps { get; init; } = 10;

    public double LearningRate { get; init; } = 1e-4;

    public Interval<double> SigmaVoxels { get; init; } = new(0.7, 2.0);

    public IEnumerable<Problem> Check()
    {
        if (Steps < 1) yield return new(nameof(Steps), Steps, "1 or more");
        if (!(LearningRate > 0)) yield return new("learning_rate", LearningRate, "a number above 0");
    }
}

public sealed record OuterSettings : ISettings
{
    public static readonly InnerSettings Shared = new() { Steps = 33 };

    public string Name { get; init; } = "outer";

    public string? Cohort { get; init; }

    public long Seed { get; init; } = 2026;

    public bool Flips { get; init; } = true;

    public Shape Shape { get; init; } = Shape.ArteryDilated;

    public Interval<int> Blobs { get; init; } = new(1, 3);

    public ImmutableArray<double> SpacingMm { get; init; } = [0.5];

    public ImmutableArray<string> Words { get; init; } = ["a", "b"];

    public InnerSettings Trainer { get; init; } = new();

    public InnerSettings Second { get; init; } = Shared;

    public IEnumerable<Problem> Check()
    {
        if (SpacingMm.Length is not (1 or 3)) yield return new(nameof(SpacingMm), SpacingMm, "one number or three");
    }
}

public sealed class ExperimentFileTests
{
    private static string Refusal(string text, params string[] overrides)
    {
        var refused = Assert.Throws<CoraException>(() => ExperimentFile.Parse<OuterSettings>(text, "x.toml", overrides));
        Assert.Equal(ExitCode.Usage, refused.Code);
        return refused.Message;
    }

    [Fact]
    public void A_file_changes_what_it_names_and_leaves_the_rest()
    {
        var settings = ExperimentFile.Parse<OuterSettings>(
            """
            seed = 7
            shape = "round"
            blobs = [2, 5]
            spacing_mm = [0.5, 0.5, 5]
            words = ["c"]
            cohort = "cohorts/a"
            [trainer]
            learning_rate = 1
            sigma_voxels = [1, 2.5]
            """,
            "x.toml");

        Assert.Equal(7, settings.Seed);
        Assert.Equal(Shape.Round, settings.Shape);
        Assert.Equal(new Interval<int>(2, 5), settings.Blobs);
        Assert.Equal([0.5, 0.5, 5.0], settings.SpacingMm);
        Assert.Equal(["c"], settings.Words);
        Assert.Equal("cohorts/a", settings.Cohort);
        Assert.Equal(1.0, settings.Trainer.LearningRate);
        Assert.Equal(new Interval<double>(1, 2.5), settings.Trainer.SigmaVoxels);
        Assert.Equal("outer", settings.Name);
        Assert.Equal(10, settings.Trainer.Steps);
        Assert.Equal(33, settings.Second.Steps);
    }

    [Fact]
    public void Every_problem_is_told_at_once_with_its_place_and_what_was_expected()
    {
        var message = Refusal(
            """
            seed = "many"
            blobs = [3, 1]
            shape = "square"
            spacing_mm = [1, 2]
            trainer.steps = -5
            trainer.stpes = 4
            trainer.learning_rate = 0
            colour = "red"
            """);

        Assert.Equal(
            [
                "x.toml: seed = \"many\", expected a whole number",
                "x.toml: shape = \"square\", expected round or artery_dilated",
                "x.toml: blobs = [3, 1], expected [low, high], two times a whole number, the lower first",
                "x.toml: trainer.stpes = 4, no such setting; did you mean trainer.steps?",
                "x.toml: colour = \"red\", no such setting",
                "x.toml: spacing_mm = [1.0, 2.0], expected one number or three",
                "x.toml: trainer.steps = -5, expected 1 or more",
                "x.toml: trainer.learning_rate = 0.0, expected a number above 0",
            ],
            message.Split('\n'));
    }

    [Theory]
    [InlineData("steps = 5", "x.toml: steps = 5, no such setting; did you mean trainer.steps?")]
    [InlineData("trainer = 5", "x.toml: trainer = 5, expected a table of settings")]
    [InlineData("seed.value = 5", "x.toml: seed = a table, expected a whole number")]
    [InlineData("flips = 1", "x.toml: flips = 1, expected true or false")]
    [InlineData("name = 1", "x.toml: name = 1, expected text in quotes")]
    [InlineData("trainer.steps = 2.5", "x.toml: trainer.steps = 2.5, expected a whole number")]
    [InlineData("trainer.steps = 3000000000", "x.toml: trainer.steps = 3000000000, expected a whole number")]
    [InlineData("trainer.learning_rate = nan", "x.toml: trainer.learning_rate = nan, expected a number")]
    [InlineData("[lesions]\nhu = 4", "x.toml: lesions.hu = 4, no such setting")]
    [InlineData("seed = 1\nseed = 2", "x.toml: line 2: The key `seed` is already defined at (1,1) with `seed = 1` and cannot be redefined")]
    [InlineData("seed = ", "x.toml: line 1: Unexpected token `<eof>` for a value")]
    public void A_value_that_does_not_fit_is_refused_by_name(string text, string line) => Assert.Equal(line, Refusal(text));

    [Fact]
    public void An_override_wins_over_the_file_and_needs_no_quotes()
    {
        var settings = ExperimentFile.Parse<OuterSettings>(
            "seed = 1\n[trainer]\nsteps = 5", "x.toml",
            ["seed=9", "trainer.steps=200", "shape=round", "name=2026", "spacing_mm=0.85", "second.sigma_voxels=[1, 1.5]", "cohort=\"a b\""]);

        Assert.Equal(9, settings.Seed);
        Assert.Equal(200, settings.Trainer.Steps);
        Assert.Equal(Shape.Round, settings.Shape);
        Assert.Equal("2026", settings.Name);
        Assert.Equal([0.85], settings.SpacingMm);
        Assert.Equal(new Interval<double>(1, 1.5), settings.Second.SigmaVoxels);
        Assert.Equal("a b", settings.Cohort);
    }

    [Theory]
    [InlineData("trainer.steps=-5", "command line: trainer.steps = -5, expected 1 or more")]
    [InlineData("trainer.steps=lots", "command line: trainer.steps = lots, expected a whole number")]
    [InlineData("trainer.stepz=5", "command line: trainer.stepz = 5, no such setting; did you mean trainer.steps?")]
    [InlineData("seed", "--set seed, expected key=value, for example trainer.steps=200")]
    [InlineData("=4", "--set =4, expected key=value, for example trainer.steps=200")]
    [InlineData("seed.x=4", "--set seed.x=4, but seed is a single value")]
    public void An_override_that_does_not_fit_is_refused_as_an_override(string assignment, string line) => Assert.Equal(line, Refusal("seed = 1", assignment));

    [Fact]
    public void Nothing_is_changed_in_the_shared_defaults()
    {
        ExperimentFile.Parse<OuterSettings>("second.steps = 4", "x.toml");

        Assert.Equal(33, OuterSettings.Shared.Steps);
        Assert.Equal(33, new OuterSettings().Second.Steps);
    }

    [Fact]
    public void What_is_written_can_be_read_again_and_is_the_same() =>
        Gen.Select(Gen.String, Gen.Long, Gen.Bool, Gen.Double[-1e300, 1e300].Where(double.IsFinite), Gen.Double[1e-300, 1e9], Gen.Int[1, int.MaxValue])
            .Sample((name, seed, flips, sigma, rate, steps) =>
            {
                // A lone half of a surrogate pair is no text that a file can hold.
                name = string.Concat(name.Where(c => !char.IsSurrogate(c)));
                var settings = new OuterSettings
                {
                    Name = name, Seed = seed, Flips = flips, Shape = flips ? Shape.Round : Shape.ArteryDilated, SpacingMm = [rate, sigma, 1],
                    Words = [name, "", "'\""], Trainer = new() { LearningRate = rate, Steps = steps, SigmaVoxels = new(sigma, Math.Max(sigma, rate)) },
                };

                var again = ExperimentFile.Parse<OuterSettings>(ExperimentFile.Write(settings), "written");

                return ExperimentFile.Differences(settings, again).Count == 0 && again.Name == name && again.Trainer == settings.Trainer;
            });

    [Fact]
    public void The_written_file_holds_the_defaults_and_leaves_out_what_is_not_set() =>
        Assert.Equal(
            """
            name = "outer"
            seed = 2026
            flips = true
            shape = "artery_dilated"
            blobs = [1, 3]
            spacing_mm = [0.5]
            words = ["a", "b"]

            [trainer]
            steps = 10
            learning_rate = 0.0001
            sigma_voxels = [0.7, 2.0]

            [second]
            steps = 33
            learning_rate = 0.0001
            sigma_voxels = [0.7, 2.0]

            """,
            ExperimentFile.Write(new OuterSettings()), ignoreLineEndingDifferences: true);

    [Fact]
    public void Differences_name_the_keys_and_both_values() =>
        Assert.Equal(
            ["seed = 1 against 2", "trainer.steps = 10 against 11"],
            ExperimentFile.Differences(new OuterSettings { Seed = 1 }, new OuterSettings { Seed = 2, Trainer = new() { Steps = 11 } }).Select(d => d.ToString()));

    [Theory]
    [InlineData("stpes", "steps", 1)]
    [InlineData("", "abc", 3)]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("same", "same", 0)]
    public void Changed_letters_are_counted_and_a_swap_is_one(string a, string b, int distance) => Assert.Equal(distance, Spelling.Distance(a, b));
}
