using System.CommandLine;
using System.Globalization;
using Cora.Experiments;
using Cora.Reporting;
using SkiaSharp;

namespace Cora.Cli;

/// <summary>How one thing that the program needs stands.</summary>
internal enum Health
{
    Ok,

    /// <summary>The program works, but slower or without something.</summary>
    Warning,

    /// <summary>Something needed is missing.</summary>
    Missing,
}

/// <summary>One line of the doctor: what was looked at, what was found, and what to do when it is not well.</summary>
internal sealed record Finding(string Name, Health State, string Found, string? Remedy = null);

/// <summary><c>cora doctor</c>: checks torch, device, memory, disk, threads; each line ok or what to do.</summary>
internal static class DoctorVerb
{
    private const double Gibi = 1L << 30;

    public static Verb Create()
    {
        var device = CommonOptions.Device();
        var folder = new Option<string>("--out") { Description = "Folder whose disk and right to write are checked.", HelpName = "DIR", DefaultValueFactory = _ => "." };
        var json = CommonOptions.Json("the findings");
        return new("doctor", "Checks that this machine can run CORA: torch, device, memory, disk, threads; each line is ok or says what to do.",
            "cora doctor\nok       torch    libtorch 2.10 computes on cpu")
        {
            Options = { device, folder, json },
            Work = call => Examine(call, call.Value(device)!, call.Value(folder)!, call.Value(json)),
        };
    }

    private static ExitCode Examine(Call call, string device, string folder, bool asJson)
    {
        List<Finding> findings = [Program(), Torch(), Device(device), Processor(), Threads(), Memory(), Disk(folder), Writing(folder), Fonts()];
        var missing = findings.Any(f => f.State == Health.Missing);
        if (asJson)
        {
            Json.Write(call.Terminal.Out, new { Ok = !missing, Version = BuildInfo.Version, Commit = BuildInfo.Commit, Checks = findings });
        }
        else
        {
            foreach (var f in findings)
            {
                call.Terminal.Out.WriteLine($"{f.State.ToString().ToLowerInvariant(),-8} {f.Name,-10} {f.Found}");
                if (f.Remedy is not null) call.Terminal.Out.WriteLine($"{"",-19} -> {f.Remedy}");
            }
        }

        return missing ? ExitCode.Verification : ExitCode.Done;
    }

    private static Finding Program() =>
        new("program", Health.Ok, $"cora {BuildInfo.Description}, .NET {Environment.Version}, {Machine.Platform}");

    private static Finding Torch()
    {
        try
        {
            return new("torch", Health.Ok, $"{Computer.TorchVersion()} loads and adds 1 + 1");
        }
        catch (CoraException problem)
        {
            return new("torch", Health.Missing, problem.Message, problem.Remedy);
        }
    }

    private static Finding Device(string asked)
    {
        try
        {
            return new("device", Health.Ok, $"computes on {Computer.NameOf(Computer.Choose(asked))}");
        }
        catch (CoraException problem)
        {
            return new("device", Health.Missing, problem.Message, problem.Remedy);
        }
    }

    private static Finding Processor()
    {
        var features = Machine.CpuFeatures();
        var found = features.Count == 0 ? "no vector features known to us" : string.Join(", ", features);
        return features.Any(f => f is "avx2" or "neon")
            ? new("processor", Health.Ok, Machine.HasBf16 ? $"{found}; trainer.precision = \"bf16\" can be faster here" : found)
            : new("processor", Health.Warning, found, "Training on this processor is slow; one with AVX2 or AVX-512 is several times faster.");
    }

    private static Finding Threads() =>
        Environment.ProcessorCount >= 2
            ? new("threads", Health.Ok, string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessorCount} cores"))
            : new("threads", Health.Warning, "1 core", "Data are prepared beside training only with two cores or more.");

    private static Finding Memory()
    {
        var gibi = Machine.MemoryBytes / Gibi;
        var found = string.Create(CultureInfo.InvariantCulture, $"{gibi:0.0} GiB");
        return gibi >= 3.5
            ? new("memory", Health.Ok, found)
            : new("memory", Health.Warning, found, "The phantom presets need about 2 GiB, the paper's patches about 16 GiB.");
    }

    private static Finding Disk(string folder)
    {
        var root = Existing(folder);
        var gibi = new DriveInfo(root).AvailableFreeSpace / Gibi;
        var found = string.Create(CultureInfo.InvariantCulture, $"{gibi:0.0} GiB free where {folder} lies");
        return gibi >= 2
            ? new("disk", Health.Ok, found)
            : new("disk", Health.Warning, found, "The smoke preset needs about 1 GiB; free some space or choose another --out.");
    }

    private static Finding Writing(string folder)
    {
        var root = Existing(folder);
        var probe = Path.Combine(root, ".cora-doctor");
        try
        {
            File.WriteAllText(probe, "");
            File.Delete(probe);
            return new("writing", Health.Ok, $"{root} can be written");
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return new("writing", Health.Missing, $"{root} cannot be written: {problem.Message}", "Choose an --out folder that you may write to.");
        }
    }

    private static Finding Fonts()
    {
        const string remedy = "Figures would have no letters. Install a font package, for example fonts-dejavu-core.";
        try
        {
            using var font = new SKFont(SKTypeface.Default);
            return font.MeasureText("0.5") > 0 && font.ContainsGlyphs("0.5")
                ? new("fonts", Health.Ok, $"figures are written in {Sheet.FontFamily}")
                : new("fonts", Health.Warning, "no font of the system can be used", remedy);
        }
        catch (Exception problem) when (problem is TypeInitializationException or DllNotFoundException)
        {
            return new("fonts", Health.Missing, $"libSkiaSharp does not load: {(problem.InnerException ?? problem).Message}", "Build again with `dotnet build -c Release`; the library comes with the build.");
        }
    }

    private static string Existing(string folder)
    {
        var path = Path.GetFullPath(folder);
        while (!Directory.Exists(path)) path = Path.GetDirectoryName(path)!;
        return path;
    }
}
