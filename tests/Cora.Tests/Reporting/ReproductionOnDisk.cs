using System.Globalization;
using System.Text.Json;
using Cora.Cohorts;
using Cora.Evaluation;
using SkiaSharp;

namespace Cora.Tests.Reporting;

/// <summary>A reproduction's folder as <c>cora reproduce</c> leaves it, with invented numbers: five starting points, several seeds, every task.</summary>
internal static class ReproductionOnDisk
{
    private static readonly (string Name, double Skill)[] Starts = [("cora", 0.20), ("scratch", 0.06), ("mae", 0.09), ("volumefusion", 0.04), ("voco", 0.12)];
    private static readonly string[] ClinicalColumns = ["case_id", "age", "sex", "race", "bmi", "systolic_bp", "diastolic_bp", "tobacco_use", "hypertension", "diabetes", "total_cholesterol", "ldl_cholesterol", "hdl_cholesterol"];

    /// <summary>Writes everything.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="name">Its name there.</param>
    /// <param name="seeds">Trainings of each start.</param>
    /// <param name="cases">Test cases of classification in each split.</param>
    /// <param name="heads">Whether the other heads of plaque classification are there too.</param>
    /// <param name="starts">Starting points, CORA first.</param>
    public static string Reproduction(this TemporaryFolder folder, string name, int seeds = 3, int cases = 40, bool heads = true, int starts = 5)
    {
        folder.Plan(name, seeds);
        folder.Cohort($"{name}/cohort");
        folder.Synthesis($"{name}/synthesis");
        foreach (var method in Starts.Select(s => s.Name).Where(s => s != "scratch")) folder.Pretraining($"{name}/pretrain/{method}", method, hasLearnt: method != "volumefusion");
        folder.Responses($"{name}/responses");
        foreach (var (i, rule) in new[] { "maximum_hu", "artery_oracle" }.Index()) folder.Plaque($"{name}/rules/{rule}", i == 0 ? 0.02 : 0.25, 90 + i, cases);
        foreach (var (s, start) in Starts.Take(starts).Index())
        {
            for (var seed = 1; seed <= seeds; seed++)
            {
                var number = 10 * s + seed;
                string Run(string task) => string.Create(CultureInfo.InvariantCulture, $"{name}/finetune/{task}/{start.Name}/seed-{seed}");
                (string Task, double Less)[] tasks = heads ? [("plaque", 0), ("plaque_probe", 0.05), ("plaque_paper", 0.12), ("plaque_arteries", -0.08)] : [("plaque", 0)];
                foreach (var (task, less) in tasks) folder.Plaque(Run(task), start.Skill - less, number, cases);
                folder.Mace(Run("mace"), start.Skill, number, cases);
                folder.Stenosis(Run("stenosis"), [.. Enumerable.Range(0, 5).Where(l => l < 1 + 20 * start.Skill - seed % 2)]);
                folder.Artery(Run("arteries"), 0.5 + start.Skill + 0.01 * seed, 40);
                foreach (var size in new[] { 10, 20 }) folder.Artery(string.Create(CultureInfo.InvariantCulture, $"{name}/finetune/arteries-{size}/{start.Name}/seed-{seed}"), 0.35 + start.Skill + 0.005 * size + 0.01 * seed, size);
            }
        }

        var explained = folder[$"{name}/finetune/plaque/cora/seed-1"];
        Table.Write(Path.Combine(explained, "predictions", "gradcam-external_test.csv"), ["case_id", "target", "stage", "mass_on_arteries", "mass_on_plaque", "arteries_of_scan", "plaque_of_scan"],
            [new object?[] { "c00", "calcified_plaque", 3, 0.05, 0.01, 0.004, 0.001 }, ["c02", "calcified_plaque", 3, 0.03, null, 0.004, 0.001]]);
        Picture(Path.Combine(explained, "explanations", "c00", "gradcam-calcified_plaque.png"), 936, 700);
        return folder[name];
    }

