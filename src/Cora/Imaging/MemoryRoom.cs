using System.Globalization;

namespace Cora.Imaging;

/// <summary>How much memory is left, asked before something large is allocated.</summary>
internal static class MemoryRoom
{
    /// <summary>Bytes that this process may still take, as far as the system tells: its own limit (container) and what is free.</summary>
    public static long AvailableBytes()
    {
        var memory = GC.GetGCMemoryInfo();
        var available = memory.TotalAvailableMemoryBytes - GC.GetTotalMemory(forceFullCollection: false);
        const string linuxTable = "/proc/meminfo";
        if (!File.Exists(linuxTable)) return available;
        var line = File.ReadLines(linuxTable).FirstOrDefault(l => l.StartsWith("MemAvailable:", StringComparison.Ordinal));
        var kilobytes = line?.Split(' ', StringSplitOptions.RemoveEmptyEntries).ElementAtOrDefault(1);
        return long.TryParse(kilobytes, CultureInfo.InvariantCulture, out var free) ? Math.Min(available, free * 1024) : available;
    }

    /// <summary>Cases that are worked on at once: as many as asked for (0 = as processors), fewer when memory does not hold them, at least one.</summary>
    public static int ThreadsThatFit(int threads, long peakBytesACase)
    {
        var wanted = threads > 0 ? threads : Environment.ProcessorCount;
        return peakBytesACase == 0 ? wanted : (int)Math.Clamp(AvailableBytes() / peakBytesACase, 1, wanted);
    }

    /// <summary>An array for a whole volume, or a refusal that tells its size, before anything is allocated.</summary>
    /// <exception cref="CoraException">Not enough memory, or more voxels than one array holds (exit code 5).</exception>
    public static T[] Allocate<T>(string file, Size3 size, long? availableBytes = null) where T : unmanaged
    {
        var type = StoredTypes.Of<T>();
        var needed = size.Count * type.Bytes();
        var available = availableBytes ?? AvailableBytes();
        if (size.Count > Array.MaxLength || needed > available)
        {
            var limit = size.Count > Array.MaxLength ? $"one volume in memory holds {Array.MaxLength} voxels" : $"{available} bytes are available";
            throw new CoraException(
                $"{file}: {size} voxels as {type.NumPyName()} need {needed} bytes of memory, {limit}.",
                "Crop or downsample it first, store it as an uncompressed .nii (read by the piece), or use a machine with more memory.", ExitCode.Resources);
        }

        try
        {
            return GC.AllocateUninitializedArray<T>((int)size.Count);
        }
        catch (OutOfMemoryException problem)
        {
            throw new CoraException($"{file}: {needed} bytes of memory were asked for and not given.", "Close other programs or use a machine with more memory.", ExitCode.Resources, problem);
        }
    }
}
