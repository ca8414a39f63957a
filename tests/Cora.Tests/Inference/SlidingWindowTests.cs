using Cora.Imaging;
using Cora.Inference;
using Cora.Networks;
using CsCheck;
using TorchSharp;
using static TorchSharp.torch;

namespace Cora.Tests.Inference;

public sealed class SlidingWindowTests
{
    private static readonly WindowChannels Paper = new(HuWindow.Paper);

    // The worked example of nnU-Net's rule, and 33 / 2 = 16.5, which goes to the even 16.
    [Theory]
    [InlineData(110, 64, new[] { 0, 23, 46 })]
    [InlineData(97, 64, new[] { 0, 16, 33 })]
    [InlineData(64, 64, new[] { 0 })]
    [InlineData(65, 64, new[] { 0, 1 })]
    public void Tiles_start_where_the_reference_starts_them(int size, int patch, int[] starts) => Assert.Equal(starts, TileAxis.StartsOf(size, patch, 0.5));

    [Fact]
    public void Every_voxel_is_covered_and_its_shares_sum_to_one() =>
        Gen.Select(Gen.Int[1, 200], Gen.Int[1, 12], Gen.Double[0, 0.9]).Sample((size, eighths, overlap) =>
        {
            var patch = 8 * eighths;
            var axis = new TileAxis(size, patch, overlap);
            var sums = new double[Math.Max(size, patch)];
            for (var tile = 0; tile < axis.Starts.Length; tile++)
            {
                for (var i = 0; i < patch; i++) sums[axis.Starts[tile] + i] += axis.Shares[tile][i];
            }

            // Shares are rounded to float32; at an overlap of 0.9 ten or eleven meet.
            return axis.Starts[0] == 0 && axis.Starts[^1] + patch == sums.Length && sums.All(s => Math.Abs(s - 1) < 1e-6);
        });

    [Fact]
    public void Importance_is_a_Gaussian_of_an_eighth_of_the_patch()
    {
        var weights = TileAxis.Importance(96);

        Assert.Equal(1, weights[48]);
        Assert.Equal(Math.Exp(-0.5), weights[48 + 12], 12);
        Assert.Equal(Math.Exp(-8), weights[0], 12);
    }

