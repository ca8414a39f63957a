using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cora.Analysis;
using Cora.Experiments;
using Cora.Tests.Cli;
using CsCheck;

namespace Cora.Tests.Analysis;

public sealed class ModelBundleTests
{
    [Fact]
    public void The_same_runs_give_the_same_bytes_and_any_zip_program_reads_them()
    {
        using var folder = new TemporaryFolder();
        var runs = RunsOnDisk.WriteAll(folder);

        BundleMaker.Write(folder["a.cora"], new("mine", "Made for a test.", runs));
        BundleMaker.Write(folder["b.cora"], new("mine", "Made for a test.", runs.Reverse().ToDictionary()));

        Assert.Equal(File.ReadAllBytes(folder["a.cora"]), File.ReadAllBytes(folder["b.cora"]));
        ZipFile.ExtractToDirectory(folder["a.cora"], folder["out"]);          // checks the checksums too
        Assert.Equal(
            File.ReadAllBytes(Path.Combine(runs[BundleRole.Arteries], "checkpoints/last/model.safetensors")), File.ReadAllBytes(folder["out/models/arteries/checkpoints/last/model.safetensors"]));
    }

    [Fact]
    public void Nothing_of_the_makers_folders_travels_with_a_bundle()
    {
        using var folder = new TemporaryFolder();
        BundleMaker.Write(folder["a.cora"], new("mine", null, RunsOnDisk.WriteAll(folder)));

        Assert.DoesNotContain(folder.Path, Encoding.Latin1.GetString(File.ReadAllBytes(folder["a.cora"])), StringComparison.Ordinal);
    }

