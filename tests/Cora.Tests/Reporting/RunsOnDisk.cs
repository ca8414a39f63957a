using System.Globalization;
using System.Text.Json;
using Cora.Cohorts;

namespace Cora.Tests.Reporting;

/// <summary>Small fine-tuned runs, as far as a report reads them.</summary>
internal static class RunsOnDisk
{
    private static readonly string[] Predictions = ["case_id", "site", "split", "target", "truth", "probability"];
    private static readonly string[] Arteries = ["case_id", "site", "split", "dice", "cldice", "mean_surface_distance_voxels", "mean_surface_distance_mm", "hausdorff95_mm"];

    /// <summary>Writes a run's cards.</summary>
    public static string Run(this TemporaryFolder folder, string name, string task, int cases = 10, string? weights = null)
    {
        var run = folder[name];
        Directory.CreateDirectory(run);
        File.WriteAllText(Path.Combine(run, "scorecard.json"), JsonSerializer.Serialize(new { task, weights, cases, phantom_only = true, splits = new { } }));
        File.WriteAllText(Path.Combine(run, "experiment.toml"), "name = \"a test\"\n");
        return run;
    }

    /// <summary>A plaque run with two targets; a higher skill is a better model.</summary>
    public static string Plaque(this TemporaryFolder folder, string name, double skill, long seed = 1, int cases = 24, bool isOneClass = false)
    {
        var run = folder.Run(name, "plaque");
        foreach (var split in new[] { "internal_test", "external_test" })
            Predicted(run, "plaque", split, ["calcified_plaque", "non_calcified_plaque"], skill, seed, cases, isOneClass);
        Table.Write(Path.Combine(run, "predictions", "strata.csv"), ["case_id", "site", "sex", "age"],
            Enumerable.Range(0, cases).Select(i => new object?[] { $"c{i:00}", Site(i), i % 3 == 1 ? "F" : "M", i % 5 == 0 ? null : 45 + i }));
        return run;
    }

    /// <summary>A prediction table.</summary>
    public static void Predicted(string run, string stem, string split, IReadOnlyList<string> targets, double skill, long seed, int cases, bool isOneClass = false)
    {
        var random = Seed.Root(seed).Derive(stem).Derive(split).Random();
        var rows = from target in targets.Index()
                   from i in Enumerable.Range(0, cases)
                   let truth = !isOneClass && (i / (target.Index + 1)) % 2 == 0
                   select new object?[] { $"c{i:00}", Site(i), split, target.Item, truth, Math.Clamp(0.5 + (truth ? skill : -skill) + random.Uniform(-0.4, 0.4), 0.01, 0.99) };
        Table.Write(Path.Combine(run, "predictions", $"{stem}-{split}.csv"), Predictions, rows.ToArray());
    }

    /// <summary>An artery run; the surface distance of the first cases is not defined.</summary>
    public static string Artery(this TemporaryFolder folder, string name, double dice, int cases, int undefined = 0)
    {
        var run = folder.Run(name, "arteries", cases);
        Table.Write(Path.Combine(run, "predictions", "arteries-internal_test.csv"), Arteries, Enumerable.Range(0, 8).Select(i =>
            new object?[] { $"a{i}", "A", "internal_test", dice + 0.01 * i, dice + 0.02 * i, i < undefined ? null : 20 - 10 * dice + i, i < undefined ? null : 10 - dice, i < undefined ? null : 30.0 }));
        return run;
    }

    /// <summary>A stenosis run of four cases with five lesions, of which some are found.</summary>
    public static string Stenosis(this TemporaryFolder folder, string name, params IReadOnlyList<int> found)
    {
        var run = folder.Run(name, "stenosis");
        (string Case, string Composition, int Grade)[] lesions = [("s0", "calcified", 2), ("s0", "non_calcified", 3), ("s1", "calcified", 4), ("s2", "mixed", 2), ("s2", "calcified", 5)];
        var rows = lesions.Select((l, i) => new object?[] { l.Case, "A", "internal_test", "reference", i + 1, l.Composition, 20 * l.Grade, l.Grade, 40, found.Contains(i), found.Contains(i) ? 20 : 0, null });
        Table.Write(Path.Combine(run, "predictions", "stenosis-internal_test.csv"), ["case_id", "site", "split", "kind", "lesion", "composition", "stenosis_percent", "stenosis_grade", "voxels", "is_matched", "overlap_voxels", "probability"], rows.ToArray());
        Table.Write(Path.Combine(run, "predictions", "stenosis-internal_test-cases.csv"), ["case_id", "site", "split", "lesions", "predicted", "matched_lesions", "matched_predictions"], Enumerable.Range(0, 4).Select(c =>
        {
            var (there, hits) = (lesions.Count(l => l.Case == $"s{c}"), lesions.Index().Count(l => l.Item.Case == $"s{c}" && found.Contains(l.Index)));
            return new object?[] { $"s{c}", "A", "internal_test", there, hits + 1, hits, hits };
        }));
        Table.Write(Path.Combine(run, "predictions", "stenosis-internal_test-froc.csv"), ["threshold", "recall", "false_positives_a_volume", "predicted_voxels_a_lesion_voxel"], [new object?[] { 0.2, 0.8, 3.0, 9.0 }, [0.5, 0.6, 1.0, 2.0], [0.8, 0.2, 0.25, 0.1]]);
        Table.Write(Path.Combine(run, "predictions", "stenosis-internal_test-sensitivity.csv"), ["threshold", "connectivity", "min_predicted_voxels", "precision", "recall", "f1", "predicted_voxels_a_lesion_voxel"], [new object?[] { 0.3, 26, 0, 0.4, 0.8, 0.53, 5.0 }, [0.5, 26, 0, 0.5, 0.6, 0.55, 2.0], [0.7, 26, 0, null, 0.0, 0.0, 0.5]]);
        return run;
    }

    /// <summary>A number of a written figure's CSV: of the first row that has these words in these columns.</summary>
    public static double NumberOf(string csv, string column, params (string Column, string Is)[] where)
    {
        var table = Table.Read(csv);
        var row = table.Rows.First(r => where.All(w => table.Field(r, w.Column) == w.Is));
        return table.Field(row, column) is { Length: > 0 } text ? double.Parse(text, CultureInfo.InvariantCulture) : double.NaN;
    }

    private static string Site(int i) => i < 3 ? "A" : i % 3 == 0 ? "B" : "C";
}
