using System.Diagnostics;
using System.Globalization;
using Cora;
using Cora.Imaging;
using Cora.Synthesis;

// The data engine on one thread: patches a second at 64 and 96 voxels a side, with rotation, zoom, flips, a lesion, noise and the four windows written
// out. The same work as the peer's data_engine_64 and data_engine_96 with --threads 1.
//   dotnet run -c Release --project benchmarks/Cora.Benchmarks
var size = new Size3(256, 256, 192);
var random = Seed.Root(0).Random();
var hu = new short[size.Count];
for (var i = 0; i < hu.Length; i++) hu[i] = (short)random.Normal(40, 150);
var mask = new byte[size.Count];
var (x, y, z) = (128.0, 128.0, 96.0);
for (var i = 0; i < 4000; i++)
{
    (x, y, z) = (Math.Clamp(x + random.Normal(), 2, 253), Math.Clamp(y + random.Normal(), 2, 253), Math.Clamp(z + random.Normal(), 2, 189));
    mask[(((int)z * size.Y) + (int)y) * size.X + (int)x] = 1;
}

var study = new PatchStudy("benchmark", new Volume<short>(Geometry.Isotropic(size, 0.5), hu), ArteryIndex.Of(mask, size, "benchmark"));
foreach (var side in new[] { 64, 96 })
{
    var engine = new PatchEngine([study], side, lesion: new() { Prob = 1, Count = new(1, 1) }, noise: new() { Probability = 1 });
    var windows = new WindowsConfig();
    var channels = new float[4 * side * side * side];
    var buffers = new PatchBuffers();
    var rates = new List<double>();
    for (var repeat = 0; repeat < 6; repeat++)
    {
        const int patches = 40;
        var began = Stopwatch.GetTimestamp();
        for (var i = 0; i < patches; i++) windows.Apply(engine.Make(Seed.Root(1000 * repeat + i), 1, buffers).Hu, channels);
        if (repeat > 0) rates.Add(patches / Stopwatch.GetElapsedTime(began).TotalSeconds);      // the first repeat warms up
    }

    rates.Sort();
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"data_engine_{side}_1thread  {rates[2]:0.0} patches/s  [{rates[0]:0.0} .. {rates[^1]:0.0}] n={rates.Count}"));
}
