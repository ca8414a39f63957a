using TorchSharp;
using static TorchSharp.torch;

namespace Cora.Training;

/// <summary>Where tensors are computed.</summary>
public static class Devices
{
    /// <summary>The device that <c>--device</c> names: auto, cpu, cuda, cuda:N or mps. Auto takes a GPU when torch sees one.</summary>
    /// <exception cref="CoraException">There is no such device, or torch does not see it.</exception>
    public static Device Resolve(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        const string remedy = "Use --device auto or cpu; a GPU needs a build with -p:CoraTorch=cuda and a driver.";
        switch (name)
        {
            case "auto":
                return cuda.is_available() ? CUDA : mps_is_available() ? MPS : CPU;
            case "cpu":
                return CPU;
            case "mps" when mps_is_available():
                return MPS;
            case "cuda" when cuda.is_available():
                return CUDA;
        }

        if (name.StartsWith("cuda:", StringComparison.Ordinal) && int.TryParse(name.AsSpan(5), out var index) && cuda.is_available() && index >= 0 && index < cuda.device_count())
            return new Device(DeviceType.CUDA, index);
        throw new CoraException($"There is no device {name} here.", remedy, ExitCode.Usage);
    }
}
