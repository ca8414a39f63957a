using System.Globalization;
using Cora.Evaluation;
using Cora.Imaging;
using Cora.Inference;
using Cora.Networks;
using Cora.Synthesis;
using Cora.Training;
using static TorchSharp.torch;

namespace Cora.Benchmarks;

/// <summary>The same work as the peer's script, under the same names.</summary>
internal static class WholeRuns
{
    private static readonly (string Name, Action<int> Run)[] All =
        [("bandwidth", Bandwidth), ("engine", Engine), ("stages", Stages), ("read", Read), ("resample", Resampling), ("masks", Masks), ("convolution", Convolutions), ("train", Train), ("window", Window)];

    public static int Run(string[] args)
    {
        var threads = int.Parse(Option(args, "--threads") ?? "1", CultureInfo.InvariantCulture);
        var only = Option(args, "--only")?.Split(',');
        set_num_threads(threads);
        Console.WriteLine($"threads {threads}");
        foreach (var (name, run) in All) if (only is null || only.Contains(name)) run(threads);
        return 0;
    }

    private static string? Option(string[] args, string name) => Array.IndexOf(args, name) is >= 0 and var i && i + 1 < args.Length ? args[i + 1] : null;

    /// <summary>What one core can copy: the floor under every pass over memory.</summary>
    private static void Bandwidth(int threads)
    {
        var (from, to) = (new byte[1 << 28], new byte[1 << 28]);
        from.AsSpan().Fill(1);
        Timing.Rate("memory_copy (read + written)", "GB/s", 2e-9 * from.Length, () => from.CopyTo(to, 0));
    }

    private static void Engine(int threads)
    {
        var study = Material.Study();
        foreach (var side in new[] { 64, 96 })
        {
            var engine = Material.Engine(study, side);
            var (windows, channels, buffers) = (new WindowsConfig(), new float[4 * side * side * side], new PatchBuffers());
            var round = 0;
            Timing.Rate($"data_engine_{side}_1thread", "patches/s", 40, () =>
            {
                for (var i = 0; i < 40; i++) windows.Apply(engine.Make(Seed.Root(1000 * round + i), 1, buffers).Hu, channels);
                round++;
            });
        }
    }

    /// <summary>The engine with parts left out; differences are the parts' shares.</summary>
    private static void Stages(int threads)
    {
        var study = Material.Study();
        foreach (var side in new[] { 64, 96 })
        {
            var buffers = new PatchBuffers();
            void Of(string name, PatchEngine engine) => Timing.Seconds($"stage_{side}_{name} (40 patches)", () =>
            {
                for (var i = 0; i < 40; i++) engine.Make(Seed.Root(i), 1, buffers);
            });
            Of("crop, rotate, zoom, flip", Material.Engine(study, side, 0, 0));
            Of("and a lesion", Material.Engine(study, side, 1, 0));
            Of("and noise", Material.Engine(study, side, 1, 1));
            var (windows, channels, hu) = (new WindowsConfig(), new float[4 * side * side * side], new float[side * side * side]);
            Timing.Seconds($"stage_{side}_windows (40 patches)", () =>
            {
                for (var i = 0; i < 40; i++) windows.Apply(hu, channels);
            });
        }
    }

