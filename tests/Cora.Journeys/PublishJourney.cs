using System.Diagnostics;

namespace Cora.Journeys;

public sealed class PublishJourney : IDisposable
{
    private readonly JourneyFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_published_program_loads_torch_on_systems_with_an_older_runtime_too()
    {
        var root = Root();
        var (code, said) = Run("dotnet", "publish", Path.Combine(root, "src", "Cora.Cli"), "-c", "Release", "-o", folder["published"], "-v", "quiet", "-nologo");
        Assert.True(code == 0, said);

        (code, said) = Run("dotnet", Path.Combine(folder["published"], "Cora.Cli.dll"), "doctor");

        Assert.True(code == 0, said);
        Assert.Contains("ok       torch", said, StringComparison.Ordinal);
    }

    [Fact]
    public void The_version_needs_no_torch()
    {
        // The program without its native libraries: whoever loads torch fails here.
        Directory.CreateDirectory(folder["bare"]);
        foreach (var file in Directory.GetFiles(AppContext.BaseDirectory, "*.*").Where(f => Path.GetExtension(f) is ".dll" or ".json"))
            File.Copy(file, Path.Combine(folder["bare"], Path.GetFileName(file)));

        var (code, said) = Run("dotnet", Path.Combine(folder["bare"], "Cora.Cli.dll"), "--version");

        Assert.True(code == 0, said);
        Assert.StartsWith("cora ", said, StringComparison.Ordinal);
    }

    private static (int Code, string Said) Run(string program, params string[] args)
    {
        using var process = Process.Start(new ProcessStartInfo(program, args) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + error.Result);
    }

    private static string Root()
    {
        var place = new DirectoryInfo(AppContext.BaseDirectory);
        while (place is not null && !File.Exists(Path.Combine(place.FullName, "Cora.slnx"))) place = place.Parent;
        Assert.SkipWhen(place is null, "needs the sources beside the tests");
        return place!.FullName;
    }
}
