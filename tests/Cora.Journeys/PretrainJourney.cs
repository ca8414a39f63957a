using System.Security.Cryptography;

namespace Cora.Journeys;

public sealed class PretrainJourney
{
    private static readonly string[] Tiny =
    [
        "--threads", "1", "--no-progress",
        "--set", "data.spacing_mm=[1.1333333333333333]", "--set", "data.patch=16", "--set", "network.channels=[4,8,16,32]", "--set", "network.blocks=[1,1,1,1]",
        "--set", "trainer.steps=60", "--set", "trainer.batch_size=2", "--set", "trainer.optimizer=adamw", "--set", "trainer.learning_rate=1e-3",
        "--set", "trainer.checkpoint_every=5", "--set", "trainer.log_every=5", "--set", "trainer.validate_every=30",
    ];

    [Fact]
    public void A_pretraining_that_was_terminated_and_killed_ends_with_the_same_weights_as_one_that_was_not()
    {
        using var journey = new JourneyFolder();
        var folder = journey.Path;
        var cohort = Path.Combine(folder, "cohort");
        CoraProcess.Done("phantom", "--out", cohort, "--cases", "20", "--sites", "2", "--size", "48", "--seed", "3");
        string[] Pretrain(string run, params string[] more) => ["pretrain", "--method", "cora", "--cohort", cohort, "--out", Path.Combine(folder, run), .. Tiny, .. more];
        string Weights(string run) => Path.Combine(folder, run, "checkpoints", "last", "model.safetensors");

        CoraProcess.Done(Pretrain("whole"));
        using (var first = CoraProcess.StartUntil(() => File.Exists(Weights("stopped")), Pretrain("stopped"))) Assert.Equal(6, first.Terminate().Code);
        var seen = File.GetLastWriteTimeUtc(Weights("stopped"));
        using (var second = CoraProcess.StartUntil(() => File.Exists(Weights("stopped")) && File.GetLastWriteTimeUtc(Weights("stopped")) > seen, Pretrain("stopped", "--resume"))) second.Kill();
        CoraProcess.Done(Pretrain("stopped", "--set", "trainer.workers=4"));

        Assert.Equal(Hash(Weights("whole")), Hash(Weights("stopped")));
        Assert.Equal(Losses(folder, "whole"), Losses(folder, "stopped"));
        Assert.True(File.Exists(Path.Combine(folder, "whole", "learning.json")));

        var image = Directory.GetFiles(Path.Combine(cohort, "images")).Order().First();
        var said = CoraProcess.Done("explain", "--run", Path.Combine(folder, "whole"), "--image", image, "--out", Path.Combine(folder, "map"), "--json");
        Assert.Contains("\"phantom_only\": true", said);
        var (scan, map) = (CoraProcess.Done("inspect", image, "--json"), CoraProcess.Done("inspect", Path.Combine(folder, "map", "response.nii.gz"), "--json"));
        Assert.Equal(Part(scan, "affine"), Part(map, "affine"));

        // The run may not become another experiment, and its checkpoint not another network.
        Assert.Equal(2, CoraProcess.Run(Pretrain("whole", "--set", "network.channels=[4,8,16,16]")).Code);
        Assert.Equal(2, CoraProcess.Run(Pretrain("other", "--set", "trainer.stpes=7")).Code);
        Assert.Equal(3, CoraProcess.Run(Pretrain("other", "--set", "data.spacing_mm=[0.5]")).Code);
    }

    private static string Hash(string path) => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path)));

    private static string[] Losses(string folder, string run) => [.. File.ReadLines(Path.Combine(folder, run, "metrics.csv")).Select(l => string.Join(',', l.Split(',')[..4]))];

    private static string Part(string json, string key)
    {
        using var document = System.Text.Json.JsonDocument.Parse(json);
        return document.RootElement.GetProperty(key).ToString();
    }
}
