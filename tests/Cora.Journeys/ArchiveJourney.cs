using System.Text.Json;

namespace Cora.Journeys;

/// <summary>A hospital's archive, synthetic, all the way: DICOM slices to a cohort, a store, artery masks, pretraining, a bundle, and one study to a page.</summary>
public sealed class ArchiveJourney
{
    // A small network and few steps: that the chain holds is asked here, not how good it is.
    private static readonly string[] Small = ["--set", "network.channels=[4,8,16,32]", "--no-progress"];

    [Fact]
    public void A_synthetic_DICOM_archive_becomes_a_cohort_a_pretraining_and_an_analysis()
    {
        var place = new DirectoryInfo(AppContext.BaseDirectory);
        while (place is not null && !File.Exists(Path.Combine(place.FullName, "Cora.slnx"))) place = place.Parent;
        var presets = Path.Combine(place!.FullName, "experiments", "phantom");
        using var folder = new JourneyFolder();
        string In(string name) => folder[name];
        CoraProcess.Done("phantom", "--out", In("hearts"), "--cases", "24", "--sites", "2", "--seed", "4", "--size", "48", "--dicom", "--no-progress");

        CoraProcess.Done("import", "dicom", In("hearts/dicom"), "--out", In("archive"), "--no-progress");
        CoraProcess.Done("preprocess", In("archive"), "--out", In("store"), "--spacing-mm", "1.1333333333", "--no-progress");
        CoraProcess.Done(["finetune", "--task", "arteries", "--cohort", In("hearts"), "--out", In("arteries"), "--config", Path.Combine(presets, "arteries.toml"),
            "--set", "data.patch=24", "--set", "trainer.steps=80", "--set", "trainer.validate_every=80", .. Small]);
        CoraProcess.Done("predict", "--run", In("arteries"), "--cohort", In("store"), "--out", In("store"), "--no-progress");
        CoraProcess.Done(["pretrain", "--method", "cora", "--cohort", In("store"), "--out", In("response"), "--config", Path.Combine(presets, "pretrain-cora.toml"),
            "--set", "data.spacing_mm=1.1333333333", "--set", "trainer.steps=20", "--set", "trainer.validate_every=20", .. Small]);
        CoraProcess.Done("bundle", "--arteries", In("arteries"), "--response", In("response"), "--out", In("mine.cora"));
        CoraProcess.Done("analyze", Directory.EnumerateDirectories(In("hearts/dicom")).Order(StringComparer.Ordinal).First(), "--out", In("answer"), "--model", In("mine.cora"), "--force", "--no-progress");

        Assert.Equal(24, Directory.EnumerateFiles(In("archive/images")).Count());
        Assert.All(["result.json", "report.html", "report.pdf", "arteries.nii.gz", "response.nii.gz"], file => Assert.True(File.Exists(In("answer/" + file)), file));
        using var result = JsonDocument.Parse(File.ReadAllText(In("answer/result.json")));
        var page = File.ReadAllText(In("answer/report.html"));
        Assert.Contains("not a medical device", page, StringComparison.OrdinalIgnoreCase);
        using var scan = JsonDocument.Parse(CoraProcess.Done("inspect", In("answer/response.nii.gz"), "--json"));
        Assert.Equal([48, 48, 48], scan.RootElement.GetProperty("shape").EnumerateArray().Select(v => v.GetInt32()));
    }
}