    private static void Read(int threads)
    {
        var folder = Directory.CreateTempSubdirectory("cora-benchmark-").FullName;
        try
        {
            var volume = Material.Volume(new(512, 512, 200), new(0.4, 0.4, 0.75));
            Nifti.Write(Path.Combine(folder, "v.nii.gz"), volume);
            Nifti.Write(Path.Combine(folder, "v.nii"), volume);
            Timing.Seconds("read_nifti_gz_512x512x200", () => Nifti.Read<short>(Path.Combine(folder, "v.nii.gz")));
            Timing.Seconds("read_nifti_512x512x200", () => Nifti.Read<short>(Path.Combine(folder, "v.nii")));
            var crop = new short[96 * 96 * 96];
            Timing.Seconds("open_and_crop_96_of_nifti_512x512x200", () =>
            {
                using var file = Nifti.Open<short>(Path.Combine(folder, "v.nii"));
                file.CopyBox(new(200, 200, 50, Size3.Cube(96)), crop);
            });
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Resampling(int threads)
    {
        var volume = Material.Volume(new(512, 512, 200), new(0.4, 0.4, 0.75));
        Timing.Seconds("resample_512x512x200_to_0.5", () => Resample.ToSpacing(volume, new(0.5, 0.5, 0.5), threads));
        var turned = new Geometry(new(410, 410, 300), new(0.5, 0.5, 0.5), default, new(new(Math.Cos(0.1), -Math.Sin(0.1), 0), new(Math.Sin(0.1), Math.Cos(0.1), 0), new(0, 0, 1)));
        Timing.Seconds("resample_512x512x200_to_0.5_oblique", () => Resample.Linear(volume, turned, threads: threads), repeats: 3);
    }

    private static void Masks(int threads)
    {
        var (p, g) = (Material.Tubes(1), Material.Tubes(0));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"foreground {p.Voxels.Length - p.Voxels.Count((byte)0)} {g.Voxels.Length - g.Voxels.Count((byte)0)}"));
        Timing.Seconds("cldice_256", () => CenterlineDice.Of(p, g));
        Timing.Seconds("surface_distance_256", () => SurfaceDistances.Between(p, g, new(1, 1, 1)));
        var random = Seed.Root(1).Random();
        var scattered = p.Select(_ => (byte)(random.Chance(0.1) ? 1 : 0));
        Timing.Seconds("components26_256_random_p0.1", () => ConnectedComponents.Of(scattered));
    }

    /// <summary>Why convolutions with few channels get their channels side by side in memory: a block's forward and backward pass, channels apart and side by side.</summary>
    private static void Convolutions(int threads)
    {
        foreach (var (from, to, side) in new[] { (4, 8, 24), (8, 8, 24), (16, 8, 24), (32, 16, 12), (64, 32, 6), (32, 32, 48) })
        {
            var batch = side > 24 ? 2 : 6;
            using var weight = randn([to, from, 3, 3, 3]).requires_grad_(true);
            using var scale = ones(to).requires_grad_(true);
            using var shift = zeros(to).requires_grad_(true);
            using var x = randn([batch, from, side, side, side]).requires_grad_(true);
            foreach (var isBeside in new[] { false, true })
            {
                Timing.Seconds($"convolution_{from}_{to}_{batch}x{side} ({(isBeside ? "side by side" : "apart")})", () =>
                {
                    using var scope = NewDisposeScope();
                    var input = isBeside ? x.permute(0, 2, 3, 4, 1).contiguous().permute(0, 4, 1, 2, 3) : x;
                    var y = nn.functional.conv3d(input, weight, null, [1L, 1, 1], [1L, 1, 1]).contiguous();
                    nn.functional.leaky_relu(nn.functional.group_norm(y, to, scale, shift, 1e-5), 0.01).sum().backward();
                });
            }
        }
    }

    private static void Train(int threads)
    {
        foreach (var side in new[] { 32, 48, 64 })
        {
            foreach (var precision in new[] { ConvolutionPrecision.Float32, ConvolutionPrecision.Bf16 })
            {
                using var network = new ResUNet(new(), Seed.Root(1), precision);
                using var optimizer = Optimizers.Create(new() { Optimizer = OptimizerKind.Adamw, LearningRate = 1e-4, WeightDecay = 0.01, ClipNorm = 0 }, network);
                using var input = rand([1, 4, side, side, side]);
                using var mask = rand([1, 1, side, side, side]).lt(0.01).to(float32);
                var step = 0;
                Timing.Seconds($"train_step_{side}_{(precision == ConvolutionPrecision.Float32 ? "fp32" : "bf16")}", () =>
                {
                    using var scope = NewDisposeScope();
                    network.zero_grad();
                    Losses.Cora(network.forward(input), mask, new()).Total.backward();
                    optimizer.Step(1e-4, step++);
                }, repeats: 3);
            }
        }
    }

    private static void Window(int threads)
    {
        using var network = new ResUNet(new(), Seed.Root(1));
        network.eval();
        var sliding = new SlidingWindow(network, new WindowChannels(HuWindow.Paper, 0, 1), 96, new(), CPU);
        var scan = Material.Volume(new(144, 96, 96), new(0.5, 0.5, 0.5));
        Timing.Seconds("sliding_window_144x96x96_roi96_fp32 (2 windows)", () => sliding.Probabilities(scan), repeats: 2);
    }
}
