using System.Globalization;
using Cora.Training;
using TorchSharp;

namespace Cora.Experiments;

/// <summary>Makes torch ready. The first use of it loads libtorch, and says in plain words when that fails.</summary>
public static class Computer
{
    /// <summary>The version of libtorch, after one sum has been computed with it.</summary>
    /// <exception cref="CoraException">libtorch cannot be loaded or computes wrongly (exit code 7).</exception>
    public static string TorchVersion()
    {
        SharedCores.BePolite();
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

    /// <summary>The device that <c>--device</c> names, see <see cref="Devices.Resolve"/>.</summary>
    /// <exception cref="CoraException">libtorch cannot be loaded (exit code 7), or there is no such device (exit code 2).</exception>
    public static torch.Device Choose(string name)
    {
        _ = TorchVersion();
        return Devices.Resolve(name);
    }

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
}