    [Fact]
    public void An_opened_bundle_gives_run_folders_that_load_and_leaves_nothing_behind()
    {
        using var folder = new TemporaryFolder();
        var runs = RunsOnDisk.WriteAll(folder);
        BundleMaker.Write(folder["a.cora"], new("mine", null, runs));
        string place;
        using (var bundle = ModelBundle.Open(folder["a.cora"]))
        {
            place = bundle.RunOf(BundleRole.Stenosis);
            using var model = new TrainedModel(place, "cpu", 1);
            Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(runs[BundleRole.Stenosis], "checkpoints/last/model.safetensors")))), Assert.Single(model.WeightsSha256));
            Assert.Equal(0.9, bundle.Find(BundleRole.Stenosis)!.Threshold);
            Assert.True(bundle.Manifest.PhantomOnly);
            Assert.Contains("digital phantoms only", bundle.Card, StringComparison.Ordinal);
            Assert.Contains("| arteries | internal_test | dice | 0.75 (0.7 to 0.8) |", bundle.Card, StringComparison.Ordinal);
        }

        Assert.False(Directory.Exists(place));
    }

    [Fact]
    public void Runs_that_do_not_belong_together_are_refused_by_name()
    {
        using var folder = new TemporaryFolder();
        var arteries = RunsOnDisk.Write(folder, BundleRole.Arteries);
        var coarse = RunsOnDisk.Write(folder, BundleRole.Response, spacingMm: 1);

        string Refusal(params (BundleRole, string)[] runs) => Assert.Throws<CoraException>(() => BundleMaker.Write(folder["x.cora"], new("x", null, runs.ToDictionary(r => r.Item1, r => r.Item2)))).Message;

        Assert.Contains("arteries 0.85 x 0.85 x 0.85 mm; response 1 x 1 x 1 mm", Refusal((BundleRole.Arteries, arteries), (BundleRole.Response, coarse)), StringComparison.Ordinal);
        Assert.Contains("holds a model of arteries, expected plaque", Refusal((BundleRole.Plaque, arteries)), StringComparison.Ordinal);
        Assert.Contains("expected a pretrained network", Refusal((BundleRole.Response, arteries)), StringComparison.Ordinal);
        Assert.False(File.Exists(folder["x.cora"]));
    }

    [Theory]
    [InlineData("flipped", "another hash")]
    [InlineData("missing", "is missing")]
    [InlineData("extra", "\"models/notes.txt\", which its manifest does not name")]
    [InlineData("extra-named", "which no bundle has")]
    [InlineData("outside", "which no bundle has")]
    [InlineData("packed", "is packed")]
    [InlineData("twice", "twice")]
    [InlineData("version", "is of layout 2, this program reads 1")]
    [InlineData("key", "surprise")]
    [InlineData("other-weights", "are not those that its manifest names")]
    [InlineData("no-manifest", "no manifest.json")]
    [InlineData("no-zip", "no zip")]
    public void A_bundle_that_is_not_as_it_should_be_is_refused(string harm, string why)
    {
        using var folder = new TemporaryFolder();
        BundleMaker.Write(folder["good.cora"], new("mine", null, new Dictionary<BundleRole, string> { [BundleRole.Arteries] = RunsOnDisk.Write(folder, BundleRole.Arteries) }));
        Harm(folder["good.cora"], folder["bad.cora"], harm);

        Assert.Contains(why, Assert.Throws<CoraException>(() => ModelBundle.Open(folder["bad.cora"]).Dispose()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_member_that_claims_little_and_swells_is_never_unpacked()
    {
        using var folder = new TemporaryFolder();
        using (var zip = ZipFile.Open(folder["bomb.cora"], ZipArchiveMode.Create))
        {
            using var stream = zip.CreateEntry("manifest.json", CompressionLevel.SmallestSize).Open();
            for (var i = 0; i < 64; i++) stream.Write(new byte[1 << 20]);
        }

        Assert.Contains("packed", Assert.Throws<CoraException>(() => ModelBundle.Open(folder["bomb.cora"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Whatever_bytes_are_changed_a_bundle_is_read_or_refused()
    {
        using var folder = new TemporaryFolder();
        BundleMaker.Write(folder["good.cora"], new("mine", null, new Dictionary<BundleRole, string> { [BundleRole.Arteries] = RunsOnDisk.Write(folder, BundleRole.Arteries) }));
        var good = File.ReadAllBytes(folder["good.cora"]);
        Gen.Select(Gen.Int[0, good.Length - 1], Gen.Byte, Gen.Int[0, good.Length]).Sample((at, value, keep) =>
        {
            var bad = good.ToArray();
            bad[at] ^= value;
            bad[^(1 + at % 400)] ^= value;          // the directory at the end is where zips are steered from
            var path = folder[$"fuzz-{at}-{value}-{keep}.cora"];
            File.WriteAllBytes(path, keep % 5 == 0 ? bad[..keep] : bad);
            try
            {
                ModelBundle.Open(path).Dispose();
            }
            catch (CoraException)
            {
                // Refused, in words.
            }
            finally
            {
                File.Delete(path);
            }
        }, iter: 40, threads: 1);
    }

    [Fact]
    public void The_command_line_makes_a_bundle_and_tells_what_is_in_it()
    {
        using var folder = new TemporaryFolder();
        var arteries = RunsOnDisk.Write(folder, BundleRole.Arteries);
        var made = InProcess.Run("bundle", "--arteries", arteries, "--out", folder["a.cora"], "--description", "For a test.");
        var told = InProcess.Run("inspect", folder["a.cora"], "--json");

        Assert.Equal(ExitCode.Done, made.Code);
        Assert.Contains("1 models (arteries)", made.Output, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(told.Output);
        Assert.Equal("arteries", json.RootElement.GetProperty("manifest").GetProperty("models")[0].GetProperty("role").GetString());
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(folder["a.cora"]))), json.RootElement.GetProperty("sha256").GetString());
        Assert.Equal(ExitCode.Usage, InProcess.Run("bundle", "--out", folder["b.cora"]).Code);
        Assert.Equal(ExitCode.Usage, InProcess.Run("bundle", "--arteries", arteries, "--out", folder["a.cora"]).Code);
    }

    /// <summary>Writes the bundle again with one thing wrong.</summary>
    private static void Harm(string good, string bad, string harm)
    {
        List<(string Name, byte[] Content)> members = [];
        using (var from = ZipFile.OpenRead(good))
        {
            foreach (var entry in from.Entries)
            {
                using var stream = entry.Open();
                using var memory = new MemoryStream();
                stream.CopyTo(memory);
                members.Add((entry.FullName, memory.ToArray()));
            }
        }

        void Manifest(Action<JsonNode> change)
        {
            var node = JsonNode.Parse(members[0].Content)!;
            change(node);
            members[0] = (members[0].Name, Encoding.UTF8.GetBytes(node.ToJsonString()));
        }

        JsonNode Named(string path) => new JsonObject { ["path"] = path, ["bytes"] = 2, ["sha256"] = Convert.ToHexStringLower(SHA256.HashData("hi"u8)) };
        var weights = members.FindIndex(m => m.Name.EndsWith("model.safetensors", StringComparison.Ordinal));
        switch (harm)
        {
            case "flipped": members[weights].Content[^1] ^= 1; break;
            case "missing": members.RemoveAt(weights); break;
            case "extra": members.Add(("models/notes.txt", "hi"u8.ToArray())); break;
            case "extra-named": members.Add(("models/notes.txt", "hi"u8.ToArray())); Manifest(n => n["members"]!.AsArray().Add(Named("models/notes.txt"))); break;
            case "outside": members.Add(("../../evil.sh", "hi"u8.ToArray())); Manifest(n => n["members"]!.AsArray().Add(Named("../../evil.sh"))); break;
            case "twice": members.Add(members[weights]); break;
            case "version": Manifest(n => n["format_version"] = 2); break;
            case "key": Manifest(n => n["surprise"] = 1); break;
            case "other-weights": Manifest(n => n["models"]![0]!["weights_sha256"] = new string('0', 64)); break;
            case "no-manifest": members.RemoveAt(0); break;
            case "no-zip": File.WriteAllText(bad, "no zip at all"); return;
        }

        using var to = ZipFile.Open(bad, ZipArchiveMode.Create);
        foreach (var (name, content) in members)
        {
            using var stream = to.CreateEntry(name, harm == "packed" && name == "card.md" ? CompressionLevel.SmallestSize : CompressionLevel.NoCompression).Open();
            stream.Write(content);
        }
    }
}
