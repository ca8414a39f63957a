using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Cora.Evaluation;
using Cora.Imaging;

namespace Cora.Cli;

/// <summary><c>cora evaluate segmentation</c>: Dice, clDice, surface distances, Hausdorff 95.</summary>
internal static class EvaluateSegmentation
{
    public static Verb Create()
    {
        var (prediction, reference) = (MaskOptions.Prediction(), MaskOptions.Reference());
        var json = CommonOptions.Json("the measures of every case and their means");
        return new("segmentation", "Measures predicted masks against reference masks on the same grid: Dice, centre line Dice, mean surface distance (both directions pooled), Hausdorff 95.",
            "cora evaluate segmentation --prediction predicted/ --reference arteries/ --json\n{ \"cases\": [ { \"case\": \"p0001\", \"dice\": 0.81, ...")
        {
            Options = { prediction, reference, json },
            Work = call =>
            {
                var scores = MaskPairs.Of(call.Value(prediction)!, call.Value(reference)!).Select(pair =>
                {
                    call.Terminal.Stop.ThrowIfCancellationRequested();
                    var (p, g) = MaskPairs.Read(pair.Prediction, pair.Reference);
                    return SegmentationScore.Of(pair.Case, p, g);
                }).ToArray();
                if (call.Value(json)) Json.Write(call.Terminal.Out, Document(scores));
                else Print(call.Terminal.Out, scores);
                return ExitCode.Done;
            },
        };
    }

    private static IEnumerable<(string Key, Func<SegmentationScore, double> Of)> Measures() =>
    [
        ("dice", s => s.Dice), ("cldice", s => s.ClDice.Value), ("mean_surface_distance_voxels", s => s.InVoxels.Mean), ("mean_surface_distance_mm", s => s.InMm.Mean),
        ("hausdorff95_mm", s => s.InMm.Hausdorff(95)),
    ];

    private static JsonObject Document(SegmentationScore[] scores)
    {
        var mean = new JsonObject();
        foreach (var (key, of) in Measures())
        {
            var defined = scores.Select(of).Where(double.IsFinite).ToArray();
            Json.Put(mean, key, defined.Length == 0 ? double.NaN : defined.Average(), "it is defined for no case");
        }

        mean["cases"] = scores.Length;
        mean["cases_without_distances"] = scores.Count(s => !s.InMm.AreDefined);
        return new JsonObject
        {
            ["cases"] = new JsonArray([.. scores.Select(s =>
            {
                var one = new JsonObject { ["case"] = s.Case };
                foreach (var (key, of) in Measures()) Json.Put(one, key, of(s), (key == "cldice" ? s.ClDice.Reason : s.InMm.Reason) ?? "");
                Json.Put(one, "cldice_precision", s.ClDice.Precision, s.ClDice.Reason ?? "");
                Json.Put(one, "cldice_sensitivity", s.ClDice.Sensitivity, s.ClDice.Reason ?? "");
                return one;
            })]),
            ["mean"] = mean,
        };
    }

    private static void Print(TextWriter to, SegmentationScore[] scores)
    {
        to.WriteLine("case                  dice    clDice  surface distance        Hausdorff 95");
        foreach (var s in scores)
        {
            to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{s.Case,-20}  {s.Dice:0.000}   {s.ClDice.Value:0.000}   ")
                + (s.InMm.AreDefined ? string.Create(CultureInfo.InvariantCulture, $"{s.InVoxels.Mean:0.00} voxels {s.InMm.Mean:0.00} mm  {s.InMm.Hausdorff(95):0.00} mm") : $"not defined: {s.InMm.Reason}"));
        }

        var defined = scores.Where(s => s.InMm.AreDefined).ToArray();
        to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{"mean of " + scores.Length,-20}  {scores.Average(s => s.Dice):0.000}   {scores.Select(s => s.ClDice.Value).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average():0.000}   ")
            + (defined.Length == 0 ? "no case has distances"
                : string.Create(CultureInfo.InvariantCulture, $"{defined.Average(s => s.InVoxels.Mean):0.00} voxels {defined.Average(s => s.InMm.Mean):0.00} mm  {defined.Average(s => s.InMm.Hausdorff(95)):0.00} mm; {scores.Length - defined.Length} cases left out of the distances")));
    }
}