    [Fact]
    public void Constant_logits_reassemble_to_the_same_constant()
    {
        using var network = new Answering((_, shape) => full(shape, -1.25));
        var map = Over(network, 16).Probabilities(Scan(new(37, 16, 23)), stop: Token);

        // Some tens of float32 roundings.
        Assert.All(map.Voxels.ToArray(), p => Assert.Equal(1 / (1 + Math.Exp(1.25)), p, 1e-6));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_network_that_looks_at_single_voxels_gives_each_voxel_its_own_answer(bool mirrors)
    {
        // Longer, equal to and shorter than the patch: the last is padded.
        var scan = Scan(new(41, 16, 11));
        using var network = new Answering((x, _) => x.narrow(1, 1, 1).clone());
        var map = Over(network, 16, mirrors).Probabilities(scan, stop: Token);

        Assert.Equal(scan.Geometry, map.Geometry);
        for (var i = 0; i < map.Voxels.Length; i++) Assert.Equal(1 / (1 + Math.Exp(-HuWindow.Paper[1].Apply(scan.Voxels[i]))), map.Voxels[i], 1e-6);
    }

    [Fact]
    public void Overlapping_tiles_are_averaged_as_logits_by_their_Gaussians()
    {
        // Each tile answers its own x index; 12 voxels in tiles of 8 start at 0 and 4.
        using var network = new Answering((_, shape) => arange(8, dtype: float32).expand(shape).clone());
        var map = Over(network, 8).Probabilities(Scan(new(12, 8, 8)), stop: Token);
        double Weight(int i) => Math.Exp(-0.5 * (i - 4) * (i - 4));

        var logit = (Weight(5) * 5 + Weight(1) * 1) / (Weight(5) + Weight(1));
        Assert.Equal(1 / (1 + Math.Exp(-logit)), map[5, 3, 2], 1e-6);
        Assert.Equal(1 / (1 + Math.Exp(-2)), map[2, 0, 0], 1e-6);
        Assert.Equal(1 / (1 + Math.Exp(-7)), map[11, 7, 7], 1e-6);
    }

    [Fact]
    public void Mirrors_average_what_a_network_sees_from_all_sides()
    {
        using var network = new Answering((_, shape) => arange(8, dtype: float32).expand(shape).clone());
        var map = Over(network, 8, mirrors: true).Probabilities(Scan(Size3.Cube(8)), stop: Token);

        Assert.All(map.Voxels.ToArray(), p => Assert.Equal(1 / (1 + Math.Exp(-3.5)), p, 1e-6));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_softmax_of_background_and_foreground_gives_the_foreground(bool mirrors)
    {
        using var scope = NewDisposeScope();
        var scan = Scan(new(21, 16, 11));
        var normalization = new CtNormalization { LowHu = -50, HighHu = 900, MeanHu = 300, StdHu = 200 };
        using var network = new Answering((x, _) => cat([x * 0.25f, 1 - x], 1));
        var map = new SlidingWindow(network, new NormalizedChannel(normalization), 16, new() { Mirrors = mirrors }, CPU).Probabilities(scan, stop: Token);

        for (var i = 0; i < map.Voxels.Length; i++)
        {
            var x = normalization.Apply(scan.Voxels[i]);
            Assert.Equal(Math.Exp(1 - x) / (Math.Exp(1 - x) + Math.Exp(0.25 * x)), map.Voxels[i], 1e-6);
        }
    }

    [Fact]
    public void A_volume_of_one_patch_gets_what_the_network_says_of_it()
    {
        using var scope = NewDisposeScope();
        using var network = new ResUNet(new() { Channels = [4, 8], Blocks = [1, 1], ZeroInit = false }, Seed.Root(3));
        var scan = Scan(Size3.Cube(16));
        var map = Over(network, 16).Probabilities(scan, stop: Token);

        var hu = tensor(scan.Voxels.ToArray().Select(v => (float)v).ToArray(), [1, 1, 16, 16, 16]);
        var direct = network.forward(Paper.Of(hu)).sigmoid().flatten().data<float>().ToArray();
        for (var i = 0; i < direct.Length; i++) Assert.Equal(direct[i], map.Voxels[i], 1e-6);
    }

    [Fact]
    public void The_batch_is_a_matter_of_speed_only()
    {
        using var network = new ResUNet(new() { Channels = [4, 8], Blocks = [1, 1], ZeroInit = false }, Seed.Root(3));
        var scan = Scan(new(30, 20, 16));
        var single = new SlidingWindow(network, Paper, 16, new() { TilesPerBatch = 1 }, CPU).Probabilities(scan, stop: Token);
        var many = new SlidingWindow(network, Paper, 16, new() { TilesPerBatch = 5 }, CPU).Probabilities(scan, stop: Token);

        // Another batch may take another kernel: sums in another order.
        for (var i = 0; i < single.Voxels.Length; i++) Assert.Equal(single.Voxels[i], many.Voxels[i], 1e-5);
    }

    [Fact]
    public void A_forecast_counts_tiles_and_bytes_and_has_measured_the_pace()
    {
        using var network = new ResUNet(new() { Channels = [4, 8], Blocks = [1, 1] }, Seed.Root(3));
        var forecast = Over(network, 64).Forecast(new(110, 64, 20));

        Assert.Equal(3, forecast.Tiles);
        Assert.Equal(110 * 64 * 20 * 4, forecast.OutputBytes);
        Assert.InRange(forecast.WorkingBytes, 64 * 64 * 64 * 4 * 4, 3 * 64 * 64 * 64 * 4 * 60);
        Assert.InRange(forecast.Seconds, 1e-4, 600);
    }

    [Fact]
    public void What_does_not_fit_is_refused_with_numbers_before_anything_is_allocated()
    {
        var forecast = new InferenceForecast(new(512, 512, 400), 100, 1, 1, 512L * 512 * 400 * 4, 1L << 30, 0);

        var refused = Assert.Throws<CoraException>(() => forecast.Require(1L << 30));

        Assert.Equal(ExitCode.Resources, refused.Code);
        Assert.Contains("400 MiB for the answer and 1024 MiB for the network; 1024 MiB are available", refused.Message);
        forecast.Require(forecast.Bytes);
    }

    [Fact]
    public void A_grid_beyond_one_array_is_refused()
    {
        using var network = new Answering((x, _) => x.narrow(1, 0, 1).clone());

        Assert.Equal(ExitCode.Resources, Assert.Throws<CoraException>(() => Over(network, 16).Probabilities(new Endless(), stop: Token)).Code);
    }

    [Fact]
    public void An_answer_that_is_no_number_is_refused()
    {
        using var network = new Answering((_, shape) => full(shape, float.NaN));

        Assert.Contains("no finite number in 512 of 512", Assert.Throws<CoraException>(() => Over(network, 8).Probabilities(Scan(Size3.Cube(8)), stop: Token)).Message);
    }

    [Fact]
    public void It_stops_when_asked()
    {
        using var network = new Answering((_, shape) => zeros(shape));
        using var stop = new CancellationTokenSource();
        stop.Cancel();

        Assert.Throws<OperationCanceledException>(() => Over(network, 8).Probabilities(Scan(new(40, 40, 8)), null, stop.Token));
    }

    [Fact]
    public void No_tensor_stays_behind()
    {
        using var network = new ResUNet(new() { Channels = [4, 8], Blocks = [1, 1] }, Seed.Root(3));
        var window = Over(network, 16, mirrors: true);
        _ = window.Probabilities(Scan(new(30, 20, 16)), stop: Token);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        _ = window.Probabilities(Scan(new(30, 20, 16)), stop: Token);

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void Windows_on_the_device_are_those_on_arrays()
    {
        using var scope = NewDisposeScope();
        var hu = Enumerable.Range(-1100, 4300).Select(v => v + 0.25f).ToArray();
        var channels = Paper.Of(tensor(hu, [1, 1, 1, 1, hu.Length]));

        Assert.Equal([1, 4, 1, 1, hu.Length], channels.shape);
        for (var w = 0; w < 4; w++)
        {
            var got = channels.select(1, w).flatten().data<float>().ToArray();
            for (var i = 0; i < hu.Length; i++) Assert.Equal(HuWindow.Paper[w].Apply(hu[i]), got[i], 1e-6f);
        }

        Assert.Equal(-1, new WindowChannels(HuWindow.Paper, -1, 1).Of(full([1, 1, 1, 1, 1], -1000f)).min().item<float>());
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static SlidingWindow Over(nn.Module<Tensor, Tensor> network, int patch, bool mirrors = false) => new(network, Paper, patch, new() { Mirrors = mirrors }, CPU);

    private static Volume<short> Scan(Size3 size)
    {
        var random = Seed.Root(7).Random();
        var hu = new short[size.Count];
        for (var i = 0; i < hu.Length; i++) hu[i] = (short)random.Integer(-1000, 1500);
        return new(new(size, new(0.5, 0.6, 0.7), new(1, 2, 3), Mat3.Identity), hu);
    }

    /// <summary>Answers by a formula of the windows and the answer's shape.</summary>
    private sealed class Answering(Func<Tensor, long[], Tensor> answer) : nn.Module<Tensor, Tensor>(nameof(Answering))
    {
        public override Tensor forward(Tensor x) => answer(x, [x.shape[0], 1, .. x.shape.Skip(2)]);
    }

    private sealed class Endless : IVoxels<short>
    {
        public Geometry Geometry { get; } = Geometry.Isotropic(new(4000, 4000, 4000), 0.1);

        public void CopyBox(Box3 box, Span<short> destination) => throw new InvalidOperationException("Nothing should be read.");
    }
}
