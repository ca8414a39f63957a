namespace Cora.Pretraining;

/// <summary>Mean and standard deviation of each channel over the patches of a data set: by them targets are standardised, so that no window outweighs another.</summary>
/// <param name="Mean">One a channel, in the channel's units.</param>
/// <param name="Deviation">One a channel, never 0.</param>
internal sealed record ChannelConstants(float[] Mean, float[] Deviation)
{
    private const int Patches = 128;

    // A channel that hardly ever changes in a data set (no calcium in it) is left at about its own scale rather than blown up.
    private const double LeastDeviation = 1e-3;

    /// <summary>Of so many unturned patches that later training will resemble: a pure function of the seed.</summary>
    /// <param name="patches">Patches of the studies that are learnt from.</param>
    /// <param name="channelsOf">The channels [channel, voxel] of a patch's HU.</param>
    /// <param name="span">Width of a channel's range, in its units.</param>
    /// <param name="seed">Which patches.</param>
    public static ChannelConstants Of(PlainPatches patches, Func<float[], float[]> channelsOf, double span, Seed seed)
    {
        var voxels = patches.Side * patches.Side * patches.Side;
        double[] sums = [], squares = [];
        for (var i = 0; i < Patches; i++)
        {
            var channels = channelsOf(patches.Cut(seed.Derive(i)));
            if (i == 0) (sums, squares) = (new double[channels.Length / voxels], new double[channels.Length / voxels]);
            for (var v = 0; v < channels.Length; v++)
            {
                sums[v / voxels] += channels[v];
                squares[v / voxels] += (double)channels[v] * channels[v];
            }
        }

        var count = (double)Patches * voxels;
        return new(
            [.. sums.Select(s => (float)(s / count))],
            [.. sums.Zip(squares, (s, q) => (float)Math.Max(LeastDeviation * span, Math.Sqrt(Math.Max(0, q / count - s / count * (s / count)))))]);
    }
}