    /// <summary>The plan and what it cost.</summary>
    public static void Plan(this TemporaryFolder folder, string name, int seeds)
    {
        Directory.CreateDirectory(folder[name]);
        File.WriteAllText(folder[$"{name}/reproduction.json"], JsonSerializer.Serialize(new
        {
            name = "invented", purpose = "numbers of a test", cohort = "cohort", is_phantom = true, caveat = "A result on phantoms says that the pipeline works, and nothing about patients.",
            starts = Starts.Select(s => s.Name), methods = Starts.Select(s => s.Name).Where(s => s != "scratch"), seeds = Enumerable.Range(1, seeds),
            tasks = new[] { "plaque", "plaque_probe", "plaque_paper", "plaque_arteries", "stenosis", "arteries", "mace" }, settings = new { cases = 40 },
        }));
        File.WriteAllText(folder[$"{name}/preset.toml"], "name = \"invented\"\n\n[phantom]\ncases = 40 # <small>\n");
        Table.Write(folder[$"{name}/steps.csv"], ["step", "group", "makes", "state", "seconds", "peak_memory_mb", "cause", "remedy"],
        [
            new object?[] { "phantom", "cohort", "cohort/", "done", 12.5, 300, null, null }, ["pretrain cora", "pretraining", "pretrain/cora", "done", 900, 1500, null, null],
            ["pretrain voco", "pretraining", "pretrain/voco", "failed", 12, 1400, "Out of memory <at step 3>.", "Take a smaller batch."], ["plaque from voco, seed 1", "plaque", "finetune/plaque/voco/seed-1", "skipped", null, null, "pretrain voco failed", null],
            ["plaque from cora, seed 1", "plaque", "finetune/plaque/cora/seed-1", "done", 7300.5, 1700, null, null], ["report", "report", "report.html", "waiting", null, null, null, null],
        ]);
    }

    /// <summary>A cohort's tables; its volumes are empty files.</summary>
    public static void Cohort(this TemporaryFolder folder, string name)
    {
        var place = folder[name];
        Directory.CreateDirectory(Path.Combine(place, "images"));
        foreach (var i in Enumerable.Range(0, 48)) File.WriteAllText(Path.Combine(place, "images", string.Create(CultureInfo.InvariantCulture, $"k{i:00}.nii.gz")), "");
        string[] splits = ["pretrain", "train", "train", "validation", "internal_test", "external_test"];
        File.WriteAllText(Path.Combine(place, "cohort.json"), """{"format_version":1,"name":"invented","made_by":"phantom","is_phantom":true,"spacing_mm":[0.85,0.85,0.85],"content_hash":"0123456789abcdef0123456789abcdef"}""");
        Table.Write(Path.Combine(place, "cases.csv"), ["case_id", "patient_id", "site", "split", "image", "arteries", "heart", "plaques", "stenoses", "report", "calcified_plaque", "non_calcified_plaque", "mace_30d"], Enumerable.Range(0, 48).Select(i =>
            new object?[] { $"k{i:00}", $"p{i:00}", i % 6 == 5 ? $"site-{i / 6 % 3 + 1}" : "site-0", splits[i % 6], $"images/k{i:00}.nii.gz", null, null, null, null, null, i % 3 == 0, i % 4 == 1, i % 9 == 0 ? null : i % 7 == 0 }));
        Table.Write(Path.Combine(place, "clinical.csv"), ClinicalColumns, Enumerable.Range(0, 48).Select(i => new object?[]
            { $"k{i:00}", i % 11 == 3 ? null : 50 + i % 30, i % 5 < 2 ? "female" : "male", i % 4 == 0 ? "black" : "white", 24 + i % 9, 118 + i % 25, 68 + i % 14, i % 3 == 0 ? null : i % 2 == 0 ? "never" : "former", i % 2 == 0, i % 6 == 5, 170 + i % 20, 95 + i % 15, 48 + i % 8 }));
        Table.Write(Path.Combine(place, "lesions.csv"), ["case_id", "lesion", "composition", "stenosis_percent", "stenosis_grade"], Array.Empty<object?[]>());
    }

    /// <summary>A flow chart as an import leaves it.</summary>
    public static void Imported(this TemporaryFolder folder, string cohort) => File.WriteAllText(folder[$"{cohort}/flowchart.json"], """
        {"steps":[{"name":"Studies in the archive","cases":60,"patients":55,"excluded":[{"reason":"no axial series with contrast that is thin enough","cases":7,"patients":6},{"reason":"prior revascularisation","cases":3,"patients":3}]},
                  {"name":"Studies that can be used","cases":50,"patients":46,"excluded":[{"reason":"no label","cases":2,"patients":2}]},{"name":"Final study population","cases":48,"patients":44,"excluded":[]}],
         "groups":[{"name":"Training","cases":24,"patients":22,"sites":1},{"name":"Internal test","cases":8,"patients":7,"sites":1},{"name":"External test","cases":16,"patients":15,"sites":3}]}
        """);