/// <summary><c>cora evaluate detection</c>: lesion precision, recall, F1.</summary>
internal static class EvaluateDetection
{
    public static Verb Create()
    {
        var (prediction, reference) = (MaskOptions.Prediction(), MaskOptions.Reference());
        var standard = new LesionMatchConfig();
        var overlap = new Option<int>("--min-overlap")
        {
            Description = "Voxels that a predicted piece and a lesion must share more than.", HelpName = "N", DefaultValueFactory = _ => standard.MinOverlap,
            Validators = { r => { if (r.GetValueOrDefault<int>() < 0) r.AddError("--min-overlap needs 0 voxels or more."); } },
        };
        var connectivity = new Option<int>("--connectivity") { Description = "Which voxels touch: 26 (corners too) or 6 (faces only).", HelpName = "26|6", DefaultValueFactory = _ => (int)standard.Connectivity };
        connectivity.Validators.Add(r => { if (r.GetValueOrDefault<int>() is not (6 or 26)) r.AddError("--connectivity is 26 or 6."); });
        var rule = new Option<string>("--rule") { Description = "many-to-many: a lesion counts as found when some piece overlaps it enough; one-to-one: each is used once; aggregate: overlaps are added up first.", HelpName = "many-to-many|one-to-one|aggregate", DefaultValueFactory = _ => "many-to-many" };
        rule.AcceptOnlyFromAmong("many-to-many", "one-to-one", "aggregate");
        var json = CommonOptions.Json("the counts of every case and the pooled ratios");
        return new("detection", "Counts lesions that predicted masks find: a lesion is a connected piece of the reference; counts are pooled over all volumes before ratios are taken.",
            "cora evaluate detection --prediction predicted/ --reference stenoses/ --min-overlap 10 --json\n{ \"cases\": [ { \"case\": \"p0001\", \"lesions\": 3, ...")
        {
            Options = { prediction, reference, overlap, connectivity, rule, json },
            Work = call =>
            {
                var config = new LesionMatchConfig
                {
                    MinOverlap = call.Value(overlap), Connectivity = (Connectivity)call.Value(connectivity),
                    Rule = call.Value(rule) switch { "one-to-one" => MatchRule.OneToOne, "aggregate" => MatchRule.Aggregate, _ => MatchRule.ManyToMany },
                };
                var counts = MaskPairs.Of(call.Value(prediction)!, call.Value(reference)!).Select(pair =>
                {
                    call.Terminal.Stop.ThrowIfCancellationRequested();
                    var (p, g) = MaskPairs.Read(pair.Prediction, pair.Reference);
                    var match = LesionMatch.Of(p, g, config);
                    return (pair.Case, match.Counts, TooSmall: match.Reference.Sizes.Count(s => s <= config.MinOverlap));
                }).ToArray();
                if (call.Value(json)) Json.Write(call.Terminal.Out, Document(counts, config));
                else Print(call.Terminal.Out, counts, config);
                return ExitCode.Done;
            },
        };
    }

    private static JsonObject Document((string Case, LesionCounts Counts, int TooSmall)[] counts, LesionMatchConfig config)
    {
        var total = counts.Aggregate(default(LesionCounts), (a, b) => a + b.Counts);
        var pooled = Counted(total);
        Json.Put(pooled, "precision", total.Precision, "nothing was predicted");
        Json.Put(pooled, "recall", total.Recall, "there is no lesion");
        Json.Put(pooled, "f1", total.F1, "there is neither lesion nor prediction");
        pooled["lesions_too_small_to_match"] = counts.Sum(c => c.TooSmall);
        return new JsonObject
        {
            ["min_overlap"] = config.MinOverlap,
            ["connectivity"] = (int)config.Connectivity,
            ["cases"] = new JsonArray([.. counts.Select(c =>
            {
                var one = Counted(c.Counts);
                one.Insert(0, "case", c.Case);
                return one;
            })]),
            ["pooled"] = pooled,
        };
    }

    private static JsonObject Counted(LesionCounts counts) => new()
    {
        ["lesions"] = counts.Reference, ["predicted"] = counts.Predicted, ["matched_lesions"] = counts.MatchedReference, ["matched_predictions"] = counts.MatchedPredicted,
    };

    private static void Print(TextWriter to, (string Case, LesionCounts Counts, int TooSmall)[] counts, LesionMatchConfig config)
    {
        to.WriteLine("case                  lesions  found  predicted  right");
        foreach (var (name, c, _) in counts) to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-20}  {c.Reference,7}  {c.MatchedReference,5}  {c.Predicted,9}  {c.MatchedPredicted,5}"));
        var total = counts.Aggregate(default(LesionCounts), (a, b) => a + b.Counts);
        string Share(double v) => double.IsNaN(v) ? "not defined" : v.ToString("0.000", CultureInfo.InvariantCulture);
        to.WriteLine($"pooled: precision {Share(total.Precision)}, recall {Share(total.Recall)}, F1 {Share(total.F1)}");
        var small = counts.Sum(c => c.TooSmall);
        if (small > 0) to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{small} lesions have no more than {config.MinOverlap} voxels and can never be matched"));
    }
}

/// <summary>What both verbs of masks are given.</summary>
internal static class MaskOptions
{
    public static Option<string> Prediction() => new("--prediction") { Description = "Predicted mask of 0 and 1, or a folder of them.", HelpName = "FILE|DIR", Required = true };

    public static Option<string> Reference() => new("--reference") { Description = "Reference mask on the same grid, or a folder with files of the same names.", HelpName = "FILE|DIR", Required = true };
}
