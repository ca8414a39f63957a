using System.Runtime.InteropServices;

namespace Cora.Experiments;

/// <summary>
/// How torch's threads wait for one another. As libgomp comes they spin for milliseconds; when another program wants the same cores, the spinning
/// thread keeps its sister from working, and training has been seen to fall to a twentieth of its pace. A short spin costs nothing on idle cores
/// (benchmarks/RESULTS.md).
/// </summary>
internal static partial class SharedCores
{
    private const string Spins = "2000";
    private const int KeepWhatIsSet = 0;

    /// <summary>Sets the wait before libtorch is loaded. What the user has set himself stays; systems without libgomp take no notice.</summary>
    public static void BePolite()
    {
        // libgomp reads the process's own environment once, when it is loaded; .NET's copy of the environment does not reach it.
        if (OperatingSystem.IsLinux()) _ = SetEnvironment("GOMP_SPINCOUNT", Spins, KeepWhatIsSet);
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
