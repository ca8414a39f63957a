using System.Globalization;
using Cora.Imaging;

namespace Cora.Inference;

/// <summary>What a volume will cost, told before anything large is allocated.</summary>
/// <param name="Size">Voxels of the volume.</param>
/// <param name="Tiles">Tiles that the network will see.</param>
/// <param name="Passes">Passes of the network over a tile: 1, or 8 with mirrors.</param>
/// <param name="TilesPerBatch">Tiles in one call of the network.</param>
/// <param name="OutputBytes">The answer, which is also the only accumulator.</param>
/// <param name="WorkingBytes">About what the network needs for one batch at its highest.</param>
/// <param name="Seconds">About how long, from one measured batch.</param>
public sealed record InferenceForecast(Size3 Size, long Tiles, int Passes, int TilesPerBatch, long OutputBytes, long WorkingBytes, double Seconds)
{
    /// <summary>Both parts of the memory.</summary>
    public long Bytes => OutputBytes + WorkingBytes;

    /// <summary>Refuses what will not fit.</summary>
    /// <exception cref="CoraException">More is needed than available, or more voxels than one volume in memory holds (exit code 5).</exception>
    internal void Require(long availableBytes)
    {
        if (Size.Count > Array.MaxLength)
        {
            throw new CoraException(
                $"The answer would have {Size} voxels; one volume in memory holds {Array.MaxLength}.", "Crop the scan to the heart first, or use a coarser spacing.", ExitCode.Resources);
        }

        if (Bytes <= availableBytes) return;
        throw new CoraException(
            string.Create(CultureInfo.InvariantCulture, $"A response map of {Size} voxels needs about {Mib(OutputBytes)} MiB for the answer and {Mib(WorkingBytes)} MiB for the network; {Mib(availableBytes)} MiB are available."),
            "Set inference.tiles_per_batch = 1, crop the scan to the heart, or use a machine with more memory.", ExitCode.Resources);
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Tiles} tiles, {Mib(Bytes)} MiB, about {Seconds:0} s");

    private static long Mib(long bytes) => (bytes + (1 << 20) - 1) >> 20;
}
