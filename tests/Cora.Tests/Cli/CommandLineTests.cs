using System.CommandLine;
using System.CommandLine.Help;
using System.Text.Json;
using Cora.Cli;
using Cora.Experiments;

namespace Cora.Tests.Cli;

public sealed class CommandLineTests
{
    public static TheoryData<string> VerbNames => [.. Catalogue.Verbs().Select(v => v.Name)];

    [Fact]
    public void The_version_names_the_commit()
    {
        var (code, output, error) = InProcess.Run("--version");

        Assert.Equal(ExitCode.Done, code);
        Assert.Equal($"cora {BuildInfo.Version}", string.Join(' ', output.Split(' ')[..2]));
        Assert.Matches(@"\((commit [0-9a-f]{40}|commit not known)(, changed since)?\)", output);
        Assert.Empty(error);
    }

    [Theory]
    [MemberData(nameof(VerbNames))]
    public void Help_tells_purpose_usage_every_option_with_its_default_and_an_example(string verb)
    {
        var (code, output, error) = InProcess.Run(verb, "--help");
        var command = Catalogue.Verbs().Single(v => v.Name == verb);

        Assert.Equal(ExitCode.Done, code);
        Assert.Empty(error);
        Assert.Contains($"Usage: cora {verb}", output, StringComparison.Ordinal);
        Assert.Matches($"Example:\n  cora {verb}", output);
        Assert.All(command.Options.Where(o => o is not HelpOption), option =>
        {
            Assert.Contains(option.Name, output, StringComparison.Ordinal);
            Assert.False(string.IsNullOrWhiteSpace(option.Description), $"{option.Name} has no description");
            if (option.Required || option.ValueType == typeof(bool) || !option.HasDefaultValue) return;
            Assert.True(option.HelpName is not null, $"{option.Name} does not name its value");
        });
    }

    [Theory]
    [MemberData(nameof(VerbNames))]
    public void An_example_is_a_command_line_that_parses(string verb)
    {
        var example = Catalogue.Verbs().Single(v => v.Name == verb).Example.Split('\n')[0];

        Assert.Empty(CommandLine.Build().Parse(example.Split(' ')[1..]).Errors);
    }

    [Theory]
    [InlineData("An argument is missing", new string[0])]
    [InlineData("Unrecognized command or argument 'doctr'.", new[] { "doctr" })]
    [InlineData("Did you mean doctor?", new[] { "doctr" })]
    [InlineData("Did you mean --json?", new[] { "doctor", "--jsn" })]
    [InlineData("Required argument missing for option: '--device'.", new[] { "doctor", "--device" })]
    public void Wrong_usage_ends_with_2_and_says_what_is_possible(string told, string[] args)
    {
        var (code, output, error) = InProcess.Run(args);

        Assert.Equal(ExitCode.Usage, code);
        Assert.Empty(output);
        if (args.Length > 0) Assert.Contains(told, error, StringComparison.Ordinal);
        Assert.Contains("--help", error, StringComparison.Ordinal);
    }

    public static TheoryData<string, int> Endings => new()
    {
        { "known", 3 }, { "usage", 2 }, { "resources", 5 }, { "verification", 7 }, { "partly", 4 }, { "stopped", 6 }, { "memory", 5 }, { "torch memory", 5 },
        { "disk", 5 }, { "rights", 5 }, { "defect", 1 }, { "one worker", 3 },
    };

    [Theory]
    [MemberData(nameof(Endings))]
    public void Every_ending_has_its_exit_code(string ending, int code)
    {
        Exception problem = ending switch
        {
            "known" => new CoraException("The scan is broken.", "Fetch it again."),
            "usage" => new CoraException("The scan is broken.", "Fetch it again.", ExitCode.Usage),
            "resources" => new CoraException("The scan is broken.", "Fetch it again.", ExitCode.Resources),
            "verification" => new CoraException("The scan is broken.", "Fetch it again.", ExitCode.Verification),
            "partly" => new CoraException("The scan is broken.", "Fetch it again.", ExitCode.PartlyFailed),
            "stopped" => new OperationCanceledException(),
            "memory" => new InsufficientMemoryException(),
            "torch memory" => Record.Exception(() => TorchSharp.torch.zeros(1L << 50))!,
            "disk" => new IOException("No space left on device : '/x'", 28),
            "rights" => new UnauthorizedAccessException("Access to the path '/x' is denied."),
            "one worker" => new AggregateException(new CoraException("The scan is broken.", "Fetch it again.")),
            _ => new InvalidOperationException("a bug"),
        };
        using var error = new StringWriter();

        Assert.Equal(code, (int)Failures.Tell(problem, error));
        if (problem is CoraException) Assert.Equal("The scan is broken.\nFetch it again.\n", error.ToString());
        if (code == 1) Assert.Contains("InvalidOperationException", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_help_of_the_program_lists_verbs_and_exit_codes()
    {
        var (code, output, _) = InProcess.Run("--help");

        Assert.Equal(ExitCode.Done, code);
        Assert.All(Catalogue.Verbs(), verb => Assert.Contains($"\n  {verb.Name}", output, StringComparison.Ordinal));
        Assert.Contains(
            "0 done, 1 defect in the program, 2 wrong usage or configuration, 3 an input is unusable, 4 some cases failed, the others are done (failures.csv), " +
            "5 out of memory or disk, 6 interrupted, run the same command again, 7 a verification failed.",
            output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_doctor_finds_this_machine_well_and_says_so_as_json()
    {
        using var folder = new TemporaryFolder();
        var (code, output, _) = InProcess.Run("doctor", "--json", "--device", "cpu", "--out", folder.Path);
        using var told = JsonDocument.Parse(output);

        Assert.Equal(ExitCode.Done, code);
        Assert.True(told.RootElement.GetProperty("ok").GetBoolean());
        var checks = told.RootElement.GetProperty("checks").EnumerateArray().Select(c => c.GetProperty("name").GetString()).ToList();
        Assert.Equal(["program", "torch", "device", "processor", "threads", "memory", "disk", "writing", "fonts"], checks);
    }

    [Fact]
    public void The_doctor_ends_with_7_when_something_needed_is_missing()
    {
        var (code, output, _) = InProcess.Run("doctor", "--device", "cuda:99");

        Assert.Equal(ExitCode.Verification, code);
        Assert.Contains("missing  device     There is no device cuda:99 here.", output, StringComparison.Ordinal);
        Assert.Contains("-> Use --device auto or cpu", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Undefined_numbers_are_null_with_a_reason_beside_them()
    {
        System.Text.Json.Nodes.JsonObject value = [];
        Json.Put(value, "mean", double.NaN, "the volume holds no finite voxel");

        Assert.Equal("""{"mean":null,"reason":"the volume holds no finite voxel"}""", value.ToJsonString());
    }
}