    /// <summary>A pretraining that is finished.</summary>
    public static void Pretraining(this TemporaryFolder folder, string name, string method, bool hasLearnt)
    {
        var run = folder[name];
        Directory.CreateDirectory(run);
        File.WriteAllText(Path.Combine(run, "experiment.toml"), $"name = \"pretrain-{method}\"\n\n[trainer]\nsteps = 200\nbatch_size = 6\nlearning_rate = 0.002\n");
        string[] parts = method == "cora" ? ["loss", "tversky", "focal"] : ["loss"];
        string[] measures = method == "cora" ? ["recall_calcified", "recall_soft", "precision_calcified", "precision_soft", "dice"] : [method == "mae" ? "error_masked" : "accuracy", "dice"];
        Table.Write(Path.Combine(run, "metrics.csv"), ["step", .. parts, "learning_rate", "patches_per_second", "data_wait_share"], Enumerable.Range(1, 10).Select(i => new object?[] { 20 * i }.Concat(parts.Select(_ => (object?)(1.0 / i))).Concat([0.001, 40, 0.1])));
        Table.Write(Path.Combine(run, "validation.csv"), ["step", .. measures], Enumerable.Range(1, 5).Select(i => new object?[] { 40 * i }.Concat(measures.Select((_, m) => (object?)(0.1 * i + 0.05 * m)))));
        File.WriteAllText(Path.Combine(run, "learning.json"), JsonSerializer.Serialize(new { has_learnt = hasLearnt, verdict = hasLearnt ? "the pretext task was learnt: recall 0.5" : "little or nothing was learnt: overlap 0.1, expected 0.3 or more", first_loss = 1.0, last_loss = 0.1, measures = measures.ToDictionary(m => m, _ => 0.5) }));
        File.WriteAllText(Path.Combine(run, "provenance.json"), JsonSerializer.Serialize(new { version = "0.1.0", commit = "abc", dirty = false, packages = new { TorchSharp = "0.107" }, device = "cpu", threads = 2, seeds = new { root = 1 }, cohort_hash = "0123456789abcdef", start = "2026-01-01T10:00:00+00:00", end = "2026-01-01T11:00:00+00:00", sessions = new[] { new { platform = "Linux X64", dotnet = "10.0" } } }));
        new PretextExamples("Left: what the network saw. Right: its answer.", [new("seen", 0, 1), new("answer", 0, 1)],
            [.. Enumerable.Range(0, 3).Select(r => new ExampleRow($"patch {r + 1}", 16, [.. Enumerable.Range(0, 2).Select(c => Enumerable.Range(0, 256).Select(i => (float)((i + 40 * c + 20 * r) % 256) / 256).ToArray())]))]).Write(Path.Combine(run, "examples"));
    }

    private static void Synthesis(this TemporaryFolder folder, string name)
    {
        Picture(folder[$"{name}/contact-sheet-1.png"], 1000, 2400);
        Picture(folder[$"{name}/own-and-synthetic.png"], 860, 700);
    }

    private static void Responses(this TemporaryFolder folder, string name)
    {
        Table.Write(folder[$"{name}/responses.csv"], ["case_id", "site", "split", "calcified_voxels", "calcified_share_above_half", "calcified_auroc_in_arteries", "non_calcified_voxels", "non_calcified_share_above_half", "non_calcified_auroc_in_arteries", "other_voxels_above_half"],
            [new object?[] { "k04", "site-0", "internal_test", 120, 0.81, 0.93, 40, 0.2, 0.7, 900 }, ["k05", "site-2", "external_test", 0, null, null, 12, 0.1, 0.6, 700]]);
        foreach (var id in new[] { "k04", "k05" }) Picture(folder[$"{name}/{id}/response.png"], 956, 900);
    }

    private static void Mace(this TemporaryFolder folder, string name, double skill, long seed, int cases)
    {
        var run = folder.Run(name, "mace");
        foreach (var (variant, more) in new[] { ("image", 0.0), ("clinical", -0.05), ("multimodal", 0.05) })
            foreach (var split in new[] { "internal_test", "external_test" }) RunsOnDisk.Predicted(run, "mace-" + variant, split, ["mace_30d"], skill + more, seed, cases);
    }

    private static void Picture(string path, int width, int height)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var bitmap = new SKBitmap(width, height);
        bitmap.Erase(new SKColor(0x12, 0x14, 0x18));
        using var png = bitmap.Encode(SKEncodedImageFormat.Png, 90);
        using var file = File.Create(path);
        png.SaveTo(file);
    }
}
