using System.Collections.Immutable;
using Cora.Cohorts;
using Cora.Evaluation;
using Cora.Imaging;

namespace Cora.Tasks;

/// <summary>Settings of stenosis detection (Adaptation, "Stenosis detection"): encoder and decoder taken over, heart crop, Tversky plus focal, scored by the lesion.</summary>
public sealed record StenosisConfig : ISettings
{
    /// <summary>Probabilities at which precision and recall are told, and among which the threshold is chosen on validation cases: even steps on the logit scale.</summary>
    public static ImmutableArray<double> Thresholds { get; } = [0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999];

    /// <summary>Parts of the pretrained network that are taken over. The paper: encoder and decoder.</summary>
    public ImmutableArray<string> Transfer { get; init; } = ["encoder", "decoder"];

    /// <summary>Lowest grade that counts as a stenosis: 2 = 25 % and more (Methods: "mild or greater severity"). Lesions of unknown grade count.</summary>
    public int MinGrade { get; init; } = 2;

    /// <summary>Whether cases without a stenosis stay out of training and tests, as in the paper's dataset.</summary>
    public bool OnlyWithLesions { get; init; } = true;

    /// <summary>Folds of a cross-validation by patient over the internal cases; 0 = the cohort's own splits.</summary>
    public int Folds { get; init; }

    /// <summary>Probability above which a voxel is predicted; 0 = the one with the best F1 on validation cases.</summary>
    public double Threshold { get; init; }

    /// <summary>
    /// A threshold at which more than so many times the lesions' voxels are predicted is not chosen: one piece over half of the heart touches every lesion, and
    /// the rule of overlap then calls it right (decision 0013).
    /// </summary>
    public double MaxVolumeRatio { get; init; } = 10;

    /// <summary>Voxels that a predicted piece and a lesion must share more than; at the paper's 0.5 mm.</summary>
    public int MinOverlap { get; init; } = new LesionMatchConfig().MinOverlap;

    /// <summary>Smaller predicted pieces are left away.</summary>
    public int MinPredictedVoxels { get; init; }

    /// <summary>Which voxels touch: 26 or 6.</summary>
    public Connectivity Connectivity { get; init; } = Connectivity.TwentySix;

    /// <summary>How overlaps become matches.</summary>
    public MatchRule Rule { get; init; } = MatchRule.ManyToMany;

    /// <inheritdoc/>
    public IEnumerable<Problem> Check()
    {
        foreach (var problem in TransferParts.Check(Transfer, TransferParts.Encoder, TransferParts.Decoder)) yield return problem;
        if (MinGrade is not (>= 0 and <= 5)) yield return new("min_grade", MinGrade, "0 to 5");
        if (Folds is not (0 or (>= 2 and <= 20))) yield return new("folds", Folds, "0, or 2 to 20");
        if (Threshold is not (>= 0 and < 1)) yield return new("threshold", Threshold, "0 to less than 1");
        if (!(MaxVolumeRatio > 0)) yield return new("max_volume_ratio", MaxVolumeRatio, "more than 0");
        if (MinOverlap < 0) yield return new("min_overlap", MinOverlap, "0 or more");
        if (MinPredictedVoxels < 0) yield return new("min_predicted_voxels", MinPredictedVoxels, "0 or more");
    }

    /// <summary>The stenoses of a case: lesions of lesions.csv that are severe enough; a number that the table does not know counts.</summary>
    public Func<ushort, bool> IsMeant(Cohort cohort, CaseRow row)
    {
        ArgumentNullException.ThrowIfNull(cohort);
        var slight = cohort.LesionsOf(row).Where(l => l.StenosisGrade < MinGrade).Select(l => (ushort)l.Lesion).ToHashSet();
        return label => !slight.Contains(label);
    }
}

/// <summary>One lesion of a prediction table: a reference lesion with what is known of it, or a predicted piece.</summary>
/// <param name="IsReference">Whether it is there, or was predicted.</param>
/// <param name="Lesion">Its number: of the reference, that of lesions.csv with most voxels in the piece.</param>
/// <param name="Known">What lesions.csv tells of a reference lesion.</param>
/// <param name="Voxels">Its size.</param>
/// <param name="IsMatched">Found, or right.</param>
/// <param name="OverlapVoxels">Voxels that it shares with the other side.</param>
/// <param name="Probability">The highest within a predicted piece.</param>
public sealed record LesionOutcome(bool IsReference, int Lesion, LesionRow? Known, long Voxels, bool IsMatched, long OverlapVoxels, double? Probability);

/// <summary>Lesion by lesion what a probability map finds.</summary>
public static class StenosisDetection
{
    /// <summary>The counts at each of some thresholds, for one way of taking pieces.</summary>
    public static LesionCounts[] CountsAt(Volume<float> probability, Volume<byte> reference, IReadOnlyList<double> thresholds, StenosisConfig config)
    {
        ArgumentNullException.ThrowIfNull(thresholds);
        return [.. thresholds.Select(t => MatchAt(probability, reference, t, config).Counts)];
    }

