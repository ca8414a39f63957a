using BenchmarkDotNet.Attributes;
using Cora.Imaging;
using Cora.Synthesis;

namespace Cora.Benchmarks;

/// <summary>The data engine's single functions, by patch size.</summary>
public class EnginePieces
{
    private PatchEngine engine = null!;
    private PatchBuffers buffers = null!;
    private PatchRecipe recipe = null!;
    private CtNoise noise = null!;
    private float[] hu = null!;
    private float[] channels = null!;

    /// <summary>Voxels a side.</summary>
    [Params(64, 96)]
    public int Side { get; set; }

    /// <summary>Makes what is measured on.</summary>
    [GlobalSetup]
    public void SetUp()
    {
        engine = Material.Engine(Material.Study(), Side);
        buffers = new();
        (recipe, _) = engine.DrawRecipe(Seed.Root(1), 1, buffers);
        noise = new(new());
        hu = engine.Make(recipe, buffers).Hu;
        channels = new float[4 * hu.Length];
    }

    /// <summary>All of chance: place, angles, lesions that fit.</summary>
    [Benchmark]
    public PatchRecipe DrawRecipe() => engine.DrawRecipe(Seed.Root(1), 1, buffers).Recipe;

    /// <summary>Reading, rotating, painting, noise.</summary>
    [Benchmark]
    public SyntheticPatch MakeRecipe() => engine.Make(recipe, buffers);

    /// <summary>Beer-Lambert noise.</summary>
    [Benchmark]
    public void Noise() => noise.Apply(hu, Seed.Root(2));

    /// <summary>Four windows.</summary>
    [Benchmark]
    public void Windows() => new WindowsConfig().Apply(hu, channels);
}

/// <summary>Functions on whole volumes.</summary>
public class VolumePieces
{
    private readonly Volume<short> volume = Material.Volume(new(256, 256, 128), new(0.4, 0.4, 0.75));
    private readonly Volume<byte> mask = Material.Volume(new(256, 256, 128), new(0.4, 0.4, 0.75)).Select(v => (byte)(v > 200 ? 1 : 0));

    /// <summary>To 0.5 mm along the axes.</summary>
    [Benchmark]
    public Volume<short> ResampleToSpacing() => Resample.ToSpacing(volume, new(0.5, 0.5, 0.5));

    /// <summary>Axes in another order and direction.</summary>
    [Benchmark]
    public Volume<short> ReorientToIpr() => Reorient.To(volume, "IPR");

    /// <summary>26-connected pieces of scattered voxels, the hard case.</summary>
    [Benchmark]
    public Components ConnectedPieces() => ConnectedComponents.Of(mask);
}
