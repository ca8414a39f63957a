using System.Diagnostics;
using System.Numerics;
using System.Runtime.InteropServices;
using Cora.Imaging;
using Cora.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Cora.Inference;

/// <summary>How a network is led over a volume that is larger than what it was trained on.</summary>
public sealed record SlidingWindowConfig : ISettings
{
    /// <summary>Side of a tile in voxels; 0 = the patch that the model was trained on.</summary>
    public int Patch { get; init; }

    /// <summary>Share of a tile that its neighbour sees again.</summary>
    public double Overlap { get; init; } = 0.5;

    /// <summary>Whether the answers for all eight mirror images of a tile are averaged. Eight times the work.</summary>
    public bool Mirrors { get; init; }

    /// <summary>Tiles in one call of the network; 0 = about a million voxels. A matter of speed and memory.</summary>
    public int TilesPerBatch { get; init; }

    /// <inheritdoc/>
    public IEnumerable<Problem> Check()
    {
        if (Patch is < 0 or > 1024) yield return new("patch", Patch, "0 to 1024");
        if (Overlap is not (>= 0 and <= 0.9)) yield return new("overlap", Overlap, "0 to 0.9");
        if (TilesPerBatch is < 0 or > 1024) yield return new("tiles_per_batch", TilesPerBatch, "0 to 1024");
    }
}

/// <summary>
/// Probabilities of a whole volume, tile by tile: logits are averaged over mirrors, then over tiles by a Gaussian weight, and only then become
/// probabilities (ALGORITHMS 4.6). The scan is read by the box; the answer is the only thing as large as the volume.
/// </summary>
public sealed class SlidingWindow
{
    // Air: below every window, as if the network's input had been padded with the lowest value.
    private const short PaddingHu = -1024;

    // Kept for good: decision 0014.
    private static readonly Scalar One = 1.ToScalar();
    private static readonly Scalar MinusOne = (-1).ToScalar();
    private static readonly Scalar Eight = 8.ToScalar();

    private const long AutomaticBatchVoxels = 1_000_000;

    private readonly nn.Module<Tensor, Tensor> network;
    private readonly IInputChannels channels;
    private readonly SlidingWindowConfig config;
    private readonly Device device;
    private readonly int patch;
    private readonly int tilesPerBatch;

    /// <param name="network">
    /// Logits [B, 1, D, H, W] for a sigmoid, or [B, 2, D, H, W] of background and foreground for a softmax, of channels [B, K, D, H, W]; lies on the device.
    /// </param>
    /// <param name="channels">The windows, or the normalisation, that the network was trained with.</param>
    /// <param name="trainedPatch">Side of the patches it was trained with; taken unless the settings name another.</param>
    /// <param name="config">Overlap, mirrors, batch.</param>
    /// <param name="device">Where the network lies.</param>
    public SlidingWindow(nn.Module<Tensor, Tensor> network, IInputChannels channels, int trainedPatch, SlidingWindowConfig config, Device device)
    {
        ArgumentNullException.ThrowIfNull(config);
        if (config.Check().FirstOrDefault() is { Name: not null } problem) throw new ArgumentException($"inference.{problem}", nameof(config));
        (this.network, this.channels, this.config, this.device) = (network, channels, config, device);
        patch = config.Patch > 0 ? config.Patch : trainedPatch;
        ArgumentOutOfRangeException.ThrowIfLessThan(patch, 1, nameof(trainedPatch));
        var voxels = (long)patch * patch * patch;
        tilesPerBatch = config.TilesPerBatch > 0 ? config.TilesPerBatch : (int)Math.Clamp(AutomaticBatchVoxels / voxels, 1, 16);
    }

    /// <summary>What a volume of a size will cost. Runs the network to know its pace: the first call makes it ready and is slower by far.</summary>
    public InferenceForecast Forecast(Size3 size)
    {
        var batch = (int)Math.Min(tilesPerBatch, Tiles(size));
        var (hu, logits) = (new short[batch * PatchVoxels], new float[batch * PatchVoxels]);
        _ = Logits(hu, batch, logits);
        var started = Stopwatch.GetTimestamp();
        _ = Logits(hu, batch, logits);
        return Cost(size, Stopwatch.GetElapsedTime(started).TotalSeconds / batch);
    }