    /// <summary>The predicted mask at a threshold, pieces that are too small left away.</summary>
    public static Volume<byte> MaskAt(Volume<float> probability, double threshold, StenosisConfig config)
    {
        ArgumentNullException.ThrowIfNull(probability);
        ArgumentNullException.ThrowIfNull(config);
        var mask = probability.Select(p => (byte)(p > threshold ? 1 : 0));
        if (config.MinPredictedVoxels <= 1) return mask;
        var pieces = ConnectedComponents.Of(mask, config.Connectivity);
        var kept = new byte[mask.Voxels.Length];
        for (var i = 0; i < kept.Length; i++) kept[i] = (byte)(pieces.Labels[i] > 0 && pieces.Sizes[pieces.Labels[i] - 1] >= config.MinPredictedVoxels ? 1 : 0);
        return new(mask.Geometry, kept);
    }

    /// <summary>Which lesions a threshold finds.</summary>
    public static LesionMatch MatchAt(Volume<float> probability, Volume<byte> reference, double threshold, StenosisConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return LesionMatch.Of(MaskAt(probability, threshold, config), reference, new() { MinOverlap = config.MinOverlap, Connectivity = config.Connectivity, Rule = config.Rule });
    }

    /// <summary>The lesions and the pieces of a case, with what is known of each.</summary>
    /// <param name="match">Which match.</param>
    /// <param name="probability">The map.</param>
    /// <param name="labels">Lesion numbers on the same grid.</param>
    /// <param name="known">What lesions.csv tells of the case.</param>
    public static IReadOnlyList<LesionOutcome> Outcomes(LesionMatch match, Volume<float> probability, Volume<ushort> labels, IEnumerable<LesionRow> known)
    {
        ArgumentNullException.ThrowIfNull(match);
        ArgumentNullException.ThrowIfNull(probability);
        ArgumentNullException.ThrowIfNull(labels);
        var rows = known.ToDictionary(l => l.Lesion);
        var votes = new Dictionary<int, Dictionary<int, int>>();
        var highest = new float[match.Prediction.Count];
        var (found, covered) = (new long[match.Reference.Count], new long[match.Prediction.Count]);
        for (var i = 0; i < labels.Voxels.Length; i++)
        {
            var (lesion, piece) = (match.Reference.Labels[i], match.Prediction.Labels[i]);
            if (lesion > 0)
            {
                if (!votes.TryGetValue(lesion, out var of)) votes.Add(lesion, of = []);
                of[labels.Voxels[i]] = of.GetValueOrDefault(labels.Voxels[i]) + 1;
                if (piece > 0) found[lesion - 1]++;
            }

            if (piece == 0) continue;
            highest[piece - 1] = Math.Max(highest[piece - 1], probability.Voxels[i]);
            if (lesion > 0) covered[piece - 1]++;
        }

        var outcomes = new List<LesionOutcome>();
        for (var i = 0; i < match.IsFound.Length; i++)
        {
            var number = votes[i + 1].OrderByDescending(v => v.Value).ThenBy(v => v.Key).First().Key;
            outcomes.Add(new(true, number, rows.GetValueOrDefault(number), match.Reference.Sizes[i], match.IsFound[i], found[i], null));
        }

        for (var i = 0; i < match.IsRight.Length; i++) outcomes.Add(new(false, i + 1, null, match.Prediction.Sizes[i], match.IsRight[i], covered[i], highest[i]));
        return outcomes;
    }

    /// <summary>The threshold with the highest F1 of pooled counts among those that do not predict too much; of equals the highest, which predicts least.</summary>
    /// <param name="thresholds">Ascending.</param>
    /// <param name="pooled">Counts at each.</param>
    /// <param name="volumeRatios">Predicted voxels over lesion voxels at each.</param>
    /// <param name="config">The highest ratio.</param>
    public static double BestThreshold(IReadOnlyList<double> thresholds, IReadOnlyList<LesionCounts> pooled, IReadOnlyList<double> volumeRatios, StenosisConfig config)
    {
        ArgumentNullException.ThrowIfNull(thresholds);
        ArgumentNullException.ThrowIfNull(pooled);
        ArgumentNullException.ThrowIfNull(volumeRatios);
        ArgumentNullException.ThrowIfNull(config);
        var best = thresholds.Count - 1;
        for (var i = best - 1; i >= 0 && volumeRatios[i] <= config.MaxVolumeRatio; i--)
        {
            if (pooled[i].F1 > pooled[best].F1 || double.IsNaN(pooled[best].F1)) best = i;
        }

        return thresholds[best];
    }
}
