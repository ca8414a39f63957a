using System.Text.Json;
using Cora.Cohorts;
using Cora.Imaging;
using Cora.Synthesis;
using Cora.Tasks;

namespace Cora.Experiments;

/// <summary>
/// Two rules that learn nothing and stand beside every classifier of plaques and of risk: the scan's highest HU, and an oracle that is told where the arteries are (PHANTOM 3.1). A method
/// that does not beat the first has found the brightest spot; the second shows what location alone is worth. For the risk of MACE they say what they say of calcified plaque.
/// </summary>
internal static class ClassificationRules
{
    private const double SmoothVoxels = 0.7;
    private const double LowQuantile = 0.02;

    private static readonly Split[] Tested = [Split.Validation, Split.InternalTest, Split.ExternalTest];
    private const int Calcified = 0;
    private const int NonCalcified = 1;

    /// <summary>What is judged: the table's stem, the target, the truth of a case, and which of a rule's scores speaks of it.</summary>
    private static readonly (string Stem, string Target, Func<CaseRow, bool?> Truth, int Score)[] Targets =
    [
        ("plaque", "calcified_plaque", row => row.CalcifiedPlaque, Calcified),
        ("plaque", "non_calcified_plaque", row => row.NonCalcifiedPlaque, NonCalcified),
        ("mace", MaceRisk.Target, row => row.Mace30d, Calcified),
    ];

    /// <summary>The rules: their folder, their name, and whether they are told the arteries.</summary>
    private static readonly (string Folder, string Name, bool NeedsArteries)[] Rules =
        [("maximum_hu", "maximum HU", false), ("artery_oracle", "oracle with the artery mask", true)];

    /// <summary>Whether the rules have been applied.</summary>
    public static bool AreIn(string folder) => File.Exists(Path.Combine(folder, "maximum_hu", "scorecard.json"));

    /// <summary>Writes each rule's predictions as those of a run. A score becomes the share of training cases with a lower one, so that it lies in [0, 1] and keeps its order.</summary>
    public static void Write(Cohort cohort, string folder, IProgress<RunEvent>? progress, CancellationToken stop)
    {
        var cases = cohort.Of([Split.Train, .. Tested]).Where(c => Targets.Any(t => t.Truth(c) is not null)).ToArray();
        var scores = new Dictionary<string, RuleScores>();
        foreach (var (i, row) in cases.Index())
        {
            stop.ThrowIfCancellationRequested();
            scores[row.CaseId] = RuleScores.Of(cohort, row);
            progress?.Report(new Progressed("rules", i + 1, cases.Length, "cases"));
        }

        // The first rule's card is the sign that all are there: it is written last.
        foreach (var rule in Rules.Reverse())
        {
            var judged = cases.Where(c => !rule.NeedsArteries || scores[c.CaseId].HasArteries).ToArray();
            if (judged.Length == 0) continue;
            Atomically.WriteFolder(Path.Combine(folder, rule.Folder), aside => WriteRule(cohort, aside, rule.Name, judged, row => rule.NeedsArteries ? scores[row.CaseId].Oracle : scores[row.CaseId].Maximum));
        }
    }

    private static void WriteRule(Cohort cohort, string folder, string name, CaseRow[] cases, Func<CaseRow, double[]> scoresOf)
    {
        var learnt = new[] { Calcified, NonCalcified }.Select(kind => cases.Where(c => c.Split == Split.Train).Select(c => scoresOf(c)[kind]).Order().ToArray()).ToArray();
        double Share(double[] sorted, double score) => sorted.Length == 0 ? 0.5 : (sorted.Count(s => s < score) + 0.5 * sorted.Count(s => s == score)) / sorted.Length;
        foreach (var split in cases.Where(c => Tested.Contains(c.Split)).GroupBy(c => c.Split))
        {
            var word = CohortFiles.WordOf(split.Key);
            foreach (var stem in Targets.GroupBy(t => t.Stem))
            {
                var rows = from target in stem
                           from row in split
                           let truth = target.Truth(row)
                           where truth is not null
                           select new object?[] { row.CaseId, row.Site, word, target.Target, truth, Share(learnt[target.Score], scoresOf(row)[target.Score]) };
                Table.Write(Path.Combine(folder, "predictions", $"{stem.Key}-{word}.csv"), ["case_id", "site", "split", "target", "truth", "probability"], rows.ToArray());
            }
        }

        Atomically.WriteText(Path.Combine(folder, "scorecard.json"), JsonSerializer.Serialize(new
        {
            Task = "plaque", Method = name, Weights = (string?)null, Rule = true, Cases = cases.Count(c => c.Split == Split.Train), PhantomOnly = cohort.Description.IsPhantom,
            Notice = "Research software, not a medical device.", Splits = new { },
        }, CohortDescription.Json) + "\n");
    }

    /// <summary>What the rules say of a case, for each target; higher is more likely.</summary>
    private sealed record RuleScores(double[] Maximum, double[] Oracle, bool HasArteries)
    {
        public static RuleScores Of(Cohort cohort, CaseRow row)
        {
            var image = VolumeFile.Read<short>(cohort.PathOf(row.Image));
            var highest = (double)image.Voxels.ToArray().Max();
            if (row.Arteries is null) return new([highest, highest], [double.NaN, double.NaN], false);
            var mask = VolumeFile.Read<byte>(cohort.PathOf(row.Arteries));
            if (!mask.Geometry.Matches(image.Geometry)) throw new CoraException($"Case {row.CaseId}: the artery mask lies on another grid than the image.", "Give a mask on the image's own grid.");
            var grown = Grown(mask);
            var inside = new List<double>();
            var near = double.NegativeInfinity;
            var smooth = Array.ConvertAll(image.Voxels.ToArray(), v => (float)v);
            SmallGaussian.Blur(smooth, new float[smooth.Length], image.Geometry.Size, SmoothVoxels);
            var low = new List<double>();
            for (var i = 0; i < mask.Voxels.Length; i++)
            {
                if (grown[i]) near = Math.Max(near, image.Voxels[i]);
                if (mask.Voxels[i] == 0) continue;
                inside.Add(image.Voxels[i]);
                low.Add(smooth[i]);
            }

            if (inside.Count == 0) return new([highest, highest], [double.NaN, double.NaN], false);
            inside.Sort();
            low.Sort();
            var contrast = inside[inside.Count / 2];
            return new([highest, highest], [near - contrast, -low[(int)(LowQuantile * (low.Count - 1))] / Math.Max(1, contrast)], true);
        }

        /// <summary>The mask and its 26 neighbours.</summary>
        private static bool[] Grown(Volume<byte> mask)
        {
            var size = mask.Geometry.Size;
            var grown = new bool[mask.Voxels.Length];
            for (var z = 0; z < size.Z; z++)
            {
                for (var y = 0; y < size.Y; y++)
                {
                    for (var x = 0; x < size.X; x++)
                    {
                        if (mask[x, y, z] == 0) continue;
                        for (var c = Math.Max(0, z - 1); c <= Math.Min(size.Z - 1, z + 1); c++)
                            for (var b = Math.Max(0, y - 1); b <= Math.Min(size.Y - 1, y + 1); b++)
                                for (var a = Math.Max(0, x - 1); a <= Math.Min(size.X - 1, x + 1); a++)
                                    grown[(c * size.Y + b) * size.X + a] = true;
                    }
                }
            }

            return grown;
        }
    }
}