    /// <summary>Probability of each voxel, on the scan's own grid. The scan must have the spacing that the network was trained with.</summary>
    /// <exception cref="CoraException">The answer does not fit into memory, or the network answers something that is no number.</exception>
    /// <exception cref="OperationCanceledException">Asked to stop.</exception>
    public Volume<float> Probabilities(IVoxels<short> scan, IProgress<RunEvent>? progress = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(scan);
        var size = scan.Geometry.Size;
        Cost(size, secondsPerTile: 0).Require(MemoryRoom.AvailableBytes());

        var (x, y, z) = (Axis(size.X), Axis(size.Y), Axis(size.Z));
        var answer = new float[size.Count];
        var hu = new short[tilesPerBatch * PatchVoxels];
        var logits = new float[tilesPerBatch * PatchVoxels];
        var (done, total) = (0L, Tiles(size));
        var tiles = from k in Enumerable.Range(0, z.Starts.Length)
                    from j in Enumerable.Range(0, y.Starts.Length)
                    from i in Enumerable.Range(0, x.Starts.Length)
                    select (I: i, J: j, K: k);
        foreach (var batch in tiles.Chunk(tilesPerBatch))
        {
            stop.ThrowIfCancellationRequested();
            for (var b = 0; b < batch.Length; b++) Cut(scan, Corner(batch[b]), hu.AsSpan(b * PatchVoxels, PatchVoxels));
            Logits(hu, batch.Length, logits);
            for (var b = 0; b < batch.Length; b++)
            {
                var (i, j, k) = batch[b];
                Add(logits.AsSpan(b * PatchVoxels, PatchVoxels), Corner(batch[b]), x.Shares[i], y.Shares[j], z.Shares[k], answer, size);
            }

            done += batch.Length;
            progress?.Report(new Progressed("response map", done, total, "tiles"));
        }

        Squash(answer);
        return new(scan.Geometry, answer);

        Box3 Corner((int I, int J, int K) tile) => new(x.Starts[tile.I] - x.PadLow, y.Starts[tile.J] - y.PadLow, z.Starts[tile.K] - z.PadLow, Size3.Cube(patch));
    }

    private int PatchVoxels => patch * patch * patch;

    private TileAxis Axis(int size) => new(size, patch, config.Overlap);

    private long Tiles(Size3 size) => Enumerable.Range(0, 3).Aggregate(1L, (n, axis) => n * TileAxis.StartsOf(Math.Max(size[axis], patch), patch, config.Overlap).Length);

    private InferenceForecast Cost(Size3 size, double secondsPerTile)
    {
        // At its highest, the finest decoder stage holds skip, raised map, both together, convolution and norm: six to ten times the finest channels.
        var floatsPerVoxel = channels.Count + 2 + (network is ResUNet unet ? 10 * unet.Config.Channels[0] : 0);
        var tiles = Tiles(size);
        var batch = (int)Math.Min(tilesPerBatch, tiles);
        return new(size, tiles, config.Mirrors ? 8 : 1, batch, size.Count * sizeof(float), (long)batch * PatchVoxels * (sizeof(short) + sizeof(float) * (long)floatsPerVoxel), secondsPerTile * tiles);
    }

    /// <summary>The HU of a tile; what lies outside of the scan is air.</summary>
    private void Cut(IVoxels<short> scan, Box3 tile, Span<short> into)
    {
        if (tile.IsWithin(scan.Geometry.Size))
        {
            scan.CopyBox(tile, into);
            return;
        }

        into.Fill(PaddingHu);
        var inside = Inside(tile, scan.Geometry.Size);
        var cut = new short[inside.Size.Count];
        scan.CopyBox(inside, cut);
        for (var z = 0; z < inside.Size.Z; z++)
        {
            for (var y = 0; y < inside.Size.Y; y++)
            {
                var to = ((inside.Z - tile.Z + z) * patch + inside.Y - tile.Y + y) * patch + inside.X - tile.X;
                cut.AsSpan((z * inside.Size.Y + y) * inside.Size.X, inside.Size.X).CopyTo(into[to..]);
            }
        }
    }

