using System.Globalization;
using System.Text.Json;
using Cora.Cli;

namespace Cora.Tests.Cli;

public sealed class EvaluateClassificationTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("a/boot_300")]
    [InlineData("a/boot_555_rare_ties")]
    [InlineData("a/boot_24_one_class_resamples")]
    public void Given_resamples_give_the_numbers_of_the_peer(string name)
    {
        var fixture = Fixture.Case(name);
        var (table, against) = (WriteScores(fixture, "scores_1", reverse: false), WriteScores(fixture, "scores_2", reverse: true));
        var indices = Fixture.PathOf(fixture.GetProperty("inputs").GetProperty("resample_indices").GetProperty("file").GetString()!);

        var told = Told("--table", table, "--against", against, "--bootstrap-indices", indices);
        var auroc = told.GetProperty("targets").GetProperty("target").GetProperty("auroc");
        var comparison = told.GetProperty("comparison").GetProperty("target");

        foreach (var (key, at, actual) in ((string, int, JsonElement)[])
        [
            ("auroc_1", 0, auroc.GetProperty("value")), ("auroc_2", 0, comparison.GetProperty("second_auroc").GetProperty("value")),
            ("ci95_percentile_1", 0, auroc.GetProperty("low")), ("ci95_percentile_1", 1, auroc.GetProperty("high")),
            ("delong_ci95_1", 0, auroc.GetProperty("delong_low")), ("delong_ci95_1", 1, auroc.GetProperty("delong_high")),
            ("ci95_percentile_diff", 0, comparison.GetProperty("low")), ("ci95_percentile_diff", 1, comparison.GetProperty("high")),
            ("sd_diff_ddof1", 0, comparison.GetProperty("standard_deviation")), ("z_proc", 0, comparison.GetProperty("z")), ("p_proc", 0, comparison.GetProperty("p_value")),
            ("p_percentile_plus1", 0, comparison.GetProperty("p_value_percentile")),
            ("delong_z", 0, comparison.GetProperty("delong_z")), ("delong_p", 0, comparison.GetProperty("delong_p_value")),
        ])
        {
            var expected = fixture.GetProperty("expect").GetProperty(key);
            var value = expected.GetProperty("value");
            Assert.Equal((value.ValueKind == JsonValueKind.Array ? value[at] : value).GetDouble(), actual.GetDouble(), expected.GetProperty("atol").GetDouble());
        }

        var valid = fixture.GetProperty("expect").GetProperty("n_valid_resamples").GetInt32();
        Assert.Equal(2.0 / (valid + 1), comparison.GetProperty("p_value_floor").GetDouble());
        Assert.Equal((valid, 500 - valid), (auroc.GetProperty("resamples").GetInt32(), auroc.GetProperty("left_out").GetInt32()));
        Assert.Equal("file", told.GetProperty("resampling").GetProperty("from").GetString());
    }

    [Fact]
    public void Measures_at_the_threshold_have_the_keys_of_the_interface()
    {
        var fixture = Fixture.Case("a/rare_555");
        var expect = fixture.GetProperty("expect");

        var target = Told("--table", WriteScores(fixture, "scores", reverse: false)).GetProperty("targets").GetProperty("target");

        Assert.Equal(555, target.GetProperty("cases").GetInt32());
        Assert.Equal(48, target.GetProperty("positives").GetInt32());
        Assert.Equal(0.5, target.GetProperty("threshold").GetDouble());
        foreach (var key in (string[])["average_precision", "accuracy", "sensitivity", "specificity", "precision", "f1"])
        {
            Assert.Equal(expect.GetProperty(key).GetProperty("value").GetDouble(), target.GetProperty(key).GetDouble(), 1e-12);
            var interval = target.GetProperty("intervals").GetProperty(key);
            Assert.InRange(target.GetProperty(key).GetDouble(), interval.GetProperty("low").GetDouble(), interval.GetProperty("high").GetDouble());
        }

        Assert.Equal(expect.GetProperty("tp").GetInt32(), target.GetProperty("true_positives").GetInt32());
        Assert.False(target.TryGetProperty("reason", out _));
    }

    [Fact]
    public void What_is_undefined_is_null_with_a_reason_beside_it()
    {
        var one = Write("case_id,truth,probability\na,1,0.4\nb,1,0.2\n");

        var told = Told("--table", one, "--against", one);
        var target = told.GetProperty("targets").GetProperty("target");
        var comparison = told.GetProperty("comparison").GetProperty("target");

        Assert.All(["value", "low", "high"], key => Assert.Equal(JsonValueKind.Null, target.GetProperty("auroc").GetProperty(key).ValueKind));
        Assert.Equal("there is no negative case", target.GetProperty("auroc").GetProperty("reason").GetString());
        Assert.All(["specificity", "precision"], key => Assert.Equal(JsonValueKind.Null, target.GetProperty(key).ValueKind));
        Assert.Equal(
            "specificity: there is no negative case; precision: no case is called positive at the threshold; youden: there is no negative case", target.GetProperty("reason").GetString());
        Assert.Equal(0, target.GetProperty("f1").GetDouble());
        Assert.All(["difference", "z", "p_value", "p_value_percentile", "p_value_floor", "delong_z", "delong_p_value"], key => Assert.Equal(JsonValueKind.Null, comparison.GetProperty(key).ValueKind));
        Assert.Equal("there is no negative case", comparison.GetProperty("reason").GetString());
    }

    [Fact]
    public void Targets_groups_thresholds_and_corrections_stand_side_by_side()
    {
        var table = Write(Predictions(0));
        var validation = Write("case_id,target,truth,probability\na,soft,0,0.1\nb,soft,1,0.35\na,hard,0,0.8\nb,hard,1,0.85\n");

        var told = Told("--table", table, "--against", Write(Predictions(1)), "--threshold-from", validation, "--by", "site", "--by", "age:50,60", "--resamples", "100", "--stratified");
        var targets = told.GetProperty("targets");

        Assert.Equal(["soft", "hard"], targets.EnumerateObject().Select(t => t.Name));
        Assert.Equal(0.35, targets.GetProperty("soft").GetProperty("threshold").GetDouble());
        Assert.Equal(0.85, targets.GetProperty("hard").GetProperty("threshold").GetDouble());
        Assert.Equal(["A", "B"], targets.GetProperty("soft").GetProperty("groups").GetProperty("site").EnumerateObject().Select(g => g.Name));
        var ages = targets.GetProperty("hard").GetProperty("groups").GetProperty("age");
        Assert.Equal(["below 50", "50 to below 60", "60 and above", "not recorded"], ages.EnumerateObject().Select(g => g.Name));
        Assert.Equal(120, ages.EnumerateObject().Sum(g => g.Value.GetProperty("cases").GetInt32()));
        Assert.Equal(100, targets.GetProperty("soft").GetProperty("auroc").GetProperty("resamples").GetInt32());
        var p = told.GetProperty("comparison").EnumerateObject().Select(c => (Raw: c.Value.GetProperty("p_value").GetDouble(), Holm: c.Value.GetProperty("p_value_holm").GetDouble())).OrderBy(c => c.Raw).ToArray();
        Assert.Equal(Math.Min(1, 2 * p[0].Raw), p[0].Holm);
        Assert.Equal(Math.Max(p[0].Holm, p[1].Raw), p[1].Holm);
    }

    [Fact]
    public void The_seed_decides_the_interval()
    {
        var table = Write(Predictions(0));

        Assert.Equal(InProcess.Run(Args("--table", table, "--seed", "3")), InProcess.Run(Args("--table", table, "--seed", "3")));
        Assert.NotEqual(InProcess.Run(Args("--table", table, "--seed", "3")), InProcess.Run(Args("--table", table, "--seed", "4")));
    }

    [Fact]
    public void Curves_come_with_their_bands_when_asked_for()
    {
        var curves = Told("--table", WriteScores(Fixture.Case("a/ties_1dp_300"), "scores", reverse: false), "--curves").GetProperty("targets").GetProperty("target").GetProperty("curves");
        var roc = curves.GetProperty("roc");

        Assert.Equal(10, roc.GetProperty("sensitivity").GetArrayLength());
        Assert.Equal(JsonValueKind.Null, roc.GetProperty("threshold")[0].ValueKind);
        Assert.Equal(101, roc.GetProperty("band").GetProperty("low").GetArrayLength());
        Assert.Equal(101, curves.GetProperty("precision_recall").GetProperty("band").GetProperty("precision").GetArrayLength());
        Assert.Equal(99, curves.GetProperty("decision").GetProperty("net_benefit").GetArrayLength());
    }

    [Fact]
    public void Readers_get_a_table_and_no_p_value_below_what_counting_can_give()
    {
        var fixture = Fixture.Case("a/boot_300");
        var indices = Fixture.PathOf("a/boot_300_idx.npy");

        var (code, output, error) = InProcess.Run([
            "evaluate", "classification", "--table", WriteScores(fixture, "scores_1", reverse: false), "--against", WriteScores(fixture, "scores_2", reverse: true), "--bootstrap-indices", indices]);

        Assert.Equal(ExitCode.Done, code);
        Assert.Empty(error);
        Assert.Contains("auroc                       0.766  (0.712 to 0.815)", output, StringComparison.Ordinal);
        Assert.Contains("difference                  0.077  (0.030 to 0.125)  z 3.07, p 0.0021; by counting p < 0.004; DeLong z 3.06, p 0.0022", output, StringComparison.Ordinal);
        Assert.Contains("500 given resamples", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_broken_table_ends_with_3_and_every_problem()
    {
        var broken = Write("case_id,truth,probability\na,1,0.7\na,2,NaN\nb,0,1.2\n");

        var (code, output, error) = InProcess.Run(Args("--table", broken));

        Assert.Equal(ExitCode.Input, code);
        Assert.Empty(output);
        Assert.All(["4 problems", "row 3: case a stands twice", "row 3: truth = 2", "row 3: probability = NaN", "row 4: probability = 1.2"], told => Assert.Contains(told, error, StringComparison.Ordinal));
    }

    [Fact]
    public void Other_cases_in_the_second_table_end_with_3()
    {
        var (code, _, error) = InProcess.Run(Args("--table", Write("case_id,truth,probability\na,1,0.7\nb,0,0.1\n"), "--against", Write("case_id,truth,probability\na,0,0.7\nc,0,0.1\n")));

        Assert.Equal(ExitCode.Input, code);
        Assert.Contains("has 3 problems", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ExitCode.Usage, "--threshold needs a probability", "--threshold", "1.5")]
    [InlineData(ExitCode.Usage, "--threshold needs a probability", "--threshold", "NaN")]
    [InlineData(ExitCode.Usage, "--resamples needs 2 or more", "--resamples", "1")]
    [InlineData(ExitCode.Usage, "exclude each other", "--threshold", "0.5", "--threshold-from", "x.csv")]
    [InlineData(ExitCode.Usage, "has no such column", "--json", "--by", "centre")]
    [InlineData(ExitCode.Usage, "edges are rising numbers", "--json", "--by", "age:60,50")]
    [InlineData(ExitCode.Input, "holds no numbers: A, B", "--json", "--by", "site:1,2")]
    [InlineData(ExitCode.Input, "cannot be read", "--threshold-from", "no.csv")]
    [InlineData(ExitCode.Input, "cannot be read", "--bootstrap-indices", "no.npy")]
    [InlineData(ExitCode.Usage, "Add --json", "--curves")]
    public void Wrong_options_say_what_is_wrong(ExitCode expected, string told, params string[] args)
    {
        var (code, output, error) = InProcess.Run(["evaluate", "classification", "--table", Write(Predictions(0)), .. args]);

        Assert.Equal(expected, code);
        Assert.Empty(output);
        Assert.Contains(told, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Numbers_have_a_point_on_a_German_machine_too()
    {
        var before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo("de-DE");

            Assert.Equal(0.25, Told("--table", Write(Predictions(0)), "--threshold", "0.25").GetProperty("targets").GetProperty("soft").GetProperty("threshold").GetDouble());
            Assert.Equal("de-DE", CultureInfo.CurrentCulture.Name);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void The_object_has_its_own_help_and_its_example_parses()
    {
        var (code, output, _) = InProcess.Run("evaluate", "classification", "--help");
        var example = Assert.IsType<Verb>(Assert.Single(EvaluateVerb.Create().Subcommands, c => c.Name == "classification")).Example.Split('\n')[0];

        Assert.Equal(ExitCode.Done, code);
        Assert.Contains("Usage: cora evaluate classification --table CSV [options]", output, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", output, StringComparison.Ordinal);
        Assert.Empty(CommandLine.Build().Parse(example.Split(' ')[1..]).Errors);
        Assert.Equal(ExitCode.Usage, InProcess.Run("evaluate").Code);
        Assert.Contains("Did you mean classification? `cora evaluate --help`", InProcess.Run("evaluate", "clasification").Error, StringComparison.Ordinal);
    }

    private static string[] Args(params string[] args) => ["evaluate", "classification", .. args, "--json"];

    private static JsonElement Told(params string[] args)
    {
        var (code, output, error) = InProcess.Run(Args(args));
        Assert.True(code == ExitCode.Done, error);
        using var document = JsonDocument.Parse(output);
        return document.RootElement.Clone();
    }

    private int files;

    private string Write(string text)
    {
        var path = folder[$"{files++}.csv"];
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>A fixture's scores as a table; the second model's rows may stand in another order.</summary>
    private string WriteScores(JsonElement fixture, string scores, bool reverse)
    {
        var inputs = fixture.GetProperty("inputs");
        var rows = Fixture.Array(inputs.GetProperty("labels")).Values.Zip(Fixture.Array(inputs.GetProperty(scores)).Values, (y, s) => (y, s))
            .Select((c, i) => string.Create(CultureInfo.InvariantCulture, $"case{i},{c.y},{c.s:R}"));
        return Write($"case_id,truth,probability\n{string.Join('\n', reverse ? rows.Reverse() : rows)}\n");
    }

    private static string Predictions(int model)
    {
        var rng = Seed.Root(model).Random();
        var rows = from target in (string[])["soft", "hard"]
                   from i in Enumerable.Range(0, 120)
                   let probability = 1 / (1 + Math.Exp(-rng.Normal(i % 3 == 0 ? 1 - 0.5 * model : 0, 1)))
                   select string.Create(CultureInfo.InvariantCulture, $"p{i},{target},{(i % 3 == 0 ? 1 : 0)},{probability},{(i % 2 == 0 ? "A" : "B")},{(i % 10 == 9 ? "" : 45 + i % 20)}");
        return $"case_id,target,truth,probability,site,age\n{string.Join('\n', rows)}\n";
    }
}
