using System.Globalization;
using TorchSharp;

namespace Cora.Experiments;

/// <summary>Chooses where torch computes. The first use of it loads libtorch.</summary>
public static class Computer
{
    /// <summary>The version of libtorch, after one sum has been computed with it.</summary>
    /// <exception cref="CoraException">libtorch cannot be loaded or computes wrongly (exit code 7).</exception>
    public static string TorchVersion()
    {
        try
        {
            using var two = torch.ones(1) + torch.ones(1);
            return two.item<float>() == 2f
                ? $"libtorch {torch.__version__}"
                : throw new CoraException("libtorch computes 1 + 1 wrongly.", "Build again; the native library does not belong to this machine.", ExitCode.Verification);
        }
        catch (Exception problem) when (problem is not CoraException)
        {
            var cause = problem;
            while (cause.InnerException is not null) cause = cause.InnerException;
            throw new CoraException(
                $"libtorch cannot be loaded: {cause.Message.Split('\n')[0].Trim()}",
                "Build again with `dotnet build -c Release`: libtorch comes with the build, for 64-bit Linux with glibc 2.28 or newer, Windows x64 and macOS arm64.",
                ExitCode.Verification, problem);
        }
    }

    /// <summary>The device for <c>auto</c>, <c>cpu</c>, <c>cuda</c>, <c>cuda:N</c> or <c>mps</c>; auto takes the first of cuda, mps, cpu that works.</summary>
    /// <exception cref="CoraException">There is no such device here (exit code 2).</exception>
    public static torch.Device Choose(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        _ = TorchVersion();
        if (name == "auto") return torch.cuda.is_available() ? torch.CUDA : torch.mps_is_available() ? torch.MPS : torch.CPU;
        if (name == "cpu") return torch.CPU;
        if (name == "mps" && torch.mps_is_available()) return torch.MPS;
        if (CudaIndex(name) is { } index && torch.cuda.is_available() && index < torch.cuda.device_count()) return torch.device(DeviceType.CUDA, index);
        throw new CoraException($"Device {name} is not there.", "Use --device cpu, or --device auto for the best there is; cuda needs a build with -p:CoraTorch=cuda.", ExitCode.Usage);
    }

    /// <summary>Whether <paramref name="name"/> has the form of a device; says nothing about its being there.</summary>
    public static bool IsDeviceName(string name) => name is "auto" or "cpu" or "mps" || CudaIndex(name) is not null;

    /// <summary>The name of a device as it is given, for example <c>cuda:0</c>.</summary>
    public static string NameOf(torch.Device device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return device.type == DeviceType.CUDA ? string.Create(CultureInfo.InvariantCulture, $"cuda:{Math.Max(0, device.index)}") : device.type.ToString().ToLowerInvariant();
    }

    /// <summary>Sets how many threads torch computes with; 0 takes every core. Returns their number.</summary>
    public static int UseThreads(int threads)
    {
        var count = threads > 0 ? threads : Environment.ProcessorCount;
        torch.set_num_threads(count);
        return count;
    }

    private static int? CudaIndex(string? name) =>
        name == "cuda" ? 0
        : name?.StartsWith("cuda:", StringComparison.Ordinal) == true && int.TryParse(name.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index
        : null;
}