    /// <summary>The network's logits of a batch of tiles, the mean over mirror images if asked for.</summary>
    private float[] Logits(short[] hu, int count, float[] into) => LostScalar.Again(() => LogitsOnce(hu, count, into));

    private float[] LogitsOnce(short[] hu, int count, float[] into)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var x = channels.Of(tensor(hu, [hu.Length / PatchVoxels, 1, patch, patch, patch]).narrow(0, 0, count).to(device).to(float32));      // [B, K, P, P, P]
        var logits = network.forward(x);                                                                                       // [B, 1 or 2, P, P, P]
        if (logits.shape is not [var answers, 1 or 2, var depth, var height, var width] || answers != count || depth != patch || height != patch || width != patch)
            throw new ArgumentException($"The network answers [{string.Join(", ", logits.shape)}], expected [{count}, 1 or 2, {patch}, {patch}, {patch}].");
        if (config.Mirrors)
        {
            for (var mirror = 1; mirror < 8; mirror++)
            {
                using var flip = NewDisposeScope();
                long[] axes = [.. Enumerable.Range(0, 3).Where(a => (mirror & (1 << a)) != 0).Select(a => (long)(a + 2))];
                logits.add_(network.forward(x.flip(axes)).flip(axes), One);
            }

            logits.div_(Eight);
        }

        // The softmax of two is the sigmoid of their difference, and a mean of differences is the difference of the means.
        if (logits.shape[1] == 2) logits = logits.narrow(1, 1, 1).add(logits.narrow(1, 0, 1), MinusOne);

        MemoryMarshal.Cast<byte, float>(logits.to(float32).cpu().contiguous().bytes).CopyTo(into);
        return into;
    }

    /// <summary>Adds a tile's share to the answer.</summary>
    private void Add(ReadOnlySpan<float> logits, Box3 tile, float[] shareX, float[] shareY, float[] shareZ, float[] answer, Size3 size)
    {
        var inside = Inside(tile, size);
        var (fromX, fromY, fromZ) = (inside.X - tile.X, inside.Y - tile.Y, inside.Z - tile.Z);
        for (var z = 0; z < inside.Size.Z; z++)
        {
            for (var y = 0; y < inside.Size.Y; y++)
            {
                var share = shareZ[fromZ + z] * shareY[fromY + y];
                var source = logits.Slice(((fromZ + z) * patch + fromY + y) * patch + fromX, inside.Size.X);
                var weights = shareX.AsSpan(fromX, inside.Size.X);
                var target = answer.AsSpan((int)(((long)(inside.Z + z) * size.Y + inside.Y + y) * size.X + inside.X), inside.Size.X);
                var i = 0;
                for (; i <= target.Length - Vector<float>.Count; i += Vector<float>.Count)
                {
                    var sum = new Vector<float>(target[i..]) + new Vector<float>(source[i..]) * (new Vector<float>(weights[i..]) * share);
                    sum.CopyTo(target[i..]);
                }

                for (; i < target.Length; i++) target[i] += source[i] * (weights[i] * share);
            }
        }
    }

    private static Box3 Inside(Box3 tile, Size3 size)
    {
        var (x, y, z) = (Math.Max(tile.X, 0), Math.Max(tile.Y, 0), Math.Max(tile.Z, 0));
        return new(x, y, z, new(Math.Min(tile.X + tile.Size.X, size.X) - x, Math.Min(tile.Y + tile.Size.Y, size.Y) - y, Math.Min(tile.Z + tile.Size.Z, size.Z) - z));
    }

    /// <summary>The sigmoid, in place.</summary>
    private static void Squash(float[] logits)
    {
        var strange = 0L;
        for (var i = 0; i < logits.Length; i++)
        {
            if (!float.IsFinite(logits[i])) strange++;
            logits[i] = 1 / (1 + MathF.Exp(-logits[i]));
        }

        if (strange > 0)
        {
            throw new CoraException(
                $"The network's answer is no finite number in {strange} of {logits.Length} voxels.", "The weights are damaged or the training diverged; use another checkpoint.");
        }
    }
}
